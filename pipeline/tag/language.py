"""In what language a story is written: by its letters and its commonest words, or not at all."""

import re
from collections.abc import Mapping

from pipeline.records import Span, Story

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LOOKED_AT = 2000  # characters of a field
_FEWEST = 3  # common words that must be met
_AHEAD = 1.5  # times as many as of the next language
_EVIDENCE = 5

# Words that a language cannot do without, one language a line.
_COMMON: Mapping[str, frozenset[str]] = {
    line.split()[0]: frozenset(line.split()[1:])
    for line in """
en the of and to is was were has have had that with for from by said will not this are at on
fr le les des du et est une dans pour que qui sur pas au aux avec ce cette ont par plus selon été
de der die und das den nicht ist mit dem ein eine von zu auf für sich im auch bei nach wird
es el los las del y una que por para con se su al más como pero sus fue han está entre según
it il gli della di che è per una sono con del nel alla anche ha non dei delle stato più
pt os da do não uma para com que em dos das ao mais foi pelo são seu sua também
nl het een van de en niet dat voor zijn met op aan werd ook naar bij wordt heeft
pl się nie na że jest przez oraz dla jak został które od czy
tr ve bir için ile olarak da de olan daha göre ise gibi
ru и в не на что с по для его как из к это был от о после также они
uk і в у не на що з та для його як із до це був від про після також вони
""".strip().splitlines()  # noqa: RUF001 - Cyrillic words
}
_SCRIPTS = (
    ("ar", re.compile(r"[\u0621-\u064a]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("el", re.compile(r"[\u03b1-\u03c9]")),
    ("ja", re.compile(r"[\u3041-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
)
_PERSIAN = re.compile(r"[پچژگ]")
_URDU = re.compile(r"[ٹڈڑںے]")  # letters that Urdu alone has
_MOSTLY = 0.5  # of the letters


def language(story: Story) -> tuple[str, tuple[Span, ...]]:
    """Return the language's code with the words that show it; '' where they do not.

    A short headline says too little: it is then better not to know.
    """
    fields = {one: str(getattr(story, one))[:_LOOKED_AT] for one in ("text", "summary", "title")}
    together = " ".join(fields.values())
    if code := _by_script(together):
        field = next(name for name, text in fields.items() if _by_script(text))
        span = Span(field=field, start=0, end=len(fields[field]), text=fields[field])
        return code, (span,)
    said = [word.lower() for word in _WORD.findall(together)]
    counts = {code: sum(word in common for word in said) for code, common in _COMMON.items()}
    (first, most), (_, next_most) = sorted(counts.items(), key=lambda one: -one[1])[:2]
    if most < _FEWEST or most < _AHEAD * next_most:
        return "", ()
    return first, _evidence(fields, first)


def _by_script(text: str) -> str:
    letters = sum(one.isalpha() for one in text)
    for code, script in _SCRIPTS:
        if letters and len(script.findall(text)) > _MOSTLY * letters:
            if code == "ar" and _URDU.search(text):
                return "ur"
            return "fa" if code == "ar" and _PERSIAN.search(text) else code
        if code == "ja" and script.search(text):
            return code  # a Japanese text may have more Chinese signs than its own
    return ""


def _evidence(fields: Mapping[str, str], code: str) -> tuple[Span, ...]:
    spans = [
        Span(field=field, start=found.start(), end=found.end(), text=found[0])
        for field, text in fields.items()
        for found in _WORD.finditer(text)
        if found[0].lower() in _COMMON[code]
    ]
    return tuple(spans[:_EVIDENCE])
