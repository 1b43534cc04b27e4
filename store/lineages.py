"""What stands of a wire's story, once all of its versions that have come are considered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.records import ChangeKind, Embargo, Story, Told, VersionKind, Wire, WireStanding
from store import merges, work
from store.changes import Happened
from store.models import (
    ChangeRow,
    NoticeRow,
    OutletRow,
    SightingRow,
    StoryRow,
    VersionRow,
    WithdrawalRow,
)
from store.stories import record

_TOLD: dict[VersionKind, ChangeKind] = {"update": "update", "correction": "correction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the steps decide about versions."""

    standing: Callable[[Sequence[Told]], WireStanding]
    explained: Callable[[Story | None, Story], str]
    is_in_substance: Callable[[Story, Story], bool]


@dataclass(slots=True, kw_only=True)
class Settled:
    """What has come of looking at lineages anew."""

    happened: list[Happened]
    to_place: list[int]  # another version is shown now


def first_state(wire: Wire, *, at: datetime) -> dict[str, object]:
    """How a story stands by its first version alone: the columns of its row."""
    embargo = wire.embargo
    if embargo is not None and embargo.until is not None and embargo.until <= at:
        embargo = None
    kind, until = _columns(embargo)
    status = {"canceled": "killed"}.get(wire.status, wire.status)
    return {"status": status, "embargo": kind, "embargo_until": until}


@dataclass(frozen=True, slots=True)
class _Lineage:
    row: StoryRow
    versions: dict[int, VersionRow]  # by number
    told: list[Told]


def settle(
    session: Session,
    story_ids: Sequence[int],
    *,
    new: frozenset[tuple[int, str]] = frozenset(),
    rules: Rules,
    at: datetime,
) -> Settled:
    """Let stand of these stories what all their versions come to; doing it again changes nothing.

    `new` names the versions that have just come, by story and fingerprint: a correction among them
    is told even if a later version is shown already. What was found is for `changes.record`.
    """
    settled = Settled(happened=[], to_place=[])
    if not story_ids:
        return settled
    merges.lock(session, story_ids)
    killed = _killed_otherwise(session, story_ids)
    lifted = _lifted_by_people(session, story_ids)
    for lineage in _read(session, story_ids):
        known = _Known(killed.get(lineage.row.id), lifted.get(lineage.row.id, {}), new)
        _settle(session, lineage, settled, known, rules=rules, at=at)
    return settled


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a story beside its versions."""

    taken_back: tuple[str, str] | None  # by a notice or tombstone: status, words
    lifted: Mapping[str, datetime]  # embargoes that a person has lifted, and when last
    new: frozenset[tuple[int, str]]


def _lifted_by_people(session: Session, story_ids: Sequence[int]) -> dict[int, dict[str, datetime]]:
    asked = (
        select(ChangeRow.story_id, ChangeRow.occasion, ChangeRow.at)
        .where(ChangeRow.story_id.in_(story_ids), ChangeRow.kind == "released")
        .where(ChangeRow.made_by.not_like("machine:%"))
        .order_by(ChangeRow.id)
    )
    found: dict[int, dict[str, datetime]] = {}
    for story_id, occasion, at in session.execute(asked):
        # A lift after the first has the moment behind the embargo's name.
        found.setdefault(story_id, {})[occasion.partition(" lifted ")[0]] = at
    return found


def _read(session: Session, story_ids: Sequence[int]) -> Iterator[_Lineage]:
    asked = (
        select(StoryRow, VersionRow, OutletRow)
        .join(VersionRow, VersionRow.story_id == StoryRow.id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id.in_(story_ids), VersionRow.wire.is_not(None))
        .order_by(StoryRow.id, VersionRow.number)
        .execution_options(populate_existing=True)
    )
    found: dict[int, _Lineage] = {}
    for row, version, outlet in session.execute(asked):
        lineage = found.setdefault(row.id, _Lineage(row, {}, []))
        lineage.versions[version.number] = version
        told = Told(
            number=version.number,
            fingerprint=version.fingerprint,
            story=record(version, outlet),
        )
        lineage.told.append(told)
    yield from found.values()


def _killed_otherwise(session: Session, story_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Stories that a notice has killed or held back, or their feed has withdrawn: state, words."""
    found: dict[int, tuple[str, str]] = {}
    withdrawn = select(WithdrawalRow.story_id, WithdrawalRow.comment)
    standing = withdrawn.join(StoryRow, StoryRow.id == WithdrawalRow.story_id).where(
        StoryRow.id.in_(story_ids), StoryRow.status == "withdrawn"
    )
    for story_id, said in session.execute(standing):
        found[story_id] = ("withdrawn", said)
    by_notice = (
        select(StoryRow.id, NoticeRow.action, NoticeRow.said)
        .join(StoryRow, StoryRow.id == NoticeRow.story_id)
        .where(StoryRow.id.in_(story_ids), NoticeRow.state == "carried_out")
        .order_by(NoticeRow.action.desc(), NoticeRow.id)  # a hold before a kill: the kill stands
    )
    for story_id, action, said in session.execute(by_notice):
        found[story_id] = ("killed" if action == "kill" else "withheld", said)
    return found


