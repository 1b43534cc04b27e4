"""Why there is no answer, in plain words: whatever the network and the libraries may raise."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, IncompleteRead  # noqa: TID251  # what urllib3 raises

import urllib3

from pipeline.errors import SerieswatchError
from workers.http.deadlines import Deadline
from workers.http.unpacking import DAMAGED

LONGEST_DETAIL = 300

CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class NoAnswer(SerieswatchError):
    """Why there is no answer: a `problem` of Answer, and the `detail` in plain words."""

    def __init__(self, problem: str, detail: str) -> None:
        # Some of it may be the server's own words, which go on into rows and pages.
        self.detail = CONTROL.sub("?", detail)[:LONGEST_DETAIL]
        super().__init__(self.detail)
        self.problem = problem


@contextmanager
def in_plain_words(deadline: Deadline) -> Iterator[None]:
    """Turn whatever the network and the libraries raise into one of our own problems."""
    try:
        yield
    except (TimeoutError, urllib3.exceptions.TimeoutError) as problem:
        raise NoAnswer("timeout", deadline.in_words()) from problem
    except (ssl.SSLError, urllib3.exceptions.SSLError) as problem:
        raise NoAnswer("tls", words(problem)) from problem
    except OSError as problem:
        raise NoAnswer("connect", words(problem)) from problem
    except DAMAGED as problem:
        raise NoAnswer("broken", "its packing is damaged") from problem
    except (IncompleteRead, urllib3.exceptions.ProtocolError) as problem:
        raise NoAnswer("broken", "it broke off before its end") from problem
    except (HTTPException, urllib3.exceptions.HTTPError, ValueError) as problem:
        raise NoAnswer("broken", f"no exchange in HTTP: {words(problem)}") from problem


def words(problem: BaseException) -> str:
    """What an exception of the libraries has to say to a person."""
    root = problem
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, ssl.SSLCertVerificationError):
        return root.verify_message
    if isinstance(root, ssl.SSLError) and root.reason:
        return root.reason.lower().replace("_", " ")
    if isinstance(root, OSError) and root.strerror:
        return root.strerror.lower()
    return str(root) or type(root).__name__
