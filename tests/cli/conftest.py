"""What the tests of the console share."""

import pytest

from tests.cli.console import Console, console


@pytest.fixture
def serieswatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Console:
    """Types a command line at the console in this process."""
    return console(capsys, monkeypatch)
