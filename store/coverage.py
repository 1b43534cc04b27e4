"""What a series has had before: by development, by what was merged, and by the same text."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from pipeline.draft import Past
from store.models import (
    DevelopmentRow,
    DuplicateRow,
    GatheredRow,
    InstalmentRow,
    ItemRow,
    MemberRow,
    StoryRow,
)


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


def read(session: Session, series: Collection[int], developments: Sequence[int]) -> Memory:
    """Read what these series have had: as many statements for fifty of them as for one."""
    goes_on = _goes_on(session, developments)
    earlier = {number for chain in goes_on.values() for number, _ in chain}
    numbers = sorted({*developments, *earlier})
    held: dict[tuple[int, int], dict[int, tuple[datetime, Past]]] = defaultdict(dict)
    for asked in (_by_development(numbers), _by_gathering(numbers), _by_text(numbers)):
        told = asked.add_columns(InstalmentRow.series_id, InstalmentRow.cut_off).where(
            InstalmentRow.series_id.in_(series), ItemRow.state != "rejected"
        )
        for development, item, number, headline, state, of, cut_off in session.execute(told):
            past = Past(instalment=number, item=item, headline=headline, state=state)
            held[of, development].setdefault(item, (cut_off, past))
    return Memory(held, goes_on)


_NOW = func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id)


def _by_development(developments: Sequence[int]) -> Select[int, int, int, str, str]:
    return (
        select(_NOW, ItemRow.id, InstalmentRow.number, ItemRow.headline, ItemRow.state)
        .join(DevelopmentRow, DevelopmentRow.id == ItemRow.development_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(ItemRow.merged_into.is_(None), _NOW.in_(developments))
    )


def _by_gathering(developments: Sequence[int]) -> Select[int, int, int, str, str]:
    return (
        select(_NOW, ItemRow.id, InstalmentRow.number, ItemRow.headline, ItemRow.state)
        .join(GatheredRow, GatheredRow.item_id == ItemRow.id)
        .join(DevelopmentRow, DevelopmentRow.id == GatheredRow.development_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(ItemRow.merged_into.is_(None), GatheredRow.undone_at.is_(None))
        .where(_NOW.in_(developments))
    )


def _by_text(developments: Sequence[int]) -> Select[int, int, int, str, str]:
    """Earlier items whose story is the same story, or has the same text, as one told here."""
    mine, shown = aliased(DuplicateRow), aliased(DuplicateRow)
    root = func.coalesce(shown.root_id, StoryRow.merged_into, StoryRow.id)
    roots = (
        select(
            MemberRow.development_id.label("development"),
            func.coalesce(mine.root_id, MemberRow.story_id).label("root"),
        )
        .outerjoin(mine, (mine.story_id == MemberRow.story_id) & mine.undone_at.is_(None))
        .where(MemberRow.development_id.in_(developments))
        .subquery()
    )
    return (
        select(
            roots.c.development, ItemRow.id, InstalmentRow.number, ItemRow.headline, ItemRow.state
        )
        .select_from(ItemRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .outerjoin(shown, (shown.story_id == StoryRow.id) & shown.undone_at.is_(None))
        .join(roots, roots.c.root == root)
        .where(ItemRow.merged_into.is_(None))
    )


_LONGEST = 4  # steps back: what goes on for longer is another matter by then


def _goes_on(session: Session, developments: Iterable[int]) -> Mapping[int, list[tuple[int, str]]]:
    """Per development those it goes on from, the nearest first, with the reason for the last step.

    Under their numbers of today: what was merged since is what it was merged into.
    """
    row, target = DevelopmentRow, aliased(DevelopmentRow)
    chains: dict[int, list[tuple[int, str]]] = {number: [] for number in developments}
    ends = {number: number for number in chains}
    for _ in range(_LONGEST):
        asked = (
            select(row.id, func.coalesce(target.merged_into, target.id), row.follows_why)
            .join(target, target.id == row.follows_id)
            .where(row.id.in_(sorted(set(ends.values()))))
        )
        steps = {number: (to, why) for number, to, why in session.execute(asked)}
        reached = {}
        for number, end in ends.items():
            to, why = steps.get(end, (number, ""))
            if to != number and all(to != before_it for before_it, _ in chains[number]):
                chains[number].append((to, why))
                reached[number] = to
        ends = reached
        if not ends:
            break
    return chains
