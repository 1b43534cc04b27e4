"""Invented publishers with a clock of their own, who roll their window, stall, burst and lie.

Each class below is one way to misbehave; its first line says which. A gazette knows what it has
published and what of that a polite reader could have seen, so that a referee (bench/referee.py) can
tell what got lost. All is made from a seed: two readers are shown the very same days.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http import HTTPStatus
from json import dumps
from threading import Lock
from typing import ClassVar, Literal, NamedTuple
from urllib.parse import urlsplit

from cli.origin import Asked, Reply

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = (22, 6)  # hours between which little is published
MARK = "Reference "  # what a story is known by in every version: six letters and digits follow

Kind = Literal["outlet", "wire"]
WORDS = [
    word
    for line in (
        "harbour bridge council ferry winter wheat budget minister archive tunnel orchestra clinic",
        "survey licence turbine island border school river market railway museum drought census",
        "tariff strike inquiry loan mayor lagoon granary observatory lighthouse viaduct cathedral",
        "reservoir shipyard vineyard parliament embassy regatta quarry foundry brewery aqueduct",
    )
    for word in line.split()
]


@dataclass(frozen=True, slots=True)
class Piece:
    """One story as it truly is."""

    mark: str
    at: datetime  # when it is published
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A story as a document tells it."""

    mark: str
    title: str
    text: str
    guid: str | None
    link: str | None
    date: datetime | None
    raw: str = ""  # XML in its place, right or wrong


class Window(NamedTuple):
    """Days and hours from the start, between which something goes on."""

    begins: timedelta
    ends: timedelta

    def holds(self, now: datetime) -> bool:
        """Whether it goes on now."""
        return self.begins <= now - START < self.ends


class Gazette:
    """An honest one: validators, 304, a window of twenty stories, ten minutes of freshness."""

    window = 20
    every = 45 * MINUTE  # by day; four times as long by night
    fair = 2 * HOUR  # who was offered so long, at hours when it could be read, must have been seen
    max_age: timedelta | None = 10 * MINUTE
    kind: Kind = "outlet"
    bad: Window | None = None  # when it is not well
    is_bad_readable = False  # a polite reader can read it all the same
    hosts: ClassVar[tuple[str, ...]] = ()  # besides its own

    def __init__(self, name: str, *, until: timedelta, host: str = "") -> None:
        self.name = name
        self.host = host or f"{name}.example"
        self.path = f"/{name}.xml"
        self.url = f"http://{self.host}{self.path}"
        self.pieces = self._publish(random.Random(name), until)
        self.asked = 0  # how often, for those that answer by turns

    def _publish(self, chance: random.Random, until: timedelta) -> list[Piece]:
        at, last = START - self.every * self.window * 2, START + until
        pieces = []
        while at < last:
            words = chance.sample(WORDS, 9)
            text = " ".join(chance.sample(WORDS, 30))
            mark = f"{chance.randrange(16**6):06x}"
            title = f"The {' '.join(words[:6])} of {words[6]}{chance.randrange(100, 1000)}"
            pieces.append(Piece(mark, at.replace(microsecond=0), title.capitalize(), text))
            pace = self.every * (4 if at.hour >= NIGHT[0] or at.hour < NIGHT[1] else 1)
            at += pace * min(3.0, 0.2 + chance.expovariate(1.25))
        return pieces

    # --- the truth

    def shown(self, now: datetime) -> list[Piece]:
        """What its document holds, the youngest first."""
        return [p for p in reversed(self.pieces) if p.at <= now][: self.window]

    def is_readable(self, now: datetime) -> bool:
        """Whether a polite reader that came now would be given its document."""
        return self.is_bad_readable or not self.is_bad(now)

    def is_bad(self, now: datetime) -> bool:
        """Whether it misbehaves now."""
        return self.bad is not None and self.bad.holds(now)

    def versions(self, piece: Piece) -> int:
        """How many different texts of a story it ever shows."""
        del piece
        return 1

    # --- the document

    def told(self, piece: Piece, now: datetime) -> Told:
        """A story as the document of this moment tells it."""
        del now
        return Told(
            mark=piece.mark,
            title=piece.title,
            text=piece.text,
            guid=f"tag:{self.host},2026:{piece.mark}",
            link=f"https://{self.host}/{piece.mark}",
            date=piece.at,
        )

    def document(self, now: datetime) -> bytes:
        """The document of this moment."""
        pieces = self.shown(now)
        built = pieces[0].at if pieces else START
        return rss(self.name, self.host, built, [self.told(p, now) for p in pieces])

    # --- the answer

    def answer(self, asked: Asked, now: datetime) -> Reply:
        """The reply to one question."""
        self.asked += 1
        if urlsplit(asked.path).path != self.path:
            return Reply(status=HTTPStatus.NOT_FOUND)
        trouble = self.trouble(asked, now) if self.is_bad(now) else None
        return trouble or self.well(asked, now)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """The reply while it is not well."""
        del asked, now
        return None

    def well(self, asked: Asked, now: datetime) -> Reply:
        """The reply when all is well: the document, or 304."""
        body = self.document(now)
        headers = self.headers(body, now)
        if _is_known(asked.headers, headers):
            return Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Reply(headers={**headers, "Content-Type": "application/rss+xml"}, body=body)

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        """Validators and freshness."""
        pieces = self.shown(now)
        found = {"Date": http_date(now), "ETag": self.etag(body, now)}
        if pieces:
            found["Last-Modified"] = http_date(pieces[0].at)
        if self.max_age is not None:
            found["Cache-Control"] = f"public, max-age={int(self.max_age.total_seconds())}"
        return found

    def etag(self, body: bytes, now: datetime) -> str:
        """The validator, opaque to all others."""
        del now
        return f'W/"{sha256(body).hexdigest()[:16]}"'


