"""Verbs of speech, and whom the words beside them name."""

import re

from pipeline.tag.persons import Who, who

SPOKE = frozenset(
    """
    said says saying told tells added adds asked asks wrote writes replied replies warned warns
    insisted insists argued argues noted notes explained explains stated states announced
    announces declared declares claimed claims conceded concedes admitted admits acknowledged
    acknowledges recalled recalls remarked remarks observed observes continued continues
    repeated repeats
    concluded concludes commented comments quipped joked jokes tweeted tweets posted posts
    shouted shouts cried chanted chants answered answers responded responds stressed stresses
    emphasised emphasized emphasises emphasizes reiterated reiterates pledged pledges vowed vows
    promised promises complained complains lamented laments suggested suggests confirmed
    confirms denied denies predicted predicts urged urges read reads testified testifies
    reported reports elaborated countered counters boasted boasts demanded demands thundered
    snapped mused whispered growled opined contended contends maintained maintains asserted
    asserts proclaimed reasoned recounted cautioned cautions fumed exclaimed yelled screamed
    sighed interjected ventured offered rejoined say argue warn insist claim write add suggest
    tell complain contend maintain déclaré dit affirmé assuré ajouté expliqué indiqué souligné
    affirme explique assure déclare estime sagte sagt erklärte betonte schrieb kritisierte dijo
    afirmó declaró detto dichiarato
    """.split(),
)
# Words that make a partial quotation somebody's: "called the offer "a useful basis"".
JUDGED = SPOKE | frozenset(
    """
    called calls describes described dubbed labelled labeled branded brands termed accused
    accuses dismissed dismisses condemned condemns criticised criticized praised praises hailed
    hails rejected rejects likened expressed voiced blamed blames spoke speaks referred refers
    agreed agrees appealed threatened threatens ordered believes believed thinks thought
    denounced denounces decried blasted slammed slams deplored cited cites ruled hopes hoped
    expects expected assured assures signalled signaled indicated indicates characterised
    characterized proposed proposes sees saw feared fears wanted wants welcomed welcomes
    """.split(),
)
_VERB = re.compile(r"(?<![\w’'-])[a-zà-ÿ]{3,}(?![\w’'-])")
_AT_ONCE = re.compile(r"(?:a\s+)?([a-zà-ÿ]{3,})(?:\s+(?:[a-z]+ly|also|then)\b)?\s+")
_QUOTED = re.compile(r"\b(?:was|is|were|been|are)\s+(?:also\s+|again\s+)?(quoted)\b")
# Where a subject that stands before its verb begins at the latest.
_CLAUSE = re.compile(
    r"[,;:()\"“”«»]|\s[—–-]\s|—|\b(?:that|but|while|when|because|after|before|as|though|although|if|whether|and)\s"
)
# What stands between a subject and its verb.
_HELPERS = re.compile(
    r"(?:\s(?:also|later|then|has|have|had|would|will|once|again|further|previously|recently|"
    r"repeatedly|earlier|reportedly|himself|herself|themselves|already|now|only|simply|"
    r"on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[a-z]+ly|did not|does not))+$"
)
LEADING_TIME = re.compile(
    r"(?:(?:On|In|At|By|Late|Early|Earlier|Last|This|Yesterday|Today|Speaking)\b(?:\s[\w’']+){0,3}?"
    r"(?:\s(?:day|week|month|year|night|morning|evening|afternoon)|day|yesterday|today)\s)(?=\S)"
)
# What is said of somebody between commas, and is no office.
_NO_OFFICE = re.compile(
    r"(?:who|which|whose|whom|speaking|reporting|writing|asked|pressed|citing|quoting|quoted|referring|"
    r"addressing|answering|responding|replying|appearing|standing|visiting|returning|flanked|in|on|at|"
    r"after|before|during|when|while|with|for|from|to|however|meanwhile|also|too|though)\b"
    r"|.*\b(?:is|was|are|were|has|had|have|will|would|could)\b"  # a clause
)


def verbs(
    text: str, words: frozenset[str], begin: int = 0, end: int | None = None
) -> list[re.Match[str]]:
    """Where `text` has one of these verbs, in order."""
    stop = len(text) if end is None else end
    found = [hit for hit in _VERB.finditer(text, begin, stop) if hit[0] in words]
    if text.find("quoted", begin, stop) >= 0:  # "was quoted as saying": the first of its verbs
        found = [*_QUOTED.finditer(text, begin, stop), *found]
        found.sort(key=lambda hit: hit.start())
    return found


def first_verb(text: str, begin: int, stop: int) -> re.Match[str] | None:
    """The first of `verbs`, without looking for the others."""
    if text.find("quoted", begin, stop) >= 0:
        return next(iter(verbs(text, SPOKE, begin, stop)), None)
    return next((hit for hit in _VERB.finditer(text, begin, stop) if hit[0] in SPOKE), None)


def verb_first(text: str, begin: int, stop: int) -> int | None:
    """Where the subject begins behind a verb that stands here: "said Smith"."""
    verb = _AT_ONCE.match(text, begin, stop)
    return verb.end() if verb and verb[1] in SPOKE else None


def before_verb(lead: str) -> Who | None:
    """Whom the words before a verb of speech name as its subject."""
    lead = _HELPERS.sub("", " " + lead.strip()).strip()
    if lead.endswith((",", "—", "–")):
        parts = lead[:-1].rsplit(",", 1)
        if len(parts) != 2:  # noqa: PLR2004 - a subject and what is said of it
            return None
        named = _last_subject(parts[0])
        if (
            named is not None
            and named.description
            and not parts[1].strip().startswith(("who ", "which "))
        ):
            return with_apposition(named, parts[1])
        if named is not None and named.name and not named.office:
            return Who(name=named.name, office=office(parts[1]))
        return named
    if lead.endswith(" who"):
        return _last_subject(lead.removesuffix(" who").rstrip(" ,"))
    return _last_subject(lead)


def _last_subject(lead: str) -> Who | None:
    begin = 0
    for hit in _CLAUSE.finditer(lead):
        if hit[0].startswith("and") and len(lead[begin : hit.start()].split()) <= 4:  # noqa: PLR2004 - "Ana and Leo said"
            continue
        begin = hit.end()
    phrase = lead[begin:].strip()
    if time := LEADING_TIME.match(phrase):
        phrase = phrase[time.end() :]
    return who(phrase) if phrase else None


def with_apposition(named: Who, more: str) -> Who:
    """In "the governor, Serhii Honchar," has the office first and the name behind it."""
    also = who(more.strip())
    if also is not None and also.name and not also.office and " " in also.name:
        return Who(
            name=also.name, office=named.description.removeprefix("the ").removeprefix("The ")
        )
    return named


def office(words: str) -> str:
    """The office that words between commas give somebody; '' where they say something else."""
    words = words.strip()
    is_office = not _NO_OFFICE.match(words) and not words.isdigit()
    return words.removeprefix("the ").removeprefix("a ").removeprefix("an ") if is_office else ""
