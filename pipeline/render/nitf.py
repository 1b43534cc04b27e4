"""An instalment as a NITF document: a fixture that comes back, and a part of its series."""

from lxml import etree
from lxml.etree import _Element as Element

from pipeline.render.handed import Handed, clean, content, moment, moved

_NITF = "http://iptc.org/std/NITF/2006-10-18/"
_URGENCY = "4"


def nitf(instalment: Handed) -> bytes:
    """Return the document. Of a series that goes on there is no total."""
    root = etree.Element(f"{{{_NITF}}}nitf", nsmap={None: _NITF})
    head = _add(root, "head")
    _add(head, "title", instalment.title)
    _add_docdata(head, instalment)
    body = _add(root, "body")
    body.set("{http://www.w3.org/XML/1998/namespace}lang", instalment.language)
    top = _add(body, "body.head")
    headline = _add(top, "hedline")
    _add(headline, "hl1", instalment.title)
    if instalment.subhead:
        _add(headline, "hl2", instalment.subhead)
    _add(top, "distributor", instalment.provider)
    text = _add(body, "body.content")
    for one in content(instalment, "hl2"):
        text.append(moved(one, _NITF))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add_docdata(head: Element, instalment: Handed) -> None:
    data = _add(head, "docdata", **{"management-status": instalment.status})
    this, before = (f"{instalment.guid}:v{n}" for n in (instalment.version, instalment.version - 1))
    source = clean(instalment.provider)
    if instalment.signal == "correction":
        _add(data, "correction", info=clean(instalment.said), **{"id-string": before})
    _add(data, "doc-id", regsrc=source, **{"id-string": this})
    _add(data, "urgency", **{"ed-urg": _URGENCY})
    _add(data, "fixture", **{"fix-id": instalment.series})
    _add(data, "date.issue", norm=moment(instalment.version_created))
    _add(
        data,
        "series",
        **{
            "series.name": clean(instalment.series_title),
            "series.part": str(instalment.number),
        },
    )
    if instalment.said and instalment.signal != "correction":
        _add(data, "ed-msg", info=clean(instalment.said))
    _add(
        data,
        "du-key",
        key=instalment.guid,
        generation=str(instalment.generation),
        version=str(instalment.version),
    )


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    made = etree.SubElement(parent, f"{{{_NITF}}}{name}", attributes)
    if text:
        made.text = clean(text)
    return made
