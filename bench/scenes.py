"""Every page of the desk, and every state of one that deserves a picture, by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from sqlalchemy import text

from bench.stage_waits import way_in
from store.session import transaction

Deed = Callable[[Page], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A page, who looks at it, and what they do there before the picture is taken."""

    path: str
    who: str = "ann"  # "": nobody
    deed: Deed | None = None
    js: bool = True
    print: bool = False  # also as it comes out of a printer
    is_whole: bool = True  # else what a window shows at once, with the bar at its lower edge
    is_fleeting: bool = False  # it is gone after some seconds: asked for anew for each picture
    status: int = 200  # of the answer to the address


_ASKED = {
    "item": "SELECT item_id FROM item_quotes q JOIN items t ON t.id = q.item_id "
    "WHERE q.check = 'differs' LIMIT 1",
    "written": "SELECT item_id FROM item_texts ORDER BY item_id LIMIT 1",
    "killed": "SELECT t.id FROM items t JOIN stories s ON s.id = t.story_id "
    "WHERE s.status = 'killed' ORDER BY t.id DESC LIMIT 1",
    "embargoed": "SELECT t.id FROM items t JOIN stories s ON s.id = t.story_id "
    "WHERE s.embargo = 'until' LIMIT 1",
    "open": "SELECT id FROM items WHERE state = 'queued' ORDER BY score DESC, id LIMIT 1",
    "development": "SELECT development_id FROM development_stories "
    "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "feed": "SELECT feed_id FROM stories GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "troubled": "SELECT feed_id FROM troubles WHERE kind = 'failing' LIMIT 1",
    "person": "SELECT id FROM users WHERE name = 'ben'",
    "alert": "SELECT a.id FROM alerts a JOIN story_changes c ON c.id = a.change_id "
    "WHERE c.before_id IS NOT NULL ORDER BY a.id LIMIT 1",
    "set_aside": "SELECT id FROM set_aside ORDER BY settled_at IS NOT NULL, id LIMIT 1",
    "lookup": "SELECT min(id) FROM feed_lookups",
    "replay": "SELECT min(id) FROM series_replays",
}
SHEET = "/instalments/diplomacy-watch/1"
OUT = "/instalments/iran-talks/1"
OVER = "/instalments/gaza-talks/1"


def scenes() -> dict[str, Scene]:
    """All of them. Which rows they show depends on what was played."""
    with transaction() as session:
        one = {name: session.scalar(text(asked)) for name, asked in _ASKED.items()}
        welcome = way_in(session)
    item, written = f"/items/{one['item']}", f"/items/{one['written']}"
    found = {
        # at the door
        "sign-in": Scene(path="/sign-in", who=""),
        "sign-in-refused": Scene(path="/sign-in", who="", deed=_wrong_password),
        "welcome": Scene(path=welcome, who=""),
        "welcome-over": Scene(path="/welcome/nothing", who="", status=404),
        # lists
        "instalments": Scene(path="/"),
        "instalments-of-a-reader": Scene(path="/", who="dora"),
        "instalment": Scene(path=SHEET, print=True),
        "instalment-without-scripts": Scene(path=SHEET, js=False),
        "instalment-out": Scene(path=OUT),
        "queue": Scene(path="/queue"),
        "queue-narrowed": Scene(path="/queue?zone=suggest&age=7&outlet=Meridian+Wire"),
        "queue-empty": Scene(path="/queue?q=quokka+velodrome&state=any"),
        "queue-window": Scene(path="/queue", is_whole=False, deed=_press("j")),
        "queue-kept": Scene(path="/queue?q=prisoner+swap&state=any", deed=_unfolded(".keep")),
        "queue-put-off": Scene(path="/queue?state=snoozed"),
        "search": Scene(path="/queue?q=ferry&state=any&everywhere=yes"),
        "reasons": Scene(path="/queue", deed=_press("w")),
        "marked": Scene(path="/queue", deed=_marked),
        "toast": Scene(path="/queue", who="cleo", deed=_press("v", "d"), is_fleeting=True),
        "offline": Scene(path="/queue", deed=_offline, is_fleeting=True),
        "decided": Scene(path=f"{SHEET}#section-items", deed=_focused),
        # above the list, and the same as pages
        "help": Scene(path="/queue", deed=_opened("?")),
        "put-off": Scene(path="/queue", deed=_opened("s")),
        "assign": Scene(path="/queue", deed=_opened("a")),
        "comment": Scene(path="/queue", deed=_opened("c")),
        "aside": Scene(path=f"/items/{one['open']}/aside"),
        "keys": Scene(path="/keys"),
        # what changed, and who was faster
        "overtaken": Scene(path=SHEET, js=False, deed=_overtaken),
        # the item and what is written
        "item": Scene(path=item),
        "item-written": Scene(path=written, print=True),
        "item-killed": Scene(path=f"/items/{one['killed']}"),
        "item-embargoed": Scene(path=f"/items/{one['embargoed']}"),
        "write": Scene(path=f"{SHEET}/write"),
        "write-conflict": Scene(path=written, js=False, deed=_conflict),
        "versions-of-a-text": Scene(path=f"{written}/versions"),
        "preview": Scene(path=f"{SHEET}/preview", print=True),
        "approval": Scene(path=f"{SHEET}/approval"),
        "approval-refused": Scene(path=f"{SHEET}/approval", who="cleo", deed=_refused),
        "approval-out": Scene(path=f"{OUT}/approval"),
        "delivery": Scene(path=f"{OVER}/delivery", who="cleo"),
        "pasted": Scene(path=f"{SHEET}/pasted"),
        # developments, kills
        "developments": Scene(path="/developments"),
        "development": Scene(path=f"/developments/{one['development']}"),
        "kills": Scene(path="/kills"),
        # series and sources
        "all-series": Scene(path="/series"),
        "series": Scene(path="/series/diplomacy-watch"),
        "definition": Scene(path="/series/diplomacy-watch/definition"),
        "definition-mistakes": Scene(
            path="/series/diplomacy-watch/definition", deed=_mistaken, js=False
        ),
        "replay": Scene(path=f"/series/diplomacy-watch/replays/{one['replay']}"),
        "series-one-outlet": Scene(path="/series/gaza-talks"),
        "versions": Scene(path="/series/diplomacy-watch/versions"),
        "version": Scene(path="/series/diplomacy-watch/versions/1"),
        "sources": Scene(path="/sources"),
        "feed": Scene(path=f"/sources/{one['feed']}"),
        "feed-failing": Scene(path=f"/sources/{one['troubled']}"),
        "feed-add": Scene(path="/sources/add"),
        "lookup-choices": Scene(path=f"/sources/lookups/{one['lookup']}"),
        "lookup-feed": Scene(path=f"/sources/lookups/{_after(one['lookup'], 1)}"),
        "lookup-nothing": Scene(path=f"/sources/lookups/{_after(one['lookup'], 2)}"),
        "lookup-waits": Scene(path=f"/sources/lookups/{_after(one['lookup'], 3)}", js=False),
        "set-aside": Scene(path="/set-aside"),
        # people
        "people": Scene(path="/people"),
        "person": Scene(path=f"/people/{one['person']}"),
        "me": Scene(path="/me", who="ben"),
        "me-letters": Scene(path="/me", who="cleo"),
        "link-once": Scene(
            path=f"/people/{one['person']}", deed=_clicked("Link for a new password")
        ),
        "token-once": Scene(path="/me", who="dora", deed=_token),
        "audit": Scene(path="/audit"),
        "audit-narrowed": Scene(path="/audit?who=cleo&kind=item"),
        # where there is nothing, or it may not be
        "not-allowed": Scene(path="/people", who="dora", status=403),
        "not-there": Scene(path="/nowhere", status=404),
        "broken": Scene(path="/broken", status=500),
        "no-database": Scene(path="/no-database", status=503),
    }
    if one["alert"] is not None:
        found["changed"] = Scene(path=f"/alerts/{one['alert']}")
    if one["set_aside"] is not None:
        found["set-aside-one"] = Scene(path=f"/set-aside/{one['set_aside']}")
    return found


