"""Alerts are found by the message that brought them.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("origin_channel", sa.Text))
    op.add_column("alert", sa.Column("origin_ts", sa.Text))
    condition = sa.text("origin_ts IS NOT NULL")
    op.create_index(
        "ix_alert_origin", "alert", ["origin_ts"], sqlite_where=condition, postgresql_where=condition
    )
