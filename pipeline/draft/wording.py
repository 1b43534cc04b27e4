"""The lines an instalment prints of itself: who reported it, and what the piece is called."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.records import Series

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

# What names of newspapers and of bodies end in, that are said with an article: "the Harbour Post".
_HEADS = frozenset(
    [
        *("Times", "Post", "Journal", "Herald", "Tribune", "Gazette", "Courier", "Chronicle"),
        *("Telegraph", "Dispatch", "Mirror", "Examiner", "Inquirer", "Observer", "Globe", "Star"),
        *("Independent", "Guardian", "Mail", "Sun", "Monitor", "Spectator", "Register", "Ledger"),
        *("Sentinel", "Beast", "Caller", "Nation", "Republic", "Conservative", "Interest"),
        *("Yorker", "Echo", "Argus", "Union", "Department", "Ministry", "Office", "Commission"),
        *("Council", "Agency", "Service", "House"),
    ]
)
_OPENS = re.compile(r"(?:Times|Journal|Council|Press Trust|Bulletin|House|Ministry) of ")
_ASIDE = frozenset(["Asia Times", "Military Times", "Air Force Times"])  # said without
_BARE = frozenset(
    [
        *("AP", "Associated Press", "Canadian Press", "Press Association", "BBC", "CBC", "FT"),
        *("WSJ", "NYT", "Economist", "Intercept", "Hill", "Atlantic", "EastAfrican", "Kremlin"),
        *("Pentagon", "United Nations", "UN", "EU", "IAEA", "European Union", "Globe and Mail"),
        *("Mail & Guardian", "Mail and Guardian", "Bulwark", "Dispatch", "Information", "Hindu"),
        *("Conversation", "National", "Canary", "Verge"),
    ]
)
_COUNTRIES = re.compile(
    r"United (?:States|Kingdom|Arab Emirates)|.*\b(?:Republic|Republic of Congo|Islands)"
    r"|Netherlands|Philippines|Maldives|Bahamas|Seychelles|Comoros|Gambia|Vatican"
)
_TOLD_APART = " (country)"  # behind the name of one that is also a person's


def named(name: str) -> str:
    """Return how an outlet, a body or a country is called within a sentence: "the Harbour Post"."""
    name = name.removesuffix(_TOLD_APART)
    bare = name.removeprefix("The ").removeprefix("the ")
    is_said = bare != name or bare in _BARE or _OPENS.match(bare) is not None
    is_headed = bare.rpartition(" ")[2] in _HEADS and bare not in _ASIDE
    if is_said or is_headed or _COUNTRIES.fullmatch(bare):
        return f"the {bare}"
    return name


def attribution(series: Series, outlet_name: str, published: datetime | None) -> str:
    """Return the line that credits an outlet: "On Thursday, the Example Gazette reported".

    The day is that of the desk's zone; a story without a date gets the line without a day.
    """
    form = series.item
    if published is None:
        line = form.credit_line_undated
    else:
        at_desk = published.astimezone(ZoneInfo(series.time_zone))
        # By hand: the words of strftime change with the machine's language.
        by_day = {
            "weekday": _WEEKDAYS[at_desk.weekday()],
            "date": f"{_MONTHS[at_desk.month - 1]} {at_desk.day}",
        }
        line = form.credit_line.replace("{day}", by_day[form.day])
    line = line.replace("{outlet}", named(outlet_name))
    # Not every first letter: "bne IntelliNews" begins small wherever it stands.
    return f"The {line[4:]}" if line.startswith("the ") else line


def instalment_title(series: Series, headline: str, *, number: int, cut_off: datetime) -> str:
    """Return the title of an instalment, "Diplomacy Watch: …", around its lead's headline."""
    day = cut_off.astimezone(ZoneInfo(series.time_zone)).date()
    slots = {"number": str(number), "date": f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"}
    title = series.title_template
    for slot, value in slots.items():
        title = title.replace(f"{{{slot}}}", value)
    return title.replace("{headline}", headline)  # last: a headline may hold braces
