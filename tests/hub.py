"""A hub as WebSub has them, without a network: it is asked by post, and visits the desk itself."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from pipeline.records import Answer, Request
from tests.desk.browser import Answer as Page
from tests.desk.browser import Browser

PUBLIC = "https://desk.example"
Temper = Literal["good", "slow", "deaf", "dead", "refuses"]


@dataclass
class FakeHub:
    """A hub that knows one desk. What it was asked stays in `asked`, the newest last."""

    desk: Browser
    temper: Temper = "good"
    lease: str | None = "864000"
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[Page] = field(default_factory=list)  # of the desk, to its checks
    before_check: Callable[[], None] = lambda: None

    def post(self, request: Request, body: bytes) -> Answer:
        """Take a question as workers.http.Http.post sends it; a good hub checks back at once."""
        form = {name: value for name, [value] in parse_qs(body.decode()).items()}
        self.asked.append(form)
        if self.temper == "dead":
            return Answer(url=request.url, headers={}, problem="connect", detail="refused")
        if self.temper == "refuses":
            words = b"no such  topic"
            return Answer(url=request.url, status=422, headers={}, body=words)
        if self.temper == "good":
            self.check()
        return Answer(url=request.url, status=202, headers={})

    @property
    def callback(self) -> str:
        """The path it was told last."""
        return urlsplit(self.asked[-1]["hub.callback"]).path

    def check(self, **changed: str) -> Page:
        """Check back about what it was asked last, or about something else."""
        told = {"hub.mode": self.asked[-1]["hub.mode"], "hub.topic": self.asked[-1]["hub.topic"]}
        told |= {"hub.challenge": "are you there?"}
        told |= {} if self.lease is None else {"hub.lease_seconds": self.lease}
        told |= {f"hub.{name}": value for name, value in changed.items()}
        self.before_check()
        answer = self.desk.get(f"{self.callback}?{urlencode(told)}")
        self.answers.append(answer)
        return answer

    def push(
        self,
        body: bytes,
        *,
        secret: str | None = None,
        method: str = "sha256",
        signature: str | None = None,
        pieces: int = 1,
    ) -> Page:
        """Push a document, signed as agreed unless another secret or signature is given."""
        key = (self.asked[-1]["hub.secret"] if secret is None else secret).encode()
        digest = hmac.new(key, body, getattr(hashlib, method)).hexdigest()
        signed = f"{method}={digest}" if signature is None else signature
        headers = {"content-type": "application/rss+xml", "x-hub-signature": signed}
        size = -(-len(body) // pieces) or 1
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        return self.desk.raw("POST", self.callback, headers, *parts)
