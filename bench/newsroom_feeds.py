"""Feeds of an invented newsroom, made anew from a seed: texts, outlets and addresses are nobody's.

Two feeds in five carry their stories in full, one in four is Atom. The same seed and the same
moment give the same bytes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from html import escape

ENTRIES = 30
FULL = (0, 3)  # of each five feeds, those that carry whole stories
EVERY = timedelta(minutes=20)  # from one story of a feed to its next
ON_THE_WAR = 25  # one story in so many is about the war and its diplomacy, as the series want it


def _phrases(told: str) -> list[str]:
    return told.split("|")


WHO = _phrases(
    "The harbour council|The ministry of works|A panel of auditors|The growers' union|"
    "The regional court|The ferry operator|A group of surgeons|The water board|The archive|"
    "The teachers' federation|The grid company|A former minister|The statistics office|"
    "The island assembly|The national theatre|The rail regulator|A committee of engineers|"
    "The fishing fleet|The central bank|The weather service|The port police|The museum's trustees|"
    "A team of botanists|The housing agency|The customs office|The football league"
)
DID = _phrases(
    "approved|postponed|rejected|reviewed|defended|criticised|published|withdrew|extended|audited|"
    "reopened|cancelled|doubled|halved|questioned|welcomed|abandoned|revised|delayed|announced"
)
WHAT = _phrases(
    "a plan for new bridges|the budget for night trains|its report on drinking water|"
    "the sale of the old shipyard|a ban on heavy lorries|the tender for three ferries|"
    "a treaty on shared fishing grounds|the pension reform|an inquiry into the dam|"
    "the closure of two hospitals|a loan for the steel works|the census of small farms|"
    "the repair of the cathedral roof|a strike ballot|the licence of a radio station|"
    "the price of winter wheat|a scheme for rooftop power|the map of flood zones|"
    "the wages of nurses|a study of sea grass|the rules for street markets|the merger of two banks"
)
WHERE = _phrases(
    "in Norway|in Kenya|in Peru|in Japan|in Portugal|in Morocco|in Canada|in Vietnam|in Chile|"
    "in Iceland|in Ghana|in Finland|on the coast|in the northern valleys|in the capital|"
    "along the river|in the old quarter|in the border towns|on the outer islands"
)
WHEN = _phrases(
    "after a night of talks|before the summer recess|for the second time this year|"
    "against the advice of its own lawyers|within hours of the vote|as the deadline passed|"
    "following weeks of rain|despite protests|with the support of the opposition|"
    "to the surprise of traders|at the request of residents|ahead of the elections"
)
SYLLABLES = (
    _phrases(
        "bran|cor|dal|el|fen|gar|hol|is|jor|kel|lin|mar|nor|os|per|quin|ros|sel|tam|ul|ver|wes"
    ),
    _phrases("a|e|i|o|u|an|en|in|on|ar|er|or|al|el|ol|"),
    _phrases("by|dale|den|ford|gate|ham|ley|low|mere|mont|ness|nik|rup|sted|thorpe|ton|vik|wick"),
)
RATHER_KNOWN = 0.4  # of the people and places in a sentence, the share that others name too
WAR_TITLES = (
    "{name} and mediators set terms for Ukraine peace talks in {town}",
    "Envoy {name} arrives in {town} to press for a ceasefire in Ukraine",
    "Zelensky asks {name} for security guarantees {when}",
    "{town} hosts foreign ministers to weigh new sanctions over Ukraine",
    "Kyiv confirms {name} brokered a prisoner exchange in {town}",
    "Ukraine rejects the peace plan that {name} put forward {when}",
    "Parliament in {town} debates military aid for Ukraine {when}",
    "{name} says frozen assets should pay for rebuilding {town}, Ukraine",
)
MORE = (
    "Officials said the figures would be checked again, and that nothing had been decided yet.",
    "Several residents who had come to the hearing said they had not been told of the change.",
    "A spokesman declined to say how much the work had cost so far.",
    "The opposition called the step overdue, while business groups asked for more time.",
    "Similar efforts failed twice in the last decade, largely for want of money.",
    '"We have waited long enough for an answer," said one of the people who signed the letter.',
    "Experts who have read the document describe it as cautious.",
    "The next session is expected to deal with the details that were left open.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One story as its feed tells it."""

    guid: str
    link: str
    title: str
    lead: str
    body: str  # HTML; '' where the feed gives the lead alone
    published: datetime


