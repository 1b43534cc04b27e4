"""The open developments, and which of them a story belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import nlargest
from math import exp

from pipeline.cluster import why
from pipeline.cluster.forms import form_of
from pipeline.cluster.measure import Seen, beginning, have_two, likeness, measures, seen
from pipeline.cluster.memory import FIRST, FOUND_BY, Known, Memory
from pipeline.cluster.setting import NAMES, NEAREST, SHIPPED, TIME, Setting
from pipeline.cluster.timing import bin_of
from pipeline.cluster.weigh import weigh
from pipeline.records import Placement, Weighed

OPEN_FOR = timedelta(days=14)  # a development takes no further story after this long a silence

_LOOKED_AT = 1500  # stories, counted each time they are met, before the rest of the words is left
_LEAST_LIKE = 20_000  # of a story's length squared: below, nobody would call two stories alike
_NEIGHBOURS = 40  # stories
_CANDIDATES = 12  # developments
_SILENT = 3  # developments that take nothing more and may still be gone on from
_SPEAKING = 1.0  # log odds
_FLOOR = 0.1  # likeness to the nearest story, below which no time makes up for it
# Likeness to a development's first eight stories, below which it is another story by now: accounts
# of one happening stay above it. Headlines alone have too few words to say.
_STRAY = 0.2
_HEADLINES = 20  # words
_CLEAR = 2.0  # log odds by which one development must lead the next for a live page to join it
# A new development goes on from one it is like in words and in names, whatever the times say.
_FOLLOWS = -1.5  # log odds without the time
_ALIKE, _NAMED = 0.2, 0.3

_SURE = 0.45  # likeness: such stories tell one development, whatever their times
_OTHERS = 3  # developments whose times are counted beside
_AMONG = 3000  # the last ones opened
_ENOUGH_OPEN = 8
_SCATTER = 0x9E37_79B1

_NOTHING = "a new development: nothing open is like it"
_SEVERAL = {
    "roundup": "a round-up: it tells of several developments and joins none",
    "live": "a live page that stands near several developments and joins none",
}


@dataclass(slots=True, eq=False)
class Near:
    """A development beside a story, with how alike they are by each of MEASURES."""

    development: int
    measures: tuple[float, ...]
    is_silent: bool = False  # for too long to take it
    logit: float = 0.0


class Open:
    """The open developments, by the telling words of their stories.

    Ask `place`, then tell with `add` what became of it. Everything in here follows from the stories
    added, in their order, of which the oldest are forgotten by the block: so a process that begins
    with the last stories goes on as any other would.
    """

    def __init__(self, setting: Setting = SHIPPED) -> None:
        self.setting = setting
        self._memory = Memory()
        self.add = self._memory.add
        self.move = self._memory.move

    # --- placing

    def place(self, title: str, text: str, at: datetime) -> Placement:
        """Return the development that a story belongs to most likely, or a new one, and why."""
        near, weighed = self._measured(self.weigh(title, text), at)
        silence = self.silence()
        for one in near:
            one.logit = self.setting.logit(one.measures, silence)
        near.sort(key=lambda one: (-one.logit, one.development))
        open_ones = [one for one in near if not one.is_silent]
        form = form_of(title)
        if form:
            return self._of_several(form, open_ones, weighed, at)
        best = open_ones[0] if open_ones else None
        if best is not None and best.logit >= 0 and not self._strays(best, weighed):
            return self._joined(open_ones, weighed, at)
        return self._opened(near, best, weighed, at)

    def measured(self, weighed: Weighed, at: datetime) -> tuple[list[Near], Weighed]:
        """Return the open developments near a story, unjudged, and what it teaches: to fit with."""
        near, weighed = self._measured(weighed, at)
        return [one for one in near if not one.is_silent], weighed

    def silence(self) -> float:
        """Return from 0 to 1 how sure it is that times say nothing in this stream."""
        return self._memory.timing.silence()

    def _joined(self, near: Sequence[Near], weighed: Weighed, at: datetime) -> Placement:
        best = near[0]
        second = near[1] if len(near) > 1 else None
        return Placement(
            development=best.development,
            score=_chance(best.logit),
            runner_up=second.development if second else None,
            runner_up_score=_chance(second.logit) if second else 0.0,
            why=self._told(best, weighed, at),
            weighed=weighed,
        )

    def _opened(
        self, near: Sequence[Near], best: Near | None, weighed: Weighed, at: datetime
    ) -> Placement:
        """Return a new development, beside the nearest and the one it goes on from."""
        placed = Placement(
            development=None,
            score=1.0,
            runner_up=None,
            runner_up_score=0.0,
            why=_NOTHING,
            weighed=weighed,
        )
        if best is not None:
            chance = _chance(best.logit)
            what = self._told(best, weighed, at)
            said = f"is not enough ({chance:.2f})"
            if best.logit >= 0:
                said = "but has too little of that one's beginning: the story has moved on"
            placed = replace(
                placed,
                score=1 - chance,
                runner_up=best.development,
                runner_up_score=chance,
                why=f"a new development: {what} {said}",
            )
        before = self._before(near)
        if before is not None:
            placed = replace(
                placed,
                follows=before.development,
                follows_score=_chance(before.logit),
                follows_why=self._told(before, weighed, at),
            )
        return placed

    def _before(self, near: Sequence[Near]) -> Near | None:
        """Return the development that a new one goes on from, be it silent for long, if any."""
        for one in near:
            by_words = one.logit - self.setting.weights[TIME] * one.measures[TIME]
            nearest, names = one.measures[NEAREST], one.measures[NAMES]
            if by_words >= _FOLLOWS and nearest >= _ALIKE and names >= _NAMED:
                return one
        return None

    def _of_several(
        self, form: str, near: Sequence[Near], weighed: Weighed, at: datetime
    ) -> Placement:
        """Return the place of a page that tells of several developments: alone, unless clear."""
        best, second = (*near, None, None)[:2]
        lead = best.logit - max(0.0, second.logit if second else 0.0) if best else 0.0
        if form == "live" and lead >= _CLEAR:
            return replace(self._joined(near, weighed, at), form=form, weighed=None)
        return Placement(
            development=None,
            score=1.0,
            runner_up=best.development if best else None,
            runner_up_score=_chance(best.logit) if best else 0.0,
            why=_SEVERAL[form],
            weighed=None,
            form=form,
        )

    def _strays(self, near: Near, weighed: Weighed) -> bool:
        """Whether a story is none of a development's beginning any more, step by step."""
        development = self._memory.developments[near.development]
        if len(development.stories) <= FIRST or len(weighed.words) < _HEADLINES:
            return False
        return beginning(seen(weighed, self._memory.slots), development) < _STRAY

    def weigh(self, title: str, text: str) -> Weighed:
        """Return the telling words of a story, as they weigh among the remembered ones."""
        memory = self._memory
        return weigh(
            title, text, stories=len(memory.stories), slots=memory.slots, having=memory.having
        )

    # --- measuring

    def _measured(self, weighed: Weighed, at: datetime) -> tuple[list[Near], Weighed]:
        """Return the developments near a story, and the story with what its time teaches."""
        story = seen(weighed, self._memory.slots)
        near = self._near(story, weighed, at)
        return near, self._taught(weighed, near, at)

    def _near(self, story: Seen, weighed: Weighed, at: datetime) -> list[Near]:
        """Return the developments of the stories most like it, with how alike they are."""
        known = self._memory.developments
        likenesses: dict[int, dict[int, float]] = {}
        silent: set[int] = set()
        for neighbour in self._neighbours(weighed):
            number = neighbour.development
            if number not in likenesses:
                is_silent = abs(at - known[number].last_at) > OPEN_FOR
                if is_silent:
                    if len(silent) == _SILENT:
                        continue
                    silent.add(number)
                elif len(likenesses) - len(silent) == _CANDIDATES:
                    continue
                likenesses[number] = {}
            likenesses[number][neighbour.number] = likeness(story, neighbour)
        near = []
        for number, alike in likenesses.items():
            development = known[number]
            gap = at - development.last_at
            evidence = 0.0 if number in silent else self._memory.timing.evidence(gap)
            found = measures(story, development, alike, evidence)
            # One word in common is not enough, however rare, unless the times speak for it.
            if found[NEAREST] >= _FLOOR and (
                evidence >= _SPEAKING or have_two(story.words, development.whole)
            ):
                near.append(Near(number, found, number in silent))
        return near

    def _neighbours(self, weighed: Weighed) -> list[Known]:
        """Return the stories that share most of a story's heaviest words."""
        memory = self._memory
        shared: dict[int, int] = {}
        get = shared.get
        looked_at = 0
        for word, weight in zip(weighed.words[:FOUND_BY], weighed.weights, strict=False):
            slot = memory.slots.get(word)
            if slot is None:
                continue
            numbers, theirs = memory.found_by(slot)
            for number, other in zip(numbers, theirs, strict=True):
                shared[number] = get(number, 0) + weight * other
            looked_at += len(numbers)
            if looked_at > _LOOKED_AT:
                break
        like = [(score, number) for number, score in shared.items() if score >= _LEAST_LIKE]
        return [memory.stories[number] for _, number in nlargest(_NEIGHBOURS, like)]

    def _taught(self, weighed: Weighed, near: Sequence[Near], at: datetime) -> Weighed:
        """Return the story with what its time teaches."""
        surest = max(
            (one for one in near if not one.is_silent),
            key=lambda one: (one.measures[NEAREST], -one.development),
            default=None,
        )
        same = belongs = None
        if surest is not None and surest.measures[NEAREST] >= _SURE:
            belongs = surest.development
            same = bin_of(at - self._memory.developments[belongs].last_at)
        return replace(weighed, same=same, others=tuple(self._others(at, belongs)))

    def _others(self, at: datetime, surest: int | None) -> Iterable[int]:
        """Give the times since the last stories of some developments, whichever they tell.

        Drawn by stories, so that a development counts as often as it is told: of one that is told
        every minute any story comes within a minute, and that says nothing.
        """
        memory = self._memory
        told = len(memory.numbers)
        if told < _ENOUGH_OPEN:
            return
        among = min(told, _AMONG)
        for turn in range(_OTHERS):
            drawn = (told * _OTHERS + turn + 1) * _SCATTER & 0xFFFF_FFFF
            number = memory.stories[memory.numbers[-1 - (drawn * among >> 32)]].development
            gap = at - memory.developments[number].last_at
            if number != surest and abs(gap) <= OPEN_FOR:
                yield bin_of(gap)

    def _told(self, near: Near, weighed: Weighed, at: datetime) -> str:
        """Return in words what a story shares with a development."""
        development = self._memory.developments[near.development]
        gap = at - development.last_at
        evidence = near.measures[TIME]
        return why.shared(weighed, self._memory.slots, development, gap=gap, evidence=evidence)


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, logit))))