def _press(*keys: str) -> Deed:
    def press(page: Page) -> None:
        page.locator("article.item").first.focus()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(300)  # what opens asks the desk first

    return press


def _opened(key: str) -> Deed:
    def opened(page: Page) -> None:
        page.locator("article.item").first.focus()
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()

    return opened


def _unfolded(which: str) -> Deed:
    return lambda page: page.locator(f"details{which} > summary").click()


def _clicked(name: str) -> Deed:
    def clicked(page: Page) -> None:
        page.get_by_role("button", name=name).click()
        page.locator(".once").wait_for()

    return clicked


def _token(page: Page) -> None:
    _unfolded(":has(#token-name)")(page)
    page.get_by_label("What it is for").fill("reading room")
    _clicked("Make the token")(page)


def _after(first: object, by: int) -> int:
    return int(str(first or 0)) + by


def _wrong_password(page: Page) -> None:
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill("four tidy herons")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def _marked(page: Page) -> None:
    page.locator("article.item").nth(1).focus()
    page.keyboard.press("m")
    page.keyboard.press("j")
    page.keyboard.press("m")


def _focused(page: Page) -> None:
    page.locator("article.item").nth(6).focus()


def _offline(page: Page) -> None:
    page.context.set_offline(offline=True)
    page.locator("article.item").first.focus()
    page.keyboard.press("e")
    page.locator("#said").wait_for()


def _overtaken(page: Page) -> None:
    """Decide on what has another version by now."""
    form = page.locator("article.item.queued form:has(button.accept)").first
    form.locator("[name=version]").evaluate("field => { field.value = '0'; }")
    form.get_by_role("button").click()


def _conflict(page: Page) -> None:
    """Save a text that was begun before somebody else's was saved."""
    form = page.locator("form#write")
    for name, value in (("based_on", "0"), ("tab", "elsewhere"), ("base", "")):
        form.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value; }", value)
    form.get_by_label("Text", exact=True).fill(
        "Brussels has found its guarantee, and Belgium its price. It cannot be withdrawn."
    )
    form.get_by_role("button", name="Save", exact=True).click()


def _refused(page: Page) -> None:
    """Call it ready, which its quotations do not allow."""
    for name in ("Send to review", "Call it ready"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
    page.get_by_role("alert").wait_for()


def _mistaken(page: Page) -> None:
    source = page.get_by_label("The definition, as a TOML file")
    source.fill(
        source.input_value()
        .replace('cadence = "weekly"', 'cadence = "now and then"')
        .replace('weekday = "friday"', 'weekday = "freitag"')
    )
    page.get_by_role("button", name="Check").click()
