"""Forms: the views that are opened. What comes back is read in `bot.render.submitted`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.alert import MessageRef, Severity
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident, Reason
from bot.domain.service import Service
from bot.render import actions as a
from bot.render.escape import inert_lines
from bot.render.look import severity_word
from bot.render.message import MOST_OPTIONS, Block, option, plain

TITLE, SEVERITY, SERVICE, DESCRIPTION, PAGE_NOW = "title", "severity", "service", "description", "page_now"
SUMMARY, REASON, NOTE, PEOPLE, MESSAGE, SPAN, UNTIL = (
    "summary", "reason", "note", "people", "message", "span", "until",
)  # fmt: skip
"""Names of inputs; each is the block id and the action id of its input."""

LONGEST_TITLE = 200
LONGEST_TEXT = 3000
MOST_PEOPLE = 20
SPANS = (("15 minutes", 15), ("30 minutes", 30), ("1 hour", 60), ("2 hours", 120), ("4 hours", 240))

SEVERITIES = {
    Severity.SEV1: "customers cannot work",
    Severity.SEV2: "customers are hindered",
    Severity.SEV3: "degraded, a way around exists",
    Severity.SEV4: "small, can wait",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What a form is about, as ids alone: its `private_metadata`, which the client can read."""

    incident: IncidentId | None = None
    message: MessageRef | None = None
    channel: str | None = None

    def packed(self) -> str:
        """The metadata."""
        ids = {
            "incident": self.incident,
            "channel": self.message.channel if self.message else self.channel,
            "ts": self.message.ts if self.message else None,
        }
        return json.dumps({name: value for name, value in ids.items() if value})


def place_of(metadata: str) -> Place:
    """The place that a submitted form was opened for; nothing for metadata that is not ours."""
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return Place()
    ids = (
        {name: value for name, value in read.items() if isinstance(value, str)}
        if isinstance(read, dict)
        else {}
    )
    channel, ts = ids.get("channel"), ids.get("ts")
    return Place(
        incident=IncidentId(ids["incident"]) if "incident" in ids else None,
        message=MessageRef(channel=channel, ts=ts) if channel and ts else None,
        channel=channel,
    )


def declare_form(
    services: Sequence[Service],
    *,
    default: ServiceId,
    title: str = "",
    description: str = "",
    severity: Severity = Severity.SEV3,
    place: Place | None = None,
) -> Block:
    """Declare an incident; from a message its text is filled in. Services beyond a hundred are left out."""
    chosen = sorted(services, key=lambda each: each.id != default)[:MOST_OPTIONS]
    options = [option(each.name or each.id, each.id) for each in chosen]
    return _modal(
        a.MODAL_DECLARE,
        "Declare incident",
        "Declare",
        place or Place(),
        _input(TITLE, "Title", _text(title.replace("\n", " "), LONGEST_TITLE, focus=True)),
        _input(SEVERITY, "Severity", _severities(severity)),
        _input(SERVICE, "Service", _select(options, options[0] if options else None)) if options else None,
        _input(
            DESCRIPTION,
            "What is happening?",
            _text(description, LONGEST_TEXT, lines=True),
            optional=True,
        ),
        _input(PAGE_NOW, "Page who is on call now?", _yes_no()),
    )


def resolve_form(incident: Incident) -> Block:
    """Resolve; both inputs are optional."""
    reasons = [option(each.value.capitalize(), each.value) for each in Reason]
    return _modal(
        a.MODAL_RESOLVE,
        f"Resolve {incident.key}",
        "Resolve",
        Place(incident=incident.id),
        _input(SUMMARY, "What fixed it?", _text("", LONGEST_TEXT, lines=True, focus=True), optional=True),
        _input(REASON, "Reason", _select(reasons, None), optional=True),
    )


def note_form(incident: Incident) -> Block:
    """Write something down."""
    return _modal(
        a.MODAL_NOTE,
        f"Note for {incident.key}",
        "Add note",
        Place(incident=incident.id),
        _input(NOTE, "Note", _text("", LONGEST_TEXT, lines=True, focus=True)),
    )


def severity_form(incident: Incident) -> Block:
    """Change the severity. Raising it pages again."""
    return _modal(
        a.MODAL_SEVERITY,
        f"Severity of {incident.key}",
        "Change",
        Place(incident=incident.id),
        _input(SEVERITY, "Severity", _severities(incident.severity), hint="A worse severity pages again."),
    )


def page_form(incident: Incident, *, people: Sequence[str] = (), message: str = "") -> Block:
    """Page people besides the ladder; `people` are Slack user ids that are chosen already."""
    choice: Block = {
        "type": "multi_users_select",
        "placeholder": plain("Choose people", 150),
        "max_selected_items": MOST_PEOPLE,
    }
    if people:
        choice["initial_users"] = list(people[:MOST_PEOPLE])
    return _modal(
        a.MODAL_PAGE,
        f"Page for {incident.key}",
        "Page",
        Place(incident=incident.id),
        _input(PEOPLE, "Whom?", choice, hint="Everyone chosen here is woken now."),
        _input(MESSAGE, "Message", _text(message, LONGEST_TEXT, lines=True), optional=True),
    )


def snooze_form(incident: Incident) -> Block:
    """Be quiet for a while, or until a time within the next 24 hours."""
    options = [option(label, str(minutes)) for label, minutes in SPANS]
    until: Block = {"type": "datetimepicker"}  # empty: an initial time would always win over the length
    return _modal(
        a.MODAL_SNOOZE,
        f"Snooze {incident.key}",
        "Snooze",
        Place(incident=incident.id),
        _input(SPAN, "For how long?", _select(options, options[1]), optional=True),
        _input(UNTIL, "Or until", until, optional=True, hint="Wins over the length; at most 24 hours ahead."),
    )


def reopen_form(incident: Incident) -> Block:
    """Open it again, with a reason."""
    return _modal(
        a.MODAL_REOPEN,
        f"Reopen {incident.key}",
        "Reopen",
        Place(incident=incident.id),
        _input(REASON, "Why is it not over?", _text("", LONGEST_TEXT, lines=True, focus=True)),
    )


def _modal(callback: str, title: str, submit: str, place: Place, *blocks: Block | None) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "private_metadata": place.packed(),
        "blocks": [block for block in blocks if block is not None],
    }


def _input(
    name: str, label: str, element: Block, *, optional: bool = False, hint: str | None = None
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 100),
        "element": element | {"action_id": name},
        "optional": optional,
    }
    return block | {"hint": plain(hint, 150)} if hint else block


def _text(value: str, limit: int, *, lines: bool = False, focus: bool = False) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": limit}
    if initial := inert_lines(value, limit):
        element["initial_value"] = initial
    return element | {"focus_on_load": True} if focus else element


def _select(options: Sequence[Block], initial: Block | None) -> Block:
    element: Block = {"type": "static_select", "options": list(options)}
    return element | {"initial_option": initial} if initial else element


def _severities(initial: Severity) -> Block:
    options = {
        each: option(f"{severity_word(each)}: {meaning}", each.value) for each, meaning in SEVERITIES.items()
    }
    return _select(list(options.values()), options[initial])


def _yes_no() -> Block:
    yes, no = option("Yes, page now", "yes"), option("No, wake nobody", "no")
    return {"type": "radio_buttons", "options": [yes, no], "initial_option": yes}