# --- those that lie about validators and freshness


class SameEtag(Gazette):
    """Keeps its ETag for good from the second day on, whatever it publishes, and answers 304."""

    window = 60
    every = 30 * MINUTE
    fair = 22 * HOUR  # it takes an audit to see, and there is one in twelve hours
    bad = Window(DAY, 99 * DAY)
    is_bad_readable = True
    max_age = None

    def etag(self, body: bytes, now: datetime) -> str:
        """The same for good."""
        return '"never-changes"' if self.is_bad(now) else super().etag(body, now)

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        """Its Last-Modified stands still with the ETag."""
        found = super().headers(body, now)
        if self.is_bad(now):
            found["Last-Modified"] = http_date(START + DAY)
        return found


class NewEtag(Gazette):
    """Gives another ETag each time, and never a 304."""

    def etag(self, body: bytes, now: datetime) -> str:
        """Another at each question."""
        del body
        return f'"{now.timestamp():.0f}-{self.asked}"'


class OnlyDate(Gazette):
    """Has a Last-Modified and no ETag, and writes the date in a way of its own."""

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        """A date in an old form: to be echoed, not to be understood."""
        found = super().headers(body, now)
        found.pop("ETag")
        pieces = self.shown(now)
        found["Last-Modified"] = f"{pieces[0].at if pieces else START:%A, %d-%b-%y %H:%M:%S GMT}"
        return found


class LongFresh(Gazette):
    """Says that for an hour nothing will change, part of which it spent in a cache."""

    max_age = HOUR
    fair = 4 * HOUR

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        """The hour, less ten minutes of Age."""
        return {**super().headers(body, now), "Age": "600"}


class Expires(Gazette):
    """Says by Expires until when it is fresh, its clock three hours ahead."""

    max_age = None
    fair = 4 * HOUR

    def headers(self, body: bytes, now: datetime) -> dict[str, str]:
        """Both dates by its own clock."""
        skewed = now + 3 * HOUR
        found = super().headers(body, now)
        return {**found, "Date": http_date(skewed), "Expires": http_date(skewed + HOUR / 2)}


