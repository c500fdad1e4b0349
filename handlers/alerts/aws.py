"""AWS' messages in Slack, as the notifier most people run posts them.

https://github.com/terraform-aws-modules/terraform-aws-notify-slack: CloudWatch, GuardDuty, malware scans,
Security Hub, Inspector, Health and Backup each have a form; everything else comes as a table of what the
event had, which is read by the names that EventBridge and SNS use. No account stands in most of them, so the
channel is part of the key.

* CloudWatch: the alarm and its region. ALARM fires, OK clears; an alarm without data fires too, for it is
  only told of when somebody asked for that.
* GuardDuty: the finding's id, as its link has it. Sample findings are tests.
* Malware: bucket and object. * Security Hub, Inspector: account, control, resource; what passed is cleared.
* Health: code, region, resources. * Backup: what was backed up, not the job.
"""

import re
from collections.abc import Callable, Mapping

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts import aws_chatbot, aws_events
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.places import Part, parts, spread
from handlers.alerts.reading import SlackMessage

SOURCE = "aws"
BACKUP = re.compile(
    r"(?:[\u2190-\u2bff\ufe0f]|:[a-z_]{1,40}:|\s)*An AWS (?P<kind>Backup|Copy|Restore|Recovery point)\b.*"
)
BAD = re.compile(r"\b(?:failed|aborted|expired|stopped|partial)\b", re.IGNORECASE)
GOOD = re.compile(r"\bcompleted\b|\bsuccessful", re.IGNORECASE)
LEADING = re.compile(r"^(?::[a-z_]{1,40}:|\W)+")
REGION = re.compile(r"[?&]region=([a-z0-9-]{1,40})")
SAMPLE = "[SAMPLE]"
COLOURS = {"a30200": Severity.SEV2, "daa038": Severity.SEV3, "777777": Severity.SEV4}
MALWARE = {"THREATS_FOUND": Severity.SEV2, "NO_THREATS_FOUND": None}

Reader = Callable[[SlackMessage, Part, Told], Alert]


