"""What the lists say of their items, in a real browser: sources, sections, changes, searches."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import insert, select, update

from store import clock, decisions
from store.models import AlertRow, ChangeRow, ItemQuoteRow, ItemRow, StoryRow, UserRow
from store.session import transaction
from store.users import find
from tests.browser.driver import Desk, axe, fits
from tests.desk.newsroom import FRIDAY


def quote(desk: Desk, item: int, text: str, **facts: Any) -> None:  # noqa: ANN401  # any column
    with transaction(desk.house.engine) as session:
        asked = select(ItemRow.version_id).where(ItemRow.id == item)
        version = session.scalars(asked).one()
        values = {"item_id": item, "version_id": version, "text": text} | facts
        session.execute(insert(ItemQuoteRow).values(**values))


def corrected(desk: Desk, item: int, kind: str = "correction") -> None:
    """The publisher has corrected what an item rests on."""
    with transaction(desk.house.engine) as session:
        asked = select(ItemRow.story_id).where(ItemRow.id == item)
        change = session.scalars(
            insert(ChangeRow)
            .values(
                story_id=session.scalars(asked).one(),
                kind=kind,
                occasion="tests",
                said="The talks were on Tuesday, not on Monday.",
                is_in_substance=True,
                made_by="tests",
                at=FRIDAY,
            )
            .returning(ChangeRow.id)
        ).one()
        session.execute(
            insert(AlertRow).values(
                item_id=item, change_id=change, bearing="own", is_task=False, raised_at=FRIDAY
            )
        )


def accept(desk: Desk, item: int, name: str) -> None:
    with transaction(desk.house.engine) as session:
        user = find(session, name)
        assert user is not None
        based_on = decisions.find(session, item).version
        decisions.decide(session, item, user, "accept", based_on=based_on, now=FRIDAY)


def test_1_each_item_shows_outlet_link_quote_day_and_whether_it_was_covered(desk: Desk) -> None:
    house = desk.house
    with house.newsroom() as room:
        earlier = room.instalment(house.series, 6, FRIDAY - timedelta(days=7))
        before = room.item(earlier, "First round")
        again = room.item(
            house.instalment, "Second round", development_id=room.development_of(before)
        )
    fresh = house.item("A first meeting", url="https://meridian.example/first")
    quote(desk, fresh, "We have begun", speaker="Ines Marlow", position=0)
    page = desk.open("ann", "/")
    page.get_by_role("link", name="No. 7").click()
    new, old = page.locator(f"#item-{fresh}"), page.locator(f"#item-{again}")
    expect(new).to_contain_text("Meridian Wire")
    expect(new.get_by_role("heading").get_by_role("link")).to_have_attribute(
        "href", "https://meridian.example/first"
    )
    expect(new.locator("blockquote")).to_contain_text("“We have begun” Ines Marlow")
    expect(new.locator(".source time")).to_have_text("Wed 18 Nov, 13:00")
    expect(new.locator(".facts")).to_contain_text("new")
    expect(old.locator(".facts")).to_contain_text("covered before in No. 6")
    axe(page)
    for width in (1024, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert new.evaluate("row => row.offsetHeight") < 110  # four lines at most, on any screen
    with transaction(house.engine) as session:
        session.execute(update(UserRow).values(display_name="Cleopatra Marshall-Whitcombe " * 3))
    page.reload()
    for width in (390, 800, 1200, 1280, 1400):  # however long a name, the bar is no wider than that
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport()


def test_12_a_correction_brings_its_instalment_on_top_and_awaits_who_it_was_given_to(
    desk: Desk,
) -> None:
    house = desk.house
    with house.newsroom() as room:
        room.instalment(room.series("a-first-shelf", title="A First Shelf"))
    item = house.item("Talks on Monday")
    accept(desk, item, "ann")
    page = desk.open("ann", f"/items/{item}/aside")
    page.get_by_label("To", exact=True).select_option(label="Ben Okoro")
    page.get_by_role("button", name="Assign", exact=True).click()
    hers = desk.open("ben", "/")
    expect(hers.locator(".shelf h2").first).to_have_text("A First Shelf")
    expect(hers.get_by_role("link", name="Awaiting you")).to_have_count(0)
    corrected(desk, item)
    hers.reload()
    expect(hers.locator(".shelf h2").first).to_have_text("Harbour Watch")
    expect(hers.get_by_role("link", name="Awaiting you (1)")).to_be_visible()
    needs = hers.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text("Talks on Monday")
    expect(needs).to_contain_text("Ann Reed gave it to you")
    axe(hers)
    hers.goto("/queue?state=any&flag=corrected")
    row = hers.locator(f"#item-{item}")
    expect(row).to_contain_text("The talks were on Tuesday, not on Monday.")
    row.get_by_role("button", name="Settled").click()
    hers.goto("/")
    expect(hers.get_by_role("link", name="Awaiting you")).to_have_count(0)


def test_13_an_embargo_counts_down_on_its_row(desk: Desk) -> None:
    item = desk.house.item()
    with transaction(desk.house.engine) as session:
        story = select(ItemRow.story_id).where(ItemRow.id == item).scalar_subquery()
        until = FRIDAY + timedelta(days=3650)
        session.execute(
            update(StoryRow)
            .where(StoryRow.id == story)
            .values(embargo="until", embargo_until=until)
        )
    page = desk.open("ann", "/queue?flag=embargoed")
    expect(page.locator(f"#item-{item} .embargo")).to_contain_text("days")


def test_14_briefings_stand_in_their_section_with_speaker_day_and_transcript(desk: Desk) -> None:
    item = desk.house.item(
        "Ministry briefing",
        section="primary",
        outlet="Foreign Ministry",
        url="https://ministry.example/briefings/18",
    )
    quote(
        desk, item, "We welcome the talks", speaker="Pau Reyes", forum="briefing", day="Wednesday"
    )
    page = desk.open("ann")
    row = page.get_by_role("region", name="Foreign ministry news").locator(f"#item-{item}")
    expect(row.locator("blockquote")).to_contain_text("Pau Reyes, briefing, Wednesday")
    expect(row.get_by_role("heading").get_by_role("link")).to_have_attribute(
        "href", "https://ministry.example/briefings/18"
    )


def test_15_our_own_articles_are_marked_and_counted_apart(desk: Desk) -> None:
    own = desk.house.item("Column", outlet="Harbour Review")
    desk.house.item("Report")
    desk.house.item("Another report")
    page = desk.open("ann")
    expect(page.locator(f"#item-{own} .source")).to_contain_text("ours")
    expect(page.locator(".mix")).to_have_text("2 from outside, 1 ours")


def test_16_what_is_older_than_the_window_is_offered_with_its_real_day(desk: Desk) -> None:
    item = desk.house.item("Late last week", published=FRIDAY - timedelta(days=8))
    page = desk.open("ann")
    row = page.locator(f"#item-{item}")
    expect(row.locator(".source")).to_contain_text("Thu 12 Nov")
    expect(row.locator(".badge.early")).to_have_text("before the window")
    expect(row.get_by_role("button", name="Accept")).to_be_visible()


def test_19_a_search_by_words_outlet_and_month_is_kept_and_shared(desk: Desk) -> None:
    house = desk.house
    wanted = house.item(
        "Envoys agree", outlet="Ferry Times", summary="The army trainer left on Friday."
    )
    house.item("Another Ferry Times story", outlet="Ferry Times")
    house.item("Army trainers elsewhere", outlet="Meridian Wire")
    with transaction(house.engine) as session:
        # What came in this month, by the desk's own clock.
        now = clock.now(session)
        session.execute(update(ItemRow).values(added_at=now))
        session.execute(update(StoryRow).values(first_seen_at=now))
    page = desk.open("ann")
    page.keyboard.press("/")
    page.keyboard.type("army trainers")
    page.keyboard.press("Enter")
    expect(page.locator("article.item")).to_have_count(2)
    page.get_by_label("Outlet").fill("FT")
    page.get_by_label("Came in").select_option(label="this month")
    axe(page)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("article.item")).to_have_count(1)
    expect(page.locator(f"#item-{wanted}")).to_be_visible()
    expect(page.locator(".stored-story")).to_have_count(1)
    page.get_by_text("Keep this search").click()
    page.get_by_label("Under the name").fill("Trainers in the FT")
    page.get_by_label("share it with the desk").check()
    page.get_by_role("button", name="Keep", exact=True).click()
    hers = desk.open("ben", "/queue")
    hers.get_by_role("link", name="Trainers in the FT").click()
    expect(hers.locator("article.item")).to_have_count(1)
    expect(hers.get_by_label("Outlet")).to_have_value("FT")
    axe(hers)
    for how in ({"dark": True}, {"phone": True}):
        other = desk.open("ben", hers.url.removeprefix(desk.url), **how)
        axe(other)
        fits(other)


def test_every_instalment_of_a_series_can_be_reached(desk: Desk) -> None:
    house = desk.house
    with house.newsroom() as room:
        for number in range(100, 165):
            room.instalment(house.series, number, FRIDAY - timedelta(days=7 * (number - 90)))
    page = desk.open("ann", "/")
    page.get_by_text("Earlier instalments").click()
    page.get_by_role("link", name="older ones").click()
    shown = page.locator(".earlier li a")
    expect(shown).to_have_count(30)
    first = shown.first.inner_text()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("heading", name="page 3 of 3")).to_be_visible()
    page.get_by_role("link", name="No. 164").click()
    page.wait_for_url("**/instalments/harbour-watch/164")
    page.go_back()
    page.get_by_role("link", name="Newer").click()
    expect(shown.first).to_have_text(first)
