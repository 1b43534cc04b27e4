"""An instalment as a NewsML-G2 news item."""

from lxml import etree
from lxml.etree import _Element as Element

from pipeline.render.handed import Handed, clean, content, moment, moved

_G2 = "http://iptc.org/std/nar/2006-10-01/"
_XHTML = "http://www.w3.org/1999/xhtml"
_CATALOG = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def newsml_g2(instalment: Handed) -> bytes:
    """Return the document. Elements stand in the order that the standard's schema asks for."""
    root = etree.Element(
        f"{{{_G2}}}newsItem",
        {
            "guid": instalment.guid,
            "version": str(instalment.version),
            "standard": "NewsML-G2",
            "standardversion": "2.35",
            "conformance": "power",
            _LANG: instalment.language,
        },
        nsmap={None: _G2},
    )
    _add(root, "catalogRef", href=_CATALOG)
    _add_item_meta(root, instalment)
    _add_content_meta(root, instalment)
    inside = _add(_add(root, "contentSet"), "inlineXML", contenttype="application/xhtml+xml")
    page = etree.SubElement(inside, f"{{{_XHTML}}}html", nsmap={None: _XHTML})
    head = etree.SubElement(page, f"{{{_XHTML}}}head")
    etree.SubElement(head, f"{{{_XHTML}}}title").text = clean(instalment.title)
    body = etree.SubElement(page, f"{{{_XHTML}}}body")
    for one in content(instalment, "h2"):
        body.append(moved(one, _XHTML))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=False)


def _add_item_meta(root: Element, instalment: Handed) -> None:
    meta = _add(root, "itemMeta")
    _add(meta, "itemClass", qcode="ninat:text")
    _add(_add(meta, "provider", literal=clean(instalment.provider)), "name", instalment.provider)
    _add(meta, "versionCreated", moment(instalment.version_created))
    _add(meta, "firstCreated", moment(instalment.first_created))
    _add(meta, "pubStatus", qcode=f"stat:{instalment.status}")
    _add(meta, "title", f"{instalment.series_title} No. {instalment.number}")
    if instalment.said:
        _add(meta, "edNote", instalment.said)
    if instalment.signal:
        _add(meta, "signal", qcode=f"sig:{instalment.signal}")
    for guid, title in instalment.previous:
        _add(_add(meta, "link", rel="irel:seeAlso", residref=guid), "title", title)


def _add_content_meta(root: Element, instalment: Handed) -> None:
    meta = _add(root, "contentMeta")
    _add(meta, "contentCreated", moment(instalment.first_created))
    _add(meta, "contentModified", moment(instalment.version_created))
    _add(meta, "language", tag=instalment.language)
    _add(meta, "slugline", instalment.series)
    _add(meta, "headline", instalment.title)
    if instalment.subhead:
        _add(meta, "description", instalment.subhead)


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    made = etree.SubElement(parent, f"{{{_G2}}}{name}", attributes)
    if text:
        made.text = clean(text)
    return made
