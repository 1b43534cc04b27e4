"""Documents of an invented agency, Tide Wire, in the formats that agencies use.

All of it is made up by us and stands on example domains.
"""

from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from tests.rounds import MONDAY

GUID = "urn:newsml:tide-wire.example:20260309:1001"
PARAGRAPH = (
    "Port Lucan, March 9 - Two delegations met on Monday over the night ferry between the islands, "
    "a spokeswoman said, and agreed to meet again on Thursday. Nobody spoke of the price. The "
    "harbour master said that 12 ferries would sail until then, and that the mail would go with "
    "the first of them."
)


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def g2(  # each is a field of the format
    *,
    guid: str = GUID,
    version: int | None = 1,
    made: datetime = MONDAY,
    headline: str = "Ferry talks resume at Port Lucan",
    body: str = PARAGRAPH,
    status: str = "usable",
    embargoed: str | None = None,
    signal: str = "",
    note: str = "",
) -> bytes:
    """A NewsML-G2 item; `embargoed` '' is an embargo without an end."""
    embargo = "" if embargoed is None else f"<embargoed>{embargoed}</embargoed>"
    signalled = f'<signal qcode="sig:{signal}"/>' if signal else ""
    noted = f"<edNote>{escape(note)}</edNote>" if note else ""
    numbered = "" if version is None else f' version="{version}"'
    paragraphs = f"<p>{escape(body)}</p>" if body else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid={quoteattr(guid)}{numbered}
  standard="NewsML-G2" standardversion="2.35" conformance="power" xml:lang="en">
 <itemMeta><itemClass qcode="ninat:text"/><provider literal="tide-wire.example"/>
  <versionCreated>{moment(made)}</versionCreated>{embargo}
  <pubStatus qcode="stat:{status}"/>{noted}{signalled}</itemMeta>
 <contentMeta><headline>{escape(headline)}</headline></contentMeta>
 <contentSet><inlineXML contenttype="application/xhtml+xml">
  <html xmlns="http://www.w3.org/1999/xhtml"><body>{paragraphs}</body></html>
 </inlineXML></contentSet>
</newsItem>""".encode()


def nitf(  # each is a field of the format
    *,
    doc_id: str = "tide-20260309-7",
    made: datetime = MONDAY,
    headline: str = "Ferry talks resume at Port Lucan",
    body: str = PARAGRAPH,
    status: str = "usable",
    acts_on: str = "",
    release: str = "",
    message: str = "",
) -> bytes:
    """A NITF article, or a notice that acts on another."""
    named = f" management-doc-idref={quoteattr(acts_on)}" if acts_on else ""
    released = f"<date.release norm={quoteattr(release)}/>" if release else ""
    told = f"<ed-msg info={quoteattr(message)}/>" if message else ""
    paragraphs = f"<p>{escape(body)}</p>" if body else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<nitf><head><docdata management-status="{status}"{named}>
  <doc-id id-string={quoteattr(doc_id)} regsrc="TIDE"/><date.issue norm="{moment(made)}"/>
  {released}{told}</docdata></head>
 <body><body.head><hedline><hl1>{escape(headline)}</hl1></hedline></body.head>
  <body.content>{paragraphs}</body.content></body></nitf>""".encode()


def iptc7901(
    number: int, text: str, *, made: datetime = MONDAY, source: str = "tid", slug: str = "Ferries"
) -> bytes:
    """An IPTC 7901 message: its identity is source, number and day, all else is in the text."""
    stamp = f"{made:%d%H%M} GMT {made:%b} {made:%y}"
    return (
        f"\x01{source}{number:04d} 3 pl 60  {source} {number:04d}\x02\r\n"
        f"{slug}\r\n{text}\r\n\x03{stamp}\r\n\x04"
    ).encode()
