"""Is this story one we hold already, and what has changed in it?"""

from pipeline.dedupe.identity import keys
from pipeline.dedupe.versions import carried_over, version_kind

__all__ = ["carried_over", "keys", "version_kind"]
