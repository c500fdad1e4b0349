"""All checks, in the order of the report. A new one is a function, and a line here."""

from collections.abc import Awaitable, Callable, Sequence

from bot.doctor import calendars, database, journal, outside, process, readiness
from bot.doctor.case import Case
from bot.doctor.line import Line

Check = Callable[[Case], Awaitable[Sequence[Line]]]

CHECKS: Sequence[tuple[str, Check]] = (
    ("process", process.running),
    ("clock", database.clock),
    ("database", database.schema),
    ("disk", database.disk),
    ("backup", database.backup),
    ("last commit", database.commits),
    ("replicas", database.replicas),
    ("starts", database.starts),
    ("configuration", process.configuration),
    ("audit", process.audit),
    ("calendars", calendars.feeds),
    ("journal", journal.journal),
    ("alarms", process.alarms),
    ("backlog", database.backlog),
    ("dead letters", database.dead_letters),
    ("slack", process.slack),
    ("readiness", readiness.readiness),
    ("breakers", process.breakers),
    ("heartbeat", process.heartbeat),
    ("canary", process.canary),
    ("logs", process.logs),
    ("providers", outside.providers),
    ("certificates", outside.certificates),
)
"""The name stands in the report when the check itself fails."""
