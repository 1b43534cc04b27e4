"""Instalments: opened once under one number, shown by section with all an editor asks about."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pipeline.draft import Planned, Telling
from pipeline.records import Credit, Span, Window
from store import crediting, drafts, planned
from store.models import AuditRow, DuplicateRow, InstalmentRow, ItemRow, VersionRow
from store.session import transaction
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.fakes import at_statement

WEEK = timedelta(days=7)


def a_window(week: int = 0) -> Window:
    cut_off = FRIDAY + week * WEEK
    return Window(opens=cut_off - WEEK, cut_off=cut_off, tail_from=cut_off - 2 * WEEK)


def view(session: Session, number: int | None = None) -> drafts.InstalmentView:
    found = drafts.show(session, "harbour-watch", number)
    assert found is not None
    return found


def items(session: Session, number: int | None = None) -> dict[str, drafts.ItemView]:
    sections = view(session, number).sections
    return {item.headline: item for section in sections for item in section.items}


def at_once(workers: int, act: Callable[[int], None]) -> None:
    """Have that many threads do it at the same instant; fails if one of them does."""
    start = threading.Barrier(workers)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
        except BaseException as problem:  # noqa: BLE001  # told below
            failures.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# --- opening


def test_an_instalment_is_opened_once_and_that_is_on_record(session: Session) -> None:
    series = Newsroom(session).series()
    opened = drafts.open_instalment(session, series, a_window(), at=FRIDAY - WEEK)
    assert drafts.open_instalment(session, series, a_window(), at=FRIDAY) == opened
    assert drafts.load(session, opened.id) == opened
    assert (opened.state, opened.opens, opened.cut_off) == ("assembling", FRIDAY - WEEK, FRIDAY)
    [note] = session.scalars(select(AuditRow)).all()
    assert (note.actor, note.action, note.subject_id) == (
        "machine:draft",
        "instalment.open",
        str(opened.id),
    )
    assert note.detail == {"cut_off": FRIDAY.isoformat()}


def test_numbers_follow_the_order_of_opening_each_series_its_own(session: Session) -> None:
    room = Newsroom(session)
    series, other = room.series(), room.series("bridge-watch")
    for of, week in ((series, 0), (series, 2), (other, 0), (series, 1)):
        drafts.open_instalment(session, of, a_window(week), at=FRIDAY)
    numbers = [(line.series, line.number, line.cut_off) for line in drafts.lines(session)]
    assert numbers == [
        ("bridge-watch", 1, FRIDAY),
        ("harbour-watch", 2, FRIDAY + 2 * WEEK),
        ("harbour-watch", 3, FRIDAY + WEEK),
        ("harbour-watch", 1, FRIDAY),
    ]


def test_workers_at_the_same_instant_open_one_instalment_a_week_numbered_without_gaps(
    database: Engine,
) -> None:
    with transaction(database) as session:
        series = Newsroom(session).series()

    def open_some(number: int) -> None:
        for week in (0, 1, number % 3):
            with transaction(database) as session:
                drafts.open_instalment(session, series, a_window(week), at=FRIDAY)

    at_once(6, open_some)
    with transaction(database) as session:
        rows = session.scalars(select(InstalmentRow).order_by(InstalmentRow.number)).all()
        assert [row.number for row in rows] == [1, 2, 3]
        assert {row.cut_off for row in rows} == {FRIDAY + week * WEEK for week in range(3)}
        assert len(session.scalars(select(AuditRow)).all()) == 3


# --- showing


def test_an_instalment_is_shown_by_section_with_ranks_through_all_of_it(session: Session) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series(), number=4)
    room.item(instalment, "Ministry speaks", section="primary")
    room.item(instalment, "First other")
    room.item(instalment, "Second other")
    room.item(instalment, "The lead", section="lead")
    shown = view(session)
    assert (shown.series, shown.series_title, shown.number) == ("harbour-watch", "Harbour Watch", 4)
    assert (shown.opens, shown.cut_off, shown.state) == (FRIDAY - WEEK, FRIDAY, "assembling")
    told = [(s.key, [(item.rank, item.headline) for item in s.items]) for s in shown.sections]
    assert told == [
        ("lead", [(1, "The lead")]),
        ("items", [(2, "First other"), (3, "Second other")]),
        ("primary", [(4, "Ministry speaks")]),
        ("silent", []),
    ]
    assert shown.sections[1].heading == "In other diplomatic news"
    assert shown.sections[3].when_empty == ""


def test_an_item_says_whose_page_it_shows_and_when_it_came(session: Session) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    why = ({"reason": "query", "weight": 0.3, "text": 'hits "ferry" (title)', "spans": []},)
    item_id = room.item(instalment, "Ferry talks", why=why, flags=("before_window",))
    item = items(session)["Ferry talks"]
    assert (item.id, item.state, item.version) == (item_id, "queued", 1)
    assert (item.outlet, item.outlet_name) == ("meridian-wire", "Meridian Wire")
    assert item.origin == ("meridian-wire",)
    assert item.url == "https://meridian.example/envoys"
    assert item.published == FRIDAY - timedelta(days=2, hours=3)
    assert item.first_seen == FRIDAY - timedelta(days=1)
    assert (item.why, item.flags, item.score, item.zone) == (
        why,
        ("before_window",),
        0.62,
        "suggest",
    )
    assert (item.also, item.quotes, item.covered_before, item.is_ours) == ((), (), (), False)
    assert item.summary == "Two delegations talked until midnight, a spokeswoman said."


def test_an_item_says_when_whoever_broke_it_has_no_page_here(session: Session) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    room.item(instalment, "Ferry talks", outlet="Meridian Wire")
    version = session.scalars(select(VersionRow.id)).one()
    credit = Credit(
        name="Calder Tribune",
        outlet="calder-tribune",
        kind="report",
        span=Span(field="title", start=0, end=5, text="Ferry"),
    )
    crediting.keep(session, {version: [credit]}, decided_by="rules")
    assert items(session)["Ferry talks"].flags == ("origin_not_held",)
    own = replace(credit, name="Meridian Wire", outlet="meridian-wire")
    crediting.keep(session, {version: [own]}, decided_by="rules")
    assert items(session)["Ferry talks"].flags == ()


def test_other_carriers_are_named_once_each_in_order_of_arrival(session: Session) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    item_id = room.item(instalment, "Ferry talks", outlet="Meridian Wire")
    for outlet, url in (
        ("Calder Tribune", "https://calder.example/1"),
        ("Meridian Wire", "https://meridian.example/again"),
        ("Albion Courier", None),
        ("Calder Tribune", "https://calder.example/2"),
    ):
        room.carrier(item_id, outlet, url)
    assert items(session)["Ferry talks"].also == (
        ("calder-tribune", "Calder Tribune", "https://calder.example/1"),
        ("albion-courier", "Albion Courier", None),
    )


def a_copy(session: Session, story: int, root: int, **changes: Any) -> None:  # noqa: ANN401  # a column
    facts = {"relation": "syndicated", "score": 1.0, "why": [], "decided_by": "tests"}
    session.execute(
        insert(DuplicateRow).values(
            story_id=story, root_id=root, decided_at=FRIDAY, **facts | changes
        )
    )


def test_the_origin_of_a_copy_is_the_outlet_that_wrote_it_unless_that_was_undone(
    session: Session,
) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    first = room.item(instalment, "Ferry talks", outlet="Calder Tribune")
    a_copy(session, of_item(session, first), room.carrier(first, "Meridian Wire", None))
    second = room.item(instalment, "Bridge talks", outlet="Calder Tribune")
    root = room.carrier(second, "Meridian Wire", None)
    a_copy(session, of_item(session, second), root, undone_at=FRIDAY)
    shown = items(session)
    assert shown["Ferry talks"].origin == ("meridian-wire",)
    assert shown["Bridge talks"].origin == ("calder-tribune",)


def of_item(session: Session, item_id: int) -> int:
    return session.scalars(select(ItemRow.story_id).where(ItemRow.id == item_id)).one()


def test_an_item_of_our_own_outlet_is_marked_as_ours(session: Session) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    room.item(instalment, "Ours", outlet="Harbour Review")
    assert items(session)["Ours"].is_ours


def test_what_earlier_instalments_covered_is_named_but_not_what_they_rejected(
    session: Session,
) -> None:
    room = Newsroom(session)
    series = room.series()
    old = [room.instalment(series, n, FRIDAY - (3 - n) * WEEK) for n in (1, 2)]
    now = room.instalment(series, 3, FRIDAY)
    later = room.instalment(series, 4, FRIDAY + WEEK)
    covered = room.item(old[0], "Ferry talks")
    development = room.development_of(covered)
    room.item(old[1], "Ferry talks", development_id=development)
    session.execute(update(ItemRow).where(ItemRow.instalment_id == old[1]).values(state="rejected"))
    room.item(now, "Ferry talks", development_id=development)
    room.item(later, "Ferry talks", development_id=development)
    before = {"instalment": 1, "item": covered, "headline": "Ferry talks", "state": "queued"}
    assert items(session, 3)["Ferry talks"].covered_before == (before,)
    assert items(session, 1)["Ferry talks"].covered_before == ()


def test_previous_instalments_stand_newest_first_as_many_as_the_series_says(
    session: Session,
) -> None:
    room = Newsroom(session)
    series = room.series(previous_instalments=2)
    for number, title in ((1, "One"), (2, ""), (3, "Harbour Watch: Three"), (4, "")):
        room.instalment(series, number, FRIDAY + number * WEEK, title=title)
    assert view(session, 4).previous == (
        {"title": "Harbour Watch: Three", "url": None, "number": 3},
        {"title": "No. 2", "url": None, "number": 2},
    )
    assert view(session, 1).previous == ()


def test_without_a_number_the_newest_that_is_open_or_holds_items_is_shown(
    session: Session,
) -> None:
    room = Newsroom(session)
    series = room.series()
    for number in (1, 2, 3):
        room.instalment(series, number, FRIDAY + number * WEEK)
    closed = update(InstalmentRow).values(state="approved")
    session.execute(closed.where(InstalmentRow.number > 1))
    assert view(session).number == 1
    second = session.scalars(select(InstalmentRow.id).where(InstalmentRow.number == 2)).one()
    room.item(second)
    assert view(session).number == 2
    assert view(session, 3).number == 3


def test_what_is_not_there_is_not_shown(session: Session) -> None:
    Newsroom(session).series()
    assert drafts.show(session, "harbour-watch") is None
    assert drafts.show(session, "harbour-watch", 7) is None
    assert drafts.show(session, "nobody-watch") is None


def test_items_of_a_section_that_left_the_definition_stay_visible_at_the_end(
    session: Session,
) -> None:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    room.item(instalment, "Left behind", section="dropped")
    last = view(session).sections[-1]
    assert (last.key, last.heading, [item.headline for item in last.items]) == (
        "dropped",
        "dropped",
        ["Left behind"],
    )


def test_a_change_of_a_story_concerns_the_open_instalments_it_stands_in(session: Session) -> None:
    room = Newsroom(session)
    series, other = room.series(), room.series("bridge-watch")
    here, there = room.instalment(series, 1), room.instalment(other, 1)
    closed = room.instalment(series, 2, FRIDAY + WEEK)
    story = of_item(session, room.item(here, "Ferry talks"))
    for instalment in (there, closed):
        item = room.item(instalment, "Ferry talks")
        session.execute(update(ItemRow).where(ItemRow.id == item).values(story_id=story))
    approved = update(InstalmentRow).where(InstalmentRow.id == closed)
    session.execute(approved.values(state="approved"))
    assert sorted(drafts.holding(session, [story])) == [here, there]
    assert drafts.holding(session, [story + 1000]) == []


# --- listing


def test_the_list_counts_items_and_what_is_undecided(session: Session) -> None:
    room = Newsroom(session)
    series, other = room.series(), room.series("bridge-watch")
    instalment = room.instalment(series, 7)
    room.instalment(other, 1)
    for headline in ("a", "b", "c"):
        room.item(instalment, headline)
    session.execute(update(ItemRow).where(ItemRow.headline == "b").values(state="accepted"))
    [bridge, harbour] = drafts.lines(session)
    assert (bridge.series, bridge.items, bridge.undecided) == ("bridge-watch", 0, 0)
    assert (harbour.number, harbour.items, harbour.undecided) == (7, 3, 2)
    assert (harbour.series_title, harbour.state, harbour.cut_off) == (
        "Harbour Watch",
        "assembling",
        FRIDAY,
    )
    assert drafts.lines(session, "harbour-watch") == [harbour]
    assert drafts.lines(session, "nobody-watch") == []
    assert drafts.totals(session) == {
        "bridge-watch": {"instalments": 1, "items": 0},
        "harbour-watch": {"instalments": 1, "items": 3},
    }


# --- bringing up to date


def a_draft(room: Newsroom, headline: str, development_id: int | None = None) -> Planned:
    """An item as the draft step would make it; of a development of its own unless one is named."""
    elsewhere = room.instalment(room.series(f"s-{headline.lower().replace(' ', '-')}"))
    item_id = room.item(elsewhere, headline)
    item = room.session.get_one(ItemRow, item_id)
    number = development_id or item.development_id
    telling = Telling(
        development=number,
        story=item.story_id,
        version=item.version_id,
        root=item.story_id,
        title=headline,
        outlet="gazette",
        outlet_name="the Gazette",
        first_seen=FRIDAY,
        score=0.5,
        section="items",
    )
    return Planned(
        development=number,
        tellings=(telling,),
        section="items",
        headline=headline,
        attribution="On Monday, the Gazette reported",
        merit=1.5,
        score=0.5,
        zone="suggest",
        why=(),
    )


def test_untouched_items_stand_in_the_order_given_whenever_they_came(session: Session) -> None:
    room = Newsroom(session)
    series = room.series()
    opened = drafts.open_instalment(session, series, a_window(), at=FRIDAY)
    one, two, three = (a_draft(room, name) for name in ("One", "Two", "Three"))
    assert planned.put_items(session, opened.id, [one, two], at=FRIDAY) == 2
    assert planned.put_items(session, opened.id, [three, two, one], at=FRIDAY) == 1
    assert planned.put_items(session, opened.id, [three, two, one], at=FRIDAY) == 0
    assert list(items(session)) == ["Three", "Two", "One"]


def test_what_is_new_stands_below_what_a_person_touched_last(session: Session) -> None:
    room = Newsroom(session)
    series = room.series()
    opened = drafts.open_instalment(session, series, a_window(), at=FRIDAY)
    one, two, three = (a_draft(room, name) for name in ("One", "Two", "Three"))
    planned.put_items(session, opened.id, [one, two], at=FRIDAY)
    touched = update(ItemRow).where(ItemRow.instalment_id == opened.id, ItemRow.headline == "Two")
    session.execute(touched.values(touched_at=FRIDAY, state="accepted"))
    session.expire_all()
    planned.put_items(session, opened.id, [three, one, two], at=FRIDAY)
    session.expire_all()
    assert list(items(session)) == ["Two", "Three", "One"]


def test_an_editor_who_decides_meanwhile_waits_and_is_not_overwritten(database: Engine) -> None:
    with transaction(database) as session:
        room = Newsroom(session)
        opened = drafts.open_instalment(session, room.series(), a_window(), at=FRIDAY)
        item = a_draft(room, "One")
        planned.put_items(session, opened.id, [item], at=FRIDAY)

    def decide() -> None:
        with database.connect() as connection:
            connection.execute(text("SET lock_timeout = '50ms'"))
            accepting = text("UPDATE items SET state = 'accepted', touched_at = now()")
            with pytest.raises(OperationalError, match="lock timeout"):
                connection.execute(accepting)

    changed = replace(item, headline="Another headline")
    with at_statement(database, "UPDATE items", decide), transaction(database) as session:
        planned.put_items(session, opened.id, [changed], at=FRIDAY)
    with transaction(database) as session:
        assert items(session)["Another headline"].version == 2


def test_two_workers_bringing_one_instalment_up_to_date_add_each_item_once(
    database: Engine,
) -> None:
    with transaction(database) as session:
        room = Newsroom(session)
        opened = drafts.open_instalment(session, room.series(), a_window(), at=FRIDAY)
        drafted = [a_draft(room, name) for name in ("One", "Two", "Three")]

    def put(number: int) -> None:
        with transaction(database) as session:
            order = drafted if number % 2 else drafted[::-1]
            planned.put_items(session, opened.id, order, at=FRIDAY)

    at_once(4, put)
    with transaction(database) as session:
        assert len(items(session)) == 3
