"""Whatever a story says, clustering places it, and places it the same again."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cluster import Open, form_of
from tests.builders import NOW
from tests.pipeline.test_cluster import OTHERS, TALKS

TEXTS = st.text(max_size=300) | st.lists(st.sampled_from([*OTHERS, TALKS])).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(-3, 20)), max_size=12))
def test_any_stories_are_placed_and_the_same_ones_alike(
    stories: list[tuple[str, str, int]],
) -> None:
    boards = Open(), Open()
    for number, (title, text, days) in enumerate(stories, start=1):
        at = NOW + timedelta(days=days)
        one, other = (board.place(title, text, at) for board in boards)
        assert one == other
        assert 0 <= one.runner_up_score <= 1
        assert 0.5 <= one.score <= 1 or one.development is None
        assert one.form == form_of(title)
        if one.weighed is None:
            continue
        weighed = one.weighed
        assert len(weighed.words) == len(weighed.weights) == len(weighed.headline)
        assert len(weighed.words) < 1000
        for board in boards:
            board.add(number, one.development or number, weighed, title=title, at=at)


def test_a_headline_without_an_end_costs_no_more_than_a_long_one() -> None:
    endless = " ".join(f"word{n}" for n in range(100_000))
    assert len(Open().weigh(endless, endless).words) < 400
