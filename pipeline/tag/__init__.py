"""What a story is about, whom it credits and whom it quotes, each with the words that earned it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.records import Outlet, OutletKind, Story, Tag, Tagged
from pipeline.tag.countries import of_countries
from pipeline.tag.credits import find_credits
from pipeline.tag.entries import Entry, Lists, Words, read_lists, read_tags, together
from pipeline.tag.gazetteer import Gazetteer, Reading
from pipeline.tag.learn import Learnt, learn, learnt_from_json, learnt_to_json, say
from pipeline.tag.lists import FORMS, LongList, read_list, to_lines
from pipeline.tag.marks import quoted
from pipeline.tag.named import named, read
from pipeline.tag.naming import Mention, Taken
from pipeline.tag.outlets import Outlets, know_outlets
from pipeline.tag.quotes import find_quotes
from pipeline.tag.strangers import capital_spans
from pipeline.tag.subjects import Subjects, Vocabulary, compare_topics, read_topics
from pipeline.tag.tagging import tags_of_names, tags_of_source
from pipeline.text import fold

__all__ = [
    "FORMS",
    "READER",
    "TAGGER",
    "Entry",
    "Gazetteer",
    "Knowledge",
    "Learnt",
    "Lists",
    "Mention",
    "Outlets",
    "Subjects",
    "Vocabulary",
    "Words",
    "compare_topics",
    "know",
    "know_outlets",
    "learn",
    "learnt_from_json",
    "learnt_to_json",
    "of_countries",
    "quoted",
    "read_list",
    "read_lists",
    "read_tags",
    "read_topics",
    "tag",
    "to_lines",
    "together",
    "unknown_spans",
]

READER = "attribution/2"  # of credits and quotations, kept with them
TAGGER = "gazetteer/2"  # kept with what it decided, so that it can be explained later


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What tagging knows of the world: built once, asked of every story."""

    gazetteer: Gazetteer
    words: Words
    subjects: Subjects
    more: LongList  # names of larger lists
    outlets: Outlets  # by the names others credit them by
    kinds: Mapping[str, OutletKind] = field(default_factory=dict)  # of outlets, by folded name
    learnt: tuple[Learnt, ...] = ()  # what corrections taught of subjects, instead of their rules

    def taught(self, learnt: Iterable[Learnt]) -> "Knowledge":
        """Return the same with what corrections taught."""
        return replace(self, learnt=tuple(learnt))

    @property
    def version(self) -> str:
        """What tags, as it is kept beside each tag."""
        learnt = "".join(f"+{one.code}.{one.version}" for one in self.learnt)
        return f"{TAGGER}{learnt}"


def know(
    entries: Iterable[Entry],
    outlets: Sequence[Outlet] = (),
    *,
    words: Words | None = None,
    vocabulary: Vocabulary | None = None,
    more: Iterable[str] = (),
) -> Knowledge:
    """Return what is known, ready to be asked."""
    kinds = {
        fold(name): outlet.kind
        for outlet in outlets
        for name in (*outlet.aliases, outlet.name, outlet.key)
    }
    return Knowledge(
        gazetteer=Gazetteer(entries),
        words=words or Words(),
        subjects=Subjects(vocabulary or Vocabulary()),
        more=LongList(more),
        outlets=know_outlets(outlets),
        kinds=kinds,
    )


def tag(story: Story, knowledge: Knowledge) -> Tagged:
    """Return `story` with what it names, the most certain first, whom it credits and quotes.

    The score of a tag, 0 to 1, says how sure it is and how far up the story says it: a name once
    in the headline .7, in the summary .5, in the text .3; several fields add to one another, and
    what had to be guessed at counts for less. Of its places the first few are kept as evidence.
    """
    readings = read(story, knowledge.gazetteer)
    mentions = named(readings, knowledge.gazetteer, knowledge.words, knowledge.more)
    tags = [*tags_of_names(story, mentions), *_subjects(story, readings, knowledge)]
    tags.sort(key=lambda one: (-one.score, one.label, one.scheme))
    credited = find_credits(story, knowledge.outlets)
    return Tagged(
        story=story,
        tags=(*tags, *tags_of_source(story, knowledge.kinds)),
        credits=credited,
        quotes=find_quotes(story, credited),
    )


def _subjects(story: Story, readings: Mapping[str, Reading], knowledge: Knowledge) -> Iterator[Tag]:
    """Yield the subjects by rule, and of those that were learnt what was learnt."""
    taught = {one.code for one in knowledge.learnt}
    for found in knowledge.subjects.of(readings):
        if found.code not in taught:
            yield found
    for one in knowledge.learnt:
        if said := say(story, one):
            yield said


def unknown_spans(story: Story, knowledge: Knowledge) -> frozenset[str]:
    """Return the spans of capitals in which nothing is seen: what an editor might add."""
    readings = read(story, knowledge.gazetteer)
    mentions = named(readings, knowledge.gazetteer, knowledge.words, knowledge.more)
    return frozenset(
        text
        for one, reading in readings.items()
        for text in capital_spans(reading, Taken((at.start, at.end) for at in mentions[one]))
    )
