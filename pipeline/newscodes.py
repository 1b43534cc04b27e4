"""The IPTC's vocabularies: what a code's scheme is called, and where it has its address."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from pipeline.records import Subject


@cache
def _data() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("pipeline").joinpath("newscodes.toml").read_text("utf-8"))


def schemes() -> Mapping[str, str]:
    """Return the address of each scheme of the IPTC's catalogues, by its alias."""
    return _data()["schemes"]


@cache
def aliases() -> Mapping[str, str]:
    """Return the alias of each scheme of the IPTC's catalogues, by its address."""
    return {_plain(address): alias for alias, address in schemes().items()}


def _plain(address: str) -> str:
    """Return a scheme's address as it is compared: published both as http and as https."""
    return address.strip().removeprefix("https://").removeprefix("http://").rstrip("/#")


def alias_of(address: str) -> str:
    """Return what the scheme at an address is called, '' for one that we do not know."""
    return aliases().get(_plain(address), "")


def parted(uri: str) -> tuple[str, str]:
    """Return a concept's scheme, by its alias where we know it, and its code.

    A scheme that we do not know is named by its address; of a URI that has no parts, all is code.
    """
    cut = max(uri.rfind("/"), uri.rfind("#")) + 1
    if not cut or cut == len(uri):
        return "", uri
    scheme, code = uri[:cut], uri[cut:]
    return alias_of(scheme) or scheme, code


def subject(scheme: str, code: str, label: str = "", uri: str = "") -> Subject:
    """Return a subject, its scheme by the alias that we know it by, its URI where that is known.

    A scheme may come as an alias or an address, a code with its alias before it or without.
    """
    alias = alias_of(scheme) or scheme
    known, colon, rest = code.partition(":")
    if colon and (known == alias or (not alias and known in schemes())):
        alias, code = known, rest
    if uri and not alias:
        alias, code = parted(uri)
    address = scheme if "://" in scheme else schemes().get(alias, "")
    return Subject(
        scheme=alias,
        code=code,
        label=label or (_data()["topics"].get(code, "") if alias == "medtop" else ""),
        uri=uri or (address and address + code),
    )


_DIGITS = 8  # of a Subject Code; the first two are those of its top-level topic


def media_topics(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Return the Media Topics that subjects as sent stand for, each once.

    A Subject Code stands for the topic that has its meaning; where we know none, for its top level.
    """
    found: dict[str, Subject] = {}
    for one in subjects:
        if one.scheme == "medtop":
            found.setdefault(one.code, one)
        elif one.scheme == "subj" and one.code.isdigit() and len(one.code) == _DIGITS:
            topic = _data()["subject_codes"].get(one.code, f"{one.code[:2]}000000")
            found.setdefault(topic, subject("medtop", topic))
    return tuple(found.values())
