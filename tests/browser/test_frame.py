"""What every page of the desk brings into a browser: its scripts, and nothing that goes wrong."""

import asyncio

from playwright.sync_api import Page

from tests.browser.driver import Desk, axe, fits


def test_htmx_comes_out_of_its_package_and_obeys_the_policy(page: Page) -> None:
    page.wait_for_function("window.htmx !== undefined")
    assert page.evaluate(
        "[htmx.version, htmx.config.allowEval, htmx.config.includeIndicatorStyles]"
    ) == [
        "2.0.3",
        False,
        False,
    ]
    assert page.evaluate("document.querySelectorAll('style').length") == 0


def test_the_list_of_instalments_is_sound_in_light_dark_and_on_a_phone(desk: Desk) -> None:
    for how in ({}, {"dark": True}, {"phone": True}):
        page = desk.open("ann", "/", **how)
        axe(page)
        fits(page)


def test_a_page_without_a_script_shows_the_same(desk: Desk) -> None:
    page = desk.open("ben", "/", js=False)
    assert page.get_by_role("heading", name="Harbour Watch").is_visible()


def test_other_tests_may_run_loops_of_their_own_between_these() -> None:
    asyncio.run(asyncio.sleep(0))
