"""The known ways to get developments wrong, one test each. All stories are invented."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

import pytest

from pipeline.cluster import Open, form_of
from pipeline.records import Placement
from tests.builders import NOW
from tests.pipeline.test_cluster import OTHERS, TALKS, Desk

# Two quakes of one week: the same form, other places, people, figures.
FIRST_QUAKE = (
    "Strong quake shakes Karvala coast, 23 dead",
    (
        "A magnitude 6.1 quake struck near the port of Karvala on Monday, killing 23 people, said "
        "governor Ilse Marrow. Rescue workers from Dunholm searched the rubble "
        "of the Sella market for "
        "survivors as aftershocks shook the coast and thousands slept outside."
    ),
)
AGAIN_FIRST_QUAKE = (
    "Rescuers search Karvala rubble after quake kills 23",
    (
        "Workers from Dunholm dug through the Sella market in Karvala on "
        "Tuesday after the 6.1 quake "
        "that killed 23 people. Governor Ilse Marrow asked for tents as "
        "aftershocks shook the coast."
    ),
)
OTHER_QUAKE = (
    "Strong quake shakes Tessin valley, 140 hurt",
    (
        "A magnitude 5.4 quake struck the mountains above Tessin on Thursday, "
        "injuring 140 people, said "
        "mayor Bruno Halvor. Soldiers from Ostmark cleared the road to the "
        "Grell dam while aftershocks "
        "shook the valley and thousands slept outside."
    ),
)
PLAN = "Cabinet of Oldmere weighs a secret plan to sell the Brennick docks to Velm Holdings"
FILLER = tuple((title, "") for title in OTHERS)


def placed(desk: Desk, *stories: tuple[str, str]) -> list[Placement]:
    return [desk.tell(title, text) for title, text in stories]


def test_case_14_two_quakes_in_one_week_are_two_developments() -> None:
    desk = Desk(*OTHERS)
    first, again, other, last = placed(
        desk, FIRST_QUAKE, AGAIN_FIRST_QUAKE, OTHER_QUAKE, AGAIN_FIRST_QUAKE
    )
    assert first.development is None
    assert again.development == last.development == 11
    assert other.development is None


def test_case_15_three_outlets_own_accounts_of_one_plan_are_one_development() -> None:
    desk = Desk(*OTHERS)
    accounts = (
        (PLAN, "The cabinet of Oldmere is weighing a plan to sell the Brennick docks to Velm."),
        ("Oldmere plans sale of Brennick docks", "Velm Holdings would buy the Brennick docks."),
        ("Brennick docks: Oldmere cabinet eyes Velm deal", "A sale to Velm Holdings is weighed."),
    )
    assert [one.development for one in placed(desk, *accounts)] == [None, 11, 11]


ROUNDUP = "Morning briefing: Port Lucan talks, Oldmere floods and the bakers' strike"
LIVE = "Live updates: peace talks in Port Lucan, floods in Oldmere, bakers strike over flour"


@pytest.mark.parametrize(("title", "form"), [(ROUNDUP, "roundup"), (LIVE, "live")])
def test_case_16_a_page_that_touches_three_developments_joins_none_and_says_so(
    title: str, form: str
) -> None:
    desk = Desk(*OTHERS, TALKS, "Floods close Oldmere market hall")
    found = desk.tell(title)
    assert (found.development, found.form, found.weighed) == (None, form, None)
    assert found.runner_up is not None
    assert "joins none" in found.why
    # And it draws nothing after it.
    assert desk.tell("Peace talks in Port Lucan: envoys meet again").development == 11


def test_a_live_page_of_one_development_joins_it_and_draws_nothing_after_it() -> None:
    desk = Desk(*OTHERS, TALKS)
    found = desk.tell(f"{TALKS} - live updates")
    assert (found.development, found.form, found.weighed) == (11, "live", None)


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("Photos of the day", "roundup"),
        ("War in Norland: what we know on day 528", "roundup"),
        ("Norland-Velm war: List of key events, day 531", "roundup"),
        ("Briefing - ferries and floods", "roundup"),
        ("Briefing of envoys ends in a walkout", ""),
        ("Live: floods in Oldmere", "live"),
        ("Live music returns to Brennick", ""),
        ("Norland v Velm: the final - live", "live"),
        ("Norland-Velm war live: envoys walk out", "live"),
        ("Norland live briefing: envoys walk out", "live"),
        ("Cities where envoys live", ""),
        ("Norland en direct : les pourparlers reprennent", "live"),
        ("Oldmere im Liveticker", "live"),
        ("Головне за день: перемовини в Порт-Лукані", "roundup"),
        ("Главное за неделю", "roundup"),
        ("今日要闻 卢坎港和平会谈", "roundup"),
        ("استئناف المحادثات", ""),
        ("", ""),
    ],
)
def test_forms_are_known_by_their_headlines(title: str, form: str) -> None:
    assert form_of(title) == form


def test_case_17_after_a_long_silence_a_story_opens_a_development_that_names_the_old_one() -> None:
    desk = Desk(*OTHERS, TALKS)
    found = desk.tell(TALKS, at=desk.at + timedelta(days=30))
    assert found.development is None
    assert found.follows == 11
    assert found.follows_score > 0.5
    assert f"with “{TALKS}”" in found.follows_why


def test_of_old_developments_three_at_most_are_looked_at() -> None:
    desk = Desk(*OTHERS, *(f"{TALKS} {n}" for n in range(2)))
    for n in range(5):
        weighed = desk.board.weigh(TALKS, "")
        desk.board.add(100 + n, 100 + n, weighed, title=TALKS, at=desk.at)
    found = desk.tell(TALKS, at=desk.at + timedelta(days=30))
    assert found.follows is not None


def drifting() -> list[tuple[str, str]]:
    """Accounts that each share most with the one before and, in the end, nothing with the first."""
    names = [f"Marker{chr(97 + n // 26)}{chr(97 + n % 26)}ton" for n in range(80)]
    stories = []
    for step in range(40):
        around = names[step : step + 24]
        stories.append((names[step + 12], ", ".join([*around, *map(str.lower, around)])))
    return stories


def test_case_18_a_subject_that_shifts_step_by_step_opens_developments_that_follow() -> None:
    desk = Desk(*OTHERS)
    found = placed(desk, *drifting())
    opened = [one for one in found if one.development is None]
    assert len(opened) > 1
    assert "too little of that one's beginning" in opened[1].why
    assert opened[1].follows == opened[1].runner_up == 11
    ends = {one.development for one in found[-3:]}
    assert 11 not in ends


def test_case_19_one_text_in_forty_outlets_moves_nothing() -> None:
    # Copies are told before clustering and are not given to it: the board holds the one text.
    desk, crowd = Desk(*OTHERS, TALKS), Desk(*OTHERS, TALKS)
    later = "Port Lucan envoys sign a ferry treaty"
    assert desk.tell(later) == crowd.tell(later)


def test_case_20_the_same_happening_in_another_language_stays_apart() -> None:
    desk = Desk(*OTHERS, TALKS)
    found = desk.tell("Посланці зустрілися в Порт-Лукані на мирні перемовини")
    assert found.development is None  # a miss, and a known one


def test_case_21_what_an_editor_ruled_is_as_if_it_had_been_so_from_the_beginning() -> None:
    desk = Desk(*OTHERS)
    placed(desk, FIRST_QUAKE, AGAIN_FIRST_QUAKE, OTHER_QUAKE, (TALKS, ""), ("Whale talk", TALKS))
    ruled = {11: 11, 12: 500, 13: 11, 14: 500}  # split one, merge another, and one to the new one
    titles = {11: "Ruled", 500: "Split off"}
    desk.board.move([(number, to, titles[to]) for number, to in ruled.items()])
    fresh = Open()
    for number, development, weighed, title, at in desk.kept:
        to = ruled.get(number, development)
        fresh.add(number, to, weighed, title=titles.get(to, title), at=at)
    for title, text in (FIRST_QUAKE, OTHER_QUAKE, (TALKS, ""), *FILLER):
        later = desk.at + timedelta(hours=1)
        assert desk.board.place(title, text, later) == fresh.place(title, text, later)


def test_moving_what_is_forgotten_or_everything_of_a_development_leaves_nothing_behind() -> None:
    desk = Desk(*OTHERS, TALKS)
    desk.board.move([(11, 1, OTHERS[0]), (999, 1, OTHERS[0])])
    assert desk.tell(f"{TALKS} again").development == 1


def stream() -> list[tuple[str, str]]:
    stories = [FIRST_QUAKE, OTHER_QUAKE, (TALKS, ""), *FILLER]
    told = [
        (f"{title} {word}", f"{text} {word}")
        for title, text in stories
        for word in ("today", "again", "officials", "yesterday")
    ]
    random.Random(5).shuffle(told)
    return told


def pairs(told: Sequence[tuple[str, str]]) -> set[frozenset[str]]:
    """Which stories stand together, placed in this order."""
    board = Open()
    where: dict[str, int] = {}
    for number, (title, text) in enumerate(told, start=1):
        found = board.place(title, text, NOW + timedelta(minutes=number))
        assert found.weighed is not None
        where[title] = found.development or number
        board.add(number, where[title], found.weighed, title=title, at=NOW)
    return {frozenset(two) for two in combinations(where, 2) if len({where[t] for t in two}) == 1}


def test_case_22_shuffled_arrivals_change_few_places() -> None:
    told = stream()
    shuffled = told[:]
    for start in range(0, len(shuffled), 8):  # within an hour, so to speak
        part = shuffled[start : start + 8]
        random.Random(start).shuffle(part)
        shuffled[start : start + 8] = part
    one, other = pairs(told), pairs(shuffled)
    assert len(one) > 50
    assert len(one ^ other) <= 0.1 * len(one)


# --- sub-developments


def test_a_further_step_opens_a_development_that_goes_on_from_the_one_before() -> None:
    desk = Desk(*OTHERS)
    talks = (
        "Envoys of Norland and Velm begin peace talks in Port Lucan",
        "Envoys of Norland and Velm sat down in Port Lucan on Monday, said minister Ilse Marrow.",
    )
    step = (
        "Marrow resigns after quarrel over prisoner lists",
        (
            "Minister Ilse Marrow of Norland stepped down on Friday in Oldmere, "
            "citing a quarrel with "
            "Bruno Halvor about lists of prisoners which Norland had handed to Velm."
        ),
    )
    first, later = placed(desk, talks, step)
    assert first.development is None
    assert later.development is None
    assert later.follows == 11


# --- languages


@pytest.mark.parametrize(
    "titles",
    [
        ("Peace talks in Port Lucan enter third day", "Port Lucan peace talks: third day begins"),
        ("Мирні перемовини в Порт-Лукані тривають", "Порт-Лукан: мирні перемовини тривають вдень"),
        ("Мирные переговоры в Порт-Лукане идут", "Идут мирные переговоры, Порт-Лукан, день два"),
        ("Pourparlers de paix à Port-Lucan", "Port-Lucan : les pourparlers de paix continuent"),
        ("Friedensgespräche in Port Lucan", "Port Lucan: Friedensgespräche gehen weiter"),
        ("Conversaciones de paz en Puerto Lucán", "Puerto Lucán: siguen conversaciones de paz"),
        ("محادثات السلام في بورت لوكان", "بورت لوكان: محادثات السلام تستمر"),
        ("卢坎港和平会谈进入第三天", "卢坎港和平会谈继续举行"),
    ],
)
def test_two_headlines_of_one_happening_meet_in_any_script(titles: tuple[str, str]) -> None:
    desk = Desk(*OTHERS)
    first, second = (desk.tell(title) for title in titles)
    assert first.development is None
    assert second.development == 11
    assert "shares “" in second.why
