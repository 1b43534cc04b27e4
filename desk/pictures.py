"""Pictures as facts: bars with their places worked out, and the table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from desk import words
from store.seriesfigures import DELAYS, Day, Delays, Mark, SourceShare, Week

HIGH = 100.0  # of a picture, in units of its own; it is stretched to its place on the page
FEWEST = 3  # items of others, before one outlet can have too many of them
_GAP = 0.25  # of a bar's width, between two
_WEEKS = 8  # shown at least: one bar alone would fill the place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """One bar, or part of one."""

    x: float
    y: float
    wide: float
    high: float
    kind: str  # its class


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture and its table. `key` is unlike that of every other picture on the page."""

    key: str
    title: str
    said: str  # in a sentence or two, for those who cannot see it
    wide: float
    rects: Sequence[Rect]
    lines: Sequence[float] = ()  # upright marks, by place
    legend: Sequence[tuple[str, str]] = ()  # class and words
    most: str = ""  # what the full height stands for
    below: Sequence[str] = ()  # beneath: from left to right
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    hint: str = ""  # what an editor should see at once
    high: float = HIGH
    names: Sequence[tuple[str, str]] = ()  # of lying bars: what each is, and its number

    @property
    def is_flat(self) -> bool:
        """Whether it is one bar in parts, lying."""
        return self.kind == "flat"

    kind: str = "columns"


