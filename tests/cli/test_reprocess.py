"""`reprocess`: tells what today's rules would change, does it once, and touches nobody's work."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text, update

from store import rereading, users
from store import session as sessions
from store.models import (
    DocumentRow,
    ItemRow,
    QuoteRow,
    ReprocessingRow,
    StoryRow,
    TagCorrectionRow,
    TagRow,
    VersionRow,
)
from tests.cli.console import Console, Said
from tests.rounds import MONDAY, Rounds, a_feed, an_item, newsroom, own_database
from workers import reprocessing

SAID = '<p>"We sail at dawn, whatever the weather brings," said Ann Berg in Kyiv.</p>'


@pytest.fixture
def room(server: Engine) -> Iterator[Rounds]:
    """A newsroom with three stories, of which one was worded anew, and an item an editor has."""
    with own_database(server, "archive") as own, newsroom(own) as rounds:
        rounds.bring(an_item(1, body=SAID), an_item(2))
        rounds.bring(an_item(2, title="Storm keeps every ferry at Brennick, again"), an_item(3))
        with rounds.session() as session:
            users.add(session, name="ann", password="a long enough word")  # noqa: S106  # opens nothing
            words = {"headline": "My own headline", "touched_at": MONDAY, "state": "accepted"}
            first = select(func.min(ItemRow.id)).scalar_subquery()
            session.execute(update(ItemRow).where(ItemRow.id == first).values(**words))
        yield rounds
        sessions.engine().dispose()  # the verb has made another one of the process's own


def summary(said: Said) -> dict[str, Any]:
    """The last line: all together."""
    assert said.code == 0, said.err
    told: dict[str, Any] = said.lines[-1]
    return told


def reprocess(serieswatch: Console, room: Rounds, *words: str) -> Said:
    """Type it, for everything since Monday's dawn."""
    url = room.engine.url.render_as_string(hide_password=False)
    since = ("--since", "2026-03-09", "--database", url, "--json")
    return serieswatch("reprocess", *since, *words)


def spoil(room: Rounds) -> None:
    """Let the archive be as worse rules would have left it."""
    with room.session() as session:
        session.execute(text("DELETE FROM item_quotes; DELETE FROM quotes"))
        session.execute(
            text("UPDATE tags SET code = 'XX', label = 'Nowhere' WHERE scheme = 'place'")
        )
        last = select(func.max(DocumentRow.id)).scalar_subquery()
        session.execute(  # an item that the parser of the day did not see
            update(DocumentRow)
            .where(DocumentRow.id == last)
            .values(body=a_feed(an_item(3), an_item(5, title="Ferry bell found at last")))
        )


def test_where_nothing_has_changed_nothing_would(serieswatch: Console, room: Rounds) -> None:
    told = summary(reprocess(serieswatch, room))
    assert told["applied"] is False
    assert (told["documents"], told["stories"]) == (2, 3)
    assert (told["new_stories"], told["changed_versions"], told["changed_stories"]) == (0, 0, 0)


def test_told_is_what_would_change_and_nothing_is_written(
    serieswatch: Console, room: Rounds
) -> None:
    spoil(room)
    before = room.fingerprint()
    said = reprocess(serieswatch, room)
    told = summary(said)
    assert room.fingerprint() == before
    assert room.rows(ReprocessingRow) == []
    assert told["new_stories"] == 1
    assert told["areas"]["quotes"] == {"stories": 1, "gained": 1, "lost": 0}
    assert told["areas"]["tags"]["gained"] == told["areas"]["tags"]["lost"] == 1
    (line,) = [one for one in said.lines[:-1] if "quotes" in one["changes"]]
    assert line["title"] == an_item(1).title
    assert line["changes"]["quotes"]["gained"] == [
        "Ann Berg: We sail at dawn, whatever the weather brings,"
    ]
    assert line["changes"]["tags"]["lost"] == ["place XX Nowhere"]
    with room.session() as session:
        left = session.scalars(text("SELECT datname FROM pg_database WHERE datname ~ '_trial_'"))
        assert left.all() == []


def test_applied_it_does_so_once_and_touches_nobodys_work(
    serieswatch: Console, room: Rounds
) -> None:
    spoil(room)
    version = room.rows(VersionRow)[0].id
    with room.session() as session:
        said = {"scheme": "place", "code": "UA", "is_right": False, "corrected_by": "ann"}
        row = {"version_id": version, "corrected_at": MONDAY} | said
        session.execute(insert(TagCorrectionRow).values(row))
        mine = {"scheme": "subject", "code": "9", "label": "Mine", "score": 1.0, "evidence": []}
        session.execute(insert(TagRow).values(version_id=version, decided_by="ann", **mine))
    told_first = summary(reprocess(serieswatch, room))
    done = summary(reprocess(serieswatch, room, "--apply"))
    assert done | {"applied": False} == told_first
    titles = [one.title for one in room.rows(VersionRow)]
    assert len(room.rows(StoryRow)) == 4
    assert "Ferry bell found at last" in titles
    assert [one.speaker for one in room.rows(QuoteRow)] == ["Ann Berg"]
    tags = room.rows(TagRow)
    assert "Nowhere" not in {tag.label for tag in tags}
    assert [tag.label for tag in tags if tag.decided_by == "ann"] == ["Mine"]
    item = room.rows(ItemRow)[0]
    assert (item.headline, item.state) == ("My own headline", "accepted")
    before = room.fingerprint()
    again = summary(reprocess(serieswatch, room, "--apply"))
    assert (again["new_stories"], again["changed_versions"], again["changed_stories"]) == (0, 0, 0)
    after = room.fingerprint()
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed <= {"audit", "reprocessings"}


def test_what_a_feed_said_before_it_said_something_else_is_history(
    serieswatch: Console, room: Rounds
) -> None:
    versions = [(one.story_id, one.number, one.title) for one in room.rows(VersionRow)]
    with room.session() as session:  # read today, the older document would word it otherwise
        first = select(func.min(DocumentRow.id)).scalar_subquery()
        body = a_feed(an_item(1, body=SAID), an_item(2, title="An older word, read otherwise"))
        session.execute(update(DocumentRow).where(DocumentRow.id == first).values(body=body))
    done = summary(reprocess(serieswatch, room, "--apply"))
    assert done["changed_versions"] == 0
    assert [(one.story_id, one.number, one.title) for one in room.rows(VersionRow)] == versions


def test_cut_short_it_goes_on_where_it_stopped(
    serieswatch: Console, room: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(room)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(rereading, "content", stop)
        assert reprocess(serieswatch, room, "--apply").code == 130
    (begun,) = room.rows(ReprocessingRow)
    assert (begun.documents_upto > 0, begun.stories_upto, begun.ended_at) == (True, 0, None)
    done = summary(reprocess(serieswatch, room, "--apply"))
    assert done["documents"] == 0
    assert done["areas"]["quotes"]["gained"] == 1
    (ended,) = room.rows(ReprocessingRow)
    assert ended.ended_at is not None
    assert reprocessing.rules() == ended.rules


def test_a_date_that_is_none_is_refused_in_a_sentence(serieswatch: Console, room: Rounds) -> None:
    url = room.engine.url.render_as_string(hide_password=False)
    said = serieswatch("reprocess", "--since", "last week", "--database", url)
    assert (said.code, said.out) == (1, "")
    assert "is no date" in said.err
