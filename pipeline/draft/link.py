"""Which page an item links to, and who is credited: the origin first, then who can be read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from pipeline.draft.told import Telling
from pipeline.draft.voice import voice_of
from pipeline.text import content_words

BRIEF = 1.5  # times: a story whose longest copy is that much longer was cut short
_BUCKET = 0.05  # matches nearer to each other than this are as good
_TYPICAL = 0.6  # a headline that says what all say makes up for so much of a match
_STRAYED, _STRAYED_MOST, _DAY = 0.03, 0.15, 86_400  # off it for each day from the middle one
_SHARE = 0.2  # of the outlets that tell it: fewer credit somebody for a detail of theirs
_KINDS = {"official": 0, "wire": 1, "outlet": 1, "own": 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """The story whose page is linked, who broke the news, and why this page."""

    telling: Telling
    origins: tuple[tuple[str, str], ...]  # key ('' where no list has it) and name
    why: str


Origin = tuple[str, str]  # key ('' where no list has it) and name


def credited(
    own: Sequence[Origin], told: Iterable[tuple[str, Sequence[Origin]]]
) -> tuple[Origin, ...]:
    """Return who broke the news: whom the linked story credits, then whom enough others credit.

    `told` are the outlets that tell it, in order of arrival, each with whom it credits. One that
    credits itself ("told the Post") broke what it tells, not what all tell.
    """
    carrying = list(told)
    outlets = len({outlet for outlet, _ in carrying})
    by: Counter[Origin] = Counter()
    for outlet, origin in dict.fromkeys((o, one) for o, named in carrying for one in named):
        by[origin] += (origin[0] or origin[1]) != outlet
    enough = [one for one, often in by.most_common() if often and often >= _SHARE * outlets]
    return tuple(dict.fromkeys((*own, *enough)))


def broke(tellings: Sequence[Telling], linked: Telling | None = None) -> tuple[Origin, ...]:
    """Return who broke what these tell; the linked story's word first."""
    told = [(one.outlet, one.origins) for one in sorted(tellings, key=_came)]
    return credited(linked.origins if linked else (), told)


def choose(tellings: Sequence[Telling], *, language: str) -> Choice:
    """Return the page to link of those that tell a happening, and why."""
    origins = broke(tellings)
    typical = _typical(tellings)

    def order(one: Telling) -> tuple[object, ...]:
        keys = [key for key, _ in origins if key]
        return _order(one, keys, language, typical[one.story])

    best = min(tellings, key=order)
    if best.outlet not in {key for key, _ in origins}:
        origins = broke(tellings, best)  # whom the chosen page itself credits may be here, too
        best = min(tellings, key=order)
    whole = _whole(best, tellings)
    return Choice(whole, broke(tellings, whole), _why(whole, best, origins, tellings))


def _typical(tellings: Sequence[Telling]) -> dict[int, float]:
    """How much each story is the one to show, beside its match.

    Its headline says what the others' say, unlike the expert's aside; and it came when most did,
    unlike the look back of the weekend.
    """
    said = {one.story: content_words(one.title) for one in tellings}
    middle = median([one.at.timestamp() for one in tellings])
    late = {one.story: abs(one.at.timestamp() - middle) / _DAY for one in tellings}
    return {
        story: _TYPICAL
        * fmean(
            [
                len(mine & theirs) / max(min(len(mine), len(theirs)), 1)
                for other, theirs in said.items()
                if other != story
            ]
            or [0.0]
        )
        - min(_STRAYED * late[story], _STRAYED_MOST)
        for story, mine in said.items()
    }


def _order(
    one: Telling, origins: Sequence[str], language: str, typical: float
) -> tuple[object, ...]:
    is_other = bool(language and one.language) and one.language[:2] != language[:2]
    is_origins = one.outlet in origins and one.is_open and not one.is_copy
    return (
        voice_of(one.title, one.url).kind != "news",
        not is_origins,
        one.url is None,
        not one.is_open,
        is_other,
        not one.is_own_page,
        one.is_copy,
        _KINDS.get(one.kind, 1),
        -round((one.score + typical) / _BUCKET),
        not one.length,  # of equals, one whose whole text is known
        -one.score,
        *_came(one),
    )


def _came(one: Telling) -> tuple[object, ...]:
    """Two that came at one moment are told apart by what they say, not by who was read first."""
    return one.first_seen, one.at, one.outlet, one.title, one.story


def _whole(best: Telling, tellings: Iterable[Telling]) -> Telling:
    """The story itself, or where it is but a brief, the best of those that have its text whole.

    Of a story that came as a summary alone nobody knows how long it is: its page may be whole.
    """
    if not best.length:
        return best
    family = [one for one in tellings if one.root == best.root]
    longest = max(one.length for one in family)
    if longest < BRIEF * best.length:
        return best
    whole = [one for one in family if one.length * BRIEF > longest]
    chosen = min(whole, key=lambda one: (not one.is_open, one.is_copy, -one.score, *_came(one)))
    return replace(chosen, section=best.section)


def _why(
    chosen: Telling,
    best: Telling,
    origins: Sequence[tuple[str, str]],
    tellings: Sequence[Telling],
) -> str:
    name = chosen.outlet_name
    if chosen.story != best.story:
        return f"link: {name}, who has the whole text of what {best.outlet_name} cut short"
    keys = [key for key, _ in origins if key]
    if chosen.outlet in keys:
        return f"link: {name}, who broke it"
    said = ""
    if origins:
        origin = origins[0][1]
        held = [one for one in tellings if one.outlet == origins[0][0]]
        turned_away = bool(held) and not any(one.is_open for one in held)
        said = f"; {origin} broke it, " + (
            "but its page is not open to readers" if turned_away else "but has no page here"
        )
    if len({one.outlet for one in tellings}) == 1:
        return f"link: {name}, who alone has it{said}"
    kept = (
        "the open pages" if chosen.is_open else "what tells it, though readers may be turned away"
    )
    return f"link: {name}, the best match among {kept}{said}"
