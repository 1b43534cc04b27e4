"""Items gathered, taken apart, offered changes, remembered: rows on a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.draft import Candidate, Gathered, Planned, Proposal
from pipeline.errors import BadInput
from pipeline.records import Section, Window
from store import coverage, drafts, emptiness, offers, planned
from store.models import (
    AuditRow,
    DevelopmentRow,
    FeedRow,
    GatheredRow,
    InstalmentRow,
    ItemRow,
    OfferRow,
    OutletRow,
    RulingRow,
    StoryRow,
)
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.store.test_drafts import a_draft, a_window, items

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)


@pytest.fixture
def room(session: Session) -> Newsroom:
    return Newsroom(session)


@pytest.fixture
def opened(session: Session, room: Newsroom) -> drafts.Opening:
    return drafts.open_instalment(session, room.series(), a_window(), at=FRIDAY)


def under(head: Planned, *others: Planned) -> Planned:
    """The first item as it stands when it gathers the others."""
    found = tuple(
        Gathered(development=one.development, score=0.4, why="one happening: both tell of “Envoys”")
        for one in others
    )
    return replace(
        head,
        gathered=found,
        tellings=(*head.tellings, *(told for one in others for told in one.tellings)),
    )


def put(session: Session, opened: drafts.Opening, *made: Planned) -> None:
    planned.put_items(session, opened.id, made, at=FRIDAY)
    session.expire_all()


def touch(session: Session, called: str, **values: object) -> None:
    """Let somebody have worked on an item, and changed this."""
    # The builder of stories makes items of its own, in another instalment and before.
    newest = select(ItemRow).where(ItemRow.headline == called).order_by(ItemRow.id.desc())
    row = session.scalars(newest.limit(1)).one()
    session.execute(update(ItemRow).where(ItemRow.id == row.id).values(touched_at=FRIDAY, **values))
    session.expire_all()


def offered(session: Session, headline: str) -> dict[str, dict[str, object]]:
    return {str(one["kind"]): one for one in items(session)[headline].offers}


def audited(session: Session) -> list[str]:
    return [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]


# --- gathered


def test_what_another_item_gathers_stands_aside_and_is_shown_under_it(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, one, two)
    put(session, opened, under(one, two))
    assert list(items(session)) == ["One"]
    item = items(session)["One"]
    assert [(g["development"], g["headline"]) for g in item.gathered] == [(two.development, "Two")]
    assert item.offers == ()
    assert audited(session)[-1] == "item.gather"
    put(session, opened, under(one, two))  # again, and nothing changes
    assert audited(session).count("item.gather") == 1


def test_what_is_gathered_no_more_comes_back_as_the_item_it_was(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, one, two)
    before = items(session)["Two"].id
    put(session, opened, under(one, two))
    put(session, opened, one, two)
    assert items(session)["Two"].id == before
    assert session.scalars(select(GatheredRow)).all() == []
    assert audited(session)[-1] == "item.part"


def test_what_somebody_took_apart_stays_apart_and_is_on_record(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, under(one, two))
    item = items(session)["One"].id
    assert planned.take_apart(session, item, two.development, by="ann", at=FRIDAY)
    assert not planned.take_apart(session, item, two.development, by="ann", at=FRIDAY)
    window = Window(opens=opened.opens, cut_off=opened.cut_off, tail_from=opened.tail_from)
    told = [*one.tellings, *two.tellings]
    memory = planned.remember(
        session, opened.series_id, told, window=window, instalment_id=opened.id
    )
    assert memory.apart == {tuple(sorted((one.development, two.development)))}
    put(session, opened, one, two)
    assert list(items(session)) == ["One", "Two"]
    assert "item.take_apart" in audited(session)


def test_what_an_editor_split_is_two_whatever_it_shares(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    session.add(
        RulingRow(
            kind="split",
            development_id=two.development,
            other_id=one.development,
            story_ids=[],
            decided_by="ann",
            decided_at=FRIDAY,
            revision=1,
        )
    )
    session.flush()  # for the query below
    window = Window(opens=opened.opens, cut_off=opened.cut_off, tail_from=opened.tail_from)
    told = [*one.tellings, *two.tellings]
    memory = planned.remember(session, opened.series_id, told, window=window)
    assert memory.apart == {tuple(sorted((one.development, two.development)))}


# --- offered, never applied


def test_a_newer_version_of_what_an_editor_accepted_is_offered_and_taken_or_not(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, other = a_draft(room, "One"), a_draft(room, "Other")
    put(session, opened, one)
    touch(session, "One", state="accepted")
    newer = replace(one.tellings[0], version=other.tellings[0].version, title="One, and more")
    changed = replace(one, tellings=(newer,), headline="One, and more")
    put(session, opened, changed)
    put(session, opened, changed)
    item = items(session)["One"]
    [offer] = item.offers
    assert (offer["kind"], offer["headline"], item.flags) == (
        "version",
        "One, and more",
        ("updated",),
    )
    offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    session.expire_all()
    item = items(session)["One, and more"]
    assert (item.offers, item.state, item.version) == ((), "accepted", 2)
    assert "updated" not in session.get_one(ItemRow, item.id).flags
    assert audited(session)[-1] == "item.take_offer"
    with pytest.raises(BadInput, match="accepted by ann"):
        offers.decline(session, int(str(offer["id"])), by="ben", at=FRIDAY)


def test_what_rests_on_a_story_that_was_taken_back_since_cannot_be_taken(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, other = a_draft(room, "One"), a_draft(room, "Other")
    put(session, opened, one)
    touch(session, "One", state="accepted")
    newer = replace(one.tellings[0], version=other.tellings[0].version, title="One, and more")
    put(session, opened, replace(one, tellings=(newer,), headline="One, and more"))
    [offer] = items(session)["One"].offers
    session.execute(
        update(StoryRow).where(StoryRow.id == other.tellings[0].story).values(status="killed")
    )
    with pytest.raises(BadInput, match="is killed by now"):
        offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    assert items(session)["One"].version == 1


def test_what_was_declined_is_not_offered_again_and_what_holds_no_more_lapses(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, other = a_draft(room, "One"), a_draft(room, "Other")
    put(session, opened, one)
    touch(session, "One", state="accepted", headline="An editor's own words")
    newer = replace(one.tellings[0], version=other.tellings[0].version, title="One, and more")
    changed = replace(one, tellings=(newer,), headline="One, and more")
    put(session, opened, changed)
    put(session, opened, one)
    assert [row.state for row in session.scalars(select(OfferRow))] == ["lapsed"]
    put(session, opened, changed)
    [offer] = items(session)["An editor's own words"].offers
    offers.decline(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    put(session, opened, changed)
    assert items(session)["An editor's own words"].offers == ()
    assert audited(session)[-1] == "item.decline_offer"


def test_a_headline_somebody_wrote_survives_an_accepted_offer(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, origin = a_draft(room, "One"), a_draft(room, "Origin")
    put(session, opened, one)
    touch(session, "One", state="accepted", headline="An editor's own words")
    better = replace(
        one,
        tellings=(origin.tellings[0], *one.tellings),
        headline="Origin",
        attribution="On Monday, the Origin reported",
        why=({"reason": "link", "weight": 0.0, "text": "link: Origin, who broke it", "spans": []},),
    )
    put(session, opened, better)
    assert items(session)["An editor's own words"].story == one.linked.story
    offer = offered(session, "An editor's own words")["link"]
    assert offer["why"] == "link: Origin, who broke it"
    offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    session.expire_all()
    item = items(session)["An editor's own words"]
    assert (item.story, item.attribution) == (
        origin.linked.story,
        "On Monday, the Origin reported",
    )


def test_another_credit_is_offered(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one = a_draft(room, "One")
    put(session, opened, one)
    touch(session, "One", state="accepted")
    crediting = replace(one.tellings[0], origins=(("origin", "Origin"),))
    put(session, opened, replace(one, tellings=(crediting,), attribution="Origin reported"))
    offer = offered(session, "One")["origin"]
    offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    session.expire_all()
    assert items(session)["One"].attribution == "Origin reported"


def test_a_development_that_comes_after_the_editor_is_offered_and_may_be_taken_apart(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, one)
    touch(session, "One", state="rejected")
    put(session, opened, under(one, two))
    offer = offered(session, "One")["development"]
    assert (offer["development"], offer["headline"]) == (two.development, "Two")
    offers.decline(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    put(session, opened, one, two)
    assert list(items(session)) == ["One", "Two"]


def test_an_item_that_would_rise_to_the_front_is_offered_the_place(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    made = [a_draft(room, name) for name in ("One", "Two", "Three", "Four", "Five")]
    put(session, opened, *made)
    for name in ("One", "Two", "Three", "Four", "Five"):
        touch(session, name)
    put(session, opened, made[4], *made[:4])
    offer = offered(session, "Five")["rank"]
    assert (offer["place"], offer["from"]) == (1, 5)
    offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    session.expire_all()
    assert next(iter(items(session))) == "Five"


def test_an_offer_of_an_approved_instalment_waits_for_it_to_be_opened(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, one)
    touch(session, "One", state="accepted")
    put(session, opened, under(one, two))
    offer = offered(session, "One")["development"]
    session.execute(update(InstalmentRow).values(state="approved"))
    with pytest.raises(BadInput, match="open it again first"):
        offers.accept(session, int(str(offer["id"])), by="ann", at=FRIDAY)
    with pytest.raises(BadInput, match="no offer 999"):
        offers.accept(session, 999, by="ann", at=FRIDAY)


# --- proposed, remembered, empty


def test_the_proposal_names_items_and_empty_sections_say_why(
    session: Session, room: Newsroom, opened: drafts.Opening
) -> None:
    one, two = a_draft(room, "One"), a_draft(room, "Two")
    put(session, opened, one, two)
    candidate = Candidate(development=one.development, headline="One", merit=1.5, why="broad")
    gone = replace(candidate, development=10**9)
    proposal = Proposal(
        title="Harbour Watch: One",
        lead=one.development,
        why="broad",
        candidates=(candidate, gone),
        subhead="Also new: Two",
        subhead_of=two.development,
    )
    planned.propose(session, opened.id, proposal, empty={"primary": "no feed is followed"})
    session.expire_all()
    view = drafts.show(session, "harbour-watch")
    assert view is not None
    shown = items(session)
    assert (view.proposed["lead"], view.proposed["subhead_of"]) == (
        shown["One"].id,
        shown["Two"].id,
    )
    assert [one["item"] for one in view.proposed["candidates"]] == [shown["One"].id]
    why = {section.key: section.why_empty for section in view.sections}
    assert (why["primary"], why["items"]) == ("no feed is followed", "")


def test_what_was_gathered_merged_or_is_the_same_text_was_covered_and_what_goes_on_says_from_what(
    session: Session, room: Newsroom
) -> None:
    series = room.series()
    old = drafts.open_instalment(session, series, a_window(-1), at=FRIDAY - WEEK)
    one, two, three = (a_draft(room, name) for name in ("One", "Two", "Three"))
    put(session, old, under(one, two))
    session.execute(
        update(DevelopmentRow)
        .where(DevelopmentRow.id == three.development)
        .values(follows_id=two.development, follows_why="shares “envoys”")
    )
    numbers = [one.development, two.development, three.development]
    memory = coverage.read(session, [(series, number) for number in numbers])
    held = memory.covered(series, numbers, before=FRIDAY)
    assert {n: [p.headline for p in found] for n, found in held.items()} == {
        one.development: ["One"],
        two.development: ["One"],
    }
    [past] = memory.followed(series, numbers, before=FRIDAY)[three.development]
    assert (past.instalment, past.headline, past.why) == (1, "One", "shares “envoys”")
    assert memory.followed(series, [one.development], before=FRIDAY) == {}


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (
            Section(key="lead", heading="", minimum_score=0.9),
            "nothing of most merit matches at 0.9",
        ),
        (Section(key="own", heading="", outlets=("nobody",)), "no feed of nobody is followed"),
        (Section(key="x", heading="", query="outlet:nobody OR ferry"), "nothing else that came"),
        (Section(key="w", heading="", outlet_kinds=("official",)), "no feed of official source"),
        (Section(key="y", heading="", outlets=("quiet",)), "nothing has ever come from Quiet"),
        (Section(key="y", heading="", outlets=("silent",)), "silent: the last story of Silent"),
        (Section(key="y", heading="", outlets=("paused",)), "the feeds of Paused are paused"),
        (Section(key="y", heading="", outlets=("busy",)), "nothing came in this window"),
        (Section(key="z", heading="", query="ferry"), "none of 1 stories that came belongs here"),
    ],
)
def test_an_empty_section_says_why(
    session: Session, room: Newsroom, section: Section, says: str
) -> None:
    states: dict[str, dict[str, object]] = {
        "quiet": {},
        "silent": {"last_new_at": FRIDAY - 3 * WEEK},
        "paused": {"is_paused": True},
        "busy": {"last_new_at": FRIDAY},
    }
    for key, facts in states.items():
        outlet = OutletRow(key=key, name=key.capitalize(), kind="outlet")
        session.add(outlet)
        session.flush()  # for its id
        url = f"https://{key}.example/feed"
        session.add(FeedRow(url=url, outlet_id=outlet.id, **facts))
    session.flush()  # for the query below
    room.item(room.instalment(room.series()))
    window = Window(opens=FRIDAY - WEEK, cut_off=FRIDAY + HOUR, tail_from=FRIDAY - 2 * WEEK)
    assert says in emptiness.why(session, section, window)
