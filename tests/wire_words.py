"""What a test asks of one wire document: its entry, what the wire says, its story."""

from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Custom, Entry, Story, Wire
from tests.builders import NOW, an_answer

NAR = "http://iptc.org/std/nar/2006-10-01/"


def entry_in(body: str | bytes, custom: Custom | None = None) -> Entry:
    document = parse(an_answer(body), custom=custom or Custom())
    [entry] = document.entries
    return entry


def wire_in(body: str | bytes, custom: Custom | None = None) -> Wire:
    wire = entry_in(body, custom).wire
    assert wire is not None
    return wire


def story_in(body: str | bytes) -> Story:
    return normalise(entry_in(body), feed_url="", outlet="bell", now=NOW)
