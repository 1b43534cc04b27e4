"""Whether a column is one of many numbers, in a statement of one text however many they are."""

from collections.abc import Collection

from sqlalchemy import BigInteger, ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute


def among(column: InstrumentedAttribute[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether the column is one of these: one array is sent, not a name for each number."""
    return column == any_(literal(list(numbers), ARRAY(BigInteger)))