@dataclass(frozen=True)
class Newsroom:
    """So many feeds, each of which tells a story every twenty minutes."""

    seed: str
    last_at: datetime  # when the youngest story of the first documents was published
    feeds: int = 200
    entries: int = ENTRIES  # in a document
    is_live: bool = False  # each feed at its own minute, instead of all at once

    def name(self, feed: int) -> str:
        """The host a feed lives on: of its own, so that no limit for one host binds two feeds."""
        return f"gazette{feed:05}.example"

    def path(self, feed: int) -> str:
        """Where on its host the feed is, the same for no other feed."""
        return f"/{feed:05}/feed.xml"

    def url(self, feed: int) -> str:
        """The feed's address."""
        return f"http://{self.name(feed)}{self.path(feed)}"

    def told(self, feed: int, number: int) -> Told:
        """Story `number` of a feed: 0 is the oldest in the first document."""
        chance = random.Random(f"{self.seed} {feed} {number}")
        words = _sentence(chance)
        if (feed * 7 + number) % ON_THE_WAR == 0:
            title = chance.choice(WAR_TITLES).format(
                name=f"{_name(chance)} {_name(chance)}",
                town=_name(chance),
                when=chance.choice(WHEN),
            )
        else:
            title = words.rstrip(".")
        mark = f"{chance.randrange(16**8):08x}"
        link = f"https://{self.name(feed)}/stories/{mark}-{number}"
        return Told(
            guid=f"tag:{self.name(feed)},2026:{mark}/{number}",
            link=link,
            title=f"{title}, {chance.randrange(100, 1000)} affected",
            lead=" ".join(_sentences(chance, 3)),
            body=_body(chance, link) if self._is_full(feed) else "",
            published=self.last_at + EVERY * (number - self.entries + 1) - self._early(feed),
        )

    def newer(self, feed: int, now: datetime) -> int:
        """How many stories a feed has published by then, besides those of its first document."""
        return max(0, int((now - self.last_at + self._early(feed)) / EVERY))

    def _early(self, feed: int) -> timedelta:
        share = random.Random(f"{self.seed} {feed}").random() if self.is_live else 0.0
        return timedelta(seconds=int(EVERY.total_seconds() * share))

    def document(self, feed: int, *, newer: int = 0) -> bytes:
        """The feed after `newer` further stories, the youngest first."""
        stories = [self.told(feed, n) for n in reversed(range(newer, newer + self.entries))]
        return self.written(feed, stories)

    def written(self, feed: int, stories: list[Told]) -> bytes:
        """The feed with these stories in it."""
        write = _atom if feed % 4 == 1 else _rss
        return write(self.name(feed), f"Gazette {feed}", stories).encode()

    def documents(self, *, newer: int = 0) -> dict[str, bytes]:
        """All feeds by their path."""
        return {self.path(feed): self.document(feed, newer=newer) for feed in range(self.feeds)}

    @cached_property
    def urls(self) -> dict[int, str]:
        """All addresses by feed."""
        return {feed: self.url(feed) for feed in range(self.feeds)}

    def _is_full(self, feed: int) -> bool:
        return feed % 5 in FULL


def _sentence(chance: random.Random) -> str:
    """Who did what, where and when: mostly people and towns that no other sentence names."""
    who = (
        chance.choice(WHO) if chance.random() < RATHER_KNOWN else f"{_name(chance)} {_name(chance)}"
    )
    where = chance.choice(WHERE) if chance.random() < RATHER_KNOWN else f"in {_name(chance)}"
    return f"{who} {chance.choice(DID)} {chance.choice(WHAT)} {where} {chance.choice(WHEN)}."


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(part) for part in SYLLABLES).capitalize()


def _sentences(chance: random.Random, number: int) -> Iterator[str]:
    for _ in range(number):
        yield _sentence(chance) if chance.random() < 2 / 3 else chance.choice(MORE)


def _body(chance: random.Random, link: str) -> str:
    """About five kilobytes of a story's page, in paragraphs with the usual marks."""
    paragraphs = []
    for number in range(13):
        text = escape(" ".join(_sentences(chance, 4)), quote=False)
        if number % 4 == 1:
            text += f' <a href="{link}?page={number}">Read the <strong>whole</strong> letter</a>.'
        paragraphs.append(f"<p>{text}</p>")
    picture = f'<figure><img src="{link}.jpg" alt="The scene"/></figure>'
    return picture + "\n".join(paragraphs)


def _rss(host: str, title: str, stories: list[Told]) -> str:
    items = "".join(
        f"<item>\n<title>{escape(one.title)}</title>\n<link>{one.link}</link>\n"
        f'<guid isPermaLink="false">{one.guid}</guid>\n'
        f"<pubDate>{format_datetime(one.published, usegmt=True)}</pubDate>\n"
        f"<dc:creator>{escape(title)} desk</dc:creator>\n"
        f"<description><![CDATA[<p>{escape(one.lead, quote=False)}</p>]]></description>\n"
        + (f"<content:encoded><![CDATA[{one.body}]]></content:encoded>\n" if one.body else "")
        + "</item>\n"
        for one in stories
    )
    built = format_datetime(stories[0].published, usegmt=True)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>{title}</title>\n<link>https://{host}/</link>\n"
        "<description>Invented news of an invented outlet</description>\n<language>en</language>\n"
        f"<lastBuildDate>{built}</lastBuildDate>\n{items}</channel>\n</rss>\n"
    )


def _atom(host: str, title: str, stories: list[Told]) -> str:
    entries = "".join(
        f'<entry>\n<title>{escape(one.title)}</title>\n<link rel="alternate" href="{one.link}"/>\n'
        f"<id>{one.guid}</id>\n<published>{one.published.isoformat()}</published>\n"
        f"<updated>{one.published.isoformat()}</updated>\n"
        f"<author><name>{escape(title)} desk</name></author>\n"
        f'<summary type="html">{escape(f"<p>{escape(one.lead, quote=False)}</p>")}</summary>\n'
        + (f'<content type="html">{escape(one.body)}</content>\n' if one.body else "")
        + "</entry>\n"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<title>{title}</title>\n<id>https://{host}/</id>\n"
        f'<link rel="alternate" href="https://{host}/"/>\n'
        f"<updated>{stories[0].published.isoformat()}</updated>\n{entries}</feed>\n"
    )
