"""Journeys of what publishers do to their stories: from the bytes to what the editor sees.

The acceptance cases of the wires' reference are named by their numbers (1 to 12 and 15; 13 and 14
are tests/workers/test_mailbox.py and test_drops.py, 16 the parsers' own). All of it is invented, on
example domains; the flow runs over a real database, stage by stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from config import settings as told
from desk.app import create_app
from desk.export import NotToBeHandedOver, handed
from store import clock, decisions, drafts, gates, merges, steps
from store.models import (
    AlertRow,
    AuditRow,
    ChangeRow,
    FeedRow,
    ItemQuoteRow,
    ItemRow,
    ItemTextRow,
    MemberRow,
    MergeRow,
    NoticeRow,
    StepRow,
    StoryRow,
    VersionRow,
)
from store.users import Person
from tests import agency
from tests.agency import GUID, PARAGRAPH
from tests.desk.browser import Browser, Element
from tests.desk.newsroom import PASSWORD, Newsroom
from tests.rounds import MONDAY, TIDES, WORLD, Item, Rounds, an_item, newsroom, own_database
from workers import flow

SHEET = "/instalments/ferry-watch/1"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HEADLINE = "Ferry talks resume at Port Lucan"


@dataclass
class House:
    """The newsroom with an agency, an editor and her browser."""

    rounds: Rounds
    ann: Person
    browser: Browser

    def send(self, *documents: bytes, at: datetime = MONDAY, url: str = TIDES) -> None:
        """Let documents come one after the other, and everything come of each that does."""
        self.rounds.at(at)
        for document in documents:
            self.rounds.serve(url=url, body=document)
            if (number := self.rounds.poll(url)) is not None:
                self.rounds.parse(number)
            self.rounds.refresh(*self.rounds.place())

    def bring(self, *items: Item | str, at: datetime = MONDAY, url: str = WORLD) -> None:
        """The same for items of a feed."""
        self.rounds.at(at)
        self.rounds.bring(*items, url=url)

    def stories(self) -> list[tuple[str, int, str]]:
        """Status, current version and embargo of every story."""
        rows = self.rounds.rows(StoryRow)
        return [(row.status, row.current_version, row.embargo) for row in rows]

    def versions(self) -> list[tuple[int, str]]:
        """Story and kind of every version, in order of arrival."""
        return [(row.story_id, row.kind) for row in self.rounds.rows(VersionRow)]

    def sheet(self) -> Element:
        """The instalment as the editor sees it."""
        answer = self.browser.get(SHEET)
        assert answer.status == 200, answer.body
        return answer.page

    def item(self, number: int = 0) -> Element:
        """One item as the editor sees it."""
        return list(self.sheet().all("article"))[number]

    def accept(self, number: int = 0) -> int:
        """Accept an item, as the editor does; gives its id."""
        row = self.rounds.rows(ItemRow)[number]
        with self.rounds.session() as session:
            now = clock.now(session)
            decisions.decide(session, row.id, self.ann, "accept", based_on=row.version, now=now)
        return int(row.id)

    def approve(self, *further: str) -> None:
        """Take the instalment through every step to approval, and further."""
        for action in ("review", "ready", "approve", *further):
            self.take(action)

    def take(self, action: str, reason: str = "") -> None:
        with self.rounds.session() as session:
            view = drafts.show(session, "ferry-watch", 1)
            assert view is not None
            steps.take(
                session,
                view.id,
                self.ann,
                action,
                based_on=view.version,
                reason=reason,
                now=clock.now(session),
            )

    def view(self) -> drafts.InstalmentView:
        with self.rounds.session() as session:
            view = drafts.show(session, "ferry-watch", 1)
        assert view is not None
        return view

    def objections(self) -> list[str]:
        with self.rounds.session() as session:
            found = gates.objections(session, self.view().id, now=clock.now(session))
        return [one.kind for one in found]

    def refuses_export(self) -> bool:
        with self.rounds.session() as session:
            try:
                handed(session, self.view())
            except NotToBeHandedOver:
                return True
        return False

    def actions(self) -> list[str]:
        """What the audit trail holds."""
        return [row.action for row in self.rounds.rows(AuditRow)]

    def sweep(self, at: datetime) -> None:
        self.rounds.at(at)
        flow.keep_up()


@pytest.fixture(scope="module")
def versions_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "versions") as engine:
        yield engine


@pytest.fixture
def house(versions_database: Engine) -> Iterator[House]:
    with newsroom(versions_database) as rounds:
        rounds.follow(TIDES, outlet="tide-wire", kind="wire")
        with rounds.session() as session:
            ann = Newsroom(session).person("ann", "Ann Reed", "chief")
        browser = Browser(create_app(told.settings(), versions_database))
        assert browser.sign_in("ann", PASSWORD).status == 200
        yield House(rounds, ann, browser)


CORRECTED = agency.g2(
    version=978556838,
    headline=f"CORRECTED-{HEADLINE}",
    body=f"(Corrects figure in paragraph 1 to 11 ferries)\n{PARAGRAPH.replace('12', '11')}",
    signal="correction",
    note="Corrects the figure: 11 ferries, not 12.",
)
DELETE = agency.g2(
    version=5,
    made=MONDAY + 51 * MINUTE,
    headline=f"DELETE-{HEADLINE}",
    body="",
    status="canceled",
    note="The meeting did not take place.",
)


def end_of(house: House) -> tuple[list[tuple[str, int, str]], list[str], list[str]]:
    """How a lineage stands, whatever the order in which its versions came."""
    shown = {row.id: row for row in house.rounds.rows(VersionRow)}
    [story] = house.rounds.rows(StoryRow)
    current = next(row for row in shown.values() if row.number == story.current_version)
    kinds = sorted(row.kind for row in shown.values())
    return [(story.status, len(shown), story.embargo)], kinds, [current.title]


def test_case_1_a_correction_then_a_delete_of_one_guid_is_one_lineage_killed(house: House) -> None:
    house.send(CORRECTED)
    item = house.accept()
    house.send(DELETE, at=MONDAY + 2 * HOUR + 5 * MINUTE)
    assert end_of(house) == (
        [("killed", 2, "none")],
        ["first", "killed"],
        [f"CORRECTED-{HEADLINE}"],
    )
    shown = house.item()
    assert "Killed by Tide Wire, Mon 9 Mar at 14:05" in shown.text
    assert "The meeting did not take place." in shown.text
    assert "killed" in house.objections()
    assert {"story.killed", "item.alert"} <= set(house.actions())
    assert [alert.item_id for alert in house.rounds.rows(AlertRow)] == [item]


def test_case_2_the_delete_arrives_first_and_the_end_is_the_same(house: House) -> None:
    house.send(DELETE)
    page = house.browser.get("/kills").page
    assert "the kill came before its story" in page.text
    house.send(CORRECTED, at=MONDAY + HOUR)
    assert end_of(house)[0] == [("killed", 2, "none")]
    assert end_of(house)[2] == [f"CORRECTED-{HEADLINE}"]
    assert house.rounds.rows(ItemRow) == []  # what is killed is offered to nobody


def test_running_twice_changes_nothing(house: House) -> None:
    house.send(CORRECTED)
    house.accept()
    house.send(DELETE, at=MONDAY + HOUR)
    before = house.rounds.fingerprint()
    house.send(CORRECTED, DELETE, at=MONDAY + HOUR)
    after = house.rounds.fingerprint()
    kept = ("story_changes", "alerts", "story_versions", "stories", "items", "notices", "audit")
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}


def test_case_3_a_nitf_cancel_by_management_doc_idref_kills_its_target(house: House) -> None:
    house.send(agency.nitf())
    house.accept()
    house.send(
        agency.nitf(
            doc_id="tide-20260309-9",
            headline="Kill of ferry story",
            body="The envoy was not there.",
            status="canceled",
            acts_on="tide-20260309-7",
            message="Kill: the envoy was not there.",
        ),
        at=MONDAY + HOUR,
    )
    assert [status for status, _, _ in house.stories()] == ["killed"]  # and the notice is none
    assert "Killed by Tide Wire" in house.item().text
    page = house.browser.get("/kills").page
    assert "Kills item tide-20260309-7." in page.text
    assert "Carried out by the machine" in page.text


def test_case_4_an_item_embargoed_by_its_release_date_waits_for_it(house: House) -> None:
    # One minute past midnight in London, in summer time: 23:01 UTC on the day before. The agency
    # writes its times without a zone; whoever follows it has said which it means.
    released = datetime.fromisoformat("2026-03-30T00:01:00+01:00")
    with house.rounds.session() as session:
        session.execute(update(FeedRow).values(custom={"time_zone": "Europe/London"}))
    house.send(
        agency.nitf(status="embargoed", release="20260330T000100", message="Embargoed to 0001")
    )
    house.accept()
    assert "Embargo until Sun 29 Mar, 23:01" in house.item().text
    assert house.objections() == ["embargo"]
    house.rounds.at(released - timedelta(seconds=1))
    assert house.objections() == ["embargo"]
    house.rounds.at(released)
    assert house.objections() == []


def test_an_embargo_counts_down_lifts_by_itself_and_is_looked_at_again_at_export(
    house: House,
) -> None:
    until = MONDAY + 3 * HOUR
    house.send(agency.g2(embargoed=agency.moment(until)))
    house.accept()
    shown = house.item()
    assert "3 hours left. It lifts by itself." in shown.text
    house.rounds.at(MONDAY + 2 * HOUR + 15 * MINUTE)
    assert "45 minutes left" in house.item().text
    with pytest.raises(steps.Refused):
        house.approve()
    house.sweep(until)
    assert "Embargo" not in house.item().text.replace("Embargo of", "")
    assert [change.kind for change in house.rounds.rows(ChangeRow)] == ["released"]
    house.sweep(until)
    assert len(house.rounds.rows(ChangeRow)) == 1
    house.take("ready")
    house.take("approve")
    assert not house.refuses_export()
    # An embargo that comes after the approval holds the instalment back at the last door.
    house.send(
        agency.g2(version=2, made=until, embargoed=agency.moment(until + DAY)), at=until + MINUTE
    )
    assert house.view().state == "assembling"
    assert house.refuses_export()


def test_case_5_an_embargo_without_an_end_holds_until_a_version_sets_or_removes_it(
    house: House,
) -> None:
    house.send(agency.g2(embargoed=""))
    house.accept()
    assert "until further notice" in house.item().text
    update = agency.g2(version=2, made=MONDAY + HOUR, body=f"{PARAGRAPH} More.", signal="update")
    house.send(update, at=MONDAY + HOUR)
    house.rounds.at(MONDAY + 90 * DAY)
    assert house.objections() == ["embargo"]
    lifted = agency.g2(version=3, made=MONDAY + 2 * HOUR, note="The embargo has been lifted.")
    house.send(lifted, at=MONDAY + 2 * HOUR)
    assert "embargo" not in house.objections()
    assert "Embargo until" not in house.item().text


def test_an_editor_may_lift_an_embargo_until_the_agency_says_it_again(house: House) -> None:
    house.send(agency.g2(embargoed=""))
    house.accept()
    page = house.browser.get(f"{SHEET}/approval").page
    pressed = house.browser.press("Lift the embargo", on=page, reason="Called their desk.")
    assert pressed.status == 303
    assert house.objections() == []
    house.send(agency.g2(version=2, made=MONDAY + HOUR, embargoed=""), at=MONDAY + HOUR)
    assert house.objections() == ["embargo"]
    assert ("ann", "story.released") in {
        (row.actor, row.action) for row in house.rounds.rows(AuditRow)
    }


def a_lead(number: int, which: str, text: str, sent: str) -> bytes:
    """An ANPA message: a lead of a story, known by its slug."""
    return (
        f"\x16\x16\x01a{number:04d}\x1fbc-npr-\r\n"
        "r i \x13\x11 BC-XX--Lucan-Ferries 03-09 0123\x02\r\n"
        f"\x02BC-XX--Lucan-Ferries, {which},123<\r\n\x02{HEADLINE}<\r\n"
        f"\tPORT LUCAN (TID) _ {text}\r\n\x03TID-XX-03-09-26 {sent}EST\x04"
    ).encode()


LEADS = (
    a_lead(451, "1st Ld-Writethru", "Twelve ferries will sail until Thursday.", "0653"),
    a_lead(499, "3rd Ld-Writethru", "Eleven ferries will sail until Thursday.", "0710"),
)


def test_case_6_the_first_and_third_leads_are_versions_of_one_story_with_a_diff(
    house: House,
) -> None:
    house.send(LEADS[0])
    house.accept()
    house.send(LEADS[1], at=MONDAY + HOUR)
    assert house.stories() == [("usable", 2, "none")]
    [change] = house.rounds.rows(ChangeRow)
    assert change.kind == "update"
    [alert] = house.rounds.rows(AlertRow)
    diff = house.browser.get(f"/alerts/{alert.id}").page
    assert "Twelve" in [gone.text for gone in diff.one("article").all("del")]
    assert any("Eleven" in come.text for come in diff.one("article").all("ins"))


def test_case_7_a_refile_is_a_story_and_a_kill_names_its_item_by_number_and_day(
    house: House,
) -> None:
    body = f"{HEADLINE} =\r\n\r\n{PARAGRAPH}"
    house.send(agency.iptc7901(157, f"REFILE\r\n{body}", made=MONDAY - 13 * HOUR))
    house.accept()
    # The day after: the number of the notice's own day would be another item's.
    kill = "KILL KILL KILL\r\n\r\nplease kill item tid 157. The meeting did not take place."
    house.send(agency.iptc7901(12, kill, made=MONDAY), at=MONDAY + HOUR)
    assert [status for status, _, _ in house.stories()] == ["killed"]
    assert "Killed by Tide Wire" in house.item().text


def test_a_kill_that_overtakes_its_story_is_loud_kept_and_tried_again(house: House) -> None:
    kill = "KILL KILL KILL\r\n\r\nplease kill item tid 157. The meeting did not take place."
    house.send(agency.iptc7901(160, kill))
    page = house.browser.get("/kills").page
    assert "its target has not come" in page.text
    assert "1 notice waits" in house.browser.get("/").page.text
    house.send(agency.iptc7901(157, f"{HEADLINE} =\r\n\r\n{PARAGRAPH}"), at=MONDAY + HOUR)
    assert [status for status, _, _ in house.stories()] == ["killed"]
    assert house.rounds.rows(ItemRow) == []
    assert "carried out" in house.browser.get("/kills").page.text
    assert "Needs you" not in house.browser.get("/").page.text


def test_a_kill_whose_story_never_comes_is_given_up_after_a_week(house: House) -> None:
    kill = "KILL KILL KILL\r\n\r\nplease kill item tid 157. The meeting did not take place."
    house.send(agency.iptc7901(160, kill))
    house.sweep(MONDAY + 7 * DAY - MINUTE)
    assert [row.state for row in house.rounds.rows(NoticeRow)] == ["unresolved"]
    house.sweep(MONDAY + 7 * DAY)
    assert [row.state for row in house.rounds.rows(NoticeRow)] == ["expired"]
    assert "its target never came" in house.browser.get("/kills").page.text


def test_case_8_one_headline_under_two_ids_is_two_lineages_in_one_development(
    house: House,
) -> None:
    house.send(agency.g2(guid=f"{GUID}-N"))
    later = MONDAY + timedelta(hours=8, minutes=30)
    house.send(agency.g2(guid=f"{GUID}-P", made=later), at=later)
    assert house.stories() == [("usable", 1, "none")] * 2
    assert len({row.development_id for row in house.rounds.rows(MemberRow)}) == 1
    assert len(list(house.sheet().all("article"))) == 1


def test_case_9_an_edited_article_under_a_new_address_and_id_is_proposed_for_a_merge(
    house: House,
) -> None:
    first = an_item(1, body=f"<p>{PARAGRAPH}</p><p>{PARAGRAPH}</p>")
    house.bring(first)
    body = first.body.replace("12 ferries", "11 ferries")
    moved = replace(first, guid="other", link="https://harbour-post.example/world/1-b", body=body)
    house.bring(moved, at=MONDAY + HOUR)
    [merge] = house.rounds.rows(MergeRow)
    assert merge.state == "proposed"
    with house.rounds.session() as session:
        [line] = merges.proposed(session)
    assert line.why
    assert len(house.rounds.rows(StoryRow)) == len(house.rounds.rows(VersionRow)) == 2


def test_case_10_an_empty_version_replaces_nothing_and_a_shorter_one_is_flagged(
    house: House,
) -> None:
    house.send(agency.g2())
    house.accept()
    house.send(agency.g2(version=2, made=MONDAY + HOUR, body=""), at=MONDAY + HOUR)
    [(_, current, _)] = house.stories()
    assert current == 1
    short = "Two delegations met on Monday over the ferry."
    house.send(agency.g2(version=3, made=MONDAY + 2 * HOUR, body=short), at=MONDAY + 2 * HOUR)
    assert len(house.rounds.rows(VersionRow)) == 3
    assert "Its text is much shorter than before" in house.item().text


def test_case_11_a_strictly_older_version_that_arrives_late_is_stored_and_not_current(
    house: House,
) -> None:
    newest = agency.g2(version=3, made=MONDAY + HOUR, body=f"{PARAGRAPH} Third.")
    house.send(newest, at=MONDAY + HOUR)
    house.accept()
    house.send(agency.g2(version=9, made=MONDAY), at=MONDAY + 2 * HOUR)
    assert house.stories() == [("usable", 1, "none")]
    assert len(house.rounds.rows(VersionRow)) == 2
    assert list(house.item().all("li", class_="alert-line")) == []


def test_a_correction_that_a_later_version_overtook_is_still_told(house: House) -> None:
    house.send(agency.g2())
    house.accept()
    third = agency.g2(version=3, made=MONDAY + 2 * HOUR, body=f"{PARAGRAPH} Third.")
    house.send(third, at=MONDAY + 2 * HOUR)
    second = agency.g2(
        version=2,
        made=MONDAY + HOUR,
        body=PARAGRAPH.replace("12", "11"),
        signal="correction",
        note="It was 11.",
    )
    house.send(second, at=MONDAY + 3 * HOUR)
    assert house.stories() == [("usable", 2, "none")]
    assert "Corrected by Tide Wire" in house.item().text
    assert house.objections() == ["correction"]


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"
  xmlns:at="http://purl.org/atompub/tombstones/1.0">
 <title>Harbour Post</title><id>urn:f</id><updated>2026-03-09T13:00:00Z</updated>{inside}</feed>"""


