"""Which development a story tells."""

from datetime import datetime, timedelta

import pytest

from pipeline.cluster import (
    MEASURES,
    METHOD,
    SHIPPED,
    Example,
    Open,
    Setting,
    first_remembered,
    fit,
    memory,
    why,
)
from pipeline.cluster import open as opened
from pipeline.cluster.timing import Timing, bin_of
from pipeline.records import Placement, Weighed
from tests.builders import NOW

TALKS = "Envoys meet in Port Lucan for peace talks"
FLOODS = "Floods close Oldmere market hall"
# A stream's words become telling only beside others.
OTHERS = (
    "Bakers strike over flour prices",
    "Whale seen off Brennick pier",
    "Pilots reject pay offer",
    "Court halts sale of a ferry terminal",
    "Divers search for lost ship's bell",
    "Orchard growers fear late frost",
    "Chess champion loses to a schoolgirl",
    "Tram line reopens after repairs",
    "Senate debates fishing quotas",
    "Comet visible until Sunday",
)


class Desk:
    """A board on which stories are placed one after the other, each an hour after the last."""

    def __init__(self, *titles: str, setting: Setting = SHIPPED) -> None:
        self.board = Open(setting)
        self.number = 0
        self.at = NOW
        self.kept: list[tuple[int, int, Weighed, str, datetime]] = []
        for title in titles:
            self.tell(title)

    def tell(self, title: str, text: str = "", *, at: datetime | None = None) -> Placement:
        self.at = at or self.at + timedelta(hours=1)
        placed = self.board.place(title, text, self.at)
        if placed.weighed is None:  # of a form that is not remembered
            return placed
        self.number += 1
        development = placed.development or self.number
        self.add(self.number, development, placed.weighed, title, self.at)
        return placed

    def near(self, title: str, text: str = "", at: datetime | None = None) -> list[opened.Near]:
        return self.board.measured(self.board.weigh(title, text), at or self.at)[0]

    def add(self, *told: object) -> None:
        number, development, weighed, title, at = told
        assert isinstance(number, int)
        assert isinstance(development, int)
        assert isinstance(weighed, Weighed)
        assert isinstance(title, str)
        assert isinstance(at, datetime)
        first = next((one[3] for one in self.kept if one[1] == development), title)
        self.board.add(number, development, weighed, title=first, at=at)
        self.kept.append((number, development, weighed, first, at))


@pytest.fixture
def desk() -> Desk:
    return Desk(*OTHERS, TALKS, FLOODS)


def test_another_outlets_account_joins_and_says_what_it_shares(desk: Desk) -> None:
    placed = desk.tell("Peace talks in Port Lucan enter third day", "Envoys meet again.")
    assert placed.development == 11
    assert 0.5 <= placed.score < 1
    assert placed.why.startswith("shares “lucan”, “peace”, “port”")
    assert placed.why.endswith(f"with “{TALKS}”")


def test_a_story_that_shares_nothing_opens_a_development(desk: Desk) -> None:
    placed = desk.tell("Volcano")
    assert placed.development is None
    assert (placed.score, placed.runner_up, placed.runner_up_score) == (1.0, None, 0.0)
    assert placed.why == "a new development: nothing open is like it"


def test_a_near_miss_opens_a_development_and_names_the_nearest(desk: Desk) -> None:
    title = "Market hall traders in distant Wexcombe sue insurers over unpaid winter storm claims"
    placed = desk.tell(title)
    assert placed.development is None
    assert placed.runner_up == 12
    assert placed.score == pytest.approx(1 - placed.runner_up_score)
    assert 0 < placed.runner_up_score < 0.5
    assert placed.why.startswith("a new development: shares “hall” and “market” with “Floods")
    assert f"({placed.runner_up_score:.2f})" in placed.why


def test_the_second_best_is_kept_beside_the_best(desk: Desk) -> None:
    desk.tell("Lucan students march for peace, thousands sing hymns on the bridge")
    placed = desk.tell("Port Lucan peace talks: envoys meet again")
    assert placed.development == 11
    assert placed.runner_up == 13
    assert 0 < placed.runner_up_score < placed.score


def test_one_rare_word_is_never_enough(desk: Desk) -> None:
    assert desk.tell("Oldmere").development is None


