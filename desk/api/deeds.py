"""What every deed of the API shares: who does it and when, its audit row, refusals in one form."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from desk.api.contract import NOT_THERE, Call
from desk.api.refusals import Refusal
from pipeline.errors import BadInput
from store import audit, clock, decisions, itemchanges, items, series, texts
from store.items import Here


def now(call: Call) -> datetime:
    """Product time."""
    return clock.now(call.session)


def based_on(call: Call) -> int:
    """The version a write is based on; the door has asked for it."""
    assert call.version is not None  # noqa: S101  # see above
    return call.version


def note(call: Call, what: str) -> None:
    """Beside the line of the deed itself: with which token it was done."""
    audit.note(
        call.session,
        actor=call.bearer.person.name,
        action="token.use",
        subject_kind="token",
        subject_id=call.bearer.token.id,
        detail={"name": call.bearer.token.name, "did": what, **call.path},
    )


@contextmanager
def refusing(*, unknown: int = 409) -> Iterator[None]:
    """What the store says no to, as a refusal with who, when, and what stands now.

    `unknown` is the status for an input that will not do: 409 as things stand, 422 as it was sent.
    """
    try:
        yield
    except decisions.UnknownItem as problem:
        raise Refusal(404, NOT_THERE) from problem
    except (decisions.Closed, decisions.NothingToUndo) as problem:
        raise Refusal(409, f"{problem}.", item=brief(problem.item)) from problem
    except decisions.Conflict as problem:
        by = problem.decision
        raise Refusal(
            409,
            f"{problem}.",
            item=brief(problem.item),
            decided_by=None if by is None else by.who,
            decided_at=None if by is None else by.decided_at.isoformat(),
        ) from problem
    except itemchanges.Overtaken as problem:
        events = [{**asdict(one), "at": one.at.isoformat()} for one in problem.events]
        raise Refusal(409, f"{problem}.", item=brief(problem.item), events=events) from problem
    except texts.Shut as problem:
        raise Refusal(409, f"{problem}.") from problem
    except texts.Overtaken as problem:
        stands = problem.now
        told = {
            "markdown": stands.markdown,
            "version": stands.made,
            "who": stands.who,
            "at": None if stands.at is None else stands.at.isoformat(),
        }
        raise Refusal(409, f"{problem}.", now=told) from problem
    except BadInput as problem:
        raise Refusal(unknown, sentence(problem)) from problem


def sentence(problem: BadInput) -> str:
    """A complaint as a sentence."""
    text = str(problem)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def brief(item: decisions.ItemNow) -> dict[str, object]:
    """An item as a refusal tells it."""
    return {"id": item.id, "state": item.state, "version": item.version}


def here(call: Call) -> Here:
    """The item an address names. Raises Refusal 404, also for one that became part of another."""
    found = items.find(call.session, call.path["item"])
    if found is None or found.merged_into is not None:
        raise Refusal(404, NOT_THERE)
    return found


def series_id(call: Call) -> int:
    """The number of the series an address names. Raises Refusal 404."""
    try:
        return series.id_of(call.session, call.path["series"])
    except series.UnknownSeries as problem:
        raise Refusal(404, NOT_THERE) from problem