def entry(number: int, updated: datetime = MONDAY) -> str:
    item = an_item(number)
    return (
        f"<entry><id>{item.guid}</id><title>{item.title}</title><link href='{item.link}'/>"
        f"<updated>{agency.moment(updated)}</updated><summary>{item.summary}</summary></entry>"
    )


def tombstone(number: int, when: datetime, comment: str = "") -> str:
    told_why = f"<at:comment>{comment}</at:comment>"
    moment = agency.moment(when)
    return f'<at:deleted-entry ref="post-{number}" when="{moment}">{told_why}</at:deleted-entry>'


def test_case_12_a_tombstone_counts_if_it_is_later_than_its_entry_and_several_all_act(
    house: House,
) -> None:
    entries = entry(1) + entry(2) + entry(3, updated=MONDAY + HOUR)
    house.send(ATOM.format(inside=entries).encode(), at=MONDAY + HOUR, url=WORLD)
    for number in range(3):
        house.accept(number)
    graves = (
        tombstone(1, MONDAY + 2 * HOUR, "Published in error.")
        + tombstone(2, MONDAY + 2 * HOUR)
        + tombstone(3, MONDAY + 30 * MINUTE)
    )
    house.send(ATOM.format(inside=graves).encode(), at=MONDAY + 2 * HOUR, url=WORLD)
    assert [status for status, _, _ in house.stories()] == ["withdrawn", "withdrawn", "usable"]
    shown = [one.text for one in house.sheet().all("article")]
    assert sum("Taken down by Harbour Post" in text for text in shown) == 2
    assert any("Published in error." in text for text in shown)
    # The entry comes again, later than its tombstone: it lives.
    again = ATOM.format(inside=entry(1, updated=MONDAY + 3 * HOUR)).encode()
    house.send(again, at=MONDAY + 3 * HOUR, url=WORLD)
    assert house.stories()[0][0] == "usable"


