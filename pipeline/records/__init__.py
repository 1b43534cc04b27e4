"""The records that steps pass one another, by room. Frozen, slotted, nouns; times aware and UTC.

Down a story's way: feeds | answers | documents, wires | polls | stories | versions | tags |
developments | series, matches; and quotechecks, which look back. Whoever needs a record imports it
from here: in which room it stands is nobody else's business.
"""

from pipeline.records.answers import Answer, Hop, Request, Verdict
from pipeline.records.developments import Placement, Weighed
from pipeline.records.documents import (
    Document,
    Entry,
    Gated,
    Hints,
    Memory,
    Refused,
    Tombstone,
    Ways,
)
from pipeline.records.feeds import Custom, Feed, Outlet, OutletFeed, OutletKind
from pipeline.records.matches import Match, Reason, Zone
from pipeline.records.polls import (
    ANSWERED_304,
    Audited,
    Heard,
    HostGroup,
    Move,
    Next,
    Outlook,
    Rhythm,
    Trust,
)
from pipeline.records.quotechecks import CheckState, Difference, QuoteCheck, Source
from pipeline.records.series import ItemForm, Section, Series, Target, Window
from pipeline.records.stories import Article, PageFound, PageRead, Story
from pipeline.records.tags import Credit, CreditKind, Quote, QuoteKind, Span, Tag, Tagged
from pipeline.records.versions import (
    Carrier,
    ChangeKind,
    Keys,
    Relation,
    RelationKind,
    Resemblance,
    Told,
    VersionKind,
    WireStanding,
)
from pipeline.records.wires import (
    ActsOn,
    Embargo,
    Link,
    Notice,
    Subject,
    Wire,
    WireAction,
    WireStatus,
)

__all__ = [
    "ANSWERED_304",
    "ActsOn",
    "Answer",
    "Article",
    "Audited",
    "Carrier",
    "ChangeKind",
    "CheckState",
    "Credit",
    "CreditKind",
    "Custom",
    "Difference",
    "Document",
    "Embargo",
    "Entry",
    "Feed",
    "Gated",
    "Heard",
    "Hints",
    "Hop",
    "HostGroup",
    "ItemForm",
    "Keys",
    "Link",
    "Match",
    "Memory",
    "Move",
    "Next",
    "Notice",
    "Outlet",
    "OutletFeed",
    "OutletKind",
    "Outlook",
    "PageFound",
    "PageRead",
    "Placement",
    "Quote",
    "QuoteCheck",
    "QuoteKind",
    "Reason",
    "Refused",
    "Relation",
    "RelationKind",
    "Request",
    "Resemblance",
    "Rhythm",
    "Section",
    "Series",
    "Source",
    "Span",
    "Story",
    "Subject",
    "Tag",
    "Tagged",
    "Target",
    "Told",
    "Tombstone",
    "Trust",
    "Verdict",
    "VersionKind",
    "Ways",
    "Weighed",
    "Window",
    "Wire",
    "WireAction",
    "WireStanding",
    "WireStatus",
    "Zone",
]
