"""The words that credit an outlet: what stands around its name in headlines and in texts."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.records import CreditKind
from pipeline.tag.outlets import Named
from pipeline.tag.untrue import spread_by, spreads

_BEFORE, _AFTER = 120, 150  # characters around a name that are looked at
_DATELINE = 220  # characters of a text within which a dateline stands
_SIGNATURE = 160  # characters of the end of a text within which a signature stands
_SHORT = 50  # characters that may follow a signature
_REACHES = 40  # characters behind a name that still belong to the phrase

_THE = r"(?:the|The|a|an|A|An)"
_KIND = (
    r"(?:state|state-run|state-owned|semi-official|official|public|private|pan-Arab|opposition|"
    r"pro-government|independent|local|national|regional|international|financial|business|"
    r"U\.S\.|US|British|German|French|Italian|Spanish|Polish|Ukrainian|Russian|Chinese|Japanese|"
    r"Israeli|Iranian|Turkish|Lebanese|Saudi|Qatari|American|Swiss|Dutch|Austrian|Indian|"
    r"[A-Z]\w+(?:['’]s)?|its|daily|weekly|leading|conservative|liberal|left-wing|right-wing)"
)
_SORT = (
    r"(?:news(?:\s(?:agency|site|website|outlet|channel|service|magazine|portal))?|newspaper|"
    r"newspapers|daily|weekly|tabloid|broadsheet|magazine|agency|website|broadcaster|television|"
    r"TV|TV channel|television channel|channel|radio|radio station|journal|outlet|portal|wire|"
    r"newswire|podcast|online)"
)
# What may stand between the words that credit and the name: "to the state-run news agency".
_UP_TO = rf"(?:\s+{_THE})?(?:\s+{_KIND}){{0,3}}(?:\s+{_SORT}){{0,3}},?(?:\s*[\"“‘])?"
_VERB = (
    r"(?:reported|reports|report|says|said|wrote|writes|revealed|reveals|disclosed|discloses|"
    r"understands|learned|learnt|learns|claimed|claims|quoted|quotes|cited|cites|published|"
    r"publishes|noted|notes|added|broke|announced|stated|detailed|observed|alleged|alleges|"
    r"suggested|confirmed|argues|argued|described|describes|points out|pointed out|asserted|"
    r"citing|quoting|rapporte|a rapporté|écrit|affirme|révèle|selon|berichtet|berichtete|meldet)"
)
_HELPED = (
    r"(?:(?:has|have|had|also|first|earlier|previously|recently|later|separately|now|then|is|was|"
    r"were|are|on\s+\w+day|last\s+\w+|exclusively|[a-z]+ly)\s+){0,3}"
)
# What follows a name that reports: "'s Tel Aviv bureau", " news agency", ", a local daily,".
_BEHIND = (
    rf"(?:['’]s?\s+(?:[\w’'-]+\s+){{0,5}}?[\w’'-]+)?(?:\s+{_SORT}){{0,2}}"
    r"(?:\s+\([^()]{1,40}\))?(?:,\s[^,.;:]{1,70},|\s+(?:on|late|early|earlier|last|this)\s+\w+day)?"
)
_REPORTS = re.compile(rf"{_BEHIND}\s+{_HELPED}{_VERB}\b(?!\s*-)")
_UNTRUE = spreads(_BEHIND, _HELPED, _VERB)
_UNTRUE_BEFORE = spread_by(_UP_TO)
_IS_FIRST = re.compile(
    rf"{_BEHIND}\s+(?:was|were|is)\s+(?:the\s+)?(?:first|able|told|informed|shown|given)\b"
    r"|(?:\s+was\s+(?:the\s+)?first\s+to\s+report)"
)
_PIECE = re.compile(
    r"(?:['’]s)?\s+(?:exclusive\s+|investigative\s+|news\s+|front-page\s+|cover\s+|joint\s+)?"
    r"(?:report|reports|reporting|story|article|investigation|exclusive|scoop|interview|analysis|"
    r"podcast|editorial|op-ed|poll|survey|sources|piece|column|tally|calculations|count|"
    r"(?P<writer>correspondent|reporter|journalist|columnist))\b(?=(?P<then>[^.;:\n]{0,60}))"
)
_SAYS = re.compile(
    r"\b(?:say|says|said|reported|reports|writes|wrote|reporting|told|found|showed|shows|published|that)\b"
)
_OF_IT = re.compile(r"\b(?:of|for|with|at|from|in)$")

_ACCORDING = re.compile(
    r"(?:according to|[Aa]s per|selon|laut|nach Angaben von|secondo)"
    r"(?:\s+(?:a|an|the|two|three|several|some|new|recent|exclusive|separate|joint|sources|"
    r"officials|people|documents|data|reporting|reports?|story|stories|article|analysis|"
    r"investigation|tally|account|poll|survey|interview|published|obtained|seen|cited|quoted|"
    r"compiled|carried|released|spoken|who|spoke|speaking|by|from|in|of|with|on|to)){0,9}"
    rf"{_UP_TO}\s*$",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:told|tells|tell|telling|"
    r"confirmed (?:\w+ ){1,4}to|informed|spoke to|spoke with|speaking to|speaking with|speaks to|"
    r"confirmed to|said to|a déclaré à|a dit à|sagte)"
    r"(?:\s+(?:a|an|the|reporters?|journalists?|correspondents?|from|of|with|at|for|in))*"
    rf"{_UP_TO}(?:\s+(?:l'|l’|der|dem|la|le))?\s*$"
)
_BY = re.compile(
    r"\b(?:first\s+)?(?:reported|report|reports|published|revealed|disclosed|carried|aired|broadcast|run|"
    r"obtained|seen|reviewed|viewed|quoted|cited|confirmed|detailed|released|leaked|interviewed|"
    r"conducted|commissioned|surveyed|polled|broken|covered|story|article|investigation|analysis|exclusive|"
    r"interview|compiled|shared|verified|contacted|posted|asked|saying|noted|written|described|"
    r"reporting|account|tally|survey|poll)"
    r"(?:\s+(?:\w+day|earlier|exclusively|first|last|week|month|here|today|on|this)){0,3}\s+"
    rf"(?:by|in|from|on|for|with){_UP_TO}\s*$"
)
_SAYS_BEFORE = re.compile(
    rf"(?:\b(?:reports|reported|report|writes|wrote|reporting)|[,”\"’]\s*(?:said|says)){_UP_TO}\s*$"
)
_IN = re.compile(
    r"\b(?:(?:[Ww]riting|[Ww]rote|[Ww]rites|[Rr]eports?|[Rr]eported|[Rr]eporting|[Ss]peaking|[Ss]poke|"
    r"appeared|appears|appearing|published|featured)\s+(?:\w+\s+){0,2}?(?:in|for|on|to|with)"
    r"|(?:interview|interviews|interviewed|remarks|comments|statement|op-ed|essay|column|article|"
    r"piece|letter|report|story|investigation|profile|podcast|appearance|commentary|editorial)"
    r"(?:\s+\w+(?:ed|ing)|\s+this\s+\w+|\s+on\s+\w+day|\s+last\s+\w+){0,2}\s+"
    r"(?:with|to|for|in|on|by|from|of)"
    rf"|[Ss]aid(?:\s+\w+day)?\s+on|[Ww]riter\s+(?:[A-Z][\w.’'-]+\s+){{1,3}}in){_UP_TO}\s*$"
)
_CITING = re.compile(
    r"\b(?:[Cc]iting|[Qq]uoting|[Cc]ites|[Cc]ited|[Qq]uotes|[Rr]eferring to|with reference to|"
    r"with a reference to|referencing|[Rr]efers to|attributed to|picked up by|credited to|"
    r"credited|unter Berufung auf|citant)"
    r"(?:\s+(?:a|an|the|report|reports|story|article|sources|in|of|by|from|reporting)){0,4}"
    rf"{_UP_TO}\s*$"
)
_VIA = re.compile(
    r"(?:\b[Vv]ia|\bh/t|\bH/T|\b[Hh]at tip(?: to)?|\b[Cc]ourtesy of|\bthrough)" rf"{_UP_TO}\s*$"
)
_WITH = re.compile(
    r"(?:^|[(\[.|]\s*|\n)\s*(?:[Ww]ith (?:(?:additional|further) )?"
    r"(?:reporting|inputs?|files|material|information)? ?(?:by|from)?|[Ss]ources?:|[Rr]eporting by|"
    r"[Aa]dditional reporting by|(?:This|The) (?:story|article|report) (?:was|first|is)[^.]{0,40}"
    r"(?:by|in|on|from)|[Oo]riginally published (?:by|in|on)|© ?(?:\d{4} )?"
    r"|[Cc]opyright (?:©? ?\d{4} )?)"
    rf"{_UP_TO}\s*$"
)
# A company in business news, or somebody's place of work: no credit.
_COMPANY = re.compile(
    r"\s+(?:shares|stock|plc|Inc|Corp|Ltd|LP|LLC|Group|Holdings|employee|employees|staff|staffer|"
    r"photographer|cameraman|building|headquarters|office|bureau chief|subscribers|Foundation|"
    r"could not|did not|has not|was unable|were unable|contacted|has contacted|approached|"
    r"has approached|asked for|has asked|said it (?:would|will|had hired|plans|has agreed|expects)|"
    r"(?:has )?reported (?:a |an )?(?:\w+ ){0,3}(?:loss|losses|profit|profits|earnings|revenue|"
    r"revenues|sales|income))\b"
)
_WORKS_THERE = re.compile(
    r"\b(?:worked|works|working|work|job|career|employed|editor|hired|sued|suing|lawsuit against|"
    r"owner|owns|bought|acquired|acquire|sold|founded|parent of)\s+(?:\w+\s+){0,2}?"
    r"(?:for|at|of|by|from|to)?\s*(?:the\s+)?$"
)

_HEAD_TAIL = re.compile(rf"(?:\s[-–—|]\s*|:\s*|\(|\[){_UP_TO}\s*$")
_HEAD_TAIL_AFTER = re.compile(
    rf"(?:\s+{_SORT})?(?:\s+(?:reports?|says|sources?|exclusive|citing sources))*\s*[)\].]?$"
)
_HEAD_FIRST = re.compile(r"(?:\s+(?:exclusive|report|poll|scoop|interview))?\s*:\s")
_HEAD_COMMA = re.compile(
    rf"(?:\s+{_SORT})?\s+(?:reports?|reported|says|said|writes|learns|understands|reveals|"
    r"sources say|citing (?:\w+\s?){1,4})\s*$"
)
_EXCLUSIVE = re.compile(r"\bexclusive\b", re.IGNORECASE)
_HEAD_TELLS = re.compile(r"\b(?:tells|told)\s+(?:the\s+)?$")
_NOBODY = re.compile(
    r"(?:\s[-–—]\s*|:\s*|,\s+|\()(?P<name>(?:mass |local |state |foreign |US |Western )?"
    r"(?:media(?: reports?)?|reports?|newspaper|press)(?: says?| say)?)\s*\)?$"
    r"|^(?P<first>Report|Media|Reports):\s",
    re.IGNORECASE,
)
_CLOSES = re.compile(r"(?:[/ |]{1,3}[\w .]{2,30})?(?:\)|/)\s*(?:[-–—]|\.\.\.|\.\s|:)")
_CLOSES_ONLY = re.compile(r"(?:[/ |]{1,3}[\w .]{2,30})?\)\s*(?:[-–—:.]|(?=[A-Z\"“]))")
_ASKS = re.compile(r"\s*(?:Question|QUESTION|Q) \(")  # in a transcript: who asks
_DASHED = re.compile(r"\s*[-–—]")
_CAPITALS = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{2,}")
_POST = re.compile(
    r"\b(?:(?:wrote|written|writes|posted|posts|said|says|announced|shared|published|tweeted|added)"
    r"(?:\s+\w+){0,3}|(?:a|an|the|his|her|their|its|another)(?:\s+\w+){0,2}"
    r"\s+(?:post|posts|message|statement|thread|video|channel)(?:\s+\w+){0,2})"
    r"\s+(?:on|to|via|in)(?:\s+(?:his|her|the|its|their))?(?:\s+(?:official|own))?"
    r"(?:\s+social media(?:\s+(?:platform|network|site))?)?\s*$"
)
_ELSE = re.compile(r"[’'&]|\s[A-Z]")

_ARTICLE = re.compile(r"(?:\b(?:[Tt]he|[Aa]s|[Aa]n?) )+$")
_INTO = re.compile(r"\b(?:[Ii]n|[Tt]o|on|by|of|[Aa]|[Tt]he) (?:an? |the )?$")
# Words without one of which each pattern cannot match: most names stand beside none of them.
_WORDS = re.compile(r"\w+")
_ACCORDS = ("according to", "as per", "selon", "laut", "nach angaben von", "secondo")
_CITING_WORDS = frozenset(
    "Citing citing Quoting quoting Cites cites Cited cited Quotes quotes Referring referring "
    "reference referencing Refers refers attributed picked credited unter citant".split()
)
_TOLD_WORDS = frozenset(
    "told tells tell telling confirmed informed spoke speaking speaks said déclaré dit "
    "sagte".split()
)
_BY_WORDS = frozenset(
    "reported report reports published revealed disclosed carried aired broadcast run obtained "
    "seen reviewed viewed quoted cited confirmed detailed released leaked interviewed conducted "
    "commissioned surveyed polled broken covered story article investigation analysis exclusive "
    "interview compiled shared verified contacted posted asked saying noted written described "
    "reporting account tally survey poll".split()
)
_IN_WORDS = frozenset(
    "Writing writing Wrote wrote Writes writes Report report Reports reports Reported reported "
    "Reporting reporting Speaking speaking Spoke spoke appeared appears appearing published "
    "featured interview interviews interviewed remarks comments statement op essay column article "
    "piece letter story investigation profile podcast appearance commentary editorial Said said "
    "Writer writer".split()
)
_SAYS_BEFORE_WORDS = frozenset("reports reported report writes wrote reporting said says".split())
_VIA_WORDS = frozenset("Via via h H Hat hat Courtesy courtesy through".split())
_WORKS_WORDS = frozenset(
    "worked works working work job career employed editor hired sued suing lawsuit owner owns "
    "bought acquired acquire sold founded parent".split()
)
_WITH_WORDS = frozenset(
    "With with Source source Sources sources Reporting reporting Additional additional story "
    "article report Originally originally Copyright copyright".split()
)
_LEADING: tuple[tuple[CreditKind, frozenset[str], re.Pattern[str]], ...] = (
    ("citing", _CITING_WORDS, _CITING),
    ("report", frozenset(), _ACCORDING),  # it may begin within a word: see Place.may_be
    ("report", _TOLD_WORDS, _TOLD),
    ("report", _BY_WORDS, _BY),
    ("report", _IN_WORDS, _IN),
    ("report", _SAYS_BEFORE_WORDS, _SAYS_BEFORE),
    ("via", _VIA_WORDS, _VIA),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A credit as it was found: how, whom, and between which offsets of its field."""

    kind: CreditKind
    named: Named
    start: int
    end: int


