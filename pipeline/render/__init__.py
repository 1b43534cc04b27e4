"""An instalment as others read it: the house form; NewsML-G2, NITF, ninjs for their systems."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.render.handed import Handed, HandedItem, HandedQuote, HandedSection, html
from pipeline.render.house import (
    House,
    HouseItem,
    HouseNote,
    HouseQuote,
    HouseSection,
    body_html,
    body_markdown,
    date_words,
)
from pipeline.render.house import html as house_html
from pipeline.render.house import markdown as house_markdown
from pipeline.render.markdown import plain, to_html, to_text
from pipeline.render.newsml_g2 import newsml_g2
from pipeline.render.ninjs import ninjs
from pipeline.render.nitf import nitf

FORMS: Mapping[str, Callable[[Handed], bytes]] = MappingProxyType(
    {"newsml-g2": newsml_g2, "nitf": nitf, "ninjs": ninjs}
)

__all__ = [
    "FORMS",
    "Handed",
    "HandedItem",
    "HandedQuote",
    "HandedSection",
    "House",
    "HouseItem",
    "HouseNote",
    "HouseQuote",
    "HouseSection",
    "body_html",
    "body_markdown",
    "date_words",
    "house_html",
    "house_markdown",
    "html",
    "plain",
    "render",
    "to_html",
    "to_text",
]


def render(instalment: Handed, form: str) -> bytes:
    """Return an instalment in one of the forms; KeyError for another."""
    return FORMS[form](instalment)
