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
    return modal(
        a.MODAL_DECLARE,
        "Declare incident",
        "Declare",
        place or Place(),
        labelled(TITLE, "Title", typed(title.replace("\n", " "), LONGEST_TITLE, focus=True)),
        labelled(SEVERITY, "Severity", _severities(severity)),
        labelled(SERVICE, "Service", select(options, options[0] if options else None)) if options else None,
        labelled(
            DESCRIPTION,
            "What is happening?",
            typed(description, LONGEST_TEXT, lines=True),
            optional=True,
        ),
        labelled(PAGE_NOW, "Page who is on call now?", _yes_no()),
    )


def resolve_form(incident: Incident) -> Block:
    """Resolve; both inputs are optional."""
    reasons = [option(each.value.capitalize(), each.value) for each in Reason]
    return modal(
        a.MODAL_RESOLVE,
        f"Resolve {incident.key}",
        "Resolve",
        Place(incident=incident.id),
        labelled(SUMMARY, "What fixed it?", typed("", LONGEST_TEXT, lines=True, focus=True), optional=True),
        labelled(REASON, "Reason", select(reasons, None), optional=True),
    )


def note_form(incident: Incident) -> Block:
    """Write something down."""
    return modal(
        a.MODAL_NOTE,
        f"Note for {incident.key}",
        "Add note",
        Place(incident=incident.id),
        labelled(NOTE, "Note", typed("", LONGEST_TEXT, lines=True, focus=True)),
    )


def severity_form(incident: Incident) -> Block:
    """Change the severity. Raising it pages again."""
    return modal(
        a.MODAL_SEVERITY,
        f"Severity of {incident.key}",
        "Change",
        Place(incident=incident.id),
        labelled(SEVERITY, "Severity", _severities(incident.severity), hint="A worse severity pages again."),
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
    return modal(
        a.MODAL_PAGE,
        f"Page for {incident.key}",
        "Page",
        Place(incident=incident.id),
        labelled(PEOPLE, "Whom?", choice, hint="Everyone chosen here is woken now."),
        labelled(MESSAGE, "Message", typed(message, LONGEST_TEXT, lines=True), optional=True),
    )


def snooze_form(incident: Incident) -> Block:
    """Be quiet for a while, or until a time within the next 24 hours."""
    options = [option(label, str(minutes)) for label, minutes in SPANS]
    until: Block = {"type": "datetimepicker"}  # empty: an initial time would always win over the length
    return modal(
        a.MODAL_SNOOZE,
        f"Snooze {incident.key}",
        "Snooze",
        Place(incident=incident.id),
        labelled(SPAN, "For how long?", select(options, options[1]), optional=True),
        labelled(
            UNTIL, "Or until", until, optional=True, hint="Wins over the length; at most 24 hours ahead."
        ),
    )


def hand_over_form(incident: Incident) -> Block:
    """Ask somebody to take it over."""
    whom: Block = {"type": "users_select", "placeholder": plain("Choose a person", 150)}
    return modal(
        a.MODAL_HAND_OVER,
        f"Hand over {incident.key}",
        "Ask",
        Place(incident=incident.id),
        labelled(PEOPLE, "Who takes it over?", whom, hint="Until they accept, it stays with you."),
    )


def reopen_form(incident: Incident) -> Block:
    """Open it again, with a reason."""
    return modal(
        a.MODAL_REOPEN,
        f"Reopen {incident.key}",
        "Reopen",
        Place(incident=incident.id),
        labelled(REASON, "Why is it not over?", typed("", LONGEST_TEXT, lines=True, focus=True)),
    )


def modal(callback: str, title: str, submit: str, place: Place | str, *blocks: Block | None) -> Block:
    """A form; `place` is what its metadata says, packed already or not."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "private_metadata": place if isinstance(place, str) else place.packed(),
        "blocks": [block for block in blocks if block is not None],
    }


def labelled(
    name: str, label: str, element: Block, *, optional: bool = False, hint: str | None = None
) -> Block:
    """An input with its label; its name is its block id and its action id."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 100),
        "element": element | {"action_id": name},
        "optional": optional,
    }
    return block | {"hint": plain(hint, 150)} if hint else block


def typed(value: str, limit: int, *, lines: bool = False, focus: bool = False) -> Block:
    """A text to be typed."""
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": limit}
    if initial := inert_lines(value, limit):
        element["initial_value"] = initial
    return element | {"focus_on_load": True} if focus else element


def select(options: Sequence[Block], initial: Block | None) -> Block:
    """A menu."""
    element: Block = {"type": "static_select", "options": list(options)}
    return element | {"initial_option": initial} if initial else element


def _severities(initial: Severity) -> Block:
    options = {
        each: option(f"{severity_word(each)}: {meaning}", each.value) for each, meaning in SEVERITIES.items()
    }
    return select(list(options.values()), options[initial])


def _yes_no() -> Block:
    yes, no = option("Yes, page now", "yes"), option("No, wake nobody", "no")
    return {"type": "radio_buttons", "options": [yes, no], "initial_option": yes}
