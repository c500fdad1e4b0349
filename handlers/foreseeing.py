"""`/oncall simulate`: what would happen, for the caller alone until they share it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.moment import Meant
from bot.domain.refused import Refused
from bot.domain.story import zone_of
from bot.inquiries import Supposed, placed, rehearsed
from bot.render.message import Message
from bot.render.seal import Seal
from bot.render.story import story_told
from bot.service import Desk
from handlers import oncall_orders as on


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseeing:
    """Answers what would happen. A share button carries the question, never the answer."""

    desk: Desk
    seal: Seal

    async def told(self, order: on.Simulate) -> Message:
        """The story, with the button that shares it. Raises Refused."""
        return await self._played(order, self.seal)

    async def shared(self, question: str) -> Message:
        """The same for everybody, without the button. Raises Refused."""
        return await self._played(unpacked(question), None)

    async def _played(self, order: on.Simulate, seal: Seal | None) -> Message:
        configuration = self.desk.configuration
        service = order.service or configuration.default_service
        supposed = placed(Supposed(service=service, severity=order.severity), configuration)
        at = order.at or self.desk.clock.now()
        when = Meant(at=at, zone=zone_of(supposed.at(at), configuration.roster), note=order.note)
        story = await self.desk.ask(lambda tx: rehearsed(supposed, when, configuration, tx, order.span))
        known = on.Simulate(service=supposed.service.id, severity=supposed.severity, at=at, span=order.span)
        return story_told(story, seal=seal, question=packed(known))


def packed(order: on.Simulate) -> str:
    """The question as a share button carries it."""
    at = order.at.astimezone(UTC).isoformat() if order.at else ""
    span = str(order.span.total_seconds()) if order.span else ""
    return "|".join([order.service or "", order.severity or "", at, span])


def unpacked(question: str) -> on.Simulate:
    """The question of a share button. Raises Refused for one that is none."""
    try:
        service, severity, at, span = question.split("|")
        return on.Simulate(
            service=service or None,
            severity=Severity(severity) if severity else None,
            at=datetime.fromisoformat(at) if at else None,
            span=timedelta(seconds=float(span)) if span else None,
        )
    except (ValueError, OverflowError) as error:
        raise Refused("This button is outdated. Ask again with `/oncall simulate`.") from error
