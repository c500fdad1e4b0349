"""The clerk for what is kept quiet: silences, maintenance, their ends, and a list of all."""

from typing import assert_never

from bot.domain.ids import ServiceId
from bot.domain.incident import Incident
from bot.domain.silence import SilenceKind
from bot.render import silence_forms as forms
from bot.render import silences as render
from bot.render.message import Message
from bot.render.seal import Seal
from bot.service import Desk, OnlyMine, Reference
from bot.silencing import Preview, Wanted
from handlers import silence_orders as s
from handlers.answers import Answer, Asked
from handlers.identity import Caller
from handlers.silence_grammar import EXAMPLES
from handlers.words import Unclear


class SilenceClerk:
    """Stands between people and what is kept quiet."""

    def __init__(self, *, desk: Desk, seal: Seal) -> None:
        self.desk, self._seal = desk, seal

    async def carry_out(self, order: s.QuietOrder, asked: Asked) -> Answer:
        """Do it. Raises Refused."""
        silencing, by = self.desk.silencing, asked.caller.actor
        match order:
            case s.SilenceForm():
                return await self._form(order, asked)
            case s.SilenceNow():
                return Answer(message=await self._now(order, asked))
            case s.ListQuiet():
                shown = render.listing(await silencing.listing(), self.desk.clock.now(), self._seal)
                return Answer(message=shown)
            case s.EndSilence(mark=mark):
                made = await silencing.end(asked.request, mark, by, undo=not mark)
                return Answer(message=render.ended(made.silence))
            case s.ApproveSilence(mark=mark):
                made = await silencing.approve(asked.request, mark, by)
                return Answer(message=render.approved(made.silence))
            case _:
                assert_never(order)

    async def previewed(self, asked: forms.Asked, caller: Caller) -> str:
        """What it would have hidden, in words. Raises Refused."""
        return words_of(await self.desk.silencing.preview(wanted_of(asked, caller)))

    async def begin(self, asked: forms.Asked, caller: Caller, request: str) -> Message:
        """Keep it quiet. Raises Refused."""
        return await self._begin(wanted_of(asked, caller), request)

    async def _begin(self, wanted: Wanted, request: str) -> Message:
        made = await self.desk.silencing.begin(request, wanted)
        return render.began(made.silence, words_of(made.preview or Preview()), self._seal)

    async def end(self, silence: str, caller: Caller, request: str, *, undo: bool) -> Message:
        """End it, as its button says. Raises Refused."""
        made = await self.desk.silencing.end(request, silence, caller.actor, undo=undo)
        return render.ended(made.silence)

    async def _form(self, order: s.SilenceForm, asked: Asked) -> Answer:
        if not asked.forms:
            raise Unclear(f"Say for how long, and why. Examples: {EXAMPLES[order.kind]}.")
        incident = await self._incident(order.which)
        services = tuple(self.desk.configuration.services.values())
        return Answer(form=forms.silence_form(order.kind, services, incident=incident, channel=asked.channel))

    async def _now(self, order: s.SilenceNow, asked: Asked) -> Message:
        incident = await self._incident(order.which)
        conditions, services = order.conditions, self._services(order.service)
        if incident and not conditions:
            if order.kind is SilenceKind.MAINTENANCE:
                services = (incident.service.id,)
            else:
                conditions = forms.prefilled(incident)
        wanted = Wanted(
            by=asked.caller.actor,
            kind=order.kind,
            conditions=conditions,
            services=services,
            since=order.span.since,
            until=order.span.until,
            reason=order.span.rest,
            sev1=order.sev1,
            incident=incident.id if incident else None,
            channel=asked.channel,
        )
        return await self._begin(wanted, asked.request)

    def _services(self, name: str) -> tuple[ServiceId, ...]:
        if not name:
            return ()
        services = self.desk.configuration.services
        for key, service in services.items():
            if name.casefold() in (key.casefold(), service.name.casefold()):
                return (key,)
        known = ", ".join(sorted(services))
        raise Unclear(f"There is no service “{name}”, so nothing was changed. Services: {known}.")

    async def _incident(self, which: Reference) -> Incident | None:
        """The one that is named; without a name none is meant, for alerts are not only those of one."""
        return None if isinstance(which, OnlyMine) else await self.desk.find(which)


def wanted_of(asked: forms.Asked, caller: Caller) -> Wanted:
    """What a form asks for."""
    return Wanted(
        by=caller.actor,
        kind=asked.kind,
        conditions=asked.conditions,
        services=asked.services,
        since=asked.since,
        until=asked.until,
        reason=asked.reason,
        sev1=asked.sev1,
        incident=asked.incident,
        channel=asked.channel,
    )


def words_of(preview: Preview) -> str:
    """What it would have hidden, in one sentence."""
    return render.previewed(
        preview.alerts, preview.incidents, preview.sev1, preview.titles, whole=preview.whole
    )
