"""Whose plan, or which act, a headline tells of: told in other words it is one matter still.

"Trump's 28-point plan" and "U.S. peace proposal" share no telling word, nor do "trainers" and
"instructors". A reader of a weekly piece wants the plan once. So an owner is looked for directly
before the word for a plan, or as whoever the headline says draws one up; and who leads a power
stands for it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.draft.told import Name, Telling
from pipeline.draft.wording import named
from pipeline.text import fold

_LEAD_CHARACTERS = 280  # of a summary
_STATE = 2  # letters of a state's code
# Whose word is a power's, by the codes of config/tags/people.toml; others bring it along there.
_LEADS = {
    "person:Q22686": "US",  # Trump
    "person:Q6279": "US",  # Biden
    "person:Q3052772": "FR",  # Macron
    "person:Q61053": "DE",  # Scholz
    "person:friedrich-merz": "DE",
    "person:rishi-sunak": "GB",
    "person:keir-starmer": "GB",
    "person:Q15031": "CN",  # Xi
    "person:Q1058": "IN",  # Modi
    "person:Q43723": "IL",  # Netanyahu
    "person:Q39259": "TR",  # Erdogan
}
_PLAN = (
    r"(?:plans?|proposals?|frameworks?|blueprints?|road ?maps?|initiatives?|formulas?"
    r"|peace (?:deal|mission|offer|terms|push|bid)|draft (?:deal|agreement|treaty)|deal to end)"
)
_PLAIN = (  # says nothing of which plan it is
    r"(?:peace|ceasefire|cease-fire|truce|settlement|war|new|own|latest|first|draft|drafted|revised"
    r"|amended|updated|secret|leaked|joint|proposed|major|sweeping|controversial|so-called"
    r"|\d+[ -]points?|<\d+>|-?backed|-?brokered|-?led|-?made)"
)
_POINTS = re.compile(r"\b(\d+)[ -]points?\b")
_IS_PLAIN = re.compile(_PLAIN)
_PAIR = re.compile(rf"<(\d+)>(?:[-/]| and )<(\d+)>(?: {_PLAIN})* {_PLAN}\b")
_OWNED = re.compile(rf"<(\d+)>(?:-?(?:backed|brokered|led|drafted|made))?(?: {_PLAIN})* {_PLAN}\b")
_OWNS = re.compile(rf"<(\d+)>'s?((?: [\w-]+){{0,4}}?) {_PLAN}\b")
_BY = re.compile(rf"\b{_PLAN} (?:by|from) (?:the )?<(\d+)>")
_BEGINS = r"^\W*(?:\w+: )?(?:the )?<(\d+)>(?:'s?)?(?: [\w-]+){0,2}? ['\"]?(?:\w+ly )?"
_DRAWS = re.compile(
    rf"{_BEGINS}(?:prepar|draft|work(?:s|ing)?['\"]? on|unveil|devis|craft|finali[sz]"
    rf"|put(?:s|ting)? forward|draw(?:s|ing)? up)\w*\b.*?\b{_PLAN}\b"
)
# Whoever is said to approve a plan may approve another's: only where nobody else's is named.
_OFFERS = re.compile(
    rf"{_BEGINS}(?:approv|present|propos|outlin|pitch|push|float|offer)\w*\b.*?\b{_PLAN}\b"
)
_PEACE = re.compile(
    r"\b(?:peace|cease-?fire|truce|settlement|cede|ceding|concede|concessions?)\b"
    r"|\bend(?:s|ing)? (?:\S+ ){0,3}?(?:war|fighting|conflict)\b|\b\d+[ -]points?\b"
)
# One act, whichever of its words is chosen; the first name of the headline is who does it.
_ACTS = {
    "train": re.compile(
        r"\b(?:(?:military )?(?:trainers|instructors)|(?:to )?train(?:s|ing)? (?:\S+ ){0,2}?"
        r"(?:troops|soldiers|forces|recruits|brigades?|pilots))\b"
    ),
    "permit": re.compile(
        r"\b(?:allow|let|permit|permission|green[ -]light|lift|eas|authori[sz])\w*\b.*"
        r"\b(?:strik(?:e|es|ing)|hit|long-range|atacms|storm shadows?|inside)\b"
    ),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """A plan with those whose it is, or an act with who does it."""

    kind: str  # "plan", or which act
    whose: frozenset[str]
    others: frozenset[str]  # the powers and places besides, in headline and first lines
    about: str = ""  # of a plan: peace, or what else is said of it; '' where nothing is
    points: str = ""  # how many it has
    names: tuple[str, ...] = field(default=(), compare=False)  # of those whose it is, as one says

    @property
    def said(self) -> str:
        """Which it is, in words: "a plan of the United States"."""
        whose = " and ".join(self.names)
        if self.kind == "plan":
            return f"a plan of {whose}"
        act = {"train": "training soldiers", "permit": "permission to strike"}[self.kind]
        return f"{act}, and name {whose} first"


def matter_of(telling: Telling) -> Matter | None:
    """Return the plan or the act that a story's headline tells of, None if it tells of none."""
    title, powers = _marked(telling)
    lead = fold(telling.summary[:_LEAD_CHARACTERS])
    around = frozenset(powers.values()) | frozenset(_powers(telling.names, "summary").values())
    if found := _owners(title):
        numbers, said = found
        whose = frozenset(powers[number] for number in numbers)
        points = _POINTS.search(title)
        about = said or ("peace" if _PEACE.search(f"{title} {lead}") else "")
        return Matter(
            "plan",
            whose,
            around - whose,
            about,
            points[1] if points else "",
            names=_called(telling.names, whose),
        )
    for kind, pattern in _ACTS.items():
        if powers and pattern.search(title):
            whose = frozenset({powers[min(powers)]})
            return Matter(kind, whose, around - whose, names=_called(telling.names, whose))
    return None


