"""Writes feed documents as publishers do: RSS 2.0, RSS 1.0 and Atom, items given or planted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

from cli.sample.records import SampleFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One item as it stands in one document."""

    guid: str
    link: str
    page: str  # the link without tracking marks
    title: str
    summary: str
    body: tuple[str, ...]
    published: datetime
    updated: datetime
    byline: str
    section: str
    source: tuple[str, str] | None = None  # (feed address, outlet) an aggregator took it from


def document(feed: SampleFeed, items: Sequence[Printed | str], now: datetime) -> bytes:
    """Return one document of the feed; items given as text are put in as they are."""
    frame, write_item = {
        "rss2": (_rss2_frame, _rss2_item),
        "rss1": (_rss1_frame, _rss1_item),
        "atom": (_atom_frame, _atom_item),
    }[feed.layout]
    written = [item if isinstance(item, str) else write_item(feed, item) for item in items]
    head, tail = frame(feed, [item for item in items if isinstance(item, Printed)], now)
    prolog = f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
    text = prolog + head + "\n".join(each.strip() for each in written) + tail
    # What an old code page cannot hold goes out as a character reference, as real ones do it.
    return text.encode(feed.encoding, "xmlcharrefreplace")


def cut_short(text: bytes) -> bytes:
    """Return the document broken off within the text of its last item but one."""
    starts = [found.end() for found in re.finditer(rb"<(description|summary)>", text)]
    return text[: starts[-2] + 24]


def _rss2_frame(feed: SampleFeed, _: Sequence[Printed], now: datetime) -> tuple[str, str]:
    head = f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(feed.outlet)}</title>
<link>{escape(feed.homepage)}</link>
<atom:link rel="self" type="application/rss+xml" href="{escape(feed.url)}"/>
<description>{escape(feed.description)}</description>
<language>{feed.language}</language>
<lastBuildDate>{_rfc822(feed, now)}</lastBuildDate>
"""
    return head, "\n</channel>\n</rss>\n"


def _rss2_item(feed: SampleFeed, item: Printed) -> str:
    permalink = "true" if feed.guid_is_link else "false"
    lines = [
        "<item>",
        f"<title>{escape(item.title, quote=False)}</title>",
        f"<link>{escape(item.link)}</link>",
        f'<guid isPermaLink="{permalink}">{escape(item.guid)}</guid>' if item.guid else "",
        f"<pubDate>{_rfc822(feed, item.published)}</pubDate>",
        f"<dc:creator>{escape(item.byline)}</dc:creator>" if item.byline else "",
        f"<category>{escape(item.section)}</category>" if item.section else "",
        f"<description>{escape(item.summary, quote=False)}</description>" if item.summary else "",
        f"<content:encoded><![CDATA[{_html(item.body)}]]></content:encoded>" if item.body else "",
        f'<source url="{escape(item.source[0])}">{escape(item.source[1])}</source>'
        if item.source
        else "",
        "</item>",
    ]
    return "\n".join(line for line in lines if line)


def _rss1_frame(feed: SampleFeed, items: Sequence[Printed], now: datetime) -> tuple[str, str]:
    places = "\n".join(f'<rdf:li rdf:resource="{escape(item.page)}"/>' for item in items)
    head = f"""<rdf:RDF xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="{escape(feed.url)}">
<title>{escape(feed.outlet)}</title>
<link>{escape(feed.homepage)}</link>
<description>{escape(feed.description)}</description>
<dc:language>{feed.language}</dc:language>
<dc:date>{_iso(feed, now)}</dc:date>
<items><rdf:Seq>
{places}
</rdf:Seq></items>
</channel>
"""
    return head, "\n</rdf:RDF>\n"


def _rss1_item(feed: SampleFeed, item: Printed) -> str:
    lines = [
        f'<item rdf:about="{escape(item.page)}">',
        f"<title>{escape(item.title, quote=False)}</title>",
        f"<link>{escape(item.link)}</link>",
        f"<dc:date>{_iso(feed, item.published)}</dc:date>",
        f"<dc:creator>{escape(item.byline)}</dc:creator>" if item.byline else "",
        f"<dc:subject>{escape(item.section)}</dc:subject>" if item.section else "",
        f"<description>{escape(item.summary, quote=False)}</description>",
        f"<content:encoded><![CDATA[{_html(item.body)}]]></content:encoded>" if item.body else "",
        "</item>",
    ]
    return "\n".join(line for line in lines if line)


def _atom_frame(feed: SampleFeed, _: Sequence[Printed], now: datetime) -> tuple[str, str]:
    head = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}"
  xmlns:at="http://purl.org/atompub/tombstones/1.0">
<id>{escape(feed.url)}</id>
<title>{escape(feed.outlet)}</title>
<subtitle>{escape(feed.description)}</subtitle>
<link rel="alternate" type="text/html" href="{escape(feed.homepage)}"/>
<link rel="self" type="application/atom+xml" href="{escape(feed.url)}"/>
<author><name>{escape(feed.credit)}</name></author>
<updated>{_iso(feed, now)}</updated>
"""
    return head, "\n</feed>\n"


def _atom_item(feed: SampleFeed, item: Printed) -> str:
    content = escape(_html(item.body), quote=False)
    lines = [
        "<entry>",
        f"<id>{escape(item.guid)}</id>",
        f"<title>{escape(item.title, quote=False)}</title>",
        f'<link rel="alternate" type="text/html" href="{escape(item.link)}"/>',
        f"<published>{_iso(feed, item.published)}</published>",
        f"<updated>{_iso(feed, item.updated)}</updated>",
        f"<author><name>{escape(item.byline)}</name></author>" if item.byline else "",
        f'<category term="{escape(item.section)}"/>' if item.section else "",
        f"<summary>{escape(item.summary, quote=False)}</summary>" if item.summary else "",
        f'<content type="html">{content}</content>' if item.body else "",
        "</entry>",
    ]
    return "\n".join(line for line in lines if line)


def _html(paragraphs: Sequence[str]) -> str:
    return "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in paragraphs)


def _local(feed: SampleFeed, moment: datetime) -> datetime:
    return moment.astimezone(timezone(timedelta(hours=feed.offset_hours)))


def _rfc822(feed: SampleFeed, moment: datetime) -> str:
    return format_datetime(_local(feed, moment))


def _iso(feed: SampleFeed, moment: datetime) -> str:
    return _local(feed, moment).isoformat()
