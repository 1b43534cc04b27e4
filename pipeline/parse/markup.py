"""XML that is no feed's, by way of lxml: nothing is fetched, unfolded or looked up."""

from lxml import etree

from pipeline.sealed_xml import parser


def tree(body: bytes, codec: str) -> etree._Element | None:
    """Return the root of a document, read as far as it goes; None where there is none.

    Entities, DTDs and anything outside stay closed; `codec` is the encoding of `body`.
    """
    plain = body.decode(codec, "replace").encode("utf-8", "replace")
    try:
        return etree.fromstring(plain, parser(is_lenient=True))
    except etree.XMLSyntaxError:
        return None  # nothing at all is left of it


def inner_text(element: etree._Element | None) -> str:
    """Return all text inside an element, '' for none."""
    return "".join(element.itertext()) if element is not None else ""