class Place:
    """A name in a text with what stands around it, as far as its paragraph goes."""

    __slots__ = ("after", "before", "named", "text", "words")

    def __init__(self, named: Named, text: str) -> None:
        self.named = named
        self.text = text
        before = text[max(0, named.start - _BEFORE) : named.start]
        self.before = before.rsplit("\n\n", 1)[-1]
        self.words = frozenset(_WORDS.findall(self.before))
        self.after = text[named.end : named.end + _AFTER].split("\n\n", 1)[0]

    def may_be(self, words: frozenset[str]) -> bool:
        """Whether one of `words` stands before the name; without any: whether "as per" does."""
        if words:
            return not words.isdisjoint(self.words)
        before = self.before.lower()
        return any(one in before for one in _ACCORDS)

    def found(self, kind: CreditKind, before: re.Match[str] | None = None, after: int = 0) -> Found:
        """A credit from where `before` matched to `after` characters behind the name."""
        start = self.named.start
        if before is not None:
            start += before.start() - len(self.before)
        return Found(kind, self.named, start, self.named.end + after)


def in_headline(place: Place) -> Found | None:
    """Return whom a headline credits: "... - Bloomberg", "Axios: ...", "..., X reports"."""
    before, after, is_listed = place.before, place.after, bool(place.named.outlets)
    if _COMPANY.match(after):
        return None
    if (tail := _HEAD_TAIL.search(before)) and _HEAD_TAIL_AFTER.fullmatch(after):
        return place.found("headline", tail, len(after))
    if not before.strip(" [(") and is_listed and (head := _HEAD_FIRST.match(after)):
        return place.found("headline", after=head.end())
    is_apart = not before.strip() or before.rstrip()[-1] in ",–—-:"
    if is_apart and (comma := _HEAD_COMMA.match(after)):
        return place.found("headline", after=comma.end())
    if _EXCLUSIVE.search(before) and (reports := _REPORTS.match(after)):
        return place.found("headline", _EXCLUSIVE.search(before), reports.end())
    told = _HEAD_TELLS.search(before) if is_listed else None
    return place.found("report", told) if told else in_running_text(place)


