"""Who may do what: the one table behind the desk's doors, its buttons, the API and the documents.

Roles are a ladder: each may what those before it may. A person has one role for all series and may
have a higher one for some of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pipeline.errors import SerieswatchError

ROLES = ("reader", "editor", "chief", "operator")
OF_SERIES = ("editor", "chief")  # what somebody may be for one series alone
NAMES = {"reader": "a reader", "editor": "an editor", "chief": "a chief editor",
         "operator": "an operator"}  # fmt: skip
EVERYWHERE = "*"  # instead of a series' key: all of them


@dataclass(frozen=True, slots=True)
class Right:
    """What is allowed, in words that follow "to", and the lowest role that may.

    `over` says what it is asked for: one `series`; `any` series, where the subject belongs to none
    or to several; the whole `house`, for which only a role for all series counts.
    """

    what: str
    least: str
    over: Literal["series", "any", "house"] = "series"


RIGHTS: Mapping[str, Right] = MappingProxyType(
    {
        "read": Right("look at the desk's pages", "reader", "any"),
        "decide": Right("accept, reject, snooze, assign or undo", "editor"),
        "write": Right("write texts and put items in order", "editor"),
        "step": Right("send an instalment to review, call it ready, open it again", "editor"),
        "judge": Right("merge and split developments, say what is a copy", "editor", "any"),
        "settle": Right("note that a change has been seen to", "editor"),
        "paste": Right("bring in a page by its address", "editor", "any"),
        "approve": Right("approve an instalment, correct or withdraw it", "chief"),
        "deliver": Right("hand an instalment over", "chief"),
        "override": Right("override an objection, with a reason", "chief"),
        "lift": Right("say that an embargo is over", "chief", "any"),
        "kill": Right("confirm or refuse a kill", "chief", "any"),
        "define": Right("change a series' definition", "chief"),
        "audit": Right("read the audit log", "chief", "any"),
        "people": Right("say who is editor and chief of a series, and invite people", "chief"),
        "house": Right("manage everybody, their roles for all series, sessions and tokens",
                       "operator", "house"),
        "sources": Right("add, change and pause sources", "operator", "house"),
        "set_aside": Right("send round again what was set aside", "operator", "house"),
    }
)  # fmt: skip


class NotAllowed(SerieswatchError):
    """Somebody asked for what they may not. Carries the `right` and the `series`, if one."""

    def __init__(self, right: str, series: str | None, who_may: Iterable[str] = ()) -> None:
        names = list(who_may)
        asked = RIGHTS[right]
        of = "" if asked.over != "series" else f" of {series}" if series else " of the series"
        said = f"To {asked.what}, one must be {NAMES[asked.least]}{of}."
        if names:
            said += f" {_listed(names)} may: ask there."
        super().__init__(said)
        self.right = right
        self.series = series


def at_least(role: str, least: str) -> bool:
    """Whether a role stands as high as another on the ladder."""
    return ROLES.index(role) >= ROLES.index(least)


def allows(role: str, of_series: Mapping[str, str], right: str, series: str | None = None) -> bool:
    """Whether somebody with that role for all series, and those of some, may use the right.

    Without a series: whether they may for any series at all.
    """
    asked = RIGHTS[right]
    if at_least(role, asked.least):
        return True
    if asked.over == "house":
        return False
    if series is not None:
        return series in of_series and at_least(of_series[series], asked.least)
    return any(at_least(one, asked.least) for one in of_series.values())


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} or {names[-1]}"
