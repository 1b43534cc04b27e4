"""XML that is no feed's, by way of lxml: nothing is fetched, unfolded or looked up."""

from lxml import etree


def tree(body: bytes, codec: str) -> etree._Element | None:
    """Return the root of a document, read as far as it goes; None where there is none.

    Entities, DTDs and anything outside stay closed; `codec` is the encoding of `body`.
    """
    parser = etree.XMLParser(
        encoding="utf-8",  # the one name that every libxml2 knows
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(body.decode(codec, "replace").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None  # nothing at all is left of it


def inner_text(element: etree._Element | None) -> str:
    """Return all text inside an element, '' for none."""
    return "".join(element.itertext()) if element is not None else ""
