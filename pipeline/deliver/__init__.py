"""Handing a finished instalment to a CMS: what to ask it, what its answers mean, when to try again.

Drafts only: whatever the CMS lets us do, publishing is a person's deed there.
"""

from pipeline.deliver.plan import MOST_TRIES, Known, Next, next_step, wait
from pipeline.deliver.wordpress import (
    Draft,
    Post,
    Trouble,
    base,
    find,
    look,
    may,
    read,
    whoami,
    write,
)

__all__ = [
    "MOST_TRIES",
    "Draft",
    "Known",
    "Next",
    "Post",
    "Trouble",
    "base",
    "find",
    "look",
    "may",
    "next_step",
    "read",
    "wait",
    "whoami",
    "write",
]
