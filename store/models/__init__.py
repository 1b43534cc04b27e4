"""All tables, by room. docs/architecture.md draws how they hang together."""

from store.models.desk import (
    AuditRow,
    DecisionRow,
    DeliveryRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    ItemTextRow,
    SessionRow,
    SignInAttemptRow,
    UserRow,
)
from store.models.foundation import Base, Leased
from store.models.intake import (
    DocumentRow,
    FeedRow,
    OutletRow,
    PollCountRow,
    SetAsideRow,
)
from store.models.running import HeartbeatRow, RecordedClockRow
from store.models.series import DefinitionRow, MatchRow, SeriesRow
from store.models.stories import (
    CreditRow,
    DevelopmentRow,
    DuplicateRow,
    MemberRow,
    QuoteRow,
    SightingRow,
    StoryKeyRow,
    StoryRow,
    TagRow,
    VersionRow,
)

__all__ = [
    "AuditRow",
    "Base",
    "CreditRow",
    "DecisionRow",
    "DefinitionRow",
    "DeliveryRow",
    "DevelopmentRow",
    "DocumentRow",
    "DuplicateRow",
    "FeedRow",
    "HeartbeatRow",
    "InstalmentRow",
    "ItemQuoteRow",
    "ItemRow",
    "ItemTextRow",
    "Leased",
    "MatchRow",
    "MemberRow",
    "OutletRow",
    "PollCountRow",
    "QuoteRow",
    "RecordedClockRow",
    "SeriesRow",
    "SessionRow",
    "SetAsideRow",
    "SightingRow",
    "SignInAttemptRow",
    "StoryKeyRow",
    "StoryRow",
    "TagRow",
    "UserRow",
    "VersionRow",
]
