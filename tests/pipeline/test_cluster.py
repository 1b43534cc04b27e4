"""Which development a story tells."""

from datetime import timedelta

import pytest

from pipeline.cluster import METHOD, Open, place
from pipeline.records import Candidate
from tests.builders import NOW

TALKS = "Envoys meet in Port Lucan for peace talks"
FLOODS = "Floods close Oldmere market hall"


def a_candidate(number: int, title: str, *, hours_ago: float = 1) -> Candidate:
    at = NOW - timedelta(hours=hours_ago)
    return Candidate(id=number, words=Open.words(title), title=title, last_at=at)


OPEN = (a_candidate(7, TALKS), a_candidate(8, FLOODS))


def test_another_outlets_headline_joins_and_says_what_it_shares() -> None:
    placed = place("Peace talks in Port Lucan enter third day", NOW, OPEN)
    assert placed.development == 7
    assert 0.36 <= placed.score < 1
    assert placed.why == f"shares “lucan”, “peace”, “port” and “talk” with “{TALKS}”"
    assert (placed.runner_up, placed.runner_up_score) == (None, 0.0)


def test_a_story_that_shares_nothing_opens_a_development() -> None:
    placed = place("Pilots vote on pay", NOW, OPEN)
    assert placed.development is None
    assert (placed.score, placed.runner_up, placed.runner_up_score) == (1.0, None, 0.0)
    assert placed.why == "a new development: nothing open shares two telling words with it"


def test_a_near_miss_opens_a_development_and_names_the_nearest() -> None:
    title = "Market hall traders in distant Wexcombe sue insurers over unpaid winter storm claims"
    placed = place(title, NOW, OPEN)
    assert placed.development is None
    assert placed.runner_up == 8
    assert 0 < placed.runner_up_score < 0.36
    assert placed.why.startswith(
        "a new development: it shares only “hall” and “market” with “Floods"
    )
    assert placed.why.endswith("needs 0.36)")


def test_the_second_best_is_kept_beside_the_best() -> None:
    near = a_candidate(9, "Port Lucan peace march draws thousands")
    placed = place("Port Lucan peace talks: envoys meet again", NOW, (*OPEN, near))
    assert placed.development == 7
    assert placed.runner_up == 9
    assert 0 < placed.runner_up_score < placed.score


def test_one_rare_word_is_never_enough() -> None:
    assert place("Oldmere: a portrait", NOW, OPEN).development is None


def test_two_everyday_words_are_not_enough_where_many_have_them() -> None:
    many = [
        a_candidate(n, f"Police arrest suspect in Town{n} Street{n} robbery") for n in range(400)
    ]
    assert place("Police arrest suspect", NOW, many).development is None


def test_common_words_count_less_than_rare_ones() -> None:
    many = [a_candidate(n, f"Minister speaks about Topic{n} budget") for n in range(100)]
    placed = place("Minister: Topic42 budget row", NOW, many)
    assert placed.development == 42


@pytest.mark.parametrize(("hours", "joins"), [(71, True), (73, False), (-71, True), (-73, False)])
def test_a_development_silent_for_three_days_takes_nothing_more(hours: int, joins: bool) -> None:
    candidate = a_candidate(7, TALKS, hours_ago=hours)
    assert (place(TALKS, NOW, [candidate]).development == 7) is joins


def test_equal_scores_go_to_the_older_development() -> None:
    assert place(TALKS, NOW, [a_candidate(9, TALKS), a_candidate(4, TALKS)]).development == 4


def test_headlines_in_any_script_are_compared() -> None:
    ukrainian = a_candidate(1, "Перемовини в Порт-Лукані тривають третій день")
    chinese = a_candidate(2, "特使在卢坎港举行和平会谈")
    assert place("Порт-Лукан: третій день, перемовини тривають", NOW, [ukrainian]).development == 1
    assert place("和平会谈在卢坎港继续", NOW, [chinese]).development == 2


def test_a_headline_without_words_opens_a_development() -> None:
    for title in ("", "?!", "The and of"):
        assert place(title, NOW, OPEN).development is None


def test_a_batch_sees_what_it_has_opened() -> None:
    board = Open([])
    assert board.place(TALKS, NOW).development is None
    board.add(31, TALKS, NOW)
    assert board.place("Envoys meet for peace talks in Port Lucan", NOW).development == 31


def test_a_further_story_keeps_a_development_open_and_does_not_widen_it() -> None:
    board = Open([a_candidate(7, TALKS, hours_ago=70)])
    board.add(7, FLOODS, NOW)
    later = NOW + timedelta(hours=60)
    assert board.place(TALKS, later).development == 7
    assert board.place(FLOODS, later).development is None


def test_an_earlier_story_that_comes_late_does_not_close_a_development() -> None:
    board = Open([a_candidate(7, TALKS)])
    board.add(7, TALKS, NOW - timedelta(hours=100))
    assert board.place(TALKS, NOW + timedelta(hours=70)).development == 7


def test_the_method_has_a_name_to_be_kept_with_each_placement() -> None:
    assert METHOD == "headline-words/1"
