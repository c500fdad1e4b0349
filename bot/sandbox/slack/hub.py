"""The parts of the sandbox's Slack, put together once and handed to whoever serves or acts."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.ids import Stamps
from bot.sandbox.slack.journal import Journal
from bot.sandbox.slack.limits import RateLimits
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.tasks import Tasks
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.workspace import Workspace


@dataclass(kw_only=True)
class Hub:
    """Everything that the API, the people and the control pages share. `base_url` is known once it serves."""

    world: Workspace
    clock: Clock
    journal: Journal
    faults: Faults
    limits: RateLimits
    triggers: Triggers
    stamps: Stamps
    tasks: Tasks
    deliveries: Deliveries
    feed: Feed
    sockets: Sockets
    base_url: str = ""

    @property
    def api_url(self) -> str:
        """Where the Web API is, as slack_sdk's `base_url` wants it."""
        return f"{self.base_url}/api/"

    def permalink(self, channel: str, ts: str, thread_ts: str = "") -> str:
        """The address of a message, as chat.getPermalink gives it."""
        link = f"https://{self.world.domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        return f"{link}?thread_ts={thread_ts}&cid={channel}" if thread_ts else link
