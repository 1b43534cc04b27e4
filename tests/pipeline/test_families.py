"""Which of several stories are one text, and which is the original: the same in any order.

All texts are invented.
"""

from datetime import timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedupe import Families, Kin, Link, came, read, shared_by
from pipeline.dedupe.families import rank
from pipeline.records import Relation
from tests.builders import NOW

SENTENCES = (
    "The ferry company said on Monday that it would resume its night sailings next week.",
    "A court had halted the sale of the terminal at Aldwick to a group of investors.",
    "Crews accepted an offer on pay of 312 crowns that the union called too little in May.",
    "Traders in Brennick had complained of empty stalls and 40 lost jobs since the spring.",
    "The harbour master expects the first boat to leave at dusk, if the weather permits.",
    "Passengers will find the waiting room painted green, and the old clock repaired at last.",
)
TEXT = " ".join(SENTENCES)
OTHER = "Whales were seen off the pier by children from the village school, who drew the gulls."
SAID = Relation(kind="reissue", score=1.0, why=("a person says so",))


def kin(
    story: int, text: str = TEXT, title: str = "Night ferries resume", *, is_wire: bool = False
) -> Kin:
    at = NOW + timedelta(minutes=story)
    reading = read(title, text, outlet=f"paper{story}", at=at)
    return Kin(id=story, at=at, is_wire=is_wire, reading=reading)


def families(*known: Kin) -> Families:
    return Families(kin={one.id: one for one in known})


def compared(known: Families) -> Families:
    for one in known.kin:
        for other in known.kin:
            known.compare(one, other)
    return known


def test_when_a_story_came_is_what_it_says_where_that_can_be_believed() -> None:
    assert came(NOW - timedelta(hours=5), NOW) == NOW - timedelta(hours=5)
    assert came(NOW - timedelta(days=30), NOW) == NOW
    assert came(NOW + timedelta(minutes=1), NOW) == NOW
    assert came(None, NOW) == NOW


def test_the_first_is_the_original_a_wires_before_an_outlets_a_correction_never() -> None:
    corrected = kin(0, title="CORRECTED-Night ferries resume", is_wire=True)
    paper, wire, late = kin(1), kin(2, is_wire=True), kin(3, is_wire=True)
    known = compared(families(corrected, paper, late, wire))
    assert [one.id for one in sorted(known.kin.values(), key=rank)] == [2, 3, 1, 0]
    assert {story: known.root(story) for story in known.kin} == dict.fromkeys(range(4), 2)
    told = {story: (root, link.relation.kind) for story, root, link in known.told(known.links)}
    assert told == {0: (2, "correction"), 1: (2, "syndicated"), 3: (2, "syndicated")}


def test_a_copy_of_a_copy_is_called_what_it_is_to_that_where_the_original_is_unlike_it() -> None:
    both = kin(2, f"{TEXT} {OTHER}")
    known = compared(families(kin(1), both, kin(3, OTHER, "Whales")))
    [_, (story, root, link)] = known.told([2, 3])
    assert (story, root, link.of, link.relation.kind) == (3, 1, 2, "excerpt")


def test_a_text_that_changed_is_freed_and_what_a_person_said_stays() -> None:
    known = compared(families(kin(1), kin(2), kin(3)))
    known.links[3] = Link(of=1, relation=SAID, by="ines")
    for story in (1, 2, 3):
        known.free(story)
    assert known.links.keys() == {3}
    known.compare(3, 2)
    assert known.links[3].by == "ines"


def test_what_a_person_keeps_apart_stays_so_whichever_way_it_would_come_together() -> None:
    known = families(kin(1), kin(2), kin(3), kin(4))
    known.apart = {2: {1}, 1: {2}}
    compared(known)
    assert known.root(2) != known.root(1)
    known = compared(families(kin(2), kin(3)))  # one family; then comes what 3 is kept from
    known.kin[1] = kin(1)
    known.apart = {3: {1}, 1: {3}}
    known.compare(1, 2)
    known.part(known.copies([2, 99]))
    assert known.root(3) != known.root(1)
    assert known.root(2) == 1


def test_nothing_becomes_a_copy_of_its_own_copy() -> None:
    known = families(kin(1), kin(2), kin(3))
    known.links[1] = Link(of=2, relation=SAID, by="ines")
    compared(known)
    assert {story: known.root(story) for story in known.kin} == {1: 2, 2: 2, 3: 2}


def test_what_is_known_of_by_its_number_only_gives_way_to_what_can_be_compared() -> None:
    known = families(kin(1), kin(2))
    known.links[2] = Link(of=77, relation=SAID)
    assert list(known.told([2])) == [(2, 77, known.links[2])]
    known.compare(1, 2)
    assert known.links[2].of == 1


def test_of_two_originals_the_nearer_one_is_taken_and_of_equals_the_first() -> None:
    half = " ".join(SENTENCES[:4])
    far = kin(1, f"{half} {OTHER}")
    for order in permutations((far, kin(2), kin(3), kin(4, f"{TEXT} All rights reserved."))):
        known = Families()
        for one in order:
            known.kin[one.id] = one
            for other in known.kin:
                known.compare(one.id, other)
        assert known.links[3].of == known.links[4].of == 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_order_of_arrival_ends_the_same_with_one_original_each(data: st.DataObject) -> None:
    cuts = st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=6, unique=True)
    words = data.draw(st.lists(cuts, min_size=2, max_size=6))
    marks = data.draw(st.lists(st.sampled_from(("", "CORRECTED-", "UPDATE 1-")), min_size=6))
    stories = [
        kin(n, " ".join(of), f"{marks[n]}Night ferries resume", is_wire=n % 3 == 0)
        for n, of in enumerate(words)
    ]
    ends = []
    for order in (stories, data.draw(st.permutations(stories))):
        known = Families()
        for one in order:
            known.kin[one.id] = one
            for other in known.kin:
                known.compare(one.id, other)
        ends.append({story: (known.root(story), known.links.get(story)) for story in known.kin})
        originals = {known.root(story) for story in known.kin}
        assert not originals & known.links.keys()
        assert all(known.root(link.of) in originals for link in known.links.values())
        assert not {(link.of, story) for story, link in known.links.items()} & {
            (story, link.of) for story, link in known.links.items()
        }
    assert ends[0] == ends[1]


def test_a_copy_is_called_what_it_is_to_the_original_though_it_was_never_compared_with_it() -> None:
    cut = " ".join(SENTENCES[:3])
    known = families(kin(1), kin(2, f"{TEXT} All rights reserved."), kin(3, cut))
    known.compare(3, 2)
    known.compare(2, 1)
    [_, (story, root, link)] = known.told([1, 2, 3])
    assert (story, root, link.of, link.relation.kind) == (3, 1, 1, "excerpt")


def test_what_too_many_carry_finds_nobody_and_the_rest_is_counted() -> None:
    carried: list[dict[int, set[int]]] = [{7: {1, 2}, 8: {2}}, {7: {2, 3}, 9: {4}}]
    assert shared_by([7, 8, 9, 10], *carried, most=3) == {1: 1, 2: 2, 3: 1, 4: 1}
    assert shared_by([7, 8, 9, 10], *carried, most=2) == {2: 1, 4: 1}
