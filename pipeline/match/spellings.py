"""Which spellings count as one word in a query: names come out of other alphabets in many ways."""

import re
from collections.abc import Mapping

from pipeline.text import fold

# Folded. Only spellings of one and the same name: Volodymyr and Vladimir are two.
_FAMILIES = (
    "kyiv kiev",
    "kharkiv kharkov",
    "lviv lvov",
    "odesa odessa",
    "chernihiv chernigov",
    "mykolaiv mykolayiv nikolaev",
    "luhansk lugansk",
    "donbas donbass",
    "zaporizhzhia zaporizhzhya zaporizhia zaporozhye",
    "dnipro dnieper dnepr",
    "chernobyl chornobyl",
    "lukashenko lukashenka",
    "yermak ermak",
    "umerov umierov",
    "andriy andrii andrij",
    "serhiy serhii sergiy",
    "dmytro dmitro",
    "sergei sergey serguei",
    "turkey turkiye",
    "erdogan erdoan",
    "raisi raeisi",
    "araghchi araqchi aragchi araghci",
    "qalibaf ghalibaf",
    "hezbollah hizbollah hizbullah",
    "houthi huthi",
    "haniyeh haniya haniyah",
    "fordow fordo",
    "defence defense",
    "programme program",
)
_ONE_NAME = {word: frozenset(family.split()) for family in _FAMILIES for word in family.split()}
_SKY = re.compile(r"(\w{3,}sk)(?:y|yy|iy|i|yi|ii|yj|ij|yy)\Z")  # Zelensky, Podolyak's colleagues
_SKY_ENDINGS = ("y", "yy", "iy", "i", "yi", "ii", "yj", "ij")


def spellings(word: str, house: Mapping[str, str]) -> frozenset[str]:
    """Return every folded spelling of the folded `word`, itself included.

    `house` is a series' own list: its spelling of a name by the folded variants of it.
    """
    found = _ONE_NAME.get(word, frozenset({word}))
    if ending := _SKY.match(word):
        found |= {ending[1] + letters for letters in _SKY_ENDINGS}
    ours = {fold(house[one]) for one in found if one in house}
    ours |= {fold(name) for name in house.values() if fold(name) in found}
    variants = {variant for variant, name in house.items() if fold(name) in ours}
    return found | ours | variants
