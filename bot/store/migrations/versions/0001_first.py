"""The first schema.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_snapshot"),
    )
    _incident()
    _of_incidents()
    _outbox()
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbox"),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"])
    op.create_table(
        "home_viewer",
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_home_viewer"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.create_table(
            "counter",
            sa.Column("name", sa.Text, nullable=False),
            sa.Column("value", sa.Integer, nullable=False),
            sa.PrimaryKeyConstraint("name", name="pk_counter"),
        )
    else:
        op.execute(sa.schema.CreateSequence(sa.Sequence("incident_number")))


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("open_key", sa.Text),
        sa.Column("dedup_key", sa.Text),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("resolved_at", sa.BigInteger),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("unpaged", sa.SmallInteger, nullable=False),
        sa.Column("card_channel", sa.Text),
        sa.Column("card_ts", sa.Text),
        sa.Column("ticket_key", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("service_hash", sa.Text, nullable=False),
        sa.Column("ladder_hash", sa.Text),
        sa.Column("catch_all_hash", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("quarantined_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("number", name="uq_incident_number"),
        sa.UniqueConstraint("open_key", name="uq_incident_open_key"),
    )
    _index("ix_incident_next_at", "incident", ["next_at"], "next_at IS NOT NULL")
    _index("ix_incident_open", "incident", ["severity", "opened_at"], "resolved_at IS NULL")
    _index("ix_incident_resolved_at", "incident", ["resolved_at"], "resolved_at IS NOT NULL")
    _index("ix_incident_dedup_key", "incident", ["dedup_key", "opened_at"], "dedup_key IS NOT NULL")
    _index("ix_incident_card", "incident", ["card_ts"], "card_ts IS NOT NULL")
    _index("ix_incident_ticket_key", "incident", ["ticket_key"], "ticket_key IS NOT NULL")


def _of_incidents() -> None:
    op.create_table(
        "alert",
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "source", "fingerprint", name="pk_alert"),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name="fk_alert_incident"),
    )
    op.create_table(
        "timeline",
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "seq", name="pk_timeline"),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name="fk_timeline_incident"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("incident", sa.Text),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("ready_at", sa.BigInteger),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("uncertain", sa.SmallInteger, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("first_attempt_at", sa.BigInteger),
        sa.Column("doubted_at", sa.BigInteger),
        sa.Column("epoch", sa.Integer),
        sa.Column("round", sa.Integer),
        sa.Column("rung", sa.Integer),
        sa.Column("person", sa.Text),
        sa.Column("slack_user", sa.Text),
        sa.Column("number", sa.Integer),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("ref_channel", sa.Text),
        sa.Column("ref_ts", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name="fk_outbox_incident"),
    )
    _index("ix_outbox_ready", "outbox", ["lane", "ready_at"], "ready_at IS NOT NULL")
    op.create_index("ix_outbox_incident", "outbox", ["incident", "lane", "position"])
    _index("ix_outbox_ref", "outbox", ["ref_ts"], "ref_ts IS NOT NULL")
    _index("ix_outbox_done", "outbox", ["state", "done_at"], "done_at IS NOT NULL")
    op.create_table(
        "attempt",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.ForeignKeyConstraint(["effect"], ["outbox.id"], name="fk_attempt_effect", ondelete="CASCADE"),
    )
    op.create_index("ix_attempt_effect", "attempt", ["effect"])
