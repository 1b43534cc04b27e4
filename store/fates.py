"""What becomes of the rows of every table in time: kept for ever, aged, turned, few, or passing.

A law (tests/law/test_fates.py) holds that every table stands here once, so that a new one cannot
be forgotten. `python -m bench soak` holds that those that may not grow with time do not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "kept",  # rows stay for ever, and there are more each day: of news, or of people's work
    "aged",  # a rule of store/retention.py takes rows away
    "turned",  # in partitions of a day, which are dropped whole
    "few",  # as many as there are feeds, series, people ...: time alone brings no more
    "passing",  # whoever is through with a row, or makes the next one, takes it away
]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a table's rows, and why."""

    kind: Kind
    why: str
    rules: tuple[str, ...] = ()  # of store/retention.py: of rows, or of what is large in them

    @property
    def may_grow(self) -> bool:
        """Whether there may be more of it after a day than before."""
        return self.kind in {"kept", "aged", "turned"}


KEPT = {
    # what feeds said
    "documents": ("which answer brought what; its bytes go", "documents"),
    "stories": ("an old item that comes back is known", "stories"),
    "story_versions": ("what was said when; the words go", "stories"),
    "story_keys": ("what stories are known by",),
    "story_alternates": ("what stories are known by elsewhere",),
    "sightings": ("which feed brought what when: rhythms, leading feeds",),
    "withdrawals": ("what a feed has taken back stays taken back",),
    "story_changes": ("what happened to a story",),
    "story_merges": ("what was refused or undone is not proposed again",),
    "notices": ("a wire's word about its items, and what was done on it",),
    "article_pages": ("which pages were read; their text goes", "stories"),
    "duplicates": ("whose copy a story is",),
    "developments": ("instalments of years ago name them",),
    "development_stories": ("why a story stands where it stands",),
    "development_words": ("rulings of years ago are learnt from",),
    "matches": ("why a story was suggested, or not",),
    "tags": ("what stories in use are found by", "stories"),
    "credits": ("whom a used story is owed to", "stories"),
    "quotes": ("what was said, where it is used", "stories"),
    "match_samples": ("what the matcher let go by, for people to check",),
    # what people made of it
    "instalments": ("people's work",),
    "instalment_steps": ("who moved it, when, why",),
    "instalment_texts": ("people's words",),
    "items": ("people's work",),
    "item_assignments": ("one an item at most",),
    "item_changes": ("who changed what in an item",),
    "item_comments": ("people's words",),
    "item_developments": ("what an item tells",),
    "item_offers": ("what was offered to a touched item, and the answer",),
    "item_quotes": ("which words are proven by which story",),
    "item_stars": ("people's marks",),
    "item_texts": ("people's words",),
    "decisions": ("matching learns from them",),
    "alerts": ("what an item's sources did",),
    "kept_apart": ("a person's word on two stories",),
    "tag_corrections": ("a person's word on a tag",),
    "rulings": ("a person's word on developments",),
    "refused_suggestions": ("a person's word on a suggestion",),
    "pasted_links": ("what a person brought in",),
    "deliveries": ("what was handed over, and how it ended",),
    "remote_posts": ("what stands elsewhere, to be changed there",),
    "audit": ("every change by person or machine",),
    # what was learnt or said anew, now and then
    "series_definitions": ("old matches name theirs",),
    "series_models": ("old matches name theirs",),
    "series_rematches": ("one a definition and matcher",),
    "subject_models": ("old tags name theirs",),
    "cluster_fits": ("old placements name theirs",),
    "reprocessings": ("one each time an operator asks for it",),
}
AGED = {
    "set_aside": ("what was dealt with", "set aside"),
    "sessions": ("those that have ended", "sessions"),
    "sign_in_attempts": ("failed ones", "sign-in attempts"),
    "presences": ("who had a text open", "presences"),
    "robots_rules": ("asked again when they are needed", "robots"),
    "poll_days": ("totals stay in poll_counts", "poll days"),
    "series_replays": ("answers to a form", "replays"),
    "feed_lookups": ("answers to a form", "look-ups"),
    "troubles": ("those that are over", "troubles"),
    "backfills": ("with their trouble", "troubles"),
    "invitations": ("used, or too old to be", "invitations"),
}
TURNED = {"fingerprints": "a week of them (workers.turn_days)"}
FEW = {
    "outlets": "as many as are followed",
    "feeds": "as many as are followed",
    "feed_memory": "one a feed, of a bounded size",
    "poll_counts": "one a feed and outcome",
    "audit_counts": "one an outcome",
    "host_groups": "one a server that is asked",
    "subscriptions": "one a feed",
    "mailboxes": "one a feed",
    "series": "as many as people make",
    "targets": "as many as people make",
    "users": "as many as there are people",
    "user_keys": "one a person",
    "identities": "one a person and provider",
    "series_roles": "one a person and series",
    "api_tokens": "as many as people make",
    "saved_searches": "as many as people make",
    "digests": "one a person",
    "heartbeats": "one a kind of process",
    "recorded_clock": "one, in a replay",
    "statistics": "one a label",
    "statistics_reach": "one a statistic",
    "retention": "one a rule",
}
PASSING = {
    "dropped_files": "a file that is gone is forgotten after a month (store/drops.py)",
    "item_snoozes": "until the item comes back (store/snoozes.py)",
    "provider_visits": "until it comes back, or the next one is sent (store/identities.py)",
    "api_writes": "for a day, until the next one comes (desk/api/door.py)",
}


def _all() -> Iterator[tuple[str, Fate]]:
    for table, (why, *rules) in KEPT.items():
        yield table, Fate("kept", why, tuple(rules))
    for table, (why, *rules) in AGED.items():
        yield table, Fate("aged", why, tuple(rules))
    for table, why in TURNED.items():
        yield table, Fate("turned", why)
    for table, why in FEW.items():
        yield table, Fate("few", why)
    for table, why in PASSING.items():
        yield table, Fate("passing", why)


FATES: Mapping[str, Fate] = dict(_all())
