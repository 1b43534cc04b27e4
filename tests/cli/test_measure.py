"""What a run cost: processor time and memory of all it started, sampled while it runs."""

import subprocess
import sys

from cli.measure import Meter

WORK = "sum(i * i for i in range(3_000_000)); print('done', flush=True); input()"


def test_a_process_that_has_ended_keeps_the_time_it_was_last_seen_with() -> None:
    with Meter(every=60) as meter:
        meter.sample()
        before = meter.cpu_seconds
        with subprocess.Popen(
            [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "done\n"
            meter.sample()
            during = meter.cpu_seconds
            child.communicate("\n")
        meter.sample()
        after = meter.cpu_seconds
    assert during > before + 0.05
    assert after >= during
    assert meter.peak_rss_mb > 10


def test_the_peak_never_falls() -> None:
    with Meter(every=0.01) as meter:
        held = bytearray(60 * 2**20)
        held[::4096] = b"x" * len(held[::4096])
        meter.sample()
        high = meter.peak_rss_mb
        del held
        meter.sample()
    assert meter.peak_rss_mb >= high
    assert meter.cpu_seconds > 0
