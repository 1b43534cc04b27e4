"""Mailboxes: each message once, nothing deleted, and every way a mail server can fail."""

import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from config import settings as told
from config.settings import Settings
from store.models import DocumentRow, FeedRow, MailboxRow, SetAsideRow, StoryRow
from tests.fakes import killed_at
from tests.mailserver import MailServer, mail_server
from tests.origin import CERTIFICATE, EXPIRED_CERTIFICATE
from tests.rounds import Rounds, a_feed, an_item, newsroom, own_database
from workers import drops
from workers.http import Http
from workers.mailbox import wires_in
from workers.pieces import ENOUGH_PIECES

HOST = "feeds.example"  # what the certificate of our servers says


@pytest.fixture(scope="module")
def mail_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "mail") as engine:
        yield engine


class Mailbox:
    """A mailbox that is read by our workers."""

    def __init__(self, rounds: Rounds, server: MailServer, query: str = "") -> None:
        self.rounds = rounds
        self.server = server
        self.account = f"imaps://wire@{HOST}:{server.port}"
        self.credentials = f"# of the agency\n{self.account} {server.password}\n"
        self.allowed = f"127.0.0.1/32:{server.port}"
        self.deadline: float | None = None
        self.follow(f"/INBOX{query}")

    def follow(self, path: str) -> None:
        self.url = self.account + path
        self.id = self.rounds.follow(self.url, outlet="tide-wire", kind="wire")

    def settings(self) -> Settings:
        return replace(told.settings(), credentials=self.credentials, body_cap_mb=0.01)

    def look(self) -> list[int]:
        """One look; gives the documents that came of it."""
        http = Http(
            allow_inside=(self.allowed,),
            resolve=lambda _name, _port: ["127.0.0.1"],
            ca_file=str(CERTIFICATE),
        )

        def opened(host: str, port: int, *, tls: bool, seconds: float):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a socket
            return http.open(host, port, tls=tls, seconds=self.deadline or seconds)

        self.rounds.make_due(self.id)
        return drops.collect([self.id], self.settings(), opened)

    def row(self) -> FeedRow:
        return self.rounds.feed(self.url)

    def bodies(self) -> list[bytes]:
        return [document.body for document in self.rounds.rows(DocumentRow)]


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mailbox(mail_database: Engine, post: MailServer) -> Iterator[Mailbox]:
    with newsroom(mail_database) as rounds:
        yield Mailbox(rounds, post)


def a_message(text: str) -> bytes:
    """A message as it goes over the wire."""
    return textwrap.dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


PLAIN = a_message("""
    From: Tide Wire <wire@tide.example>
    Message-ID: <1@tide.example>
    Subject: =?utf-8?q?Ferr=C3=ADes?= stopped
    Date: Fri, 31 May 2024 12:00:00 +0000
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    The last ferry left on Friday, caf=C3=A9 and all.
""")


def with_file(body: bytes, *, kind: str = "application/rss+xml", name: str = "wire.xml") -> bytes:
    """A message with a covering note and one file."""
    head = a_message(f"""
        Message-ID: <2@tide.example>
        Content-Type: multipart/mixed; boundary=cut

        --cut
        Content-Type: text/plain

        See the file.
        --cut
        Content-Type: {kind}; name="{name}"
        Content-Disposition: attachment; filename="{name}"

        """).rstrip(b" ")
    return head + body + b"\r\n--cut--\r\n"


def test_a_message_becomes_a_document_once_and_stays_in_the_mailbox(mailbox: Mailbox) -> None:
    mailbox.server.receive(PLAIN)
    [number] = mailbox.look()
    [document] = mailbox.rounds.rows(DocumentRow)
    assert (document.id, document.way) == (number, "mail")
    assert document.body.decode().strip() == "The last ferry left on Friday, café and all."
    assert document.headers == {
        "content-type": "text/plain; charset=utf-8",
        "message-id": "<1@tide.example>",
        "date": "Fri, 31 May 2024 12:00:00 +0000",
        "subject": "Ferríes stopped",
    }
    assert document.url == f"{mailbox.url};UID=1/1"
    assert (mailbox.row().state, mailbox.row().reason) == ("ok", "1 messages read")
    assert mailbox.look() == []
    assert mailbox.row().reason == "no new messages"
    said = " ".join(mailbox.server.commands)
    assert "EXAMINE" in said  # read only: no flag is changed
    assert not {"STORE", "EXPUNGE", "DELETE", "SELECT"} & set(said.split())
    assert mailbox.server.seen == set()
    assert list(mailbox.server.messages) == [1]


