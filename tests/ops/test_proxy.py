"""The proxy takes no other proxy's word for who asks but of those it is told of."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.law.tree import ROOT

START = ROOT / "ops" / "proxy" / "start.sh"


def started(at: Path, front: str) -> tuple[int, str, str]:
    """Start with a server that only looks at what it is given: its answer, words, and settings."""
    program = at / "nginx"
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    (at / "plain.conf").write_text("", encoding="utf-8")
    written = START.read_text(encoding="utf-8")
    script = re.sub(r"(/etc/proxy|/tmp|/srv/tls)/", f"{at}/", written)  # places of the image
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": f"{at}:/usr/bin:/bin", "FRONT_PROXIES": front},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, (at / "front.conf").read_text("utf-8")


def test_it_believes_nobody_who_is_not_named(tmp_path: Path) -> None:
    answer, said, settings = started(tmp_path, "")
    assert (answer, said, settings) == (0, "serving the desk: plain\n", "")


def test_it_believes_those_it_is_told_of(tmp_path: Path) -> None:
    answer, said, settings = started(tmp_path, "10.20.0.7,2001:db8::/64")
    assert answer == 0
    assert "behind 10.20.0.7" in said
    assert settings.splitlines() == [
        "set_real_ip_from 10.20.0.7;",
        "set_real_ip_from 2001:db8::/64;",
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


@pytest.mark.parametrize(
    "front", ["0.0.0.0/0", "::/0", "0.0.0.0/00", "proxy.example", "10.0.0.7;x", "unix:"]
)
def test_it_does_not_start_believing_everybody_or_nonsense(tmp_path: Path, front: str) -> None:
    answer, said, _ = started(tmp_path, front)
    assert answer == 1
    assert f"FRONT_PROXIES names {front}: give the proxy's own address" in said
