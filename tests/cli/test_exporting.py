"""`drafts export`: an approved instalment leaves in three forms, any other says why it does not.

Outlets and stories are invented, on example domains.
"""

import json
from collections.abc import Iterator

import pytest
from lxml import etree
from sqlalchemy import Engine, select, update

from store import clock, decisions, drafts, steps
from store.models import AuditRow, StoryRow
from store.users import Person
from tests.cli.console import Console
from tests.desk.newsroom import Newsroom
from tests.rounds import Rounds, an_item, newsroom, own_database


@pytest.fixture(scope="module")
def export_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "export") as engine:
        yield engine


@pytest.fixture
def rounds(export_database: Engine) -> Iterator[Rounds]:
    with newsroom(export_database) as rounds:
        yield rounds


def approved(rounds: Rounds, *further: str) -> None:
    """One accepted item in an instalment that is approved, or further on."""
    rounds.bring(an_item(1))
    with rounds.session() as session:
        ann: Person = Newsroom(session).person("ann", "Ann Reed")
        now = clock.now(session)
        view = drafts.show(session, "ferry-watch", 1)
        assert view is not None
        [item] = [item for section in view.sections for item in section.items]
        decisions.decide(session, item.id, ann, "accept", based_on=item.version, now=now)
        for place, action in enumerate(("review", "ready", "approve", *further)):
            based_on = view.version + place
            steps.take(session, view.id, ann, action, based_on=based_on, reason="x", now=now)


def export(serieswatch: Console, form: str, number: int = 1) -> tuple[int, str, str]:
    words = ("drafts", "export", "ferry-watch", "--instalment", number, "--form", form)
    said = serieswatch(*words)
    return said.code, said.out, said.err


def test_an_approved_instalment_is_printed_in_three_forms(
    serieswatch: Console, rounds: Rounds
) -> None:
    approved(rounds)
    code, out, _ = export(serieswatch, "ninjs")
    assert code == 0
    item = json.loads(out)
    assert (item["uri"], item["version"]) == ("urn:serieswatch:ferry-watch:1", "1")
    assert an_item(1).title in item["bodies"][0]["value"]
    for form, name in (("newsml-g2", "newsItem"), ("nitf", "nitf")):
        code, out, _ = export(serieswatch, form)
        root = etree.fromstring(out.encode())
        assert (code, etree.QName(root).localname) == (0, name)
        assert an_item(1).title in "".join(str(text) for text in root.itertext())
    with rounds.session() as session:
        noted = session.scalars(
            select(AuditRow.detail).where(AuditRow.action == "instalment.export")
        )
        assert [one["form"] for one in noted] == ["ninjs", "newsml-g2", "nitf"]


def test_what_is_not_approved_or_not_there_is_refused_with_a_sentence(
    serieswatch: Console, rounds: Rounds
) -> None:
    rounds.bring(an_item(1))
    code, out, err = export(serieswatch, "nitf")
    assert (code, out) == (1, "")
    assert "No. 1 is being assembled: approve it first" in err
    code, _, err = export(serieswatch, "nitf", 9)
    assert code == 1
    assert "ferry-watch has no instalment 9" in err


def test_what_has_come_since_the_approval_is_looked_at_again(
    serieswatch: Console, rounds: Rounds
) -> None:
    approved(rounds)
    with rounds.session() as session:
        # As a worker would leave it that died before it could open the instalment again.
        session.execute(update(StoryRow).values(embargo="unknown"))
    code, out, err = export(serieswatch, "newsml-g2")
    assert (code, out) == (1, "")
    assert "its source is under embargo until further notice" in err


def test_that_an_instalment_is_withdrawn_can_always_be_told(
    serieswatch: Console, rounds: Rounds
) -> None:
    approved(rounds, "publish", "withdraw")
    with rounds.session() as session:
        session.execute(update(StoryRow).values(status="killed"))
    code, out, _ = export(serieswatch, "ninjs")
    item = json.loads(out)
    assert (code, item["pubstatus"], item["version"]) == (0, "canceled", "2")
    assert an_item(1).title not in out
