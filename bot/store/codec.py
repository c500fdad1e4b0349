"""Domain objects to JSON bodies and back. Services and ladders are kept apart, as snapshots."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast

from pydantic import Field, TypeAdapter
from pydantic_core import from_json

from bot.domain.alert import HeldAlert
from bot.domain.effects import Effect
from bot.domain.incident import Incident
from bot.domain.ladder import Ladder
from bot.domain.service import Service
from bot.domain.timeline import Entry

Snapshot = Service | Ladder


@cache
def _incidents() -> TypeAdapter[Incident]:
    return TypeAdapter(Incident)


@cache
def _services() -> TypeAdapter[Service]:
    return TypeAdapter(Service)


@cache
def _ladders() -> TypeAdapter[Ladder]:
    return TypeAdapter(Ladder)


@cache
def _effects() -> TypeAdapter[Effect]:
    return TypeAdapter(Annotated[Effect, Field(discriminator="kind")])


@cache
def _effects_of(kind: Hashable) -> TypeAdapter[Effect]:
    """Of one kind: what writes it need not be looked for."""
    return TypeAdapter(cast("type[Effect]", kind))


@cache
def _entries() -> TypeAdapter[Entry]:
    return TypeAdapter(Entry)


@cache
def _alerts() -> TypeAdapter[HeldAlert]:
    return TypeAdapter(HeldAlert)


def encode_incident(incident: Incident) -> str:
    """Everything but the service and the ladders."""
    return (
        _incidents()
        .dump_json(incident, exclude={"service": True, "escalation": {"ladder", "catch_all"}})
        .decode()
    )


def decode_incident(body: str, service: Service, ladder: Ladder | None, catch_all: Ladder | None) -> Incident:
    """The incident with its snapshots put back. Raises ValueError for a body that cannot be read."""
    fields = from_json(body)
    fields["service"] = service
    if fields["escalation"] is not None:
        fields["escalation"] |= {"ladder": ladder, "catch_all": catch_all}
        if "owed" not in fields["escalation"]:
            _as_it_was(fields["escalation"])
    return _incidents().validate_python(fields)


def _as_it_was(escalation: dict[str, object]) -> None:
    """Before climbs owed pages, those for sleepers lay in the outbox until their quiet hours ended."""
    resting = escalation.get("resting")
    waits = resting if isinstance(resting, list) else []
    escalation["resting"] = [each | {"queued": True} for each in waits]


def encode_effect(effect: Effect) -> str:
    """An effect, with its kind."""
    return _effects_of(cast("Hashable", type(effect))).dump_json(effect).decode()


def decode_effect(body: str) -> Effect:
    """Raises ValueError for a body that cannot be read."""
    return _effects().validate_json(body)


def encode_entry(entry: Entry) -> str:
    """A timeline entry."""
    return _entries().dump_json(entry).decode()


def decode_entry(body: str) -> Entry:
    """Raises ValueError for a body that cannot be read."""
    return _entries().validate_json(body)


def encode_alert(held: HeldAlert) -> str:
    """An alert as an incident remembers it."""
    return _alerts().dump_json(held).decode()


def decode_alert(body: str) -> HeldAlert:
    """Raises ValueError for a body that cannot be read."""
    return _alerts().validate_json(body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapped:
    """A snapshot and the name under which it is stored."""

    hash: str
    body: str


def encode_snapshot(thing: Snapshot) -> Snapped:
    """Equal things have equal names; a service and a ladder never share one."""
    if isinstance(thing, Service):
        kind, body = "service", _services().dump_json(thing).decode()
    else:
        kind, body = "ladder", _ladders().dump_json(thing).decode()
    return Snapped(hash=f"{kind}:{hashlib.sha256(body.encode()).hexdigest()[:32]}", body=body)


def decode_snapshot(name: str, body: str) -> Snapshot:
    """Raises ValueError for a body that cannot be read."""
    if name.startswith("service:"):
        return _services().validate_json(body)
    return _ladders().validate_json(body)
