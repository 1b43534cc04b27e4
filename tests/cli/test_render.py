"""An instalment for programs: the JSON that the console promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cli.render import instalment_json
from store.drafts import InstalmentView, ItemView, SectionView

CUT_OFF = datetime(2026, 3, 13, 20, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


def an_item(**changes: object) -> ItemView:
    item = ItemView(
        id=5,
        rank=1,
        state="queued",
        version=1,
        headline="Ferry talks resume",
        attribution="On Monday, the Gazette reported",
        summary="Two delegations met.",
        development=3,
        story=9,
        outlet="gazette",
        outlet_name="The Gazette",
        origin=("tide-wire",),
        url="https://gazette.example/1",
        published=CUT_OFF - timedelta(days=4),
        first_seen=CUT_OFF - timedelta(days=3),
        also=(("courier", "The Courier", "https://courier.example/1"),),
        quotes=(),
        score=0.56,
        zone="suggest",
        why=({"reason": "query", "weight": 0.3, "text": 'hits "ferry" (title)', "spans": []},),
        covered_before=({"instalment": 1, "item": 2},),
        flags=("before_window",),
        is_ours=False,
    )
    return replace(item, **changes)  # type: ignore[arg-type]  # a test names any field it likes


def a_view(*items: ItemView, **changes: object) -> InstalmentView:
    view = InstalmentView(
        id=1,
        series="ferry-watch",
        series_title="Ferry Watch",
        number=4,
        opens=CUT_OFF - timedelta(days=7),
        cut_off=CUT_OFF,
        state="assembling",
        time_zone="UTC",
        title="",
        sections=(
            a_section("lead", "", "No lead yet.", *items),
            a_section("other", "Other <news>", "Nothing & no-one."),
            a_section("silent", "Silent", ""),
        ),
        previous=({"title": "Ferry Watch: *Three*", "url": None},),
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # a test names any field it likes


def a_section(key: str, heading: str, when_empty: str, *items: ItemView) -> SectionView:
    return SectionView(key=key, heading=heading, when_empty=when_empty, items=items, maximum=12)


def test_json_has_every_key_of_the_contract_and_the_words_as_they_are() -> None:
    told = instalment_json(a_view(an_item(headline=HOSTILE)))
    assert told["window"] == [CUT_OFF - timedelta(days=7), CUT_OFF]
    sections = told["sections"]
    assert isinstance(sections, list)
    [item] = sections[0]["items"]
    assert item["headline"] == HOSTILE
    assert item["also"] == [{"outlet": "courier", "url": "https://courier.example/1"}]
    assert item["origin"] == ["tide-wire"]
    assert item["covered_before"] == [{"instalment": 1, "item": 2}]
    assert told["previous"] == [{"title": "Ferry Watch: *Three*", "url": None}]
