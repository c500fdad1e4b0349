"""Forms about what is kept quiet: what and how long, then a look at what that would have hidden."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident
from bot.domain.route import OWN, PLACED
from bot.domain.service import Service
from bot.domain.silence import LONGEST_REASON, SilenceKind
from bot.render import actions as a
from bot.render.message import MOST_OPTIONS, Block, option, section
from bot.render.modals import labelled, modal, select, typed
from bot.render.submitted import Errors, State, Values

CONDITIONS, SERVICES, SPAN, SINCE, UNTIL, WHY, SEV1 = (
    "conditions", "services", "span", "since", "until", "why", "sev1",
)  # fmt: skip
SPANS = (
    ("30 minutes", 30), ("1 hour", 60), ("2 hours", 120), ("4 hours", 240), ("8 hours", 480),
    ("1 day", 1440), ("3 days", 4320), ("7 days", 10080),
)  # fmt: skip
LONGEST = 2000
MOST_PREFILLED = 8
KNOWN = frozenset({"severity", "channel", "title", "source"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was filled in, and where; it travels as the second form's metadata."""

    kind: SilenceKind
    conditions: tuple[str, ...] = ()
    services: tuple[ServiceId, ...] = ()
    since: datetime | None = None
    until: datetime
    reason: str = ""
    sev1: bool = False
    incident: IncidentId | None = None
    channel: str | None = None

    def packed(self) -> str:
        """The metadata."""
        return json.dumps(
            {
                "kind": self.kind.value,
                "conditions": self.conditions,
                "services": self.services,
                "since": self.since.isoformat() if self.since else "",
                "until": self.until.isoformat(),
                "reason": self.reason,
                "sev1": self.sev1,
                "incident": self.incident or "",
                "channel": self.channel or "",
            },
            ensure_ascii=False,
        )


def prefilled(incident: Incident) -> tuple[str, ...]:
    """Conditions for what an incident is about: the labels of its alert, or its source and title."""
    labels = incident.labels
    own = {name: labels[name] for name in sorted(labels) if name not in KNOWN and _short(labels[name])}
    if not own:
        own = {name: labels[name] for name in ("source", "title") if labels.get(name)}
    return tuple(f'{_written(name)}="{value}"' for name, value in list(own.items())[:MOST_PREFILLED])


def _written(name: str) -> str:
    """A label called `service` is not the service that Tocsin gave."""
    return f"{OWN}{name}" if name in PLACED else name


def silence_form(
    kind: SilenceKind,
    services: Sequence[Service],
    *,
    incident: Incident | None = None,
    channel: str | None = None,
) -> Block:
    """What is to be quiet, how long, and why; an incident's labels stand in it."""
    maintenance = kind is SilenceKind.MAINTENANCE
    lines = "\n".join(prefilled(incident)) if incident and not maintenance else ""
    options = [option(each.name or each.id, each.id) for each in services[:MOST_OPTIONS]]
    chosen = [each for each in options if maintenance and incident and each["value"] == incident.service.id]
    several: Block = {"type": "multi_static_select", "options": options}
    several |= {"initial_options": chosen} if chosen else {}
    spans = [option(words, str(minutes)) for words, minutes in SPANS]
    return modal(
        a.MODAL_SILENCE,
        "Plan maintenance" if maintenance else "Keep alerts quiet",
        "Preview",
        _place(kind, incident, channel),
        labelled(
            CONDITIONS,
            "Labels, one condition a line",
            typed(lines, LONGEST, lines=True),
            optional=True,
            hint='All must hold: host = "db-1", team =~ "pay.*"',
        ),
        labelled(SERVICES, "Services", several, optional=True, hint="Without one: every service.")
        if options
        else None,
        labelled(SINCE, "From", {"type": "datetimepicker"}, optional=True) if maintenance else None,
        labelled(SPAN, "For how long?", select(spans, spans[1]), optional=True),
        labelled(UNTIL, "Or until", {"type": "datetimepicker"}, optional=True, hint="Wins over the length."),
        labelled(WHY, "Reason", typed("", LONGEST_REASON)),
        labelled(SEV1, "How bad", _also_sev1(), optional=True),
    )


