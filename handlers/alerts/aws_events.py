"""Events of AWS without a form of their own, as the notifier posts them: a table of what the event had."""

import json
import re
from collections.abc import Mapping

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import steady
from handlers.alerts.markup import clean, words
from handlers.alerts.places import Part, named, spread
from handlers.alerts.reading import SlackMessage

STATES = (
    *("state", "status", "jobstatus", "job_status", "new_state", "newstatevalue", "event_message", "message"),
    *("laststatus", "statuscode", "result", "value"),
)
FIRES = re.compile(
    r"(?:^|\b|_)(?:failed|fail|failure|error|timeout|timed_out|stopped|aborted|alarm|crashed|unhealthy|breached)(?:\b|_|$)"
)
CLEARS = re.compile(
    r"(?:^|\b|_)(?:succeeded|success|completed|ok|resolved|recovered|passed|healthy)(?:\b|_|$)"
)
ABOUT = words(
    "source detail-type account region sourceid source_id source_arn resources jobname pipeline project-name "
    "alarmname clustername cluster group service name statemachinearn clusterarn dbinstanceidentifier"
)
VARYING = words(
    "version id time event_time detail event_id messageid timestamp jobrunid message event_message"
)
LONGEST = 20_000
PLAIN = frozenset({"", "message"})


def read(source: str, message: SlackMessage, part: Part) -> Alert:
    """The event as an alert: it fires unless its state says that all is well."""
    told = _event(part)
    state = next((told[name] for name in STATES if name in told and _meaning(told[name])), NOTHING)
    about = {
        name: each for name, each in sorted(told.items()) if name in ABOUT and each.text not in ("[]", "")
    }
    said = next((each for name, each in part.fields if not name.strip()), NOTHING)
    title = [part.title] if part.title.word not in PLAIN else []
    heads = [told[name] for name in ("detail-type", "event_message", "jobname", "sourceid") if name in told]
    heads += [state] if state.text not in [head.text for head in heads] else []
    return Finding(
        source=source,
        message=message,
        state=_meaning(state) or AlertState.FIRING,
        state_from=state or part.text,
        key=[*title, *about.values(), said.cut(steady(said.bare.text)), f"#{message.channel}"],
        title=[*title, *heads] if title or heads else said.bare or part.text,
        severity_from=told.get("severity", NOTHING),
        description=[each for name, each in told.items() if name in ("message", "event_message")]
        or [said.bare],
        labels={name: each for name, each in told.items() if name not in VARYING and "://" not in each.text},
        links=part.links(),
    ).alert()


def _meaning(told: Told) -> AlertState | None:
    if FIRES.search(told.word):
        return AlertState.FIRING
    return AlertState.CLEARED if CLEARS.search(told.word) else None


def _event(part: Part) -> Mapping[str, Told]:
    """The fields, and what the document in `detail` has; its state counts more than the event's."""
    fields = spread(part.fields)
    detail = named(part.fields, "detail")
    return fields | dict(_document(detail))


def _document(detail: Told) -> list[tuple[str, Told]]:
    try:
        found = json.loads(detail.text[:LONGEST]) if detail else {}
    except (ValueError, RecursionError):
        return []
    members = list(found.items())[:60] if isinstance(found, dict) else []
    plain = [(name, value) for name, value in members if isinstance(value, str | int | float) and str(value)]
    told = [(clean(str(name)[:80]), clean(str(value)[:2_000])) for name, value in plain]
    return [(name.casefold(), Told(value, f"{detail.place}.{name}")) for name, value in told]
