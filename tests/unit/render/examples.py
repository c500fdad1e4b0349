"""Incidents, pages and a judge for the tests of the words."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.domain.alert import Link, MessageRef, Severity
from bot.domain.commands import Acknowledge, Command, Declare, Resolve, RungDue
from bot.domain.decide import decide
from bot.domain.effects import Effect, PagePerson
from bot.domain.ids import IncidentId, LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.ladder import ChannelTarget, Ladder, PersonTarget, Rung, ScheduleTarget
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, singly
from bot.domain.service import Service, TicketPlan
from bot.render.message import Block, Message
from bot.render.seal import Seal
from bot.sandbox.slack.blocks import TEXT_BUDGET, Surface, check_attachments, check_blocks, text_length

FRAGMENTS = [
    *("<!channel>", "<!here>", "<@U0BOB>", "<!subteam^S1>", "<#C1|x>", "<https://evil.example|ok>"),
    *("&lt;!here&gt;", "<", ">", "&", "|", "!", "@", "`", "```", "*", "_", "~", "\\", "{", "}"),
    *("{code}", "{noformat}", "[~admin]", "<script>", "https://x.example/", "javascript:"),
    *("\x00", "\ud800", "\udfff", "\u202e", "\u2066", "\u200b", "\u2028", "\r\n", "\n", "\t", " "),
    *("\U0001f525", "é", "x" * 90),
]
ANY_TEXT = st.lists(st.sampled_from(FRAGMENTS) | st.characters(exclude_categories=()), max_size=40).map(
    "".join
)
"""Text of any kind, rich in what Slack, Jira, HTML and headers take for more than text."""

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""Slow machines are no failure."""

NOW = datetime(2026, 11, 22, 14, 37, tzinfo=UTC)
SEAL = Seal(b"a key of thirty-two bytes, no less")

ANN = Actor(kind=ActorKind.PERSON, id="T1/U0ANN", name="Ann Lee", slack_user="U0ANN")
BOB = Actor(kind=ActorKind.PERSON, id="T1/U0BOB", name="Bob Ray", slack_user="U0BOB")


def person(key: str, name: str, user: str) -> Person:
    slack = ContactMethod(kind=MethodKind.SLACK, address=user)
    return Person(id=PersonId(key), name=name, slack_user=user, zone="Europe/London", methods=(slack,))


ROSTER = Roster(
    people={
        PersonId("ann"): person("ann", "Ann Lee", "U0ANN"),
        PersonId("bob"): person("bob", "Bob Ray", "U0BOB"),
    },
    schedules={
        ScheduleId("payments"): Schedule(
            id=ScheduleId("payments"),
            zone="Europe/London",
            layers=(Rotation(turns=singly((PersonId("ann"),)), start=date(2026, 1, 5), handoff=time(9)),),
        )
    },
)

LADDER = Ladder(
    id=LadderId("payments"),
    rungs=(
        Rung(targets=(ScheduleTarget(schedule=ScheduleId("payments")),), wait=timedelta(minutes=5)),
        Rung(targets=(PersonTarget(person=PersonId("bob")),), wait=timedelta(minutes=5)),
        Rung(targets=(ChannelTarget(channel="#payments"),), wait=timedelta(minutes=5)),
    ),
)

SERVICE = Service(
    id=ServiceId("checkout"),
    name="checkout-api",
    channel="C0FEED",
    ladder=LADDER,
    mention="S0PAYTEAM",
    ticket=TicketPlan(project="OPS", issue_type="Incident", priorities={Severity.SEV1: "Highest"}),
)


def opened(*, title: str = "API error rate 38% on checkout", service: Service = SERVICE) -> Incident:
    """A sev1 that has just been declared; nobody has been paged yet."""
    blank = Incident(
        id=IncidentId("01jd6zq8g5x0000000000000aa"),
        number=42,
        title=title,
        description="5xx on POST /pay since the deploy of 1.2.3",
        service=service,
        severity=Severity.SEV1,
        status=Status.TRIGGERED,
        source="Alertmanager",
        opened_at=NOW,
        opened_by=ANN,
        links=(Link(label="runbook", url="https://wiki.example/runbook"),),
        card=MessageRef(channel="C0FEED", ts="1795012345.000100"),
        permalink="https://acme.slack.example/archives/C0FEED/p1795012345000100",
    )
    declare = Declare(by=ANN, title=title, service=service, severity=Severity.SEV1, via=Via.COMMAND)
    return declared(blank, declare).incident


def after(incident: Incident, *steps: tuple[float, Command]) -> tuple[Incident, list[Effect]]:
    """The incident after these commands, each so many minutes after it was opened, and every effect."""
    effects: list[Effect] = []
    for minutes, command in steps:
        decision = decide(incident, command, NOW + timedelta(minutes=minutes))
        incident, effects = decision.incident, [*effects, *decision.effects]
    return incident, effects


def rung(incident: Incident) -> Incident:
    """The incident after its due rung has fired on time."""
    assert incident.due_at is not None
    return decide(incident, RungDue(due_at=incident.due_at, roster=ROSTER), incident.due_at).incident