def test_the_file_in_a_message_is_read_like_any_feed(mailbox: Mailbox) -> None:
    mailbox.server.receive(with_file(a_feed(an_item(1), an_item(2))))
    mailbox.rounds.parse(mailbox.look()[0])
    assert len(mailbox.rounds.rows(StoryRow)) == 2
    [document] = mailbox.rounds.rows(DocumentRow)
    assert document.headers["content-type"] == "application/rss+xml"


def test_what_no_parser_reads_yet_is_set_aside_and_can_be_sent_round_again(
    mailbox: Mailbox,
) -> None:
    mailbox.server.receive(PLAIN)
    [number] = mailbox.look()
    mailbox.rounds.parse(number)
    [aside] = mailbox.rounds.rows(SetAsideRow)
    assert (aside.stage, aside.document_id) == ("parse", number)
    assert aside.raw.startswith(b"The last ferry")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"Subject: nothing in it\r\n\r\n",
        b"Content-Type: image/png\r\n\r\nPNG",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part at all",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(150)
        ),
        b"Subject: \xff\xfe\x00\r\nDate: never\r\nContent-Type: ;;;\r\n\r\n\xff\xfe",
    ],
)
def test_a_message_nobody_can_take_apart_is_one_document_and_the_next_is_read(
    mailbox: Mailbox, message: bytes
) -> None:
    mailbox.server.receive(message)
    mailbox.server.receive(PLAIN)
    assert len(mailbox.look()) in {1, 2}  # of an empty one there is nothing to keep
    assert mailbox.bodies()[-1].startswith(b"The last ferry")
    assert mailbox.row().state == "ok"
    assert mailbox.look() == []


def test_messages_are_read_oldest_first_and_many_in_several_looks(mailbox: Mailbox) -> None:
    for number in range(ENOUGH_PIECES + 5):
        mailbox.server.receive(b"Subject: a\r\n\r\nText %d" % number)
    assert len(mailbox.look()) == ENOUGH_PIECES
    assert len(mailbox.look()) == 5
    assert mailbox.look() == []
    expected = [b"Text %d" % number for number in range(ENOUGH_PIECES + 5)]
    assert mailbox.bodies() == expected


def test_a_renumbered_mailbox_is_read_anew_and_its_stories_are_known(mailbox: Mailbox) -> None:
    mailbox.server.receive(with_file(a_feed(an_item(1))), uid=900)
    mailbox.rounds.parse(mailbox.look()[0])
    mailbox.server.messages = {3: mailbox.server.messages[900]}
    assert mailbox.look() == []  # the same validity: 3 was read long ago
    mailbox.server.validity = 8
    mailbox.rounds.parse(mailbox.look()[0])
    assert len(mailbox.rounds.rows(StoryRow)) == 1
    [mark] = mailbox.rounds.rows(MailboxRow)
    assert (mark.validity, mark.last_uid) == (8, 3)


def test_a_huge_message_is_refused_and_its_beginning_set_aside(mailbox: Mailbox) -> None:
    mailbox.server.receive(PLAIN + b"x" * 30_000)
    mailbox.server.receive(PLAIN)
    assert len(mailbox.look()) == 1
    [aside] = mailbox.rounds.rows(SetAsideRow)
    assert (aside.stage, aside.state) == ("mail", "too_big")
    assert aside.raw.startswith(b"From: Tide Wire")
    assert "1 of them are set aside" in mailbox.row().reason
    assert mailbox.look() == []


def test_messages_are_flagged_as_seen_where_that_is_wanted(
    mail_database: Engine, post: MailServer
) -> None:
    with newsroom(mail_database) as rounds:
        mailbox = Mailbox(rounds, post, "?mark=seen")
        post.receive(PLAIN)
        assert len(mailbox.look()) == 1
        assert post.seen == {1}
        assert rounds.rows(DocumentRow)[0].url.endswith("/INBOX;UID=1/1")


# --- servers that fail


def failed(mailbox: Mailbox, state: str, *words: str) -> None:
    """The look fails with this state and reason, and nothing secret is told."""
    assert mailbox.look() == []
    row = mailbox.row()
    assert (row.state, row.failures) == (state, 1)
    for word in words:
        assert word in row.reason
    assert mailbox.server.password not in row.reason


def test_a_wrong_password_is_told_without_it(mailbox: Mailbox) -> None:
    mailbox.server.temper = "refuses"
    failed(mailbox, "login", "refuses the name or the password", "SERIESWATCH_CREDENTIALS_FILE")
    mailbox.server.temper = "good"
    mailbox.server.receive(PLAIN)
    assert len(mailbox.look()) == 1
    assert mailbox.row().failures == 0


def test_a_mailbox_without_a_password_is_not_asked(mailbox: Mailbox) -> None:
    mailbox.credentials = ""
    failed(mailbox, "login", "no password is known", "SERIESWATCH_CREDENTIALS_FILE")
    assert mailbox.server.commands == []


