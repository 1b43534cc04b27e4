"""Outlets whose words are held to be untrue: what such a story is about, and no source of it.

"Y published articles, falsely claiming …", "a hoax spread by Y". Who reports that somebody else
spread it is a source: "Y published an investigation into fake accounts".
"""

import re

_FALSELY = r"(?:falsely|wrongly|baselessly|erroneously|misleadingly|incorrectly)"
_FALSE = (
    r"(?:false|fake|faked|fabricated|bogus|hoax|hoaxes|doctored|misleading|disinformation"
    r"|misinformation|propaganda)"
)
# Behind these stands what the outlet reports of, untrue or not.
_OF_OTHERS = (
    r"(?:that|who|which|whose|how|why|what|about|into|on|against|behind|amid|after|of|as|\w+ing)\b"
)
_MANY = r"(?:series|number|string|spate|host|raft|lot|dozens|hundreds|thousands)\s+of"
_WHERE = r"(?:in|from|for|on)\s+(?:(?:its|the)\s+)?[A-Z]\w+"  # "in Arabic", "on Telegram"
_WORDS = rf"(?:(?:{_MANY}|{_WHERE}|(?!{_OF_OTHERS})[a-z'\u2019-]+),?\s+){{0,8}}?"
_HELPED = r"(?:(?:has|have|had|then|also|first|later|once|repeatedly)\s+){0,3}"
_THING = (
    r"(?:news\s+)?(?:reports?|stor(?:y|ies)|articles?|claims?|news|narratives?|allegations?"
    r"|information|content|posts?|videos?|statements?)"
)
_SPREAD = (
    r"(?:published|spread|made|carried|aired|broadcast|pushed|peddled|promoted|circulated"
    r"|disseminated|amplified|reported|posted|shared|run|invented)"
)


def spreads(behind: str, helped: str, verb: str) -> re.Pattern[str]:
    """Return what stands behind the name of an outlet that spreads what is untrue.

    By how a sentence goes on from a name that reports: its `behind`, `helped` and `verb`.
    """
    return re.compile(
        rf"{behind}\s+{_HELPED}{_FALSELY}\s+{verb}\b"
        rf"|{behind}\s+{helped}{verb}\s+(?:{_FALSELY}\b|{_WORDS}{_FALSELY}\s+\w+ing\b)"
        rf"|{behind}\s+{helped}publish(?:es|ed)\s+{_WORDS}{_FALSE}\b"
    )


def spread_by(up_to: str) -> re.Pattern[str]:
    """Return what stands before such a name: "false claims made by the"; `up_to` reaches it."""
    return re.compile(
        rf"\b(?:{_FALSELY}\s+\w+ed|{_FALSE}(?:\s+{_THING})?(?:\s+(?:first|originally|widely))?"
        rf"(?:\s+{_SPREAD})?)\s+(?:by|in|from|on){up_to}\s*$"
    )
