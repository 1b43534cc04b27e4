"""Tests of pipeline.draft.voice: who speaks in a story. All invented."""

import pytest

from pipeline.draft.voice import voice_of

PAGE = "https://harbour-post.example/world/2024/may/31/"


@pytest.mark.parametrize(
    ("title", "url", "kind"),
    [
        ("Envoys meet in Port Lucan", f"{PAGE}envoys-meet", "news"),
        ("Envoys meet in Port Lucan", None, "news"),
        (
            "A peace that nobody wants",
            "https://harbour-post.example/opinions/2024/a-peace",
            "opinion",
        ),
        (
            "Talks are no peace",
            "https://harbour-post.example/commentisfree/2024/may/talks",
            "opinion",
        ),
        ("Letters from the front arrive", f"{PAGE}letters-from-the-front", "news"),
        ("Opinion site reopens", "https://harbour-post.example/opinion", "news"),
        ("Ferries and peace | Nadia Example", f"{PAGE}x", "opinion"),
        ("The Post view on ferries: mend them", f"{PAGE}x", "opinion"),
        ("We must not sign this paper", f"{PAGE}x", "opinion"),
        ("Opinion: sign nothing", f"{PAGE}x", "opinion"),
        ("How the ferries fell silent", f"{PAGE}x", "explainer"),
        ("Is a truce near?", f"{PAGE}x", "explainer"),
        ("Ferry terms explained", f"{PAGE}x", "explainer"),
        ("Envoys meet", "https://harbour-post.example/analysis/envoys-meet", "explainer"),
        ("Ferry and fog", "https://harbour-post.example/features/2024/ferry-and-fog", "explainer"),
        ("Ferry and fog", "https://harbour-post.example/content/big-read/ferry", "explainer"),
        ("Features of the treaty are agreed", f"{PAGE}features-of-the-treaty", "news"),
        ("As the ferries stop, islands learn to wait", f"{PAGE}x", "explainer"),
        ("As agreed, envoys meet", f"{PAGE}x", "news"),
        ("Almost 18 months of fog, and no ferry in sight", f"{PAGE}x", "explainer"),
        ("Two years after the fog, envoys meet again", f"{PAGE}x", "explainer"),
        ("Ferries stop for two months", f"{PAGE}x", "news"),
        ("They Stopped the Ferries. Now They Want Them Back.", f"{PAGE}x", "explainer"),
        ("Gov. Brook and the U.S. agree on ferries", f"{PAGE}x", "news"),
        ("The 'heavy price' of a bridge to the islands", f"{PAGE}x", "explainer"),
        ("'I waited for years': islanders on the fog", f"{PAGE}x", "explainer"),
        ("'No deal': envoys leave Port Lucan", f"{PAGE}x", "news"),
        ("Harbour talks live: envoys arrive", f"{PAGE}x", "collection"),
        ("Envoys arrive", "https://harbour-post.example/world/live/2024/may/31/x", "collection"),
        ("Press review: envoys and ferries", f"{PAGE}x", "collection"),
        ("Ferries live on borrowed time", f"{PAGE}x", "news"),
    ],
)
def test_who_speaks_is_told_by_address_and_headline(title: str, url: str | None, kind: str) -> None:
    found = voice_of(title, url)
    assert found.kind == kind
    assert bool(found.why) == (kind != "news")
