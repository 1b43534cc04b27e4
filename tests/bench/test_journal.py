"""The journal of the scripted editor tells what is lost, what is there twice, and nothing else."""

import json
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.journal import Journal
from store import comments, decisions, order
from store.models import ItemTextRow
from tests.desk.newsroom import FRIDAY, Newsroom


def test_what_was_acknowledged_is_looked_for_and_what_is_there_must_have_been(
    session: Session, tmp_path: Path
) -> None:
    room = Newsroom(session)
    ann = room.person("ann")
    series = room.series(sections=[{"key": "lead"}, {"key": "items"}])
    item = room.item(room.instalment(series), section="items")
    journal = Journal(tmp_path / "journal.jsonl")
    decisions.decide(session, item, ann, "accept", based_on=1, now=FRIDAY)
    journal.note("decision", item, "accept", 2, is_taken=True)
    journal.note("decision", item, "accept", 2, is_taken=True)  # pressed twice, done once
    comments.add(session, item, ann, "A remark, word1.", at=FRIDAY)
    journal.note("comment", "A remark, word1.", is_taken=False)  # nobody answered
    keys = ["lead", "items"]
    order.move(session, item, ann, sections=keys, section="lead", based_on=2, now=FRIDAY)
    journal.note("move", item, "items", "lead", is_taken=True)
    text = {"item_id": item, "number": 1, "markdown": "word2", "author_id": ann.id}
    session.execute(insert(ItemTextRow).values(text | {"created_at": FRIDAY}))
    journal.note("word", "word2", is_taken=True)
    found = journal.held_against(session.connection())
    assert (found.lost, found.doubled, found.doubtful) == ((), (), 1)
    assert found.acknowledged == {"decision": 1, "move": 1, "word": 1}
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == ["decision", item, "accept", 2, "taken"]

    # A later version without the word; a word, a decision and a remark that nobody has made.
    shorter = text | {"number": 2, "markdown": "word3 word3", "created_at": FRIDAY}
    session.execute(insert(ItemTextRow).values(shorter))
    decisions.undo(session, item, ann, based_on=3, now=FRIDAY)
    journal.note("comment", "A remark, word4.", is_taken=True)
    found = journal.held_against(session.connection())
    assert found.lost == ("comment A remark, word4.", "word word2")
    assert set(found.doubled) == {f"decision {item} undo 4, unasked", "word word3, unasked"}
