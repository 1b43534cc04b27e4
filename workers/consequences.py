"""What a document's stories change for what was there before: in its own transaction, all of it.

Versions of wires' stories are settled, notices carried out, tombstones weighed, edits told. What
happened to a story travels from there to the items that rest on it (`store/changes.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.records import ActsOn, Notice, Tombstone
from store import changes, documents, edits, embargoes, intake, lineages, notices, withdrawals

RULES = lineages.Rules(
    standing=dedupe.standing,
    explained=dedupe.explained,
    is_in_substance=dedupe.is_in_substance,
)
WIRES, FEEDS = "machine:wires", "machine:feeds"


def parted(
    arrivals: Sequence[intake.Arrival],
) -> tuple[list[intake.Arrival], list[notices.Came]]:
    """The stories among what came, and the notices about others, which are none."""
    told, came = [], []
    for one in arrivals:
        found = dedupe.notice(one.story)
        if found is None:
            told.append(one)
        else:
            known_by = f"{one.story.guid} {one.fingerprint}"
            came.append(notices.Came(notice=found, story=one.story, fingerprint=known_by))
    return told, came


def follow(  # noqa: PLR0913  # each is a plain fact of the document
    session: Session,
    document: documents.Unread,
    arrivals: Sequence[intake.Arrival],
    taken: intake.TakenIn,
    *,
    came: Sequence[notices.Came] = (),
    tombstones: Sequence[Tombstone] = (),
    at: datetime,
) -> None:
    """Let everything come of a document's stories that does; what is to be placed is added."""
    settled = lineages.settle(
        session,
        sorted({story_id for story_id, _ in taken.told}),
        new=frozenset(taken.told),
        rules=RULES,
        at=at,
    )
    taken.to_place += settled.to_place
    changes.record(session, settled.happened, by=WIRES, at=at)
    where = notices.Where(
        outlet_id=document.outlet_id, feed_id=document.feed_id, document_id=document.id
    )
    gone = withdrawals.note(
        session, tombstones, feed_id=where.feed_id, document_id=where.document_id, at=at
    )
    again = [*gone, *(story_id for story_id, _, _ in taken.edits), *taken.redated_ids]
    changes.record(session, withdrawals.settle(session, again, at=at), by=FEEDS, at=at)
    edits.tell(session, taken.edits, rules=RULES, read=dedupe.wording, where=where, at=at)
    came = [*came, *_taken_back_elsewhere(arrivals, taken)]
    notices.take_in(session, came, where=where, numbers_of=dedupe.named_numbers, at=at)


def _taken_back_elsewhere(
    arrivals: Sequence[intake.Arrival], taken: intake.TakenIn
) -> Iterator[notices.Came]:
    """New stories that say of another one, by its headline, that it is taken back."""
    for one in arrivals:
        if one.story.wire is not None or one.fingerprint not in taken.new_ids:
            continue
        wording = dedupe.wording(one.story)
        if wording.says in {"kill", "hold"}:
            found = Notice(
                action="kill" if wording.says == "kill" else "withhold",
                targets=(ActsOn(hint=wording.headline),),
                is_sure=False,
                said=wording.said,
            )
            yield notices.Came(notice=found, story=one.story, fingerprint=one.fingerprint)


def keep_up(session: Session, *, at: datetime) -> None:
    """What time brings: embargoes that end, notices whose story has come or never will."""
    embargoes.lift_due(session, at=at)
    notices.retry(session, at=at)
    notices.expire(session, at=at)