# --- those that ask us to wait


class Limited(Gazette):
    """One of three on one domain, the first of which answers 429 for two hours: wait 40 minutes."""

    bad: Window = Window(9 * HOUR, 11 * HOUR)
    fair = 6 * HOUR
    status = HTTPStatus.TOO_MANY_REQUESTS
    is_first = False

    def is_bad(self, now: datetime) -> bool:
        """Only the first of the three is, but none may be asked."""
        return self.is_first and super().is_bad(now)

    def is_readable(self, now: datetime) -> bool:
        """None of the three while the first asks us to wait."""
        return not self.bad.holds(now)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """The wait, in the form this one has."""
        del asked
        headers = {"Date": http_date(now), **self.wait(now)}
        return Reply(status=self.status, headers=headers, body=b"slow down")

    def wait(self, now: datetime) -> dict[str, str]:
        """In seconds."""
        del now
        return {"Retry-After": "2400"}


class LimitedByDate(Limited):
    """Says until when by a date, its clock five hours slow."""

    def wait(self, now: datetime) -> dict[str, str]:
        """Forty minutes from its own now."""
        slow = now - 5 * HOUR
        return {"Date": http_date(slow), "Retry-After": http_date(slow + 40 * MINUTE)}


class LimitedForYears(Limited):
    """Asks for ten years, once: a day is what it gets."""

    bad = Window(9 * HOUR, 9 * HOUR + 20 * MINUTE)
    window = 90
    fair = 30 * HOUR

    def wait(self, now: datetime) -> dict[str, str]:
        """Absurdly long."""
        del now
        return {"Retry-After": "315360000"}


class LimitedInThePast(Limited):
    """Asks with a moment that is over, and with nonsense, by turns."""

    def wait(self, now: datetime) -> dict[str, str]:
        """Nothing that binds."""
        past = http_date(now - HOUR)
        return {"Retry-After": past if self.asked % 2 else "-3600"}


class Unavailable(Limited):
    """Answers 503 and asks for twenty minutes, for three hours."""

    bad = Window(9 * HOUR, 12 * HOUR)
    status = HTTPStatus.SERVICE_UNAVAILABLE
    fair = 8 * HOUR

    def wait(self, now: datetime) -> dict[str, str]:
        """Twenty minutes."""
        del now
        return {"Retry-After": "1200"}


class Refuses(Gazette):
    """One of three that all answer 403 with "error code: 1015": a limit that is not called so."""

    bad = Window(9 * HOUR, 11 * HOUR)
    fair = 10 * HOUR

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """As a well-known shield does it."""
        del asked
        headers = {"Date": http_date(now), "Server": "cloudflare"}
        return Reply(status=HTTPStatus.FORBIDDEN, headers=headers, body=b"error code: 1015")


# --- those that are not there


class AwayForADay(Gazette):
    """Answers 404 for a day, and is back."""

    bad = Window(6 * HOUR, DAY + 6 * HOUR)
    window = 120
    fair = 30 * HOUR  # a day of failures earns up to a day of back-off

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Not found."""
        del asked, now
        return Reply(status=HTTPStatus.NOT_FOUND, body=b"<html><p>Not here</p></html>")


class GoneForGood(Gazette):
    """Answers 410 from the first morning on: asked once a day at most."""

    bad = Window(6 * HOUR, 99 * DAY)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Gone."""
        del asked, now
        return Reply(status=HTTPStatus.GONE)


class _BadMorning(Gazette):
    """Is unwell for six hours."""

    bad = Window(6 * HOUR, 12 * HOUR)
    window = 60
    fair = 12 * HOUR


class Page(_BadMorning):
    """Answers 200 with a web page."""

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """A page, with a validator: it must never be echoed once the feed is back."""
        del asked
        body = b"<!doctype html><html><body><h1>We are being repaired</h1></body></html>"
        headers = {"Date": http_date(now), "ETag": '"page"', "Content-Type": "text/html"}
        return Reply(headers=headers, body=body)