def test_words_that_many_stories_have_count_less_than_rare_ones() -> None:
    desk = Desk(*(f"Minister opens Bridge{n} Harbour{n} Museum{n} Guest{n}" for n in range(60)))
    assert desk.board.place("Minister: Bridge42 Museum42", "", desk.at).development == 43
    assert desk.board.place("Minister opens Gallery", "", desk.at).development is None


def test_a_development_silent_for_two_weeks_takes_nothing_more(desk: Desk) -> None:
    later = desk.at + timedelta(days=13)
    assert desk.board.place(TALKS, "", later).development == 11
    much_later = desk.at + timedelta(days=15)
    assert desk.board.place(TALKS, "", much_later).development is None


def test_headlines_in_any_script_are_compared() -> None:
    desk = Desk(
        *OTHERS,
        "Перемовини в Порт-Лукані тривають третій день",
        "特使在卢坎港举行和平会谈",
        "استئناف محادثات السلام في بورت لوكان",
    )
    ukrainian = desk.tell("Порт-Лукан: третій день, перемовини тривають")
    assert ukrainian.development == 11
    assert desk.tell("特使和平会谈在卢坎港继续").development == 12
    assert desk.tell("محادثات السلام في بورت لوكان تستأنف").development == 13


def test_a_headline_without_words_opens_a_development(desk: Desk) -> None:
    for title in ("", "?!", "The and of"):
        assert desk.tell(title).development is None


def test_a_headlines_words_are_kept_however_long_the_text_is() -> None:
    title = " ".join(f"word{n}" for n in range(90))
    weighed = Open().weigh(title, "zebra " * 30)
    assert len(weighed.words) == 91
    assert weighed.words[0] == "zebra"
    assert weighed.headline[0] == 0
    assert all(weighed.headline[1:])


def test_a_development_is_known_by_its_first_stories_and_its_last() -> None:
    desk = Desk(*OTHERS)
    for n in range(45):
        desk.add(100 + n, 11, desk.board.weigh(TALKS, f"step{n}"), TALKS, desk.at)
    [near] = desk.near(TALKS, "step0")
    [middle] = desk.near(TALKS, "step15")
    assert near.development == middle.development == 11
    whole = MEASURES.index("whole")
    assert near.measures[whole] > middle.measures[whole]  # that one is no longer among them


def test_whoever_begins_with_the_last_stories_goes_on_like_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "BLOCK", 8)  # ours, a number: a test of 200,000 stories is none
    monkeypatch.setattr(memory, "BLOCKS", 3)
    titles = [f"{title} {n % 7}{n % 5}" for n in range(12) for title in (*OTHERS, TALKS)]
    old = Desk(*titles)
    fresh = Desk()
    first = first_remembered(old.number)
    assert first > 100
    for told in old.kept:
        if told[0] >= first:
            fresh.add(*told)
    fresh.number, fresh.at = old.number, old.at
    for title in titles[:40]:
        assert fresh.tell(title) == old.tell(title)


def test_what_is_forgotten_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BLOCK", 5)
    monkeypatch.setattr(memory, "BLOCKS", 1)
    desk = Desk(*OTHERS)
    assert first_remembered(10) == 5
    assert desk.board.place(OTHERS[0], "", desk.at).development is None  # 1 to 4 are gone
    assert desk.board.place(OTHERS[7], "", desk.at).development == 8


def test_a_word_that_hundreds_have_finds_the_latest_of_them() -> None:
    desk = Desk()
    for n in range(1300):
        weighed = desk.board.weigh("Harbour notice", "")
        desk.board.add(n + 1, n + 1, weighed, title="Harbour", at=desk.at)
    near = desk.near("Harbour notice")
    assert near
    assert min(one.development for one in near) > 1000


def test_where_much_is_met_the_rest_of_the_words_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(*(f"{TALKS} {n}" for n in range(6)))
    monkeypatch.setattr(opened, "_LOOKED_AT", 3)
    near = desk.near(TALKS)
    assert near