def unnamed_in_headline(title: str) -> tuple[int, int] | None:
    """Return where a headline credits nobody in particular: "...: report", "... - media"."""
    hit = _NOBODY.search(title)
    return hit.span() if hit else None


def at_the_start(place: Place) -> Found | None:
    """Return whom a dateline credits: "KYIV (Reuters) -", "MOSCOW, May 14. /TASS/."."""
    named = place.named
    if named.start > _DATELINE or not named.outlets:
        return None
    before = place.before
    is_bracketed = before[-1:] in ("(", "/")
    if _ASKS.match(before):
        return None
    closes = _CLOSES if is_bracketed else _DASHED
    if before == "(":  # it opens the text: then no dash is needed
        closes = _CLOSES_ONLY
    closed = closes.match(place.text, named.end)
    if closed is None:
        return None
    after = closed.end() - named.end
    if is_bracketed:
        return place.found("dateline", re.compile(r".$").search(before), after)
    is_line = not before.strip() or (before.rstrip()[-1] == "," and _CAPITALS.match(before))
    return place.found("dateline", after=after) if is_line else None


def in_running_text(place: Place) -> Found | None:
    """Return whom a sentence credits: "X reported", "according to X", "told X", "citing X"."""
    before, after = place.before, place.after
    if _COMPANY.match(after):
        return None
    for kind, words, pattern in _LEADING:
        hit = pattern.search(before) if place.may_be(words) else None
        if hit and (kind != "via" or place.named.outlets):
            said = _REPORTS.match(after) if kind == "report" else None
            reach = said.end() if said and said.end() < _REACHES else 0
            return None if _UNTRUE_BEFORE.search(before) else place.found(kind, hit, reach)
    if before.endswith("/") or (place.may_be(_WORKS_WORDS) and _WORKS_THERE.search(before)):
        return None
    reports = _REPORTS.match(after) or _IS_FIRST.match(after)
    if reports and _UNTRUE.match(after):
        return None
    if reports and (place.named.outlets or not _OF_IT.search(before)):
        return place.found("report", _ARTICLE.search(before), reports.end())
    return _piece(place)


