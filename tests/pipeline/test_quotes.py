"""Whom a story quotes: each trap of attribution has its test. All texts are invented."""

import pytest

from pipeline.records import Credit, Quote, Span, Story
from pipeline.tag.quotes import find_quotes


def quotes(text: str, title: str = "") -> tuple[Quote, ...]:
    found = find_quotes(Story(title=title, text=text))
    for one in found:
        field = title if one.span.field == "title" else text
        assert field[one.span.start : one.span.end] == one.text == one.span.text
    return found


def speakers(text: str, title: str = "") -> list[str | None]:
    return [one.speaker for one in quotes(text, title)]


@pytest.mark.parametrize(
    ("between", "speaker"),
    [
        ("Leo Marsk had come as well.", "Leo Marsk"),
        ("Leo Ruiz had come as well.", "Ana Ruiz"),  # a name of hers: nobody else for certain
        ("The hall was full.", "Ana Ruiz"),
    ],
)
def test_a_pronoun_of_a_new_paragraph_means_whom_that_names(between: str, speaker: str) -> None:
    text = f'"We wait," Ana Ruiz said.\n\n{between} Then "We go," she said.'
    assert speakers(text) == ["Ana Ruiz", speaker]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ('"We wait," said Ana Ruiz.', "Ana Ruiz"),
        ('"We wait," said Foreign Minister Ana Ruiz, who left early.', "Ana Ruiz"),
        ('"We wait," Ana Ruiz, the foreign minister, told reporters.', "Ana Ruiz"),
        ('"We wait," the governor, Ana Ruiz, said.', "Ana Ruiz"),
        ('"We wait," said the governor, Ana Ruiz, on Monday.', "Ana Ruiz"),
        ('"We wait," Ana Ruiz of the ruling party said.', "Ana Ruiz"),
        ('"We wait," was how Ana Ruiz put it.', None),
        ('"We wait", Ana Ruiz said.', "Ana Ruiz"),  # the comma outside
        ('Ana Ruiz said: "We wait."', "Ana Ruiz"),
        ('Ana Ruiz, who leads the party, said, "We wait."', "Ana Ruiz"),
        ('Ana Ruiz, who said "we wait", left.', "Ana Ruiz"),
        ('Asked about it, Ms Ruiz said: "We wait."', "Ruiz"),
        ('Said Ana Ruiz: "We wait."', "Ana Ruiz"),
        ('Prime Minister Ana Ruiz: "We wait."', "Ana Ruiz"),
        ('In a letter to the king said Ana Ruiz, "We wait."', "Ana Ruiz"),
        ('According to Ana Ruiz, the plan is "a raft of hopes".', "Ana Ruiz"),
        ('The plan is "a raft of hopes", according to Ana Ruiz.', "Ana Ruiz"),
        ('Ana Ruiz called the plan "a raft".', "Ana Ruiz"),
        ('Ana Ruiz was quoted as saying the plan was "a raft".', "Ana Ruiz"),
        ('"We wait," Ana Ruiz was quoted as saying by the paper.', "Ana Ruiz"),
        ('Ana Ruiz was blunt. "We wait and we lose."', "Ana Ruiz"),
        ('On Monday Ana Ruiz was blunt. "We wait and we lose."', "Ana Ruiz"),
        ('Ana Ruiz had one answer: "We wait."', "Ana Ruiz"),
        ('"We wait," European Commission spokesperson Ana Ruiz said.', "Ana Ruiz"),
        ('"We wait," said U.N. envoy Ana Ruiz.', "Ana Ruiz"),
        ('"We wait," said Ana de la Ruiz.', "Ana de la Ruiz"),
        ('"We wait," said A . J . Ruiz of the fund.', "A. J. Ruiz"),
        ('"We wait," said Kanye West.', "Kanye West"),
        ('Mr. Holm said: "We wait."', "Holm"),
        ('To be told: "We wait."', None),
        ('Ana Ruiz, said: "We wait."', "Ana Ruiz"),
        ('Minister Ana Ruiz, who leads, said: "We wait."', "Ana Ruiz"),
        ('On Monday Ana Ruiz said: "We wait."', "Ana Ruiz"),
        ('"We wait," a trader, tired of it all, said.', "a trader"),
        ('Holm was blunt. "We wait and we lose."', None),
        ('Lucania’s Ana Ruiz said: "We wait."', "Ana Ruiz"),
        ('The agency Zora quoted Ana Ruiz as saying: "We wait."', "Ana Ruiz"),
        ('Zora cited Minister Ana Ruiz as saying it was "calm".', "Ana Ruiz"),
        ('Zora quoted it as saying it was "calm".', None),
        ('"We wait," said a source close to the port.', "a source close to the port"),
        ('"We wait," said a pilot briefed on the talks.', "a pilot briefed on the talks"),
        ('The pilot repeated: "We wait."', "The pilot"),
        ('The Post\'s Ana Ruiz, reporting from Weir, said it was "calm".', "Ana Ruiz"),
        ('Lloyd\'s Register said: "We wait."', "Lloyd's Register"),
        ('Lloyd\'s Market Association said: "We wait."', "Lloyd's Market Association"),
        ('The State Department said it "welcomes" the step.', "The State Department"),
        ('According to a report from Politico, a "raft" is planned.', "Politico"),
        ('According to Politico, the court has weighed a "raft".', "Politico"),
        ('Spain\'s Ana Ruiz met Ito. Ruiz called it "a raft".', "Ana Ruiz"),
    ],
)
def test_the_speaker_stands_after_before_or_around_the_words(
    text: str, speaker: str | None
) -> None:
    assert speakers(text) == [speaker]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (
            '"We wait," said a senior Western official who asked not to be named.',
            "a senior Western official",
        ),
        ('"We wait," one of the people said.', "one of the people"),
        ('"We wait," officials in the capital said.', "officials in the capital"),
        ('"We wait," the Department of State said.', "the Department of State"),
        ('"We wait," said Ruritania\'s foreign minister.', "Ruritania's foreign minister"),
        ('"We wait," Ruiz and Holm said.', "Ruiz and Holm"),
        ('"We wait," residents shouted.', "residents"),
        ('"We wait," the Prime Minister said.', "the Prime Minister"),
        ('The paper said that "we wait" was the mood.', "The paper"),
    ],
)
def test_who_is_only_described_stays_described(text: str, speaker: str) -> None:
    assert speakers(text) == [speaker]


