"""XML is read sealed, whoever asks for it."""

from pathlib import Path

import pytest
from lxml import etree

from pipeline.sealed_xml import parser


@pytest.mark.parametrize("is_lenient", [True, False])
@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY word "unfolded">',
        '<!ENTITY word SYSTEM "{secret}">',
        '<!ENTITY % more SYSTEM "{dtd}"> %more;',
    ],
)
def test_no_entity_is_unfolded_wherever_it_is_declared(
    declared: str, *, is_lenient: bool, tmp_path: Path
) -> None:
    (secret := tmp_path / "secret.txt").write_text("unfolded")
    (dtd := tmp_path / "more.dtd").write_text('<!ENTITY word "unfolded">')
    doctype = declared.format(secret=secret.as_uri(), dtd=dtd.as_uri())
    read = etree.fromstring(
        f"<!DOCTYPE a [{doctype}]><a>It is &word; here</a>".encode(), parser(is_lenient=is_lenient)
    )
    assert b"unfolded" not in etree.tostring(read, with_tail=False)
    assert "unfolded" not in "".join(read.itertext())


def test_comments_and_instructions_are_no_text() -> None:
    read = etree.fromstring(b"<a>one<!-- two --><?three four?> five</a>", parser(is_lenient=False))
    assert "".join(read.itertext()) == "one five"


def test_what_is_not_well_formed_is_read_as_far_as_it_goes_only_where_one_is_lenient() -> None:
    torn = b"<a><b>first</b><b>second"
    read = etree.fromstring(torn, parser(is_lenient=True))
    assert [one.text for one in read] == ["first", "second"]
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(torn, parser(is_lenient=False))
