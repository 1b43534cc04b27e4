"""What a series has had before: by development, by what was merged, and by the same text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


def covered(
    session: Session, series_id: int, developments: Sequence[int], *, before: datetime
) -> dict[int, list[Past]]:
    """Where instalments with an earlier cut-off held these developments, rejected items aside.

    A development was held, too, where an item gathered it, where it bore another number before a
    merge, and where an item showed a story that is the same text as one of its own.
    """
    found: dict[int, dict[int, Past]] = defaultdict(dict)
    for asked in (
        _by_development(developments),
        _by_gathering(developments),
        _by_text(developments),
    ):
        told = asked.where(
            InstalmentRow.series_id == series_id,
            InstalmentRow.cut_off < before,
            ItemRow.state != "rejected",
        )
        for development, item, number, headline, state in session.execute(told):
            past = Past(instalment=number, item=item, headline=headline, state=state)
            found[development].setdefault(item, past)
    return {
        development: sorted(items.values(), key=lambda past: (past.instalment, past.item))
        for development, items in found.items()
    }


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


def followed(
    session: Session, series_id: int, developments: Sequence[int], *, before: datetime
) -> dict[int, list[Past]]:
    """The earlier items that these developments go on from, with the reason."""
    goes_on = _goes_on(session, developments)
    earlier = sorted({before_it for chain in goes_on.values() for before_it, _ in chain})
    held = covered(session, series_id, earlier, before=before) if earlier else {}
    found: dict[int, list[Past]] = {}
    for development, chain in goes_on.items():
        for number, why in chain:
            for past in held.get(number, ()):
                follow_up = Past(
                    instalment=past.instalment,
                    item=past.item,
                    headline=past.headline,
                    state=past.state,
                    why=why,
                )
                found.setdefault(development, []).append(follow_up)
    return found


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
