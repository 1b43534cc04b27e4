"""The sample newsroom: the same at every writing, readable, and as awkward as its table says."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from cli.sample.newsroom import FEEDS, WEEK_END, WEEK_START, expected, stories, write_newsroom
from cli.sample.reading import MATERIAL
from cli.sample.wires import WIRES, write_wires
from pipeline.parse import parse
from tests.builders import an_answer

# RFC 2606: these can never belong to anyone.
EXAMPLE_HOST = re.compile(r"(^|\.)(example|example\.(com|net|org))$")
NAMESPACES = {"www.w3.org", "purl.org"}  # named inside documents, never asked

BROKEN = {
    "vantage-broadcasting/20260310T180000.xml": "document broken off",
    "dnipro-dispatch/20260311T000000.xml": "web page with status 200",
    "nile-delta-gazette/20260310T120000.xml": "empty document",
}

# case, feed, what must stand in one and the same document of that feed
CASES = [
    ("retitled, cosmetic", "vantage-broadcasting", ["Lava reaches road to Grindavik"]),
    ("retitled, cosmetic", "vantage-broadcasting", ["Lava Reaches Road to Grindavik"]),
    ("retitled, substantive", "albion-courier", ["Ministers rule out charge"]),
    ("retitled, substantive", "albion-courier", ["Ministers consider charge"]),
    ("re-dated without a change", "vantage-broadcasting", ["Thu, 12 Mar 2026 06:30:00 +0000"]),
    ("guid reused for another story", "albion-courier", ["?p=9001", "Skerry Air"]),
    ("guid reused for another story", "albion-courier", ["?p=9001", "Airport noise"]),
    (
        "wire copy with dateline and boilerplate",
        "calder-tribune",
        ["KYIV, March 8 (Meridian Wire) - ", "publishes Meridian Wire copy by arrangement"],
    ),
    (
        "copy cut short under a new headline",
        "khalij-monitor",
        ["delegations due in Istanbul", "ANKARA, March 7 (Norrsund) - "],
    ),
    ("UPDATE under one guid", "meridian-wire", ["UPDATE 2-Russia and Ukraine swap"]),
    ("CORRECTED under one guid", "meridian-wire", ["CORRECTED-Nineteen Ukrainian children"]),
    ("CORRECTED with a new guid, prefixes stacked", "market-bell", ["CORRECTED-UPDATE 1-IMF"]),
    ("kill notice", "meridian-wire", ["KILL KILL KILL Kazakhstan", ">MW39001<"]),
    ("STORY WITHDRAWN", "norrsund-press", ["STORY WITHDRAWN: Baltic cable"]),
    ("Atom tombstone", "norrsund-press", ["<at:deleted-entry ref="]),
    ("embargo in an editor's note", "state-press-office", ["EMBARGOED until 1200 GMT on Friday"]),
    ("guid missing", "khalij-monitor", ["Pearl divers"]),
    ("date missing", "khalij-monitor", ["Doha metro to run"]),
    ("guid and date missing", "khalij-monitor", ["Falcon hospital"]),
    ("guid and link missing", "two-rivers-radio", ["story about the Mill Street bridge"]),
    ("guid repeated in one document", "khalij-monitor", ["date palms", "camel race"]),
    ("guid that is no permalink", "meridian-wire", ['<guid isPermaLink="false">MW']),
    ("tracking marks", "calder-tribune", ["?utm_source=rss&amp;utm_medium=feed"]),
    ("query that is the identity", "khalij-monitor", ["story.php?id=40007&amp;utm_source=feed"]),
    ("relative link", "nile-delta-gazette", ["<link>/news/91003/nile-perch-manzala</link>"]),
    ("http and https of one page", "two-rivers-radio", ["<link>http://two-rivers-radio"]),
    ("http and https of one page", "two-rivers-radio", ["levy-recount?utm_source=rss"]),
    (
        "one page in two feeds of an outlet",
        "meridian-wire-top",
        ["<link>http://www.meridian-wire.example/article/", "?utm_source=top", ">top:"],
    ),
    ("one page in the aggregator", "frontpage-sieve", ["utm_source=frontpage-sieve", "<source"]),
    ("credit in a headline", "frontpage-sieve", ["- The Harrowgate Sentinel</title>"]),
    ("date in the future", "strait-lantern", ["Mon, 09 Mar 2026 13:40:00 GMT"]),
    ("date that is no date", "galata-post", ["<dc:date>Monday, before noon</dc:date>"]),
    ("date that does not exist", "nile-delta-gazette", ["Sun, 31 Feb 2026"]),
    ("two-digit year, odd zone", "levant-record", ["Tue, 10 Mar 26 11:12 IDT"]),
    ("entities escaped twice", "albion-courier", ["Smythe &amp;amp; Daughters"]),
    ("script in a headline", "khalij-monitor", ["open&lt;script&gt;document"]),
    ("javascript link", "khalij-monitor", ["<link>javascript:openGallery"]),
    ("mixed quotation marks", "two-rivers-radio", ['“We just want the ducks back," says']),
    ("nested quotation marks", "dnipro-dispatch", ["It means “without hurry.”"]),
    ("bracketed insertion", "dnipro-dispatch", ["Gulf observers [at power plants], and we"]),
    (
        "quotation over two paragraphs",
        "state-press-office",
        ["we mean to respect both.</p>\n<p>“I will say the same"],
    ),
    ("malformed item", "levant-record", ["Olive press & garden", "<b>1840 and still turn."]),
    ("Ukrainian, in windows-1251", "andriivskyi-visnyk", ['"windows-1251"', "Переговори"]),
    ("French, in iso-8859-1", "matin-des-quais", ['"iso-8859-1"', "négociations"]),
    ("Arabic headline", "khalij-monitor", ["مباحثات في الدوحة"]),
    ("Chinese headline", "strait-lantern", ["中国特别代表郭文岚访问基辅"]),
    ("soft hyphens, no-break spaces", "rond-point", ["Haus\u00adhalts", "€890\u00a0million"]),
    ("emoji", "two-rivers-radio", ["🐢", "👍🏽"]),
    ("live page", "vantage-broadcasting", ["Ukraine war live: Talks end"]),
    ("another outlet's round-up", "albion-courier", ["Ukraine briefing: Istanbul protocol"]),
    ("earlier instalments of the same name", "measured-statecraft", ["Diplomacy Watch: Three"]),
    ("battlefield report that mentions talks", "dnipro-dispatch", ["before talks in Istanbul."]),
    ("same envoy, other errand", "meridian-wire", ["Armenia, Azerbaijan border text nearly"]),
    ("two series at once", "khalij-monitor", ["cover Gaza hostages and Ukraine"]),
    ("exclusive credited by others", "meridian-wire", ["for Russia -Continental Ledger</title>"]),
    (
        "false friends of headline marks",
        "calder-tribune",
        ["Hold the Line: Why", "Retracted Claim"],
    ),
]
# Found by more than a look at one document: each has a test of its own.
OWN_TESTS = {
    "gone and back",
    "late arrival",
    "document broken off",
    "web page with status 200",
    "empty document",
    "very long item",
}


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("newsroom")
    write_newsroom(directory)
    return directory


def documents(newsroom: Path) -> dict[str, bytes]:
    found = sorted(newsroom.glob("*/*"))
    return {path.relative_to(newsroom).as_posix(): path.read_bytes() for path in found}


def texts(newsroom: Path, folder: str) -> list[str]:
    encodings = {feed.folder: feed.encoding for feed in FEEDS}
    return [
        path.read_bytes().decode(encodings[folder])
        for path in sorted((newsroom / folder).iterdir())
    ]


@cache
def entries(content: bytes) -> tuple[Mapping[str, object], ...]:
    parsed = feedparser.parse(BytesIO(content))["entries"]
    assert isinstance(parsed, list)
    return tuple(parsed)


def test_two_writes_are_equal_byte_for_byte(newsroom: Path, tmp_path: Path) -> None:
    write_newsroom(tmp_path)
    assert documents(tmp_path) == documents(newsroom)


def test_every_feed_has_a_folder_and_names_tell_the_time(newsroom: Path) -> None:
    assert {path.name for path in newsroom.iterdir()} == {feed.folder for feed in FEEDS}
    first = f"{WEEK_START:%Y%m%dT%H%M%S}.xml"
    last = f"{WEEK_END:%Y%m%dT%H%M%S}.xml"
    for name in documents(newsroom):
        assert re.fullmatch(r"202603\d\dT(00|06|12|18)0000\.xml", name.partition("/")[2])
        assert first <= name.partition("/")[2] <= last


def test_successive_documents_differ_and_overlap(newsroom: Path) -> None:
    by_feed = defaultdict(list)
    for name, content in documents(newsroom).items():
        if name not in BROKEN:
            by_feed[name.partition("/")[0]].append(content)
    for folder, contents in by_feed.items():
        assert len(set(contents)) == len(contents), folder
        titles = [{entry.get("title") for entry in entries(content)} for content in contents]
        assert all(titles[i] & titles[i + 1] for i in range(len(titles) - 1)), folder


def test_every_document_that_is_not_broken_holds_items(newsroom: Path) -> None:
    for name, content in documents(newsroom).items():
        if BROKEN.get(name) in {"web page with status 200", "empty document"}:
            assert not entries(content), name
        else:
            assert entries(content), name


def test_only_the_planted_documents_are_not_well_formed(newsroom: Path) -> None:
    damaged = {
        name
        for name, content in documents(newsroom).items()
        if feedparser.parse(BytesIO(content)).get("bozo") and entries(content)
    }
    assert len(damaged) == expected().damaged_documents
    assert all(name in BROKEN or name.startswith("levant-record/") for name in damaged)


def test_all_addresses_are_example_domains(newsroom: Path) -> None:
    for name, content in documents(newsroom).items():
        hosts = {
            urlsplit(address).hostname or ""
            for address in re.findall(r"https?://[^\s\"'<>&]+", content.decode("latin-1"))
        }
        strangers = {host for host in hosts - NAMESPACES if not EXAMPLE_HOST.search(host)}
        assert not strangers, name


def test_every_channel_says_that_it_is_invented() -> None:
    for feed in FEEDS:
        assert "invented" in feed.description, feed.folder
        assert "sample newsroom" in feed.description, feed.folder


@pytest.mark.parametrize(("case", "folder", "needles"), CASES)
def test_each_awkward_case_is_in_the_bytes(
    newsroom: Path, case: str, folder: str, needles: list[str]
) -> None:
    held = [all(needle in text for needle in needles) for text in texts(newsroom, folder)]
    assert any(held), case


def test_the_table_of_awkward_cases_and_the_tests_agree() -> None:
    table = (MATERIAL / "README.md").read_text(encoding="utf-8").partition("## What is awkward")[2]
    named = {row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")}
    assert named - {"Case"} == {case for case, _, _ in CASES} | OWN_TESTS


def test_broken_documents_are_broken_as_said(newsroom: Path) -> None:
    written = documents(newsroom)
    assert written["nile-delta-gazette/20260310T120000.xml"] == b""
    assert b"<!DOCTYPE html>" in written["dnipro-dispatch/20260311T000000.xml"]
    cut = written["vantage-broadcasting/20260310T180000.xml"]
    assert cut.count(b"<item>") > cut.count(b"</item>") > 0


def test_what_a_broken_document_hid_is_shown_by_the_next(newsroom: Path) -> None:
    for name in BROKEN:
        folder, _, own = name.partition("/")
        later = [path for path in sorted((newsroom / folder).iterdir()) if path.name > own]
        assert later
        before = [path for path in sorted((newsroom / folder).iterdir()) if path.name < own]
        held = {entry.get("title") for entry in entries(later[0].read_bytes())}
        assert held & {entry.get("title") for entry in entries(before[-1].read_bytes())}


def test_one_story_goes_and_comes_back(newsroom: Path) -> None:
    shown = [
        "The Town That Voted for Its Own Lake" in text for text in texts(newsroom, "calder-tribune")
    ]
    runs = re.sub(r"(.)\1+", r"\1", "".join("+" if each else "-" for each in shown))
    assert runs.startswith("-+-+")


def test_one_story_arrives_a_week_late(newsroom: Path) -> None:
    held = [
        (path.name, "Fri, 27 Feb 2026" in path.read_text(encoding="utf-8"))
        for path in sorted((newsroom / "calder-tribune").iterdir())
    ]
    assert next(name for name, is_held in held if is_held) == "20260308T180000.xml"


def test_one_item_is_very_long(newsroom: Path) -> None:
    last = texts(newsroom, "vantage-broadcasting")[-1]
    items = re.findall(r"<item>.*?</item>", last, flags=re.DOTALL)
    assert max(map(len, items)) > 60_000


def test_counted_documents_are_the_written_ones(newsroom: Path) -> None:
    facts = expected()
    written = documents(newsroom)
    unreadable = [name for name, content in written.items() if not entries(content)]
    assert facts.feeds == len(FEEDS) == 24
    assert facts.documents == len(written)
    assert facts.unreadable_documents == len(unreadable) == 2


def test_distinct_stories_counted_from_the_bytes_lie_within_the_stated_bounds(
    newsroom: Path,
) -> None:
    """Counts by the identity rule alone: items that share (feed, guid) or address are one."""
    root: dict[object, object] = {}

    def find(key: object) -> object:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for name, content in documents(newsroom).items():
        folder = name.partition("/")[0]
        for entry in entries(content):
            link = str(entry.get("link", ""))
            keys: list[object] = []
            if entry.get("id"):
                keys.append((folder, entry["id"]))
            if link and not link.startswith("javascript:"):
                keys.append(canonical(link))
            keys = keys or [(folder, entry.get("title"), entry.get("summary"))]
            for key in keys[1:]:
                root[find(key)] = find(keys[0])
            find(keys[0])
    counted = len({find(key) for key in list(root)})
    assert expected().stories_at_least <= counted <= expected().stories_at_most


def canonical(link: str) -> str:
    address = urlsplit(link)
    kept = [part for part in address.query.split("&") if not part.startswith("utm_")]
    return f"{address.netloc}{address.path}?{'&'.join(kept)}"


def test_addresses_and_guids_are_each_storys_own() -> None:
    told = stories()
    assert len({story.url for story in told}) == len(told)
    with_guid = [(story.feed, story.guid) for story in told if story.guid]
    assert len(set(with_guid)) == len(with_guid)


def test_no_two_stories_of_a_feed_share_a_headline() -> None:
    told = [(story.feed, story.title) for story in stories()]
    assert len(set(told)) == len(told)


def test_the_shipped_series_find_material_and_most_of_the_week_is_other_news() -> None:
    facts = expected()
    assert set(facts.series_stories) == {"diplomacy-watch", "gaza-talks", "iran-talks"}
    assert facts.developments["diplomacy-watch"] >= 25
    assert facts.developments["gaza-talks"] >= 8
    assert facts.developments["iran-talks"] >= 5
    belonging = [story for story in stories() if story.series]
    assert len([story for story in belonging if len(story.series) > 1]) >= 2
    assert len(belonging) < facts.stories_at_least / 2


def test_copies_name_the_wire_story_they_carry() -> None:
    told = {story.url: story for story in stories()}
    copies = [story for story in told.values() if story.copy_of]
    assert len(copies) > 60
    for copy in copies:
        wire = told[copy.copy_of]
        assert not wire.copy_of
        assert wire.feed != copy.feed
        assert wire.published < copy.published, copy.title


def test_nothing_is_published_outside_its_week_but_the_backlog_and_one_late_story() -> None:
    early = [story for story in stories() if story.published < WEEK_START]
    assert all(story.published <= WEEK_END for story in stories())
    assert min(story.published for story in early).isoformat() == "2026-02-27T15:00:00+00:00"


def test_the_wires_are_written_as_they_stand_and_say_that_they_are_invented(tmp_path: Path) -> None:
    write_wires(tmp_path)
    for wire in WIRES:
        written = sorted((tmp_path / wire.folder).iterdir())
        assert [path.read_bytes() for path in written] == [
            path.read_bytes() for path in wire.documents
        ]
        for path in written:
            assert "invented for the serieswatch sample newsroom" in path.read_text()
            document = parse(an_answer(path.read_bytes()))
            assert document.entries
            assert not document.problems
            assert not any(entry.problems for entry in document.entries)
