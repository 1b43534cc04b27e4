"""The software bill of materials, as CycloneDX JSON: what the product is made of, by its lock file.

    python -m bench.sbom [REQUIREMENTS]        (make sbom)

The same lock file gives the same bytes: it holds no time, and its serial number follows from its
content. Which package asks for which is taken from the lock file's own notes.
"""

import argparse
import json
import re
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pipeline

ROOT = Path(__file__).parents[1]
RUN = ROOT / "requirements" / "run.txt"
PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<when>[^\\]+))?"
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"^\s+#\s+(?:via\s+)?(?P<who>[A-Za-z0-9._-]+)(?:\s+\(pyproject\.toml\))?\s*$")


@dataclass(slots=True)
class Package:
    """One line of the lock file with what stands below it."""

    name: str
    version: str
    when: str  # the marker under which it is installed; '' always
    hashes: list[str] = field(default_factory=list)
    asked_by: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        """Its name in every register."""
        name = re.sub(r"[-_.]+", "-", self.name).lower()
        return f"pkg:pypi/{name}@{self.version}"


def read(lock: str) -> list[Package]:
    """The packages of a lock file, by name."""
    found: list[Package] = []
    for line in lock.splitlines():
        if pinned := PINNED.match(line):
            when = (pinned["when"] or "").strip()
            found.append(Package(pinned["name"], pinned["version"], when))
        elif found and (hashed := HASH.search(line)):
            found[-1].hashes.append(hashed[1])
        elif found and (via := VIA.match(line)):
            found[-1].asked_by.append(via["who"])
    return sorted(found, key=lambda one: one.purl)


def bill(packages: Sequence[Package], *, version: str) -> dict[str, Any]:
    """The bill as CycloneDX 1.6 has it."""
    own = f"pkg:pypi/serieswatch@{version}"
    by_name = {one.name: one.purl for one in packages} | {"serieswatch": own}
    needs: dict[str, list[str]] = {own: [], **{one.purl: [] for one in packages}}
    for one in packages:
        for who in one.asked_by:
            if who in by_name:
                needs[by_name[who]].append(one.purl)
    told: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "serieswatch",
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": list(_components(packages)),
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(set(on))} for ref, on in sorted(needs.items())
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(told, sort_keys=True))
    return told | {"serialNumber": f"urn:uuid:{serial}"}


def _components(packages: Sequence[Package]) -> Iterator[dict[str, Any]]:
    for one in packages:
        told: dict[str, Any] = {
            "type": "library",
            "bom-ref": one.purl,
            "name": one.name,
            "version": one.version,
            "purl": one.purl,
            # Of each file that may be installed; pip takes no other.
            "properties": [
                {"name": "serieswatch:sha256", "value": digest} for digest in sorted(one.hashes)
            ],
        }
        if one.when:
            told["properties"].append({"name": "serieswatch:when", "value": one.when})
        yield told


def main(words: Sequence[str] | None = None) -> int:
    """Print the bill of one lock file."""
    parser = argparse.ArgumentParser(prog="bench.sbom", description=__doc__)
    parser.add_argument("lock", nargs="?", type=Path, default=RUN)
    lock: Path = parser.parse_args(words).lock
    version = pipeline.__version__
    told = bill(read(lock.read_text(encoding="utf-8")), version=version)
    json.dump(told, sys.stdout, indent=1, sort_keys=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