def test_case_15_an_update_of_a_story_on_the_desk_flags_the_copy_with_a_diff(
    house: House,
) -> None:
    house.send(agency.g2())
    item = house.accept()
    with house.rounds.session() as session:
        session.execute(
            insert(ItemTextRow).values(
                item_id=item, number=1, markdown="My own words.", created_at=MONDAY
            )
        )
    before = house.rounds.rows(ItemRow)[0]
    update = agency.g2(version=2, made=MONDAY + HOUR, body=PARAGRAPH.replace("12", "14"))
    house.send(update, at=MONDAY + HOUR)
    shown = house.item()
    assert "Updated by Tide Wire, Mon 9 Mar at 13:00" in shown.text
    link = next(a for a in shown.all("a") if a.text.startswith("What changed"))
    diff = house.browser.get(link.attributes["href"]).page.one("article")
    assert [gone.text for gone in diff.all("del")] == ["12"]
    assert [come.text for come in diff.all("ins")] == ["14"]
    after = house.rounds.rows(ItemRow)[0]
    assert (after.headline, after.position, after.state, after.version_id) == (
        *(before.headline, before.position, before.state),
        before.version_id,
    )
    assert [row.markdown for row in house.rounds.rows(ItemTextRow)] == ["My own words."]
    assert house.objections() == []  # an update asks for a look, and holds nothing up
    pressed = house.browser.press("Settled", on=house.item())
    assert pressed.status == 303
    assert "1 settled" in house.item().text


