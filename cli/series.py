"""The verbs about series that ask the database: list, show, replay, rematch, review, learn."""

import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine

from cli.output import print_done, print_json, print_table, tell
from cli.seeding import definitions as definitions_of
from cli.who import who
from pipeline import match
from pipeline.definition import series_from_json
from pipeline.errors import BadInput
from pipeline.series_file import series_to_toml
from store import clock, definitions, series, taught
from store.session import transaction
from workers import rematching, replaying


def show(args: Namespace, engine: Engine) -> int:
    """One series: its definition's number, its model and figures, recall, what waits for review."""
    with transaction(engine) as session:
        found = [line for line in series.lines(session) if line["series"] == args.slug]
        if not found:
            raise BadInput(f'there is no series "{args.slug}": `serieswatch series list`')
        series_id = series.id_of(session, args.slug)
        model = taught.models(session).get(series_id)
        shown = taught.samples(session, series_id)
        recall = _recall(taught.missed(session, series_id), series.accepted(session, series_id))
    learnt = None if model is None else {"number": model.number, "fitted_at": model.fitted_at}
    if learnt and model:
        learnt |= {"method": model.model["method"], "auto_from": model.model["auto_from"]}
        learnt |= {"definition": model.definition_id, "figures": model.figures}
    line = found[0] | {"model": learnt, "recall": recall, "to_review": shown}
    if args.json:
        print_json(line)
        return 0
    print_table([found[0]], tuple(found[0]), "")
    print(f"recall: {recall['text']}")
    print(f"model: {learnt['method'] if learnt else 'cold: nothing is learnt yet'}")
    columns = ("story", "shown_as", "score", "seen_at", "title")
    print_table(shown, columns, "Nothing that was ignored waits for a word.")
    return 0


def _recall(missed: taught.Missed, accepted: int) -> dict[str, object]:
    """How much of what was wanted was shown, with the bounds of it, from the reviewed sample."""
    found = match.recall(
        accepted,
        reviewed=missed.reviewed,
        wanted=missed.wanted,
        covers=missed.covers,
        stands_for=missed.stands_for,
    )
    if found is None:
        text = "not known: nothing of what was ignored has been reviewed (`series review`)"
        return {"estimate": None, "low": None, "high": None, "reviewed": 0, "text": text}
    text = (
        f"about {found.estimate:.0%} (between {found.low:.0%} and {found.high:.0%}); "
        f"{missed.wanted} of {missed.reviewed} reviewed belonged"
    )
    return asdict(found) | {"reviewed": missed.reviewed, "text": text}


def export(args: Namespace, engine: Engine) -> int:
    """The definition in force as a file for config/series, as somebody wrote it."""
    with transaction(engine) as session:
        version = definitions.in_force(session, series.id_of(session, args.slug))
    if version is None:
        raise BadInput(f"{args.slug} has no definition: `serieswatch seed` brings one in")
    text = version.source or series_to_toml(series_from_json(version.definition))
    if args.json:
        print_json({"series": args.slug, "definition": version.number, "toml": text})
    else:
        sys.stdout.write(text)
    return 0


def replay(args: Namespace, engine: Engine) -> int:
    """What a definition would match of the last days, against what was matched."""
    proposed = None
    if args.definition:
        proposed = series_from_json(definitions_of([Path(args.definition)])[0])
    with transaction(engine) as session:
        found = replaying.replay(session, args.slug, days=args.days, proposed=proposed)
    counts = {
        change: sum(one.change == change for one in found) for change in ("gained", "lost", "kept")
    }
    lines = [asdict(one) | {"change": one.change} for one in found]
    if args.json:
        print_json({"series": args.slug, "days": args.days} | counts | {"stories": lines})
        return 0
    tell(f"{args.slug}, {args.days} days: {', '.join(f'{n} {c}' for c, n in counts.items())}")
    rows = [line for line in lines if line["change"] != "kept"]
    print_table(rows, ("change", "score", "outlet", "title", "story"), "Nothing would change.")
    return 0


def rematch(args: Namespace, engine: Engine) -> int:
    """Match all stored stories again under the definition in force, with progress."""

    def progress(done: rematching.Rematched) -> None:
        tell(f"{done.stories:,} of {done.of:,} stories, {done.matched} match")

    done = rematching.rematch(args.slug, by=who(), on=engine, tell=progress)
    if args.json:
        print_json({"series": args.slug} | asdict(done))
    else:
        late = f"; {done.closed} came for instalments that take no more" if done.closed else ""
        print(f"{args.slug}: {done.stories:,} stories matched again, {done.matched} match{late}")
    return 0


def review(args: Namespace, engine: Engine) -> int:
    """Say of a story that was ignored and shown whether it belongs."""
    with transaction(engine) as session:
        taught.review(
            session,
            series.id_of(session, args.slug),
            args.story,
            is_wanted=args.word == "yes",
            by=who(),
            now=clock.now(session),
        )
    said = {"series": args.slug, "story": args.story, "is_wanted": args.word == "yes"}
    print_done(said, f"{args.slug}: story {args.story} noted", as_json=args.json)
    return 0
