"""A scripted editor at the desk, by its pages alone: decides and writes, and keeps count of it.

What the desk has acknowledged must be there at the end, whatever was killed meanwhile. It reads
forms as a browser would, so it writes wherever a page of an item offers a field for text.
"""

import html
import random
import re
import threading
from dataclasses import dataclass, field

import httpx

FORM = re.compile(r'<form[^>]*action="(?P<where>/[^"]+)"[^>]*>(?P<inside>.*?)</form>', re.DOTALL)
FIELD = re.compile(r"<input\b[^>]*>")
AREA = re.compile(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', re.DOTALL)
DECISION = re.compile(r"/items/(\d+)/(accept|undo)$")  # what is rejected is not offered again
DONE = {200, 204, 303}
PAUSE = 0.15  # seconds from one deed to the next


@dataclass(slots=True)
class Editor:
    """One editor, and what the desk has acknowledged of what they did."""

    url: str
    name: str
    password: str
    seed: int
    decided: list[tuple[int, str]] = field(default_factory=list)  # item, action; acknowledged
    written: dict[str, str] = field(default_factory=dict)  # by field of the form: the last words
    refused: int = 0  # overtaken, out of date: the desk said so
    failed: int = 0  # nobody answered, or not in time
    doubtful: list[tuple[int, str]] = field(default_factory=list)  # nobody knows if it was taken
    outages: list[str] = field(default_factory=list)
    pause: float = PAUSE

    def work(self, over: threading.Event) -> None:
        """Go on deciding and writing until it is over."""
        chance = random.Random(self.seed)
        with httpx.Client(base_url=self.url, timeout=10, follow_redirects=False) as client:
            while not over.wait(self.pause):
                try:
                    self._turn(client, chance)
                except httpx.HTTPError as problem:
                    self.failed += 1
                    self.outages.append(type(problem).__name__)
                    over.wait(0.5)

    def _turn(self, client: httpx.Client, chance: random.Random) -> None:
        front = client.get("/")
        if front.status_code == httpx.codes.SEE_OTHER:
            self._sign_in(client)
            return
        shown = sorted(set(re.findall(r'href="(/instalments/[a-z0-9-]+/\d+)"', front.text)))
        if not shown:
            return
        page = client.get(chance.choice(shown))
        forms = [one for one in _forms(page.text) if DECISION.search(one[0])]
        if forms:
            self._decide(client, *chance.choice(forms))
        items = sorted(set(re.findall(r'href="(/items/\d+)"', page.text)))
        if items:
            self._write(client, chance.choice(items))

    def _sign_in(self, client: httpx.Client) -> None:
        page = client.get("/sign-in")
        for where, fields in _forms(page.text):
            if where == "/sign-in":
                client.post(where, data=fields | {"name": self.name, "password": self.password})

    def _decide(self, client: httpx.Client, where: str, fields: dict[str, str]) -> None:
        found = DECISION.search(where)
        assert found is not None  # noqa: S101  # it was chosen by this
        deed = int(found[1]), found[2]
        try:
            answer = client.post(where, data=fields)
        except httpx.HTTPError:
            self.doubtful.append(deed)
            raise
        if answer.status_code in DONE:
            self.decided.append(deed)
        else:
            self.refused += 1

    def _write(self, client: httpx.Client, item: str) -> None:
        page = client.get(item)
        for found in FORM.finditer(page.text):
            areas = AREA.findall(found["inside"])
            if not areas or "/comments" in found["where"]:
                continue
            words = f"Word {len(self.written) + 1} of the editor {self.name} on {item}."
            fields = _hidden(found["inside"]) | {name: words for name, _ in areas}
            answer = client.post(found["where"], data=fields)
            if answer.status_code in DONE:
                self.written[found["where"]] = words
            else:
                self.refused += 1
            return


def _forms(page: str) -> list[tuple[str, dict[str, str]]]:
    return [(html.unescape(one["where"]), _hidden(one["inside"])) for one in FORM.finditer(page)]


def _hidden(inside: str) -> dict[str, str]:
    fields = {}
    for tag in FIELD.findall(inside):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") == "hidden" and "name" in told:
            fields[told["name"]] = html.unescape(told.get("value", ""))
    return fields
