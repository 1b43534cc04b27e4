"""A real week through the whole product: seconds, CPU and memory; then the same once more.

    python -m bench week

prints what each kind of process took, and what the second play into the same database added, which
should be nothing.
"""

from collections.abc import Iterator, Sequence

from bench import content
from bench.playing import Played, own_directory, play
from bench.recordings import WEEK, is_there

GROWS = ("stories", "versions", "items")


def main() -> int:
    """Play the week twice into one database and print what it took; 1 if the second added rows."""
    if not is_there(WEEK):
        return 0
    with own_directory() as kept:
        first = play(WEEK, keep=kept / "week")
        before = content.read(kept / "week")
        second = play(WEEK, keep=kept / "week")
        after = content.read(kept / "week")
    added = {by.table: len(by.added) for by in content.compare(before, after) if by.table in GROWS}
    summary = first.summary
    print(
        f"week of {WEEK.name}: {summary['feeds']} feeds, {summary['documents']} documents, "
        f"{summary['stories']} stories in {summary['clusters']} developments, "
        f"{sum(by['items'] for by in summary['series'].values())} items"
    )
    print("\n".join(_table(first, second)))
    print("the second play added: " + ", ".join(f"{table} {n}" for table, n in added.items()))
    left = (*first.left, *second.left)
    print(f"waiting {summary['waiting']}, set aside {summary['set_aside']}; left behind: "
          f"{', '.join(left) or 'nothing'}")  # fmt: skip
    return int(any(added.values()))


def _table(first: Played, second: Played) -> Iterator[str]:
    """Lines of what each play took, together and by kind of process."""
    plays = (first, second)
    yield f"{'':24}{'first play':>12}{'once more':>12}{'peak MB':>10}"
    yield _line("seconds", [played.summary["seconds"] for played in plays])
    yield _line("CPU seconds", [played.cpu_seconds for played in plays], first.peak_mb)
    for kind in first.cpu:
        used = [played.cpu.get(kind, 0.0) for played in plays]
        yield _line(f"    {kind}", used, first.mb.get(kind))
    yield _line("stories a CPU second", [p.summary["stories"] / p.cpu_seconds for p in plays])
    yield _line("documents a CPU second", [p.summary["documents"] / p.cpu_seconds for p in plays])


def _line(name: str, numbers: Sequence[float], memory: float | None = None) -> str:
    shown = "".join(f"{number:12.1f}" for number in numbers)
    return f"{name:24}{shown}" + (f"{memory:10.0f}" if memory is not None else "")
