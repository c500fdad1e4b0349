"""What each message of Slack told, so that an edit of an old one is known for what it is.

An older program does not write it, and may then page for such an edit; it loses nothing.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
oldest_writer = "0005"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("channel", "ts", "source", "fingerprint", name="pk_message"),
    )
    op.create_index("ix_message_at", "message", ["at"])
