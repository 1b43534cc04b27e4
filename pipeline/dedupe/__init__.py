"""Is this story one we hold already, what has changed in it, and whose word of it stands?"""

from pipeline.dedupe.alternates import resemblance
from pipeline.dedupe.families import Families, Kin, Link, came
from pipeline.dedupe.fingerprints import fingerprints
from pipeline.dedupe.identity import body_key, keys
from pipeline.dedupe.lineage import explained, in_force, notice, standing
from pipeline.dedupe.naming import named_numbers
from pipeline.dedupe.ownership import leading, nearness
from pipeline.dedupe.recent import DAYS, TEMPLATE, Copy, Recent, found_by, likeliest, shared_by
from pipeline.dedupe.relation import Reading, read, related
from pipeline.dedupe.versions import (
    carried_over,
    is_in_substance,
    revised,
    shortened,
    version_kind,
)
from pipeline.dedupe.wording import wording

__all__ = [
    "DAYS",
    "TEMPLATE",
    "Copy",
    "Families",
    "Kin",
    "Link",
    "Reading",
    "Recent",
    "body_key",
    "came",
    "carried_over",
    "explained",
    "fingerprints",
    "found_by",
    "in_force",
    "is_in_substance",
    "keys",
    "leading",
    "likeliest",
    "named_numbers",
    "nearness",
    "notice",
    "read",
    "related",
    "resemblance",
    "revised",
    "shared_by",
    "shortened",
    "standing",
    "version_kind",
    "wording",
]
