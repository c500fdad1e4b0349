"""What Slack's side needs to show schedules as pictures and to give links to them."""

from dataclasses import dataclass

from bot.pictures.studio import Studio
from bot.ports.pictures import Exhibition
from bot.subscriptions import Subscriptions


@dataclass(frozen=True, kw_only=True)
class Calendars:
    """What shows schedules as pictures, and gives links to them."""

    subscriptions: Subscriptions
    studio: Studio
    exhibition: Exhibition
