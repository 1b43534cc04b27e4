"""Whom a story credits: forms, false friends, and who broke the news. All texts are invented."""

import pytest

from pipeline.records import Credit, Outlet, Story
from pipeline.tag.credits import find_credits
from pipeline.tag.outlets import know_outlets

KNOWN = know_outlets(
    [
        Outlet(key="reuters", name="Reuters", kind="wire", aliases=("Reuter",)),
        Outlet(key="afp", name="Agence France-Presse", kind="wire", aliases=("AFP",)),
        Outlet(key="tass", name="TASS", kind="wire"),
        Outlet(key="politico", name="Politico", homepage="https://www.politico.com/"),
        Outlet(key="bloomberg", name="Bloomberg", aliases=("Bloomberg News",)),
        Outlet(key="ft", name="Financial Times", aliases=("FT", "the FT")),
        Outlet(key="nyt", name="New York Times", aliases=("The New York Times", "the Times")),
        Outlet(key="lat", name="Los Angeles Times", aliases=("the Times",)),
        Outlet(key="wsj", name="Wall Street Journal", aliases=("the Journal",)),
        Outlet(key="the-hill", name="The Hill"),
        Outlet(key="times-of-israel", name="Times of Israel", aliases=("The Times of Israel",)),
        Outlet(key="haaretz", name="Ha'aretz"),
        Outlet(key="rt", name="RT"),
        Outlet(key="kremlin", name="Kremlin", kind="official"),
        Outlet(key="reuters", name="Said twice"),
    ]
)


def credited(text: str, **facts: str) -> list[Credit]:
    story = Story(title=facts.pop("title", ""), text=text, **facts)  # type: ignore[arg-type]  # texts all
    found = find_credits(story, KNOWN)
    for one in found:
        field = getattr(story, one.span.field)
        assert field[one.span.start : one.span.end] == one.span.text != ""
    return list(found)


