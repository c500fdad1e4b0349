"""The use cases around what is kept quiet: wanting it, approving it, ending it, and looking."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.domain.alert import AlertState, Severity
from bot.domain.breadth import broad, check_broad, public
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.hush import hushed_by, noted, unhushed
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.notice import About, QuietTold
from bot.domain.people import Actor
from bot.domain.quiet import holds, quiet_labels
from bot.domain.refused import Refused
from bot.domain.route import PLACED, Matcher, condition_labels, place
from bot.domain.silence import (
    MARK,
    Quieted,
    Silence,
    SilenceKind,
    check_approval,
    check_wanted,
    conditions_of,
    mark_of,
)
from bot.domain.silence_authority import check_silencer
from bot.domain.standing import AlertKey, Signal
from bot.domain.undo import UNDO_WINDOW
from bot.ids import new_id
from bot.matchers import NoMatcher, matcher
from bot.overmuch import made_known
from bot.ports import Store, Tx
from bot.quieted import MOST_PAGES, PAGE, SHOWN, quieted, signals

T = TypeVar("T")
log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=7)
"""What a silence would have hidden is looked for so far back."""

LONGEST_CONDITION = 600
MOST_HUSHED = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What somebody wants kept quiet. `incident` is the one that it was asked for at, if there was one."""

    by: Actor
    kind: SilenceKind
    conditions: tuple[str, ...]
    services: tuple[ServiceId, ...] = ()
    since: datetime | None = None
    until: datetime
    reason: str
    sev1: bool = False
    incident: IncidentId | None = None
    channel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What it would have hidden in the last days: so many different alerts, incidents, and some titles.

    `whole`: everything was looked at, which was so many (`of`) different alerts.
    """

    alerts: int = 0
    incidents: int = 0
    sev1: int = 0
    titles: tuple[str, ...] = ()
    whole: bool = True
    of: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A silence that counts now. `repeated`: this very request came before; nothing was done again."""

    silence: Silence
    preview: Preview | None = None
    repeated: bool = False


