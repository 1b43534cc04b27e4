"""The records that steps pass one another: frozen, slotted, nouns. All times are aware and UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

OutletKind = Literal["wire", "outlet", "official", "own"]
Zone = Literal["auto", "suggest", "ignore"]
CreditKind = Literal[
    "report",  # "Politico reported", "according to Reuters", "told the FT"
    "citing",  # "citing Bloomberg"
    "headline",  # "- Bloomberg", "Axios: …", "…: report"
    "dateline",  # "KYIV (Reuters) -"
    "signature",  # "AFP" at the end; "with reporting by ..."
    "via",  # carried, not broken
    "byline",  # of the story
    "post",  # somebody's post is the source itself
]
# direct: words that stand for themselves; partial: inside a sentence of the writer's
QuoteKind = Literal["direct", "partial"]
# owner: the word of a feed nearer to the page took over; carried: a further feed's, not shown;
# page: the story's own page was read for its text; the last line: what a wire's version is to the
# one before it
VersionKind = Literal[
    "first",
    "cosmetic",
    "date_only",
    "substantive",
    "replaced",
    "owner",
    "carried",
    "page",
    "update",
    "correction",
    "embargo",
    "withheld",
    "killed",
]
# What happened to a story, as far as whoever rests on it must know. released: usable again, or no
# longer under embargo
ChangeKind = Literal[
    "update", "correction", "embargo", "withheld", "killed", "withdrawn", "released"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What fetching and scheduling need to know of one feed."""

    id: int
    url: str
    kind: OutletKind = "outlet"
    etag: str | None = None  # opaque, quotes and W/ included: echoed exactly as received
    last_modified: str | None = None  # opaque too; never reformatted
    answer_hash: str | None = None  # sha256 of the last body that was captured
    failures: int = 0  # polls failed in a row
    is_limited: bool = False  # the last poll was told to come back later
    user_agent: str | None = None  # instead of ours, where an operator has set one
    validators_lie: bool = False  # found out by an audit: they are not sent
    validators_of: str | None = None  # the address they came from; None: not known, sent anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFeed:
    """A feed as the catalogue names it."""

    url: str
    title: str = ""
    interval_seconds: int = 900  # how often it is polled at most
    full_text: bool = False  # the pages of its stories are read too
    custom: "Custom | None" = None  # None: the file does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An outlet as the catalogue names it, with its feeds."""

    key: str  # never changes: rows refer to it
    name: str  # as an instalment credits it
    kind: OutletKind = "outlet"
    homepage: str = ""
    country: str = ""  # ISO 3166
    language: str = ""
    aliases: tuple[str, ...] = ()  # how others name it when they credit it
    feeds: tuple[OutletFeed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask a server for."""

    url: str
    headers: Mapping[str, str]
    own_port: int | None = None  # beside 80 and 443, for the server of `url` alone
    validators_of: str | None = None  # only this address is told them; None: every one on the way
    has_waited: bool = False  # a redirect that asks us to wait first may be followed at once
    stays: bool = False  # redirects are answers: what is asked for stands here or nowhere
    named_by: str | None = None  # the feed whose document named `url`; None: an operator did


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: who sent us on, how, and where to."""

    url: str
    status: int  # 301, 302, 303, 307, 308
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, or why nothing did. Exactly one of `status` and `problem` is set."""

    url: str  # after redirects: the base of relative links
    status: int | None = None
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""  # content-decoded; of a refusal at most its beginning
    problem: str | None = None  # dns, tls, timeout, connect, broken, too_big, redirect ...
    detail: str = ""  # the problem in plain words
    seconds: float = 0.0
    hops: tuple[Hop, ...] = ()  # the redirects on the way, first to last
    address: str | None = None  # the lowest address the first name led to; None for a detour


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer means for its feed."""

    state: str  # ok, not_modified, empty, html, http_4xx, http_5xx, dns, tls, timeout, too_big ...
    reason: str  # one plain sentence for `feeds list`
    is_fresh: bool = False  # there is a new body worth parsing
    is_failure: bool = False
    retry_after: int | None = None  # seconds, from the publisher
    is_limited: bool = False  # the server asks us to slow down: its whole group waits
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None  # the address that gave them: no other is told them
    body_hash: str | None = None
    fresh_for: int | None = None  # seconds for which the publisher says nothing will change
    is_partial: bool = False  # 226: only what is new; what is absent means nothing
    moved_to: str | None = None  # where every hop was permanent: the address at their end


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a feed's raw items: all of it under one frame."""

    frame: str  # hash of what gives items their meaning: prolog, root, channel, base, channel link
    items: frozenset[bytes]  # 16-byte hashes of items that were read before, or set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A document cut down to the items not read before, or left whole where that is not sure."""

    body: bytes  # the document without its known items; the very bytes where nothing was cut
    frame: str  # '' where the document cannot be sliced
    hashes: tuple[bytes, ...] = ()  # of all items in it, in order, known ones included
    known: int = 0  # items cut out
    why_whole: str = ""  # why nothing could be cut; '' where slicing was sure
    is_torn: bool = False  # it ends before its end tag: its validators promise what never came


WireStatus = Literal["usable", "withheld", "canceled"]
WireAction = Literal["publish", "update", "correct", "kill", "withhold", "refile", "advise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a publisher says a story is about, as sent."""

    scheme: str  # medtop, subj, or the publisher's own
    code: str
    label: str = ""
    uri: str = ""  # resolved through the document's catalogues, where they name one


@dataclass(frozen=True, slots=True)
class Embargo:
    """Not to be delivered before `until`; None: until further notice."""

    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsOn:
    """What a correction, hold or kill acts on: a lineage, or an item number of a source and day."""

    lineage: str | None = None
    source: str = ""  # with `number`: the agency's own code
    number: str = ""  # the item's number in its source's service
    day: date | None = None  # of that number; None: the notice's own day, then the day before
    hint: str = ""  # the words that name it, where nothing structured does
    status: WireStatus | None = None  # what the target is from now on, where the notice says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another item a wire item points at: its previous version, what it is derived from."""

    rel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What a wire says about one version of an item, in whatever format it came.

    The lineage, which all versions share, is the entry's `guid`; where each version has an id of
    its own, `guid` is that, and `lineage` what they share.
    """

    kind: str = "text"  # text, picture, video, audio, graphic, package, concept, event ...
    lineage: str = ""  # NITF's du-key; '' where the guid is the lineage
    version: str | None = None  # the publisher's own; opaque, though often a number
    version_created: datetime | None = None
    first_created: datetime | None = None
    status: WireStatus = "usable"
    action: WireAction | None = None  # None: the item does not say
    acts_on: tuple[ActsOn, ...] = ()
    embargo: Embargo | None = None
    ed_note: str = ""
    explanation: str = ""  # what was corrected, in the publisher's words
    expires: datetime | None = None
    source: str = ""  # the agency's own code
    number: str = ""  # the item's number in its source's service
    dateline: str = ""
    credit: str = ""  # the credit line as sent
    slug: str = ""
    subjects: tuple[Subject, ...] = ()
    urgency: int | None = None  # 1 most urgent
    genre: str = ""
    role: str = ""
    links: tuple[Link, ...] = ()
    series_name: str = ""
    series_part: int | None = None
    series_total: int | None = None
    fixture: str = ""  # a feature that comes back: its fixed name (NITF)
    others: Mapping[str, str] = field(default_factory=dict)  # fields we have no name for


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as its format gave it, before any cleaning. Empty text is ''."""

    position: int  # place in the document, 0 first
    guid: str | None = None
    shared_guid: str | None = None  # other items of the document have it too: it identifies nothing
    url: str | None = None  # as written, possibly relative
    url_is_shared: bool = False  # other items of the document have it too: it identifies nothing
    base_url: str | None = None  # xml:base or the document's own address
    title: str = ""
    title_type: str = "text/plain"  # text/plain or text/html
    summary: str = ""  # HTML
    content: str = ""  # HTML, the full body where the feed has one
    byline: str = ""
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    updated_raw: str = ""
    language: str | None = None
    wire: Wire | None = None  # of formats that carry a wire's own account of the item
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """What one source does where its format leaves it open."""

    time_zone: str = "UTC"  # of dates that name none
    charset: str = ""  # of text that does not say; '' as the format would have it
    # Its own words before headlines and what they mean (kill, hold, correct, refile, repeat,
    # update, ld, alert); '' for one of the house's that is an ordinary word there.
    prefixes: tuple[tuple[str, str], ...] = ()
    has_bare_prefixes: bool = False  # REFILE, EXTRA and the like may end in a mere blank


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One item that could not be read: its bytes and the reason, for setting aside."""

    position: int
    reason: str
    raw: bytes
    entry: Entry | None = None  # what it says all the same, where that is no story


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a publisher says about when to come back. Hints: clamped before they are used."""

    ttl_minutes: float | None = None
    skip_hours: tuple[int, ...] = ()  # GMT, 0..23
    skip_days: tuple[int, ...] = ()  # Monday 0
    update_seconds: float | None = None  # sy:updatePeriod / sy:updateFrequency


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a feed brings by its own habit, learnt from what came (schedule.learn). All in UTC.

    The items expected in an hour are `an_hour` times the factors of that hour and that weekday.
    A pause is what was expected between two arrivals and did not come: counted in items, so that
    a night weighs little and a busy noon much.
    """

    an_hour: float  # items an hour, on average over a week; never 0
    hours: tuple[float, ...]  # 24 factors, 1.0 on average
    days: tuple[float, ...]  # 7 factors, Monday first, 1.0 on average
    items: int = 0  # arrivals it was learnt from
    days_watched: float = 0.0  # for how long
    pauses: int = 0  # pauses seen
    usual_pause: float = 0.0  # their median, in expected items
    pause_spread: float = 0.0  # by how much the longer half of them lies above it, on average
    longest_pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All that decides when a feed is polled next, as it stands at the end of a poll."""

    kind: OutletKind = "outlet"
    interval_seconds: float = 900  # the operator's: how often at most
    rhythm: Rhythm | None = None
    window_seconds: float | None = None  # from the oldest to the newest item in the document
    window_items: int | None = None  # how many they are; only said in the reason
    overlap: float | None = None  # share of the last changed document's items that were known
    has_lost: bool = False  # that document shared no item with the one before (lost_items)
    last_new_at: datetime | None = None  # when something new last came
    hints: Hints | None = None
    fresh_until: datetime | None = None  # the publisher's max-age or Expires
    retry_after: float | None = None  # seconds, from the publisher
    failures: int = 0  # polls failed in a row, this one included
    state: str = "ok"  # this poll's verdict
    is_pushed: bool = False  # a hub has really pushed lately
    not_before: datetime | None = None  # of its host groups, the later one


@dataclass(frozen=True, slots=True)
class Next:
    """When to poll next, and what decided it."""

    seconds: float  # from now
    why: str  # for `feeds list`: plain words that continue "then, because ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What has been heard of a feed so far: what the silence alarm judges. Product times.

    Arrivals count by when they were first seen here, never by the date an item carries: so an
    undated source cannot pass for a lively one.
    """

    kind: OutletKind = "outlet"
    added_at: datetime
    last_new_at: datetime | None = None  # None: nothing ever came
    rhythm: Rhythm | None = None
    state: str = "ok"  # of the last poll
    reason: str = ""  # of the last poll, in words
    failures: int = 0  # polls failed in a row


# What a feed's row says of its last poll where the server said 304: of a document that was sent
# again, unchanged, nobody need doubt that it is unchanged.
ANSWERED_304 = "nothing new (answered 304)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far a feed's validators may be believed, and what speaks against them just now."""

    is_not_modified: bool  # the last poll was answered 304
    validators_lie: bool = False
    audited_at: datetime | None = None
    wait_seconds: float = 43_200  # between two audits
    last_new_at: datetime | None = None
    rhythm: Rhythm | None = None
    siblings_have_news: bool = False  # its host's other feeds or its sitemap, since last_new_at


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit leaves behind on the feed."""

    validators_lie: bool
    wait_seconds: float  # until the next audit, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect as it was seen so far: the same target, poll after poll."""

    polls: int  # that every hop of was 301 or 308, in a row
    since: datetime  # the first of them
    is_feed: bool  # the target parsed as a feed
    shared_items: int  # items it shares with the old address, by their ids


@dataclass(frozen=True, slots=True, kw_only=True)
class HostGroup:
    """Feeds that share a server, as politeness sees them now."""

    in_flight: int = 0
    last_start: datetime | None = None
    not_before: datetime | None = None
    gap_seconds: float | None = None  # between two starts, where not the house's own
    most_at_once: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Other addresses a document names for itself."""

    hub: str | None = None  # WebSub
    topic: str | None = None  # rel=self: what to subscribe to
    previous: str | None = None  # RFC 5005 prev-archive, or the next page of a paged feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry the publisher has deleted (RFC 6721)."""

    ref: str
    when: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A captured document, read."""

    format: str  # feed; later also jsonfeed, newsml-g2, nitf, ninjs ...
    title: str = ""
    link: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    beside: tuple[Entry, ...] = ()  # items that are no stories: packages, pictures, concepts
    refused: tuple[Refused, ...] = ()
    problems: tuple[str, ...] = ()  # of the document as a whole
    hints: Hints = Hints()
    ways: Ways = Ways()
    tombstones: tuple[Tombstone, ...] = ()
    more: tuple[str, ...] = ()  # addresses of further documents: a sitemap index's children


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One version of a story: clean text, absolute link, UTC. Offsets count into these fields."""

    title: str
    summary: str = ""  # plain text
    text: str = ""  # the body as plain text, paragraphs parted by a blank line; '' if none came
    html: str = ""  # the body, sanitised
    guid: str | None = None
    url: str | None = None  # http or https, as the publisher gave it
    canonical_url: str | None = None  # without tracking marks: the identity across feeds
    shared_guid: str | None = None  # which other items of its document have too
    shared_url: str | None = None  # the same of its canonical link
    outlet: str = ""  # key of the outlet whose page this is
    outlet_kind: OutletKind = "outlet"
    byline: str = ""
    language: str | None = None
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    wire: Wire | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a story's own page shows of it: nothing that does not stand there."""

    title: str = ""
    text: str = ""  # paragraphs parted by a blank line; '' where none was found
    byline: str = ""
    published: datetime | None = None
    language: str | None = None
    original: str = ""  # the address that the page itself names as its own (rel=canonical)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFound:
    """What an answer to the question for a story's page means."""

    state: str  # fetched, moved, rate_limited, http_4xx, http_5xx, not_html, paywall ...
    reason: str  # one plain sentence for whoever asks why there is no full text
    target: str | None = None  # moved: where the page is now
    wait: float | None = None  # seconds, as the server asks
    may_come_back: bool = False  # worth one more try, later


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What reading a story's page gave; `article` is None where its text is not ours to take."""

    state: str  # read, paywall, reserved, no_text, other_page
    reason: str
    article: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a story is known by. `text` stands in where a feed gives neither guid nor link."""

    guid: str | None  # within its feed
    url: str | None  # across all feeds
    text: str | None  # hash of title and text, within its feed; set only without guid and url
    body: str | None  # hash of the folded body: equal means the same text printed again
    content: str  # hash of all an editor would see, dates left out: equal means unchanged
    # What other items of its document have too, to be remembered as no identity within its feed.
    shared: tuple[str, ...] = ()
    # Of a wire's item, within its outlet: the lineages it is a version of, and its own numbers.
    lineages: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    corrects: tuple[str, ...] = ()  # numbers of items that it says it corrects, the surest first
    # What it may also be known by: no identity, but what a merge is made or proposed upon.
    loose_guid: str | None = None  # digest of the guid without scheme and host, within its feed
    loose_url: str | None = None  # digest of the address in whatever form the page is shown
    title: str | None = None  # digest of the folded headline, within its outlet and a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A feed that carries a story: what decides whether its word of it stands."""

    feed_id: int
    outlet_id: int
    version: int  # which version of the story says what this feed said last
    nearness: int  # 0: the page is its outlet's own; 1: wire, official or own; 2: any other
    fullness: int  # characters of the summary and text that it gives
    edited_at: datetime | None = None  # when it last said something else than before


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """What two stories that share an alternate are to each other."""

    is_sure: bool  # the same story; otherwise perhaps so, for a person to say
    score: float  # 0..1
    why: str  # in words an editor can check


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One version of a wire's story, as it was told; `story.wire` is set."""

    number: int  # under which it is kept: says nothing of its place in the order
    fingerprint: str
    story: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class WireStanding:
    """What stands of a wire's story, all versions considered, in whatever order they came."""

    current: int  # number of the version that is shown
    status: Literal["usable", "withheld", "killed"]
    embargo: Embargo | None
    kinds: Mapping[int, VersionKind]  # what each version is to the one before it, by number
    said: str  # the publisher's words about its status, where it is not usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A wire's word about another of its items: no story, but what is to become of one."""

    action: Literal["kill", "withhold", "correct"]
    targets: tuple[ActsOn, ...]
    is_sure: bool  # False: only its wording says so, and an editor is asked
    said: str  # the publisher's explanation, or its headline


RelationKind = Literal["reissue", "syndicated", "rewrite", "update", "correction", "excerpt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a story's text is to one that was there before it, of which it is a copy."""

    kind: RelationKind
    score: float  # 0..1, the share of the shorter text that the other has, too
    of_longer: float = 1.0  # the share of the longer one that the shorter has
    why: tuple[str, ...]  # in words an editor can check


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a story's field: `text == getattr(story, field)[start:end]`."""

    field: str  # title, summary or text
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What a story is about, with the words that earned it."""

    scheme: str  # place, organisation, person, topic ...
    code: str  # ISO 3166, a Wikidata QID, or our own slug
    label: str
    score: float  # 0..1
    evidence: tuple[Span, ...]
    why: str = ""  # where the words alone do not say it: "Moscow stands for the government here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whom a story credits for its news, and the words that say so."""

    name: str  # of the outlet's record; as written, where no list has it; '' for "media", "report"
    outlet: str = ""  # key of the outlet's record, where it is known
    kind: CreditKind = "report"
    span: Span  # the phrase
    is_origin: bool = True  # broke the news; False: carried it, or only named in passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words in quotation marks, as they stand, and who said them."""

    text: str  # without the outer marks; of several paragraphs, with the marks that open them
    kind: QuoteKind = "direct"
    span: Span  # of these words; the outer marks stand around it
    speaker: str | None = None  # as named in the story; a description where no name is given
    office: str | None = None
    forum: str | None = None
    day: str | None = None
    insertions: tuple[str, ...] = ()  # the editor's words in square brackets
    outlet: str = ""  # whose own words they are, where the speaker is an outlet


CheckState = Literal["exact", "differs", "not_found", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stored version that a quotation may have been taken from."""

    version: int  # its id
    story: Story
    is_whole: bool = True  # the text is there, not only headline and summary
    is_withheld: bool = False  # killed, withheld or withdrawn: nothing may rest on it


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a quotation has other words than its source; one side may be empty."""

    quoted: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCheck:
    """How a quotation stands to the stored versions of its sources."""

    state: CheckState
    why: str  # one plain sentence for the editor
    version: int | None = None  # in which it was found, or nearly
    span: Span | None = None  # where
    differences: tuple[Difference, ...] = ()  # of words; none where it is exact
    noted: tuple[str, ...] = ()  # what differs and is no difference: marks, insertions, omissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A story, its tags, whom it credits, whom it quotes."""

    story: Story
    tags: tuple[Tag, ...] = ()
    credits: tuple[Credit, ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A story's telling words as they weighed when it came, and what its time has taught.

    Whoever has those of the last stories can go on placing exactly as if it had placed them itself.
    """

    words: tuple[str, ...]  # the heaviest first
    weights: tuple[int, ...]  # of each word; a text's have a length of about 1000
    headline: tuple[int, ...]  # the same of its headline alone; 0 where that lacks the word
    same: int | None  # bin of the time since the last story of what it surely belongs to
    others: tuple[int, ...]  # bins of the times since the last stories of some other developments
    names: tuple[int, ...] = ()  # places of those words that are names


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where clustering puts a story: an existing development, or None for a new one."""

    development: int | None
    score: float  # 0..1: how likely it belongs there; of a new one, that it belongs nowhere else
    runner_up: int | None
    runner_up_score: float
    why: str
    weighed: Weighed | None  # to be remembered; None of a form that tells of several developments
    follows: int | None = None  # the development that a new one goes on from
    follows_score: float = 0.0
    follows_why: str = ""
    form: str = ""  # roundup, live


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of an instalment, in order."""

    key: str
    heading: str
    query: str = ""  # empty: any story
    outlet_kinds: tuple[str, ...] = ()  # sources allowed; empty: every kind
    outlets: tuple[str, ...] = ()  # sources allowed, by key; empty: every outlet
    minimum_score: float = 0.0  # of the match; a lead asks for more than an item does
    minimum: int = 0
    maximum: int = 12
    order: Literal["score", "newest", "oldest"] = "score"
    when_empty: str = ""  # what the page says; '' hides an empty section


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemForm:
    """How the items of a series are written."""

    mark: str = "\u2014"  # what opens an item
    credit_at: Literal["start", "end"] = "start"
    credit_line: str = "On {day}, {outlet} reported"
    credit_line_undated: str = "{outlet} reported"  # for a story that gives no date
    day: Literal["weekday", "date"] = "weekday"
    quotation_required: bool = False
    paragraphs: int = 3  # at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a finished instalment may be pushed, and as what."""

    name: str
    status: Literal["draft", "pending"] = "draft"  # never published: that is a person's deed there


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One definition of a series: what belongs, how an instalment is built."""

    key: str
    title: str  # "Diplomacy Watch"
    title_template: str  # "Diplomacy Watch: {headline}"
    subhead_template: str = "{headline}"
    kicker: str = ""
    description: str = ""
    status: Literal["running", "paused", "ended"] = "running"
    succeeded_by: str = ""  # key of the series that took over from an ended one
    language: str = "en"
    spelling: Mapping[str, str] = field(default_factory=dict)  # house spelling by folded variant
    # the calendar: a cut-off is a wall-clock time in the desk's zone
    cadence: Literal["daily", "weekdays", "weekly"] = "weekly"
    weekday: int = 4  # Monday 0; of the cut-off, weekly
    cut_off: time = time(20, 0)
    time_zone: str = "UTC"
    tail_days: int = 7  # published this long before the window is still offered, marked
    skipped: tuple[date, ...] = ()  # days whose cut-off does not take place
    # what belongs
    query: str
    against: str = ""  # a query: what it hits speaks against a story, the weightier the more
    exclude: str = ""  # a query: what it hits is not for this series
    exemplars: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # codes of tags that speak for a story
    countries: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    leave_out: tuple[Literal["own_instalments", "round_ups", "live_pages"], ...] = (
        "own_instalments",
        "round_ups",
        "live_pages",
    )
    suggest_from: float = 0.5  # the score from which a story is shown
    precision: float = 0.9  # asked of what is queued unasked, with its lower confidence bound
    half_life_weeks: int = 26  # after which a decision counts half
    show_ignored: float = 0.02  # the share of what was ignored that is shown all the same
    # the form
    lead: Literal["prose", "promoted"] = "promoted"  # written by the editor, or the best item
    sections: tuple[Section, ...]
    item: ItemForm = field(default_factory=ItemForm)
    credit_rule: Literal["origin", "outlet"] = "origin"
    outlet_share: float = 1.0  # a hint: more of the items than this from one outlet is remarked
    own_outlets: tuple[str, ...] = ()  # their stories are "ours"
    own_items_apart: bool = False  # ours do not count towards a section's maximum
    previous_instalments: int = 2
    previous_of: str = ""  # key of the series whose instalments are listed; '' for its own
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a match, in words an editor can check."""

    reason: str  # query, exclude, ...
    weight: float  # signed share of the score
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A story's standing in one series."""

    series: str
    score: float  # 0..1
    zone: Zone
    why: tuple[Reason, ...]
    sections: tuple[str, ...] = ()  # keys of those whose query and sources take the story
    matcher: str = ""  # what decided: the method, or the model learnt from decisions
    shown_as: Literal["", "sample", "uncertain"] = ""  # of an ignored one: why it is shown anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time one instalment covers: arrived after `opens`, at or before `cut_off`."""

    opens: datetime
    cut_off: datetime
    tail_from: datetime  # published before this is too old to offer
