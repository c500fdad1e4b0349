"""What posts alerts to us: its name, and who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.field_mapping import FieldMapping
from bot.domain.ids import ServiceId
from bot.domain.letter_rules import LetterRules


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration:
    """Something that posts alerts: read as a `source` that is known, by a mapping, or by rules on letters.

    `service`, when given, wins over routes. `labels` are added to each of its alerts.
    """

    name: str
    source: str = ""
    mapping: FieldMapping | None = None
    letters: LetterRules | None = None
    service: ServiceId | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
