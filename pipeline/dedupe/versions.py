"""What has changed between two versions of a story, and how much that means."""

import re
from dataclasses import replace

from pipeline.dedupe.alternates import shared_words
from pipeline.dedupe.identity import seen
from pipeline.records import Story, VersionKind
from pipeline.text import words
from pipeline.worddiff import changed_share

# A story under another's id is called another one only if the two share hardly a word: a miss
# leaves a rewritten story where it was, a false alarm would tear one in two.
_SHARED_IN_TITLE = 0.1
_SHARED_IN_BODY = 0.25
_MUCH_SHORTER = 0.5  # of the words before
_FEWEST_TO_LOSE = 40  # words: shorter texts come and go
_MUCH_CHANGED = 0.2  # share of words that are not common: another account, not another wording
_FIGURES = re.compile(r"\b\d+(?:[.,]\d+)*\b")


def carried_over(old: Story, new: Story) -> Story:
    """Return `new` with the known title, summary, text, byline or link where it came without.

    A publisher that stops sending a text has not withdrawn it. This is what to store, unless `new`
    is another story altogether; its problems name what was kept.
    """
    known = {
        "headline": (old.title, new.title),
        "summary": (old.summary, new.summary),
        "text": (old.text, new.text),
        "byline": (old.byline, new.byline),
        "link": (old.url, new.url),
    }
    lost = [name for name, (before, now) in known.items() if before and not now]
    problem = f"it came without its {' and '.join(lost)} this time: the known one stays"
    return replace(
        new,
        title=new.title or old.title,
        summary=new.summary or old.summary,
        text=new.text or old.text,
        html=new.html if new.text else old.html,
        byline=new.byline or old.byline,
        url=new.url or old.url,
        canonical_url=new.canonical_url or old.canonical_url,
        problems=(*new.problems, problem) if lost else new.problems,
    )


def revised(old: Story, new: Story) -> tuple[VersionKind, Story] | None:
    """Return how a story has changed and what to keep of the two; None if it has not.

    What a feed stops sending is not withdrawn; another story under the same id keeps nothing.
    """
    kind = version_kind(old, new)
    if kind is None:
        return None
    if kind == "replaced":
        return kind, new
    kept, odd = carried_over(old, new), shortened(old, new)
    return kind, replace(kept, problems=(*kept.problems, odd)) if odd else kept


def shortened(old: Story, new: Story) -> str | None:
    """Return in words that a text came much shorter than the known one; None if it did not."""
    before, now = len(old.text.split()), len(new.text.split())
    if not now or before < _FEWEST_TO_LOSE or now >= before * _MUCH_SHORTER:
        return None
    return f"its text is much shorter than before: {now} words instead of {before}"


def is_in_substance(old: Story, new: Story) -> bool:
    """Return whether a change tells something else, not the same in other words.

    Other figures, or a good part of all words: what brings a development back that an editor has
    rejected.
    """
    told = (_whole(old), _whole(carried_over(old, new)))
    figures = [frozenset(_FIGURES.findall(text)) for text in told]
    return figures[0] != figures[1] or changed_share(*told) >= _MUCH_CHANGED


def _whole(story: Story) -> str:
    return f"{story.title}\n\n{story.summary}\n\n{story.text}"


def version_kind(old: Story, new: Story) -> VersionKind | None:
    """Return how `new` differs from `old`, None if it does not. What it lacks is no difference.

    `date_only`: nothing but dates. `cosmetic`: case, spacing, punctuation, accents, byline, link.
    `replaced`: another story under the same id. `substantive`: all else.
    """
    completed = carried_over(old, new)
    if seen(old) == seen(completed):
        return None if _dated_alike(old, completed) else "date_only"
    if _reads_alike(old, completed):
        return "cosmetic"
    return "replaced" if _is_another(old, new) else "substantive"


def _dated_alike(old: Story, new: Story) -> bool:
    # As written first: a date in the future is moved to the time of each poll.
    is_published_alike = old.published == new.published or (
        old.published_raw != "" and old.published_raw == new.published_raw
    )
    return is_published_alike and old.updated == new.updated


def _reads_alike(old: Story, new: Story) -> bool:
    return (
        words(old.title) == words(new.title)
        and ("?" in old.title) == ("?" in new.title)  # "Truce agreed?" is not "Truce agreed"
        and words(old.summary) == words(new.summary)
        and words(old.text) == words(new.text)
    )


def _is_another(old: Story, new: Story) -> bool:
    """Return whether nothing of the old story is left. One page is one story, whatever it says."""
    if old.canonical_url is not None and old.canonical_url == new.canonical_url:
        return False
    in_title = shared_words(old.title, new.title)
    if in_title is None or in_title > _SHARED_IN_TITLE:
        return False
    in_body = shared_words(f"{old.summary}\n{old.text}", f"{new.summary}\n{new.text}")
    if in_body is None:
        return old.canonical_url is not None and new.canonical_url is not None
    return in_body <= _SHARED_IN_BODY
