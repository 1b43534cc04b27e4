"""What an item is ranked by: what an editor of the piece would run comes first.

The numbers add up, like the match's own reasons, in log-odds; each is said in words. They were set
by what each should be able to outweigh, not fitted to a week: an opinion must not stand before a
report of the same strength though ten outlets carried it; ten outlets should lift a clear match
over a perfect one that a single outlet has; a fresher story is preferred only between equals.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.draft.link import broke
from pipeline.draft.told import Past, Telling, Why
from pipeline.draft.voice import Voice
from pipeline.text import fold

_MATCH = 0.9  # of the best report's log-odds: other things may decide between good matches
_LEAST, _MOST = 0.0, 3.5  # beyond .97 a match says nothing more
_BREADTH = 0.7  # times the logarithm of outlets: the second says most, the tenth little
_DAYS = 0.25  # the same of days: what lasts is the week's story
_VOICES = {"news": 0.0, "opinion": -3.5, "explainer": -0.8, "collection": -3.0}
_CREDITED, _PRIMARY = 0.4, 0.4  # others credit one outlet for it; or it speaks for itself
_EXCLUSIVE = 0.4
_OFFICE, _NAMED = 0.3, 0.15  # quoted, and worth running
_FRESH = 0.3  # at the cut-off, none when the window opens
_OLD = -0.5  # published before the window
_CENTRAL = (-1.0, -0.4, 0.0, 0.3)  # by the number of query terms in the headline, 0 first
_ACT = 0.4
# What a series is about has parts (the war, diplomacy); of the weaker one a match says so much.
# Beneath it a story is about the one and touches on the other: a battle that an envoy mentions.
_WHOLE, _PARTLY, _PARTLY_MOST = 1.75, 1.8, 1.5
_AGAINST = 0.4  # of what the match holds against it, once more
_COVERED, _COVERED_MOST = -0.8, -1.6  # each time, at most

# Somebody does or says something: what a report of diplomacy tells, in headlines.
_REST = re.compile(r"\w*")
_ACTS = re.compile(
    r"\b(?:accus|agree|allow|announc|appeal|approv|ask|authori[sz]|back(?:s|ed)?\b|bans\b|banned\b"
    r"|block|call(?:s|ed) (?:for|on)|condemn|confirm|deliver|demand|den(?:y|ies|ied)\b|expel|extend"
    r"|freeze|giv(?:e|es|en|ing)\b|grant|halt|host|impos|invit|join|lift|meet|negotiat|offer|open"
    r"|order|permit|pledg|propos|provide|ratif|ready|recall|recogni[sz]|reject|renew|request|resist"
    r"|resum|rul(?:e|es|ed) out|said\b|sanction(?:s|ed)\b|say(?:s)?\b|seek|sell|send|sent\b|sign"
    r"|slap|suppl|suspend|swap|talk(?:s)?\b|tell|told\b|train|unveil|urg|veto|visit|vow|warn"
    r"|welcom|withdraw|will\b|to (?:send|meet|host|sign|open|supply|give|attend|allow|join|train))"
)


def weigh(  # noqa: PLR0913  # the facts of an item, all by keyword
    reports: Sequence[Telling],
    *,
    voice: Voice,
    opens: datetime,
    cut_off: datetime,
    covered: Sequence[Past] = (),
    followed: Sequence[Past] = (),
) -> tuple[float, tuple[Why, ...]]:
    """Return what an item weighs and why; of its stories, the linked one first.

    `voice` is that of the stories given: reports where there are any, or else what there is.
    """
    found = [
        *_of_match(reports),
        *_of_carriers(reports),
        *_of_voice(voice),
        *_of_sources(reports),
        *_of_time(reports[0], opens=opens, cut_off=cut_off),
        *_of_headline(reports[0]),
        *_of_matter(reports),
        *_of_memory(covered, followed),
    ]
    return round(sum(round(weight, 4) for weight, _ in found), 4), tuple(map(_why, found))


_Found = tuple[float, str]


def _why(found: _Found) -> Why:
    weight, text = found
    return {"reason": "rank", "weight": round(weight, 4), "text": text, "spans": []}


def _of_match(reports: Sequence[Telling]) -> list[_Found]:
    best = max(one.score for one in reports)
    odds = math.log(max(best, 1e-6) / max(1 - best, 1e-6))
    return [(_MATCH * min(max(odds, _LEAST), _MOST), f"matches the series at {best:.2f}")]


def _of_carriers(reports: Sequence[Telling]) -> list[_Found]:
    """How many carry it in words of their own, and on how many days."""
    outlets = {one.source for one in reports if not one.is_copy} or {reports[0].source}
    found = []
    if len(outlets) > 1:
        found.append(
            (_BREADTH * math.log(len(outlets)), f"{len(outlets)} outlets report it independently")
        )
    days = len({one.at.date() for one in reports})
    if days > 1:
        found.append((_DAYS * math.log(days), f"reported on {days} days"))
    return found


def _of_voice(voice: Voice) -> list[_Found]:
    if voice.kind == "news":
        return []
    names = {
        "opinion": "an opinion piece",
        "explainer": "it explains or looks back rather than reports",
        "collection": "a live page, a programme or a collection",
    }
    return [(_VOICES[voice.kind], f"{names[voice.kind]}: {voice.why}")]


def _of_sources(reports: Sequence[Telling]) -> list[_Found]:
    found = []
    others = [
        name for key, name in broke(reports, reports[0]) if (key or name) != reports[0].outlet
    ]
    if others:
        found.append((_CREDITED, f"credited to {', '.join(others[:3])}"))
    elif any(one.kind == "official" for one in reports):
        found.append((_PRIMARY, "a primary source speaks for itself"))
    if any(re.search(r"\bexclusive\b", fold(one.title)) for one in reports):
        found.append((_EXCLUSIVE, "its headline says it is exclusive"))
    offices = [office for one in reports for office in one.offices]
    if offices:
        found.append((_OFFICE, f"quotes {offices[0]}"))
    elif any(one.speakers for one in reports):
        found.append((_NAMED, f"quotes {next(s for one in reports for s in one.speakers)}"))
    return found


def _of_time(linked: Telling, *, opens: datetime, cut_off: datetime) -> list[_Found]:
    if linked.published is not None and linked.published <= opens:
        day = f"{linked.published:%Y-%m-%d}"
        return [(_OLD, f"published before the window, on {day}")]
    share = min(max((linked.at - opens) / max(cut_off - opens, timedelta(seconds=1)), 0.0), 1.0)
    return [(_FRESH * share, f"came when {share:.0%} of the window had passed")]


def _of_headline(linked: Telling) -> list[_Found]:
    """How much of what was asked for stands in the headline, and whether somebody acts there."""
    spans = sorted(
        (span["start"], span["end"], span["text"])
        for why in linked.why
        if why.get("reason") == "query"
        for span in why.get("spans", ())
        if span.get("field") == "title"
    )
    named, end = [], -1
    for start, stop, text in spans:
        if start >= end:
            named.append(text)
        end = max(end, stop)
    weight = _CENTRAL[min(len(named), len(_CENTRAL) - 1)]
    said = (
        f"its headline names {', '.join(f'“{one}”' for one in named)}"
        if named
        else ("its headline names nothing that the query asks for")
    )
    found = [(weight, said)]
    if act := _ACTS.search(fold(linked.title)):
        title = fold(linked.title)
        word = title[act.start() : act.end()] + _REST.findall(title[act.end() :])[0]
        found.append((_ACT, f"its headline says what somebody does: “{word}”"))
    return found


def _of_matter(reports: Sequence[Telling]) -> list[_Found]:
    """Whether it is about all that was asked for, by the report that matches best."""
    best = max(reports, key=lambda one: one.score)
    by_name = {why.get("reason"): why for why in best.why}
    found = []
    if least := by_name.get("least"):
        lacking = min(max(_PARTLY * (_WHOLE - float(least["weight"])), 0.0), _PARTLY_MOST)
        if lacking:
            found.append((-lacking, f"says little of what is asked; {least['text']}"))
    if against := by_name.get("against"):
        found.append((_AGAINST * min(float(against["weight"]), 0.0), str(against["text"])))
    return found


def _of_memory(covered: Sequence[Past], followed: Sequence[Past]) -> list[_Found]:
    used = [one for one in covered if one.state == "accepted"]
    if used:
        where = ", ".join(f"No. {one.instalment}" for one in used)
        return [(max(_COVERED * len(used), _COVERED_MOST), f"covered before in {where}")]
    if covered:
        return [(0.0, f"stood in No. {covered[-1].instalment}, and was not used there")]
    if followed:
        one = followed[-1]
        return [(0.0, f"goes on from No. {one.instalment}, “{one.headline}”: {one.why}")]
    return [(0.0, "new: no earlier instalment has had it")]
