"""A wire's XML: its tree, with nothing fetched or unfolded, and the words to ask it with."""

import html
import re
from collections.abc import Iterator

from lxml import etree

from pipeline.parse.markup import tree
from pipeline.parse.sniffing import Sniffed, encoding, without_prolog
from pipeline.records import Answer
from pipeline.sealed_xml import parser
from pipeline.text import storable

Element = etree._Element  # noqa: SLF001 - lxml gives the type no other name

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30});")
_WHERE = re.compile(r" \(<string>, line \d+\)$")


def text_of_answer(answer: Answer, sniffed: Sniffed) -> tuple[str, tuple[str, ...]]:
    """Return the text of a document from its first element on, and what was wrong with its bytes.

    Its DOCTYPE is cut off before anything reads it, so that no DTD and no entity ever counts.
    HTML's names for letters, which wires use without declaring them, are made letters.
    """
    codec = encoding(sniffed, answer.headers.get("content-type", ""))
    text = answer.body.decode(codec, "replace").removeprefix("\ufeff").lstrip()
    problems: tuple[str, ...] = ()
    if "\ufffd" in text and b"\xef\xbf\xbd" not in answer.body:
        problems = (f"its bytes are not all {codec}",)
    return _NAMED.sub(_letter, without_prolog(storable(text))), problems


def tree_of_text(text: str) -> tuple[Element | None, str]:
    """Return the root of a text, read as far as it goes, and why it is not well-formed."""
    plain = text.encode("utf-8", "replace")
    try:
        return etree.fromstring(plain, parser(is_lenient=False)), ""
    except etree.XMLSyntaxError as fault:
        return tree(plain, "utf-8"), _WHERE.sub("", str(fault))


def _letter(name: re.Match[str]) -> str:
    letter = html.unescape(name.group())
    return name.group() if letter == name.group() else html.escape(letter, quote=False)


def name_of(element: Element) -> str:
    """Return an element's name without its namespace; '' for what is no element."""
    tag = element.tag
    # What stands for a reference that was not resolved has a function for its name.
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class Group:
    """The children of an element by their names."""

    def __init__(self, element: Element | None) -> None:
        """Take note of an element's children, of none for None."""
        self.names: dict[str, list[Element]] = {}
        for child in element if element is not None else ():
            self.names.setdefault(name_of(child), []).append(child)

    def get(self, name: str) -> Element | None:
        """Return the first child of that name, None where there is none."""
        found = self.names.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[Element]:
        """Return the children of that name, in order."""
        return self.names.get(name, [])


def all_of(element: Element | None, *names: str) -> Iterator[Element]:
    """Give the children of these names, in order."""
    if element is not None:
        for child in element:
            if name_of(child) in names:
                yield child


def first(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of names, None where there is none."""
    for name in path:
        element = next(all_of(element, name), None)
    return element


def line(element: Element | None) -> str:
    """Return all text inside an element as one line, '' for none."""
    if element is None:
        return ""
    if not len(element):
        return " ".join(storable(element.text or "").split())
    return " ".join(storable("".join(_texts(element))).split())


def _texts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _texts(child)
        yield child.tail or ""


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute as one line, '' for none."""
    value = element.get(name) if element is not None else None
    return " ".join(storable(value).split()) if value else ""


def language_of(element: Element | None) -> str:
    """Return the language that an element or one around it declares, '' for none."""
    while element is not None:
        if language := attribute(element, _LANGUAGE):
            return language
        element = element.getparent()
    return ""


def bytes_of(element: Element) -> bytes:
    """Return an element as bytes, for setting it aside."""
    return etree.tostring(element, with_tail=False, encoding="utf-8")
