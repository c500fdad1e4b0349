"""The seal on a button: what it was drawn for, unforgeable."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.ladder import Step

VERSION = "v1"
NO_INCIDENT = "none"
_MAC_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """What a button carries: the incident as it was when the button was drawn.

    `step` is the rung that was to fire next (0, 0 without a ladder); `extra` a choice, or a person's id.
    """

    incident: IncidentId
    epoch: int
    step: Step
    extra: str = ""


class Seal:
    """Makes and opens button values: `v1.<incident>.<epoch>.<round>.<rung>[.<extra>].<mac>`.

    The mac covers the action id, so that no value works on another button. It says that we drew the button,
    not that its presser may press it: authority is checked where it is written.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("a seal's key has at least 16 bytes")
        self._key = key

    def value(self, action: str, incident: Incident, extra: str = "", *, epoch: int | None = None) -> str:
        """The value of a button. Without extra, or with a short one, it fits a menu's 150 characters.

        `epoch` is that of the page on which the button stands, when it is not the present one.
        """
        step = incident.escalation.step if incident.escalation else Step(round=0, rung=0)
        fields = [
            VERSION,
            incident.id,
            str(incident.epoch if epoch is None else epoch),
            str(step.round),
            str(step.rung),
        ]
        if extra:
            fields.append(_packed(extra))
        return ".".join([*fields, self._mac(action, fields)])

    def stamp(self, action: str, extra: str) -> str:
        """The value of a button that belongs to no incident: it carries `extra` alone."""
        fields = [VERSION, NO_INCIDENT, "0", "0", "0", _packed(extra)]
        return ".".join([*fields, self._mac(action, fields)])

    def open(self, action: str, value: str) -> Sealed | None:
        """What the value says; None unless we made it for this action."""
        *fields, mac = value.split(".")
        if not value.isascii() or not hmac.compare_digest(mac, self._mac(action, fields)):
            return None
        return _read(fields)

    def _mac(self, action: str, fields: list[str]) -> str:
        signed = "\n".join([action, *fields]).encode()
        digest = hmac.new(self._key, signed, hashlib.sha256).digest()[:_MAC_BYTES]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _packed(extra: str) -> str:
    return base64.urlsafe_b64encode(extra.encode(errors="replace")).rstrip(b"=").decode()


def _read(fields: list[str]) -> Sealed | None:
    if fields[:1] != [VERSION] or len(fields) not in (5, 6):
        return None
    _, incident, epoch, round_, rung, *extra = fields
    try:
        text = base64.urlsafe_b64decode(extra[0] + "=" * (-len(extra[0]) % 4)).decode() if extra else ""
        step = Step(round=int(round_), rung=int(rung))
        return Sealed(incident=IncidentId(incident), epoch=int(epoch), step=step, extra=text)
    except (ValueError, binascii.Error):
        return None