def told(text: str, **facts: str) -> list[tuple[str, str]]:
    return [(one.name, one.kind) for one in credited(text, **facts)]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Politico reported on Thursday that talks had stalled.", "Politico", "report"),
        ("According to a report from Reuters late last week, talks stalled.", "Reuters", "report"),
        ("Two officials told the Financial Times that talks stalled.", "Financial Times", "report"),
        ("Talks have stalled, reports the FT.", "Financial Times", "report"),
        ("Talks have stalled, the ministry said, citing Bloomberg.", "Bloomberg", "citing"),
        ("As Helen Mark wrote in The Hill this week, talks stalled.", "The Hill", "report"),
        ("Journalist Piet Ald reports in Politico that talks stalled.", "Politico", "report"),
        ("Piet Ald reports for the Wall Street Journal.", "Wall Street Journal", "report"),
        ("The plan was first reported by The New York Times.", "New York Times", "report"),
        ("In an interview with AFP on Monday, she declined.", "Agence France-Presse", "report"),
        ("A draft obtained by Bloomberg News says so.", "Bloomberg", "report"),
        ("A Politico story named him.", "Politico", "report"),
        ("The Times of Israel reported that talks had stalled.", "Times of Israel", "report"),
        ("Officials tell Politico that talks stalled.", "Politico", "report"),
        ("A spokesman confirmed the news to Reuters.", "Reuters", "report"),
        ('He told "Bloomberg Morning" so.', "Bloomberg", "report"),
        ("He spoke on RT about it.", "RT", "report"),
        ("(Reuters)Talks have stalled.", "Reuters", "dateline"),
        ("Politico's correspondent said talks had stalled.", "Politico", "report"),
        ("Politico was the first to report it.", "Politico", "report"),
        ("The daily Haaretz — Ha’aretz reported — was right.", "Ha'aretz", "report"),
        ("politico.com reported that talks had stalled.", "Politico", "report"),
        ("REUTERS reported that talks had stalled.", "Reuters", "report"),
        ("KYIV (Reuters) - Talks have stalled.", "Reuters", "dateline"),
        ("(AFP) — Talks have stalled.", "Agence France-Presse", "dateline"),
        ("WARSAW, Poland (Reuters/AFP) - Talks stalled.", "Reuters", "dateline"),
        ("MOSCOW, May 14. /TASS/. Talks have stalled.", "TASS", "dateline"),
        ("Reuters - Talks have stalled.", "Reuters", "dateline"),
        ("KYIV, Reuters — Talks have stalled.", "Reuters", "dateline"),
        ("Talks have stalled.\n\nAFP", "Agence France-Presse", "signature"),
        ("Talks have stalled. (AFP)", "Agence France-Presse", "signature"),
        ("Talks have stalled. Reuter", "Reuters", "signature"),
        ("Talks have stalled.\n\nWith reporting by Reuters", "Reuters", "signature"),
        ("Talks have stalled, she wrote, via Politico.", "Politico", "via"),
        ("“Night was loud,” the governor wrote on Telegram.", "Telegram", "post"),
        ("In a post on X, the minister was brief.", "X", "post"),
    ],
)
def test_each_form_of_credit_is_known_by_its_words(text: str, name: str, kind: str) -> None:
    assert (name, kind) in told(text)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Minister met envoys – Bloomberg", "Bloomberg"),
        ("Minister met envoys - RT", "RT"),
        ("Politico: minister met envoys", "Politico"),
        ("Minister met envoys, Politico reports", "Politico"),
        ("Minister met envoys, Reuters sources say", "Reuters"),
        ("Exclusive: minister met envoys, Reuters learns", "Reuters"),
        ("EXCLUSIVE Reuters reveals minister met envoys", "Reuters"),
        ("Border deal close, minister tells Politico", "Politico"),
        ("Minister met envoys: report", ""),
        ("Minister met envoys – media", ""),
        ("Report: minister met envoys", ""),
    ],
)
def test_headlines_credit_at_their_ends(title: str, name: str) -> None:
    assert [one.name for one in credited("", title=title)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "The spokeswoman told reporters it was late.",
        "According to officials, and to the ministry, talks stalled.",
        "Citing security reasons, the ministry stayed silent. The Kremlin said no.",
        "Times were hard, and the post of envoy stood empty. He went up the hill.",
        "Thomson Reuters and Bloomberg LP hired staff; Bloomberg reported a quarterly loss.",
        "Reuters could not verify the claim.",
        "He worked for Reuters until May.",
        "A former Reuters photographer was there, and a Politico correspondent too.",
        "RT @harbourwatch: the ferry left.",
        "X’s owner posted on X Corp stationery.",
        "The agency reported a leak. Local media said so.",
        "His brother reads Politico.",
        "The Reuters/Politico poll was late.",
        "through Politico newspaper,",
        "Fine Politico story there.",
        "He told the Hill Committee so.",
    ],
)
def test_what_only_looks_like_a_credit_is_none(text: str) -> None:
    assert [one for one in told(text) if one[1] != "via"] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The minister will resign, according to the daily Harbour Courier.", "Harbour Courier"),
        ("The Eastern Ledger, a local newspaper, reported so.", "Eastern Ledger"),
        ("Eastern Voice, a local newspaper, reported so.", "Eastern Voice"),
        ("On Monday the Aldwick Gazette reported so.", "Aldwick Gazette"),
        ("In remarks to state television channel Zora 1, he agreed.", "Zora 1"),
        ("She said in a statement to radio station HRBR. Holm agreed.", "HRBR"),
        ("Ruritania's Zora news agency reported so.", "Zora"),
        ("It rained in Aldwick. The Harbour Times said so.", "Harbour Times"),
    ],
)
def test_outlets_no_list_has_are_credited_as_written(text: str, name: str) -> None:
    (one,) = credited(text)
    assert (one.name, one.outlet) == (name, "")


@pytest.mark.parametrize(
    "text",
    [
        "The fishing agency reported a leak.",
        "A newspaper reported so.",
        "Monday Times were hard, and The Times said little.",
        "Its Weekly reported so.",
        "The New York news agency of newspaper The said so.",
    ],
)
def test_words_for_outlets_without_a_name_are_none(text: str) -> None:
    assert [one.outlet for one in credited(text) if one.name not in ("", "Times")] == []


def test_a_short_name_means_whoever_was_named_in_full_before() -> None:
    text = "The Wall Street Journal reported it. The Journal said more."
    assert [one.outlet for one in credited(text)] == ["wsj", "wsj"]
    text = "The New York Times reported it. The Times said more."
    assert [one.outlet for one in credited(text)] == ["nyt", "nyt"]
    (alone,) = credited("The Times said so.")
    assert (alone.name, alone.outlet) == ("Times", "")
    (own,) = credited("He told the Times so.", outlet="lat")
    assert own.outlet == "lat"


def test_a_byline_of_another_outlet_is_a_credit_and_ones_own_is_not() -> None:
    assert told("Talks stalled.", byline="By Reuters") == [("Reuters", "byline")]
    assert told("Talks stalled.", byline="By Reuters", outlet="reuters") == []


def origins(text: str, **facts: str) -> set[str]:
    return {one.name for one in credited(text, **facts) if one.is_origin}


