"""Official briefings: transcripts in turns, where what somebody says stands behind their name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Quote, Span, Story
from pipeline.tag.persons import TITLES, people, without_titles

_LONGEST = 100_000  # characters of a text that are read
_FEWEST_TURNS = 3  # below which it is an article with a colon in it
_FEWEST_WORDS = 4  # of what is worth quoting: "Yes." is not
_TURN = re.compile(
    r"(?m)^[ \t]*(?P<who>"
    r"(?:QUESTION|ANSWER|MODERATOR|OPERATOR|Question|Answer|Moderator|Operator|Q|A)(?: \d{1,2})?"
    r"|(?:MR|MS|MRS|DR|AMB|GEN|ADM|COL|LT)\.? [A-ZÀ-Þ][A-ZÀ-Þ .’'-]{1,40}"
    r"|[A-ZÀ-Þ][A-ZÀ-Þ.’'-]+(?: [A-ZÀ-Þ][A-ZÀ-Þ.’'-]+){1,6}"
    r"|[A-ZÀ-Þ][\w.’'-]+(?: [A-ZÀ-Þa-z][\w.’'-]*){1,6}(?:, [A-ZÀ-Þ][\w ’'-]{2,60})?"
    r")(?: \([^()\n]{1,60}\))?[ \t]*:[ \t]+(?=\S)"
)
_ASKS = ("question", "q", "moderator", "operator")
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")
_FORUM = re.compile(
    r"(?i)\b((?:(?:department|daily|special|press|regular|weekly|white house|state department|nato"
    r"|joint|doorstep|background|online|digital|telephonic|opening)\s+){0,4}"
    r"(?:press briefing|press conference|news conference|briefing|remarks|press availability"
    r"|media availability|doorstep statement|interview|press point|teleconference))\b"
)
_DATE = re.compile(
    r"\b((?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}, \d{4}|\d{1,2} (?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December)(?: \d{4})?)"
)
_HEAD = 600  # characters of a transcript in which its forum, its day and its speakers are named


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a briefing: who has the word, and what is said, `text[start:end]`."""

    who: str  # as the transcript names them: MR MILLER, QUESTION
    is_question: bool
    start: int
    end: int


def turns(text: str) -> tuple[Turn, ...]:
    """Return the turns of a transcript in order; none where `text` is no transcript."""
    if text.count(": ") + text.count(":\t") < _FEWEST_TURNS:
        return ()  # a turn has a colon: most articles are left here
    hits = list(_TURN.finditer(text[:_LONGEST]))
    names = {hit["who"].lower() for hit in hits}
    asked = sum(_asks(hit["who"]) for hit in hits)
    if len(hits) < _FEWEST_TURNS or not (asked or len(hits) > len(names)) or len(names) == 1:
        return ()
    stops = [*(hit.start() for hit in hits[1:]), len(text[:_LONGEST].rstrip())]
    return tuple(
        Turn(
            hit["who"],
            _asks(hit["who"]),
            hit.end(),
            hit.end() + len(text[hit.end() : stop].rstrip()),
        )
        for hit, stop in zip(hits, stops, strict=True)
    )


def _asks(name: str) -> bool:
    return name.lower().rstrip(" 0123456789") in _ASKS


def find_statements(story: Story) -> tuple[Quote, ...] | None:
    """Return what the speakers of a transcript say, by paragraph; None where it is none.

    What is asked is not quoted: reporters are not named. Forum and day are those of the briefing.
    """
    text = story.text
    found = turns(text)
    if not found:
        return None
    head = f"{story.title}\n{story.summary}\n{text[:_HEAD]}"
    forum = _FORUM.search(head)
    day = _DATE.search(head)
    quotes: list[Quote] = []
    for turn in found:
        if turn.is_question:
            continue
        name, office = _named(turn.who, head)
        for paragraph in _PARAGRAPH.finditer(text, turn.start, turn.end):
            words = paragraph[0].rstrip()
            if len(words.split()) < _FEWEST_WORDS:
                continue
            start = paragraph.start()
            quotes.append(
                Quote(
                    text=words,
                    span=Span(field="text", start=start, end=start + len(words), text=words),
                    speaker=name or None,
                    office=office or None,
                    forum=forum[1] if forum else None,
                    day=day[1] if day else None,
                )
            )
    return tuple(quotes)


def _named(label: str, head: str) -> tuple[str, str]:
    """A speaker's name and office, as the head of a transcript has them for its label."""
    if label.lower() in ("answer", "a"):
        return _only_other(head), ""
    label, _, behind = label.partition(", ")
    titles, name = without_titles(label.title().split() if label.isupper() else label.split())
    if not name:
        return label, behind
    for full in people(head):
        if full.split()[-1].lower() == name[-1].lower():
            office = re.search(rf"{re.escape(full)}, ([^\n,.;:]{{3,80}})", head)
            return full, (office[1].strip() if office else behind or _office(titles))
    return " ".join(name), behind or _office(titles)


def _only_other(head: str) -> str:
    """Whom "A:" means: the only person whom the head names."""
    named = set(people(head))
    return named.pop() if len(named) == 1 else ""


def _office(titles: Sequence[str]) -> str:
    kept = [title for title in titles if title.lower().rstrip(".") not in ("mr", "ms", "mrs", "dr")]
    return " ".join(kept) if any(title.lower() in TITLES for title in kept) else ""
