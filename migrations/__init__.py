"""The tables' history, step by step, for Alembic. Additive first: old code runs on new tables."""