def test_a_feeds_edit_with_an_unchanged_date_reaches_the_item(house: House) -> None:
    first = an_item(1, body=f"<p>{PARAGRAPH}</p>")
    house.bring(first)
    house.accept()
    house.bring(replace(first, body=first.body.replace("12", "11")), at=MONDAY + HOUR)
    [change] = house.rounds.rows(ChangeRow)
    assert (change.kind, change.is_in_substance) == ("update", True)
    assert "Updated by Harbour Post" in house.item().text


def test_a_feeds_correction_is_told_by_its_wording_and_blocks_until_settled(
    house: House,
) -> None:
    first = an_item(1, body=f"<p>{PARAGRAPH}</p>")
    house.bring(first)
    house.accept()
    note = "Correction: an earlier version of this story named 12 ferries."
    body = f"<p>{PARAGRAPH.replace('12', '11')}</p><p>{note}</p>"
    house.bring(replace(first, title=f"CORRECTED: {first.title}", body=body), at=MONDAY + HOUR)
    shown = house.item()
    assert "Corrected by Harbour Post" in shown.text
    assert note in shown.text
    assert house.objections() == ["correction"]
    house.browser.press("Settled", on=shown)
    assert house.objections() == []


def test_a_retraction_by_headline_asks_an_editor_who_confirms_it(house: House) -> None:
    first = an_item(1, body=f"<p>{PARAGRAPH}</p>")
    house.bring(first)
    house.accept()
    house.approve()
    taken_back = replace(first, title=f"RETRACTED: {first.title}")
    house.bring(taken_back, at=MONDAY + HOUR)
    assert [status for status, _, _ in house.stories()] == ["usable"]  # nobody has said so yet
    page = house.browser.get("/kills").page
    assert "waits for your word" in page.text
    assert house.browser.press("Kill it", on=page).status == 303
    assert [status for status, _, _ in house.stories()] == ["killed"]
    assert house.view().state == "assembling"
    assert "Killed by Harbour Post" in house.item().text
    assert "Carried out by ann" in house.browser.get("/kills").page.text