def paged() -> tuple[Incident, PagePerson]:
    """The incident after the first rung, and the page to Ann."""
    incident = opened()
    assert incident.due_at is not None
    incident, effects = after(incident, (0, RungDue(due_at=incident.due_at, roster=ROSTER)))
    return incident, next(effect for effect in effects if isinstance(effect, PagePerson))


def acknowledged() -> Incident:
    """Acknowledged by Ann a minute after it was opened."""
    return after(paged()[0], (1, Acknowledge(by=ANN, via=Via.PAGE)))[0]


def resolved() -> Incident:
    """Resolved by Ann after half an hour."""
    return after(acknowledged(), (32, Resolve(by=ANN, via=Via.CARD, summary="rolled back 1.2.3")))[0]


def hostile(text: str) -> Incident:
    """An incident with this text in every field that strangers fill."""
    liar = replace(ANN, name=text)
    base = opened(title=text, service=replace(SERVICE, name=text))
    return replace(
        base,
        description=text,
        source=text,
        opened_by=liar,
        links=(Link(label=text, url=text), Link(label=text, url="https://example.com/?q=1&r=2")),
        labels={text: text},
        paging=replace(base.paging, people=(text, text), nobody=(text,), at=NOW),
        permalink=text,
    )


# ------------------------------------------------------------------------------------------- the judge

_OURS = re.compile(r"<!date\^\d+\^[^|<>]*\|[^<>]*>|<!subteam\^S0PAYTEAM>|<https?://[^\s<>|]+\|[^<>|]+>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt);)")


def judge(message: Message) -> str:
    """Fail unless Slack would take the message and it holds no markup but ours. Gives back its JSON."""
    body = message.body()
    blocks = [*message.blocks, *(block for each in message.attachments for block in _blocks(each))]
    assert check_blocks(body["blocks"], Surface.MESSAGE) == []
    assert check_attachments(body["attachments"]) == []
    assert text_length(blocks) < min(TEXT_BUDGET, 10_000)
    assert 1 <= len(message.text) <= 3000
    assert message.text.strip()
    judge_labels(body)
    return judge_json(body)


def judge_labels(node: object) -> None:
    """Fail unless what a screen reader says of a button begins with what stands on it."""
    if isinstance(node, dict):
        if said := node.get("accessibility_label"):
            label = node["text"]["text"].rstrip("…")
            assert said.casefold().startswith(label.casefold()[:40]), (label, said)
        for value in node.values():
            judge_labels(value)
    elif isinstance(node, list | tuple):
        for value in node:
            judge_labels(value)


def judge_json(body: object) -> str:
    """Fail if the outgoing JSON holds markup that we did not build, or cannot be encoded."""
    sent = json.dumps(body, ensure_ascii=False)
    sent.encode()
    for text in strings(body):
        rest = _OURS.sub("", text)
        for mark in ("<!", "<@", "<#", "\u202e", "\x00"):
            assert mark not in rest, (mark, text)
    return sent


def judge_markup(text: str) -> None:
    """Fail if escaped text has a bare `<`, `>` or `&`."""
    rest = _OURS.sub("", text)
    assert "<" not in rest, text
    assert ">" not in rest, text
    assert not _ENTITY.search(rest), text


def strings(node: object) -> list[str]:
    """Every string in a JSON value, keys left out."""
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [text for value in node.values() for text in strings(value)]
    if isinstance(node, list | tuple):
        return [text for value in node for text in strings(value)]
    return []


def markups(node: object) -> list[str]:
    """Every mrkdwn text in a JSON value."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            return [str(node["text"])]
        return [text for value in node.values() for text in markups(value)]
    if isinstance(node, list | tuple):
        return [text for value in node for text in markups(value)]
    return []


def readable(message: Message) -> str:
    """A message as text, for comparing by eye."""
    lines = [f"text: {message.text}"]
    for block in message.blocks:
        lines += _lines(block)
    for attachment in message.attachments:
        lines.append(f"bar {attachment['color']}")
        for block in _blocks(attachment):
            lines += [f"  {line}" for line in _lines(block)]
    return "\n".join(lines)


def _blocks(attachment: Block) -> list[Block]:
    blocks = attachment["blocks"]
    assert isinstance(blocks, list)
    return blocks


def _lines(block: Block) -> list[str]:
    if block["type"] == "actions":
        return [" ".join(_element(each) for each in _dicts(block["elements"]))]
    found = [line for text in markups(block) for line in text.split("\n")]
    header = block["text"] if block["type"] == "header" else None
    if isinstance(header, dict):
        found.append(str(header["text"]))
    return found


def _element(element: Block) -> str:
    if "options" in element:
        return "[More: " + " / ".join(_label(each) for each in _dicts(element["options"])) + "]"
    return f"[{_label(element)}]" + ("*" if element.get("style") == "primary" else "")


def _label(element: Block) -> str:
    text = element["text"]
    assert isinstance(text, dict)
    return str(text["text"])


def _dicts(items: object) -> list[Block]:
    assert isinstance(items, list)
    return items
