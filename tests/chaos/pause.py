"""A pause: time passes while no process runs. All that is stored becomes so much older."""

import re
from datetime import datetime, timedelta

from sqlalchemy import Text, create_engine, select, update

from bot.store.alert_tables import metadata, standing
from bot.store.columns import Instant

KEPT = frozenset({"mark", "replica", "snapshot", "journal", "counter", "integration_token"})
"""Tables in which nothing waits; marks show how far time has come."""

_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")


def passes(url: str, span: timedelta) -> None:
    """Let so much time pass. To be called while nobody has the database open."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name in KEPT:
                continue
            keys = list(table.primary_key.columns)
            for row in connection.execute(select(table)).mappings().all():
                older = {
                    column.name: _older(row[column.name], span)
                    for column in table.columns
                    if isinstance(column.type, Instant)
                    or (isinstance(column.type, Text) and not column.primary_key)
                }
                here = [key == row[key.name] for key in keys]
                connection.execute(update(table).where(*here).values(older))
    engine.dispose()


def is_known(url: str, source: str) -> bool:
    """Whether anything is known of alerts of that source."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(select(standing.c.source).where(standing.c.source == source)).first()
    engine.dispose()
    return found is not None


def _older(value: object, span: timedelta) -> object:
    if isinstance(value, datetime):
        return value - span
    return _TIME.sub(lambda found: _moved(found[0], span), value) if isinstance(value, str) else value


def _moved(text: str, span: timedelta) -> str:
    return (datetime.fromisoformat(text) - span).isoformat().replace("+00:00", "Z")
