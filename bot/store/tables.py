"""The tables. What is asked for by value is a column; the rest of an incident or effect is its JSON body."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
)

from bot.store.columns import Instant

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

UNCONFIRMED = 2
"""The incident's newest state may not be known: it pages nobody until that is settled."""

_CONDITION = "condition"

metadata = MetaData(naming_convention=NAMES)


def where(name: str, condition: ColumnElement[bool], *columns: Column[object]) -> Index:
    """An index over some of the rows only. The migrations make it; who compares calls `tell_conditions`."""
    return Index(name, *columns, info={_CONDITION: condition})


def tell_conditions() -> None:
    """Tell SQLAlchemy which rows are in an index: it loads both dialects for that, so no start does."""
    for index in (index for table in metadata.sorted_tables for index in table.indexes):
        if (condition := index.info.get(_CONDITION)) is not None:
            for dialect in ("sqlite", "postgresql"):
                index.dialect_options[dialect]["where"] = condition


snapshot = Table(
    "snapshot",
    metadata,
    # A service or a ladder as it was, named by the hash of its body: written once, never changed.
    Column("hash", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("open_key", Text, unique=True),  # the dedup_key while it is open
    Column("dedup_key", Text),
    Column("next_at", Instant),  # the next rung while it is triggered, the wake while it is acknowledged
    Column("opened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("epoch", Integer, nullable=False),
    Column("unpaged", SmallInteger, nullable=False),  # 1: pages nobody; UNCONFIRMED: nobody for now
    Column("card_channel", Text),
    Column("card_ts", Text),
    Column("ticket_key", Text),
    Column("version", Integer, nullable=False),
    # No foreign keys to snapshots: all incidents of a service would take a shared lock on the same row.
    Column("service_hash", Text, nullable=False),
    Column("ladder_hash", Text),
    Column("catch_all_hash", Text),
    Column("body", Text, nullable=False),
    Column("quarantined_at", Instant),  # its body cannot be read: it is passed by, and reported
)
_incident_indexes = (
    where("ix_incident_next_at", incident.c.next_at.is_not(None), incident.c.next_at),
    where("ix_incident_open", incident.c.resolved_at.is_(None), incident.c.severity, incident.c.opened_at),
    where("ix_incident_resolved_at", incident.c.resolved_at.is_not(None), incident.c.resolved_at),
    where(
        "ix_incident_dedup_key",
        incident.c.dedup_key.is_not(None),
        incident.c.dedup_key,
        incident.c.opened_at,
    ),
    where("ix_incident_card", incident.c.card_ts.is_not(None), incident.c.card_ts),
    where("ix_incident_ticket_key", incident.c.ticket_key.is_not(None), incident.c.ticket_key),
)

alert = Table(
    "alert",
    metadata,
    Column("incident", ForeignKey("incident.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("origin_channel", Text),
    Column("origin_ts", Text),
    Column("body", Text, nullable=False),
)
_alert_index = where("ix_alert_origin", alert.c.origin_ts.is_not(None), alert.c.origin_ts)

timeline = Table(
    "timeline",
    metadata,
    Column("incident", ForeignKey("incident.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", ForeignKey("incident.id")),
    Column("lane", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ready_at", Instant),  # when to look at it: due, its turn, or the lease's end; NULL: never
    Column("position", BigInteger, nullable=False),  # the order within incident and lane
    Column("revision", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("uncertain", SmallInteger, nullable=False),  # an earlier attempt may have got through
    Column("token", Text),  # of the last claim; it stays after recording, to know our own record again
    Column("first_attempt_at", Instant),
    Column("doubted_at", Instant),  # when an attempt that may have got through was last made
    Column("epoch", Integer),
    Column("round", Integer),
    Column("rung", Integer),
    Column("person", Text),
    Column("slack_user", Text),
    Column("number", Integer),
    Column("body", Text, nullable=False),
    Column("ref_channel", Text),
    Column("ref_ts", Text),
    Column("provider_id", Text),
    Column("reason", Text),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
)
_outbox_indexes = (
    where("ix_outbox_ready", outbox.c.ready_at.is_not(None), outbox.c.lane, outbox.c.ready_at),
    Index("ix_outbox_incident", outbox.c.incident, outbox.c.lane, outbox.c.position),
    where("ix_outbox_ref", outbox.c.ref_ts.is_not(None), outbox.c.ref_ts),
    where("ix_outbox_done", outbox.c.done_at.is_not(None), outbox.c.state, outbox.c.done_at),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Text, primary_key=True),
    Column("effect", ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
)

home_viewer = Table(
    "home_viewer",
    metadata,
    Column("user", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

replica = Table(
    "replica",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("left_at", Instant),  # it said goodbye; nobody misses it
)

mark = Table(
    "mark",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text),
)
"""Single facts about the database itself, such as its high-water mark."""

override = Table(
    "override",
    metadata,
    Column("id", Text, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("instead_of", Text),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("body", Text, nullable=False),
)

swap = Table(
    "swap",
    metadata,
    # Shifts that somebody wants to exchange with somebody, and what became of it.
    Column("id", Text, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("answered_at", Instant),
    Column("answer", Text),
    Column("body", Text, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    # Who changed who is on call. Rows are only added; each hash covers its row and the hash before.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("schedule", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    # A calendar that is read from elsewhere: the shifts of the last good reading, and how the newest went.
    Column("key", Text, primary_key=True),
    Column("body", Text),
    Column("read_at", Instant),
    Column("tried_at", Instant, nullable=False),
    Column("problem", Text),
)

slack_group = Table(
    "slack_group",
    metadata,
    Column("id", Text, primary_key=True),
    Column("members", Text),
    Column("read_at", Instant),
    Column("tried_at", Instant, nullable=False),
    Column("problem", Text),
)

turn = Table(
    "turn",
    metadata,
    # How many turns a round robin has given; the row of a ladder is locked while a new incident takes one.
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

link = Table(
    "link",
    metadata,
    # A calendar that somebody subscribed to. Without its row, or when it was revoked, its address is void.
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
_link_index = Index("ix_link_subject", link.c.kind, link.c.subject)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
    # SQLite has no sequences. It has one writer, so this row makes nobody wait.
    info={"only": "sqlite"},
)

incident_number = Sequence("incident_number", metadata=metadata)
"""On PostgreSQL. A counter row would hold every intake up until the one before has reached the disk.

The price is a gap after a transaction that was rolled back; no number is ever given twice.
"""
