"""The words of `bench soak`: slopes, verdicts, and what a story and a feed cost."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bench.soak_samples import Sample
from bench.soak_verdicts import (
    BYTES_GAINED,
    BYTES_SHARE,
    MB_AN_HOUR,
    ROWS_GAINED,
    ROWS_SHARE,
    SHARE_ABOVE,
    WARM_UP,
    Points,
    Trend,
    of_bytes,
    of_count,
    of_process,
    of_rows,
    trend,
)
from store import fates

if TYPE_CHECKING:
    from bench.soak import Soaked

MB = 2**20
BUFFERS = 64.0  # MB that PostgreSQL keeps pages in: taken as they are read
PLACERS = "parse children"
KB_A_STORY = 5.65  # that placing remembers, as `python -m bench.developments` prints it


def progress(one: Sample) -> str:
    """Where a long run is, in a line."""
    w = one.work
    return (
        f"  {one.hours:5.1f} h: {w['polls']:.0f} polls, {w['stories']:.0f} stories, "
        f"{w['items']:.0f} items; {w['due']:.0f} feeds due (the latest since {w['latest']:.0f} s), "
        f"{w['unread']:.0f} documents and {w['unplaced']:.0f} stories wait; "
        f"{sum(p.pss for p in one.processes.values()):.0f} MB"
    )


def report(soaked: "Soaked") -> tuple[list[str], bool]:
    """Every line to print, and whether nothing grows or stays that should not."""
    bad: list[str] = []
    lines = [*_work(soaked), "", *_processes(soaked, bad), "", *_counts(soaked, bad), ""]
    lines += [*_tables(soaked, bad), "", *_after(soaked, bad), ""]
    lines += [f"NOT SOUND: {one}" for one in bad] or ["nothing grows or stays that should not"]
    return lines, not bad


def _work(soaked: "Soaked") -> Iterator[str]:
    first, last = soaked.samples[0].work, soaked.samples[-1].work
    done = {name: last[name] - first[name] for name in last}
    hours = soaked.samples[-1].hours
    yield (
        f"{soaked.feeds} feeds for {hours:.1f} simulated hours at {soaked.speed:g} times the speed "
        f"({soaked.real_seconds / 60:.0f} minutes by the wall)"
    )
    yield (
        f"polls {done['polls']:.0f} ({done['polls'] / hours:.0f} an hour, "
        f"{done['polls'] / soaked.real_seconds:.1f} a real second), stories {done['stories']:.0f}, "
        f"versions {done['versions']:.0f}, items {done['items']:.0f}"
    )
    answers = ", ".join(f"{how} {n}" for how, n in sorted(soaked.answers.items()))
    yield f"the publishers answered: {answers}"
    editor = soaked.editor
    yield (
        f"the editor: {editor.acknowledged()} acknowledged; {editor.refused.total()} refused, "
        f"{editor.failed.total()} times nobody answered"
    )
    yield "rounds an hour, here (in production): " + ", ".join(
        f"{name} {here:.0f} ({usual:.0f})" for name, (here, usual) in soaked.rounds.items()
    )
    cpu = sum(soaked.cpu.values())
    kinds = ", ".join(f"{k} {s:.0f}" for k, s in sorted(soaked.cpu.items(), key=lambda o: -o[1]))
    yield f"CPU seconds: {cpu:.0f} ({kinds}); {cpu / hours:.1f} a simulated hour"
    # All that a kind of process did is divided by all of one thing: its rounds and rests as well.
    polls, stories = done["polls"] or 1.0, done["stories"] or 1.0
    reading = soaked.cpu.get("parse", 0.0) + soaked.cpu.get("parse children", 0.0)
    yield (
        f"at most: {soaked.cpu.get('fetch', 0.0) / polls * 1e3:.1f} CPU ms of fetch a poll, "
        f"{reading / stories * 1e3:.1f} of parse a story, "
        f"{soaked.cpu.get('postgres', 0.0) / stories * 1e3:.1f} of postgres a story"
    )


def _series(soaked: "Soaked", value: Callable[[Sample], float | None]) -> Points:
    found = ((one.hours, value(one)) for one in soaked.samples)
    return [(at, told) for at, told in found if told is not None]


def _processes(soaked: "Soaked", bad: list[str]) -> Iterator[str]:
    yield (
        f"memory, MB (shared pages divided; children of one pool together). Warm-up: the first "
        f"{WARM_UP:.0%}. It grows if the slope is over {MB_AN_HOUR} MB an hour and the last hour "
        f"more than {SHARE_ABOVE:.0%} above the first, and the first after warm-up (of postgres: "
        f"and {BUFFERS:g} MB, its buffers; of the children that place: and {KB_A_STORY} kB for "
        f"each story more that they remember, {_remembered(soaked):.2f} MB an hour)"
    )
    heads = f"{'first h':>9}{'warm':>9}{'last h':>9}{'MB an hour':>12}"
    yield f"{'':18}{heads}  {'files':>6}{'threads':>9}"
    kinds = sorted({kind for one in soaked.samples for kind in one.processes})
    for kind in kinds:
        points = _series(soaked, lambda s, k=kind: s.processes[k].pss if k in s.processes else None)  # type: ignore[misc]  # a default binds it
        told = trend(points, hours=soaked.hours)
        verdict = of_process(
            told,
            allowed=BUFFERS if kind == "postgres" else 0.0,
            remembers=_remembered(soaked) if kind == PLACERS else 0.0,
        )
        others = []
        for what in ("files", "threads"):
            held = _series(
                soaked,
                lambda s, k=kind, w=what: getattr(s.processes[k], w) if k in s.processes else None,  # type: ignore[misc]  # as above
            )
            holding = trend(held, hours=soaked.hours)
            others.append(f"{holding.last:.0f}")
            if of_count(holding) == "grows":
                bad.append(f"{kind} holds ever more {what}: {holding.slope:+.2f} an hour")
        if verdict == "grows":
            bad.append(f"{kind} grows by {told.slope:.2f} MB an hour")
        yield (
            f"{kind:18}{told.first:9.1f}{told.warm:9.1f}{told.last:9.1f}{told.slope:+12.3f}  "
            f"{others[0]:>6}{others[1]:>9}  {verdict}"
        )


def _remembered(soaked: "Soaked") -> float:
    """MB an hour that the placing children add: each comes to know every story that is placed."""
    placed = _series(soaked, lambda s: s.rows.get("development_words"))
    children = max(s.processes[PLACERS].number for s in soaked.samples if PLACERS in s.processes)
    return trend(placed, hours=soaked.hours).slope * children * KB_A_STORY / 1e3


def _counts(soaked: "Soaked", bad: list[str]) -> Iterator[str]:
    for name in soaked.samples[0].counts:
        told = trend(_series(soaked, lambda s, n=name: s.counts[n]), hours=soaked.hours)  # type: ignore[misc]  # as above
        verdict = of_count(told)
        if verdict == "grows":
            bad.append(f"{name}: {told.slope:+.2f} an hour")
        went = f"warm {told.warm:.1f}, last hour {told.last:.1f}, {told.slope:+.3f} an hour"
        yield f"{name:24} {went}  {verdict}"


def _tables(soaked: "Soaked", bad: list[str]) -> Iterator[str]:
    yield (
        "tables, by simulated hour after warm-up. One that should stand grows if it gained more "
        f"than {ROWS_GAINED} rows and {ROWS_SHARE:.0%}, or {BYTES_GAINED / 1e6:g} MB and "
        f"{BYTES_SHARE:.0%}"
    )
    yield f"{'':22}{'rows':>9}{'an hour':>10}{'kB':>10}{'kB an hour':>12}{'B a story':>11}  fate"
    counted = [one for one in soaked.samples if one.rows]
    stories = counted[-1].work["stories"] or 1.0
    for table, fate in sorted(fates.FATES.items(), key=lambda o: (o[1].kind, o[0])):
        rows = trend([(s.hours, float(s.rows[table])) for s in counted], hours=soaked.hours)
        size = trend([(s.hours, float(s.bytes[table])) for s in counted], hours=soaked.hours)
        if not rows.last and not rows.first:
            continue
        verdicts = _judged(table, rows, size, may_grow=fate.may_grow, bad=bad)
        yield (
            f"{table:22}{counted[-1].rows[table]:9}{rows.slope:+10.1f}{size.last / 1e3:10.0f}"
            f"{size.slope / 1e3:+12.1f}{counted[-1].bytes[table] / stories:11.0f}  "
            f"{fate.kind}: {verdicts}"
        )
    empty = [t for t in fates.FATES if not any(s.rows[t] for s in counted)]
    yield f"without a row throughout: {', '.join(sorted(empty))}"
    whole = [(s.hours, float(sum(s.bytes.values()))) for s in counted]
    all_of_it = trend(whole, hours=soaked.hours)
    yield (
        f"all tables: {all_of_it.last / MB:.1f} MB, {all_of_it.slope / MB:+.2f} MB an hour, "
        f"{sum(counted[-1].bytes.values()) / stories:.0f} bytes a story"
    )


def _judged(table: str, rows: Trend, size: Trend, *, may_grow: bool, bad: list[str]) -> str:
    of_r, of_b = of_rows(rows, may_grow=may_grow), of_bytes(size, may_grow=may_grow)
    if of_r == "grows":
        bad.append(f"{table} gains {rows.slope:.1f} rows an hour")
    if of_b == "grows":
        bad.append(f"{table} gains {size.slope / 1e3:.0f} kB an hour")
    return of_r if of_r == of_b else f"rows {of_r}, bytes {of_b}"


def _after(soaked: "Soaked", bad: list[str]) -> Iterator[str]:
    before, after = soaked.before, soaked.after
    if before is None or after is None:
        bad.append(f"the leap of two years was not seen to its end: {soaked.not_through}")
        return
    yield "two years on, once retention has come through:"
    rules = ", ".join(f"{rule} {rows}" for rule, rows in sorted(soaked.let_go.items()) if rows)
    yield f"  rows let go of, by rule: {rules or 'none'}"
    for table, fate in sorted(fates.FATES.items()):
        if fate.kind in {"aged", "turned"} and before.rows[table]:
            yield f"  {table}: {before.rows[table]} rows, now {after.rows[table]}"
    bad += stayed(soaked.left, before.rows, after.rows)


def stayed(
    left: Mapping[str, int], before: Mapping[str, int], after: Mapping[str, int]
) -> list[str]:
    """What two years should have taken and have not."""
    late = [f"{rule}: {rows} rows might still go" for rule, rows in left.items() if rows]
    return late + [
        f"{table}: its days were not dropped"
        for table, fate in fates.FATES.items()
        if fate.kind == "turned" and before[table] and after[table] >= before[table]
    ]