class Empty(_BadMorning):
    """Answers 200 with nothing."""

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Nothing, with a validator."""
        del asked
        return Reply(headers={"Date": http_date(now), "ETag": '"empty"'})


class Torn(_BadMorning):
    """Tears its document in the middle of a story, and says nothing: most of it can be read."""

    is_bad_readable = True

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Two thirds of it."""
        del asked
        body = self.document(now)
        headers = {"Date": http_date(now), "ETag": f'"torn-{len(body)}"'}
        return Reply(headers=headers, body=body[: len(body) * 2 // 3])


class Broken(_BadMorning):
    """Hangs up in the middle of what it promised."""

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Half of it."""
        del asked
        return Reply(body=self.document(now), manner="cut")


class Stalls(_BadMorning):
    """Takes the question and says nothing; every other time a byte every so often."""

    bad = Window(6 * HOUR, 8 * HOUR)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """Silence, or drops."""
        del asked
        return Reply(body=self.document(now), manner="drip" if self.asked % 2 else "silent")


class Bombs(_BadMorning):
    """Sends two gigabytes of nothing, packed small, with gzip and with brotli by turns."""

    bad = Window(6 * HOUR, 7 * HOUR)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """A bomb; none where the reader does not take brotli."""
        del now
        takes_br = "br" in asked.headers.get("accept-encoding", "")
        return Reply(manner="br bomb" if self.asked % 2 and takes_br else "gzip bomb")


# --- those that send us elsewhere


class _Moves(Gazette):
    """Has a second address, at which it is well."""

    def __init__(self, name: str, *, until: timedelta, host: str = "") -> None:
        super().__init__(name, until=until, host=host)
        self.new_path = f"/new/{name}.xml"

    def answer(self, asked: Asked, now: datetime) -> Reply:
        """The document at the new address too."""
        path = urlsplit(asked.path).path
        return self.well(asked, now) if path == self.new_path else super().answer(asked, now)

    def to(self, status: int, location: str) -> Reply:
        """A redirect."""
        return Reply(status=status, headers={"Location": location})


class MovedOnce(_Moves):
    """Answers 301 for half an hour, by mistake."""

    bad = Window(6 * HOUR, 6 * HOUR + 30 * MINUTE)
    is_bad_readable = True

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To where the same stories are."""
        del asked, now
        return self.to(301, f"http://{self.host}{self.new_path}")


class MovedForGood(_Moves):
    """Answers 301 from the first morning on: adopted after some days, and not before."""

    bad = Window(6 * HOUR, 99 * DAY)
    is_bad_readable = True

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To the new address."""
        del asked, now
        return self.to(301, self.new_path)


class MovedForNow(_Moves):
    """Answers 302 for a day."""

    bad = Window(6 * HOUR, DAY)
    is_bad_readable = True

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To where it is for now."""
        del asked, now
        return self.to(302, self.new_path)


class Portal(_BadMorning):
    """A captive portal in between: 301 to a page that asks for money."""

    hosts = ("station.example",)

    def answer(self, asked: Asked, now: datetime) -> Reply:
        """The portal's page, where that is asked for."""
        if asked.host == self.hosts[0]:
            return Reply(headers={"Content-Type": "text/html"}, body=b"<html>Pay here</html>")
        return super().answer(asked, now)

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To the portal."""
        del asked, now
        return Reply(status=301, headers={"Location": "http://station.example/login"})


class Loop(_BadMorning):
    """Sends us round in a circle."""

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To itself."""
        del asked, now
        return Reply(status=301, headers={"Location": self.url})


class Inwards(_BadMorning):
    """Sends us to an address inside the house, spelt in another way each time."""

    SPELT = ("http://127.0.0.1:9/", "http://[::ffff:10.0.0.1]/", "http://2130706433/")

    def trouble(self, asked: Asked, now: datetime) -> Reply | None:
        """To where no publisher may send us."""
        del asked, now
        location = self.SPELT[self.asked % len(self.SPELT)]
        return Reply(status=302, headers={"Location": location})


# --- those whose documents are odd


class Rolls(Gazette):
    """A wire: ten stories in the window, twenty minutes and more of them by day."""

    window = 12
    every = 5 * MINUTE
    fair = 20 * MINUTE
    kind = "wire"
    max_age = 2 * MINUTE


class Renames(Gazette):
    """Gives all its stories another guid on the first afternoon, and their links https."""

    def told(self, piece: Piece, now: datetime) -> Told:
        """Under its old name, then its new one."""
        told = super().told(piece, now)
        if now - START < 14 * HOUR:
            return replace(told, link=f"http://{self.host}/{piece.mark}")
        return replace(told, guid=f"https://{self.host}/?p={piece.mark}")


class Redates(Gazette):
    """Gives all its stories today's date again every six hours, their text unchanged."""

    def told(self, piece: Piece, now: datetime) -> Told:
        """Dated by the last quarter of the day, where that is later."""
        quarter = now.replace(hour=now.hour // 6 * 6, minute=0, second=0)
        return replace(super().told(piece, now), date=max(piece.at, quarter))


class TwoTitles(Gazette):
    """Tries two headlines for each story, now the one, now the other."""

    def versions(self, piece: Piece) -> int:
        """One of each headline."""
        del piece
        return 2

    def told(self, piece: Piece, now: datetime) -> Told:
        """With the headline of the hour."""
        told = super().told(piece, now)
        return replace(told, title=f"{piece.title}: why it matters") if now.hour % 2 else told


class Corrects(Gazette):
    """Corrects every third headline after two hours, the date unchanged."""

    def versions(self, piece: Piece) -> int:
        """Two where it is corrected while it is shown."""
        return 2 if self._is_corrected(piece) else 1

    def _is_corrected(self, piece: Piece) -> bool:
        return int(piece.mark, 16) % 3 == 0

    def told(self, piece: Piece, now: datetime) -> Told:
        """As it was, then corrected."""
        told = super().told(piece, now)
        is_later = now >= max(piece.at, START) + 2 * HOUR
        if self._is_corrected(piece) and is_later:
            return replace(told, title=f"{piece.title}, not {WORDS[int(piece.mark, 16) % 40]}")
        return told


class Tracks(Gazette):
    """Puts the hour of the day into every link, as a mark for its statistics."""

    def told(self, piece: Piece, now: datetime) -> Told:
        """With tracking marks, and the story's own number in the query."""
        told = super().told(piece, now)
        link = f"https://{self.host}/story.php?id={piece.mark}&utm_campaign=h{now.hour}"
        return replace(told, guid=None, link=link)


class Repeats(Gazette):
    """Gives all its stories one guid."""

    def told(self, piece: Piece, now: datetime) -> Told:
        """All alike."""
        return replace(super().told(piece, now), guid=f"tag:{self.host},2026:story")


class Nameless(Gazette):
    """Gives neither guid nor link nor date."""

    def told(self, piece: Piece, now: datetime) -> Told:
        """The words alone."""
        return replace(super().told(piece, now), guid=None, link=None, date=None)


class LateEntry(Gazette):
    """Adds every fifth story half a day late, under its older date."""

    def shown(self, now: datetime) -> list[Piece]:
        """By when it is added, not by its date."""
        return [p for p in reversed(self.pieces) if p.at <= now][: self.window]

    def told(self, piece: Piece, now: datetime) -> Told:
        """Older than its neighbours, where it came late."""
        told = super().told(piece, now)
        is_late = int(piece.mark, 16) % 5 == 0
        return replace(told, date=piece.at - DAY / 2) if is_late else told


class Alternates(Gazette):
    """Two caches behind one address: one shows the older half of the window, one the younger."""

    def document(self, now: datetime) -> bytes:
        """By turns."""
        pieces, half = self.shown(now), self.window // 2
        part = pieces[half:] if self.asked % 2 else pieces[:half]
        return rss(self.name, self.host, pieces[0].at, [self.told(p, now) for p in part])


class MalformedSibling(Gazette):
    """For some hours one story has a broken tag: its siblings are as they were."""

    bad = Window(8 * HOUR, 14 * HOUR)
    is_bad_readable = True
    fair = 10 * HOUR

    def document(self, now: datetime) -> bytes:
        """With a piece of nonsense before the third story."""
        pieces = self.shown(now)
        told = [self.told(p, now) for p in pieces]
        if self.is_bad(now):
            told.insert(2, Told("", "", "", None, None, None, raw="<item><title>Half <b</item>\n"))
        return rss(self.name, self.host, pieces[0].at, told)


class Deltas(Gazette):
    """Answers 226 with the new stories alone to whoever says A-IM: feed (RFC 3229)."""

    max_age = 5 * MINUTE

    def __init__(self, name: str, *, until: timedelta, host: str = "") -> None:
        super().__init__(name, until=until, host=host)
        self.given: dict[str, set[str]] = {}

    def well(self, asked: Asked, now: datetime) -> Reply:
        """The stories the reader does not have by its ETag."""
        pieces = self.shown(now)
        reply = super().well(asked, now)
        known = self.given.get(asked.headers.get("if-none-match", ""))
        self.given[self.etag(self.document(now), now)] = {p.mark for p in pieces}
        if reply.status != HTTPStatus.OK or asked.headers.get("a-im") != "feed" or known is None:
            return reply
        new = [self.told(p, now) for p in pieces if p.mark not in known]
        headers = {**reply.headers, "IM": "feed"}
        return Reply(status=226, headers=headers, body=rss(self.name, self.host, now, new))


class Json(Gazette):
    """Writes JSON Feed."""

    def document(self, now: datetime) -> bytes:
        """The same stories, in JSON."""
        items = [
            {
                "id": told.guid,
                "url": told.link,
                "title": told.title,
                "content_text": f"{told.text}. {MARK}{told.mark}.",
                "date_published": told.date and told.date.isoformat(),
            }
            for told in (self.told(p, now) for p in self.shown(now))
        ]
        version = "https://jsonfeed.org/version/1.1"
        home = f"https://{self.host}/"
        return dumps(
            {"version": version, "title": self.name, "home_page_url": home, "items": items}
        ).encode()

    def well(self, asked: Asked, now: datetime) -> Reply:
        """Under its own type."""
        reply = super().well(asked, now)
        if not reply.body:
            return reply
        return replace(reply, headers={**reply.headers, "Content-Type": "application/feed+json"})


class Packed(Gazette):
    """Packs with gzip, in an answer that is otherwise as it should be."""

    def well(self, asked: Asked, now: datetime) -> Reply:
        """Packed where that is asked for."""
        reply = super().well(asked, now)
        takes = "gzip" in asked.headers.get("accept-encoding", "")
        return replace(reply, manner="gzip") if reply.body and takes else reply


class Dormant(Gazette):
    """Publishes nothing any more: what it has is months old."""

    max_age = None

    def _publish(self, chance: random.Random, until: timedelta) -> list[Piece]:
        pieces = super()._publish(chance, until)[: self.window]
        return [replace(piece, at=piece.at - 90 * DAY) for piece in pieces]


KINDS: tuple[type[Gazette], ...] = (
    Gazette, SameEtag, NewEtag, OnlyDate, LongFresh, Expires,
    AwayForADay, GoneForGood, Page, Empty, Torn, Broken, Stalls, Bombs,
    MovedOnce, MovedForGood, MovedForNow, Portal, Loop, Inwards,
    Rolls, Renames, Redates, TwoTitles, Corrects, Tracks, Repeats, Nameless, LateEntry,
    Alternates, MalformedSibling, Deltas, Json, Packed, Dormant,
)  # fmt: skip
GROUPS: tuple[type[Gazette], ...] = (
    Limited, LimitedByDate, LimitedForYears, LimitedInThePast, Unavailable, Refuses,
)  # fmt: skip
SIBLINGS = 3


def full_programme(until: timedelta) -> list[Gazette]:
    """One gazette of each kind, and three of each kind that is limited by groups."""
    found: list[Gazette] = [kind(_name(kind), until=until) for kind in KINDS]
    for kind in GROUPS:
        name = _name(kind)
        group = [kind(f"{name}{n}", until=until, host=f"{n}.{name}.example") for n in "abc"]
        if isinstance(group[0], Limited):
            group[0].is_first = True
        found += group
    return found


def _name(kind: type[Gazette]) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in kind.__name__).strip("-")


# --- the world they live in


@dataclass(frozen=True, slots=True)
class Served:
    """One question and its answer, for the referee."""

    at: datetime
    host: str
    path: str
    headers: Mapping[str, str]  # of the question, names in lower case
    reply: Reply
    gazette: Gazette | None


@dataclass(slots=True)
class World:
    """All the gazettes behind one server, and a memory of everything that was asked."""

    gazettes: Sequence[Gazette]
    now: Callable[[], datetime]
    log: list[Served] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def hosts(self) -> list[str]:
        """All names that lead here."""
        return sorted({h for g in self.gazettes for h in (g.host, *g.hosts)})

    def answer(self, asked: Asked) -> Reply:
        """What the gazette of that host says now. A reader may come through us as its proxy."""
        with self._lock:
            parts = urlsplit(asked.path)
            if parts.hostname:
                path = parts._replace(scheme="", netloc="").geturl()
                asked = replace(asked, host=parts.hostname, path=path)
            gazette = self._of(asked)
            now = self.now()
            missing = Reply(status=HTTPStatus.NOT_FOUND)
            reply = missing if gazette is None else gazette.answer(asked, now)
            self.log.append(Served(now, asked.host, asked.path, asked.headers, reply, gazette))
            return reply

    def _of(self, asked: Asked) -> Gazette | None:
        living = [g for g in self.gazettes if asked.host in (g.host, *g.hosts)]
        return next((g for g in living if g.path == asked.path), next(iter(living), None))


# --- how documents are written


def rss(name: str, host: str, built: datetime, stories: Sequence[Told]) -> bytes:
    """An RSS document."""
    items = "".join(told.raw or _item(told) for told in stories)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{name}</title><link>https://{host}/</link><description>Invented</description>\n"
        f"<lastBuildDate>{http_date(built)}</lastBuildDate>\n{items}</channel></rss>\n"
    ).encode()


def _item(told: Told) -> str:
    parts = [f"<item><title>{escape(told.title)}</title>"]
    if told.link is not None:
        parts.append(f"<link>{escape(told.link)}</link>")
    if told.guid is not None:
        parts.append(f'<guid isPermaLink="false">{escape(told.guid)}</guid>')
    if told.date is not None:
        parts.append(f"<pubDate>{http_date(told.date)}</pubDate>")
    parts.append(f"<description>{told.text}. {MARK}{told.mark}.</description></item>\n")
    return "".join(parts)


def http_date(when: datetime) -> str:
    """A time as HTTP and RSS write it."""
    return format_datetime(when.replace(microsecond=0), usegmt=True)


def _is_known(asked: Mapping[str, str], has: Mapping[str, str]) -> bool:
    """Whether the reader has it already. An ETag outranks a date (RFC 9110)."""
    if "if-none-match" in asked and "ETag" in has:
        return asked["if-none-match"] == has["ETag"]
    return "if-modified-since" in asked and asked["if-modified-since"] == has.get("Last-Modified")
