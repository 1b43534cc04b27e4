"""Roles of series, sessions one can tell apart, ways in, API tokens, an audit trail that stays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0013"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_TEXTS = postgresql.ARRAY(sa.Text())
_TIME = sa.DateTime(timezone=True)
_WORDS = "jsonb_to_tsvector('simple'::regconfig, detail, '[\"all\"]'::jsonb)"

# Rows of the audit trail are added and never changed. Whoever keeps it short on purpose says so in
# the transaction that deletes (SET LOCAL serieswatch.prune_audit = 'yes'); nothing may change one.
_KEEP = """
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('serieswatch.prune_audit', true) = 'yes' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit rows are added and never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
"""


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=True)
    op.add_column("sessions", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False))
    op.create_unique_constraint(op.f("uq_sessions_id"), "sessions", ["id"])
    op.add_column("sessions", sa.Column("last_seen_at", _TIME, nullable=True))
    for name, usual in (("address", ""), ("agent", ""), ("way", "password")):
        op.add_column("sessions", sa.Column(name, sa.Text(), server_default=usual, nullable=False))
    op.create_table(
        "series_roles",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", _TIME, server_default=sa.func.now(), nullable=False),
        _to("series_roles", "user_id", "users"),
        _to("series_roles", "series_id", "series"),
        sa.PrimaryKeyConstraint("user_id", "series_id", name=op.f("pk_series_roles")),
    )
    op.create_index("ix_series_roles_series_id", "series_roles", ["series_id"])
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        _to("invitations", "user_id", "users"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"])
    op.create_table(
        "identities",
        _key(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        _to("identities", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "provider_visits",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_provider_visits")),
    )
    op.create_index("ix_provider_visits_at", "provider_visits", ["at"])
    _tokens()
    _audit()


def _tokens() -> None:
    op.create_table(
        "api_tokens",
        _key(),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("rights", _TEXTS, nullable=False),
        sa.Column("series", _TEXTS, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("bucket", _TIME, nullable=True),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        _to("api_tokens", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "api_writes",
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("asked_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("headers", _JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        _to("api_writes", "token_id", "api_tokens"),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_writes")),
    )
    op.create_index("ix_api_writes_at", "api_writes", ["at"])


def _audit() -> None:
    # A year of audit takes longer to index than other steps may take; lines wait meanwhile.
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_index("ix_audit_actor_id", "audit", ["actor", "id"])
    op.create_index("ix_audit_action_id", "audit", ["action", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_words", "audit", [sa.text(_WORDS)], postgresql_using="gin")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(_KEEP)


def downgrade() -> None:
    """Go back. Whoever has no password then has none that fits."""
    op.execute("DROP TRIGGER audit_stays ON audit; DROP TRIGGER audit_is_not_emptied ON audit;")
    op.execute("DROP FUNCTION keep_audit()")
    for name in ("words", "at", "action_id", "actor_id"):
        op.drop_index(f"ix_audit_{name}", table_name="audit")
    for table in (
        *("api_writes", "api_tokens", "provider_visits", "identities"),
        *("invitations", "series_roles"),
    ):
        op.drop_table(table)
    for column in ("way", "agent", "address", "last_seen_at", "id"):
        op.drop_column("sessions", column)
    op.execute("UPDATE users SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=False)
