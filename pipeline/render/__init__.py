"""An approved instalment in a form that other systems read: NewsML-G2, NITF, ninjs."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.render.handed import Handed, HandedItem, HandedQuote, HandedSection, html
from pipeline.render.newsml_g2 import newsml_g2
from pipeline.render.ninjs import ninjs
from pipeline.render.nitf import nitf

FORMS: Mapping[str, Callable[[Handed], bytes]] = MappingProxyType(
    {"newsml-g2": newsml_g2, "nitf": nitf, "ninjs": ninjs}
)

__all__ = ["FORMS", "Handed", "HandedItem", "HandedQuote", "HandedSection", "html", "render"]


def render(instalment: Handed, form: str) -> bytes:
    """Return an instalment in one of the forms; KeyError for another."""
    return FORMS[form](instalment)
