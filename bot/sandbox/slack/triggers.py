"""What an interaction hands to the app: a trigger that opens one modal, a URL that answers a few times."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.sandbox.slack.ids import new_secret
from bot.sandbox.slack.shapes import SlackError
from bot.sandbox.slack.workspace import Message

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One use within three seconds, by the app it was given to, for the person who acted."""

    user: str
    app_id: str
    at: datetime
    spent: bool = False


@dataclass(frozen=True, kw_only=True)
class ResponseUrl:
    """Where an answer goes. `message` is the one that was pressed: only that can be replaced."""

    user: str
    app_id: str
    channel: str
    at: datetime
    message: Message | None = None
    uses: int = 0


class Triggers:
    """The trigger ids and response URLs that were handed out."""

    def __init__(self, clock: Clock, team: str) -> None:
        self._clock = clock
        self._team = team
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def grant(self, user: str, app_id: str) -> str:
        """A new trigger id."""
        now = self._clock.now()
        name = f"{int(now.timestamp() * 1000)}.{sum(map(ord, self._team))}.{new_secret()}"
        self._triggers[name] = Trigger(user=user, app_id=app_id, at=now)
        return name

    def spend(self, name: str, app_id: str) -> str:
        """Use a trigger up; the answer is whose it is."""
        trigger = self._triggers.get(name)
        if trigger is None or trigger.app_id != app_id:
            raise SlackError("invalid_trigger_id")
        if trigger.spent:
            raise SlackError("trigger_exchanged")
        if self._clock.now() - trigger.at > TRIGGER_LIFE:
            raise SlackError("expired_trigger_id")
        self._triggers[name] = replace(trigger, spent=True)
        return trigger.user

    def response_path(
        self, sort: str, *, user: str, app_id: str, channel: str, message: Message | None = None
    ) -> str:
        """The path of a new response URL; `sort` is `commands`, `actions` or `app`."""
        path = f"/{sort}/{self._team}/{int(self._clock.now().timestamp() * 1000)}/{new_secret()}"
        self._urls[path] = ResponseUrl(
            user=user, app_id=app_id, channel=channel, at=self._clock.now(), message=message
        )
        return path

    def respond(self, path: str) -> ResponseUrl:
        """Use a response URL once; `used_url` and `expired_url` are Slack's refusals."""
        url = self._urls.get(path)
        if url is None or self._clock.now() - url.at > RESPONSE_LIFE:
            raise SlackError("expired_url")
        if url.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        self._urls[path] = replace(url, uses=url.uses + 1)
        return url
