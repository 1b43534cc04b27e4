"""How a quotation stands to the stored versions of its sources."""

from dataclasses import dataclass
from typing import Literal

from pipeline.records.stories import Story
from pipeline.records.tags import Span

CheckState = Literal["exact", "differs", "not_found", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stored version that a quotation may have been taken from."""

    version: int  # its id
    story: Story
    is_whole: bool = True  # the text is there, not only headline and summary
    is_withheld: bool = False  # killed, withheld or withdrawn: nothing may rest on it


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a quotation has other words than its source; one side may be empty."""

    quoted: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCheck:
    """How a quotation stands to the stored versions of its sources."""

    state: CheckState
    why: str  # one plain sentence for the editor
    version: int | None = None  # in which it was found, or nearly
    span: Span | None = None  # where
    differences: tuple[Difference, ...] = ()  # of words; none where it is exact
    noted: tuple[str, ...] = ()  # what differs and is no difference: marks, insertions, omissions
