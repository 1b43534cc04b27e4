"""How the item's page says things: a source's text with its evidence, changes, copies, checks."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from store.itemchanges import Change, Event
from store.sources import Teller

LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
VERSIONS = {  # what a version is to the one before it
    "first": "first seen",
    "cosmetic": "another spelling",
    "date_only": "another date, the same words",
    "substantive": "other words in substance",
    "replaced": "replaced by another story",
    "owner": "another feed's word of it",
    "carried": "carried on",
    "page": "with the text of its page",
    "update": "updated",
    "correction": "corrected",
    "embargo": "put under embargo",
    "withheld": "held back",
    "killed": "killed",
}
CHANGES = {
    "update": "Updated",
    "correction": "Corrected",
    "embargo": "Put under embargo",
    "withheld": "Held back",
    "killed": "Killed",
    "withdrawn": "Taken down",
    "released": "Released",
}
OFFERS = {
    "version": "A newer version of the source",
    "link": "Another link",
    "origin": "Another credit",
    "development": "Another development that belongs here",
    "rank": "Another place",
}
RELATIONS = {
    "reissue": "the same outlet again",
    "syndicated": "printed from",
    "rewrite": "rewritten from",
    "update": "an update of",
    "correction": "a correction of",
}
SCHEMES = {
    "country": "Countries",
    "place": "Places",
    "person": "People",
    "body": "Bodies",
    "office": "Offices",
    "subject": "Subjects",
    "language": "Language",
    "outlet": "Outlet",
}
PAGES = {
    "read": "full text read",
    "paywall": "for subscribers",
    "reserved": "may not be copied",
    "robots": "closed to robots",
}
CREDITS = {
    "report": "reported by",
    "citing": "citing",
    "headline": "named in the headline",
    "dateline": "in the dateline",
    "signature": "signed",
    "via": "via",
    "byline": "in the byline",
    "post": "in a post",
}
FEATURES = {  # the names of reasons, as the matcher has them
    "turn": "What would change the answer",
    "missing": "Missing",
    "nearest": "Nearest",
    "returned": "Back again",
    "exclude": "Excluded",
    "learnt": "Learnt from decisions",
    "start": "Before anything is read",
}


def language(code: str | None) -> str:
    """A language as people call it; its code where we have no word for it, '' for none."""
    return LANGUAGES.get((code or "")[:2].lower(), code or "")


def spelt(name: str, known: Mapping[str, str]) -> str:
    """A word of ours for a name in the tables; the name itself, readable, where there is none."""
    return known.get(name, name.replace("_", " "))


def decided_by(matcher: str) -> str:
    """Who or what decided: `cold/2` is the definition alone, `person:ben` somebody."""
    kind, _, who = matcher.partition(":")
    if kind == "person":
        return f"by {who}"
    return "by it alone" if matcher.startswith("cold/") else "by what was learnt from decisions"


def feature(name: str) -> str:
    """The name of a reason, beginning with a capital."""
    return FEATURES.get(name, name.replace("_", " ").capitalize())


def annotated(
    text: str,
    *,
    field: str,
    why: Iterable[Mapping[str, object]],
    quotes: Iterable[Mapping[str, object]] = (),
) -> Markup:
    """A source's text, escaped, with the matched phrases marked and its quotations set off.

    Only places where the words still stand are marked. A phrase inside a quotation is both.
    """
    spans = [span for one in why for span in _spans(one)]
    matched = _places(spans, text, field)
    quoted = _places(quotes, text, field)
    cuts = sorted({0, len(text), *(at for place in (*matched, *quoted) for at in place)})
    shown = Markup()
    for start, end in pairwise(cuts):
        piece = escape(text[start:end])
        if _is_within(start, matched):
            piece = Markup("<mark>{}</mark>").format(piece)
        if _is_within(start, quoted):
            piece = Markup('<span class="said-so">{}</span>').format(piece)
        shown += piece
    return shown


def _spans(one: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    found = one.get("spans")
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return [span for span in found if isinstance(span, Mapping)]


def _places(spans: Iterable[Mapping[str, object]], text: str, field: str) -> list[tuple[int, int]]:
    """Where these words stand in the text, those left out that do not stand there any more."""
    found = []
    for span in spans:
        start, end = span.get("start"), span.get("end")
        if span.get("field") != field or not isinstance(start, int) or not isinstance(end, int):
            continue
        if 0 <= start < end <= len(text) and str(span.get("text", "")) in text[start:end]:
            found.append((start, end))
    return found


def _is_within(at: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in places)


def by_whom(name: str) -> str:
    """Who decided: a person's name, or that the machine did."""
    return "the machine" if name.startswith("machine:") else name


def headed(tellers: Sequence[Teller], story: int) -> str:
    """The family of a story as one line, "Reuters +5": its original's outlet and how many more."""
    mine = next((one for one in tellers if one.story == story), None)
    if mine is None:
        return ""
    root = mine.root or mine.story
    first = next((one for one in tellers if one.story == root), mine)
    family = (one.outlet for one in tellers if root in (one.root, one.story))
    others = {*family} - {first.outlet}
    return f"{first.outlet_name} +{len(others)}" if others else first.outlet_name


def event(one: Event) -> str:
    """What somebody did to an item, after their name."""
    told = _EVENTS.get(one.what, one.what)
    return f"{told} {one.detail}".strip()


_EVENTS = {
    "accept": "accepted it",
    "reject": "rejected it",
    "undo": "took back a decision on it",
    "link": "chose the link of",
    "move": "moved it to",
    "offer": "took what was offered for it",
}


def done(one: Change) -> str:
    """What a change did, after "You"."""
    if one.kind == "move":
        return f"moved it to {one.after['title']}, where it is accepted"
    return f"chose the link of {one.after['outlet']}"


def speaker(quote: Mapping[str, object]) -> str:
    """Who said it, in which office, where and when, as far as the story tells."""
    told = [quote.get(name) for name in ("speaker", "office", "forum", "day")]
    return ", ".join(str(part) for part in told if part) or "nobody is named"


def ruled(kind: str, other: int) -> str:
    """What a ruling did, after a name."""
    if kind == "merge":
        return f"merged development {other} into it"
    return f"split off development {other}"
