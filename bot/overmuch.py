"""Silences that keep most of what comes quiet: everybody hears of them, at once or when it shows."""

from collections import Counter
from datetime import datetime, timedelta

from bot.domain.alert import AlertState
from bot.domain.breadth import most
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.notice import About, QuietTold
from bot.domain.silence import Silence, conditions_of, mark_of
from bot.domain.standing import AlertKey
from bot.ports import Tx
from bot.quieted import signals

LOOK_BACK = timedelta(hours=1)
FEW = 6
"""Of fewer alerts within that time a large share says nothing."""


def made_known(silence: Silence, configuration: Configuration) -> list[SayTo]:
    """What concerns everybody is told in the channels of all services, once."""
    channels = sorted({each.channel for each in configuration.services.values()})
    text = (
        f"{silence.by.name} keeps most alerts quiet until {silence.until:%Y-%m-%d %H:%M} UTC: "
        f"{conditions_of(silence)} ({silence.reason}). sev1 pages all the same."
    )
    notice = QuietTold(
        about=About(title=silence.name, zone="UTC"),
        text=text,
        hint=f"To end it: /incident silence end #{mark_of(silence)}",
    )
    return [SayTo(key=f"quiet:{silence.id}:broad:{each}", channel=each, notice=notice) for each in channels]


def overmuch(tx: Tx, configuration: Configuration, now: datetime) -> list[Silence]:
    """Those in force that kept most of what fired in the last hour quiet."""
    among = [each for each in tx.silences(now) if each.in_force(now)]
    if not among:
        return []
    fired: set[AlertKey] = set()
    hid: dict[AlertKey, str] = {}
    for signal in signals(tx, now - LOOK_BACK, now):
        if signal.alert.state is AlertState.FIRING:
            key = (signal.alert.source, signal.alert.fingerprint)
            fired.add(key)
            if signal.outcome == "muted":
                hid[key] = signal.facts.get("by", "")
    counts = Counter(hid.values())
    return [
        each
        for each in among
        if most(each, counts[each.name], len(fired), configuration.services.keys(), FEW)
    ]