def test_words_split_by_their_speaker_are_two_quotations_of_one_speaker() -> None:
    text = '"We wait," Ana Ruiz said, "and we lose. "'
    assert speakers(text) == ["Ana Ruiz", "Ana Ruiz"]
    text = '"We wait," said Ana Ruiz. "We lose. We always do."'
    assert speakers(text) == ["Ana Ruiz", "Ana Ruiz"]
    text = 'Ana Ruiz called it "a raft" but warned that "no raft" would do.'
    assert speakers(text) == ["Ana Ruiz", "Ana Ruiz"]


def test_a_paragraph_of_nothing_but_words_goes_on_with_the_speaker() -> None:
    text = '"We wait," said Ana Ruiz.\n\n"We lose. We always do."\n\nThe "raft" sank.'
    assert speakers(text) == ["Ana Ruiz", "Ana Ruiz", None]
    assert speakers('"We wait," said Ana Ruiz. "Raft" is their word.') == ["Ana Ruiz", None]
    text = '"We wait," said Ana Ruiz.\n\n"We lose," is a song of theirs.'
    assert speakers(text) == ["Ana Ruiz", None]
    text = '"We wait," said Ana Ruiz. ' + "The road is long. " * 20 + '"We lose."'
    assert speakers(text)[1] is None


def test_the_sentence_after_may_introduce_the_next_words_and_says_nothing_of_these() -> None:
    text = 'Holm said: "We wait." A spokeswoman said: "We win."'
    assert speakers(text) == ["Holm", "A spokeswoman"]
    text = 'The raft had a "name." Officials who had seen it said that it sank.'
    assert speakers(text) == [None]
    text = '"So that it was said." Oksana Lytvyn, a teacher, told this reporter.'
    assert speakers(text) == ["Oksana Lytvyn"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ('Marek Holub left first. "We wait," he said.', "Marek Holub"),
        ('Marek Holub said they lost. "We wait," he said.', "Marek Holub"),
        ('"We lose," said Marek Holub.\n\n"We wait," he added.', "Marek Holub"),
        ('A ministry official said it was late. "We wait," he said.', "A ministry official"),
        ('Anna Persson and Karin Dahl left. "We wait," she said.', None),
        ('Marek Holub left.\n\nIt rained.\n\n"We wait," he said.', None),
        ('It rained. "We wait," he said.', None),
        ('Officials from Kyiv said it was late. "We wait," he said.', None),
        ('"It is late," officials said. It rained. "We wait," she said.', None),
        ('"It is late," people close to her said. "We wait," Ana Ruiz said.', "Ana Ruiz"),
        ('Marek Holub left. "They said no," was all. "We wait," he said.', "Marek Holub"),
        ('Marek Holub left. Marek Holub smiled. "We wait," he said.', "Marek Holub"),
        ('Marek Holub left. "We wait," they said.', None),
        ('"Our Marek Holub said no," said Eva Krall. "We wait," he said.', "Eva Krall"),
    ],
)
def test_a_pronoun_means_who_spoke_last_or_is_the_only_person_named(
    text: str, speaker: str | None
) -> None:
    assert speakers(text)[-1] == speaker


def test_a_surname_is_told_in_full_where_the_story_has_it() -> None:
    text = 'President Ana Ruiz arrived. Ruiz smiled.\n\n"We wait," Ruiz said.'
    assert speakers(text) == ["Ana Ruiz"]
    assert speakers('"We wait," Ruiz said.') == ["Ruiz"]
    assert speakers('"We wait," Ruiz said. It rained. "No," Ruiz said.') == ["Ruiz", "Ruiz"]
    assert speakers('The Ruizes met Ruiz.\n\n"We wait," Ruiz said.') == ["Ruiz"]


