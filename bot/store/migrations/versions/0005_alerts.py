"""Alerts from anywhere: what is known of each, what keeps them quiet, where they come from.

What is held back here would be lost on a program that does not know these tables.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
oldest_writer = "0005"


def upgrade() -> None:
    _alerts()
    _quiet()
    _senders()
    op.create_table(
        "observable",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("harmless", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "incident", name="pk_observable"),
    )
    op.create_index("ix_observable_incident", "observable", ["incident"])


def _alerts() -> None:
    op.create_table(
        "standing",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("incident", sa.Text),
        sa.Column("muted_by", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "fingerprint", name="pk_standing"),
    )
    timer, muted = sa.text("next_at IS NOT NULL"), sa.text("muted_by IS NOT NULL")
    op.create_index(
        "ix_standing_next_at", "standing", ["next_at"], sqlite_where=timer, postgresql_where=timer
    )
    op.create_index(
        "ix_standing_muted_by", "standing", ["muted_by"], sqlite_where=muted, postgresql_where=muted
    )
    op.create_index("ix_standing_last_at", "standing", ["last_at"])
    op.create_table(
        "signal",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("incident", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signal"),
    )
    op.create_index("ix_signal_at", "signal", ["at"])
    op.create_table(
        "storm",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_storm"),
    )


def _quiet() -> None:
    op.create_table(
        "silence",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("reported_at", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
    )
    op.create_index("ix_silence_until", "silence", ["until"])
    op.create_table(
        "lesson",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("retired_at", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_lesson"),
    )


def _senders() -> None:
    op.create_table(
        "integration_token",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("integration", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_integration_token"),
    )
    op.create_index("ix_integration_token_integration", "integration_token", ["integration"])
    op.create_table(
        "unread",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("integration", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unread"),
        sa.UniqueConstraint("integration", "hash", name="uq_unread_integration"),
    )
    op.create_index("ix_unread_last_at", "unread", ["last_at"])
