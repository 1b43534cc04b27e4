"""The versions of a text: listed, any two compared, one taken up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words, writing_quotes
from desk.door import Visit
from store import clock, drafts, items, texts
from store.texts import Version, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """Whose versions are asked for."""

    title: str
    back: str  # where the text is written
    path: str  # of the page with its versions
    time_zone: str
    series: str
    versions: Sequence[Version]
    item: int | None = None
    instalment: int = 0
    field: str = ""


def page(visit: Visit) -> Response:
    """The versions of a text, and how two of them differ: the last two unless others are asked."""
    subject = _subject(visit)
    asked = visit.request.query_params
    newest = subject.versions[0].number if subject.versions else 0
    new = _asked(asked.get("to"), newest)
    old = _asked(asked.get("from"), new - 1)
    facts: dict[str, Any] = {
        "subject": subject,
        "zone": words.zone(subject.time_zone),
        "old": _of(subject, old),
        "new": _of(subject, new),
        "diff": words.compared(_of(subject, old).markdown, _of(subject, new).markdown),
        "may": visit.who.may("write", subject.series),
    }
    return visit.page("writing_versions.html", **facts)


def revert(visit: Visit) -> Response:
    """Take up an old version again, as a further one: what stands between stays."""
    subject = _subject(visit)
    number = visit.field("number")
    wanted = next((one for one in subject.versions if one.number == number), None)
    if wanted is None:
        raise HTTPException(404)
    now, user = clock.now(visit.session), visit.who.person
    wish = Wish(markdown=wanted.markdown, fields=wanted.fields, based_on=visit.field("based_on"))
    try:
        if subject.item is not None:
            texts.save_item(visit.session, subject.item, user, wish, now=now)
            writing_quotes.read_item(visit.session, subject.item, wanted.markdown, at=now)
        else:
            texts.save_text(visit.session, subject.instalment, subject.field, user, wish, now=now)
    except texts.Shut as why:
        raise HTTPException(409, f"{why}.") from why
    except texts.Overtaken as why:
        raise HTTPException(409, f"{why}. Look at the versions again.") from why
    return RedirectResponse(subject.back, status_code=303)


def _subject(visit: Visit) -> _Subject:
    if "item" in visit.request.path_params:
        here = items.find(visit.session, visit.number("item"))
        if here is None:
            raise HTTPException(404)
        return _Subject(
            title=here.headline,
            back=f"/items/{here.id}",
            path=f"/items/{here.id}/versions",
            time_zone=here.definition.get("time_zone", "UTC"),
            series=here.series,
            versions=texts.history_of_item(visit.session, here.id),
            item=here.id,
        )
    view = drafts.show(visit.session, visit.key("series"), visit.number("number"), only=())
    if view is None:
        raise HTTPException(404)
    field = str(visit.request.path_params["field"])
    path = f"/instalments/{view.series}/{view.number}"
    return _Subject(
        title=f"{field.removeprefix('section:').replace('_', ' ').capitalize()} of "
        f"{view.series_title} No. {view.number}",
        back=f"{path}/write",
        path=f"{path}/versions/{field}",
        time_zone=view.time_zone,
        series=view.series,
        versions=texts.history_of(visit.session, view.id, field),
        instalment=view.id,
        field=field,
    )


def _asked(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else otherwise  # noqa: PLR2004  # no number of a version is longer


def _of(subject: _Subject, number: int) -> Version:
    """That version; before the first one there is an empty text."""
    return next((one for one in subject.versions if one.number == number), Version())
