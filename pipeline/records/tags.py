"""What a story is about, whom it credits and whom it quotes, each with its evidence."""

from dataclasses import dataclass
from typing import Literal

from pipeline.records.stories import Story

CreditKind = Literal[
    "report",  # "Politico reported", "according to Reuters", "told the FT"
    "citing",  # "citing Bloomberg"
    "headline",  # "- Bloomberg", "Axios: …", "…: report"
    "dateline",  # "KYIV (Reuters) -"
    "signature",  # "AFP" at the end; "with reporting by ..."
    "via",  # carried, not broken
    "byline",  # of the story
    "post",  # somebody's post is the source itself
]
# direct: words that stand for themselves; partial: inside a sentence of the writer's
QuoteKind = Literal["direct", "partial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a story's field: `text == getattr(story, field)[start:end]`."""

    field: str  # title, summary or text
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What a story is about, with the words that earned it."""

    scheme: str  # place, organisation, person, topic ...
    code: str  # ISO 3166, a Wikidata QID, or our own slug
    label: str
    score: float  # 0..1
    evidence: tuple[Span, ...]
    why: str = ""  # where the words alone do not say it: "Moscow stands for the government here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whom a story credits for its news, and the words that say so."""

    name: str  # of the outlet's record; as written, where no list has it; '' for "media", "report"
    outlet: str = ""  # key of the outlet's record, where it is known
    kind: CreditKind = "report"
    span: Span  # the phrase
    is_origin: bool = True  # broke the news; False: carried it, or only named in passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words in quotation marks, as they stand, and who said them."""

    text: str  # without the outer marks; of several paragraphs, with the marks that open them
    kind: QuoteKind = "direct"
    span: Span  # of these words; the outer marks stand around it
    speaker: str | None = None  # as named in the story; a description where no name is given
    office: str | None = None
    forum: str | None = None
    day: str | None = None
    insertions: tuple[str, ...] = ()  # the editor's words in square brackets
    outlet: str = ""  # whose own words they are, where the speaker is an outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A story, its tags, whom it credits, whom it quotes."""

    story: Story
    tags: tuple[Tag, ...] = ()
    credits: tuple[Credit, ...] = ()
    quotes: tuple[Quote, ...] = ()