def coverage(
    days: Sequence[Day], marks: Sequence[Mark], *, since: date, until: date, zone: ZoneInfo
) -> Picture:
    """Stories taken day by day, with the cut-offs of past instalments as marks."""
    by_day = {one.day: one for one in days}
    every = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    told = [by_day.get(day, Day(day=day, auto=0, suggest=0)) for day in every]
    rects, most = _columns([[("auto", one.auto), ("suggest", one.suggest)] for one in told])
    cut = {mark.cut_off.astimezone(zone).date(): mark for mark in marks}
    total = sum(one.auto + one.suggest for one in told)
    busiest = max(told, key=lambda one: one.auto + one.suggest)
    said = f"{_many(total, 'story', 'stories')} in {len(every)} days"
    if total:
        said += f"; most on {_day(busiest.day)}, {busiest.auto + busiest.suggest}"
    return Picture(
        key="coverage",
        title="Stories taken, by day",
        said=f"{said}. {_many(len(cut), 'instalment')} closed in that time.",
        wide=float(len(every)),
        rects=rects,
        lines=[(day - since).days + 1 for day in sorted(cut) if since <= day <= until],
        legend=(
            *((("auto", "strong match"),) if any(one.auto for one in told) else ()),
            ("suggest", "suggested"),
            ("cut", "an instalment's cut-off"),
        ),
        most=str(most),
        below=(_day(since), _day(every[len(every) // 2]), _day(until)),
        head=("Day", "Strong", "Suggested", "Instalment"),
        rows=[
            (
                _day(one.day),
                str(one.auto),
                str(one.suggest),
                f"No. {cut[one.day].number} closed" if one.day in cut else "",
            )
            for one in reversed(told)
            if one.auto or one.suggest or one.day in cut
        ],
    )


def precision(weeks: Sequence[Week]) -> Picture:
    """What was accepted and what rejected, week by week."""
    last = weeks[-1].week
    first = min(weeks[0].week, last - timedelta(weeks=_WEEKS - 1))
    by_week = {one.week: one for one in weeks}
    every = [first + timedelta(days=7 * n) for n in range((last - first).days // 7 + 1)]
    told = [by_week.get(week, Week(week=week, accepted=0, rejected=0)) for week in every]
    rects, most = _columns([[("yes", one.accepted), ("no", one.rejected)] for one in told])
    accepted, decided = sum(o.accepted for o in told), sum(o.accepted + o.rejected for o in told)
    return Picture(
        key="precision",
        title="Decisions, by week",
        said=f"{accepted} of {decided} decided items were accepted, {accepted / decided:.0%}.",
        wide=float(len(every)),
        rects=rects,
        legend=(("yes", "accepted"), ("no", "rejected")),
        most=str(most),
        below=(f"week of {_day(first)}", f"week of {_day(last)}"),
        head=("Week of", "Accepted", "Rejected", "Share accepted"),
        rows=[
            (_day(one.week), str(one.accepted), str(one.rejected), f"{one.precision:.0%}")
            for one in reversed(told)
            if one.accepted + one.rejected
        ],
    )


def source_mix(
    shares: Sequence[SourceShare], *, own: Sequence[str], hint_above: float, of: str
) -> Picture | None:
    """Whose stories stand in an instalment, our own apart; None where there are none."""
    kept = [(one, one.accepted + one.queued) for one in shares if one.accepted + one.queued]
    ours = [pair for pair in kept if pair[0].outlet in own or pair[0].kind == "own"]
    others = sorted((p for p in kept if p not in ours), key=lambda p: (-p[1], p[0].name))
    if not kept:
        return None
    total = sum(number for _, number in kept)
    outside = sum(number for _, number in others)
    rects, x = [], 0.0
    for place, (_, number) in enumerate([*others, *ours]):
        kind = "own" if place >= len(others) else f"share{place % 4}"
        rects.append(Rect(x=x, y=0.0, wide=number, high=HIGH, kind=kind))
        x += number
    hint = ""
    if outside >= FEWEST and hint_above < 1 and others[0][1] / outside > hint_above:
        top, number = others[0]
        hint = (
            f"{top.name} has {number / outside:.0%} of the outside items: more than the "
            f"{hint_above:.0%} from one outlet that the series wants at most."
        )
    own_said = sum(number for _, number in ours)
    return Picture(
        key="mix",
        kind="flat",
        title=f"Whose stories, {of}",
        said=f"{_many(outside, 'item')} of {_many(len(others), 'outlet')}"
        + (f"; {own_said} of our own, counted apart." if ours else "; none of our own."),
        wide=float(total),
        rects=rects,
        legend=(("own", "our own"),) if ours else (),
        head=("Outlet", "Accepted", "To decide", "Share of outside items"),
        rows=[
            *(
                (one.name, str(one.accepted), str(one.queued), f"{number / outside:.0%}")
                for one, number in others
            ),
            *(
                (f"{one.name} (ours)", str(one.accepted), str(one.queued), "apart")
                for one, _ in ours
            ),
        ],
        hint=hint,
    )


def accept_rate(shares: Sequence[SourceShare], *, most: int = 12) -> Picture | None:
    """How much of each outlet's stories was accepted; None where nothing was decided."""
    decided = sorted((one for one in shares if one.decided), key=lambda o: (-o.decided, o.name))
    if not decided:
        return None
    shown = decided[:most]
    rects = []
    for place, one in enumerate(shown):
        row = {"y": place + _GAP / 2, "high": 1 - _GAP}
        rects.append(Rect(x=0, wide=one.accepted, kind="yes", **row))
        rects.append(Rect(x=one.accepted, wide=one.rejected, kind="no", **row))
    accepted, number = sum(o.accepted for o in decided), sum(o.decided for o in decided)
    return Picture(
        key="rate",
        kind="rows",
        title="Accepted and rejected, by source",
        said=f"{accepted} of {_many(number, 'item')} of {_many(len(decided), 'outlet')} "
        f"{'was' if accepted == 1 else 'were'} accepted; most were decided of {shown[0].name}.",
        wide=float(shown[0].decided),
        high=float(len(shown)),
        rects=[one for one in rects if one.wide],
        legend=(("yes", "accepted"), ("no", "rejected")),
        names=[(one.name, f"{one.accepted} of {one.decided}") for one in shown],
        head=("Outlet", "Accepted", "Rejected", "Share accepted"),
        rows=[
            (one.name, str(one.accepted), str(one.rejected), f"{one.accepted / one.decided:.0%}")
            for one in decided
        ],
    )


def delay(found: Delays) -> Picture | None:
    """How long stories took from publication to the queue; None where nothing is known."""
    total = sum(found.counts)
    if not total:
        return None
    names = [*(f"up to {name}" for name, _ in DELAYS), "later"]
    rects, most = _columns([[("suggest", number)] for number in found.counts])
    median = found.median_minutes or 0.0
    return Picture(
        key="delay",
        title="From publication to the queue",
        said=f"Half of {_many(total, 'item')} were in the queue {_minutes(median)} after "
        "publication or sooner.",
        wide=float(len(names)),
        rects=rects,
        most=str(most),
        below=(names[0], names[-1]),
        head=("Time", "Items", "Share"),
        rows=[
            (name, str(number), f"{number / total:.0%}")
            for name, number in zip(names, found.counts, strict=True)
        ],
    )


def timeline(told: Sequence[tuple[datetime, str, bool]], *, zone: ZoneInfo) -> Picture | None:
    """A development's stories as they came: moment, outlet and whether it is a copy, in order."""
    if not told:
        return None
    first, last = told[0][0], told[-1][0]
    is_short = last - first < timedelta(days=3)
    step = timedelta(hours=1) if is_short else timedelta(days=1)
    number = min(int((last - first) / step) + 1, 120)
    step = (last - first) / number if number == 120 else step  # noqa: PLR2004  # as above
    counted = [[0, 0] for _ in range(number)]
    for moment, _, is_copy in told:
        place = min(int((moment - first) / step), number - 1) if step else 0
        counted[place][is_copy] += 1
    rects, most = _columns([[("yes", own), ("no copy", copies)] for own, copies in counted])
    copies = sum(is_copy for _, _, is_copy in told)
    outlets = len({outlet for _, outlet, _ in told})
    unit = "hour" if is_short else "day"
    return Picture(
        key="timeline",
        title=f"How it spread, by {unit}",
        said=f"{_many(len(told), 'story', 'stories')} of {_many(outlets, 'outlet')}, {copies} of "
        f"them copies, from {_moment(first, zone)} to {_moment(last, zone)}.",
        wide=float(number),
        rects=rects,
        legend=(("yes", "stories"), ("copy", "copies")),
        most=str(most),
        below=(_moment(first, zone), _moment(last, zone)),
        head=("When", "Outlet", ""),
        rows=[
            (_moment(moment, zone), outlet, "copy" if is_copy else "")
            for moment, outlet, is_copy in told
        ],
    )


def _columns(stacks: Sequence[Sequence[tuple[str, int]]]) -> tuple[list[Rect], int]:
    """Bars side by side, each of parts from the bottom up; and the number at full height."""
    most = max((sum(number for _, number in stack) for stack in stacks), default=0)
    rects = []
    for place, stack in enumerate(stacks):
        top = HIGH
        for kind, number in stack:
            if number:
                high = HIGH * number / most
                top -= high
                rects.append(
                    Rect(
                        x=round(place + _GAP / 2, 3),
                        y=round(top, 2),
                        wide=1 - _GAP,
                        high=round(high, 2),
                        kind=kind,
                    )
                )
    return rects, most


def _day(day: date) -> str:
    return words.day(day)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{words.day(moment.astimezone(zone).date())}, {words.clock_time(moment, zone)}"


def _minutes(minutes: float) -> str:
    if minutes >= 120:  # noqa: PLR2004  # from two hours on, hours say more
        return _many(round(minutes / 60), "hour")
    return _many(max(round(minutes), 1), "minute")


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def by_day(
    key: str,
    title: str,
    every: Sequence[date],
    stacks: Sequence[tuple[tuple[str, str], Sequence[int]]],
) -> Picture:
    """Some numbers day by day, one upon the other; each with its class and its words."""
    rects, most = _columns(
        [[(kind, numbers[place]) for (kind, _), numbers in stacks] for place in range(len(every))]
    )
    told = ", ".join(f"{sum(numbers):,} {words}" for (_, words), numbers in stacks)
    return Picture(
        key=key,
        title=title,
        said=f"In {_many(len(every), 'day')}: {told}.",
        wide=float(len(every)),
        rects=rects,
        legend=tuple(name for name, _ in stacks) if len(stacks) > 1 else (),
        most=f"{most:,}",
        below=(_day(every[0]), _day(every[-1])) if len(every) > 1 else (_day(every[0]),),
        head=("Day", *(words.capitalize() for (_, words), _ in stacks)),
        rows=[
            (_day(day), *(str(numbers[place]) for _, numbers in stacks))
            for place, day in reversed(list(enumerate(every)))
            if any(numbers[place] for _, numbers in stacks)
        ],
    )
