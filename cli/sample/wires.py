"""The sample newsroom's wires: documents as agencies send them, NewsML-G2 and NITF."""

import tomllib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from cli.sample.reading import MATERIAL

_WIRES = MATERIAL / "wires"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWire:
    """One invented agency, and what its documents amount to."""

    folder: str
    outlet: str
    homepage: str
    language: str
    stories: int  # with those that are killed: nothing that was read is lost

    @property
    def documents(self) -> tuple[Traversable, ...]:
        """Its documents, in the order in which they are sent."""
        return tuple(sorted((_WIRES / self.folder).iterdir(), key=lambda one: one.name))


def read_wires() -> tuple[SampleWire, ...]:
    """The wires of `material/wires/wires.toml`."""
    told = tomllib.loads((_WIRES / "wires.toml").read_text("utf-8"))
    return tuple(SampleWire(**wire) for wire in told["wire"])


WIRES = read_wires()


def write_wires(directory: Path) -> None:
    """Write one folder per wire with its successive documents of the week."""
    for wire in WIRES:
        folder = directory / wire.folder
        folder.mkdir(parents=True, exist_ok=True)
        for document in wire.documents:
            (folder / document.name).write_bytes(document.read_bytes())
