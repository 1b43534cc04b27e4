"""What stands in quotation marks, whatever marks a text uses. All texts are invented."""

import pytest

from pipeline.tag.marks import LONGEST, quoted


def words(text: str) -> list[str]:
    return [text[one.start : one.end] for one in quoted(text)]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('"We wait," he said.', ["We wait,"]),
        ("“We wait,” he said.", ["We wait,"]),
        ('“We wait," he said.', ["We wait,"]),  # a curly mark closed by a straight one
        ('"We wait,” he said.', ["We wait,"]),
        ("“We wait“, he said.", ["We wait"]),  # the opening mark at both ends
        ("”We wait,” he said.", ["We wait,"]),  # Swedish
        ("„Wir warten“, sagte er.", ["Wir warten"]),
        ("„Wir warten”, powiedział.", ["Wir warten"]),
        ("« Nous attendons », a-t-il dit.", ["Nous attendons"]),
        ("»Wir warten«, sagte er.", ["Wir warten"]),
        ("``We wait,'' he said.", ["We wait,"]),
        ("``We wait , `` he said .", ["We wait ,"]),
        ("‘We wait,’ he said.", ["We wait,"]),
        ("'We wait,' he said.", ["We wait,"]),
        ('He said , " We wait . " Then he left .', ["We wait ."]),  # marks set apart
        ('"We wait,"said the guard.', ["We wait,"]),
        ('They left—"for good"—on Monday.', ["for good"]),
        ("Minister ‘secretly’ met envoys", ["secretly"]),
    ],
)
def test_every_kind_of_mark_opens_and_closes(text: str, inside: list[str]) -> None:
    assert words(text) == inside


@pytest.mark.parametrize(
    "text",
    [
        "The workers' delegation met the ministers' aides in the '90s.",
        "Rock 'n' roll, 'tis said, paid for 'em.",
        'A board of 6\'2" by 10" was cut.',
        "The town 's mayor and the river 's bank",
        "He began “We wait and nothing came of it.",  # never closed
        'It was a stray" mark.',
        "A lone ” mark and a lone ’ mark",
        'An empty "" pair and "…" of nothing',
        "It`s a slip of the keyboard",
    ],
)
def test_apostrophes_feet_and_stray_marks_are_no_quotations(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (
            "“When he says ‘close’, I hear ‘tired’,” she said.",
            ["When he says ‘close’, I hear ‘tired’,"],
        ),
        ("'He said \"no\" to us,' she said.", ['He said "no" to us,']),
        ('“He said "no" to us,” she said.', ['He said "no" to us,']),
        ('"He said “no” to us," she said.', ["He said “no” to us,"]),
        ("« Il a dit “non” », dit-elle.", ["Il a dit “non”"]),
        ("‘The workers’ party is over,’ he said.", ["The workers’ party is over,"]),
        ("‘peace talks’ with Ruritania", ["peace talks"]),
        ("‘peace talks’ with the miners’ union", ["peace talks"]),
    ],
)
def test_what_is_quoted_inside_stays_inside(text: str, inside: list[str]) -> None:
    assert words(text) == inside


def test_a_quotation_over_paragraphs_is_one_and_the_next_may_open_another() -> None:
    text = "“One.\n\n“Two.\n\n“Three,” she said.\n\n“Four.”"
    assert words(text) == ["One.\n\n“Two.\n\n“Three,", "Four."]
    assert words('"One.\n\n"Two," she said.') == ['One.\n\n"Two,']


def test_a_paragraph_that_opens_with_no_mark_ends_what_was_never_closed() -> None:
    assert words('"One.\n\nTwo said "three" there.') == ["three"]
    assert words("'One.\n\nTwo's there.") == []


def test_a_mark_that_opens_within_what_is_open_goes_on_after_a_sentence_or_opens_anew() -> None:
    assert words('"We wait. "We win," he said.') == ['We wait. "We win,']  # a break was lost
    assert words("“We wait and “we win,” he said.") == ["we win,"]  # the first was never closed
    assert words('“He said "no "yes" to us,” she said.') == ["yes"]


def test_a_line_that_merely_ends_ends_nothing() -> None:
    assert words('"We wait\nand we win," he said.') == ["We wait\nand we win,"]


def test_what_is_too_long_for_a_quotation_is_none() -> None:
    assert words('"' + "word " * LONGEST + '" he said') == []


def test_blanks_beside_the_marks_are_not_quoted() -> None:
    (one,) = quoted("« Oui »")
    assert (one.opens, one.start, one.end, one.closes) == (0, 2, 5, 7)


@pytest.mark.parametrize(
    "mark", ['"', "'a ", "“", '" "', "‘a", '\n\n"', "«", " ‘a’ s", "\n \n", "''"]
)
def test_texts_made_of_marks_end_soon(mark: str) -> None:
    assert isinstance(quoted(mark * 20_000), list)
