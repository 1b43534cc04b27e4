"""An instalment as a ninjs item."""

import json

from pipeline.render.handed import Handed, clean, html, moment, plain

_SCHEMA = "http://www.iptc.org/std/ninjs/ninjs-schema_2.2.json"


def ninjs(instalment: Handed) -> bytes:
    """Return the document. ninjs has no signal: a correction is said in the note to editors."""
    said = clean(instalment.said)
    note = f"Correction: {said}" if instalment.signal == "correction" else said
    item: dict[str, object] = {
        "uri": instalment.guid,
        "standard": {"name": "ninjs", "version": "2.2", "schema": _SCHEMA},
        "type": "text",
        "version": str(instalment.version),
        "firstcreated": moment(instalment.first_created),
        "versioncreated": moment(instalment.version_created),
        "pubstatus": instalment.status,
        "language": instalment.language,
        "infosources": [{"name": clean(instalment.provider)}],
        "slugline": instalment.series,
        "title": clean(f"{instalment.series_title} No. {instalment.number}"),
        "headlines": [{"role": "main", "value": clean(instalment.title)}],
        "bodies": [
            {"role": "main", "contenttype": "text/html", "value": html(instalment)},
            {"role": "plain", "contenttype": "text/plain", "value": plain(instalment)},
        ],
    }
    if instalment.subhead:
        item["descriptions"] = [{"role": "subhead", "value": clean(instalment.subhead)}]
    if note:
        item["ednote"] = note
    if instalment.previous:
        item["associations"] = [
            {"name": f"previous-{place}", "uri": guid, "title": clean(title)}
            for place, (guid, title) in enumerate(instalment.previous, start=1)
        ]
    return json.dumps(item, ensure_ascii=False, indent=2).encode()
