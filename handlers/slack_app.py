"""The Slack app: Bolt, set up so that nothing but a commit stands between a request and its answer."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.metrics import Metrics
from bot.ports import Alarms, Directory, Whoami
from bot.ports.history import History
from bot.render.emergency import by_hand
from bot.render.seal import Seal
from bot.service import Desk
from handlers.backfill import Backfill
from handlers.calendar_clerk import CalendarClerk
from handlers.calendars import Calendars
from handlers.calls import Call, Json, boundary, hearing
from handlers.clerk import Clerk
from handlers.crowded_app import CrowdedApp
from handlers.easel import Easel
from handlers.forms import Forms
from handlers.identity import Callers
from handlers.oncall_forms import OnCallForms
from handlers.silence_forms import SilenceForms
from handlers.slack_actions import Actions
from handlers.slack_commands import SlashCommands
from handlers.slack_home import Home
from handlers.slack_lessons import Lessons
from handlers.slack_messages import Messages
from handlers.slack_modals import Modals
from handlers.watches import Watches
from handlers.whispers import Whispers

log = structlog.get_logger(__name__)

Next = Callable[[], Awaitable[BoltResponse]]


@dataclass(frozen=True, kw_only=True)
class SlackSide:
    """Everything that faces Slack.

    `whispers.run` and `backfill.run` want a task each; `watches.refresh` a call now and then.
    """

    app: AsyncApp
    whispers: Whispers
    watches: Watches
    easel: Easel | None = None
    backfill: Backfill | None = None


def slack_side(
    *,
    client: AsyncWebClient,
    whoami: Whoami,
    desk: Desk,
    directory: Directory,
    seal: Seal,
    clock: Clock,
    metrics: Metrics,
    moved: Callable[[], None] = lambda: None,
    commands: tuple[str, str] = ("/incident", "/oncall"),
    calendars: Calendars | None = None,
    history: History | None = None,
    alarms: Alarms | None = None,
) -> SlackSide:
    """Build the app and all its listeners. `client` carries the bot's token; it opens forms and whispers.

    `moved` is told that the workspace may not be any more what `whoami` says. `calendars` is what shows
    schedules as pictures and gives links to them. Without `history` nobody can teach; without it or
    `alarms` gaps stay.
    """
    whispers, forms, watches = Whispers(client), Forms(client), Watches(directory, lambda: desk.configuration)
    callers = Callers(directory, whoami)
    clerk = Clerk(desk=desk, clock=clock, seal=seal, callers=callers, metrics=metrics, commands=commands)
    easel = _easel(clerk, calendars, whispers) if calendars else None
    app = _app(client, whoami, moved)
    app.error(boundary(whispers, clock, lambda: by_hand(_known(desk), clock.now())))
    SlashCommands(clerk, forms, easel).register(app)
    Actions(clerk, forms, whispers).register(app)
    _hear_forms(app, clerk, whispers)
    messages = Messages(
        clerk=clerk, whispers=whispers, watches=watches, whoami=whoami, metrics=metrics, easel=easel
    )
    messages.register(app)
    Home(clerk, forms, whispers).register(app)
    if history is not None:
        Lessons(clerk, forms, whispers, history).register(app)
    _catch_the_rest(app)
    backfill = _backfill(messages, watches, history, desk, alarms)
    return SlackSide(app=app, whispers=whispers, watches=watches, easel=easel, backfill=backfill)


def _backfill(
    messages: Messages, watches: Watches, history: History | None, desk: Desk, alarms: Alarms | None
) -> Backfill | None:
    if history is None or alarms is None:
        return None
    return Backfill(messages=messages, watches=watches, history=history, desk=desk, alarms=alarms)


def _hear_forms(app: AsyncApp, clerk: Clerk, whispers: Whispers) -> None:
    Modals(clerk, whispers).register(app)
    OnCallForms(clerk, whispers).register(app)
    SilenceForms(clerk, whispers).register(app)


def _easel(clerk: Clerk, calendars: Calendars, whispers: Whispers) -> Easel:
    clerk.on_call.calendars = CalendarClerk(
        desk=clerk.desk,
        clock=clerk.clock,
        views=clerk.on_call.views,
        subscriptions=calendars.subscriptions,
    )
    return Easel(calendars.studio, calendars.exhibition, whispers)


def _known(desk: Desk) -> Configuration:
    """The configuration, with what was last known of who is on call."""
    return replace(desk.configuration, roster=desk.duty.known)


def _app(client: AsyncWebClient, whoami: Whoami, moved: Callable[[], None]) -> AsyncApp:
    """Bolt without what costs time or a network call.

    Requests over HTTP are verified by handlers.http before they come here, those over Socket Mode need no
    signature. Our own messages are told apart in handlers.slack_messages, more sharply than Bolt does.
    """
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=whoami.team_id,
        bot_user_id=whoami.bot_user_id,
        bot_id=whoami.bot_id,
        bot_token=client.token,
    )

    async def authorize() -> AuthorizeResult:
        return known

    app = CrowdedApp(
        name="tocsin",
        client=_without_token(client),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    async def ours(body: Json, next: Next) -> BoltResponse:  # noqa: A002 - Bolt gives arguments by name
        if foreign(body, whoami):
            return _turned_away(body, whoami, moved)
        return await next()

    app.middleware(ours)
    return app


def _turned_away(body: Json, whoami: Whoami, moved: Callable[[], None]) -> BoltResponse:
    """An event for our app comes again, when the bot may know its workspace's new id."""
    for_us = bool(whoami.app_id) and body.get("api_app_id") == whoami.app_id
    log.warning("request for another app or workspace ignored", for_us=for_us)
    if for_us:
        moved()
    return BoltResponse(status=503 if for_us and "event" in body else 200, body="")


def _without_token(client: AsyncWebClient) -> AsyncWebClient:
    """For Bolt, which takes the token from `authorize` and warns of a second one."""
    return AsyncWebClient(base_url=client.base_url, timeout=client.timeout, session=client.session)


def foreign(body: Json, whoami: Whoami) -> bool:
    """Whether a request is meant for another app, or comes from another workspace.

    Buttons may be pressed by people of other workspaces in shared channels: those are judged as people.
    """
    app = body.get("api_app_id")
    if whoami.app_id and app and app != whoami.app_id:
        return True
    if "event" not in body and "command" not in body:
        return False
    authorizations: list[dict[str, Any]] = body.get("authorizations") or []
    named = [body.get("team_id"), body.get("context_team_id")]
    named += [each.get("team_id") for each in authorizations]
    if whoami.enterprise_id:
        named += [body.get("enterprise_id"), body.get("context_enterprise_id")]
    told, ours = {each for each in named if each}, {whoami.team_id, whoami.enterprise_id}
    return bool(told) and not told & ours


def _catch_the_rest(app: AsyncApp) -> None:
    """What nobody listens to is acknowledged all the same: otherwise Slack counts a failure."""

    async def ignore(call: Call) -> None:
        await call.ack()

    anything = re.compile(".*")
    app.event(anything)(hearing(ignore))
    app.shortcut(anything)(hearing(ignore))
    app.view(anything)(hearing(ignore))
    app.view_closed(anything)(hearing(ignore))
    app.options(anything)(hearing(_no_options))


async def _no_options(call: Call) -> None:
    await call.ack(options=[])
