"""The desk as a web application: its addresses, in the order an editor meets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from config.settings import Settings
from desk import (
    api,
    approval,
    assets,
    audit,
    auth,
    deliveries,
    developments,
    export,
    hubs,
    item,
    item_deeds,
    kills,
    metrics,
    pages,
    pasting,
    people,
    preview,
    problems,
    provider,
    published,
    rooms,
    series_rooms,
    triage,
    writing,
    writing_instalment,
    writing_versions,
)
from desk.door import for_editors
from desk.oidc import Client
from desk.safety import LARGEST_TEXT, SafetyHeaders
from store.session import PLANNED_EACH_TIME, make_engine, transaction


def create_app(
    settings: Settings, engine: Engine | None = None, client: Client | None = None
) -> Starlette:
    """The desk for these settings. It connects when first asked; tests bring an `engine`.

    `client` asks the sign-in provider, where one is set: the desk itself opens no socket.
    """
    own = engine or make_engine(
        settings.database_url,
        name="serieswatch-desk",
        options=PLANNED_EACH_TIME,
        recycle=settings.connection_seconds,
    )

    @asynccontextmanager
    async def closing(_app: Starlette) -> AsyncIterator[None]:
        yield
        own.dispose()

    app = Starlette(
        lifespan=closing,
        routes=[
            Route("/healthz", healthz),
            Route("/sign-in", auth.sign_in_page),
            Route("/sign-in", auth.sign_in, methods=["POST"]),
            *provider.routes(settings, client),
            Route("/welcome/{link}", auth.welcome_page),
            Route("/welcome/{link}", auth.welcome, methods=["POST"]),
            Route("/sign-out", for_editors(auth.sign_out, may="read"), methods=["POST"]),
            *rooms.routes(),
            Route("/instalments/{series}/{number}/approval", for_editors(approval.approval)),
            Route(
                "/instalments/{series}/{number}/steps/{action}",
                for_editors(approval.step, may="step"),
                methods=["POST"],
            ),
            Route(
                "/instalments/{series}/{number}/again",
                for_editors(approval.again, may="step"),
                methods=["POST"],
            ),
            Route(
                "/instalments/{series}/{number}/published",
                for_editors(published.state, may="approve"),
                methods=["POST"],
            ),
            Route("/instalments/{series}/{number}/export/{form}", for_editors(export.export)),
            Route("/instalments/{series}/{number}/delivery", for_editors(deliveries.delivery)),
            Route(
                "/instalments/{series}/{number}/delivery/{target}",
                for_editors(deliveries.deliver, may="deliver"),
                methods=["POST"],
            ),
            *_of_writing(),
            Route("/alerts/{alert}", for_editors(approval.changed)),
            Route(
                "/alerts/{alert}/settle",
                for_editors(approval.settle, may="settle"),
                methods=["POST"],
            ),
            Route(
                "/stories/{story}/lift", for_editors(approval.lift, may="lift"), methods=["POST"]
            ),
            Route("/kills", for_editors(kills.inbox)),
            Route(
                "/notices/{notice}/release",
                for_editors(kills.release, may="kill"),
                methods=["POST"],
            ),
            Route(
                "/notices/{notice}/{decision}",
                for_editors(kills.decide, may="kill"),
                methods=["POST"],
            ),
            Route("/items/{item}", for_editors(item.page)),
            *_of_items(),
            Route(
                "/items/{item}/{action}", for_editors(triage.decide, may="decide"), methods=["POST"]
            ),
            *_of_developments(),
            Route("/hubs/{token}", hubs.callback, methods=["GET", "POST"]),
            *series_rooms.routes(),
            *people.routes(),
            *audit.routes(),
            *api.routes(),
            Route("/metrics", metrics.metrics),
            Route("/favicon.ico", favicon),
            *assets.routes(),
        ],
        middleware=[Middleware(SafetyHeaders, is_secure=settings.desk_secure)],
        exception_handlers={
            HTTPException: problems.refused,
            OperationalError: problems.unreachable,
            NoConnection: problems.unreachable,
            Exception: problems.broken,
        },
    )
    app.state.settings = settings
    app.state.engine = own
    app.state.templates = pages.environment()
    app.state.provider = provider.of(settings, client, own)
    return app


def _of_writing() -> list[Route]:
    """What is written, its versions and order, and the piece in its house form."""
    of_instalment, of_item = "/instalments/{series}/{number}", "/items/{item}"
    pages_of = (
        (f"{of_instalment}/preview", preview.preview),
        (f"{of_instalment}/write", writing_instalment.page),
        (f"{of_instalment}/versions/{{field}}", writing_versions.page),
        (f"{of_item}/versions", writing_versions.page),
    )
    texts = (
        (f"{of_instalment}/write", writing_instalment.save),
        (f"{of_item}/write", writing.save),
    )
    deeds = (
        (f"{of_instalment}/presence", writing_instalment.presence, "write"),
        (f"{of_instalment}/versions/{{field}}", writing_versions.revert, "write"),
        (f"{of_item}/presence", writing_instalment.presence, "write"),
        (f"{of_item}/place", writing_instalment.move, "write"),
        (f"{of_item}/versions", writing_versions.revert, "write"),
        (f"{of_item}/quotes/{{quote}}/vouch", writing.vouch, "override"),
    )
    return [
        *(Route(path, for_editors(page)) for path, page in pages_of),
        *(
            Route(path, for_editors(page, may="write", largest=LARGEST_TEXT), methods=["POST"])
            for path, page in texts
        ),
        *(Route(path, for_editors(page, may=of), methods=["POST"]) for path, page, of in deeds),
    ]


def _of_items() -> list[Route]:
    """What may be done on an item's page beside deciding, and links pasted there."""
    deeds = (
        ("link", item_deeds.link, "decide"),
        ("move", item_deeds.move, "decide"),
        ("not-this-series", item_deeds.not_this_series, "decide"),
        ("told-already", item_deeds.told_already, "decide"),
        ("not-copy", item_deeds.not_copy, "judge"),
        ("changes/{change}/undo", item_deeds.undo, "decide"),
        ("offers/{offer}/{answer}", item_deeds.offer, "decide"),
        ("take-apart", item_deeds.take_apart, "decide"),
    )
    return [
        *(
            Route(f"/items/{{item}}/{path}", for_editors(page, may=right), methods=["POST"])
            for path, page, right in deeds
        ),
        Route(
            "/instalments/{series}/{number}/paste",
            for_editors(pasting.paste, may="paste"),
            methods=["POST"],
        ),
        Route("/instalments/{series}/{number}/pasted", for_editors(pasting.listed)),
        Route("/pasted/{pasted}/again", for_editors(pasting.again, may="paste"), methods=["POST"]),
    ]


def _of_developments() -> list[Route]:
    """Developments, and editors' rulings on them."""
    rulings = (
        ("/developments/{development}/merge", developments.merge),
        ("/developments/{development}/split", developments.split),
        ("/developments/{development}/rulings/{ruling}/undo", developments.undo),
        ("/suggestions/refuse", developments.refuse),
        ("/suggestions/{refused}/take-back", developments.take_back),
    )
    return [
        Route("/developments", for_editors(developments.listed)),
        Route("/developments/{development}", for_editors(developments.shown)),
        *(Route(path, for_editors(page, may="judge"), methods=["POST"]) for path, page in rulings),
    ]


def healthz(request: Request) -> Response:
    """Whether the desk and its database answer: 200 or 503, in plain text, for anybody."""
    try:
        with transaction(request.app.state.engine) as session:
            session.execute(select(1))
    except SQLAlchemyError:
        return PlainTextResponse("the database does not answer\n", 503)
    return PlainTextResponse("ok\n")


def favicon(_request: Request) -> Response:
    """The way to our sign, for browsers that look where it always was."""
    return RedirectResponse("/static/favicon.svg", status_code=308)