def _piece(place: Place) -> Found | None:
    """Of "a Politico story", "X's correspondent said"."""
    before, after = place.before, place.after
    piece = _PIECE.match(after)
    if piece is None:
        return None
    is_said = _SAYS.search(piece["then"])
    if piece["writer"]:
        return place.found("report", _ARTICLE.search(before), piece.end()) if is_said else None
    if is_said or _SAYS.search(before[-60:]) or _INTO.search(before):
        return place.found("report", _ARTICLE.search(before), piece.end())
    return None


def at_the_end(place: Place) -> Found | None:
    """Return whom the last words credit: "(AP)", "- AFP", "With reporting by Reuters"."""
    named, after = place.named, place.after
    may_be_signed = place.may_be(_WITH_WORDS) or "©" in place.before
    if may_be_signed and (signed := _WITH.search(place.before)):
        return place.found("signature", signed)
    if not named.outlets or len(place.text) - named.start > _SIGNATURE:
        return None
    rest = place.text[named.end :].strip(" )]./\n")
    lead = place.before.rstrip()
    is_alone = not lead or lead[-1] in "([/–—-|" or (lead[-1] in '."”' and not rest)
    is_last = not after.strip() or after.lstrip()[0] in ")]/.,|" or after.lstrip()[:3] == "via"
    return place.found("signature") if is_alone and is_last and len(rest) < _SHORT else None


def as_post(place: Place) -> Found | None:
    """Return where somebody's own post is the source: "wrote on Telegram"."""
    hit = _POST.search(place.before)
    return place.found("post", hit) if hit and not _ELSE.match(place.after) else None


WAYS: tuple[Callable[[Place], Found | None], ...] = (at_the_start, at_the_end, in_running_text)
