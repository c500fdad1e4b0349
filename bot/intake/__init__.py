"""Intake: alerts become incidents. Whatever waits at the same moment is taken in by one transaction."""

from bot.intake.arrival import Brought, Ingested
from bot.intake.gathering import Intake
from bot.intake.leftovers import news
from bot.intake.turns import in_turn
from bot.intake.unheard import note_unheard

__all__ = ["Brought", "Ingested", "Intake", "in_turn", "news", "note_unheard"]