class Silencing:
    """What is kept quiet, for people. Methods that change something take a `request`, as the desk's do."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed

    async def preview(self, wanted: Wanted) -> Preview:
        """What it would have hidden in the last seven days. Raises Refused for what may not be wanted."""
        self._check(wanted.by)
        silence = self._silence(wanted)
        configuration, now = self._configuration(), self._clock.now()
        preview = await self._store.read(lambda tx: previewed(tx, silence, configuration, now))
        self._broad(silence, preview)
        return preview

    async def begin(self, request: str, wanted: Wanted) -> Made:
        """Keep it quiet. Raises Refused. Alerts wait for none of the looking up."""
        self._check(wanted.by)
        looked = self._silence(wanted)
        configuration, now = self._configuration(), self._clock.now()
        preview = await self._store.read(lambda tx: previewed(tx, looked, configuration, now))

        def work(tx: Tx) -> Made:
            now = self._clock.now()
            self._check(wanted.by)
            silence = self._silence(wanted)
            if not tx.first_time(request, now):
                return Made(silence=silence, repeated=True)
            if self._broad(silence, preview):
                tx.enqueue(made_known(silence, self._configuration()), now)
            tx.add_silence(silence)
            self._note(
                tx, silence, wanted.by, f"{_begun(silence)} {conditions_of(silence)}: {silence.reason}"
            )
            if silence.sev1:
                tx.enqueue([_asked(silence, self._configuration())], now)
            return Made(silence=silence, preview=preview)

        return await self._write(wanted.by, work)

    async def end(self, request: str, mark: str, by: Actor, *, undo: bool = False) -> Made:
        """End it before its time; what it hid is judged again at once. Raises Refused.

        With `undo` it is one's own of just now, the newest without a mark; nobody needs to hear of it.
        """

        def work(tx: Tx) -> Made:
            now = self._clock.now()
            self._check(by)
            known = self._mine(tx, by, mark) if undo else self._named(tx, mark)
            found = tx.silence(known.id) or known
            if not tx.first_time(request, now):
                return Made(silence=found, repeated=True)
            if found.over_at <= now:
                raise Refused("It is over already.")
            ended = replace(found, ended_at=now, ended_by=by, reported_at=now if undo else None)
            tx.save_silence(ended)
            tx.judge_again(found.name, now)
            for incident in [each for each in tx.open_incidents(MOST_HUSHED) if hushed_by(each, found.name)]:
                latest = tx.incident(incident.id) or incident
                tx.save([unhushed(latest, found.name, now)], now)
            self._note(tx, ended, by, f"ended the {found.kind.value} {conditions_of(found)}")
            return Made(silence=ended)

        return await self._write(by, work)

    async def approve(self, request: str, mark: str, by: Actor) -> Made:
        """The word of a second person: from now on sev1 is quiet as well. Raises Refused."""

        def work(tx: Tx) -> Made:
            now = self._clock.now()
            self._check(by)
            known = self._named(tx, mark)
            found = tx.silence(known.id) or known
            if not tx.first_time(request, now):
                return Made(silence=found, repeated=True)
            check_approval(found, by, now)
            approved = replace(found, approved_by=by)
            tx.save_silence(approved)
            self._note(tx, approved, by, f"approved for sev1: {found.kind.value} {conditions_of(found)}")
            return Made(silence=approved)

        return await self._write(by, work)

    async def listing(self) -> list[Quieted]:
        """All that keeps alerts quiet now or will, the earliest end first."""
        return await self._store.read(lambda tx: quieted(tx, self._configuration(), self._clock.now()))

    def _check(self, by: Actor) -> None:
        configuration = self._configuration()
        check_silencer(by, configuration.authority, configuration.roster)

    def _silence(self, wanted: Wanted) -> Silence:
        now, services = self._clock.now(), self._configuration().services
        unknown = [each for each in wanted.services if each not in services]
        if unknown:
            known = ", ".join(sorted(services))
            raise Refused(f"There is no service “{unknown[0]}”, so nothing was changed. Services: {known}.")
        silence = Silence(
            id=new_id(now),
            kind=wanted.kind,
            conditions=tuple(_condition(each) for each in wanted.conditions),
            services=wanted.services,
            since=max(wanted.since or now, now),
            until=wanted.until,
            made_at=now,
            by=wanted.by,
            reason=" ".join(wanted.reason.split())[:300],
            sev1=wanted.sev1,
            incident=wanted.incident,
            channel=wanted.channel,
        )
        check_wanted(silence, now)
        return silence

    def _broad(self, silence: Silence, preview: Preview) -> bool:
        """Whether everybody is to be told, since it keeps most quiet. Raises Refused if it may not."""
        matchers = tuple(map(matcher, silence.conditions))
        services = self._configuration().services
        if broad(silence, matchers, preview.alerts, preview.of, services):
            check_broad(silence, silence.by, self._configuration().authority)
            return True
        return public(silence, preview.alerts, preview.of, services)

    def _named(self, tx: Tx, mark: str) -> Silence:
        wanted = mark.strip().lstrip("#").lower()
        found = [each for each in tx.silences(self._clock.now()) if each.id.lower().endswith(wanted)]
        if len(wanted) < MARK or len(found) != 1:
            raise Refused("There is no such silence or maintenance any more. `silence list` shows them.")
        return found[0]

    def _mine(self, tx: Tx, by: Actor, mark: str) -> Silence:
        now = self._clock.now()
        known = [self._named(tx, mark)] if mark else tx.silences(now)
        mine = [each for each in known if each.by.same(by) and now - each.made_at <= UNDO_WINDOW]
        if not mine:
            seconds = int(UNDO_WINDOW.total_seconds())
            raise Refused(
                f"You made no silence in the last {seconds} seconds. `silence end` ends an older one."
            )
        return max(mine, key=lambda each: (each.made_at, each.id))

    def _note(self, tx: Tx, silence: Silence, by: Actor, text: str) -> None:
        incident = tx.incident(silence.incident) if silence.incident else None
        if incident is not None:
            now = self._clock.now()
            tx.save([noted(incident, by, text, now)], now)

    async def _write(self, by: Actor, work: Callable[[Tx], T]) -> T:
        try:
            result = await self._store.write(work)
        except Refused as refused:
            log.info("refused", wish="silence", by=by.id, why=str(refused))
            raise
        self._changed()
        return result


def previewed(tx: Tx, silence: Silence, configuration: Configuration, now: datetime) -> Preview:
    """What it would have hidden lately, and what fires now."""
    matchers = tuple(map(matcher, silence.conditions))
    given = [each for each in matchers if each.label not in PLACED]
    titles: dict[str, None] = {}
    alerts: set[AlertKey] = set()
    sev1: set[AlertKey] = set()
    incidents: set[IncidentId] = set()
    known: set[AlertKey] = set()
    seen = 0
    for signal in signals(tx, now - LOOK_BACK, now):
        seen += 1
        if signal.alert.state is not AlertState.FIRING:
            continue
        key = (signal.alert.source, signal.alert.fingerprint)
        known.add(key)
        if given and not holds(given, condition_labels(signal.alert)):
            continue  # wherever it would be placed now, which takes far longer to find out
        severity = _hides(silence, matchers, signal, configuration)
        if severity is None:
            continue
        (sev1 if severity is Severity.SEV1 else alerts).add(key)
        titles.setdefault(signal.alert.title)
        if signal.incident and severity is not Severity.SEV1:
            incidents.add(signal.incident)
    return Preview(
        alerts=len(alerts | sev1),
        incidents=len(incidents),
        sev1=len(sev1),
        titles=tuple(titles)[:SHOWN],
        whole=seen < PAGE * MOST_PAGES,
        of=len(known),
    )


def _begun(silence: Silence) -> str:
    return f"{silence.kind.value} until {silence.until:%Y-%m-%d %H:%M} UTC of"


def _asked(silence: Silence, configuration: Configuration) -> SayTo:
    """A second person is asked for, where everybody sees it."""
    service = silence.services[0] if silence.services else configuration.default_service
    text = (
        f"{silence.by.name} wants sev1 quiet as well until {silence.until:%Y-%m-%d %H:%M} UTC: "
        f"{conditions_of(silence)} ({silence.reason}). Until somebody else approves, sev1 pages."
    )
    return SayTo(
        key=f"quiet:{silence.id}:asked",
        channel=configuration.services[service].channel,
        notice=QuietTold(
            about=About(title=silence.name, zone="UTC"),
            text=text,
            hint=f"To approve: /incident silence approve #{mark_of(silence)}",
        ),
    )


def _condition(written: str) -> str:
    try:
        if len(written) > LONGEST_CONDITION:
            raise Refused(f"A condition may have at most {LONGEST_CONDITION} characters.")
        return str(matcher(written))
    except NoMatcher as error:
        raise Refused(f"Nothing was changed: {error}. {error.remedy}") from None


def _hides(
    silence: Silence, matchers: tuple[Matcher, ...], signal: Signal, configuration: Configuration
) -> Severity | None:
    """How bad it would be placed now; None when the silence is not for it."""
    alert = signal.alert
    placement = place(
        alert, configuration.routes, configuration.default_service, configuration.unknown_severity
    )
    named = ServiceId(signal.facts.get("service", ""))  # by its channel, or its integration
    if named in configuration.services:
        placement = replace(placement, service=named)
    if silence.services and placement.service not in silence.services:
        return None
    return placement.severity if holds(matchers, quiet_labels(alert, placement)) else None
