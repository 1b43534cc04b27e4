"""The measurements behind the figures in the docs: `make bench`, or `python -m bench PART...`.

Figures are CPU seconds of all processes together: seconds on the clock depend on what else the
machine does. Nothing here passes or fails by time.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable

from bench import (
    attribution,
    chaos,
    copies,
    desk,
    developments,
    documents,
    instalments,
    killed,
    many_series,
    mutated,
    panels,
    polling,
    programme,
    quotes,
    races,
    rematch,
    scale,
    scrape,
    series_match,
    slicing,
    soak,
    soak_stages,
    tags,
    upgrade,
    week,
    wires,
)


def _series() -> int:
    return series_match.main([]) | many_series.main()


PARTS: dict[str, tuple[str, Callable[[], int]]] = {
    "tags": (
        "names, readings of capitals, subjects, credits, quotations, speakers",
        lambda: tags.main([]) | attribution.main([]),
    ),
    "quotes": ("the quote check on real quotations, as they are and altered", quotes.main),
    "series": ("how well the series match labelled stories", _series),
    "instalments": (
        "how the items of labelled weeks are gathered and ranked",
        lambda: instalments.main([]),
    ),
    "rematch": (
        "a changed definition over 100,000 stored stories, or N",
        lambda: rematch.main(_numbers()),
    ),
    "developments": ("copies and developments on labelled sets", lambda: developments.main([])),
    "desk": (
        "what an editor waits for on a full desk, three at once",
        lambda: desk.main(_numbers()),
    ),
    "copies": ("what copies cost as arrivals go on", lambda: copies.main([])),
    "races": ("copies that arrive at the same instant", lambda: races.main(_numbers())),
    "week": ("a real week through the whole product", week.main),
    "documents": ("every folder of real documents through the whole product", documents.main),
    "slicing": ("documents without their known items against the whole", slicing.main),
    "wires": ("wire documents by version and kind, two oracles, speed", wires.main),
    "mutated": ("damaged documents, a hundred thousand or N", lambda: mutated.main(_numbers())),
    "polling": ("what polling costs, with lemon24/reader beside it", polling.main),
    "programme": ("days among publishers that stall, burst and lie", programme.main),
    "scale": ("how many feeds two cores carry", scale.main),
    "soak": ("a simulated day of a thousand feeds: what grows", lambda: soak.main([])),
    "stages": ("what each stage costs a story", lambda: soak_stages.main(_numbers())),
    "chaos": ("the sample newsroom while all that can break is broken", lambda: chaos.main([])),
    "panels": ("every panel of every dashboard over a played newsroom", panels.main),
    "scrape": ("what a scrape costs with 10,000 feeds and 500,000 stories", scrape.main),
    "upgrade": ("the sample newsroom while its release is changed", lambda: upgrade.main([])),
    "killed": ("a real week while every process is killed again and again", killed.week),
}


def _numbers() -> list[str]:
    """The numbers among the arguments: how many, for a part that asks."""
    return [one for one in sys.argv[1:] if one.isdigit()]


def main() -> int:
    """Print the parts asked for, or all; 1 if one of them found a defect."""
    with_arguments = {"chaos": chaos.main, "soak": soak.main, "upgrade": upgrade.main}
    if sys.argv[1:2] and (its_own := with_arguments.get(sys.argv[1])):
        return its_own(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = [one for one in parser.parse_args().parts if not one.isdigit()] or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]}")
    found = 0
    for name in asked:
        title, measure = PARTS[name]
        print(f"\n{name}: {title}\n{'-' * (len(name) + len(title) + 2)}", flush=True)
        found |= measure()
        sys.stdout.flush()
    return found


if __name__ == "__main__":
    sys.exit(main())
