"""Inhibition: alerts that need not be told while another one says it all."""

from dataclasses import dataclass

from bot.domain.route import Matcher


@dataclass(frozen=True, kw_only=True, slots=True)
class Inhibition:
    """While an alert fires that `source` matches, those are quiet that `target` matches and are `equal`."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()