def recognise(message: SlackMessage) -> bool:
    """Whether an attachment has one of the notifier's forms, or a title is the Chatbot's."""
    return any(_reader(part) for part in parts(message)) or aws_chatbot.recognise(message)


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each attachment that has such a form."""
    found = ((part, _reader(part)) for part in parts(message))
    alerts = [known[0](message, part, known[1]) for part, known in found if known]
    return alerts or aws_chatbot.parse(SOURCE, message)


def _reader(part: Part) -> tuple[Reader, Told] | None:
    """Who reads it, and what comes after the words by which it is known."""
    told = part.text.first
    for beginning, reader in READERS.items():
        if told.text.startswith(beginning):
            return reader, told.cut(told.text.removeprefix(beginning))
    if part.fields and (found := BACKUP.fullmatch(part.fields[0][0])):
        return _backup, Told(found.group().strip(), f"{part.place}.fields[0].title")
    return None


def _cloudwatch(message: SlackMessage, part: Part, rest: Told) -> Alert:
    name, state = part.named("Alarm Name") or rest, part.named("Current State")
    region = part.named("Link to Alarm").cut(_region(part.named("Link to Alarm").text))
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if state.text == "OK" else AlertState.FIRING,
        state_from=state,
        key=["cloudwatch", region, name, f"#{message.channel}"],
        title=name,
        description=[part.named("Alarm Description"), part.named("Alarm reason")],
        labels={
            "service": rest.cut("cloudwatch"),
            "region": region,
            **_labels(part, "alarm_reason", "old_state"),
        },
        links=part.links(),
    ).alert()


def _guardduty(message: SlackMessage, part: Part, rest: Told) -> Alert:
    link = part.named("Link to Finding")
    found = re.search(r"id(?:%3D|=)([\w-]{1,100})", link.text)
    key = [link.cut(found[1])] if found else [rest, part.named("Account ID"), part.named("Finding Type")]
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.FIRING,
        state_from=part.text,
        key=["guardduty", *key],
        title=rest,
        severity_from=part.named("Severity"),
        description=part.named("Description"),
        labels={"service": rest.cut("guardduty"), **_labels(part, "description", "last_seen", "count")},
        links=part.links(),
        test=rest if rest.text.startswith(SAMPLE) else NOTHING,
    ).alert()


def _malware(message: SlackMessage, part: Part, rest: Told) -> Alert:
    bucket, key = part.named("S3 Bucket"), part.named("S3 Object")
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if rest.text == "NO_THREATS_FOUND" else AlertState.FIRING,
        state_from=rest,
        key=["malware", bucket, key, f"#{message.channel}"],
        title=[rest.cut(f"Malware scan: {rest.text.replace('_', ' ').casefold()} in"), _object(bucket, key)],
        severity=MALWARE.get(rest.text, Severity.SEV3),
        severity_from=rest,
        labels={"service": rest.cut("guardduty"), "result": rest, **_labels(part)},
        links=part.links(),
    ).alert()


def _object(bucket: Told, key: Told) -> Told:
    return bucket.cut(f"{bucket.text}/{key.text}")


def _finding(message: SlackMessage, part: Part, rest: Told) -> Alert:
    compliance, about = part.named("Compliance Status"), part.named("Affected Resource", "Resource Type")
    control = part.named("Control ID")
    control = control if control and control.text != "N/A" else part.named("Generator") or rest
    link = part.named("Link to Finding")
    what = [control, about] if about else [rest, link]
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if compliance.text == "PASSED" else AlertState.FIRING,
        state_from=compliance or part.text,
        key=["finding", part.named("Account ID"), *what],
        title=rest,
        severity_from=part.named("Severity"),
        description=part.named("Description"),
        labels={
            "service": part.text.cut("securityhub"),
            **_labels(part, "title", "description", "last_updated"),
        },
        links=part.links(),
    ).alert()


def _health(message: SlackMessage, part: Part, rest: Told) -> Alert:
    code, region, about = (part.named(name) for name in ("Code", "Affected Region", "Affected Resources"))
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.FIRING,
        state_from=part.text,
        key=["health", code, region, about, f"#{message.channel}"],
        title=[code, region.cut(f"in {region.text}")],
        severity=COLOURS.get(part.of.colour),
        severity_from=part.colour,
        description=[part.named("Event Description"), about],
        labels={"service": rest.cut("health"), **_labels(part, "event_description")},
        links=part.links(),
    ).alert()


def _backup(message: SlackMessage, part: Part, title: Told) -> Alert:
    values = _pairs(part)
    kind = BACKUP.fullmatch(title.text)
    about = values.get("resource_arn") or values.get("recovery_point_arn") or values.get("accountid", NOTHING)
    bare = title.cut(LEADING.sub("", title.text))
    cleared = not BAD.search(title.text) and bool(GOOD.search(title.text))
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        state_from=title,
        key=[
            "backup",
            title.cut(kind["kind"] if kind else None),
            about,
            f"#{message.channel}",
        ],
        title=[bare, about.cut(f"({about.text})" if about else None)],
        description=[bare, *values.values()],
        labels={"service": title.cut("backup"), **values},
        links=part.links(),
    ).alert()


def _pairs(part: Part) -> dict[str, Told]:
    """Names and values that stand in fields by turns."""
    told = [
        (Told(value.text, f"{part.place}.fields[{number}].value"))
        for number, (_, value) in enumerate(part.fields)
    ]
    told = [each.bare for each in told[1:]]
    names, values = told[::2], told[1::2]
    return {"_".join(name.word.split()): value for name, value in zip(names, values, strict=False)}


def _default(message: SlackMessage, part: Part, _: Told) -> Alert:
    return aws_events.read(SOURCE, message, part)


def _labels(part: Part, *without: str) -> dict[str, Told]:
    told = spread(
        part.fields, *without, "start_time", "end_time", "first_observed", "first_seen", "last_updated"
    )
    return {name: each for name, each in told.items() if not each.text.startswith("https://")}


def _region(url: str) -> str:
    found = REGION.search(url[:2_000])
    return found[1] if found else ""


READERS: Mapping[str, Reader] = {
    "AWS CloudWatch notification - ": _cloudwatch,
    "AWS GuardDuty Finding - ": _guardduty,
    "AWS GuardDuty Malware Scan Result - ": _malware,
    "AWS Security Hub Finding - ": _finding,
    "AWS Inspector Finding - ": _finding,
    "New AWS Health Event for ": _health,
    "AWS notification": _default,
}