def _also_sev1() -> Block:
    return {"type": "checkboxes", "options": [option("Also sev1 (somebody else must approve)", "yes")]}


def _place(kind: SilenceKind, incident: Incident | None, channel: str | None) -> str:
    """What the form is for, and where it was asked for."""
    return json.dumps(
        {"kind": kind.value, "incident": incident.id if incident else "", "channel": channel or ""}
    )


def silence_asked(
    state: State, metadata: str, services: Collection[ServiceId], now: datetime
) -> Asked | Errors:
    """Read `silence_form`."""
    values, place = Values(state), _read(metadata)
    since, until = _moment(values, SINCE), _moment(values, UNTIL)
    minutes = values.choice(SPAN) or ""
    length = int(minutes) if minutes in {str(each) for _, each in SPANS} else 0
    until = until or ((since or now) + timedelta(minutes=length) if length else None)
    conditions = tuple(
        text for part in values.text(CONDITIONS, LONGEST).split("\n") if (text := part.strip())
    )
    chosen = tuple(ServiceId(each) for each in values.choices(SERVICES) if each in services)
    reason = " ".join(values.text(WHY, LONGEST_REASON).split())
    wrong = {
        CONDITIONS: "" if conditions or chosen else "Name a label or a service: not everything can be quiet.",
        UNTIL: "" if until and until > max(now, since or now) else "Choose an end that is still to come.",
        WHY: "" if reason else "Say why: those who miss a page will ask.",
    }
    if fields := {name: words for name, words in wrong.items() if words}:
        return Errors(fields=fields)
    assert until is not None
    return Asked(
        kind=_kind(place),
        conditions=conditions,
        services=chosen,
        since=since,
        until=until,
        reason=reason,
        sev1="yes" in values.choices(SEV1),
        incident=IncidentId(str(place["incident"])) if place.get("incident") else None,
        channel=str(place["channel"]) if place.get("channel") else None,
    )


def confirm_form(asked: Asked, words: str) -> Block:
    """The second look: `words` is what it would have hidden, escaped."""
    what = "Plan it" if asked.kind is SilenceKind.MAINTENANCE else "Silence"
    return modal(a.MODAL_SILENCE_SURE, "Keep alerts quiet", what, asked.packed(), section(words))


def confirmed(metadata: str) -> Asked | None:
    """Read `confirm_form`; None for metadata that is not ours."""
    read = _read(metadata)
    try:
        return Asked(
            kind=_kind(read),
            conditions=tuple(map(str, _items(read, "conditions"))),
            services=tuple(ServiceId(str(each)) for each in _items(read, "services")),
            since=datetime.fromisoformat(str(read["since"])) if read.get("since") else None,
            until=datetime.fromisoformat(str(read["until"])),
            reason=str(read["reason"]),
            sev1=read.get("sev1") is True,
            incident=IncidentId(str(read["incident"])) if read.get("incident") else None,
            channel=str(read["channel"]) if read.get("channel") else None,
        )
    except (KeyError, ValueError):
        return None


def _items(read: Mapping[str, object], name: str) -> Sequence[object]:
    found = read.get(name)
    return found if isinstance(found, list) else ()


def _kind(read: Mapping[str, object]) -> SilenceKind:
    return SilenceKind.MAINTENANCE if read.get("kind") == "maintenance" else SilenceKind.SILENCE


def _read(metadata: str) -> Mapping[str, object]:
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _moment(values: Values, name: str) -> datetime | None:
    moment = values.moment(name)
    try:
        return datetime.fromtimestamp(moment, UTC) if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _short(value: str) -> bool:
    return bool(value) and len(value) <= 150 and "\n" not in value
