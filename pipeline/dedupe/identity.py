"""What a story is known by."""

from collections.abc import Iterable
from hashlib import blake2b

from pipeline.records import Keys, Story
from pipeline.text import fold, words

_SHORTEST_BODY = 40  # words; what is shorter may be equal by chance, or a notice


def keys(story: Story) -> Keys:
    """Return the keys of a story. Hashes are 32 hexadecimal digits.

    `body` is equal for the same text printed again, whatever its case, marks and spacing; texts of
    fewer than 40 words have none. `content` changes with anything an editor would see, and with no
    date. `text` is set only where a story has neither guid nor canonical link.
    """
    body = words(story.text)
    is_nameless = story.guid is None and story.canonical_url is None
    return Keys(
        guid=story.guid,
        url=story.canonical_url,
        text=_digest(map(fold, (story.title, story.summary, story.text))) if is_nameless else None,
        body=_digest(body) if len(body) >= _SHORTEST_BODY else None,
        content=_digest(seen(story)),
    )


def seen(story: Story) -> tuple[str, ...]:
    """Return all an editor sees of a story but its dates.

    Not its markup, nor its link as given: both may carry marks that change with every poll.
    """
    return (story.title, story.summary, story.text, story.byline, story.canonical_url or "")


def _digest(parts: Iterable[str]) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")  # so that a word moved from one part to the next makes a difference
    return digest.hexdigest()
