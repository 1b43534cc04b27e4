"""A WordPress on loopback for tests: it keeps posts, knows its users, and fails on request.

It does what was seen of a real one: a contributor makes and changes drafts of its own and may not
publish; `modified_gmt` counts whole seconds; script elements go and their text stays; whoever is
not known gets a 401, or a 400 where drafts are asked for; a title comes back with its "&" written
out.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PASSWORD = "abcd efgh ijkl"  # noqa: S105  # of a user that exists here alone


@dataclass
class FakeWordPress:
    """One site: its posts by number, what was asked, and what is to go wrong."""

    port: int
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)  # statuses answered before anything is done
    lost: int = 0  # so many answers are lost after all was done
    may_publish: bool = False
    clock: int = 0  # seconds since it was set up

    @property
    def api(self) -> str:
        """Where its interface is."""
        return f"http://127.0.0.1:{self.port}/wp-json/wp/v2"

    @property
    def credentials(self) -> str:
        """A line of credentials that opens it."""
        word = base64.b64encode(f"desk:{PASSWORD}".encode()).decode()
        return f"http://127.0.0.1:{self.port} Basic {word}"

    def edit(self, number: int, html: str) -> None:
        """Somebody changes a post in the CMS's own editor."""
        self._change(self.posts[number], {"content": html})

    def publish(self, number: int) -> None:
        """Somebody publishes a post."""
        self._change(self.posts[number], {"status": "publish"})

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, Any]:
        """What it answers to one question of somebody it knows."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/wp-json/wp/v2/")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        fields = json.loads(body) if body else {}
        if path == "users/me":
            able = {"edit_posts": True} | ({"publish_posts": True} if self.may_publish else {})
            return 200, {"name": "desk", "capabilities": able}
        if path == "posts":
            return self._made(fields) if method == "POST" else (200, self._found(asked))
        post = self.posts.get(int(path.removeprefix("posts/")))
        if post is None:
            return 404, {"message": "Invalid post ID."}
        if method == "POST":
            if post["status"] == "publish" and not self.may_publish:
                return 403, {"message": "Sorry, you are not allowed to edit this post."}
            self._change(post, fields)
        return 200, self._shown(post)

    def _found(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        states = asked["status"].split(",")
        return [
            self._shown(post)
            for post in self.posts.values()
            if post["slug"] == asked["slug"] and post["status"] in states
        ]

    def _made(self, fields: dict[str, Any]) -> tuple[int, Any]:
        if fields["status"] not in {"draft", "pending"} and not self.may_publish:
            return 403, {"message": "Sorry, you are not allowed to publish posts."}
        number = max(self.posts, default=40) + 1
        self.posts[number] = {"id": number, "slug": fields["slug"], "excerpt": ""}
        self._change(self.posts[number], fields)
        return 201, self._shown(self.posts[number])

    def _change(self, post: dict[str, Any], fields: dict[str, Any]) -> None:
        post.update({key: fields[key] for key in ("title", "excerpt", "status") if key in fields})
        if "content" in fields:
            post["content"] = re.sub(r"</?script[^>]*>", "", fields["content"])
        post["title"] = escape(unescape(post["title"]), quote=False)
        post["modified_gmt"] = f"2026-01-01T00:00:{self.clock:02d}"

    def _shown(self, post: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": post["id"],
            "link": f"http://127.0.0.1:{self.port}/?p={post['id']}",
            "slug": post["slug"],
            "status": post["status"],
            "modified_gmt": post["modified_gmt"],
            "date_gmt": "2026-11-20T22:05:00",
            "title": {"raw": post["title"]},
            "content": {"raw": post["content"]},
        }


@contextmanager
def wordpress() -> Iterator[FakeWordPress]:
    """A site of its own on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET", b"")

        def do_POST(self) -> None:
            self._do("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def _do(self, method: str, body: bytes) -> None:
            site.asked.append((method, self.path))
            if site.failures:
                self._say(site.failures.pop(0), {"message": "Briefly unavailable."})
                return
            if self.headers.get("Authorization") != site.credentials.partition(" ")[2]:
                is_search = "status=" in self.path
                told = {"message": "Invalid parameter(s): status"} if is_search else {}
                self._say(400 if is_search else 401, told)
                return
            status, told = site.answer(method, self.path, body)
            if method == "POST" and site.lost:
                site.lost -= 1
                self.close_connection = True
                return
            self._say(status, told)

        def _say(self, status: int, told: object) -> None:
            said = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = FakeWordPress(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