def same_matter(one: Matter, other: Matter) -> bool:
    """Whether two headlines tell of one plan or act: of one owner, and of one place besides."""
    if one.kind != other.kind or not (one.whose & other.whose and one.others & other.others):
        return False
    if one.points and other.points and one.points != other.points:
        return False
    # Of two that are just "plans" nobody knows whether they are one.
    abouts = {one.about, other.about}
    return one.kind != "plan" or abouts == {"", "peace"} or (len(abouts) == 1 and "" not in abouts)


def _owners(title: str) -> tuple[list[int], str] | None:
    """The names, by number, of those whose plan a headline tells of, and what is said of it."""
    # "Prepares a Russia-Ukraine plan": those named before the plan are who it is for.
    if drawn := _DRAWS.search(title):
        return [int(drawn[1])], ""
    offered = _OFFERS.search(title)
    if pair := _PAIR.search(title):
        return ([int(offered[1])] if offered else [int(pair[1]), int(pair[2])]), ""
    if owned := _OWNED.search(title) or _BY.search(title):
        return [int(owned[1])], ""
    if owned := _OWNS.search(title):
        said = [word for word in owned[2].split() if not _IS_PLAIN.fullmatch(word)]
        return [int(owned[1])], " ".join(said)
    return ([int(offered[1])], "") if offered else None


def _marked(telling: Telling) -> tuple[str, dict[int, str]]:
    """The folded headline with a number for each power or place, and which one that is."""
    spans = _powers(telling.names, "title")
    pieces, powers, end = [], {}, 0
    longest_first = sorted(spans.items(), key=lambda one: (one[0][0], -one[0][1]))
    for number, ((start, stop), power) in enumerate(longest_first):
        if start >= end:
            pieces += [telling.title[end:start], f"<{number}>"]
            powers[number] = power
            end = stop
    return fold("".join([*pieces, telling.title[end:]])), powers


def _powers(names: Iterable[Name], field: str) -> dict[tuple[int, int], str]:
    """The powers and places that a field names, by where: whoever speaks for one as that one."""
    found: dict[tuple[int, int], str] = {}
    # "Washington" is a city and a state: the state first.
    for name in sorted(
        names, key=lambda one: (len(one.code.partition(":")[2]) != _STATE, one.code)
    ):
        if name.field == field:
            found.setdefault((name.start, name.end), _power(name))
    return found


def _power(name: Name) -> str:
    scheme, _, code = name.code.partition(":")
    return code if scheme in ("place", "about") else _LEADS.get(name.code, name.code)


def _called(names: Iterable[Name], powers: Iterable[str]) -> tuple[str, ...]:
    """What those are called that a story names: a country rather than who leads it."""
    labels: dict[str, str] = {}
    for name in sorted(names, key=lambda one: one.code.startswith("person:")):
        labels.setdefault(_power(name), named(name.label))
    return tuple(sorted(labels[power] for power in powers))
