"""Alembic's entry: runs the steps on the connection that bot.store.schema hands over."""

from alembic import context
from sqlalchemy import Connection

from bot.store.alert_tables import metadata
from bot.store.tables import tell_conditions


def upgrade() -> None:
    """All steps in one transaction."""
    tell_conditions()
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise RuntimeError("migrations need a database: use `tocsin migrate`")
else:
    upgrade()
