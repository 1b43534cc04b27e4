"""Who may do what: the table, people of single series, and what a refusal says."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update
from starlette.routing import Route

from desk.app import create_app
from store import rights, users
from store.models import DecisionRow, RulingRow, SeriesRoleRow, UserRow
from store.session import transaction
from tests.desk.house import SHEET, House

LADDER = [
    ("reader", {"read"}),
    ("editor", {"decide", "write", "step", "judge", "settle", "paste"}),
    ("chief", {"approve", "deliver", "override", "lift", "kill", "define", "audit", "people"}),
    ("operator", {"house", "sources", "set_aside"}),
]


def make(house: House, name: str, role: str, **of_series: str) -> None:
    """Give somebody a role for all series and further ones for some, by id of the series."""
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == name).values(role=role))
        user = session.scalars(select(UserRow.id).where(UserRow.name == name)).one()
        for series, is_a in of_series.items():
            session.execute(
                insert(SeriesRoleRow).values(
                    user_id=user, series_id=int(series[1:]), role=is_a, given_by="tests"
                )
            )


def decided(house: House) -> bool:
    with transaction(house.engine) as session:
        return session.scalars(select(DecisionRow)).first() is not None


def act(house: House, name: str, path: str, **fields: str) -> tuple[int, str]:
    """What the desk says to somebody's form, sent with their own token."""
    browser = house.signed_in(name)
    token = next(browser.get("/").page.all("input", name="token")).attributes["value"]
    answer = browser.send(path, {"token": token, "version": "1"} | fields)
    return answer.status, answer.page.one("main").text if answer.body else ""


def test_each_role_may_what_those_before_it_may_and_its_own() -> None:
    may: set[str] = set()
    for role, own in LADDER:
        may |= own
        assert {name for name in rights.RIGHTS if rights.allows(role, {}, name)} == may
    assert may == set(rights.RIGHTS)


@pytest.mark.parametrize("right", ["decide", "approve"])
def test_a_role_of_one_series_counts_there_and_nowhere_else(right: str) -> None:
    roles = {"harbour-watch": "chief", "river-notes": "editor"}
    assert rights.allows("reader", roles, right, "harbour-watch")
    assert rights.allows("reader", roles, right, "river-notes") == (right == "decide")
    assert not rights.allows("reader", roles, right, "elsewhere")
    assert rights.allows("reader", roles, right)
    assert not rights.allows("reader", {"harbour-watch": "chief"}, "sources")


def test_whoever_may_not_decide_sees_no_buttons_and_is_told_who_may(house: House) -> None:
    item = house.item()
    make(house, "ben", "reader")
    page = house.signed_in("ben").get(SHEET).page
    of_items = [one.attributes["action"] for one in page.all("form")]
    assert [one for one in of_items if "/items/" in one] == [f"/items/{item}/star"]  # their own
    status, said = act(house, "ben", f"/items/{item}/accept")
    assert status == 403
    assert "one must be an editor of harbour-watch" in said
    assert "Ann Reed may: ask there." in said
    assert not decided(house)


def test_an_editor_of_another_series_is_refused_and_one_of_this_is_not(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
    make(house, "ben", "reader", **{f"s{other}": "chief"})
    assert act(house, "ben", f"/items/{item}/accept")[0] == 403
    assert not decided(house)
    make(house, "ben", "reader", **{f"s{house.series}": "editor"})
    assert act(house, "ben", f"/items/{item}/accept", then=SHEET)[0] == 303
    assert decided(house)


def test_an_editor_may_say_ready_and_a_chief_alone_approves(house: House) -> None:
    item = house.item()
    assert act(house, "ben", f"/items/{item}/accept")[0] == 303
    steps: list[tuple[str, str, int]] = [
        ("ben", "review", 303),
        ("ben", "ready", 303),
        ("ben", "approve", 403),
        ("ann", "approve", 303),
        ("ben", "reopen", 403),
        ("ann", "reopen", 303),
    ]
    version = 1
    for name, action, status in steps:
        got, said = act(house, name, f"{SHEET}/steps/{action}", version=str(version))
        assert got == status, (name, action, said)
        version += got == 303
    page = house.signed_in("ben").get(f"{SHEET}/approval").page
    assert [one.text for one in page.one("div", class_="steps").all("button")] == ["Send to review"]


def test_every_form_of_the_desk_names_the_right_it_needs(house: House) -> None:
    unnamed = []
    for route in create_app(house.settings, house.engine).routes:
        if isinstance(route, Route) and "POST" in (route.methods or ()):
            endpoint: Any = route.endpoint
            if getattr(endpoint, "may", None) is None and hasattr(endpoint, "may"):
                unnamed.append(route.path)
    assert unnamed == []


def test_people_may_be_asked_for_with_what_they_are_in_each_series(house: House) -> None:
    make(house, "ben", "reader", **{f"s{house.series}": "chief"})
    with transaction(house.engine) as session:
        ben = users.find(session, "ben")
        assert ben is not None
        assert (ben.role, ben.of_series) == ("reader", {"harbour-watch": "chief"})
        assert ben.may("approve", "harbour-watch")
        assert not ben.may("decide", "river-notes")
        assert users.who_may(session, "approve", "harbour-watch") == ["Ben Okoro", "Ann Reed"]


def test_who_judges_in_one_series_rules_on_nothing_of_another(house: House) -> None:
    mine = house.item("First")
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
        sheet = room.instalment(other, number=3)
        theirs, further = room.item(sheet, "Second"), room.item(sheet, "Third")
        into, hidden = room.development_of(mine), room.development_of(theirs)
        last = room.development_of(further)
    make(house, "ben", "reader", **{f"s{house.series}": "editor"})
    path = f"/developments/{into}/merge"
    assert act(house, "ben", path, other=str(hidden), ruled="0")[0] == 403
    suggestion = {"kind": "merge", "development": str(into), "named": str(hidden)}
    assert act(house, "ben", "/suggestions/refuse", **suggestion)[0] == 403
    swapped = suggestion | {"development": str(hidden), "named": str(into)}
    assert act(house, "ben", "/suggestions/refuse", **swapped)[0] == 403
    ruled = act(house, "ann", f"/developments/{hidden}/merge", other=str(last), ruled="0")
    assert ruled[0] == 303
    with transaction(house.engine) as session:
        number = session.scalars(select(RulingRow.id)).one()
    assert act(house, "ben", f"/developments/{into}/rulings/{number}/undo", ruled="0")[0] == 404
    with transaction(house.engine) as session:
        assert session.scalars(select(RulingRow.undone_at)).all() == [None]
