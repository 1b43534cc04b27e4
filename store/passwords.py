"""Secrets as they are stored: passwords hashed slowly on purpose, tokens so that none is kept."""

import hashlib
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# Each check takes 64 MiB on purpose; a burst of sign-ins must not take the machine's memory.
_AT_ONCE = threading.BoundedSemaphore(2)
_HASHER = PasswordHasher()  # argon2id, RFC 9106's second profile


def hashed(password: str) -> str:
    """The hash under which a password is stored."""
    with _AT_ONCE:
        return _HASHER.hash(_composed(password))


def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password made that hash. An unknown person's (None) takes the same time."""
    nobody = _nobody()  # before the check, so that making it never tells unknown names from known
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or nobody, _composed(password))
        except VerifyMismatchError:
            return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether a hash is older than what is made today: the password is at hand only now."""
    return _HASHER.check_needs_rehash(password_hash)


def _composed(password: str) -> str:
    """One form for what keyboards compose differently; blanks and case count."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobody() -> str:
    """A hash that no password makes, to check the passwords of unknown names against."""
    return hashed(secrets.token_urlsafe(32))


def token_hash(token: str) -> bytes:
    """What is stored of a token: whoever reads the tables can do nothing with it."""
    return hashlib.sha256(token.encode()).digest()
