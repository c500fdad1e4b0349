"""What can be made to go wrong by a switch on the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.jira.faults import Mode
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer

_REFUSAL = "451 4.3.2 The sandbox takes no mail at the moment"
_SLACK = {
    "slack-down": (
        Fault(kind=FaultKind.DOWN, id="slack-down"),
        "Slack is down",
        "every call gets a 503",
    ),
    "slack-slow": (
        Fault(kind=FaultKind.RATE_LIMITED, method="chat.*", retry_after="5", id="slack-slow"),
        "Slack says “too many requests”",
        "429 to every message, try again in 5 s",
    ),
    "slack-mute": (
        Fault(kind=FaultKind.HANG, method="chat.postMessage", delivered=True, times=1, id="slack-mute"),
        "Slack posts the next message but never answers",
        "the bot must find it and not post it twice",
    ),
}
_JIRA: Mapping[str, tuple[Mode, str, str]] = {
    "jira-down": (Mode.DOWN, "Jira is down", "every call gets a 503"),
    "jira-mute": (
        Mode.LOSE_RESPONSE,
        "Jira works but never answers",
        "tickets are made, the answers are lost",
    ),
}
_MAIL = ("mail-down", "The mail server takes nothing", "every recipient is refused for now")


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One thing that can go wrong, and whether it does."""

    name: str
    label: str
    meaning: str
    on: bool


class Troubles:
    """The switches, over the three servers."""

    def __init__(self, slack: SlackServer, jira: JiraServer, mail: MailServer) -> None:
        self._slack = slack
        self._jira = jira
        self._mail = mail

    def switches(self) -> list[Switch]:
        """All of them, as they stand."""
        struck = {fault.id for fault in self._slack.faults.active()}
        modes = {fault.mode for fault in self._jira.faults.active}
        slack = [
            Switch(name=name, label=label, meaning=meaning, on=name in struck)
            for name, (_, label, meaning) in _SLACK.items()
        ]
        jira = [
            Switch(name=name, label=label, meaning=meaning, on=mode in modes)
            for name, (mode, label, meaning) in _JIRA.items()
        ]
        name, label, meaning = _MAIL
        mail = Switch(name=name, label=label, meaning=meaning, on=self._mail.refuse is not None)
        return [*slack, *jira, mail]

    def turn(self, name: str, *, on: bool) -> None:
        """Switch one on or off; `KeyError` for a name that is none."""
        if name == _MAIL[0]:
            self._mail.refuse = _REFUSAL if on else None
        elif name in _JIRA:
            self._turn_jira(_JIRA[name][0], on=on)
        elif on:
            self._slack.faults.add(_SLACK[name][0])
        else:
            self._slack.faults.clear(_SLACK[name][0].id)

    def _turn_jira(self, mode: Mode, *, on: bool) -> None:
        kept = [fault for fault in self._jira.faults.active if fault.mode is not mode]
        self._jira.heal()  # it also lets go of the calls that hang
        for fault in kept:
            self._jira.faults.add(fault)
        if on:
            self._jira.fail(mode)