@pytest.mark.parametrize("path", ["/In%0D%0AA1 DELETE x", '/In"box', "/Ent%C3%BBrfe"])
def test_a_name_that_would_steer_the_server_is_refused(mailbox: Mailbox, path: str) -> None:
    mailbox.follow(path)
    failed(mailbox, "blocked_address", "imaps://USER@HOST/MAILBOX")
    assert mailbox.server.commands == []


def test_a_mailbox_that_is_not_there_is_told(mailbox: Mailbox) -> None:
    mailbox.follow("/Wires")
    failed(mailbox, "no_mailbox", "no mailbox Wires")


def test_the_first_mailbox_is_read_where_none_is_named(mailbox: Mailbox) -> None:
    mailbox.follow("")
    mailbox.server.receive(PLAIN)
    assert len(mailbox.look()) == 1


@pytest.mark.parametrize("temper", ["hangs_up", "not_imap", "floods"])
def test_a_server_that_breaks_off_or_lies_is_a_failure(mailbox: Mailbox, temper: str) -> None:
    mailbox.server.receive(PLAIN)
    mailbox.server.temper = temper  # type: ignore[assignment]  # one of them
    failed(mailbox, "broken", "broke off")


def test_a_server_that_says_nothing_is_given_up_in_time(mailbox: Mailbox) -> None:
    mailbox.server.temper = "silent"
    mailbox.deadline = 0.5
    failed(mailbox, "timeout", "was not read within")


def test_an_address_inside_the_house_is_refused_unless_it_is_allowed(mailbox: Mailbox) -> None:
    mailbox.allowed = "10.0.0.1/32"
    failed(mailbox, "blocked_address", "loopback")
    assert mailbox.server.commands == []


def test_a_certificate_that_is_not_good_is_not_trusted_with_a_password(
    mail_database: Engine,
) -> None:
    with mail_server(EXPIRED_CERTIFICATE) as expired, newsroom(mail_database) as rounds:
        failed(Mailbox(rounds, expired), "tls")
        assert expired.commands == []


def test_what_came_before_a_server_broke_off_is_kept_and_not_read_again(mailbox: Mailbox) -> None:
    for number in range(3):
        mailbox.server.receive(b"Subject: a\r\n\r\nText %d" % number)
    mailbox.server.hang_up_after = 2
    assert len(mailbox.look()) == 2
    assert mailbox.row().state == "broken"
    mailbox.server.hang_up_after = None
    assert len(mailbox.look()) == 1
    assert mailbox.bodies() == [b"Text 0", b"Text 1", b"Text 2"]


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO documents", "INSERT INTO mailboxes", "UPDATE feeds SET work_state"],
)
def test_a_worker_that_dies_loses_no_message_and_doubles_none(
    mailbox: Mailbox, statement: str
) -> None:
    mailbox.server.receive(PLAIN)
    with killed_at(mailbox.rounds.engine, statement):
        mailbox.look()
    assert mailbox.bodies() == []
    mailbox.rounds.run_out(FeedRow)
    assert len(mailbox.look()) == 1
    assert mailbox.look() == []


# --- what a message carries


@pytest.mark.parametrize(
    ("kind", "name", "is_wire"),
    [
        ("application/xml", "", True),
        ("application/nitf+xml", "", True),
        ("text/xml", "x.bin", True),
        ("application/json", "", True),
        ("application/octet-stream", "STORY.XML", True),
        ("text/plain", "story.txt", True),
        ("application/octet-stream", "story.doc", False),
        ("image/svg+xml", "chart", False),
    ],
)
def test_a_wires_file_is_known_by_its_type_or_its_name(
    kind: str, name: str, *, is_wire: bool
) -> None:
    [(headers, body)] = wires_in(with_file(b"<a/>", kind=kind, name=name))
    assert body.strip() == (b"<a/>" if is_wire else b"See the file.")
    assert headers["content-type"] == (kind if is_wire else "text/plain")


@pytest.mark.parametrize(
    "message",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 200_000 + b"\r\n\r\nText",
        b"Content-Type: text/plain; " + b"a=b; " * 100_000 + b"\r\n\r\nText",
    ],
)
def test_a_message_made_to_cost_time_is_not_taken_apart(message: bytes) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=r"too many|too long"):
        list(wires_in(message))
    assert time.process_time() - began < 60  # taking it apart takes longer by far


def test_plain_text_is_preferred_to_its_web_page() -> None:
    message = a_message("""
        Content-Type: multipart/alternative; boundary=cut

        --cut
        Content-Type: text/plain

        As text
        --cut
        Content-Type: text/html

        <p>As a page</p>
        --cut--
    """)
    assert [body.strip() for _, body in wires_in(message)] == [b"As text"]
