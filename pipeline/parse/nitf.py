"""NITF 3: one article a document, with what its management data says of it and of others."""

from collections.abc import Iterator

from pipeline.errors import UnreadableFeed
from pipeline.parse.bodies import html_inside
from pipeline.parse.elements import (
    Element,
    all_of,
    attribute,
    bytes_of,
    first,
    language_of,
    line,
    name_of,
    text_of_answer,
    tree_of_text,
)
from pipeline.parse.pieces import is_torn, told
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.wires import Collected, Notes, Words, carried, embargo_of, entry_of
from pipeline.records import (
    ActsOn,
    Answer,
    Custom,
    Document,
    Entry,
    Subject,
    Wire,
    WireAction,
    WireStatus,
)

_ACTIONS: dict[WireStatus, WireAction] = {
    "usable": "update",
    "withheld": "withhold",
    "canceled": "kill",
}
_READ = frozenset(
    """
    correction date.expire date.issue date.release doc-id du-key ed-msg fixture identified-content
    key-list series urgency
    """.split(),  # noqa: SIM905 - plainer than a dozen quoted names
)


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of a NITF article. Raises UnreadableFeed if there is none."""
    text, problems = text_of_answer(answer, sniffed)
    root, fault = tree_of_text(text)
    if root is None or name_of(root) != "nitf":
        raise UnreadableFeed(answer.url, "this is called NITF, but there is no article in it")
    if fault and is_torn(text, "nitf"):
        raise UnreadableFeed(answer.url, f"it breaks off before its end: {fault}")
    collected = Collected(answer)
    notes = Notes(custom, [*problems, *told(fault)])
    collected.take(0, lambda: article(root, notes, answer.url), lambda: bytes_of(root))
    return collected.document("nitf")


def article(root: Element, notes: Notes, base_url: str) -> Entry:
    """Return the entry of a NITF article. Raises NoItem for one that has nothing to say."""
    docdata = first(root, "head", "docdata")
    issue = attribute(first(docdata, "date.issue"), "norm")
    issued = notes.moment(issue)
    words = words_of(root)
    return entry_of(
        0,
        Words(
            guid=attribute(first(docdata, "doc-id"), "id-string"),
            title=words.title or line(first(root, "head", "title")),
            summary=words.summary,
            content=words.content,
            byline=words.byline,
            language=language_of(first(root, "body")),
            published=issued,
            published_raw=issue,
            updated=issued,
            updated_raw=issue,
        ),
        _wire(root, docdata, notes),
        notes,
        base_url,
        has_words=True,
    )


def words_of(root: Element) -> Words:
    """Return the words of an article, which may stand in another format's item."""
    head = first(root, "body", "body.head")
    byline = first(head, "byline")
    return Words(
        title=line(first(head, "hedline", "hl1")),
        summary=html_inside(first(head, "abstract")),
        content=html_inside(first(root, "body", "body.content")),
        byline=_byline(byline),
    )


def _byline(byline: Element | None) -> str:
    """Return the writers' names as printed; their title only where it stands alone."""
    if byline is None:
        return ""
    title = line(first(byline, "byttl"))
    whole = line(byline)
    return whole.removesuffix(title).strip() or title if title else whole


def _wire(root: Element, docdata: Element | None, notes: Notes) -> Wire:
    status_raw = attribute(docdata, "management-status")
    is_embargoed = status_raw.lower() == "embargoed"
    status = notes.status("" if is_embargoed else status_raw, what="management-status")
    acts_on, action = _acts_on(docdata, status, notes)
    dated = first(docdata, "date.release")
    release_raw = attribute(dated, "norm") or line(dated)
    release = notes.moment(release_raw)
    issued = notes.moment(attribute(first(docdata, "date.issue"), "norm"))
    is_held = release is not None and (issued is None or release > issued)
    # A release that cannot be read is an embargo without a known end: nothing goes out by mistake.
    is_embargoed = is_embargoed or (bool(release_raw) and release is None)
    du_key, series = first(docdata, "du-key"), first(docdata, "series")
    messages = list(all_of(docdata, "ed-msg"))
    corrections = [attribute(one, "info") for one in all_of(docdata, "correction")]
    dateline = first(root, "body", "body.head", "dateline")
    return Wire(
        kind="text",
        lineage=_lineage(du_key),
        version=attribute(du_key, "version") or attribute(du_key, "generation") or None,
        version_created=issued,
        status=status,
        action=action,
        acts_on=acts_on,
        embargo=embargo_of(release if is_held else None, is_embargoed=is_embargoed),
        ed_note="; ".join(note for one in messages if (note := _note(one))),
        explanation="; ".join(filter(None, corrections)),
        expires=notes.moment(attribute(first(docdata, "date.expire"), "norm")),
        source=attribute(first(docdata, "doc-id"), "regsrc"),
        dateline=line(dateline),
        credit=line(first(root, "body", "body.head", "distributor")),
        slug=attribute(du_key, "key"),
        subjects=tuple(_subjects(root, docdata)),
        urgency=notes.urgency(attribute(first(docdata, "urgency"), "ed-urg")),
        genre=_genre(root),
        role=attribute(first(root, "head", "tobject"), "tobject.type"),
        series_name=attribute(series, "series.name"),
        series_part=notes.whole(attribute(series, "series.part")),
        series_total=notes.whole(attribute(series, "series.totalpart")),
        fixture=attribute(first(docdata, "fixture"), "fix-id"),
        others=_others(root, docdata),
    )


