"""Handing over to a CMS over real sockets: one draft, whatever happens on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from config import settings as told
from config.settings import Settings
from pipeline.deliver.wordpress import Draft
from store import alerts, changes, deliveries, published, steps, targets
from store.deliveries import Standing, Told
from store.models import (
    AuditRow,
    DeliveryRow,
    InstalmentRow,
    ItemRow,
    RemotePostRow,
    TargetRow,
    VersionRow,
)
from store.session import transaction
from store.targets import Place
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.emptying import empty
from tests.fakes import Killed
from tests.rounds import own_database
from tests.wordpress import FakeWordPress, wordpress
from workers import client, delivering

DRAFT = Draft(
    title="Harbour Watch: Envoys & others meet",
    html="<p>Two delegations talked.</p>",
    excerpt="Also new: a pier",
    slug="harbour-watch-7-ab12cd",
)


@dataclass
class Desk:
    """An approved instalment, a CMS, and a worker between them."""

    engine: Engine
    settings: Settings
    site: FakeWordPress
    instalment: int
    user: object

    def wish(self, draft: Draft = DRAFT, *, is_forced: bool = False) -> int:
        with transaction() as session:
            return deliveries.wish(
                session,
                self.instalment,
                "cms",
                draft,
                user=self.user,  # type: ignore[arg-type]  # a Person
                is_forced=is_forced,
                now=FRIDAY,
            )

    def work(self) -> None:
        """Let a worker do what is due."""
        http = client.made(self.settings, retry_wait=0)
        for one in delivering.due(self.settings):
            delivering.deliver(one, self.settings, http.get, http.post)

    def later(self) -> None:
        """Time goes by until the next try."""
        with transaction() as session:
            session.execute(update(DeliveryRow).values(due_at=FRIDAY - timedelta(days=9999)))

    def look(self) -> None:
        """Time goes by, and a worker looks at what was handed over."""
        with transaction() as session:
            session.execute(update(RemotePostRow).values(look_at=FRIDAY))
        http = client.made(self.settings, retry_wait=0)
        for one in delivering.to_look_at():
            delivering.look(one, self.settings, http.get)

    def instalment_now(self) -> InstalmentRow:
        with transaction() as session:
            return session.get_one(InstalmentRow, self.instalment)

    def told(self) -> Told:
        with transaction() as session:
            return deliveries.of_instalment(session, self.instalment)["cms"]

    def standing(self) -> Standing:
        with transaction() as session:
            return deliveries.standing(session, self.instalment)["cms"]

    def post(self) -> dict[str, object]:
        [post] = self.site.posts.values()
        return post


@pytest.fixture(scope="module")
def own(server: Engine) -> Iterator[Engine]:
    with own_database(server, "delivering") as engine:
        yield engine


@pytest.fixture
def desk(own: Engine) -> Iterator[Desk]:
    with transaction() as session:
        empty(session)
    with wordpress() as site:
        told.override(
            allow_inside=f"127.0.0.1/32:{site.port}",
            credentials=site.credentials,
            host_gap_seconds="0",
        )
        with transaction() as session:
            room = Newsroom(session)
            ann = room.person("ann", "Ann Reed", "chief")
            instalment = room.instalment(room.series(), number=7)
            item = room.item(instalment)
            session.execute(update(ItemRow).where(ItemRow.id == item).values(state="accepted"))
            for at, action in enumerate(("review", "ready", "approve"), start=1):
                steps.take(session, instalment, ann, action, based_on=at, now=FRIDAY)
            place = Place(key="cms", kind="wordpress", title="Our CMS", url=site.api)
            targets.add(session, place, by="tests")
        yield Desk(own, told.settings(), site, instalment, ann)


def test_a_draft_is_made_and_never_a_publication(desk: Desk) -> None:
    desk.wish()
    desk.work()
    post = desk.post()
    assert (post["content"], post["status"]) == (DRAFT.html, "draft")
    assert post["title"] == "Harbour Watch: Envoys &amp; others meet"
    assert (desk.told().outcome, desk.told().next_try) == ("delivered", None)
    assert desk.standing().link.endswith("/?p=41")
    with transaction() as session:
        actions = list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))
    assert actions[-2:] == ["instalment.deliver", "delivery.delivered"]


def test_handing_over_again_changes_the_same_draft(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.clock = 5
    desk.wish(replace(DRAFT, html="<p>Three delegations talked.</p>"))
    desk.work()
    assert desk.post()["content"] == "<p>Three delegations talked.</p>"
    assert desk.told().outcome == "delivered"


def test_the_same_wish_twice_is_one_and_writes_nothing_anew(desk: Desk) -> None:
    assert desk.wish() == desk.wish()
    desk.work()
    assert desk.wish() == desk.told().id
    desk.work()
    assert [method for method, _ in desk.site.asked].count("POST") == 1


def test_what_somebody_changed_there_is_shown_and_not_written_over(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.edit(41, "<p>Two delegations talked. So did we.</p>")  # within the same second
    changed = replace(DRAFT, html="<p>Three delegations talked.</p>")
    desk.wish(changed)
    desk.work()
    shown = desk.told()
    assert (shown.outcome, desk.post()["content"]) == (
        "stopped",
        "<p>Two delegations talked. So did we.</p>",
    )
    assert shown.found is not None
    assert shown.found["html"] == "<p>Two delegations talked. So did we.</p>"
    desk.wish(changed, is_forced=True)
    desk.work()
    assert (desk.told().outcome, desk.post()["content"]) == ("delivered", changed.html)


def test_going_over_it_goes_over_what_was_shown_and_not_over_what_came_after(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.edit(41, "<p>One change.</p>")
    changed = replace(DRAFT, html="<p>Ours.</p>")
    desk.wish(changed)
    desk.work()
    desk.site.edit(41, "<p>Another change.</p>")
    desk.wish(changed, is_forced=True)
    desk.work()
    assert (desk.told().outcome, desk.post()["content"]) == ("stopped", "<p>Another change.</p>")


def test_a_site_that_is_down_is_tried_again_and_makes_no_second_draft(desk: Desk) -> None:
    desk.site.failures = [503, 500]
    desk.wish()
    desk.work()
    shown = desk.told()
    assert (shown.outcome, shown.tries) == ("", 1)
    assert shown.next_try is not None
    assert shown.said == "it has trouble of its own (503)"
    desk.work()
    assert desk.told().tries == 1  # not before its time
    desk.later()
    desk.work()
    desk.later()
    desk.work()
    assert (desk.told().outcome, len(desk.site.posts)) == ("delivered", 1)


def test_an_answer_that_is_lost_makes_no_second_draft(desk: Desk) -> None:
    desk.site.lost = 1
    desk.wish()
    desk.work()
    assert desk.told().outcome == ""
    desk.later()
    desk.work()
    assert (desk.told().outcome, len(desk.site.posts)) == ("delivered", 1)


def test_a_worker_that_dies_after_the_draft_was_made_makes_no_second_one(desk: Desk) -> None:
    desk.wish()
    http = client.made(desk.settings, retry_wait=0)

    def dies(request: object, body: bytes) -> None:
        http.post(request, body)  # type: ignore[arg-type]  # passed through
        raise Killed

    [waiting] = delivering.due(desk.settings)
    with pytest.raises(Killed):
        delivering.deliver(waiting, desk.settings, http.get, dies)  # type: ignore[arg-type]  # it never answers
    with transaction() as session:  # its lease runs out
        session.execute(
            update(DeliveryRow).values(
                lease_until=FRIDAY - timedelta(days=9999), announced_until=None
            )
        )
    desk.work()
    assert (desk.told().outcome, len(desk.site.posts)) == ("delivered", 1)


def test_a_site_that_stays_down_is_given_up_in_the_end_and_can_be_asked_for_again(
    desk: Desk,
) -> None:
    desk.site.failures = [502] * 40
    desk.wish()
    for _ in range(14):
        desk.later()
        desk.work()
    assert desk.told().outcome == "given_up"
    desk.site.failures = []
    desk.wish()
    desk.work()
    assert desk.told().outcome == "delivered"


def test_what_is_published_there_is_left_alone(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.publish(41)
    desk.wish(replace(DRAFT, html="<p>Later.</p>"), is_forced=True)
    desk.work()
    assert (desk.told().outcome, desk.post()["content"]) == ("stopped", DRAFT.html)
    assert "published there" in desk.told().said
    assert desk.standing().status == "publish"


def test_a_draft_that_was_deleted_there_is_made_again_only_if_asked_for(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.posts.clear()
    desk.wish()
    desk.work()
    assert (desk.told().outcome, desk.site.posts) == ("stopped", {})
    desk.wish(is_forced=True)
    desk.work()
    assert (desk.told().outcome, len(desk.site.posts)) == ("delivered", 1)


def test_a_wrong_password_is_for_a_person_and_not_for_another_try(desk: Desk) -> None:
    desk.settings = replace(desk.settings, credentials="")
    desk.wish()
    desk.work()
    assert (desk.told().outcome, desk.told().next_try) == ("stopped", None)
    assert "does not take what we ask (400)" in desk.told().said


def test_what_is_open_again_does_not_go_out_though_it_was_wished(desk: Desk) -> None:
    desk.wish()
    with transaction() as session:
        session.execute(update(InstalmentRow).values(state="assembling"))
    desk.work()
    assert (desk.told().said, desk.site.posts) == (
        "the instalment is assembling again: approve it first",
        {},
    )


def test_an_embargo_that_came_since_holds_it_back(desk: Desk) -> None:
    desk.wish()
    with transaction() as session:
        session.execute(update(VersionRow).values(url=None))
    desk.work()
    assert (desk.told().outcome, desk.site.posts) == ("stopped", {})
    assert desk.told().said.startswith("Envoys meet in the old customs house: ")


def test_a_newer_wish_takes_the_place_of_one_that_waits(desk: Desk) -> None:
    desk.site.failures = [503]
    desk.wish()
    desk.work()
    newer = replace(DRAFT, title="Harbour Watch: A better title")
    desk.wish(newer)
    desk.later()
    desk.work()
    assert desk.post()["title"] == newer.title
    assert desk.told().outcome == "delivered"


def test_a_wish_for_a_place_that_was_retired_ends_with_a_sentence(desk: Desk) -> None:
    desk.wish()
    with transaction() as session:
        targets.retire(session, "cms", by="tests")
    desk.work()
    assert desk.told().outcome == "stopped"
    with transaction() as session:
        assert session.scalars(select(TargetRow.retired_at)).one() is not None


def test_it_is_out_when_the_cms_reports_so_and_not_because_it_was_handed_over(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.look()
    assert (desk.instalment_now().state, desk.instalment_now().address) == ("approved", None)
    desk.site.publish(41)
    desk.look()
    out = desk.instalment_now()
    assert (out.state, out.address) == ("published", desk.standing().link)
    assert out.published_at == datetime(2026, 11, 20, 22, 5, tzinfo=UTC)
    assert out.title == "Harbour Watch: Envoys & others meet"  # as it ran
    with transaction() as session:
        [step] = [one for one in steps.of(session, desk.instalment) if one.action == "publish"]
    assert (step.who, step.reason) == ("machine:deliver", "Our CMS says that it is published.")
    desk.look()
    assert desk.instalment_now().version == out.version  # said again it is no news


def test_a_post_is_looked_at_once_and_not_again_at_once(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.look()
    asked = len(desk.site.asked)
    assert delivering.to_look_at() == []
    with transaction() as session:
        post = session.scalars(select(RemotePostRow.id)).one()
    delivering.look(post, desk.settings, client.made(desk.settings, retry_wait=0).get)
    assert len(desk.site.asked) == asked


def test_one_that_was_opened_again_meanwhile_is_out_all_the_same_and_asks_for_a_correction(
    desk: Desk,
) -> None:
    desk.wish()
    desk.work()
    with transaction() as session:
        item = session.scalars(select(ItemRow)).one()
        session.execute(update(ItemRow).values(state="accepted"))
        killed = changes.Happened(story_id=item.story_id, kind="killed", occasion="tests")
        changes.record(session, [killed], by="machine:wires", at=FRIDAY)
        assert session.scalar(select(InstalmentRow.state)) == "assembling"
        assert alerts.tasks(session) == []
    desk.site.publish(41)
    desk.look()
    assert desk.instalment_now().state == "published"
    with transaction() as session:
        assert [one.number for one in alerts.tasks(session)] == [7]


def test_what_is_deleted_there_or_out_of_reach_leaves_the_instalment_as_it_is(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.failures = [503]
    desk.look()
    assert desk.standing().status == "draft"
    desk.site.posts.clear()
    desk.look()
    assert (desk.instalment_now().state, desk.standing().status) == ("approved", "deleted")
    assert desk.standing().link  # where it was


def test_an_editors_address_stands_against_the_cms_s(desk: Desk) -> None:
    desk.wish()
    desk.work()
    desk.site.publish(41)
    desk.look()
    there = desk.instalment_now()
    with transaction() as session:
        published.state(
            session,
            desk.instalment,
            desk.user,  # type: ignore[arg-type]  # a Person
            address="https://review.example/7",
            since=FRIDAY,
            title="",
            based_on=there.version,
            now=FRIDAY,
        )
    desk.look()
    assert desk.instalment_now().address == "https://review.example/7"
    assert desk.instalment_now().title == there.title