def _settle(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session,
    lineage: _Lineage,
    settled: Settled,
    known: _Known,
    *,
    rules: Rules,
    at: datetime,
) -> None:
    row, versions = lineage.row, lineage.versions
    stands = rules.standing(lineage.told)
    for number, kind in sorted(stands.kinds.items()):
        if (version := versions[number]).kind != kind:
            session.execute(update(VersionRow).where(VersionRow.id == version.id).values(kind=kind))
    settled.happened += _edits(lineage, stands, known, rules)
    status: str = stands.status
    said = stands.said
    if known.taken_back is not None and status != "killed":
        status, said = known.taken_back
    now, before = versions[stands.current].id, versions.get(row.current_version)
    if status != row.status:
        kind_of: ChangeKind = "released" if status == "usable" else status  # type: ignore[assignment]  # the same words
        occasion = f"{kind_of} after {len(lineage.told)} versions"
        settled.happened.append(_happened(row.id, kind_of, occasion, now, before, said))
    embargo = _in_force(lineage, stands.embargo, known, at)
    if _columns(embargo) != (row.embargo, row.embargo_until):
        occasion = f"{embargo_name(embargo.until if embargo else None)} at {at.isoformat()}"
        about: ChangeKind = "released" if embargo is None else "embargo"
        settled.happened.append(_happened(row.id, about, occasion, now, before, ""))
    _write(session, row, stands.current, status, embargo, at=at)
    if stands.current != row.current_version and row.merged_into is None:
        settled.to_place.append(row.id)


def _happened(  # noqa: PLR0913, PLR0917  # what a change says
    story_id: int,
    kind: ChangeKind,
    occasion: str,
    now: int,
    before: VersionRow | None,
    said: str,
    *,
    is_in_substance: bool = False,
) -> Happened:
    return Happened(
        story_id=story_id,
        kind=kind,
        occasion=occasion,
        version_id=now,
        before_id=before.id if before is not None and before.id != now else None,
        said=said,
        is_in_substance=is_in_substance,
    )


def _edits(
    lineage: _Lineage, stands: WireStanding, known: _Known, rules: Rules
) -> Iterator[Happened]:
    """The update or correction that is shown now, and corrections that came too late for that."""
    row, versions = lineage.row, lineage.versions
    words = {one.number: one.story for one in lineage.told}
    before = versions.get(row.current_version)
    for number, kind in sorted(stands.kinds.items()):
        version = versions[number]
        is_shown_now = number == stands.current != row.current_version
        is_late = kind == "correction" and (row.id, version.fingerprint) in known.new
        if kind in _TOLD and (is_shown_now or is_late):
            old = words.get(row.current_version) if is_shown_now else None
            is_other = old is not None and rules.is_in_substance(old, words[number])
            yield _happened(
                row.id,
                _TOLD[kind],
                version.fingerprint,
                version.id,
                before if is_shown_now else None,
                rules.explained(old, words[number]),
                is_in_substance=is_other or kind == "correction",
            )


def _in_force(
    lineage: _Lineage, embargo: Embargo | None, known: _Known, at: datetime
) -> Embargo | None:
    """The embargo that still holds: not lifted by a person, not over.

    Until further notice may be said again: a person's word counts for what had come by then.
    """
    if embargo is None:
        return None
    lifted = known.lifted.get(embargo_name(embargo.until))
    if lifted is not None and (embargo.until is not None or not _is_said_after(lineage, lifted)):
        return None
    return None if embargo.until is not None and embargo.until <= at else embargo


def _is_said_after(lineage: _Lineage, moment: datetime) -> bool:
    """Whether a version that came later says that the story is under embargo."""
    return any(
        told.story.wire is not None
        and told.story.wire.embargo is not None
        and lineage.versions[told.number].seen_at > moment
        for told in lineage.told
    )


def embargo_name(until: datetime | None) -> str:
    """What an embargo is called where it is remembered."""
    return f"embargo until {until.isoformat() if until else 'further notice'}"


def _columns(embargo: Embargo | None) -> tuple[str, datetime | None]:
    if embargo is None:
        return "none", None
    return ("unknown", None) if embargo.until is None else ("until", embargo.until)


def _write(  # noqa: PLR0913  # each is a plain fact of the story
    session: Session,
    row: StoryRow,
    current: int,
    status: str,
    embargo: Embargo | None,
    *,
    at: datetime,
) -> None:
    kind, until = _columns(embargo)
    told: dict[str, object] = {"status": status, "embargo": kind, "embargo_until": until}
    is_moved = current != row.current_version
    if is_moved:
        told |= {"current_version": current, "changed_at": at}
        # Whose word stands is read from the sightings: each says what all versions come to.
        session.execute(
            update(SightingRow)
            .where(SightingRow.story_id == row.id)
            .values(version=current, edited_at=at)
        )
    if any(getattr(row, name) != value for name, value in told.items()):
        session.execute(update(StoryRow).where(StoryRow.id == row.id).values(**told))
    if is_moved and row.merged_into is None:
        work.wake(session, StoryRow, [row.id])