def _lineage(du_key: Element | None) -> str:
    """Return what versions of an article share though each has an id of its own."""
    key, part = attribute(du_key, "key"), attribute(du_key, "part")
    return f"{key} part {part}" if key and part.strip("0") else key


def _acts_on(
    docdata: Element | None, status: WireStatus, notes: Notes
) -> tuple[tuple[ActsOn, ...], WireAction | None]:
    """Return which documents this one acts on, and how.

    Without a status for the document it names, its own is meant: so older kills are written.
    """
    found: list[ActsOn] = []
    action: WireAction | None = None if status == "usable" else _ACTIONS[status]
    named = attribute(docdata, "management-doc-idref")
    if named:
        raw = attribute(docdata, "management-idref-status")
        is_told = bool(raw) or status != "usable"
        new = notes.status(raw, what="management-idref-status") if raw else status
        if raw.lower() == "embargoed":
            new = "withheld"
        found.append(ActsOn(lineage=named, status=new if is_told else None))
        # One that is taken back itself and leaves the other usable takes back nothing but itself.
        action = _ACTIONS[new] if status == "usable" or new != "usable" else _ACTIONS[status]
    for one in all_of(docdata, "correction"):
        corrected, info = attribute(one, "id-string"), attribute(one, "info")
        hint = "" if corrected else info
        source = attribute(one, "regsrc")
        if corrected or hint:
            found.append(ActsOn(lineage=corrected or None, source=source, hint=hint))
        action = action if action in ("kill", "withhold") else "correct"
    return tuple(found), action


def _note(message: Element) -> str:
    """Return a message to editors: its words, after its type."""
    info, kind = attribute(message, "info") or line(message), attribute(message, "msg-type")
    return f"{kind}: {info}" if kind and info else info or kind


def _genre(root: Element) -> str:
    """Return what kind of article it is; one that says it has a kind and not which is current."""
    found = first(root, "head", "tobject", "tobject.property")
    if found is None:
        return ""
    return attribute(found, "tobject.property.type") or "current"


def _subjects(root: Element, docdata: Element | None) -> Iterator[Subject]:
    for one in all_of(first(root, "head", "tobject"), "tobject.subject"):
        names = ("tobject.subject.detail", "tobject.subject.matter", "tobject.subject.type")
        code = attribute(one, "tobject.subject.refnum") or attribute(one, "tobject.subject.code")
        label = next((label for name in names if (label := attribute(one, name))), "")
        is_iptc = attribute(one, "tobject.subject.ipr").upper() in ("", "IPTC")
        scheme = "subj" if is_iptc and code.isdigit() else attribute(one, "tobject.subject.ipr")
        if code or label:
            yield Subject(scheme=scheme or "subject", code=code or label, label=label)
    content = first(docdata, "identified-content")
    for one in content if content is not None else ():
        code = attribute(one, "value") or attribute(one, "code")
        label, name = line(one) or code, name_of(one)
        if name and (code or label):
            scheme = attribute(one, "idsrc") or attribute(one, "type") or name
            yield Subject(scheme=scheme, code=code or label, label=label)
    for one in all_of(first(docdata, "key-list"), "keyword"):
        if key := attribute(one, "key"):
            yield Subject(scheme="keyword", code=key, label=key)


def _others(root: Element, docdata: Element | None) -> dict[str, str]:
    """Return what else the article says of itself."""
    found: dict[str, str] = {}
    for one in all_of(first(root, "head"), "meta"):
        found[attribute(one, "name") or "meta"] = attribute(one, "content")
    for one in docdata if docdata is not None else ():
        name = name_of(one)
        if name and name not in _READ:
            said = "; ".join(f"{key}={value}" for key, value in one.attrib.items())
            found[name] = "; ".join(filter(None, (found.get(name, ""), said or line(one))))
    for key in ("generation", "part"):
        found[f"du-key {key}"] = attribute(first(docdata, "du-key"), key)
    for name in ("pubdata", "revision-history"):
        for one in all_of(first(root, "head"), name):
            found[name] = "; ".join(f"{key}={value}" for key, value in one.attrib.items())
    found["tagline"] = line(first(root, "body", "body.end", "tagline"))
    return carried(found)
