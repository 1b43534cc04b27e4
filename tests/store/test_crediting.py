"""Credits and quotations of a version, read again after the rules changed. Invented."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.records import Credit, Quote, Span
from store import crediting, quotes
from store.models import CreditRow, ItemQuoteRow, ItemRow, QuoteRow
from tests.desk.newsroom import Newsroom

CREDIT = Credit(
    name="Calder Tribune",
    outlet="calder-tribune",
    kind="report",
    span=Span(field="text", start=0, end=6, text="Calder"),
)
ZORA = Span(field="text", start=9, end=13, text="Zora")
OTHER = replace(CREDIT, name="Zora", outlet="", span=ZORA)
WORDS = Span(field="text", start=1, end=8, text="We wait")
QUOTE = Quote(text="We wait", span=WORDS, speaker="Ruiz")
LATER = replace(QUOTE, text="we lose", span=Span(field="text", start=12, end=19, text="we lose"))


@pytest.fixture
def version(session: Session) -> int:
    room = Newsroom(session)
    room.item(room.instalment(room.series()))
    return session.scalars(select(ItemRow.version_id)).one()


def credited(session: Session) -> list[tuple[str, bool, str]]:
    session.expire_all()
    asked = select(CreditRow).order_by(CreditRow.start)
    return [(row.name, row.is_origin, row.decided_by) for row in session.scalars(asked)]


def quoted(session: Session) -> list[tuple[str, str | None]]:
    session.expire_all()
    asked = select(QuoteRow).order_by(QuoteRow.start)
    return [(row.text, row.speaker) for row in session.scalars(asked)]


def test_credits_found_again_are_told_anew_and_those_not_found_any_more_are_gone(
    session: Session, version: int
) -> None:
    for _ in range(2):
        crediting.keep(session, {version: [CREDIT, OTHER]}, decided_by="rules/1")
        is_origin = CREDIT.is_origin
        assert credited(session) == [
            ("Calder Tribune", is_origin, "rules/1"),
            ("Zora", is_origin, "rules/1"),
        ]
    changed = replace(CREDIT, name="Calder Post", is_origin=not CREDIT.is_origin)
    crediting.keep(session, {version: [changed]}, decided_by="rules/2")
    assert credited(session) == [("Calder Post", not CREDIT.is_origin, "rules/2")]
    crediting.keep(session, {}, decided_by="rules/3")
    assert len(credited(session)) == 1
    crediting.keep(session, {version: []}, decided_by="rules/3")
    assert credited(session) == []


def test_quotations_not_found_any_more_are_gone_unless_an_item_rests_on_them(
    session: Session, version: int
) -> None:
    quotes.keep(session, {version: [QUOTE, LATER]}, decided_by="rules/1")
    quotes.keep(
        session, {version: [replace(QUOTE, speaker="Ana Ruiz"), LATER]}, decided_by="rules/2"
    )
    assert quoted(session) == [("We wait", "Ana Ruiz"), ("we lose", "Ruiz")]
    item = session.scalars(select(ItemRow)).one()
    first = session.scalars(select(QuoteRow.id).where(QuoteRow.text == "We wait")).one()
    quotes.propose(session, item.instalment_id, {item.id: [first]})
    quotes.keep(session, {version: []}, decided_by="rules/3")
    assert quoted(session) == [("We wait", "Ana Ruiz")]
    assert [row.quote_id for row in session.scalars(select(ItemQuoteRow))] == [first]
    quotes.keep(session, {}, decided_by="rules/3")
    assert len(quoted(session)) == 1
