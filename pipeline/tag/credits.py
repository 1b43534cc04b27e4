"""Whom a story credits for its news, by the words that say so: origins, as against outlets."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.records import Credit, Outlet, Span, Story
from pipeline.tag.crediting import WAYS, Found, Place, as_post, in_headline, unnamed_in_headline
from pipeline.tag.outlets import FORMS, POSTED, Named, Outlets
from pipeline.tag.unlisted import unlisted

_LONGEST = 100_000  # characters of a field that are read
_BYLINE = 200  # the same of a byline
_LEAD = 1_500  # characters of a text within which a credit names the origin of the news
_LONGEST_WORD = 20
# "the National Guard" is no outlet, though "the National" is one.
_GOES_ON = re.compile(r"[Tt]he [A-Z][a-z]+ (?!\w+day\b)[A-Z][a-z]+(?! (?:re|sa)\w+)")
_FIRST = re.compile(r"\bfirst (?:to )?(?:report|publish|reveal|disclos|broke|break|wrote)")
_AND = re.compile(r",? (?:and|&) (?:[Tt]he )?")
_COMMA = re.compile(r", (?:[Tt]he )?")
_CARRIES = ("dateline", "signature", "byline")  # whose text it is, not who is reported to have it


def find_credits(story: Story, outlets: Outlets) -> tuple[Credit, ...]:
    """Return whom `story` credits, in order of its fields.

    Where several are credited, `is_origin` is set on who broke the news: whoever is cited by
    another, who is credited in headline or lead rather than further down, and whoever is credited
    for the news rather than for carrying it.
    """
    reader = _Reader(story, outlets)
    found = [*reader.byline()]
    for field in ("title", "summary", "text"):
        found += reader.field(field)
    return tuple(_with_origins(found))


class _Reader:
    """Reads the fields of one story; remembers which outlets it has named in full."""

    def __init__(self, story: Story, outlets: Outlets) -> None:
        self.story = story
        self.outlets = outlets
        self.full: dict[str, Outlet] = {}  # by key, the last one last

    def byline(self) -> Iterator[Credit]:
        """Who is named as writer, where that is another outlet."""
        byline = self.story.byline
        for named in self.outlets.named(byline[:_BYLINE]) if byline else ():
            outlet = self._meant(named, byline)
            if outlet is not None and outlet.key != self.story.outlet:
                found = Found("byline", named, named.start, named.end)
                yield _credit(found, outlet, "byline", byline)

    def field(self, field: str) -> Iterator[Credit]:
        """The credits of one field, in order."""
        text = getattr(self.story, field)[:_LONGEST]
        last = -1
        names = self.outlets.named(text) if text else []
        for at, named in enumerate(names):
            found = self._credited(named, text, is_title=field == "title")
            if found is None or found.named.start < last:  # "the Zora newspaper" is found twice
                continue
            for one in _in_one_breath(found, names, at, text):
                if one.named.start >= last:
                    last = one.named.end
                    yield _credit(one, self._meant(one.named, text), field, text)
        if field == "title" and last < 0 and (unnamed := unnamed_in_headline(text)):
            yield Credit(name="", kind="headline", span=_span(field, text, *unnamed))

    def _credited(self, named: Named, text: str, *, is_title: bool) -> Found | None:
        if named.form in POSTED:
            return as_post(Place(named, text))
        whole = named if named.outlets else unlisted(named, text)
        if whole is None or _GOES_ON.match(text, whole.start, whole.end + _LONGEST_WORD):
            return None
        self._meant(whole, text)  # named, if not credited: "the Times" may mean it further down
        place = Place(whole, text)
        ways = (in_headline,) if is_title else WAYS
        return next((found for way in ways if (found := way(place))), None)

    def _meant(self, named: Named, text: str) -> Outlet | None:
        """The outlet a name stands for; of those that share it the one named in full before."""
        if len(named.outlets) == 1 and not _is_short(text[named.start : named.end]):
            outlet = named.outlets[0]
            self.full.pop(outlet.key, None)
            self.full[outlet.key] = outlet
            return outlet
        known = [one for one in reversed(self.full.values()) if one in named.outlets]
        own = [one for one in named.outlets if one.key == self.story.outlet]
        return next(iter([*known, *own]), None)


def _in_one_breath(found: Found, names: Sequence[Named], at: int, text: str) -> Iterator[Found]:
    """A credit with those that share its words: "Y and Z reported", "told Y and Z"."""
    before: list[Found] = []
    joint = _AND
    for number in range(at - 1, -1, -1):
        one = names[number]
        if found.kind != "report" or not one.outlets:
            break
        if not joint.fullmatch(text, one.end, names[number + 1].start):
            break
        before.append(Found(found.kind, one, one.start, found.end))
        joint = _COMMA
    yield from reversed(before)
    yield found
    for one in names[at + 1 : at + 2]:
        if (
            found.kind == "report"
            and one.outlets
            and _AND.fullmatch(text, found.named.end, one.start)
        ):
            yield Found(found.kind, one, found.start, one.end)


def _is_short(name: str) -> bool:
    """Whether it is "the Journal", which means whoever was named in full before."""
    return name.removeprefix("the ").removeprefix("The ") in FORMS


def _credit(found: Found, outlet: Outlet | None, field: str, text: str) -> Credit:
    written = text[found.named.start : found.named.end]
    return Credit(
        name=outlet.name if outlet else written.removeprefix("the ").removeprefix("The "),
        outlet=outlet.key if outlet else "",
        kind=found.kind,
        span=_span(field, text, found.start, found.end),
    )


def _span(field: str, text: str, start: int, end: int) -> Span:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Span(field=field, start=start, end=start + len(words.strip()), text=words.strip())


# -- who broke it


def _with_origins(found: Sequence[Credit]) -> Iterator[Credit]:
    """The same credits, each marked as an origin or not."""
    news = [one for one in found if one.kind != "post"]
    leading = [one for one in news if one.kind not in (*_CARRIES, "via") and _is_leading(one)]
    cited = [one for one in leading if one.kind == "citing"]
    first = [one for one in leading if _FIRST.search(one.span.text)]
    carrying = [one for one in news if one.kind in _CARRIES]
    origins = first or cited or leading or carrying or [one for one in news if one.kind == "via"]
    names = {one.outlet or one.name for one in origins}
    for one in found:
        is_origin = one.kind != "post" and (one.outlet or one.name) in names
        yield replace(one, is_origin=is_origin)


def _is_leading(one: Credit) -> bool:
    return one.span.field != "text" or one.span.start < _LEAD
