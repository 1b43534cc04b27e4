"""Who speaks in a story: a reporter of news, or a writer who argues, explains or looks back.

Told by the page's address, which names the department, and by forms of headlines that were seen in
print. An opinion about a summit is no report of it, however well its words match.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pipeline.text import fold

Kind = Literal["news", "opinion", "explainer", "collection"]


@dataclass(frozen=True, slots=True)
class Voice:
    """What a story is, with the words that say so."""

    kind: Kind
    why: str


NEWS = Voice("news", "")
# A department among the first parts of an address, or a part that opens with one.
_DEPARTMENTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "opinion",
        re.compile(
            r"/(?:opinions?|commentisfree|commentary|comment|columns?|columnists?|editorials?"
            r"|letters|blogs?|op-?eds?|perspectives?|ideas|idees|debats|tribunes?|chroniques"
            r"|meinung|kommentare?|kolumnen?|viewpoints?|voices|contributors?)(?:/|-|$)"
        ),
    ),
    (
        "explainer",
        re.compile(
            r"/(?:analysis|analyses|explainers?|fact-?check|interactives?|features?|big-read"
            r"|long-?reads?|the-long-read|magazine|in-depth|profiles?|interviews?|obituaries)(?:/|$)"
        ),
    ),
    (
        "collection",
        re.compile(
            r"/(?:live|liveblog|live-news|live-updates|videos?|podcasts?|audio|gallery|pictures"
            r"|newsletters?|briefings?|in-pictures)(?:/|$)"
        ),
    ),
)
# On folded titles, each form with what tells it.
_OPINION = (
    r"\| (?:editorial|letters?|opinion)\b",
    r"^(?:opinion|editorial|letters?|column|op-ed|comment)\b ?[:|]",
    r"\bview on\b.*:|[:|-] (?:opinion|editorial|commentary|letters)$",
    r"^(?:i|my|we|our|dear)\b(?!-)|\bi was wrong\b|\bwe (?:must|need|should|can't|cannot)\b",
    # "... peace seems no closer | Nadia Example": a writer's name behind a bar
    r"\| [a-z'.-]+(?: (?:and )?[a-z'.-]+){1,4}$",
)
_COLLECTION = (
    r"\blive\b(?:[:-]| -|$)",
    r"\b(?:podcast|newsletter|in pictures|in photos|photos|gallery|video|watch|quiz)\b ?[:|]",
    r"^listen\b ?[:|]|\btop (?:headlines|stories|news)\b|\bfirst ?up\b|\bround-?up\b",
    r"\b(?:press|week in|weekly|daily) (?:review|digest|briefing)\b|\bmorning (?:mail|brief)",
    r"\bat a glance\b|\bkey (?:events|moments)\b",
)
_EXPLAINER = (
    r"^(?:how|why|what|who|where|when|which|whose)\b",
    r"\?['\"]?$",
    r"\b(?:explained|explainer|analysis|factbox|timeline|takeaways?|fact check|q&a|profile)\b",
    r"\b(?:what|things|facts) (?:to|you need to) know\b|\bwhat (?:we|you) (?:know|need)\b",
    r"\bhere's (?:what|why|how)\b|^inside\b|^(?:the )?(?:big read|long read)\b",
    r"\bthe (?:inside )?story of\b|\blessons (?:from|of)\b|: (?:how|why|what)\b",
    r"^\d+ (?:things|ways|reasons|lessons|takeaways)\b",
    # "As the ferries stop, islands learn to wait": a scene, and what it means
    r"^as [^,:;]{8,70}, (?!says?\b|said\b)",
    r"\b(?:\d+|a|one|two|three|five|ten) (?:months|years?) (?:since|after|into|on from)\b",
    r"^(?:almost|nearly|more than|over) \S+ (?:months|years)\b",
    # "They stopped the ferries. Now they want them back.": news has no full stops
    r"\w{3,}['\"]?\. (?:now|but|and|then|yet|so|here|it|they|he|she)\b|\w{3,}\. \w.*\w[.!]$",
    r"^the ['\"][^'\"]+['\"] (?:of|behind)\b",
    r"^['\"](?:i|we|my|our)\b[^'\"]*(?:'\w+[^'\"]*)*['\"]: ",
)
_HEADLINES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("opinion", re.compile("|".join(_OPINION))),
    ("collection", re.compile("|".join(_COLLECTION))),
    ("explainer", re.compile("|".join(_EXPLAINER))),
)
_DEEP = 4  # parts of an address that name a department; behind them stands the headline


def voice_of(title: str, url: str | None) -> Voice:
    """Return who speaks in a story of that headline and address."""
    path = urlsplit(url).path.lower() if url else ""
    departments = "/".join(path.split("/")[: _DEEP + 1]) + "/"
    # The last part is the headline once more: "/world/letters-from-the-front" is no letter.
    departments = departments.removesuffix(f"{path.rsplit('/', 1)[-1]}/") or departments
    for kind, pattern in _DEPARTMENTS:
        if found := pattern.search(departments):
            return Voice(kind, f"its address says “{found[0].strip('/-')}”")
    folded = fold(title)
    for kind, pattern in _HEADLINES:
        if found := pattern.search(folded):
            return Voice(kind, f"its headline is worded so: “{found[0].strip(' |')}”")
    return NEWS