def test_a_retraction_by_another_item_is_proposed_for_the_story_of_that_headline(
    house: House,
) -> None:
    house.bring(an_item(1))
    notice = an_item(7, title=f"STORY WITHDRAWN: {an_item(1).title}", summary="It was untrue.")
    house.bring(an_item(1), notice, at=MONDAY + HOUR)
    [row] = house.rounds.rows(NoticeRow)
    first, _ = house.rounds.rows(StoryRow)
    assert (row.state, row.story_id) == ("proposed", first.id)
    page = house.browser.get("/kills").page
    assert house.browser.press("It is no kill", on=page).status == 303
    assert {status for status, _, _ in house.stories()} == {"usable"}
    assert "Refused by ann" in house.browser.get("/kills").page.text


def approved_with_a_copy(house: House) -> None:
    """The paper printed the wire's text word for word; its copy stands in what is approved."""
    house.bring(
        an_item(1, title="Ferries: talks begin again", body=f"<p>{PARAGRAPH}</p>"), at=MONDAY
    )
    house.accept()
    house.send(agency.g2(made=MONDAY - HOUR), at=MONDAY + HOUR)
    house.approve()


def test_a_kill_reaches_a_copy_in_another_outlet_in_an_approved_instalment(house: House) -> None:
    approved_with_a_copy(house)
    assert not house.refuses_export()
    house.send(DELETE, at=MONDAY + 2 * HOUR)
    statuses = {row.outlet_id: row.status for row in house.rounds.rows(StoryRow)}
    assert sorted(statuses.values()) == ["killed", "usable"]  # the copy is flagged, not killed
    assert house.view().state == "assembling"
    step = house.rounds.rows(StepRow)[-1]
    assert (step.action, step.state_before, step.taken_by) == (
        *("reopen", "approved"),
        "machine:wires",
    )
    shown = house.item()
    assert "The text it carries was killed by Tide Wire" in shown.text
    assert "The meeting did not take place." in shown.text
    approval = house.browser.get(f"{SHEET}/approval").page
    assert "a source that it shares its text with was killed" in approval.text
    assert "The machine opened it again" in approval.text
    assert house.refuses_export()
    refused = house.browser.press("Send to review", on=approval)
    page = house.browser.follow(refused).page
    assert house.browser.press("Call it ready", on=page).status == 409
    house.browser.press("Settled", on=house.item())
    page = house.browser.get(f"{SHEET}/approval").page
    assert house.browser.press("Call it ready", on=page).status == 303
    assert house.view().state == "ready"


