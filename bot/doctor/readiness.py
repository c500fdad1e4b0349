"""The check of who will be on call and could not be reached."""

from collections.abc import Sequence

from bot.doctor.case import Case
from bot.doctor.line import Line, bad, ok
from bot.domain.people import Standing
from bot.domain.readiness import Sight, unready
from bot.workers.readiness import useless_groups

LISTED = 10


async def readiness(case: Case) -> Sequence[Line]:
    """As far as it can be told without asking Slack about each of them; the bot does that once an hour."""
    configuration, now = case.configuration, case.clock.now()
    if configuration is None or case.store is None:
        return []
    roster, groups = await case.store.read(
        lambda tx: (tx.roster(configuration.roster, now), tx.groups() if configuration.roster.groups else {})
    )
    sight = Sight(
        paging=case.settings.paging,
        standing=lambda _: Standing.UNKNOWN,
        groups=useless_groups(configuration, groups),
    )
    found = unready(configuration, roster, sight, now)
    remedy = "Give them a way that works in tocsin.yaml, or put somebody else in with `/oncall override`."
    lines = [
        bad("readiness", f"{each.name} {each.why}{_when(each.schedules)}", remedy) for each in found[:LISTED]
    ]
    return lines or [ok("readiness", "everybody on call in the next 7 days has a way to be reached")]


def _when(schedules: Sequence[str]) -> str:
    return f", and is on call for {', '.join(schedules)} within 7 days" if schedules else ""
