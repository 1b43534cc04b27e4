"""Developments at the desk: split, merged, taken back, suggested; and who was faster."""

import pytest
from sqlalchemy import select, update

from store.models import AuditRow, DevelopmentRow, DuplicateRow, MemberRow, RulingRow, StoryRow
from store.session import transaction
from tests.desk import beside
from tests.desk.browser import Browser, Element
from tests.desk.house import House
from tests.desk.test_item import open_item, row


def at(browser: Browser, path: str) -> Element:
    answer = browser.get(path)
    assert answer.status == 200, answer.body
    return answer.page


def development_of(house: House, story: int) -> int:
    with transaction(house.engine) as session:
        asked = select(MemberRow.development_id).where(MemberRow.story_id == story)
        return session.scalars(asked).one()


def actions(house: House) -> list[tuple[str, str]]:
    with transaction(house.engine) as session:
        asked = select(AuditRow.actor, AuditRow.action).where(
            AuditRow.subject_kind.in_(("development", "story"))
        )
        return [(actor, action) for actor, action in session.execute(asked.order_by(AuditRow.id))]


@pytest.fixture
def two(house: House) -> tuple[int, int, int]:
    """An item with two stories that tell different things: the item, its story, the other."""
    item = house.item("Envoys meet", outlet="Tide Wire")
    with house.newsroom() as room:
        mine = beside.story_of(room, item)
        other = room.carrier(item, "Harbour Post", "https://harbour-post.example/ferries")
    return item, mine, other


def test_a_story_split_off_on_the_items_page_is_a_development_of_its_own_until_taken_back(
    house: House, two: tuple[int, int, int]
) -> None:
    item, mine, other = two
    browser = house.signed_in()
    page = open_item(browser, item)
    ticked = {f"story-{other}": "on", "reason": "that is about ferries"}
    answer = browser.press("Split off", on=page, **ticked)
    assert answer.headers["location"] == f"/items/{item}"
    there, here = development_of(house, other), development_of(house, mine)
    assert there != here
    assert row(house, item).development_id == here
    page = at(browser, f"/developments/{here}")
    assert "that is about ferries" in page.one("section", **{"aria-labelledby": "rulings"}).text
    browser.follow(browser.press("Take it back", on=page))
    assert development_of(house, other) == here
    assert actions(house) == [("ann", "development.split"), ("ann", "development.undo")]


def test_an_accepted_item_stays_with_its_story_in_a_split(
    house: House, two: tuple[int, int, int]
) -> None:
    item, mine, _ = two
    browser = house.signed_in()
    page = open_item(browser, item)
    browser.press("Split off", on=page, **{f"story-{mine}": "on"})
    assert row(house, item).development_id == development_of(house, mine)


def test_all_or_none_cannot_be_split_off_and_the_page_says_so(
    house: House, two: tuple[int, int, int]
) -> None:
    item, mine, other = two
    browser = house.signed_in()
    page = open_item(browser, item)
    answer = browser.press("Split off", on=page)
    assert answer.status == 409
    assert "Tick the stories that tell something else" in answer.page.text
    both = {f"story-{mine}": "on", f"story-{other}": "on", "story-x": "on", "story-9" * 9: "on"}
    answer = browser.press("Split off", on=page, **both)
    assert answer.status == 409
    assert "leave at least one" in answer.page.text
    assert actions(house) == []


def test_two_developments_are_merged_from_a_search_and_their_items_become_one(
    house: House,
) -> None:
    kept, gone = house.item("Envoys meet"), house.item("Envoys met, says a port")
    with house.newsroom() as room:
        into, other = room.development_of(kept), room.development_of(gone)
    browser = house.signed_in()
    page = at(browser, f"/developments?into={into}&words=port")
    answer = browser.press("Merge it in", on=page)
    assert answer.headers["location"] == f"/developments/{into}"
    assert row(house, gone).merged_into == kept
    assert browser.get(f"/items/{gone}").headers["location"] == f"/items/{kept}"
    assert browser.get(f"/developments/{other}").headers["location"] == f"/developments/{into}"