def test_what_is_out_gets_a_correction_task_and_the_corrected_issue_says_so(house: House) -> None:
    approved_with_a_copy(house)
    house.take("publish")
    correction = agency.g2(
        version=2,
        made=MONDAY + HOUR,
        body=PARAGRAPH.replace("12", "11"),
        signal="correction",
        note="11 ferries, not 12.",
    )
    house.send(correction, at=MONDAY + 2 * HOUR)
    assert house.view().state == "published"  # nothing takes back what is out
    first_page = house.browser.get("/").page
    assert "To correct: Ferry Watch No. 1, which is out." in first_page.text
    assert "11 ferries, not 12." in first_page.text
    approval = house.browser.get(f"{SHEET}/approval").page
    pressed = house.browser.press("Correct it", on=approval, reason="It is 11 ferries.")
    assert pressed.status == 303
    assert house.view().state == "corrected"
    assert "Needs you" not in house.browser.get("/").page.text
    with house.rounds.session() as session:
        issued = handed(session, house.view())
    assert (issued.version, issued.generation, issued.signal) == (2, 2, "correction")
    assert issued.said == "It is 11 ferries."


def test_a_quotation_of_a_killed_story_blocks_the_item_that_quotes_it(house: House) -> None:
    house.bring(an_item(2))
    item = house.accept()
    house.send(agency.g2(), at=MONDAY + HOUR)
    with house.rounds.session() as session:
        version = session.scalars(select(VersionRow.id).where(VersionRow.wire.is_not(None))).one()
        session.execute(
            insert(ItemQuoteRow).values(
                item_id=item, version_id=version, text="Nobody spoke of the price.", check="exact"
            )
        )
    house.send(DELETE, at=MONDAY + 2 * HOUR)
    texts = [one.text for one in house.sheet().all("article")]
    assert any("A quotation's source was killed by Tide Wire" in text for text in texts)
    assert "killed" in house.objections()


