"""Which words rise and fall among what was decided. All headlines are invented."""

from datetime import UTC, datetime, timedelta

from pipeline.match.drift import Decided, drift

NOW = datetime(2026, 3, 13, tzinfo=UTC)


def decided(title: str, weeks: int, *, is_wanted: bool = True) -> Decided:
    return Decided(title=title, is_wanted=is_wanted, at=NOW - timedelta(weeks=weeks, hours=1))


def test_a_word_of_the_last_weeks_rises_and_one_of_before_falls() -> None:
    told = [decided(f"Envoys meet at Brennick, round {n}", 1) for n in range(4)]
    told += [decided(f"Envoys meet at Aldwick, round {n}", 9) for n in range(4)]
    found = drift(told, NOW)
    moving = {one.term: (one.is_rising, one.lately, one.before) for one in found.accepted}
    assert moving == {"brennick": (True, 4, 0), "aldwick": (False, 0, 4)}
    assert found.rejected == ()


def test_what_is_rejected_is_told_apart_and_numbers_and_single_words_move_nothing() -> None:
    told = [decided(f"Regatta 2026 at quay {n}", 1, is_wanted=False) for n in range(3)]
    told += [decided("Lighthouse painted", 9, is_wanted=False), decided("Once", 1)]
    found = drift(told, NOW)
    assert [one.term for one in found.rejected] == ["quay", "regatta"]
    assert found.accepted == ()


def test_nothing_moves_where_there_is_nothing_to_compare_with() -> None:
    assert drift([], NOW) == drift([decided("Ferry talks", 1)] * 5, NOW)
    assert drift([decided("Ferry talks", 9)] * 5, NOW).accepted == ()