def test_of_a_chain_the_first_is_the_origin() -> None:
    text = "Talks stalled, Reuters reported, citing a Politico story published on Monday."
    assert origins(text) == {"Politico"}
    assert origins("KYIV (Reuters) - Talks stalled, Politico reported.") == {"Politico"}
    assert origins("KYIV (Reuters) - Talks stalled.\n\nAFP") == {"Reuters", "Agence France-Presse"}
    assert origins("Talks stalled, she wrote, via Politico.") == {"Politico"}
    assert origins("Politico first reported it, Reuters said. AFP, citing Reuters, had it.") == {
        "Politico"
    }
    assert origins("It was first reported by Politico. Reuters said talks went on.") == {"Politico"}


def test_an_outlet_that_asks_in_a_transcript_is_not_credited() -> None:
    assert told("Question (Reuters): Will it sail?\n\n" + "It will sail. " * 20) == []
    assert told("KYIV (Reuters): It will sail.") == [("Reuters", "dateline")]


def test_a_credit_far_down_is_no_origin_unless_none_stands_above() -> None:
    far = "The road is long. " * 100
    assert origins(f"Politico reported it. {far} Bloomberg reported a fire.") == {"Politico"}
    assert origins(f"{far} Bloomberg reported a fire.") == set()


def test_several_may_have_broken_it_and_a_post_is_no_outlet() -> None:
    text = (
        "Politico reported it, and Bloomberg reported it, too. He wrote on Telegram that it was so."
    )
    assert origins(text) == {"Politico", "Bloomberg"}


def test_texts_made_of_names_end_soon() -> None:
    assert len(credited("the Politico reported told the Times newspaper " * 1_500)) > 1_000


def test_a_company_in_a_headline_is_no_credit() -> None:
    assert credited("", title="Bloomberg reported a quarterly loss") == []


@pytest.mark.parametrize("text", ["@Reuters reported it.", "#Reuters reported it.", "reuters said"])
def test_a_handle_or_a_name_printed_otherwise_is_no_credit(text: str) -> None:
    assert told(text) == []


def test_a_name_is_found_where_blanks_and_letters_before_it_are_folded_to_fewer() -> None:
    (one,) = credited("Talks  have\t stalled \u2026 so\u00adon, ﬁnally, Ha'aretz reported.")
    assert (one.name, one.kind) == ("Ha'aretz", "report")


def test_an_outlet_without_a_name_is_never_met() -> None:
    nobody = know_outlets([Outlet(key="x-1", name="", aliases=("",))])
    assert find_credits(Story(title="", text="Talks  have --  said."), nobody) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Politico and Bloomberg reported that talks stalled.", ["Politico", "Bloomberg"]),
        (
            "The FT, Bloomberg, and Reuters reported on it.",
            ["Financial Times", "Bloomberg", "Reuters"],
        ),
        ("Officials told Reuters and the FT that talks stalled.", ["Reuters", "Financial Times"]),
        ("Bloomberg staff met; Politico reported it.", ["Politico"]),
        (
            "Aides told Reuters and Bloomberg and AFP reported it, too.",
            ["Reuters", "Bloomberg", "Agence France-Presse"],
        ),
        ("KYIV (Reuters) and Bloomberg", ["Reuters"]),
    ],
)
def test_those_who_reported_it_in_one_breath_are_all_credited(text: str, names: list[str]) -> None:
    found = credited(text)
    assert [one.name for one in found] == names
    assert len({(one.span.start, one.span.end) for one in found}) == len(found)


@pytest.mark.parametrize(
    "text",
    [
        "TASS published an article, falsely claiming that talks stalled.",
        "TASS wrongly reported that talks stalled.",
        "TASS published a fake letter by the envoy.",
        "RT and TASS reported falsely that talks stalled.",
        "Media RT and TASS had published a series of articles in Arabic, falsely claiming so.",
        "TASS has published dozens of fabricated letters.",
        "TASS then falsely claimed that talks stalled.",
        "The talks were falsely reported by TASS on Monday.",
        "The ministry named a fake report in the state-run agency TASS.",
        "It was a hoax first spread by TASS.",
        "Envoys complained of disinformation published in TASS.",
    ],
)
def test_an_outlet_that_spread_what_is_untrue_is_no_origin(text: str) -> None:
    assert credited(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Reuters reported that aides falsely denied it.",
        "Reuters reported aides falsely claimed it.",
        "Reuters published an investigation into fake accounts.",
        "Reuters published a list of false claims by the envoy.",
        "Reuters published a report debunking false claims.",
        "The envoy spread disinformation, according to Reuters.",
        "False claims were made by the envoy, Reuters reported.",
    ],
)
def test_who_reports_that_others_said_what_is_untrue_is_one(text: str) -> None:
    assert [name for name, _ in told(text)] == ["Reuters"]
