"""The addresses of the series and of the sources, in the order people meet them."""

from starlette.routing import BaseRoute, Route

from desk import adding, definitions, feeds, series, setasides
from desk.door import for_editors

_POST = ["POST"]


def routes() -> list[BaseRoute]:
    """All of them, with who may."""
    return [*_of_series(), *_of_sources()]


def _of_series() -> list[BaseRoute]:
    one = "/series/{series}"
    written = for_editors(definitions.change, may="define", largest=definitions.LARGEST)
    return [
        Route("/series", for_editors(series.every)),
        Route(one, for_editors(series.one)),
        Route(
            f"{one}/status/{{status}}", for_editors(series.set_status, may="define"), methods=_POST
        ),
        Route(f"{one}/rematch", for_editors(series.progress)),
        Route(f"{one}/rematch", for_editors(series.rematch, may="define"), methods=_POST),
        Route(
            f"{one}/samples/{{story}}/{{word}}",
            for_editors(series.review, may="decide"),
            methods=_POST,
        ),
        Route(f"{one}/definition", for_editors(definitions.editor)),
        Route(f"{one}/definition", written, methods=_POST),
        Route(f"{one}/definition.toml", for_editors(definitions.download)),
        Route(f"{one}/replays/{{replay}}", for_editors(definitions.replay)),
        Route(f"{one}/versions", for_editors(definitions.versions)),
        Route(f"{one}/compare", for_editors(definitions.compare)),
        Route(f"{one}/versions/{{number}}", for_editors(definitions.one_version)),
    ]


def _of_sources() -> list[BaseRoute]:
    listed = for_editors(adding.take_list, may="sources", largest=adding.LARGEST_LIST)
    replayed = for_editors(setasides.replay, may="set_aside")
    return [
        Route("/sources", for_editors(feeds.sources)),
        Route("/sources.opml", for_editors(adding.export)),
        Route("/sources/add", for_editors(adding.add_page, may="sources")),
        Route("/sources/add", for_editors(adding.ask, may="sources"), methods=_POST),
        Route("/sources/import", listed, methods=_POST),
        Route("/sources/lookups/{lookup}", for_editors(adding.answer, may="sources")),
        Route(
            "/sources/lookups/{lookup}/follow",
            for_editors(adding.follow, may="sources"),
            methods=_POST,
        ),
        Route("/sources/{feed}", for_editors(feeds.one)),
        Route("/sources/{feed}/settings", for_editors(feeds.choose, may="sources"), methods=_POST),
        Route("/sources/{feed}/{action}", for_editors(feeds.change, may="sources"), methods=_POST),
        Route("/set-aside", for_editors(setasides.every)),
        Route("/set-aside/replay", replayed, methods=_POST),
        Route("/set-aside/{thing}", for_editors(setasides.one)),
        Route("/set-aside/{thing}/raw", for_editors(setasides.raw)),
        Route("/set-aside/{thing}/replay", replayed, methods=_POST),
    ]
