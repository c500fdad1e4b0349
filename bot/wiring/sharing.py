"""What shows schedules to people, put together: links, pictures, and the addresses behind links."""

from collections.abc import Callable

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.pictures import SlackPictures
from bot.pictures.studio import Studio
from bot.ports import Store
from bot.render.tokens import Tokens
from bot.settings import Settings
from bot.subscriptions import Subscriptions
from handlers.calendars import Calendars
from handlers.shared import Shared


class Sharing:
    """Made once; nothing is drawn or given yet."""

    def __init__(
        self,
        settings: Settings,
        in_force: ConfigurationInForce,
        store: Store,
        client: SlackClient | None,
        clock: Clock,
        key: Callable[[Settings], bytes],
    ) -> None:
        self._client = client
        self._studio = Studio(settings.data_dir / "pictures")
        self._subscriptions = Subscriptions(
            store, clock, lambda: in_force.now, Tokens(key(settings)), settings.public_url
        )
        self.routes = Shared(self._subscriptions, self._studio, clock).routes()

    @property
    def calendars(self) -> Calendars | None:
        """What Slack's side needs of it."""
        if self._client is None:
            return None
        exhibition = SlackPictures(self._client)
        return Calendars(subscriptions=self._subscriptions, studio=self._studio, exhibition=exhibition)
