"""What is no candidate whatever it says: our own instalments, others' round-ups, live pages."""

import re
from collections.abc import Callable, Mapping

from pipeline.records import Series, Story
from pipeline.text import fold

# On folded titles. Each form was seen in print; a column that reports ("Military briefing: why
# Kyiv ...") is not among them.
_ROUND_UP = re.compile(
    r"\bround-?ups?\b"
    r"|\bat a glance\b"
    r"|\bwhat we know (?:so far )?on day\b"
    r"|\b(?:list of )?key (?:events|developments),? (?:on )?day\b|\blist of key events\b"
    r"|\bwhat happened in .{1,60} this week\b"
    r"|\bthis week in\b|\bweek in (?:review|pictures)\b|\bthe week ahead\b"
    r"|\b(?:morning|evening|midday|daily|weekly|weekend|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|first) (?:briefing|report|update|newsletter|edition)\b"
    r"|\bbriefing:.*;"  # "Up First briefing: this; that; the other"
    r"|\bnewsletter\b|\bfirstft\b|\bearly edition\b"
    r"|: the latest\b(?= -)",  # a daily podcast's form
)
_LIVE_PAGE = re.compile(
    r"\blive(?: updates?| blog| briefing| coverage| news)?(?: ?:| -|$)"
    r"|\blive (?:updates?|blog|briefing|coverage)\b|\bwatch live\b"
    r"|\bwar (?:live|latest)\b|\blatest updates\b|\bas it happened\b",
)
_LIVE_ADDRESS = re.compile(r"/live(?:-?blog|-news|-updates?)?/|-live-(?:updates?|blog|briefing)\b")


def left_out(story: Story, series: Series) -> str | None:
    """Return why `story` is no candidate for `series` whatever it says, or None if it may be."""
    for rule in series.leave_out:
        if why := _RULES[rule](story, series):
            return why
    return None


def _own_instalment(story: Story, series: Series) -> str | None:
    heads = {f"{fold(series.title)}:", fold(series.title_template.partition("{")[0])}
    # "Gaza talks" alone may open anybody's headline.
    if fold(story.title).startswith(tuple(heads - {"", fold(series.title)})):
        return f'the title opens like an instalment of {series.title}: "{story.title}"'
    is_ours = story.outlet_kind == "own" or story.outlet in series.own_outlets
    if is_ours and f"/{series.key}-" in (story.url or ""):
        return f"our own page, and its address names {series.title}"
    return None


def _round_up(story: Story, _: Series) -> str | None:
    found = _ROUND_UP.search(fold(story.title))
    return f'a round-up of many stories: "{found[0]}" in the title' if found else None


def _live_page(story: Story, _: Series) -> str | None:
    if found := _LIVE_PAGE.search(fold(story.title)):
        return f'a live page, which changes all day: "{found[0].strip()}" in the title'
    if found := _LIVE_ADDRESS.search((story.url or "").lower()):
        return f'a live page, which changes all day: "{found[0]}" in the address'
    return None


_RULES: Mapping[str, Callable[[Story, Series], str | None]] = {
    "own_instalments": _own_instalment,
    "round_ups": _round_up,
    "live_pages": _live_page,
}
