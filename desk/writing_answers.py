"""What the desk answers to whoever writes: to a script in JSON, to a plain form as a page."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from desk import words
from desk.door import Visit
from pipeline.worddiff import merged
from store.texts import Version, Wish

LONGEST = 100_000  # characters of one text: a long instalment has a tenth


def is_script(visit: Visit) -> bool:
    """Whether our script asks, and wants facts instead of a page."""
    return visit.request.headers.get("accept", "") == "application/json"


def text_of(visit: Visit) -> str:
    """The text that was sent, its line ends as they are kept."""
    text = visit.form.get("markdown", "").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        raise HTTPException(413, f"A text may have {LONGEST:,} characters: make two of it.")
    return text.replace("\0", "")


def turn_of(visit: Visit) -> int:
    """Which of a tab's saves this is; 0 for a plain form's."""
    turn = visit.form.get("turn", "")
    return int(turn) if re.fullmatch(r"[0-9]{1,9}", turn) else 0


def saved(
    visit: Visit,
    version: Version,
    template: str = "",
    facts: Mapping[str, Any] | None = None,
    problems: Sequence[str] = (),
) -> Response:
    """What stands now, for our script; with a piece of the page that has changed, if any."""
    told: dict[str, object] = {"made": version.made, "problems": list(problems)}
    if template:
        made = visit.page(template, **(facts or {}))
        told["fragment"] = bytes(made.body).decode()
    return JSONResponse(told)


def overtaken(visit: Visit, wish: Wish, now: Version, *, action: str, back: str) -> Response:
    """Somebody else was faster: who and when, both texts compared, and both put together."""
    base = visit.form.get("base", "").replace("\r\n", "\n")
    together = merged(base, wish.markdown, now.markdown)
    facts: dict[str, Any] = {
        "now": now,
        "wish": wish,
        "together": together,
        "diff": words.compared(now.markdown, wish.markdown),
        "action": action,
        "back": back,
        "tab": secrets.token_hex(8),
        "field": visit.form.get("field", ""),
        "fields": dict(wish.fields),
    }
    if not is_script(visit):
        return visit.page("writing_overtaken.html", 409, **facts)
    return JSONResponse(
        {
            "who": now.who or "Somebody",
            "at": None if now.at is None else now.at.isoformat(),
            "made": now.made,
            "theirs": now.markdown,
            "together": together.text,
            "is_clean": together.is_clean,
            "diff": str(facts["diff"]),
        },
        409,
    )
