"""What editors write into an instalment and its items, version by version. No word is lost."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from store.models import InstalmentTextRow


def of_instalment(session: Session, instalment_id: int) -> dict[str, str]:
    """The texts of an instalment as they stand, by field; what nobody has written is not there."""
    row = InstalmentTextRow
    asked = (
        select(row.field, row.markdown)
        .ext(distinct_on(row.field))
        .where(row.instalment_id == instalment_id)
        .order_by(row.field, row.number.desc())
    )
    return dict(session.execute(asked).all())
