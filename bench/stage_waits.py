"""What somebody at the desk waits for: looks at addresses, a replay, a letter, a way in."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import clock, definitions, digests, lookups, people, replays, users
from store.models import DefinitionRow, ItemRow, LookupRow, SeriesRow

_PLACE = "https://quay-gazette.example"
NEWCOMER = "fay"


def waits(session: Session) -> None:
    """Let three addresses have been looked at and one not yet; let a replay be done; once."""
    if session.scalar(select(func.count()).select_from(LookupRow)):
        return
    _looked(session)
    _replayed(session)
    real = clock.real_now(session)
    digests.write_to(session, "cleo", "cleo@courier.example", by="cleo", now=real)
    people.invite(
        session,
        name=NEWCOMER,
        display_name="Fay Adeyemi",
        role="editor",
        actor="ann",
        now=real,
    )
    # so that one outlet has more of an instalment than its series wants
    share = DefinitionRow.definition.op("||")({"outlet_share": 0.1})
    gaza = select(SeriesRow.id).where(SeriesRow.key == "gaza-talks").scalar_subquery()
    session.execute(
        update(DefinitionRow).where(DefinitionRow.series_id == gaza).values(definition=share)
    )


def way_in(session: Session) -> str:
    """The address at which somebody new chooses a password; earlier ones are over."""
    person = users.find(session, NEWCOMER)
    if person is None:
        return "/welcome/nobody"
    token = people.new_link(session, person.id, actor="ann", now=clock.real_now(session))
    return f"/welcome/{token}"


def _looked(session: Session) -> None:
    for url, result in (
        (
            _PLACE,
            {
                "kind": "choices",
                "url": _PLACE,
                "choices": [
                    {"url": f"{_PLACE}/feed", "title": "Quay Gazette", "kind": "rss"},
                    {"url": f"{_PLACE}/world/feed", "title": "World", "kind": "rss"},
                    {"url": f"{_PLACE}/news-sitemap.xml", "title": "", "kind": "sitemap"},
                ],
            },
        ),
        (
            f"{_PLACE}/feed",
            {
                "kind": "feed",
                "url": f"{_PLACE}/feed",
                "title": "Quay Gazette",
                "format": "rss 2.0",
                "items": 25,
                "refused": 1,
                "newest": "2026-03-13T22:10:00+00:00",
                "found_by": "link",
                "titles": [
                    "Harbour masters of six ports write down what they agreed",
                    "Night ferry gets its berth back after eleven years",
                    "Envoy leaves by the side door, and says why",
                ],
            },
        ),
        (
            f"{_PLACE}/about",
            {
                "kind": "nothing",
                "url": f"{_PLACE}/about",
                "reason": "it is a page that names no feed, and none is at the usual addresses",
            },
        ),
    ):
        lookups.answer(session, lookups.ask(session, url, by="ann"), result)
    lookups.ask(session, "https://slow-answers.example/news", by="ann")


def _replayed(session: Session) -> None:
    asked = select(SeriesRow.id).where(SeriesRow.key == "diplomacy-watch")
    series_id = session.scalars(asked).one()
    held = definitions.in_force(session, series_id)
    if held is None:
        raise LookupError(series_id)
    wish = replays.ask(
        session,
        series_id,
        based_on=held.number,
        source='key = "diplomacy-watch"\ntitle = "Diplomacy Watch"\n',
        definition={},
        days=7,
        note="ferries are no diplomacy",
        by="cleo",
    )
    titles = list(session.scalars(select(ItemRow.headline).order_by(ItemRow.id).limit(6)))
    stories = [
        {
            "outlet": "Meridian Wire",
            "seen": "2026-03-12T10:00:00+00:00",
            "score": 0.71 - at / 20,
            "title": title,
            "why": ["hits talks (title)", "shares words with the description: ministry, talks"],
        }
        for at, title in enumerate(titles)
    ]
    result = {
        "gained": 2,
        "lost": 3,
        "kept": 102,
        "gained_stories": stories[:2],
        "lost_stories": stories[2:5],
        "kept_stories": stories[5:],
    }
    replays.note_start(session, wish, total=471)
    replays.end(session, wish, result=result)
