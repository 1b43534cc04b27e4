"""Credits and quotations on their way: kept with a version, proposed for an item, checked again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from store import drafts, stories
from store.models import CreditRow, InstalmentRow, ItemQuoteRow, ItemRow, QuoteRow, StoryRow
from tests.rounds import FRIDAY, MONDAY, TIDES, Rounds, an_item, newsroom, own_database

SAID = "The harbour will stay open for as long as anybody needs a ferry"
BODY = (
    "<p>Ferry talks resumed in Aldwick, the Tide Wire reported on Monday.</p>"
    f'<p>"{SAID}," Minister Ada Brook told reporters on Monday. "We have said so to everybody who '
    'asked us this week."</p>'
    '<p>A skipper called the plan "a raft".</p>'
)


@pytest.fixture(scope="module")
def quoting_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "quoting") as engine:
        yield engine


@pytest.fixture
def rounds(quoting_database: Engine) -> Iterator[Rounds]:
    with newsroom(quoting_database) as rounds:
        rounds.follow(TIDES, outlet="tide-wire", kind="wire")
        yield rounds


def item(rounds: Rounds) -> drafts.ItemView:
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch")
    assert view is not None
    (only,) = [one for section in view.sections for one in section.items]
    return only


def test_a_version_keeps_whom_it_credits_and_quotes_with_their_places(rounds: Rounds) -> None:
    rounds.bring(an_item(0, body=BODY))
    (credit,) = rounds.rows(CreditRow)
    assert (credit.outlet, credit.name, credit.is_origin) == ("tide-wire", "Tide Wire", True)
    quoted = rounds.rows(QuoteRow)
    assert [(one.speaker, one.kind) for one in quoted] == [
        ("Ada Brook", "direct"),
        ("Ada Brook", "direct"),
        ("A skipper", "partial"),
    ]
    with rounds.session() as session:
        shown = stories.show(session, rounds.rows(StoryRow)[0].id)
        (kept,) = stories.current(session, [rounds.rows(StoryRow)[0].id])
    assert shown is not None
    assert "'phrase': 'the Tide Wire reported'" in str(shown["credits"])
    for one in quoted:
        assert kept.story.text[one.start : one.end] == one.text


def test_an_item_is_credited_to_whoever_broke_the_news(rounds: Rounds) -> None:
    rounds.bring(an_item(0, body=BODY))
    shown = item(rounds)
    assert shown.origin == ("tide-wire",)
    assert shown.outlet == "harbour-post"
    assert shown.attribution == "On Monday, Tide Wire reported"


def test_a_series_that_credits_the_outlet_names_the_page(rounds: Rounds) -> None:
    definition = (
        'key = "ferry-watch"\ntitle = "Ferry Watch"\n'
        '[calendar]\nweekday = "friday"\ncut_off = "20:00"\ntime_zone = "UTC"\n'
        '[matching]\nquery = "ferry"\n[form]\ncredit_rule = "outlet"\n'
        '[[sections]]\nkey = "other"\nheading = "Other"\n'
    )
    rounds.define(definition)
    rounds.bring(an_item(0, body=BODY))
    assert item(rounds).attribution == "On Monday, the Harbour Post reported"


def test_the_quotations_worth_running_are_proposed_with_speaker_forum_and_check(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(0, body=BODY))
    first, second = item(rounds).quotes
    assert first | {"id": 0} == {
        "id": 0,
        "place": "below",
        "text": SAID + ",",
        "speaker": "Ada Brook",
        "office": "Minister",
        "forum": "to reporters",
        "day": "Monday",
        "outlet": "harbour-post",
        "url": "https://harbour-post.example/world/0",
        "check": "exact",
        "check_why": "word for word as in the source",
        "differences": [],
        "noted": [],
    }
    assert second["check"] == "exact"


def test_doing_it_all_again_adds_nothing(rounds: Rounds) -> None:
    rounds.bring(an_item(0, body=BODY))
    before = rounds.fingerprint()
    rounds.make_due(*[one.id for one in rounds.rows(StoryRow)], table=StoryRow)
    rounds.refresh(*rounds.place())
    assert rounds.fingerprint() == before


def test_a_source_that_changes_its_words_changes_what_stands_for_an_untouched_item(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(0, body=BODY))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(0, body=BODY.replace("stay open", "stay shut")))
    first = item(rounds).quotes[0]
    assert "stay shut" in str(first["text"])
    assert first["check"] == "exact"


def test_a_quotation_a_person_has_taken_is_checked_again_and_otherwise_left(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(0, body=BODY))
    with rounds.session() as session:
        session.execute(update(ItemRow).values(touched_at=FRIDAY - timedelta(days=3)))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(0, body=BODY.replace("stay open", "stay shut")))
    first, second = item(rounds).quotes
    assert first["text"] == SAID + ","
    assert first["check"] == "differs"
    assert first["differences"] == [{"quoted": "open", "source": "shut"}]
    assert str(first["check_why"]).startswith("the source has changed since it was quoted")
    assert second["check"] == "exact"


def test_a_quotation_of_a_killed_story_is_unavailable(rounds: Rounds) -> None:
    rounds.bring(an_item(0, body=BODY))
    with rounds.session() as session:
        session.execute(update(StoryRow).values(status="killed"))
    (instalment,) = {one.instalment_id for one in rounds.rows(ItemRow)}
    rounds.make_due(instalment, table=InstalmentRow)
    rounds.refresh(instalment)
    assert {one["check"] for one in item(rounds).quotes} == {"unavailable"}


def test_what_never_stood_in_the_source_is_told_without_blaming_a_change(rounds: Rounds) -> None:
    rounds.bring(an_item(0, body=BODY))
    with rounds.session() as session:
        session.execute(
            update(ItemQuoteRow).values(text=f"{SAID} and a bridge", checked_against="")
        )
        session.execute(update(ItemRow).values(touched_at=MONDAY))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(0, body=BODY.replace("a raft", "a boat")))
    first = item(rounds).quotes[0]
    assert first["check"] == "differs"
    assert str(first["check_why"]).startswith("other words than the source")