def test_a_story_is_held_against_a_dozen_developments_at_most() -> None:
    desk = Desk()
    for n in range(20):
        weighed = desk.board.weigh(f"Harbour notice {n}", "")
        desk.board.add(n + 1, n + 1, weighed, title="Harbour", at=desk.at)
    near = desk.near("Harbour notice")
    assert len(near) == 12


# --- times


def a_rush(minutes: int, *, happenings: int = 60) -> Desk:
    """A stream in which each happening is told three times within minutes, then never again."""
    desk = Desk()
    at = NOW
    for n in range(happenings):
        at += timedelta(hours=5)
        for turn in range(3):
            told = at + timedelta(minutes=minutes * turn)
            desk.tell(f"Happening{n} at Place{n} involving Person{n}", f"turn{turn}", at=told)
    return desk


def test_what_times_say_is_learnt_from_the_stream_and_told() -> None:
    desk = a_rush(2)
    again = "Happening59 at Place59: Person59 and others"
    soon = desk.board.place(again, "", desk.at + timedelta(minutes=2))
    late = desk.board.place(again, "", desk.at + timedelta(days=3))
    assert soon.score > late.runner_up_score or soon.score > late.score
    assert soon.why.endswith("2 minutes after its last story, as is usual within one development")
    assert late.why.endswith("is not enough (0.00)") or "3 days after its last story" in late.why


def test_one_word_is_enough_where_times_speak_for_it() -> None:
    desk = a_rush(2)
    near = desk.near("Happening59", at=desk.at + timedelta(minutes=1))
    assert [one.development for one in near] == [178]


def test_times_count_for_nothing_before_anything_was_seen() -> None:
    timing = Timing()
    assert timing.evidence(timedelta(minutes=1)) == 0
    assert timing.silence() == 0


def test_times_that_do_not_differ_say_nothing_and_that_is_known() -> None:
    timing = Timing()
    for n in range(200):
        timing.count(n % 9, [n % 9, (n + 3) % 9])
    assert abs(timing.evidence(timedelta(minutes=1))) < 0.05
    assert timing.silence() > 0.9


def test_counts_are_taken_back_exactly() -> None:
    timing = Timing()
    for _ in range(50):
        timing.count(3, [9])
    before = [timing.evidence(timedelta(seconds=2.6**n)) for n in range(12)]
    timing.count(7, [2, 2])
    timing.count(7, [2, 2], -1)
    timing.count(None, [])
    assert [timing.evidence(timedelta(seconds=2.6**n)) for n in range(12)] == before
    assert before[2] > 0 > before[8]


def test_bins_reach_further_and_further_in_either_direction() -> None:
    assert bin_of(timedelta()) == 0
    assert bin_of(timedelta(seconds=1)) == 1
    assert bin_of(timedelta(hours=1)) == bin_of(timedelta(hours=-1)) > bin_of(timedelta(minutes=5))
    assert bin_of(timedelta(days=400_000)) == 25


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (timedelta(0), "0 seconds after"),
        (timedelta(seconds=-1), "1 second before"),
        (timedelta(hours=1), "1 hour after"),
        (timedelta(days=9), "9 days after"),
    ],
)
def test_times_are_told_in_words(gap: timedelta, told: str) -> None:
    assert why.apart(gap) == told


# --- learning


def test_weights_follow_what_tells_apart_and_each_set_counts_alike() -> None:
    blank = (0.0,) * (len(MEASURES) - 1)
    likes = [Example((n / 40, *blank), n > 20) for n in range(41)]
    found = fit([likes], SHIPPED)
    assert found.weights[0] > 3
    assert [w for n, w in enumerate(found.weights) if MEASURES[n] not in {"whole", "time"}] == [
        0
    ] * 7
    assert found.weights[MEASURES.index("time")] == 2.5  # what times count is known beforehand
    assert found.logit((0.9, *blank), 0) > 0 > found.logit((0.1, *blank), 0)
    assert fit([likes, likes * 5], SHIPPED, worth=500) == found


def test_fewer_words_are_enough_where_times_say_nothing() -> None:
    measures = (0.2,) * len(MEASURES)
    assert SHIPPED.logit(measures, 1.0) > SHIPPED.logit(measures, 0.0)


def test_the_method_has_a_name_to_be_kept_with_each_placement() -> None:
    assert METHOD == "learned-words/2"