@pytest.mark.parametrize(
    "text",
    [
        "Her novel “The Salt Road” was banned.",
        'Ana Ruiz told Harbour TV\'s "Morning Boat" that they wait.',
        'The so-called "republic" printed stamps.',
        "“We wait,” and then the line went dead.",
        'No raft. "We wait and we lose."',
    ],
)
def test_titles_and_scare_quotes_have_no_speaker_forced_on_them(text: str) -> None:
    assert speakers(text) == [None]


def test_kinds_tell_words_that_stand_for_themselves_from_pieces() -> None:
    kinds = [one.kind for one in quotes('She said the "raft" was fine. "It floats," she said.')]
    assert kinds == ["partial", "direct"]
    kinds = [one.kind for one in quotes('"Raft" talks stall, and "seize the moment" is the motto.')]
    assert kinds == ["partial", "partial"]
    (told,) = quotes('Ana Ruiz told the house "It is late and we are tired of all this waiting."')
    assert told.kind == "direct"


def test_headlines_name_their_speakers_too() -> None:
    assert speakers("", "‘No plans to resign’, says PM") == ["PM"]
    assert speakers("", "Ruiz to Holm: 'Stop this now'") == ["Ruiz"]


def test_office_forum_and_day_are_told_where_stated() -> None:
    (one,) = quotes(
        '"We wait," Foreign Minister Ana Ruiz said at a news conference in Aldwick on Tuesday.'
    )
    assert (one.office, one.forum, one.day) == (
        "Foreign Minister",
        "a news conference in Aldwick",
        "Tuesday",
    )


def test_an_office_may_stand_behind_the_name() -> None:
    (one,) = quotes('"We wait," said Ana Ruiz, the foreign minister.')
    assert (one.speaker, one.office) == ("Ana Ruiz", "foreign minister")


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ('Ana Ruiz, asked by a guest whether it would do, said "maybe".', None),
        ('Ana Ruiz, reporting from Weir, said it was "calm".', None),
        ('Ana Ruiz, whose day it was, said it was "calm".', None),
        ('Ms. Ruiz said it was "calm".', None),
        ('Ms. Ruiz, the port\'s top pilot, said it was "calm".', "port's top pilot"),
        ('According to Ana Ruiz, the court has weighed a "raft".', None),
    ],
)
def test_what_is_said_of_somebody_is_no_office(text: str, office: str | None) -> None:
    assert [one.office for one in quotes(text)] == [office]


def test_words_go_on_within_a_sentence_and_a_place_before_a_comma_says_nothing() -> None:
    assert speakers('Ana Ruiz said it was "calm", adding that "no ferry sails".') == [
        "Ana Ruiz",
        "Ana Ruiz",
    ]
    text = 'Ana Ruiz said it "will see" Weir, while Lucania\'s Leo Holm was curt: "We wait here."'
    assert speakers(text) == ["Ana Ruiz", "Leo Holm"]


def test_whom_one_speaks_to_is_told_as_such_and_where_as_it_stands() -> None:
    assert quotes('"We wait," Ana Ruiz told reporters in Kyiv.')[0].forum == "to reporters in Kyiv"
    assert quotes('"We wait," Ana Ruiz said at a briefing.')[0].forum == "a briefing"


def test_a_pronoun_means_the_subject_of_the_sentence_just_before() -> None:
    text = 'Ana Ruiz said it was "calm". Lucania\'s Leo Holm agreed. "We wait here," he said.'
    assert speakers(text) == ["Ana Ruiz", "Leo Holm"]
    text = 'Ana Ruiz said it was "calm". Ruiz then agreed to go. "We wait here," she said.'
    assert speakers(text) == ["Ana Ruiz", "Ana Ruiz"]


def test_a_forum_does_not_reach_over_another_noun() -> None:
    (one,) = quotes('Ana Ruiz told The Harbour Post the meeting was "calm".')
    assert one.forum is None
    (one,) = quotes('"We wait," Ana Ruiz told Zora in an interview on Sunday.')
    assert one.forum == "an interview"


def test_insertions_are_listed_and_stay_in_the_words() -> None:
    (one,) = quotes("“[The envoys] told us … we [in Aldwick] wait,” said Ana Ruiz.")
    assert one.insertions == ("The envoys", "in Aldwick")
    assert one.text.startswith("[The envoys] told us …")


def test_an_outlets_own_words_are_marked_as_its_own() -> None:
    text = "It was “the quietest reversal of the year,” according to the Harbour Post."
    span = Span(field="text", start=0, end=2, text="It")
    credit = Credit(name="Harbour Post", outlet="harbour-post", span=span)
    (one,) = find_quotes(Story(title="", text=text), (credit,))
    assert one.outlet == "harbour-post"
    (one,) = find_quotes(Story(title="", text=text))
    assert (one.outlet, one.speaker) == ("", "the Harbour Post")


def test_texts_made_of_quotations_end_soon() -> None:
    assert len(quotes('"a b c," he said. ' * 2_000)) == 2_000