def test_who_rules_too_late_is_told_who_ruled_what_and_nothing_changes(
    house: House, two: tuple[int, int, int]
) -> None:
    _, mine, other = two
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    here = development_of(house, mine)
    late = at(ben, f"/developments/{here}")
    ann.press("Split off", on=at(ann, f"/developments/{here}"), **{f"story-{other}": "on"})
    answer = ben.press("Split off", on=late, **{f"story-{other}": "on"})
    assert answer.status == 409
    there = development_of(house, other)
    assert f"Since you loaded the page, ann split off development {there}" in answer.page.text
    ann.press("Take it back", on=at(ann, f"/developments/{here}"))
    answer = ben.press("Split off", on=late, **{f"story-{other}": "on"})
    assert "ann took back that ann split off development" in answer.page.text
    with transaction(house.engine) as session:
        assert len(session.scalars(select(RulingRow.id)).all()) == 1


def test_a_copy_refused_stays_in_its_development_unless_it_is_split_off_as_well(
    house: House, two: tuple[int, int, int]
) -> None:
    item, mine, other = two
    with house.newsroom() as room:
        third = room.carrier(item, "Lock Gazette", "https://lock-gazette.example/envoys")
        beside.is_copy(room, other, mine)
        beside.is_copy(room, third, mine)
        room.session.execute(update(StoryRow).values(work_state="done"))
    browser = house.signed_in()
    page = open_item(browser, item)
    assert "it stays in this development as a story of its own" in page.text
    browser.follow(browser.press("No copy: Harbour Post", on=page))
    assert development_of(house, other) == development_of(house, mine)
    page = open_item(browser, item)
    browser.follow(browser.press("No copy, and split it off: Lock Gazette", on=page))
    assert development_of(house, third) != development_of(house, mine)
    with transaction(house.engine) as session:
        standing = select(DuplicateRow.story_id).where(DuplicateRow.undone_at.is_(None))
        assert session.scalars(standing).all() == []
    told = [action for _, action in actions(house)]
    assert told == ["story.not_copy", "story.not_copy", "development.split"]


def test_a_suggestion_is_refused_once_for_all_and_may_be_taken_back(
    house: House, two: tuple[int, int, int]
) -> None:
    _, mine, other = two
    here = development_of(house, mine)
    with house.newsroom() as room:
        room.session.execute(update(MemberRow).where(MemberRow.story_id == other).values(score=0.4))
    browser = house.signed_in()
    page = at(browser, "/developments")
    assert "Perhaps another story" in page.text
    browser.follow(browser.press("No, leave it", on=page))
    again = browser.press("No, leave it", on=page)  # as a double click has it
    assert again.status == 303
    page = at(browser, "/developments")
    assert "Perhaps another story" not in page.text
    assert "refused by ann" in page.text
    browser.follow(browser.press("Suggest it again", on=page))
    assert browser.press("Suggest it again", on=page).status == 409
    assert "Perhaps another story" in at(browser, "/developments").text
    assert actions(house) == [("ann", "suggestion.refuse"), ("ann", "suggestion.take_back")]
    assert here


@pytest.mark.parametrize("path", ["/developments/999999", "/developments/x", "/items/x"])
def test_what_is_not_there_is_said_to_be_not_there(house: House, path: str) -> None:
    assert house.signed_in().get(path).status == 404


def test_odd_words_in_a_search_are_only_words(house: House) -> None:
    house.item("Envoys meet")
    browser = house.signed_in()
    for odd in ("%25", "%27%3B--", "x" * 3000, "_"):
        assert browser.get(f"/developments?words={odd}&into=1x").status == 200
    with transaction(house.engine) as session:
        assert session.scalars(select(DevelopmentRow.id)).all()