def test_what_is_rejected_stays_so_until_it_changes_in_substance_and_then_says_why(
    house: House,
) -> None:
    house.send(agency.g2())
    row = house.rounds.rows(ItemRow)[0]
    with house.rounds.session() as session:
        now = clock.now(session)
        decisions.decide(session, row.id, house.ann, "reject", based_on=row.version, now=now)
    next_week = MONDAY + 7 * DAY
    other = an_item(1, title="Ferry talks resume at Port Lucan, says harbour", body=PARAGRAPH)
    house.bring(other, at=next_week)
    assert len(house.rounds.rows(ItemRow)) == 1
    correction = agency.g2(
        version=2, made=next_week, body=PARAGRAPH.replace("12", "11"), signal="correction"
    )
    house.send(correction, at=next_week + HOUR)
    found = house.rounds.rows(ItemRow)
    assert [item.state for item in found] == ["rejected", "queued"]
    assert "rejected in No. 1, but changed in substance since" in str(found[1].why)


def test_a_withheld_story_is_held_back_until_it_is_released(house: House) -> None:
    house.send(agency.g2())
    house.accept()
    hold = agency.g2(version=2, made=MONDAY + HOUR, status="withheld", note="Held for checks.")
    house.send(hold, at=MONDAY + HOUR)
    assert "Held back by Tide Wire, Mon 9 Mar at 13:00: Held for checks." in house.item().text
    assert "withheld" in house.objections()
    house.send(agency.g2(version=3, made=MONDAY + 2 * HOUR), at=MONDAY + 2 * HOUR)
    assert house.stories()[0][0] == "usable"
    assert "Released by Tide Wire" in house.item().text
    assert house.objections() == []  # what asked for a decision about the hold is moot


def test_every_step_and_every_machines_deed_has_an_audit_row(house: House) -> None:
    approved_with_a_copy(house)
    house.send(DELETE, at=MONDAY + 2 * HOUR)
    made = {(row.actor, row.action) for row in house.rounds.rows(AuditRow)}
    assert {
        ("ann", "instalment.review"),
        ("ann", "instalment.ready"),
        ("ann", "instalment.approve"),
        ("machine:wires", "story.killed"),
        ("machine:wires", "item.alert"),
        ("machine:wires", "instalment.reopen"),
    } <= made
