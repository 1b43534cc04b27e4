"""Is this story one we hold already, what has changed in it, and whose word of it stands?"""

from pipeline.dedupe.alternates import resemblance
from pipeline.dedupe.fingerprints import fingerprints
from pipeline.dedupe.identity import keys
from pipeline.dedupe.ownership import leading, nearness
from pipeline.dedupe.recent import Copy, Recent
from pipeline.dedupe.relation import Reading, read, related
from pipeline.dedupe.versions import carried_over, revised, version_kind

__all__ = [
    "Copy",
    "Reading",
    "Recent",
    "carried_over",
    "fingerprints",
    "keys",
    "leading",
    "nearness",
    "read",
    "related",
    "resemblance",
    "revised",
    "version_kind",
]
