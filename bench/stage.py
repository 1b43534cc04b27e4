"""A Friday afternoon at the desk: what was done by then, so that every page has its say.

Given a played newsroom (bench/screenshots.py), people sign in, decide, write, quarrel and hand
over; a source is killed, one is under embargo, a CMS does not answer. All of it is invented.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bench import stage_waits
from pipeline.deliver import Draft
from pipeline.records import ChangeKind
from store import (
    assignments,
    beside,
    changes,
    clock,
    comments,
    decisions,
    deliveries,
    pasted,
    presences,
    searches,
    snoozes,
    steps,
    targets,
    texts,
    tokens,
    users,
)
from store.changes import Happened
from store.models import (
    DefinitionRow,
    DeliveryRow,
    FeedRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    TroubleRow,
    UserRow,
)
from store.session import transaction
from store.targets import Place
from store.texts import Wish
from store.users import Person

NOW = datetime(2026, 3, 13, 23, 40, tzinfo=UTC)  # Friday, 19:40 in New York: the cut-off is near
PASSWORD = "three tidy herons"  # noqa: S105  # of invented people in a throwaway database
PEOPLE = (
    ("ann", "Ann Reed", "operator"),
    ("ben", "Ben Okoro", "editor"),
    ("cleo", "Cleopatra Marshall-Whitcombe", "chief"),
    ("dora", "Dora Lindqvist", "reader"),
)
LONG = (
    "Ministers of nineteen states agree in principle, after a night of talks that twice broke off, "
    "on how the ceasefire line is to be watched, by whom, and who is to pay for the boats"
)
LEAD = (
    "After eleven hours in a hotel above the Golden Horn, the two delegations agreed on one thing: "
    "to **meet again**. What they call an energy working group is, so far, a table and six "
    "chairs.\n\n"
    "The swap of prisoners that was announced beside it would be the largest of the year."
)
TEXT = (
    "Brussels has found its guarantee. Belgium dropped its reservation when the other twenty-six "
    "accepted that the cover cannot be withdrawn, [Meridian Wire reported](https://meridian.example/"
    "guarantee).\n\n“We have moved from whether to how, and from how to who pays,” said Corinne "
    "Delvaux-Haas, the Commission\u2019s spokeswoman."
)


def people() -> None:
    """Everybody who may sign in, and somebody who may no more."""
    with transaction() as session:
        known = {person.name for person in users.everyone(session)}
        for name, display_name, role in PEOPLE:
            if name not in known:
                users.add(session, name=name, password=PASSWORD, role=role)
            session.execute(
                update(UserRow).where(UserRow.name == name).values(display_name=display_name)
            )
        if "emil" not in known:
            users.add(session, name="emil", password=PASSWORD, role="editor")
            users.disable(session, "emil", actor="ann", now=clock.real_now(session))


def afternoon() -> None:
    """Let it be Friday, and let everything have happened that happens in such a week."""
    with transaction() as session:
        clock.set_recorded(session, NOW)
    with transaction() as session:
        _sources(session)
        _handed_over(session, "gaza-talks", 1)
        _published(session, "iran-talks", 1)
        _assembled(session, "diplomacy-watch", 1)
    with transaction() as session:
        _checks(session, "diplomacy-watch", 1)


def _named(session: Session, name: str) -> Person:
    found = users.find(session, name)
    if found is None:
        raise LookupError(name)
    return found


def _instalment(session: Session, series: str, number: int) -> int:
    asked = (
        select(InstalmentRow.id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(SeriesRow.key == series, InstalmentRow.number == number)
    )
    return session.scalars(asked).one()


def _items(session: Session, instalment_id: int) -> list[int]:
    asked = (
        select(ItemRow.id)
        .where(ItemRow.instalment_id == instalment_id, ItemRow.state == "queued")
        .order_by(ItemRow.score.desc(), ItemRow.id)
    )
    return list(session.scalars(asked))


def _decide(session: Session, who: str, action: decisions.Action, items: Iterable[int]) -> None:
    """Decisions of the week, the earlier the further down the list."""
    for at, item in enumerate(items):
        based_on = decisions.find(session, item).version
        when = NOW - timedelta(hours=4 + 7 * at)
        person = _named(session, who)
        decisions.decide(session, item, person, action, based_on=based_on, now=when)


def _step(session: Session, instalment_id: int, who: str, *actions: str) -> None:
    for at, action in enumerate(actions):
        row = session.get_one(InstalmentRow, instalment_id, populate_existing=True)
        steps.take(
            session,
            instalment_id,
            _named(session, who),
            action,
            based_on=row.version,
            now=NOW - timedelta(hours=5 - at),
        )


def _sources(session: Session) -> None:
    """Most feeds are well; one is silent, one fails."""
    outlets = {row.key: row.id for row in session.scalars(select(OutletRow))}
    ids = list(session.scalars(select(FeedRow.id).order_by(FeedRow.id)))
    session.execute(update(FeedRow).values(state="not_modified"))
    # the last documents came at the stroke of the cut-off, which is still to be
    for row in (FeedRow.last_new_at, StoryRow.first_seen_at):
        session.execute(
            update(row.class_).where(row > NOW).values({row: row - timedelta(minutes=43)})
        )
    session.execute(update(FeedRow).where(FeedRow.id == ids[3]).values(state="http_5xx"))
    session.execute(update(TroubleRow).values(closed_at=NOW - timedelta(days=9)))
    for feed, kind, reason, hours in (
        (ids[3], "failing", "has answered 503 Service Unavailable nine times in a row", 26),
        (ids[6], "silent", "has given nothing for three days, and gave 14 stories a week", 74),
    ):
        session.execute(
            insert(TroubleRow).values(
                feed_id=feed,
                kind=kind,
                reason=reason,
                since=NOW - timedelta(hours=hours),
                opened_at=NOW - timedelta(hours=5),
            )
        )
    own = [key for key in ("the-calder-tribune", "the-albion-courier") if key in outlets]
    definition = DefinitionRow.definition.op("||")(
        {"own_outlets": own, "targets": [{"name": "cms"}, {"name": "newsletter"}]}
    )
    session.execute(update(DefinitionRow).values(definition=definition))


def _handed_over(session: Session, series: str, number: int) -> None:
    """An approved instalment whose CMS does not answer, while the newsletter has been changed."""
    instalment = _instalment(session, series, number)
    _decide(session, "ben", "accept", _items(session, instalment))
    _step(session, instalment, "cleo", "review", "ready", "approve")
    for key, title in (("cms", "The house\u2019s CMS"), ("newsletter", "Newsletter")):
        place = Place(key=key, kind="wordpress", title=title, url=f"https://{key}.example/wp-json")
        targets.add(session, place, by="ann")
    draft = Draft(
        title="Gaza Talks Watch",
        html="<p>Eleven pages became four.</p>",
        excerpt="",
        slug="gaza-1",
    )
    person = _named(session, "cleo")
    now = NOW - timedelta(minutes=40)
    down = deliveries.wish(session, instalment, "cms", draft, user=person, now=now)
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == down)
        .values(
            said="the CMS answered 503 Service Unavailable",
            attempts=3,
            due_at=clock.real_now(session) + timedelta(minutes=8),
        )
    )
    over = deliveries.wish(session, instalment, "newsletter", draft, user=person, now=now)
    wish = deliveries.load(session, over)
    if wish is not None:
        deliveries.end(
            session, wish, "stopped", said="somebody has changed the draft there", now=now
        )
        session.execute(update(DeliveryRow).where(DeliveryRow.id == over).values(work_state="done"))


def _published(session: Session, series: str, number: int) -> None:
    """An instalment that is out; since then one of its sources was corrected."""
    instalment = _instalment(session, series, number)
    items = _items(session, instalment)
    _decide(session, "cleo", "accept", items[:-1])
    _decide(session, "cleo", "reject", items[-1:])
    _step(session, instalment, "cleo", "review", "ready", "approve", "publish")
    _happens(session, items[0], "correction", "The inspectors come on Tuesday, not on Monday.")


def _happens(session: Session, item: int, kind: ChangeKind, said: str) -> None:
    story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == item)).one()
    if kind == "killed":
        session.execute(update(StoryRow).where(StoryRow.id == story).values(status="killed"))
    happened = Happened(
        story_id=story, kind=kind, occasion="pictures", said=said, is_in_substance=True
    )
    changes.record(session, [happened], by="machine:feeds", at=NOW - timedelta(hours=2))


def _assembled(session: Session, series: str, number: int) -> None:
    """The instalment of this week: half decided, partly written, with trouble in it."""
    ann, ben, cleo = (_named(session, name) for name in ("ann", "ben", "cleo"))
    instalment = _instalment(session, series, number)
    items = _items(session, instalment)
    _decide(session, "ann", "accept", items[1:6])
    _decide(session, "ben", "accept", items[6:9])
    _decide(session, "ben", "reject", items[9:12])
    late = decisions.find(session, items[12]).version
    until = NOW + timedelta(days=3, hours=-10)
    snoozes.snooze(session, items[12], ann, until, based_on=late, now=NOW - timedelta(hours=1))
    _happens(session, items[2], "killed", "Kill: the statement was never made. No substitute.")
    _happens(session, items[13], "update", "Adds comment from the ministry in the last paragraph.")
    story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == items[3])).one()
    embargo = {"embargo": "until", "embargo_until": NOW + timedelta(days=1, hours=2, minutes=10)}
    session.execute(update(StoryRow).where(StoryRow.id == story).values(**embargo))
    session.execute(update(ItemRow).where(ItemRow.id == items[14]).values(headline=LONG))
    for item in items[14:17]:
        assignments.assign(session, item, ann.id, by=cleo, at=NOW - timedelta(hours=3))
    assignments.assign(session, items[0], ben.id, by=cleo, at=NOW - timedelta(hours=3))
    comments.add(session, items[0], cleo, "Lead, I think. Have we seen the paper itself?", at=NOW)
    comments.add(session, items[0], ben, "Not yet; the ministry says tonight.", at=NOW)
    beside.star(session, items[0], ann, is_starred=True)
    texts.save_text(
        session, instalment, "lead", ben, Wish(markdown=LEAD, based_on=0, tab="a"), now=NOW
    )
    for turn, words in enumerate((TEXT[:90], TEXT)):
        stands = texts.of_item(session, items[1])
        wish = Wish(markdown=words, based_on=stands.made, tab=f"b{turn}", is_fresh=True)
        person = (ben, ann)[turn]
        texts.save_item(session, items[1], person, wish, now=NOW - timedelta(hours=2 - turn))
    for url, state, reason in (
        (
            "https://harbour-review.example/notes/what-the-guarantee-hides-and-from-whom",
            "refused",
            "its site asks machines not to read that page (robots.txt)",
        ),
        ("https://gazette.example/2026/03/13/ferry", "wanted", "it waits to be fetched"),
    ):
        made = pasted.add(
            session, instalment, given=url, url=url, section="items", user=ann, at=NOW
        )
        pasted.note(session, made, state=state, reason=reason)
    searches.save(session, ann, "Prisoners", "q=prisoner+swap&state=any", is_shared=True, at=NOW)
    searches.save(session, cleo, "For the lead", "zone=auto&order=newest", is_shared=True, at=NOW)
    real = clock.real_now(session)  # tokens end by the real clock
    tokens.add(session, ben, name="cms", rights=["decide"], series=["*"], actor="ann", now=real)
    presences.ping(session, f"/items/{items[1]}", cleo)


def _checks(session: Session, series: str, number: int) -> None:
    """Quotations that are not their source's, one way and another."""
    instalment = _instalment(session, series, number)
    asked = (
        select(ItemQuoteRow.id)
        .join(ItemRow, ItemRow.id == ItemQuoteRow.item_id)
        .where(ItemRow.instalment_id == instalment, ItemRow.state == "accepted")
        .order_by(ItemQuoteRow.id)
    )
    differs: dict[str, Any] = {
        "check": "differs",
        "check_why": "It is in the source, and other words stand there.",
        "differences": [{"quoted": "how to who pays", "source": "how to when"}],
    }
    unlike: tuple[dict[str, Any], ...] = (
        differs,
        {"check": "not_found", "check_why": "No sentence of the source is like it."},
        {"check": "unavailable", "check_why": "The source stands behind a paywall."},
    )
    for quote, facts in zip(session.scalars(asked), unlike, strict=False):
        session.execute(update(ItemQuoteRow).where(ItemQuoteRow.id == quote).values(**facts))


def stage() -> None:
    """People and afternoon; a second time only what goes by the real clock is put right."""
    people()
    with transaction() as session:
        is_done = bool(targets.known(session))
    if not is_done:
        afternoon()
    with transaction() as session:
        stage_waits.waits(session)
        soon = clock.real_now(session) + timedelta(minutes=14)
        session.execute(update(FeedRow).values(due_at=soon))
        session.execute(
            update(DeliveryRow).where(DeliveryRow.work_state != "done").values(due_at=soon)
        )
