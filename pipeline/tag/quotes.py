"""Whom a story quotes: words in quotation marks with their places, and who said them where."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.records import Credit, Quote, Span, Story
from pipeline.tag.briefings import find_statements
from pipeline.tag.marks import Quoted, quoted
from pipeline.tag.persons import Who, in_full
from pipeline.tag.speakers import Said, Speakers
from pipeline.text import fold

FIELDS = ("title", "summary", "text")
_LONGEST = 100_000  # characters of a field that are read

_ARTICLE = re.compile("[Tt]he ")
_INSERTION = re.compile(r"\[([^\[\]\n]{1,120})\]")
_DAY = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|(?:on )?\d{1,2} (?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December)"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.) \d{1,2}\b(?!\d)|yesterday|today)"
)
_FORUM = re.compile(
    r"(?:\b(?:at|in|during|after|to|on|via|told|before)\s+)"
    r"((?:(?:a|an|the|his|her|their|its|this)\s+)?"
    r"(?:(?!(?:an?|the|that|he|she|it|they|was|is|were)\b)[\w’'-]+\s+){0,4}?"
    r"(?:news conference|press conference|press briefing|briefing|conference call|interview"
    r"|statement|speech|address|news release|press release|letter|op-ed|hearing|testimony|debate"
    r"|Security Council|General Assembly|parliament|Parliament|Congress|Senate|Commons|Duma|Rada"
    r"|reporters|journalists|summit|meeting|forum|conference|rally|podcast|post on X|Telegram"
    r"|Facebook|Twitter|X|Truth Social|state television|tweet|post|video address"
    r"|call with reporters)"
    r"(?:\s+(?:with|to|in|at)\s+(?:the\s+)?(?!\w+day\b)[A-Z][\w’'-]*(?:\s(?!\w+day\b)[A-Z][\w’'-]*){0,2})?)"
    r"(?![\w’'-])"
)
_MEETS = re.compile(
    r"\b(?:conference|briefing|call|interview|statement|speech|address|release|letter|op-ed|hearing"
    r"|testimony|debate|Council|Assembly|[Pp]arliament|Congress|Senate|Commons|Duma|Rada|reporters"
    r"|journalists|summit|meeting|forum|rally|podcast|post|tweet|X|Telegram|Facebook|Twitter"
    r"|Social|television)\b"
)
# What every forum and every day has, sought for before them: most sentences have neither.
_MEETING = (
    *("conference", "briefing", "call", "interview", "statement", "speech", "address", "release"),
    *("letter", "op-ed", "hearing", "testimony", "debate", "Council", "Assembly", "arliament"),
    *("Congress", "Senate", "Commons", "Duma", "Rada", "reporters", "journalists", "summit"),
    *("meeting", "forum", "rally", "podcast", "post", "tweet", "X", "Telegram", "Facebook"),
    *("Twitter", "Social", "television"),
)
_AUDIENCE = re.compile(r"\A(?=reporters|journalists)")  # no place: one speaks to them
_NUMBER = re.compile(r"\d")
_WINDOW = 120  # characters after the verb in which forum and day stand
_FEW = 3  # words that are a sentence only with a mark that ends one


def find_quotes(story: Story, credited: Sequence[Credit] = ()) -> tuple[Quote, ...]:
    """Return whom `story` quotes, in order. Offsets take in the words without their outer marks.

    `credited` tell which speakers are outlets: then the words are the outlet's own.
    """
    outlets = {fold(one.name): one.outlet or one.name for one in credited if one.name}
    found: list[Quote] = []
    stated = find_statements(story)  # of a briefing: all of it is somebody's words
    for field in FIELDS if stated is None else FIELDS[:2]:
        text = getattr(story, field)[:_LONGEST]
        marked = quoted(text)
        if marked:
            said = Speakers(text, marked).find()
            found += _quotes(field, text, marked, said, outlets)
    return (*found, *(stated or ()))


def _quotes(
    field: str,
    text: str,
    marked: Sequence[Quoted],
    said: Sequence[Said | None],
    outlets: Mapping[str, str],
) -> Iterator[Quote]:
    full: dict[str, str] = {}  # by surname: the same speaker comes back again and again
    for one, by in zip(marked, said, strict=True):
        words = text[one.start : one.end]
        who = by.who if by else Who()
        name = who.name
        if by and name and " " not in name:
            if name not in full:
                full[name] = in_full(name, text, by.start)
            name = full[name]
        speaker = name or who.description
        forum, day = _where_and_when(text, by) if by else (None, None)
        yield Quote(
            text=words,
            kind="direct" if _is_direct(text, one) else "partial",
            span=Span(field=field, start=one.start, end=one.end, text=words),
            speaker=speaker or None,
            office=who.office or None,
            forum=forum,
            day=day,
            insertions=tuple(_INSERTION.findall(words)) if "[" in words else (),
            outlet=outlets.get(fold(_ARTICLE.sub("", speaker)), "") if outlets and speaker else "",
        )


def _where_and_when(text: str, said: Said) -> tuple[str | None, str | None]:
    """In what forum and on which day something was said, where the words around it tell."""
    around = text[said.start : said.end + _WINDOW].split("\n\n", 1)[0]
    meets = any(word in around for word in _MEETING) and _MEETS.search(around)
    forum = _FORUM.search(around) if meets else None
    is_dated = "day" in around or _NUMBER.search(around)
    day = _DAY.search(around) if is_dated else None
    return (_AUDIENCE.sub("to ", forum[1]) if forum else None), (day[0] if day else None)


def _is_direct(text: str, one: Quoted) -> bool:
    """Whether the words stand for themselves, and not within a sentence of the writer's own."""
    words = text[one.start : one.end]
    before = text[max(0, one.opens - 3) : one.opens].rstrip()
    begins = (
        not before
        or before[-1] in '.?!…:,;—–"”’»'
        or "\n" in text[max(0, one.opens - 2) : one.opens]
    )
    ends = words[-1] in ".?!…,—–" or text[one.closes : one.closes + 1] == ","
    is_few = words.count(" ") < _FEW
    if begins:
        return ends or not is_few
    is_sentence = words[0].isupper() and words[-1] in ".?!…"
    return is_sentence and words.count(" ") > 2 * _FEW
