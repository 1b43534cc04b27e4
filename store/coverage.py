"""What a series has had before: by development, by what was merged, and by the same text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.draft import Past


@dataclass(frozen=True, slots=True)
class Memory:
    """What some series have had of some developments, and what those go on from."""

    held: Mapping[tuple[int, int], Mapping[int, tuple[datetime, Past]]]  # series, development; item
    goes_on: Mapping[int, Sequence[tuple[int, str]]]

    def covered(
        self, series_id: int, developments: Iterable[int], *, before: datetime
    ) -> dict[int, list[Past]]:
        """Where instalments with an earlier cut-off held these developments.

        A development was held, too, where an item gathered it, where it bore another number before
        a merge, and where an item showed a story that is the same text as one of its own. Rejected
        items do not count.
        """
        found = {}
        for development in developments:
            items = self.held.get((series_id, development), {})
            past = [one for cut_off, one in items.values() if cut_off < before]
            if past:
                found[development] = sorted(past, key=lambda one: (one.instalment, one.item))
        return found

    def followed(
        self, series_id: int, developments: Iterable[int], *, before: datetime
    ) -> dict[int, list[Past]]:
        """The earlier items that these developments go on from, with the reason."""
        found: dict[int, list[Past]] = {}
        for development in developments:
            for number, why in self.goes_on.get(development, ()):
                for past in self.covered(series_id, [number], before=before).get(number, ()):
                    found.setdefault(development, []).append(replace(past, why=why))
        return found


# One text however many pairs (see store/statements.py), and each step of it goes by an index: what
# is asked for is small, what a desk has had is not.
_ITEM = """
    SELECT at.series_id, at.number, i.id, n.number AS instalment, i.headline, i.state, n.cut_off
"""
_COUNTS = """
    JOIN instalments n ON n.id = i.instalment_id AND n.series_id = at.series_id
    WHERE i.merged_into IS NULL AND i.state <> 'rejected'
"""
_HELD = text(
    f"""
    WITH asked AS (
        SELECT * FROM unnest(CAST(:series AS bigint[]), CAST(:developments AS bigint[]))
            AS one(series_id, number)
    ), named AS (
        SELECT a.series_id, a.number, d.id
        FROM asked a JOIN developments d ON d.id = a.number AND d.merged_into IS NULL
        UNION ALL
        SELECT a.series_id, a.number, d.id
        FROM asked a JOIN developments d ON d.merged_into = a.number
    ), roots AS (
        SELECT DISTINCT a.series_id, a.number, coalesce(d.root_id, m.story_id) AS root
        FROM asked a JOIN development_stories m ON m.development_id = a.number
        LEFT JOIN duplicates d ON d.story_id = m.story_id AND d.undone_at IS NULL
    ), same AS (
        SELECT series_id, number, root, root AS story_id FROM roots
        UNION SELECT r.series_id, r.number, r.root, d.story_id
        FROM roots r JOIN duplicates d ON d.root_id = r.root AND d.undone_at IS NULL
        UNION SELECT r.series_id, r.number, r.root, s.id
        FROM roots r JOIN stories s ON s.merged_into = r.root
    ), told AS (
        SELECT same.* FROM same JOIN stories s ON s.id = same.story_id
        LEFT JOIN duplicates d ON d.story_id = s.id AND d.undone_at IS NULL
        WHERE coalesce(d.root_id, s.merged_into, s.id) = same.root
    )
    {_ITEM} FROM named at JOIN items i ON i.development_id = at.id {_COUNTS}
    UNION ALL {_ITEM} FROM named at
    JOIN item_developments g ON g.development_id = at.id AND g.undone_at IS NULL
    JOIN items i ON i.id = g.item_id {_COUNTS}
    UNION ALL {_ITEM} FROM told at JOIN items i ON i.story_id = at.story_id {_COUNTS}
    """  # noqa: S608  # the pieces are our own text
)
# Under their numbers of today: what was merged since is what it was merged into. Four steps back:
# what goes on for longer is another matter by then.
_GOES_ON = text(
    """
    WITH RECURSIVE goes_on AS (
        SELECT d.id AS number, coalesce(t.merged_into, t.id) AS reached, d.follows_why AS why,
            1 AS steps, ARRAY[d.id] AS before
        FROM developments d JOIN developments t ON t.id = d.follows_id
        WHERE d.id = ANY(CAST(:developments AS bigint[])) AND coalesce(t.merged_into, t.id) <> d.id
        UNION ALL
        SELECT g.number, coalesce(t.merged_into, t.id), d.follows_why,
            g.steps + 1, g.before || g.reached
        FROM goes_on g
        JOIN developments d ON d.id = g.reached
        JOIN developments t ON t.id = d.follows_id
        WHERE g.steps < 4 AND coalesce(t.merged_into, t.id) <> ALL(g.before || g.reached)
    )
    SELECT number, reached, why FROM goes_on ORDER BY number, steps
    """
)


def read(session: Session, asked: Iterable[tuple[int, int]]) -> Memory:
    """Read what was had: of each series and development asked for, two statements for all."""
    pairs = sorted(set(asked))
    goes_on: dict[int, list[tuple[int, str]]] = defaultdict(list)
    chains = session.execute(_GOES_ON, {"developments": sorted({number for _, number in pairs})})
    for number, reached, why in chains:
        goes_on[number].append((reached, why))
    earlier = {(of, to) for of, number in pairs for to, _ in goes_on.get(number, ())}
    pairs = sorted({*pairs, *earlier})
    arrays = {"series": [of for of, _ in pairs], "developments": [number for _, number in pairs]}
    held: dict[tuple[int, int], dict[int, tuple[datetime, Past]]] = defaultdict(dict)
    for of, development, item, instalment, headline, state, cut_off in session.execute(
        _HELD, arrays
    ):
        past = Past(instalment=instalment, item=item, headline=headline, state=state)
        held[of, development][item] = (cut_off, past)
    return Memory(held, goes_on)
