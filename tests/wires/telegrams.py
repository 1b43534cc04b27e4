"""IPTC 7901: a story, a kill of it by number, a header that is none, another charset. Invented, on example domains."""

from datetime import UTC, datetime

from pipeline.records import ActsOn, Document, Entry, Refused, Subject, Wire

DOCUMENT = Document(
    format="iptc7901",
    entries=(
        Entry(
            position=0,
            guid="bel:0123:2024-05-31",
            base_url="https://wire.example/feed",
            title="Envoys meet again",
            content="<p>Northaven (bel) - Envoys met on Friday.</p><p>They will meet again.</p>",
            published=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            published_raw="310930 May 24",
            updated=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            updated_raw="310930 May 24",
            wire=Wire(
                version_created=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
                source="bel",
                number="0123",
                slug="Envoys/Northaven/",
                subjects=(Subject(scheme="category", code="pl"),),
                urgency=4,
                others={"words": "0042", "header": "Northaven"},
            ),
        ),
        Entry(
            position=1,
            guid="bel:0157:2024-05-31",
            base_url="https://wire.example/feed",
            title="KILL KILL KILL",
            content="<p>Please kill item bel 123 (Envoys meet again). It is invented for the tests.</p>",
            published=datetime(2024, 5, 31, 11, 30, 0, tzinfo=UTC),
            published_raw="311130 May 24",
            updated=datetime(2024, 5, 31, 11, 30, 0, tzinfo=UTC),
            updated_raw="311130 May 24",
            wire=Wire(
                version_created=datetime(2024, 5, 31, 11, 30, 0, tzinfo=UTC),
                status="canceled",
                action="kill",
                acts_on=(ActsOn(source="bel", number="123", status="canceled"),),
                source="bel",
                number="0157",
                slug="Envoys/Northaven/",
                subjects=(Subject(scheme="category", code="pl"),),
                urgency=3,
                others={"words": "0020", "header": "Northaven"},
            ),
        ),
        Entry(
            position=3,
            guid="bel:0158:98d0a6eea9301ece",
            base_url="https://wire.example/feed",
            title="REFILE: Envoys meet again in Münster",
            content="<p>Refiled: 1 &lt; 2 &amp; &lt;b&gt;so on&lt;/b&gt;.</p>",
            wire=Wire(
                action="refile",
                source="bel",
                number="0158",
                slug="Envoys/Northaven/",
                subjects=(Subject(scheme="category", code="pl"),),
                urgency=4,
            ),
        ),
    ),
    refused=(
        Refused(
            position=2,
            reason="its header 'no header at all' names no source and number",
            raw=b"\x01no header at all\r\n\x02Text\r\n\x03\x04\r\n",
        ),
    ),
    problems=("its bytes are not UTF-8 and were read as windows-1252: set its source's charset",),
)
