"""A small browser for tests: asks the desk without a network, keeps cookies, reads and sends forms.

It does what the desk relies on in real ones and no more. It refuses pages that are not tidy HTML.
"""

import asyncio
import atexit
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.types import Message, Scope

_VOID = {"input", "link", "meta", "br", "hr", "img"}


@dataclass(slots=True, kw_only=True)
class Element:
    """An element of a page with what stands inside."""

    name: str
    attributes: dict[str, str]
    inside: list["Element | str"] = field(default_factory=list)

    def all(self, name: str, /, **attributes: str) -> Iterator["Element"]:
        """Every element of that name below this one; `class_` asks for one class among several."""
        for one in self.inside:
            if isinstance(one, Element):
                if one.name == name and one.has(**attributes):
                    yield one
                yield from one.all(name, **attributes)

    def one(self, name: str, /, **attributes: str) -> "Element":
        """The only element of that name below this one."""
        (found,) = self.all(name, **attributes)
        return found

    def has(self, **attributes: str) -> bool:
        """Whether the attributes are as given."""
        for name, value in attributes.items():
            mine = self.attributes.get(name.rstrip("_"), "")
            if value not in (mine.split() if name == "class_" else [mine]):
                return False
        return True

    @property
    def text(self) -> str:
        """The words inside, blanks folded."""
        return " ".join(self._raw().split())

    def _raw(self) -> str:
        return "".join(one if isinstance(one, str) else one._raw() for one in self.inside)  # noqa: SLF001  # our own kind


class _Reader(HTMLParser):
    """Builds the tree and fails on what is left open, closed twice or said twice."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element(name="", attributes={})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute twice in <{tag}>"
        element = Element(name=tag, attributes=attributes)
        self.open[-1].inside.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]  # names in lower case
    cookies: tuple[str, ...]  # each Set-Cookie as it was sent
    body: str

    @property
    def page(self) -> Element:
        """The page as a tree; fails if it is not tidy."""
        reader = _Reader()
        reader.feed(self.body)
        reader.close()
        assert reader.open == [reader.root], f"<{reader.open[-1].name}> is left open"
        return reader.root


@cache
def _runner() -> asyncio.Runner:
    """The loop in which all is asked: to make one for each page takes as long as many a page."""
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


class Browser:
    """One browser with its own cookies, at one network address."""

    def __init__(self, app: Starlette, *, address: str = "192.0.2.7") -> None:
        self.app = app
        self.address = address
        self.host = "desk.example"
        self.cookies: dict[str, str] = {}
        self.at = ""  # the path of the page it shows

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page; redirects are not followed."""
        answer = self._ask("GET", path, headers or {}, b"")
        if answer.status == 200:
            self.at = path
        return answer

    def follow(self, answer: Answer) -> Answer:
        """Go where a redirect leads."""
        assert answer.status == 303, (answer.status, answer.body)
        return self.get(answer.headers["location"])

    def send(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a form as browsers do, from our own page unless the headers say otherwise."""
        kind = {
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            "origin": f"http://{self.host}",
        }
        return self._ask("POST", path, kind | dict(headers or {}), urlencode(fields).encode())

    def press(self, button: str, *, on: Element, **changed: str) -> Answer:
        """Press the one button whose words begin so, with the hidden fields of its form."""
        (pressed,) = [one for one in on.all("button") if one.text.startswith(button)]
        of = pressed.attributes.get("form")
        if of is not None:  # it stands elsewhere on the page
            form = on.one("form", id=of)
        else:
            (form,) = [
                one for one in on.all("form") if any(b is pressed for b in one.all("button"))
            ]
        fields = {
            given.attributes["name"]: given.attributes.get("value", "")
            for given in form.all("input")
            if given.attributes.get("type") not in {"checkbox", "radio"}
            or (given.attributes["type"] == "radio" and "checked" in given.attributes)
        }
        if "name" in pressed.attributes:
            fields[pressed.attributes["name"]] = pressed.attributes.get("value", "")
        assert form.attributes["method"] == "post"
        return self.send(form.attributes["action"], fields | changed)

    def sign_in(self, name: str, password: str, path: str = "/") -> Answer:
        """Sign in on the way to a page and show it."""
        form = self.follow(self.get(path)).page
        answer = self.press("Sign in", on=form, name=name, password=password)
        return self.follow(answer) if answer.status == 303 else answer

    def raw(self, method: str, path: str, headers: Mapping[str, str], *body: bytes) -> Answer:
        """Send exactly this, the body in these pieces."""
        return self._ask(method, path, headers, *body)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], *body: bytes) -> Answer:
        url = urlsplit(path)
        told = {"host": self.host} | dict(headers)
        if self.cookies:
            told["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": url.path,
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in told.items()],
            "client": (self.address, 50_000),
            "server": (self.host, 80),
        }
        is_alone = threading.current_thread() is threading.main_thread()
        run = _runner().run if is_alone else asyncio.run
        answer = run(self._exchange(scope, list(body)))
        self._keep(answer.cookies)
        return answer

    async def _exchange(self, scope: Scope, body: list[bytes]) -> Answer:
        came: list[Message] = []

        async def receive() -> Message:
            if not body:
                await asyncio.Event().wait()  # we stay on the line: nothing more comes from us
            piece = body.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(body)}

        async def send(message: Message) -> None:
            came.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            # As a server does: a defect is logged, the page for it has been sent already.
            traceback.print_exc()
            if not came:
                raise
        start = came[0]
        pairs = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        return Answer(
            status=start["status"],
            headers={name: value for name, value in pairs if name != "set-cookie"},
            cookies=tuple(value for name, value in pairs if name == "set-cookie"),
            body=b"".join(message.get("body", b"") for message in came[1:]).decode(),
        )

    def _keep(self, cookies: tuple[str, ...]) -> None:
        for cookie in cookies:
            for name, morsel in SimpleCookie(cookie).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
