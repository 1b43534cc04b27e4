"""The outlets that stories credit: their names as printed, found in a text with their places."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import ahocorasick

from pipeline.records import Outlet
from pipeline.tag.evening import even
from pipeline.text import original_span

_Meant = tuple[tuple[Outlet, ...], str]
_ARTICLE = re.compile(r"(?:the|The) ")
_HOST = re.compile(r"https?://(?:www\.|en\.)?([^/:]+)")
_SHORTEST_SHOUTED = 5  # letters from which a name may stand in capitals
# What an outlet calls itself, where no list has its name: "the Harbour Courier".
FORMS = (
    "Times Post Journal Herald Tribune Gazette Courier Chronicle Ledger Telegraph Dispatch Mirror "
    "Examiner Inquirer Observer Standard Globe Daily Weekly Star News Press Bulletin Register "
    "Sentinel Argus Echo Independent Mail Today"
).split()
# What an outlet is called beside its name: "the newspaper Fakt", "Zora television".
SORTS = (
    "newspaper daily weekly tabloid broadsheet magazine broadcaster website outlet portal "
    "channel agency station"
).split()
# Where people post: there the post itself is the source, whoever reports it.
POSTED = (
    "X",
    "Twitter",
    "Telegram",
    "Truth Social",
    "Facebook",
    "Instagram",
    "Bluesky",
    "Weibo",
    "LinkedIn",
    "Threads",
    "VK",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A place in a text that names an outlet, or may do so; `outlet` None: it only looks so."""

    start: int
    end: int
    outlets: tuple[Outlet, ...] = ()  # several where they share the name
    form: str = ""  # the word that makes it look like an outlet


@dataclass(frozen=True, slots=True)
class Outlets:
    """The outlets of some lists by the names they are credited by."""

    by_key: Mapping[str, Outlet]
    # By a name made even: its length so, and by each way it is printed who is meant, or a form.
    _names: "ahocorasick.Automaton[tuple[int, Mapping[str, _Meant]]]" = field(repr=False)

    def named(self, text: str) -> list[Named]:
        """Return where `text` names outlets, in order; of names that overlap the longest."""
        found = sorted(self._whole_words(text), key=lambda one: (one.start, -one.end))
        chosen: list[Named] = []
        for one in found:
            if not chosen or one.start >= chosen[-1].end:
                chosen.append(one)
            elif one.outlets and (chosen[-1].form or one.end > chosen[-1].end):
                chosen[-1] = one  # "the Times of Israel" over "the Times", any name over a form
        return chosen

    def _whole_words(self, text: str) -> Iterator[Named]:
        evened, offsets = even(text)
        for last, (length, printed) in self._names.iter(f" {evened} "):
            # Without the blanks around it; what is printed another way is another thing.
            start, end = last - 1 - length, last - 1
            if offsets is not None:
                start, end = original_span(offsets, start, end)
            meant = printed.get(text[start:end])
            if meant is None:
                continue
            before, after = text[start - 1 : start], text[end : end + 1]
            if not before.isalnum() and not after.isalnum() and before not in ("@", "#", "_"):
                yield Named(start, end, *meant)


def know_outlets(
    outlets: Iterable[Outlet] = (), spoken_for: Collection[str] = ("official",)
) -> Outlets:
    """Return `outlets` ready to be looked for.

    Those of the kinds `spoken_for` are left out: a ministry is a story's source, not its origin.
    Of two outlets with one key the first counts.
    """
    by_key: dict[str, Outlet] = {}
    for outlet in outlets:
        by_key.setdefault(outlet.key, outlet)
    owners: dict[str, list[Outlet]] = {}
    for outlet in by_key.values():
        if outlet.kind in spoken_for:
            continue
        for name in _names(outlet):
            having = owners.setdefault(name, [])
            if outlet not in having:
                having.append(outlet)
    printed: dict[str, _Meant] = {form: ((), form) for form in (*FORMS, *SORTS, *POSTED)}
    printed |= {name: (tuple(having), "") for name, having in owners.items() if name}
    by_evened: dict[str, dict[str, _Meant]] = {}
    for name, meant in printed.items():
        by_evened.setdefault(even(name)[0], {})[name] = meant
    automaton: ahocorasick.Automaton[tuple[int, Mapping[str, _Meant]]] = ahocorasick.Automaton()
    # Every name begins with a blank: the automaton then leaves most letters at its first step.
    for evened, ways in by_evened.items():
        automaton.add_word(f" {evened} ", (len(evened), ways))
    automaton.make_automaton()
    return Outlets(by_key, automaton)


def _names(outlet: Outlet) -> Iterator[str]:
    """Each way to print an outlet's name.

    A name whose article belongs to it needs it, and one that other outlets share: "the Times".
    """
    for name in (outlet.name, *outlet.aliases):
        bare = _ARTICLE.sub("", name, count=1) if _ARTICLE.match(name) else name
        if bare != name and " " not in bare and not bare.isupper():
            forms = [f"the {bare}", f"The {bare}"]  # "The Hill": a hill is no outlet
        else:
            forms = [bare]
        for form in forms:
            yield form
            if "'" in form:
                yield form.replace("'", "’")
            if len(bare) >= _SHORTEST_SHOUTED and not bare.isupper():
                yield form.upper()
    if host := _HOST.match(outlet.homepage):
        yield host[1]
