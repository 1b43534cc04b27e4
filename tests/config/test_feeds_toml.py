"""What holds for config/feeds.toml, whoever edits it."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

from config.settings import CATALOGUE
from pipeline.records import OutletKind

Block = dict[str, Any]

REQUIRED = {
    *("responsible-statecraft", "reuters", "associated-press", "tass", "ukrinform", "anadolu"),
    *("interfax-ukraine", "irna", "mehr", "yonhap", "state-department", "white-house", "pentagon"),
    *("ukraine-presidency", "ukraine-government", "kremlin", "eu-council", "eu-commission", "nato"),
    *("uk-foreign-office", "un-news", "un-press", "iaea", "kyiv-independent", "ukrainska-pravda"),
    *("kyiv-post", "moscow-times", "meduza", "rfe-rl", "bne-intellinews", "new-york-times"),
    *("wall-street-journal", "washington-post", "politico", "politico-europe", "axios", "the-hill"),
    *("semafor", "cnn", "npr", "abc-news", "defense-one", "bbc", "guardian", "financial-times"),
    *("deutsche-welle", "spiegel-international", "le-monde", "france-24", "euronews", "al-jazeera"),
    *("al-monitor", "middle-east-eye", "haaretz", "times-of-israel", "jerusalem-post"),
    *("tehran-times", "south-china-morning-post", "japan-times", "foreign-policy"),
}

HTTP = {
    "http://en.kremlin.ru/": "answers no https from outside Russia",
    "http://en.kremlin.ru/events/all/feed": "answers no https from outside Russia",
    "http://rss.cnn.com/rss/edition_world.rss": "the checks that found it alive asked over http",
}

WITHOUT_FEED = {
    "reuters": "sells its wire",
    "associated-press": "sells its wire",
    "agence-france-presse": "sells its wire",
    "eeas": "every address in public lists answers 404",
    "ukraine-foreign-ministry": "offers none",
}

AMBIGUOUS = {"the times", "the post"}  # shared on purpose: context decides whose it is

SECRET = re.compile(r"key|token|secret|auth|pass|sig|session|user|client")

GO_BETWEENS = ("news.google.com", "rsshub.app", "openrss.org", "feedx.net", "rss.app")


def outlets() -> list[Block]:
    blocks: list[Block] = tomllib.loads((CATALOGUE / "feeds.toml").read_text("utf-8"))["outlet"]
    return blocks


def feeds() -> list[Block]:
    return [feed for outlet in outlets() for feed in outlet.get("feed", [])]


def wrong_outlets(is_right: Callable[[Block], object]) -> list[str]:
    return [outlet["key"] for outlet in outlets() if not is_right(outlet)]


def wrong_feeds(is_right: Callable[[Block], object]) -> list[str]:
    return [feed["url"] for feed in feeds() if not is_right(feed)]


def names(outlet: Block) -> list[str]:
    return [outlet["name"], *outlet.get("aliases", [])]


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.port is None and (parts.scheme == "https" or url in HTTP)


def query(url: str) -> list[str]:
    return [name.casefold() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]


def test_there_are_enough_outlets_for_a_desk() -> None:
    assert len(outlets()) >= 45


def test_every_outlet_the_desk_cannot_do_without_is_there() -> None:
    assert REQUIRED - {outlet["key"] for outlet in outlets()} == set()


def test_the_file_holds_nothing_but_outlets() -> None:
    document = tomllib.loads((CATALOGUE / "feeds.toml").read_text("utf-8"))
    assert set(document) == {"outlet"}


def test_every_outlet_has_its_fields_and_no_misspelt_one() -> None:
    needed = {"key", "name", "kind", "homepage", "country", "language"}
    assert wrong_outlets(lambda o: needed <= set(o) <= needed | {"aliases", "feed"}) == []


def test_every_key_is_a_slug_and_an_outlets_own() -> None:
    assert wrong_outlets(lambda o: re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", o["key"])) == []
    assert repeated(outlet["key"] for outlet in outlets()) == []


def test_every_outlet_is_of_a_kind_the_product_knows() -> None:
    assert wrong_outlets(lambda o: o["kind"] in get_args(OutletKind)) == []


def test_our_own_site_is_the_only_one_of_its_kind() -> None:
    assert wrong_outlets(lambda o: o["kind"] != "own") == ["responsible-statecraft"]


def test_every_outlet_has_a_country_and_a_language_code() -> None:
    assert wrong_outlets(lambda o: re.fullmatch(r"[A-Z]{2}", o["country"])) == []
    assert wrong_outlets(lambda o: re.fullmatch(r"[a-z]{2}", o["language"])) == []


def test_every_homepage_is_reached_over_https_or_says_why_not() -> None:
    assert wrong_outlets(lambda o: is_safe(o["homepage"])) == []


def test_names_and_aliases_have_no_stray_blanks_and_are_said_once() -> None:
    assert wrong_outlets(lambda o: all(n and n == " ".join(n.split()) for n in names(o))) == []
    assert wrong_outlets(lambda o: not repeated(n.casefold() for n in names(o))) == []


def test_one_name_credits_one_outlet_unless_it_is_known_to_be_ambiguous() -> None:
    whose: defaultdict[str, set[str]] = defaultdict(set)
    for outlet in outlets():
        for name in names(outlet):
            whose[name.casefold()].add(outlet["key"])
    assert {name for name, keys in whose.items() if len(keys) > 1} == AMBIGUOUS


def test_every_outlet_has_a_feed_or_says_why_not() -> None:
    assert wrong_outlets(lambda o: bool(o.get("feed")) != (o["key"] in WITHOUT_FEED)) == []


def test_every_feed_has_an_address_a_title_and_no_misspelt_field() -> None:
    known = {"url", "title", "interval_minutes"}
    assert wrong_feeds(lambda f: {"url", "title"} <= set(f) <= known) == []
    assert wrong_feeds(lambda f: f["title"].strip() == f["title"] != "") == []


def test_no_address_is_polled_twice() -> None:
    # One address written two ways: http or https, with or without www and the last slash.
    plain = (re.sub(r"^https?://(www\.)?|/$", "", feed["url"]).casefold() for feed in feeds())
    assert repeated(plain) == []


def test_every_feed_is_reached_over_https_or_says_why_not() -> None:
    assert wrong_feeds(lambda f: is_safe(f["url"])) == []


def test_no_address_carries_credentials() -> None:
    assert wrong_feeds(lambda f: "@" not in urlsplit(f["url"]).netloc) == []
    assert wrong_feeds(lambda f: not any(SECRET.search(name) for name in query(f["url"]))) == []


def test_every_feed_is_the_publishers_own_and_not_a_go_betweens() -> None:
    assert wrong_feeds(lambda f: not str(urlsplit(f["url"]).hostname).endswith(GO_BETWEENS)) == []


def test_every_feed_is_asked_at_a_polite_pace() -> None:
    def is_polite(feed: Block) -> bool:
        interval = feed.get("interval_minutes", 5)
        return isinstance(interval, int) and 2 <= interval <= 24 * 60

    assert wrong_feeds(is_polite) == []


def test_every_stated_exception_is_still_one() -> None:
    addresses = {feed["url"] for feed in feeds()} | {outlet["homepage"] for outlet in outlets()}
    assert set(HTTP) <= addresses
    assert set(WITHOUT_FEED) <= {outlet["key"] for outlet in outlets()}
