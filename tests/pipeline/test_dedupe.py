"""What a story is known by, what has changed in it, and whose word of it stands."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe import (
    carried_over,
    keys,
    leading,
    nearness,
    resemblance,
    revised,
    version_kind,
)
from pipeline.records import Carrier, OutletKind, Resemblance, Story
from tests.builders import NOW, a_story

BODY = " ".join(f"Sentence {n} of the report stands here." for n in range(10))
OTHER_BODY = " ".join(f"Heavy rain flooded street {n} near Oldmere." for n in range(20, 30))


def test_a_story_is_known_by_its_id_and_its_canonical_link() -> None:
    known = keys(a_story())
    assert known.guid == "harbour-post-1001"
    assert known.url == "https://harbour-post.example/world/port-lucan-talks"
    assert known.text is None


def test_only_a_story_with_neither_is_known_by_its_text() -> None:
    nameless = a_story(guid=None, canonical_url=None)
    assert keys(a_story(guid=None)).text is None
    assert keys(a_story(canonical_url=None)).text is None
    assert keys(nameless).text is not None
    assert keys(nameless).text == keys(a_story(guid=None, canonical_url=None, published=None)).text
    for other in (
        a_story(guid=None, canonical_url=None, title="Envoys part"),
        a_story(guid=None, canonical_url=None, summary="They met."),
        a_story(guid=None, canonical_url=None, text="They met."),
    ):
        assert keys(other).text != keys(nameless).text


def test_the_same_body_is_known_again_whatever_its_dress() -> None:
    dressed = BODY.upper().replace(" ", "\n ").replace(".", " \u2013")
    assert keys(a_story(text=BODY)).body == keys(a_story(text=dressed, title="Other")).body
    assert keys(a_story(text=BODY)).body != keys(a_story(text=BODY + " More.")).body


def test_a_short_body_is_no_key() -> None:
    assert keys(a_story(text=" ".join(["word"] * 39))).body is None
    assert keys(a_story(text=" ".join(["word"] * 40))).body is not None
    assert keys(a_story(text="会" * 40)).body is not None
    assert keys(a_story(summary=BODY)).body is None


def test_content_changes_with_what_an_editor_sees_and_with_nothing_else() -> None:
    story = a_story(text=BODY)
    same = a_story(
        text=BODY,
        published=None,
        published_raw="",
        updated=NOW,
        url="https://harbour-post.example/world/port-lucan-talks?utm_source=else",
        html="<p>other tags</p>",
        problems=("it has no date",),
    )
    assert keys(same).content == keys(story).content
    changed = [
        a_story(text=BODY, title="ENVOYS meet in Port Lucan for a third day of talks"),
        a_story(text=BODY, summary="They met."),
        a_story(text=BODY + "."),
        a_story(text=BODY, byline="Pell Arden"),
        a_story(text=BODY, canonical_url="https://harbour-post.example/2"),
        a_story(text="", summary=a_story().summary + "\n" + BODY),
    ]
    assert len({keys(one).content for one in (story, *changed)}) == 7


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (a_story(), None),
        (a_story(problems=("x",), html="<p>x</p>", language="fr"), None),
        (a_story(published=NOW, published_raw="Fri, 31 May 2024 12:00:00 GMT"), "date_only"),
        (a_story(updated=NOW), "date_only"),
        (a_story(title="Envoys Meet in Port Lucan for a Third Day of Talks"), "cosmetic"),
        (a_story(title="Envoys meet in Port Lucan, for a third day of “talks”!"), "cosmetic"),
        (a_story(title="Énvoys meet in Port\u00adLucan for a third day of talks"), "substantive"),
        (a_story(title="Énvoys meet in Port Lu\u00adcan for a third day of talks"), "cosmetic"),
        (a_story(byline="Pell Arden"), "cosmetic"),
        (a_story(canonical_url="https://harbour-post.example/2"), "cosmetic"),
        (a_story(title="Envoys meet in Port Lucan for a third day of talks?"), "substantive"),
        (a_story(title="Envoys meet in Port Lucan for a fourth day of talks"), "substantive"),
        (a_story(title="Envoys leave Port Lucan"), "substantive"),
        (a_story(summary="The delegations met again. No date was set."), "substantive"),
        (a_story(text=BODY), "substantive"),
    ],
)
def test_a_new_version_is_called_what_it_is(new: Story, kind: str | None) -> None:
    assert version_kind(a_story(), new) == kind


def test_a_date_in_the_future_that_moves_with_each_poll_is_no_change() -> None:
    old = a_story(published=NOW, published_raw="Sat, 01 Jun 2030 00:00:00 GMT")
    new = a_story(published=NOW + timedelta(hours=1), published_raw=old.published_raw)
    assert version_kind(old, new) is None


def test_the_same_moment_written_otherwise_is_no_change() -> None:
    assert version_kind(a_story(), a_story(published_raw="2024-05-31T09:30:00Z")) is None


def test_another_story_under_the_same_id_and_another_link_is_a_replacement() -> None:
    old = a_story(text=BODY)
    flood = a_story(
        title="Floods close Oldmere market hall",
        summary="Rain fell all night.",
        text=OTHER_BODY,
        canonical_url="https://harbour-post.example/local/floods",
    )
    assert version_kind(old, flood) == "replaced"
    assert version_kind(flood, old) == "replaced"


@pytest.mark.parametrize(
    "rewritten",
    [
        # one page is one story, whatever it says
        a_story(title="Floods close Oldmere market hall", summary="Rain fell.", text=OTHER_BODY),
        # a new headline over the old text
        a_story(
            title="Floods close Oldmere market hall", text=BODY, canonical_url="https://x.example/"
        ),
        # a new text under a headline that shares a name
        a_story(title="Lucan harbour floods", text=OTHER_BODY, canonical_url="https://x.example/"),
        # a headline too short to say
        a_story(title="Floods", summary="", text=OTHER_BODY, canonical_url="https://x.example/"),
    ],
)
def test_a_rewritten_story_is_not_torn_in_two(rewritten: Story) -> None:
    assert version_kind(a_story(text=BODY), rewritten) == "substantive"


def test_headlines_alone_make_a_replacement_only_with_two_known_links() -> None:
    old = a_story(summary="")
    other = "https://harbour-post.example/local/floods"
    flood = a_story(title="Floods close Oldmere market hall", summary="", canonical_url=other)
    assert version_kind(old, flood) == "replaced"
    assert version_kind(a_story(summary="", canonical_url=None), flood) == "substantive"
    assert version_kind(a_story(), flood) == "replaced"  # the old summary is not carried into it


def test_what_comes_empty_is_not_withdrawn() -> None:
    old = a_story(text=BODY, html="<p>b</p>")
    poor = a_story(title="", summary="", text="", html="", byline="", url=None, canonical_url=None)
    assert version_kind(old, poor) is None
    kept = carried_over(old, poor)
    assert (kept.title, kept.summary, kept.text, kept.html) == (
        old.title,
        old.summary,
        old.text,
        old.html,
    )
    assert (kept.byline, kept.url, kept.canonical_url) == (old.byline, old.url, old.canonical_url)
    lost = "its headline and summary and text and byline and link"
    assert kept.problems == (f"it came without {lost} this time: the known one stays",)


def test_a_change_beside_an_empty_field_is_still_a_change() -> None:
    old = a_story(text=BODY)
    new = a_story(title="Envoys leave Port Lucan", text="")
    assert version_kind(old, new) == "substantive"
    assert carried_over(old, new).text == BODY
    assert carried_over(old, new).title == "Envoys leave Port Lucan"


def test_a_complete_version_is_taken_as_it_is() -> None:
    assert carried_over(a_story(), a_story(summary="Other.")) == a_story(summary="Other.")


def test_what_is_kept_of_a_revision_is_all_that_is_known_of_the_story() -> None:
    old = a_story(text=BODY)
    assert revised(old, old) is None
    assert revised(old, a_story(title="Envoys leave", text="")) == (
        "substantive",
        carried_over(old, a_story(title="Envoys leave", text="")),
    )
    flood = a_story(
        title="Floods close Oldmere market hall",
        summary="Rain fell all night.",
        canonical_url="https://harbour-post.example/local/floods",
    )
    assert revised(old, flood) == ("replaced", flood)


def test_a_figure_is_no_mark_and_an_invisible_sign_parts_no_word() -> None:
    told = BODY + " It cost 1.5 million."
    assert keys(a_story(text=told)).body != keys(a_story(text=told.replace("1.5", "15"))).body
    assert keys(a_story(text=told)).body != keys(a_story(text=told.replace("1.5", "1 5"))).body
    broken = told.replace("report", "re\u00adport").replace("Sentence", "Sente\u0301nce")
    assert keys(a_story(text=told)).body == keys(a_story(text=broken)).body


def test_what_several_items_have_at_once_is_told_to_be_remembered() -> None:
    assert keys(a_story()).shared == ()
    story = replace(a_story(), shared_guid="news", shared_url="https://post.example/live")
    assert keys(story).shared == ("guid news", "url https://post.example/live")
    assert keys(replace(story, shared_url="x" * 2_001)).shared == ("guid news",)


# --- what a story may also be known by


@pytest.mark.parametrize(
    "form",
    [
        "https://www.post.example/world/talks",
        "https://m.post.example/world/talks/",
        "https://amp.post.example/world/talks",
        "https://post.example/world/talks/amp",
        "https://post.example/world/talks/amp/",
        "https://post.example/amp/world/talks",
        "https://post.example/world/talks.amp",
        "https://post.example/world/talks?amp=1",
        "https://post.example/world/talks?outputType=amp",
        "https://post.example/world/talks/index.html",
    ],
)
def test_a_page_is_known_in_every_form_it_is_shown_in(form: str) -> None:
    plain = a_story(canonical_url="https://post.example/world/talks")
    assert keys(a_story(canonical_url=form)).loose_url == keys(plain).loose_url
    assert keys(a_story(canonical_url=form)).url != keys(plain).url


@pytest.mark.parametrize(
    "other",
    [
        "https://post.example/world/talks?id=1",
        "https://post.example/world/talks?id=2",
        "https://post.example/world/talks?ampere=1",
        "https://post.example/world/talks#!/2",
        "https://post.example/world/talks-2",
        "https://post.example/world",
        "https://mail.example/world/talks",
        "https://world.post.example/world/talks",
        "https://post.example/world/Talks",
        "https://www.example/world/talks",
    ],
)
def test_another_page_is_not_taken_for_a_form_of_the_first(other: str) -> None:
    plain = a_story(canonical_url="https://post.example/world/talks")
    assert keys(a_story(canonical_url=other)).loose_url != keys(plain).loose_url


def test_two_stories_told_apart_by_their_query_are_two_pages() -> None:
    one, two = (f"https://post.example/story.php?id={number}" for number in (1, 2))
    assert keys(a_story(canonical_url=one)).loose_url != keys(a_story(canonical_url=two)).loose_url


def test_a_home_page_says_nothing_of_a_story() -> None:
    assert keys(a_story(canonical_url="https://post.example/")).loose_url is None
    assert keys(a_story(canonical_url="https://www.post.example/index.html")).loose_url is None
    assert keys(a_story(canonical_url=None)).loose_url is None


def test_a_guid_that_is_an_address_is_known_without_scheme_and_host() -> None:
    old = keys(a_story(guid="http://post.example/?p=12")).loose_guid
    assert old == keys(a_story(guid="HTTPS://www.post.example/?p=12")).loose_guid
    assert old != keys(a_story(guid="http://post.example/?p=13")).loose_guid
    for other in (None, "post-12", "tag:post.example,2024:12", "http://post.example/"):
        assert keys(a_story(guid=other)).loose_guid is None


def test_a_headline_counts_only_if_it_has_words_enough_to_be_one_storys() -> None:
    title = keys(a_story()).title
    assert title is not None
    assert title == keys(a_story(title=a_story().title.upper() + "!")).title
    assert keys(a_story(title="Morning briefing: what to watch today")).title is None
    assert keys(a_story(title="")).title is None


REPORT = " ".join(
    f"Delegate {name} said that the harbour would open before the winter."
    for name in ("Arden", "Brill", "Cole", "Dorn", "Eames", "Falk", "Gray", "Hale")
)
POST = "https://post.example/a"


def alike(
    shared: str, old: Story, new: Story, *, is_same_feed: bool = True
) -> tuple[bool, float] | None:
    found = resemblance(shared, old, new, is_same_feed=is_same_feed)
    assert found is None or found.why
    return None if found is None else (found.is_sure, found.score)


def test_one_page_under_two_forms_of_its_address_is_one_story_if_its_words_bear_it_out() -> None:
    old = a_story(canonical_url="https://www.post.example/a", text=REPORT)
    assert alike("url", old, a_story(canonical_url=POST)) == (True, 1.0)
    retitled = a_story(canonical_url=POST, title="Harbour to open in autumn", text=REPORT)
    assert alike("url", old, retitled) == (True, 1.0)
    assert alike("url", old, replace(retitled, text="")) == (False, 0.5)
    assert alike("url", old, replace(retitled, text=OTHER_BODY)) == (False, 0.5)
    untitled = a_story(canonical_url=POST, title="")
    assert alike("url", replace(old, title=""), untitled) == (False, 0.5)


def test_an_id_that_changed_its_form_is_one_story_if_its_words_bear_it_out() -> None:
    old = a_story(canonical_url=POST, text=REPORT)
    moved = a_story(canonical_url="https://post.example/b")
    assert alike("guid", old, moved) == (True, 1.0)
    assert alike("guid", old, replace(moved, title="Envoys in Port Lucan talks go on")) is not None
    half = replace(moved, title="Envoys meet in Port Lucan again")
    assert alike("guid", old, half) == (True, 1.0)
    other = replace(moved, title="Floods close Oldmere market hall")
    assert alike("guid", old, other) == (False, 0.5)
    assert alike("guid", old, replace(other, text=REPORT)) == (True, 1.0)
    assert alike("guid", old, replace(moved, canonical_url=None)) == (True, 1.0)


def test_an_id_on_another_site_is_one_story_only_if_headline_and_words_are_the_same() -> None:
    old = a_story(canonical_url=POST)
    moved = a_story(canonical_url="https://new-post.example/a")
    assert alike("guid", old, moved) == (True, 1.0)
    assert alike("guid", old, replace(moved, summary="Other.")) == (False, 0.5)
    assert alike("guid", replace(old, summary=""), replace(moved, summary="")) == (False, 0.5)
    assert alike("guid", old, replace(moved, title="Floods close the market hall")) is None
    full = replace(old, text=REPORT), replace(moved, summary="Other.", text=REPORT)
    assert alike("guid", *full) == (True, 1.0)


def test_a_headline_is_one_story_only_with_the_same_text_and_figures_in_one_feed() -> None:
    old = a_story(canonical_url=POST, text=REPORT)
    again = a_story(canonical_url="https://www.post.example/b", text=REPORT)
    assert alike("title", old, again) == (True, 1.0)
    assert alike("title", old, again, is_same_feed=False) == (False, 1.0)
    assert alike("title", old, replace(again, text=OTHER_BODY)) is None
    assert alike("title", old, replace(again, text="")) is None
    elsewhere = replace(again, canonical_url="https://other.example/b")
    assert alike("title", old, elsewhere) is None
    counted = replace(again, text=f"{REPORT} 12 ferries wait.")
    found = alike("title", old, counted)
    assert found is not None
    assert (found[0], 0.8 < found[1] < 1) == (False, True)


def test_a_longer_text_is_compared_by_its_beginning() -> None:
    old = a_story(text=REPORT)
    continued = " ".join(reversed(OTHER_BODY.replace("2", "two").split()))
    assert alike("title", old, a_story(text=f"{REPORT} {continued} {continued}")) == (True, 1.0)


@pytest.mark.parametrize(
    ("length", "changed_every"), [(700, 20), (1500, 20), (2300, 25), (3500, 35)]
)
def test_a_long_text_may_differ_in_some_words_and_not_in_many(
    length: int, changed_every: int
) -> None:
    text = [
        f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}x" for n in range(length)
    ]
    few = ["other" if n % (changed_every * 4) == 0 else word for n, word in enumerate(text)]
    many = ["other" if n % (changed_every // 5) == 0 else word for n, word in enumerate(text)]
    old = a_story(text=" ".join(text))
    near = alike("title", old, a_story(text=" ".join(few)))
    assert near is not None
    assert near[0]
    assert alike("title", old, a_story(text=" ".join(many))) is None


def test_of_the_longest_texts_more_must_agree() -> None:
    text = [f"w{n:05}".translate(str.maketrans("0123456789", "abcdefghij")) for n in range(5000)]
    some = ["other" if n % 60 == 0 else word for n, word in enumerate(text)]
    short, long = " ".join(text[:2400]), " ".join(text)
    assert alike("title", a_story(text=short), a_story(text=" ".join(some[:2400]))) is not None
    assert alike("title", a_story(text=long), a_story(text=" ".join(some))) is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_comparing_never_fails_and_a_text_is_always_like_itself(one: str, other: str) -> None:
    for shared in ("guid", "url", "title"):
        found = resemblance(shared, a_story(text=one), a_story(text=other), is_same_feed=True)
        assert found is None or isinstance(found, Resemblance)
    long = f"{one} {REPORT}"
    same = resemblance("title", a_story(text=long), a_story(text=long), is_same_feed=True)
    assert same is not None
    assert (same.is_sure, same.score) == (True, 1.0)


# --- whose word stands


@pytest.mark.parametrize(
    ("feed_url", "homepage", "kind", "expected"),
    [
        ("https://post.example/feed", "", "outlet", 0),
        ("https://feeds.post.example/world", "", "outlet", 0),
        ("https://feeds.burner.example/post", "https://www.post.example/", "outlet", 0),
        ("https://list.example/all", "https://list.example/", "outlet", 2),
        ("https://wire.example/all", "https://wire.example/", "wire", 1),
        ("https://ministry.example/news", "", "official", 1),
        ("https://ours.example/news", "", "own", 1),
        ("https://epost.example/feed", "", "outlet", 2),
        ("", "", "outlet", 2),
    ],
)
def test_a_feed_is_nearest_to_the_pages_of_its_own_outlet(
    feed_url: str, homepage: str, kind: OutletKind, expected: int
) -> None:
    page = "https://www.post.example/world/talks"
    found = nearness(page, feed_url=feed_url, homepage=homepage, outlet_kind=kind)
    assert found == expected


def test_a_story_without_a_page_is_its_feeds_own() -> None:
    found = nearness(None, feed_url="https://a.example/", homepage="", outlet_kind="outlet")
    assert found == 0


def a_carrier(
    feed_id: int, *, near: int = 2, full: int = 0, edited: float | None = None
) -> Carrier:
    return Carrier(
        feed_id=feed_id,
        outlet_id=feed_id,
        version=feed_id,
        nearness=near,
        fullness=full,
        edited_at=None if edited is None else NOW + timedelta(hours=edited),
    )


def test_the_nearest_feed_leads_then_the_last_to_edit_then_the_fullest_then_the_oldest() -> None:
    owner, wire = a_carrier(9, near=0), a_carrier(8, near=1, full=500, edited=5)
    assert leading([a_carrier(1, full=900, edited=9), wire, owner]) == owner
    edited = a_carrier(7, near=0, edited=0)
    assert leading([owner, edited]) == edited
    again = a_carrier(6, near=0, edited=1)
    assert leading([edited, again, owner]) == again
    fuller = a_carrier(10, near=0, full=100)
    assert leading([owner, fuller]) == fuller
    assert leading([a_carrier(3), a_carrier(2), a_carrier(4)]).feed_id == 2


@given(
    st.lists(
        st.builds(
            a_carrier,
            st.integers(1, 6),
            near=st.integers(0, 2),
            full=st.integers(0, 2),
            edited=st.none() | st.integers(0, 2),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda carrier: carrier.feed_id,
    )
)
def test_who_leads_does_not_depend_on_who_came_first(carriers: list[Carrier]) -> None:
    assert len({leading(order) for order in permutations(carriers)}) == 1
