"""The manifest and what is listened to are the same."""

import re
from collections.abc import Iterable, Mapping

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.domain.configuration import Configuration
from bot.domain.people import Standing
from bot.metrics import Metrics
from bot.ports import SlackUser, Whoami
from bot.ports.history import Past
from bot.render import actions as a
from bot.render.actions import MODAL_SWITCH_ON, MODAL_TEACH
from bot.render.seal import Seal
from bot.service import Desk
from bot.store import open_store
from handlers.manifest import EVENTS, SCOPES, manifest
from handlers.oncall_forms import FIRST
from handlers.slack_app import slack_side
from handlers.slack_modals import FORMS as OF_INCIDENTS

FORMS = (*OF_INCIDENTS, *FIRST, MODAL_TEACH, MODAL_SWITCH_ON, a.MODAL_SILENCE, a.MODAL_SILENCE_SURE)

Body = Mapping[str, object]
WHOAMI = Whoami(team_id="T1", bot_id="B1", bot_user_id="U1", app_id="A1")


class Nobody:
    async def user(self, user: str) -> SlackUser:
        return SlackUser(id=user, team="T1", name=user, standing=Standing.UNKNOWN)

    async def channel_id(self, channel: str) -> str | None:
        return channel


class Blank:
    async def of(self, channel: str, *, since: str = "", most: int = 200) -> Past:
        return Past()


def app() -> AsyncApp:
    clock = SystemClock()

    def configuration() -> Configuration:
        raise NotImplementedError

    return slack_side(
        client=AsyncWebClient(token="xoxb-1"),
        whoami=WHOAMI,
        desk=Desk(open_store("sqlite:///nowhere.db"), clock, configuration, lambda: None),
        directory=Nobody(),
        seal=Seal(b"0" * 32),
        clock=clock,
        metrics=Metrics(),
        history=Blank(),
    ).app


async def heard(bodies: Iterable[Body]) -> list[bool]:
    """Which of the requests a listener of its own takes, and not only the one for everything else."""
    made, found = app(), []
    for body in bodies:
        request, response = AsyncBoltRequest(body=dict(body), mode="socket_mode"), BoltResponse(status=200)
        taken = [
            listener
            for listener in made._async_listeners
            if await listener.async_matches(req=request, resp=response)
        ]
        found.append(len(taken) > 1 or (len(taken) == 1 and "command" in body))
    return found


async def test_every_command_shortcut_and_event_of_the_manifest_is_heard() -> None:
    shown = manifest("socket")
    features = shown["features"]
    commands: list[Body] = [{"command": each["command"], "text": ""} for each in features["slash_commands"]]
    kinds = {"global": "shortcut", "message": "message_action"}
    shortcuts: list[Body] = [
        {"type": kinds[each["type"]], "callback_id": each["callback_id"], "message": {}}
        for each in features["shortcuts"]
    ]
    names = {event.partition(".")[0] for event in EVENTS}
    events: list[Body] = [{"type": "event_callback", "event": {"type": name}} for name in sorted(names)]
    forms: list[Body] = [
        {"type": "view_submission", "view": {"type": "modal", "callback_id": name}} for name in FORMS
    ]

    assert all(await heard([*commands, *shortcuts, *events, *forms]))
    assert not any(await heard([{"type": "event_callback", "event": {"type": "reaction_added"}}]))


async def test_nothing_is_listened_to_that_the_manifest_does_not_have() -> None:
    commands = {each["command"] for each in manifest("socket")["features"]["slash_commands"]}
    listeners = app()._async_listeners

    assert commands == {"/incident", "/oncall"}
    assert (
        len(listeners) == 2 + 1 + len(FORMS) + 2 + 4 + 5
    )  # commands, actions, forms, messages, home and teaching, the rest


def test_every_form_has_its_listener() -> None:
    known = {value for name, value in vars(a).items() if name.startswith("MODAL_")}

    assert set(FORMS) == known


def test_a_scope_is_asked_for_only_where_it_is_used() -> None:
    assert set(manifest("socket")["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert "chat:write.customize" not in SCOPES
    assert all(SCOPES.values())


def test_the_address_stands_everywhere_over_http_and_nowhere_over_socket_mode() -> None:
    http = manifest("http", "https://tocsin.example.com/")
    url = "https://tocsin.example.com/slack/events"

    assert str(http).count(url) == 4
    assert http["settings"]["socket_mode_enabled"] is False
    assert "url" not in re.sub(r"'[a-z]+_urls?'", "", str(manifest("socket")))
    with pytest.raises(ValueError, match="request URL"):
        manifest("http")
    with pytest.raises(ValueError, match="request URL"):
        manifest("socket", "https://x.example")


def test_slacks_limits_of_a_manifest_are_kept() -> None:
    features = manifest("socket", commands=("/inc", "/duty"))["features"]

    assert [each["command"] for each in features["slash_commands"]] == ["/inc", "/duty"]
    assert all(each["should_escape"] for each in features["slash_commands"])
    assert all(len(each["name"]) <= 24 for each in features["shortcuts"])
    assert len(EVENTS) <= 100
