"""The addresses of triage: the lists, the queue, and everything decided or noted about an item."""

from starlette.routing import BaseRoute, Route

from desk import asides, instalments, keys, queue, triage
from desk.door import for_editors


def routes() -> list[BaseRoute]:
    """In the order in which they are tried: what is said of an item before what is decided."""
    of_item = "/items/{item}"
    return [
        Route("/", for_editors(instalments.instalments)),
        Route("/instalments/{series}", for_editors(instalments.of_series)),
        Route("/instalments/{series}/{number}", for_editors(instalments.instalment)),
        Route("/instalments/{series}/{number}/pulse", for_editors(instalments.pulse)),
        Route("/queue", for_editors(queue.queue)),
        Route("/queue/pulse", for_editors(queue.pulse)),
        Route("/searches", for_editors(queue.save, may="read"), methods=["POST"]),
        Route("/searches/{search}/forget", for_editors(queue.forget, may="read"), methods=["POST"]),
        Route("/keys", for_editors(keys.page)),
        Route("/keys", for_editors(keys.choose, may="read"), methods=["POST"]),
        Route(f"{of_item}/aside", for_editors(asides.aside)),
        Route(f"{of_item}/snooze", for_editors(asides.snooze, may="decide"), methods=["POST"]),
        Route(f"{of_item}/assign", for_editors(asides.assign, may="decide"), methods=["POST"]),
        Route(f"{of_item}/comment", for_editors(asides.comment, may="decide"), methods=["POST"]),
        Route(f"{of_item}/star", for_editors(asides.star, may="read"), methods=["POST"]),
        Route(
            of_item + "/decisions/{decision}/{how}",
            for_editors(triage.take_back, may="decide"),
            methods=["POST"],
        ),
    ]
