"""A story's own page: may it be read, and which words on it are the story's.

asking (the page, its site's robots.txt) | meaning (of the answer) | reading (the page)
"""

from pipeline.article.asking import (
    LONGEST_DELAY,
    ROBOTS_READ,
    allows,
    is_web_page,
    origin,
    request,
    robots_request,
    rules,
)
from pipeline.article.meaning import LONGEST_WAIT, found
from pipeline.article.reading import completed, extract, read

__all__ = [
    "LONGEST_DELAY",
    "LONGEST_WAIT",
    "ROBOTS_READ",
    "allows",
    "completed",
    "extract",
    "found",
    "is_web_page",
    "origin",
    "read",
    "request",
    "robots_request",
    "rules",
]
