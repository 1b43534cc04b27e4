"""Letters to editors: one for all that waits, over a real connection."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from config import settings as told
from pipeline.errors import BadInput
from store import clock, comments, digests, gauges
from store import session as sessions
from store.exposition import text_format
from store.models import AssignmentRow, DigestRow, ItemRow, UserRow
from store.session import transaction
from store.users import Person
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.emptying import empty
from tests.origin import CERTIFICATE
from tests.rounds import own_database
from tests.smtp import PASSWORD, PostOffice, post_office
from workers import client, mailing
from workers.http import Http

LETTERS = "serieswatch_letters_waiting"
NEVER = FRIDAY - timedelta(days=9999)


@dataclass
class Desk:
    """Two people, an instalment with items, and a mail server."""

    office: PostOffice
    instalment: int
    ann: Person
    ben: Person
    opener: Http | None = None

    def item(self, headline: str) -> int:
        with transaction() as session:
            return Newsroom(session).item(self.instalment, headline)

    def give(self, item: int, *, to: Person, by: Person, at: datetime | None = None) -> None:
        with transaction() as session:
            now = clock.now(session) if at is None else at
            session.execute(
                insert(AssignmentRow).values(item_id=item, user_id=to.id, by_id=by.id, at=now)
            )

    def rounds(self, *, is_later: bool = True) -> list[int]:
        """What a sweep does, and with `is_later` what is due once it has been quiet."""
        settings = told.settings()
        found = mailing.due(settings)
        if is_later:
            with transaction() as session:
                session.execute(
                    update(DigestRow)
                    .where(DigestRow.work_state == "ready")
                    .values(due_at=NEVER, announced_until=None)
                )
            found = mailing.due(settings)
        for one in found:
            mailing.send(one, settings, self.opener or client.made(settings))
        return found


@pytest.fixture(scope="module")
def own(server: Engine) -> Iterator[Engine]:
    with own_database(server, "mailing") as engine:
        yield engine


@pytest.fixture
def desk(own: Engine) -> Iterator[Desk]:
    assert own is sessions.engine()  # where we and the worker commit
    with transaction() as session:
        empty(session)
    with post_office() as office:
        told.override(
            mail_server=f"smtp://127.0.0.1:{office.port}",
            mail_from="serieswatch@newsroom.example",
            desk_url="https://desk.newsroom.example",
            allow_inside=f"127.0.0.1/32:{office.port}",
        )
        with transaction() as session:
            room = Newsroom(session)
            ann, ben = room.person("ann", "Ann Reed"), room.person("ben", "Ben Okoro")
            instalment = room.instalment(room.series(), number=7)
            long_ago = clock.now(session) - timedelta(days=1)
            digests.write_to(session, "ben", "ben@newsroom.example", by="tests", now=long_ago)
        yield Desk(office, instalment, ann, ben)


def test_two_items_given_to_a_colleague_are_one_letter_and_not_two(desk: Desk) -> None:
    for headline in ("Envoys meet", "A pier is leased"):
        desk.give(desk.item(headline), to=desk.ben, by=desk.ann)
        assert desk.rounds(is_later=False) == []  # more may follow at once
    desk.rounds()
    desk.rounds()
    [letter] = desk.office.letters
    assert letter["Subject"] == "serieswatch: 2 items for you"
    assert (letter["To"], desk.office.recipients) == (
        "ben@newsroom.example",
        ["ben@newsroom.example"],
    )
    words = letter.get_content()
    assert "Ben Okoro," in words
    assert words.index("Envoys meet") < words.index("A pier is leased")
    assert "from Ann Reed" in words
    assert "https://desk.newsroom.example/items/" in words


def test_what_came_after_is_another_letter_with_another_number(desk: Desk) -> None:
    desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
    desk.rounds()
    desk.give(desk.item("A pier is leased"), to=desk.ben, by=desk.ann)
    desk.rounds()
    first, second = desk.office.letters
    assert "Envoys meet" not in second.get_content()
    assert first["Message-ID"] != second["Message-ID"]


def test_who_is_spoken_to_is_told_and_who_speaks_is_not(desk: Desk) -> None:
    with transaction() as session:
        long_ago = clock.now(session) - timedelta(days=1)
        digests.write_to(session, "ann", "ann@newsroom.example", by="tests", now=long_ago)
    mine = desk.item("Given to Ben")
    desk.give(mine, to=desk.ben, by=desk.ben)
    others = desk.item("Nobody's")

    def say(item: int, by: Person, words: str) -> None:
        with transaction() as session:
            comments.add(session, item, by, words, at=clock.now(session))

    say(mine, desk.ann, "Is the date right?")
    say(others, desk.ann, "To myself.")
    desk.rounds()
    [letter] = desk.office.letters
    assert letter["To"] == "ben@newsroom.example"
    assert "Ann Reed: Is the date right?" in letter.get_content()
    assert "To myself." not in letter.get_content()
    say(mine, desk.ben, "It is.")
    desk.rounds()
    [_, answer] = desk.office.letters
    assert answer["To"] == "ann@newsroom.example"
    assert "Ben Okoro: It is." in answer.get_content()
    assert "right?" not in answer.get_content()  # her own words
    with transaction() as session:
        soon = FRIDAY + timedelta(hours=1)
        shown = comments.unanswered(session, desk.ann, now=soon)
        assert [(one.headline, one.text) for one in shown] == [("Given to Ben", "It is.")]
        assert comments.unanswered(session, desk.ben, now=soon) == []  # he has answered


def test_what_somebody_took_for_themselves_or_has_decided_is_not_told(desk: Desk) -> None:
    desk.give(desk.item("Taken"), to=desk.ben, by=desk.ben)
    decided = desk.item("Decided")
    desk.give(decided, to=desk.ben, by=desk.ann)
    with transaction() as session:
        session.execute(update(ItemRow).where(ItemRow.id == decided).values(state="accepted"))
    desk.rounds()
    assert desk.office.letters == []


def test_a_mail_server_that_refuses_is_tried_again_with_all_that_waits_by_then(desk: Desk) -> None:
    desk.office.refusals = 1
    desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
    desk.rounds()
    assert desk.office.letters == []
    with transaction() as session:
        [said] = session.execute(DigestRow.__table__.select()).mappings().all()
    assert "come back later" in said["said"]
    desk.give(desk.item("A pier is leased"), to=desk.ben, by=desk.ann)
    desk.rounds()
    [letter] = desk.office.letters
    assert letter["Subject"] == "serieswatch: 2 items for you"


def test_a_mail_server_that_is_not_there_is_told_of_in_words(desk: Desk) -> None:
    told.override(mail_server="smtp://127.0.0.1:1", allow_inside="127.0.0.1/32:1")
    desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
    desk.rounds()
    with transaction() as session:
        [row] = session.execute(DigestRow.__table__.select()).mappings().all()
    assert row["said"].startswith("no connection to the mail server: ")


def test_nobody_is_written_to_without_a_server_an_address_or_a_way_in(desk: Desk) -> None:
    desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
    desk.give(desk.item("A pier is leased"), to=desk.ann, by=desk.ben)
    with transaction() as session:
        session.execute(update(UserRow).where(UserRow.name == "ben").values(disabled_at=FRIDAY))
    desk.rounds()
    assert desk.office.letters == []
    assert mailing.due(replace(told.settings(), mail_server="")) == []


@pytest.mark.parametrize(
    "address",
    ["ben", "ben@", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b>"],
)
@pytest.mark.usefixtures("desk")
def test_what_is_no_address_is_refused(address: str) -> None:
    with transaction() as session, pytest.raises(BadInput, match="is no mail address"):
        digests.write_to(session, "ben", address, by="tests", now=FRIDAY)
    with transaction() as session, pytest.raises(BadInput, match="nobody is called"):
        digests.write_to(session, "nobody", "a@b.example", by="tests", now=FRIDAY)


def over_tls(desk: Desk, scheme: str, *, password: str = PASSWORD) -> None:
    """From now on letters go out over TLS, with a name and a password."""
    server = f"{scheme}://desk%40newsroom@feeds.example:{desk.office.port}"
    told.override(mail_server=server, credentials=f"{server} {password}")
    desk.opener = Http(
        allow_inside=(f"127.0.0.1/32:{desk.office.port}",),
        resolve=lambda _name, _port: ["127.0.0.1"],
        ca_file=str(CERTIFICATE),
    )


@pytest.mark.parametrize("way", ["smtps", "smtp+starttls"])
def test_a_server_that_asks_who_is_there_is_told_over_tls_alone(desk: Desk, way: str) -> None:
    with post_office(way) as desk.office:
        over_tls(desk, way)
        desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
        desk.give(desk.item("A pier is leased"), to=desk.ben, by=desk.ann)
        desk.rounds()
        desk.rounds()
        [letter] = desk.office.letters  # one and not two
    assert letter["Subject"] == "serieswatch: 2 items for you"
    assert desk.office.signed_in == ["desk@newsroom"]
    assert desk.office.in_the_open == []


def said(desk: Desk) -> str:
    """What stands in the row of the one letter."""
    assert desk.office.letters == []
    with transaction() as session:
        return session.scalars(select(DigestRow.said)).one()


def test_what_no_letter_would_tell_makes_none_due_and_is_no_letter_that_waits(desk: Desk) -> None:
    merged, gone = desk.item("Envoys meet"), desk.item("A pier is leased")
    for item in (merged, gone):
        desk.give(item, to=desk.ben, by=desk.ann, at=FRIDAY)
    with transaction() as session:
        into = update(ItemRow).where(ItemRow.id == merged).values(merged_into=gone)
        session.execute(into)
        session.execute(update(ItemRow).where(ItemRow.id == gone).values(state="rejected"))
        session.execute(update(DigestRow).values(told_until=NEVER))
    assert desk.rounds() == []
    assert waiting_letters() == 0
    with transaction() as session:
        session.execute(update(ItemRow).where(ItemRow.id == gone).values(state="queued"))
        out = update(UserRow).where(UserRow.name == "ben").values(disabled_at=FRIDAY)
        session.execute(out)
    assert desk.rounds() == []  # nobody writes to somebody who is shut out
    assert waiting_letters() == 0
    assert desk.office.letters == []


def test_a_letter_that_tells_of_words_alone_is_seen_to_wait(desk: Desk) -> None:
    item = desk.item("Given to Ben")
    desk.give(item, to=desk.ben, by=desk.ben)
    with transaction() as session:
        comments.add(session, item, desk.ann, "Is the date right?", at=clock.now(session))
    mailing.due(told.settings())
    assert waiting_letters() == 1


def waiting_letters() -> float:
    with transaction() as session:
        lines = text_format(gauges.families(session)).splitlines()
    return float(dict(line.split() for line in lines if line[0] != "#" and " " in line)[LETTERS])


def test_without_starttls_neither_password_nor_letter_goes_out(desk: Desk) -> None:
    with post_office("smtp") as desk.office:
        over_tls(desk, "smtp+starttls")
        desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
        desk.rounds()
        assert "STARTTLS" in said(desk)
    assert desk.office.signed_in == []


def test_a_wrong_password_is_told_without_the_password(desk: Desk) -> None:
    with post_office("smtp+starttls") as desk.office:
        over_tls(desk, "smtp+starttls", password="another-one")  # noqa: S106  # invented
        desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
        desk.rounds()
        assert "535" in said(desk)
        assert "another-one" not in said(desk)


def test_a_server_of_another_name_is_not_told_anything(desk: Desk) -> None:
    with post_office("smtp+starttls") as desk.office:
        over_tls(desk, "smtp+starttls")
        desk.opener = Http(
            allow_inside=(f"127.0.0.1/32:{desk.office.port}",),
            resolve=lambda _name, _port: ["127.0.0.1"],
        )  # which does not know whoever signed that certificate
        desk.give(desk.item("Envoys meet"), to=desk.ben, by=desk.ann)
        desk.rounds()
        assert "certificate" in said(desk).lower()


def test_no_headline_and_no_name_writes_into_the_head_of_a_letter(desk: Desk) -> None:
    hostile = "Envoys\r\nBcc: all@desk.example\r\n\r\n.\r\nMAIL FROM:<x@y.example>"
    with transaction() as session:
        session.execute(
            update(UserRow).where(UserRow.name == "ben").values(display_name=f"Ben{hostile}")
        )
    desk.give(desk.item(hostile), to=desk.ben, by=desk.ann)
    desk.rounds()
    [letter] = desk.office.letters
    assert set(letter.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert desk.office.recipients == ["ben@newsroom.example"]
    assert letter["Subject"] == "serieswatch: 1 item for you"
    assert "Bcc: all@desk.example" in letter.get_content()  # as words, where words belong
