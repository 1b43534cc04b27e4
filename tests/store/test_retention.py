"""What is let go of in time, and that it is never what somebody's work rests on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, text, update

from cli.output import as_json
from cli.render import instalment_json
from config import settings as told
from store import clock, decisions, drafts, retention, troubles, users
from store.models import (
    AuditRow,
    BackfillRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    InvitationRow,
    ItemRow,
    LookupRow,
    PollDayRow,
    ReplayRow,
    RetentionRow,
    SeriesRow,
    SessionRow,
    SetAsideRow,
    SignInAttemptRow,
    StoryKeyRow,
    StoryRow,
    TagCorrectionRow,
    TagRow,
    TroubleRow,
    UserRow,
    VersionRow,
)
from tests.emptying import empty
from tests.rounds import MONDAY, UNREADABLE, Rounds, an_item, newsroom, own_database
from workers import flow, retaining

KEPT = ("keep_documents_days", "keep_unused_days", "keep_set_aside_days", "keep_sessions_days")
OTHER = {"title": "Bakers strike over flour", "summary": "Ovens stay cold.", "guid": "bread"}


@pytest.fixture(scope="module")
def engine(server: Engine) -> Iterator[Engine]:
    """A database for all of these."""
    with own_database(server, "let_go") as own:
        yield own


@pytest.fixture
def room(engine: Engine) -> Iterator[Rounds]:
    """The newsroom on a day long ago: whatever comes there is old."""
    told.override(**dict.fromkeys(KEPT, "30"))
    with newsroom(engine) as rounds:
        yield rounds
    told.override(keep_documents_days="180", keep_unused_days="730")
    told.override(keep_set_aside_days="90", keep_sessions_days="30")


def let_go(room: Rounds) -> None:
    """Go through all rules to their end."""
    for _ in range(3):
        with room.session() as session:
            session.execute(update(RetentionRow).values(due_at=func.now()))
        retaining.let_go(told.settings())


def shown(room: Rounds) -> list[str]:
    """What `drafts show` prints of every instalment."""
    with room.session() as session:
        numbers = session.scalars(select(InstalmentRow.number).order_by(InstalmentRow.number)).all()
        views = [drafts.show(session, "ferry-watch", number) for number in numbers]
        return [as_json(instalment_json(view)) for view in views if view is not None]


def words_of(room: Rounds, title: str) -> str:
    """The text of the story of that title."""
    return next(str(one.summary) for one in room.rows(VersionRow) if one.title == title)


def test_words_of_a_story_nobody_used_go_and_those_of_one_in_an_item_stay(room: Rounds) -> None:
    room.bring(an_item(1), an_item(90, **OTHER))
    assert len(room.rows(ItemRow)) == 1
    before, keys = shown(room), room.rows(StoryKeyRow)
    let_go(room)
    assert shown(room) == before
    assert words_of(room, an_item(1).title) == "Page1."
    assert words_of(room, OTHER["title"]) == ""
    unused = next(one for one in room.rows(VersionRow) if one.title == OTHER["title"])
    assert unused.problems == [retention.LET_GO]
    assert not [tag for tag in room.rows(TagRow) if tag.version_id == unused.id]
    assert len(room.rows(StoryKeyRow)) == len(keys)
    room.serve(an_item(1), an_item(90, **OTHER), an_item(2))
    room.parse(room.poll())
    assert len(room.rows(StoryRow)) == 3  # what had gone came back, and is known


def test_what_is_young_or_for_ever_stays(room: Rounds) -> None:
    room.bring(an_item(90, **OTHER))
    told.override(**dict.fromkeys(KEPT, "0"))
    let_go(room)
    assert words_of(room, OTHER["title"]) == "Ovens stay cold."
    assert all(one.body for one in room.rows(DocumentRow))
    told.override(**dict.fromkeys(KEPT, "36500"))
    let_go(room)
    assert words_of(room, OTHER["title"]) == "Ovens stay cold."


def test_the_word_of_a_person_keeps_a_story(room: Rounds) -> None:
    room.bring(an_item(90, **OTHER))
    version = room.rows(VersionRow)[0].id
    with room.session() as session:
        said = {"scheme": "subject", "code": "1", "is_right": True, "corrected_by": "ann"}
        row = {"version_id": version, "corrected_at": MONDAY} | said
        session.execute(insert(TagCorrectionRow).values(row))
    let_go(room)
    assert words_of(room, OTHER["title"]) == "Ovens stay cold."


def test_bytes_go_but_of_documents_that_are_used_waiting_or_set_aside(room: Rounds) -> None:
    room.bring(an_item(1))
    room.bring(an_item(90, **OTHER))
    room.bring(an_item(91, **OTHER | {"guid": "b2", "title": "Salt"}), UNREADABLE)
    room.serve(an_item(5))
    waiting = room.poll()
    let_go(room)
    bodies = [bool(one.body) for one in room.rows(DocumentRow)]
    assert bodies == [True, False, True, True]
    room.parse(waiting)
    with room.session() as session:
        session.execute(update(SetAsideRow).values(settled_at=MONDAY))
    with room.session() as session:  # all anew: what was kept may go now
        session.execute(update(RetentionRow).values(upto=0))
    let_go(room)
    assert [bool(one.body) for one in room.rows(DocumentRow)] == [True, False, False, True]
    assert room.rows(SetAsideRow) == []


def test_ended_sessions_and_old_failures_go_and_the_audit_trail_stays(room: Rounds) -> None:
    with room.session() as session:
        users.add(session, name="ann", password="a long enough word")  # noqa: S106  # opens nothing
        ann = session.scalars(select(UserRow.id)).one()
        long_ago, later = func.now() - timedelta(days=40), func.now() + timedelta(days=1)
        open_one = {"user_id": ann, "csrf_token": "c", "expires_at": later}
        ended = open_one | {"expires_at": long_ago}
        session.execute(insert(SessionRow).values(token_hash=b"1", **open_one))
        session.execute(insert(SessionRow).values(token_hash=b"2", **ended))
        for at in (long_ago, func.now()):
            session.execute(insert(SignInAttemptRow).values(name="ann", address="::1", at=at))
        very_old = func.now() - timedelta(days=4000)
        line = {"actor": "ann", "action": "x", "subject_kind": "user", "subject_id": "1"}
        session.execute(insert(AuditRow).values(at=very_old, product_at=very_old, **line))
    audited = len(room.rows(AuditRow))
    let_go(room)
    assert [one.token_hash for one in room.rows(SessionRow)] == [b"1"]
    assert len(room.rows(SignInAttemptRow)) == 1
    assert len(room.rows(AuditRow)) == audited
    with room.session() as session:
        assert retention.told(session)["sessions"] == 1


def test_histories_of_polls_and_answered_wishes_go_and_what_waits_stays(room: Rounds) -> None:
    room.bring(an_item(1))
    long_ago = func.now() - timedelta(days=40)
    with room.session() as session:
        feed, series = (
            session.scalars(select(FeedRow.id)).first(),
            session.scalar(select(SeriesRow.id)),
        )
        old_day = func.current_date() - 40
        session.execute(insert(PollDayRow).values(feed_id=feed, day=old_day, state="ok", polls=9))
        wish: dict[str, object] = {
            "series_id": series,
            "based_on": 1,
            "source": "",
            "definition": {},
            "days": 7,
        }
        for ended in (long_ago, None):
            session.execute(insert(ReplayRow).values(asked_by="ann", ended_at=ended, **wish))
            session.execute(insert(LookupRow).values(url="u", asked_by="ann", ended_at=ended))
    let_go(room)
    assert [one.polls for one in room.rows(PollDayRow) if one.polls == 9] == []
    assert room.rows(PollDayRow)  # of today
    assert [one.ended_at for one in room.rows(ReplayRow)] == [None]
    assert [one.ended_at for one in room.rows(LookupRow)] == [None]


def test_troubles_that_are_over_go_but_for_the_last_word_on_a_loss(room: Rounds) -> None:
    room.bring(an_item(1))
    young, old = func.now(), func.now() - timedelta(days=40)
    with room.session() as session:
        feed = session.scalars(select(FeedRow.id)).first()
        base = {"feed_id": feed, "reason": "", "opened_at": MONDAY}
        numbers = {}
        for name, kind, closed, lost in (
            ("open", "silent", None, 0),
            ("young", "failing", young, 0),
            ("old", "failing", old, 0),
            ("being looked at", "failing", old, 0),
            ("told of two", "items_missed", old, 2),
            ("told of three", "items_missed", old, 3),
        ):
            facts = base | {"kind": kind, "closed_at": closed, "lost": lost}
            made = insert(TroubleRow).values(**facts).returning(TroubleRow.id)
            numbers[name] = session.scalars(made).one()
        for name, state in (("old", "done"), ("told of two", "dead"), ("being looked at", "ready")):
            place = {"trouble_id": numbers[name], "feed_id": feed, "url": name, "kind": "archive"}
            session.execute(insert(BackfillRow).values(work_state=state, **place))
    let_go(room)
    left = {one.id for one in room.rows(TroubleRow)}
    stay = ("open", "young", "being looked at", "told of three")
    assert left == {numbers[name] for name in stay}
    assert [one.url for one in room.rows(BackfillRow)] == ["being looked at"]
    with room.session() as session:
        assert troubles.lost_before(session, [feed or 0]) == {feed: 3}


def test_invitations_go_once_they_were_used_or_are_too_old(room: Rounds) -> None:
    with room.session() as session:
        users.add(session, name="ann", password="a long enough word")  # noqa: S106  # opens nothing
        ann = session.scalars(select(UserRow.id)).one()
        old, later = func.now() - timedelta(days=40), func.now() + timedelta(days=1)
        base = {"user_id": ann, "made_by": "console", "made_at": MONDAY}
        for word, until, used in (
            (b"good", later, None),
            (b"used", later, old),
            (b"old", old, None),
        ):
            row = {"token_hash": word, "expires_at": until, "used_at": used}
            session.execute(insert(InvitationRow).values(**base, **row))
    let_go(room)
    assert [one.token_hash for one in room.rows(InvitationRow)] == [b"good"]


def test_two_at_once_share_the_rules_and_a_failure_is_tried_again(
    room: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        retaining.let_go(told.settings())  # the other finds all of them taken, or does the rest
        raise RuntimeError("no room")

    monkeypatch.setattr(retention, "sweep", fail)
    with pytest.raises(RuntimeError):
        retaining.let_go(told.settings())
    monkeypatch.undo()
    assert any("no room" in (one.last_error or "") for one in room.rows(RetentionRow))
    let_go(room)
    assert not any(one.last_error or one.lease_token for one in room.rows(RetentionRow))


USE = st.lists(
    st.tuples(st.sampled_from(["bring", "other", "decide", "correct", "write"]), st.integers(0, 9)),
    min_size=3,
    max_size=7,
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(USE)
def test_however_the_desk_was_used_nothing_it_rests_on_goes(
    room: Rounds, use: list[tuple[str, int]]
) -> None:
    begin_anew(room)
    for deed, number in use:
        do(room, deed, number)
    before, stories = shown(room), len(room.rows(StoryRow))
    rests_on = {item.version_id: item.headline for item in room.rows(ItemRow)}
    corrected = {one.version_id for one in room.rows(TagCorrectionRow)}
    let_go(room)
    assert shown(room) == before
    assert len(room.rows(StoryRow)) == stories
    for version in room.rows(VersionRow):
        if version.id in rests_on or version.id in corrected:
            assert version.summary
    with room.session() as session:  # made anew from what is there, nothing changes either
        ids = session.scalars(select(InstalmentRow.id)).all()
    room.refresh(*ids)
    assert shown(room) == before


def begin_anew(room: Rounds) -> None:
    """Empty the newsroom, as every example must find it."""
    with room.session() as session:
        empty(session)
    flow.forget()
    room.at(MONDAY)
    room.define()
    room.follow()
    with room.session() as session:
        users.add(session, name="ann", password="a long enough word")  # noqa: S106  # opens nothing


def do(room: Rounds, deed: str, number: int) -> None:
    """Something that happens in a newsroom."""
    if deed == "bring":
        room.bring(an_item(number, body=f'<p>"We sail at dawn {number}," said Ann Berg.</p>'))
    elif deed == "other":
        room.bring(
            an_item(100 + number, **OTHER | {"guid": f"o{number}", "title": f"Flour {number}"})
        )
    elif deed == "correct" and (found := room.rows(VersionRow)):
        version = found[number % len(found)].id
        with room.session() as session:
            session.execute(delete(TagCorrectionRow).where(TagCorrectionRow.version_id == version))
            said = {"scheme": "subject", "code": "1", "is_right": True, "corrected_by": "ann"}
            row = {"version_id": version, "corrected_at": MONDAY} | said
            session.execute(insert(TagCorrectionRow).values(row))
    elif found := room.rows(ItemRow):
        item = found[number % len(found)]
        with room.session() as session:
            if deed == "write":
                asked = text(
                    "INSERT INTO item_texts (item_id, number, markdown, created_at) "
                    "SELECT :item, coalesce(max(number), 0) + 1, 'Words.', now() "
                    "FROM item_texts WHERE item_id = :item"
                )
                session.execute(asked, {"item": item.id})
                return
            ann = users.everyone(session)[0]
            action = "accept" if item.state != "accepted" else "reject"
            now = clock.now(session)
            decisions.decide(session, item.id, ann, action, based_on=item.version, now=now)  # type: ignore[arg-type]  # one of two
