"""What was decided of a document's stories, written: the usual document in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.records import Story, VersionKind
from store import statements, wires
from store.intake.arrivals import Coming, Name
from store.intake.known import Said


@dataclass(slots=True)
class Rows:
    """Rows to come, as far as taking stories in writes them itself."""

    stories: list[dict[str, object]] = field(default_factory=list)
    versions: list[dict[str, object]] = field(default_factory=list)
    names: dict[Name, int] = field(default_factory=dict)
    moved_names: dict[Name, int] = field(default_factory=dict)  # from the story that had them
    alternates: set[tuple[Name, int]] = field(default_factory=set)
    sightings: dict[int, Said] = field(default_factory=dict)  # of this feed, by story
    flapping: list[int] = field(default_factory=list)  # stories whose change is only counted

    def write(
        self, session: Session, *, feed_id: int, outlet_id: int, document_id: int, at: datetime
    ) -> None:
        """Write them all."""
        if self.stories or self.versions or self.names or self.sightings:
            of = {"feed": feed_id, "outlet": outlet_id, "document": document_id, "at": at}
            session.execute(statements.WRITE, of | self._as_json())
        if self.moved_names:
            moved = {"names": _names(self.moved_names.items()), "at": at}
            session.execute(statements.MOVE_NAMES, moved)
        if self.flapping:
            session.execute(statements.FLAP, {"ids": self.flapping})

    def _as_json(self) -> dict[str, str]:
        return {
            "stories": statements.as_json(self.stories),
            "versions": statements.as_json(self.versions),
            "names": _names(self.names.items()),
            "alternates": _names(self.alternates),
            "sightings": statements.as_json(
                [
                    {
                        "story_id": story_id,
                        "fingerprint": said.fingerprint,
                        "document_id": said.document_id,
                        "version": said.version,
                        "nearness": said.nearness,
                        "fullness": said.fullness,
                        "edited_at": said.edited_at,
                        "returns": said.returns,
                    }
                    for story_id, said in sorted(self.sightings.items())
                ]
            ),
        }


def version_row(
    story_id: int, number: int, kind: VersionKind, one: Coming, words: Story
) -> dict[str, object]:
    """The row of a version: what came, or what was kept of it and the one before."""
    return {
        "story_id": story_id,
        "number": number,
        "kind": kind,
        "content_hash": one.keys.content,
        "fingerprint": one.fingerprint,
        "title": words.title,
        "summary": words.summary,
        "text": words.text,
        "html": words.html,
        "url": words.url,
        "canonical_url": words.canonical_url,
        "byline": words.byline,
        "language": words.language,
        "published_at": words.published,
        "published_raw": words.published_raw,
        "updated_at": words.updated,
        "problems": words.problems,
        "source": "feed",
        "wire": None if words.wire is None else wires.to_json(words.wire),
    }


def _names(named: Iterable[tuple[Name, int]]) -> str:
    """Names with their stories, in one order."""
    return statements.as_json(
        [{**name._asdict(), "story_id": story_id} for name, story_id in sorted(named)]
    )
