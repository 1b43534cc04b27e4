"""A scripted editor at the desk, by its pages alone: decides, writes, comments, moves, takes back.

It fills in the forms that the pages give, as a browser would, saves texts as the desk's script
does while one types, reads a 409 and goes on from what stands. What the desk acknowledges goes
into a journal (bench/journal.py), whatever is killed meanwhile.
"""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from lxml import html
from lxml.html import FormElement, HtmlElement

from bench.journal import Journal

SHOWN = re.compile(r"/instalments/[a-z0-9-]+/\d+$")
DECISION = re.compile(r"/items/(?P<item>\d+)/(?P<action>accept|reject|wake|undo)$")
ITEM = re.compile(r"/items/(?P<item>\d+)$")
PLACE = re.compile(r"/items/(?P<item>\d+)/place$")
PAUSE = 0.05  # seconds from one deed to the next
TIMES = 20  # that a text is sent again before whoever writes gives up
AGAIN = 0.5  # seconds until then; the desk's script waits three
JSON = {"Accept": "application/json"}


class SignedOut(Exception):
    """The desk wants to know who it is first."""


@dataclass(slots=True)
class Editor:
    """One editor, and what the desk has acknowledged of what they did."""

    url: str
    name: str
    password: str
    seed: int
    journal: Journal = field(default_factory=Journal)
    pause: float = PAUSE
    refused: Counter[str] = field(default_factory=Counter)  # overtaken, out of date: it said so
    failed: Counter[str] = field(default_factory=Counter)  # nobody answered, or not in time
    signed_in: int = 0
    _words: int = 0

    def work(self, over: threading.Event) -> None:
        """Go on deciding and writing until it is over."""
        chance = random.Random(self.seed)
        with httpx.Client(base_url=self.url, timeout=10, follow_redirects=False) as client:
            while not over.wait(self.pause):
                try:
                    self._turn(_Desk(client, over), chance)
                except SignedOut:
                    self._sign_in(client)
                except (httpx.HTTPError, _Trouble) as problem:
                    self.failed[str(problem) or type(problem).__name__] += 1
                    over.wait(AGAIN)

    def _sign_in(self, client: httpx.Client) -> None:
        try:
            page = html.fromstring(client.get("/sign-in").text)
            for form in page.forms:
                if form.action == "/sign-in":
                    asked = _fields(form) | {"name": self.name, "password": self.password}
                    answer = client.post("/sign-in", data=asked)
                    self.signed_in += answer.status_code == httpx.codes.SEE_OTHER
        except httpx.HTTPError as problem:
            self.failed[f"signing in: {type(problem).__name__}"] += 1

    def _turn(self, desk: "_Desk", chance: random.Random) -> None:
        """One deed, chosen by chance, at an instalment chosen by chance."""
        if shown := sorted(set(_links(desk.page("/"), SHOWN))):
            where = chance.choice(shown)
            deeds: list[Callable[[_Desk, random.Random, str], None]]
            deeds = [self._decide, self._decide, self._snooze, self._write_item, self._write_item]
            deeds += [self._write_lead, self._comment, self._move]
            chance.choice(deeds)(desk, chance, where)

    def acknowledged(self) -> str:
        """How many deeds of each kind the desk has said yes to, in words."""
        kinds = Counter(str(kind) for kind, *_ in set(self.journal.taken))
        told = ", ".join(f"{times} {kind}s" for kind, times in sorted(kinds.items()))
        return told or "nothing"

    # --- deeds with a button

    def _decide(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        forms = list(_forms(desk.page(where), DECISION))
        if not forms:
            return
        found, form = chance.choice(forms)
        deed = int(found["item"]), found["action"], int(form["version"]) + 1
        times = 2 if chance.random() < 0.2 else 1  # noqa: PLR2004  # some click twice
        for _ in range(times):
            self._press(desk, form, "decision", *deed)

    def _snooze(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        if item := self._some_item(desk, chance, where):
            for form in desk.page(f"{item}/aside").values("/snooze"):
                made = int(form["version"]) + 1
                self._press(desk, form, "decision", _number(item), "snooze", made)

    def _comment(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        if item := self._some_item(desk, chance, where):
            for form in desk.page(f"{item}/aside").values("/comment"):
                said = f"A remark, {self._next_word()}."
                self._press(desk, form | {"text": said}, "comment", said)

    def _move(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        """Move an accepted item into another section."""
        page = desk.page(f"{where}/write")
        forms = [(of, form) for of, form in _forms(page, PLACE) if "section" in form]
        if not forms:
            return
        found, form = chance.choice(forms)
        sections = {str(part.get("data-section")) for part in page.root.cssselect("[data-section]")}
        if others := sorted(sections - {form["section"]}):
            to = chance.choice(others)
            deed = int(found["item"]), form["section"], to
            self._press(desk, form | {"section": to}, "move", *deed)

    def _some_item(self, desk: "_Desk", chance: random.Random, where: str) -> str:
        items = sorted(set(_links(desk.page(where), ITEM)))
        return chance.choice(items) if items else ""

    def _press(self, desk: "_Desk", form: Mapping[str, str], kind: str, *deed: object) -> None:
        """Send a form, and write down what became of it."""
        try:
            answer = desk.send(form)
        except (httpx.HTTPError, _Trouble):
            self.journal.note(kind, *deed, is_taken=False)
            raise
        if answer.status_code in {httpx.codes.OK, httpx.codes.SEE_OTHER}:
            self.journal.note(kind, *deed, is_taken=True)
        else:
            self.refused[f"{kind} {answer.status_code}"] += 1

    # --- texts

    def _write_item(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        if item := self._some_item(desk, chance, where):
            self._write(desk, chance, item)

    def _write_lead(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        self._write(desk, chance, f"{where}/write")

    def _write(self, desk: "_Desk", chance: random.Random, where: str) -> None:
        """Add words to a text, in one window or in two that do not know of each other."""
        tabs = [_Tab(form) for form in desk.page(where).writing()]
        if chance.random() < 0.3:  # noqa: PLR2004  # two windows at times
            tabs += [_Tab(form) for form in desk.page(where).writing()]
        for _ in range(chance.randint(1, 3)):
            for tab in tabs:
                self._save(desk, tab)

    def _save(self, desk: "_Desk", tab: "_Tab") -> None:
        """Save a text with one more word, again and again until the desk has it or refuses."""
        word = self._next_word()
        tab.add(word)
        for _ in range(TIMES):
            try:
                answer = desk.send(tab.form | {"turn": tab.next_turn()}, JSON)
            except (httpx.HTTPError, _Trouble) as problem:
                self.failed[f"writing: {type(problem).__name__}"] += 1
                if desk.over.wait(AGAIN):
                    break
                continue
            told = _told(answer)
            if answer.status_code == httpx.codes.OK and told:
                tab.saved(told)
                self.journal.note("word", word, is_taken=True)
                return
            self.refused[f"text {answer.status_code}"] += 1
            if answer.status_code != httpx.codes.CONFLICT or not told:
                return  # approved meanwhile, or no such item: it was told, and nothing was saved
            tab.put_together(told)
        self.journal.note("word", word, is_taken=False)

    def _next_word(self) -> str:
        self._words += 1
        return f"word{self._words}"


class _Trouble(Exception):
    """The desk answered that it cannot, for now."""


@dataclass(slots=True)
class _Page:
    """A page as a browser has it: its links and forms."""

    root: HtmlElement

    def values(self, ending: str) -> Iterator[dict[str, str]]:
        """The forms that go there, as they would be sent."""
        for form in self.root.forms:
            if (form.action or "").endswith(ending):
                yield _fields(form)

    def writing(self) -> Iterator[dict[str, str]]:
        """The forms for an item's text, or an instalment's lead."""
        for form in self.root.forms:
            if form.get("data-write") in {"item", "lead"}:
                yield _fields(form)


@dataclass(slots=True)
class _Desk:
    """The desk through a browser that is signed in, or will be."""

    client: httpx.Client
    over: threading.Event

    def page(self, path: str) -> _Page:
        """A page. Raises SignedOut, _Trouble, httpx.HTTPError."""
        answer = self.client.get(path)
        self._see(answer)
        return _Page(html.fromstring(answer.text) if answer.is_success else html.Element("html"))

    def send(
        self, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a form to where its `action` says."""
        fields = {name: value for name, value in form.items() if name != "action"}
        answer = self.client.post(form["action"], data=fields, headers=headers)
        self._see(answer)
        return answer

    def _see(self, answer: httpx.Response) -> None:
        if answer.is_server_error:
            raise _Trouble(f"{answer.status_code} {urlsplit(str(answer.url)).path.split('/')[1]}")
        to = answer.headers.get("location", "")
        if answer.is_redirect and urlsplit(to).path == "/sign-in":
            raise SignedOut


@dataclass(slots=True)
class _Tab:
    """A form for a text in a window: what stands in it, and what it was last saved upon."""

    form: dict[str, str]
    turn: int = 0

    def add(self, word: str) -> None:
        """Write a further line."""
        before = self.form["markdown"].rstrip()
        self.form["markdown"] = f"{before}\n\n{word}".strip()

    def next_turn(self) -> str:
        """The number of the next save of this window."""
        self.turn += 1
        return str(self.turn)

    def saved(self, told: Mapping[str, Any]) -> None:
        """Go on from what was just saved."""
        self.form |= {"based_on": str(told["made"]), "base": self.form["markdown"]}
        self.form.pop("fresh", None)

    def put_together(self, told: Mapping[str, Any]) -> None:
        """Somebody else was faster: both texts, as the desk put them together."""
        self.form |= {"based_on": str(told["made"]), "base": str(told["theirs"]), "fresh": "1"}
        self.form["markdown"] = str(told["together"])


def _forms(page: _Page, to: re.Pattern[str]) -> Iterator[tuple[re.Match[str], dict[str, str]]]:
    for form in page.root.forms:
        if found := to.match(form.action or ""):
            yield found, _fields(form)


def _fields(form: FormElement) -> dict[str, str]:
    """What a browser would send, and where to."""
    fields = dict(form.form_values())
    for area in form.cssselect(
        "textarea[name]"
    ):  # whose first line end is none, as browsers read it
        fields[area.get("name", "")] = (area.text or "").removeprefix("\n")
    return {**fields, "action": form.action or ""}


def _links(page: _Page, to: re.Pattern[str]) -> Iterator[str]:
    for element, attribute, link, _ in page.root.iterlinks():
        if element.tag == "a" and attribute == "href" and to.match(link):
            yield link


def _number(item: str) -> int:
    return int(item.rpartition("/")[2])


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The facts in an answer to a script; none in a page."""
    if answer.headers.get("content-type", "").startswith("application/json"):
        told: dict[str, Any] = answer.json()
        return told
    return {}
