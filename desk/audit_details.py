"""The details of the audit log's lines in plain words: what each is called, and what it says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from desk import words
from store.rights import RIGHTS

_MOST = 500  # characters of details

# What a detail is called; a law holds that every detail the code notes stands here. What is a
# number of ours alone is called so: it finds a row, and says nothing by itself.
CALLED: Mapping[str, str] = MappingProxyType(
    {
        "action": "what",
        "added": "new feeds",
        "address": "address",
        "alert": "number of the change",
        "alternate": "another name of it",
        "as": "as",
        "aside": "number of the item set aside",
        "attribution": "credit line",
        "bearing": "whose",
        "before": "before",
        "change": "number of the change",
        "closed": "of instalments that are closed",
        "comment": "number of the remark",
        "copies": "numbers of its copies",
        "cut_off": "cut-off",
        "decision": "number of the decision",
        "decisions": "decisions learnt from",
        "definition": "version of the definition",
        "delivery": "number of the wish",
        "detail": "offered",
        "development": "number of the development",
        "did": "what",
        "documents": "documents",
        "field": "text",
        "forced": "over what was changed there",
        "form": "form",
        "from": "from",
        "gap_seconds": "seconds between two polls of its server",
        "headline": "headline",
        "how": "how",
        "id": "number",
        "instalment": "number of the instalment",
        "interval_seconds": "seconds between two polls",
        "into": "into number",
        "is_wanted": "it belongs",
        "issuer": "vouched for by",
        "item": "number of the item",
        "kind": "kind",
        "known": "feeds that were known",
        "link": "link",
        "merit": "merit",
        "method": "method",
        "model": "version of what was learnt",
        "name": "name",
        "named": "number",
        "note": "note",
        "of": "of number",
        "offer": "number of the offer",
        "original": "number of the original",
        "other": "number of the other",
        "outlet": "outlet",
        "owner": "of",
        "pasted": "number of the pasted link",
        "place": "place",
        "query": "search",
        "quote": "number of the quotation",
        "quotes": "quotations",
        "reason": "reason",
        "refused": "number of the refusal",
        "rights": "may",
        "role": "as",
        "ruling": "number of the ruling",
        "said": "said",
        "section": "section",
        "series": "series",
        "session": "number of the sign-in",
        "shared": "shared with the desk",
        "since": "since",
        "splits": "split off as well",
        "story": "number of the story",
        "subject": "under the name",
        "target": "place",
        "text": "words",
        "title": "title",
        "to": "to",
        "token": "token",
        "undoes": "number of the decision taken back",
        "url": "address",
        "used": "used from now on",
        "user_agent": "asked as",
        "version": "version",
        "wants_full_text": "its stories' pages are read",
        "was_copy": "it was taken for a copy",
        "way": "by",
        "whom": "to",
        "why": "because",
    }
)

_BEARINGS = {
    "own": "its own source",
    "quote": "the source of a quotation",
    "copy": "a source of the same text",
    "development": "another source of the same thing",
}
_KINDS = words.HAPPENED | {
    "version": "a newer version",
    "link": "another link",
    "origin": "another origin",
    "rank": "another place",
    "development": "a further development",
    "merge": "to be made one",
    "split": "to be split",
    "wordpress": "WordPress",
    "outlet": "newspaper",
    "wire": "agency",
    "official": "official",
    "own": "ours",
}
_FORMS = {
    "html": "HTML",
    "markdown": "Markdown",
    "newsml-g2": "NewsML-G2",
    "nitf": "NITF",
    "ninjs": "ninjs",
    "csv": "CSV",
    "jsonl": "JSON lines",
}
_WAYS = {
    "password": "password",
    "invitation": "an invitation",
    "oidc": "the sign-in provider",
}
_STANDING = {**words.STATES, **words.INSTALMENT_STATES}
_SAYING: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "from": _STANDING,
        "to": _STANDING,
        "kind": _KINDS,
        "bearing": _BEARINGS,
        "form": _FORMS,
        "as": _FORMS,
        "role": {**words.ROLES, "none": "nothing"},
        "way": _WAYS,
        "rights": {name: right.what for name, right in RIGHTS.items()},
    }
)
_MOMENTS = frozenset(("cut_off", "since", "until"))


def details(detail: Mapping[str, object]) -> str:
    """The details of a line in a few words."""
    return _facts(detail, "; ")[:_MOST]


def called(name: str) -> str:
    """What a detail is called."""
    return CALLED.get(name) or name.replace("_", " ")


def _facts(detail: Mapping[str, object], between: str) -> str:
    told = (
        f"{called(name)}: {_said(name, value)}"
        for name, value in sorted(detail.items(), key=_order)
        if value not in (None, "", [], {})
    )
    return between.join(told)


def _order(fact: tuple[str, object]) -> int:
    """From what to what comes first: the table keeps no order of its own."""
    return {"from": 0, "to": 1}.get(fact[0], 2)


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _facts(value, ", ")
    if isinstance(value, list | tuple):
        return ", ".join(_said(name, one) for one in value)
    if name in _MOMENTS:
        return _moment(str(value))
    if name == "field":
        return _text(str(value))
    return _SAYING.get(name, {}).get(str(value), str(value))


def _text(name: str) -> str:
    """Which text of an instalment: `section:items` is the words above that section."""
    kind, _, section = name.partition(":")
    return f"words above the section {section}" if section else kind


def _moment(told: str) -> str:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return told
    at = moment.astimezone(UTC) if moment.tzinfo else moment  # since when it is out: desk's time
    return f"{at:%Y-%m-%d %H:%M} UTC"
