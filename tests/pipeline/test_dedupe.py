"""What a story is known by, and what has changed in it."""

from datetime import timedelta

import pytest

from pipeline.dedupe import carried_over, keys, version_kind
from pipeline.records import Story
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
