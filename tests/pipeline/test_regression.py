"""The regression that learning leans on: which way weights go, and how far they may."""

from pipeline.match.regression import fit

ROWS = [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]] * 5
WANTED = [True, True, False, False] * 5


def test_what_tells_wanted_rows_from_others_gets_the_weight() -> None:
    (telling, idle), base = fit(ROWS, WANTED, [1.0] * len(ROWS), freedom=1.0)
    assert telling > 1.0
    assert abs(idle) < 0.01
    assert base < 0.0  # without anything that tells, a row is not wanted


def test_weights_leave_nought_no_further_than_they_are_free_to() -> None:
    freely, _ = fit(ROWS, WANTED, [1.0] * len(ROWS), freedom=10.0)
    closely, _ = fit(ROWS, WANTED, [1.0] * len(ROWS), freedom=0.01)
    assert 0.0 < closely[0] < freely[0] / 5


def test_rows_that_weigh_nothing_teach_nothing() -> None:
    misled = [*ROWS, *([[1.0, 0.0]] * 50)]
    weights = [1.0] * len(ROWS) + [0.0] * 50
    told, _ = fit(misled, [*WANTED, *([False] * 50)], weights, freedom=1.0)
    assert told[0] > 1.0
