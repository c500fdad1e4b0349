"""The tables of alerts: what is known of each, what keeps them quiet, where they come from."""

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table, Text, UniqueConstraint

from bot.store import tables
from bot.store.columns import Instant
from bot.store.tables import where

metadata = tables.metadata
"""With these tables, and all others."""

standing = Table(
    "standing",
    metadata,
    # The newest that is known of each alert, whether somebody is paged for it or something keeps it quiet.
    Column("source", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("next_at", Instant),  # the earliest moment at which it has to be judged again by itself
    Column("incident", Text),
    Column("muted_by", Text),  # what keeps it quiet, such as `silence:01k…`; NULL: nothing does
    Column("body", Text, nullable=False),
)
_standing_indexes = (
    where("ix_standing_next_at", standing.c.next_at.is_not(None), standing.c.next_at),
    where("ix_standing_muted_by", standing.c.muted_by.is_not(None), standing.c.muted_by),
)

signal = Table(
    "signal",
    metadata,
    # What alerts told, in the order in which it came. A repeat that changed nothing is counted, not added.
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("incident", Text),
    Column("body", Text, nullable=False),
)

message = Table(
    "message",
    metadata,
    # What a message of Slack told of an alert when it was read last: an edit of it may say nothing new.
    Column("channel", Text, primary_key=True),
    Column("ts", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("body", Text, nullable=False),
)

storm = Table(
    "storm",
    metadata,
    # A route whose limit was exceeded, and the one incident that takes its alerts until it calms down.
    Column("key", Text, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)

silence = Table(
    "silence",
    metadata,
    # Silences and planned maintenance. `ended_at`: by hand, early. `reported_at`: what it hid was told.
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("reported_at", Instant),
    Column("body", Text, nullable=False),
)

lesson = Table(
    "lesson",
    metadata,
    # How messages of one bot in one channel are read, as somebody taught it. A change is a new version.
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("retired_at", Instant),
    Column("body", Text, nullable=False),
)

integration_token = Table(
    "integration_token",
    metadata,
    # The right to post alerts for an integration: the SHA-256 of a token that was shown once.
    Column("id", Text, primary_key=True),
    Column("integration", Text, nullable=False, index=True),
    Column("hash", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
)

unread = Table(
    "unread",
    metadata,
    # What an integration sent and nobody could read: kept so that it is seen, the same thing once.
    Column("id", Text, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("count", BigInteger, nullable=False),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("integration", "hash", name="uq_unread_integration"),
)

observable = Table(
    "observable",
    metadata,
    # An address, domain, hash, account, URL or CVE, and an incident that it was seen in.
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("incident", Text, primary_key=True, index=True),
    Column("at", Instant, nullable=False),
    Column("harmless", SmallInteger, nullable=False),  # 1: the incident was a false positive
)
