"""What a running stack holds at a moment: memory by process, connections, keys, rows and bytes."""

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import redis
from sqlalchemy import Engine, text

from bench.playing import WORDS
from store.models import Base

_CONNECTIONS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
_BYTES = text("""
    SELECT t.name, coalesce(
        (SELECT sum(pg_total_relation_size(p.relid)) FROM pg_partition_tree(t.oid) p),
        pg_total_relation_size(t.oid))::bigint
    FROM (SELECT oid, relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition) t
""")  # a table without partitions has no tree
_ROWS = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}', count(*) FROM \"{table.name}\""  # noqa: S608  # our own tables
        for table in Base.metadata.sorted_tables
    )
)
_WORK = text("""
    SELECT (SELECT coalesce(sum(polls), 0) FROM poll_counts) AS polls,
        (SELECT count(*) FROM stories) AS stories,
        (SELECT count(*) FROM story_versions) AS versions,
        (SELECT count(*) FROM items) AS items,
        (SELECT count(*) FROM documents WHERE work_state = 'ready') AS unread,
        (SELECT count(*) FROM stories WHERE work_state = 'ready') AS unplaced,
        (SELECT count(*) FROM feeds WHERE work_state = 'ready' AND due_at <= now()) AS due,
        (SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)
            FROM feeds WHERE due_at <= now()) AS latest
""")


@dataclass(slots=True)
class Process:
    """The processes of one kind at a moment, together."""

    number: int = 0
    rss: float = 0.0  # MB, shared pages counted in each
    pss: float = 0.0  # MB, shared pages divided among those who share them
    files: int = 0  # descriptors
    threads: int = 0


@dataclass(slots=True)
class Family:
    """The stack's processes by kind, children of a pool apart from their parent; and their CPU."""

    without: frozenset[int]  # pids that are not the product's
    _kinds: dict[psutil.Process, str] = field(default_factory=dict)
    _cpu: dict[psutil.Process, float] = field(default_factory=dict)

    def look(self) -> dict[str, Process]:
        """What each kind holds now."""
        found: dict[str, Process] = defaultdict(Process)
        for one in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if kind := self._kind(one):
                    _add(found[kind], one)
                    times = one.cpu_times()
                    self._cpu[one] = times.user + times.system
        return dict(found)

    @property
    def cpu(self) -> dict[str, float]:
        """CPU seconds so far; a process that ended keeps what it was last seen with."""
        used: dict[str, float] = defaultdict(float)
        for process, seconds in self._cpu.items():
            used[self._kinds[process]] += seconds
        return dict(used)

    def _kind(self, one: psutil.Process) -> str:
        if one.pid in self.without:
            return ""
        if one not in self._kinds:
            words = " ".join(one.cmdline())
            kind = next((kind for word, kind in WORDS.items() if word in words), "")
            if kind not in {"", "postgres"} and one.ppid() != os.getpid():
                kind += " children"
            if not kind:  # not yet its own program, or none of ours
                return ""
            self._kinds[one] = kind
        return self._kinds[one]


def _add(kind: Process, one: psutil.Process) -> None:
    told = one.memory_full_info()
    kind.number += 1
    kind.rss += told.rss / 2**20
    kind.pss += getattr(told, "pss", told.uss) / 2**20
    kind.files += one.num_fds()
    kind.threads += one.num_threads()


@dataclass(frozen=True, slots=True)
class Sample:
    """The stack at one moment."""

    hours: float  # simulated, since the beginning
    processes: Mapping[str, Process]
    counts: Mapping[str, float]  # connections, keys and bells in the broker, its memory in MB
    work: Mapping[str, float]  # done and waiting
    rows: Mapping[str, int]  # by table; empty where it was not asked
    bytes: Mapping[str, int]


def take(
    hours: float, family: Family, engine: Engine, broker: redis.Redis, *, tables: bool
) -> Sample:
    """One sample; `tables` counts every row, so not at each."""
    rows: dict[str, int] = {}
    sizes: dict[str, int] = {}
    with engine.connect() as connection:
        counts = {"database connections": float(connection.scalar(_CONNECTIONS) or 0)}
        work = {k: float(v) for k, v in connection.execute(_WORK).mappings().one().items()}
        if tables:
            rows.update(connection.execute(_ROWS).tuples().all())
            sizes.update(connection.execute(_BYTES).tuples().all())
    told = broker.info("memory")
    counts["broker memory, MB"] = told["used_memory"] / 2**20
    counts["broker keys"] = float(broker.dbsize())
    return Sample(hours, family.look(), counts, work, rows, sizes)
