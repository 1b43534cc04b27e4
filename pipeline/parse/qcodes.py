"""NewsML-G2's codes: which scheme an alias stands for in one document, and what a code is."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline import newscodes
from pipeline.parse.elements import Element, all_of, attribute, line
from pipeline.records import Subject


class Code(NamedTuple):
    """One code: its scheme by the IPTC's alias where there is one, and its address if known."""

    scheme: str = ""
    code: str = ""
    uri: str = ""


@dataclass(slots=True)
class Codes:
    """The schemes that a document names for itself; the IPTC's are known besides."""

    own: dict[str, str] = field(default_factory=dict)
    is_named: bool = False  # there is a catalogue at all

    def learn(self, item: Element | None) -> None:
        """Take note of the catalogues an item names; those it only points at are never fetched."""
        for one in all_of(item, "catalogRef", "catalog"):
            self.is_named = True
            for scheme in all_of(one, "scheme"):
                self.own[attribute(scheme, "alias")] = attribute(scheme, "uri")

    def within(self, item: Element) -> "Codes":
        """Return the codes of an item inside: its own catalogues stand before its message's."""
        found = Codes(dict(self.own), self.is_named)
        found.learn(item)
        return found

    def resolve(self, qcode: str) -> Code:
        """Return what a QCode stands for; one without a colon has no scheme."""
        alias, colon, code = qcode.partition(":")
        if not colon:
            return Code("", qcode, "")
        address = self.own.get(alias) or newscodes.schemes().get(alias, "")
        scheme = (newscodes.alias_of(address) if alias in self.own else "") or alias
        return Code(scheme, code, address and address + code)

    def of(self, element: Element | None, name: str = "") -> Code:
        """Return an element's code, however it is given: qcode, uri or literal; `name` first.

        With a name, `name` and `nameuri` are asked: `rel` and `reluri` for one.
        """
        if element is None:
            return Code()
        if qcode := attribute(element, name or "qcode"):
            return self.resolve(qcode)
        if uri := attribute(element, f"{name}uri"):
            scheme, code = newscodes.parted(uri)
            return Code(scheme, code, uri)
        return Code("", "" if name else attribute(element, "literal"), "")

    def subject(self, element: Element, scheme: str = "") -> Subject | None:
        """Return what an element says an item is about, None if nothing."""
        found = self.of(element)
        label = name_in(element)
        if not (found.code or label):
            return None
        code = found.code or label
        if found.scheme == "medtop":
            return newscodes.subject(found.scheme, code, label, found.uri)
        return Subject(scheme=found.scheme or scheme, code=code, label=label, uri=found.uri)


def name_in(element: Element | None) -> str:
    """Return the name an element gives, the English one of several."""
    names = list(all_of(element, "name"))
    english = (one for one in names if attribute(one, _LANGUAGE).lower().startswith("en"))
    best = next(english, names[0] if names else None)
    return line(best)


_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
