"""Transcripts of official briefings: whose turn it is, and what is then said. All invented."""

from pipeline.records import Story
from pipeline.tag.briefings import turns
from pipeline.tag.quotes import find_quotes

TRANSCRIPT = """Department Press Briefing
May 30, 2024
Daniel Whitcombe, Department Spokesperson

MR WHITCOMBE: Good afternoon, everyone. I have one thing to say at the top.

The envoys met on Monday, and "nobody" walked away.

QUESTION: Will they meet again?

MR WHITCOMBE: Yes.

QUESTION: When?

MR WHITCOMBE (via video): I would expect them to meet before the summer is out.
"""


def test_turns_say_who_has_the_word_and_what_is_a_question() -> None:
    found = turns(TRANSCRIPT)
    assert [(one.who, one.is_question) for one in found] == [
        ("MR WHITCOMBE", False),
        ("QUESTION", True),
        ("MR WHITCOMBE", False),
        ("QUESTION", True),
        ("MR WHITCOMBE", False),
    ]
    assert TRANSCRIPT[found[1].start : found[1].end] == "Will they meet again?"


def test_what_a_speaker_says_is_quoted_by_paragraph_with_forum_and_day() -> None:
    story = Story(title="Department Press Briefing - May 30, 2024", text=TRANSCRIPT)
    found = find_quotes(story)
    assert [one.text for one in found] == [
        "Good afternoon, everyone. I have one thing to say at the top.",
        'The envoys met on Monday, and "nobody" walked away.',
        "I would expect them to meet before the summer is out.",
    ]
    for one in found:
        assert TRANSCRIPT[one.span.start : one.span.end] == one.text
        assert (one.kind, one.speaker, one.office) == (
            "direct",
            "Daniel Whitcombe",
            "Department Spokesperson",
        )
        assert (one.forum, one.day) == ("Department Press Briefing", "May 30, 2024")


def test_questions_and_answers_go_by_their_letters_too() -> None:
    text = (
        "Doorstep statement by Lena Harju\n\nQ: Is it over?\n\nA: It is over when we say it is.\n\n"
        "Q: And then?\n\nA: Then we all go home by boat."
    )
    found = find_quotes(Story(title="Doorstep statement", text=text))
    assert [one.speaker for one in found] == ["Lena Harju", "Lena Harju"]
    several = text.replace("Lena Harju", "Lena Harju and Ilo Brandt")
    assert [one.speaker for one in find_quotes(Story(title="", text=several))] == [None, None]


def test_names_and_offices_are_told_as_the_label_has_them_where_the_head_is_silent() -> None:
    text = (
        "Moderator: Good morning to all of you.\n\n"
        "Lena Harju, NATO Spokesperson: We stand by what was said.\n\n"
        "SECRETARY BRANDT: We stand by each other, too.\n\n"
        "MS. KRALL: And I stand here, as always.\n\n"
        "THE PRESIDENT: And now we sit down to eat.\n\n"
        "Moderator: Thank you."
    )
    found = find_quotes(Story(title="", text=text))
    assert [(one.speaker, one.office) for one in found] == [
        ("Lena Harju", "NATO Spokesperson"),
        ("Brandt", "Secretary"),
        ("Krall", None),
        ("THE PRESIDENT", None),
    ]
    assert {(one.forum, one.day) for one in found} == {(None, None)}


def test_an_article_with_colons_is_no_transcript() -> None:
    assert turns("Ana Ruiz: a life\n\nHolm Brandt: another") == ()
    assert turns("Note Well: one\n\nNote Well: two\n\nNote Well: three") == ()
    assert turns("First Point: one\n\nSecond Point: two\n\nThird Point: three") == ()
    (one,) = find_quotes(Story(title="", text='One Thing: "We wait," said Ana Ruiz.'))
    assert one.speaker == "Ana Ruiz"
