"""Write a draft as a commented `tocsin.yaml`, in which every text is quoted that needs it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import time, timedelta

from bot.config.problem import printable
from bot.config.values import spoken
from bot.domain.calendar import Window
from bot.domain.schedule import Rotation, ShiftUnit
from bot.imports.draft import Aim, Climb, Draft, Hours, Human, Ical, Method, Plan, Step, Subject
from bot.imports.note import Same, Weight

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ._/@+-]*[A-Za-z0-9]|[A-Za-z]")
WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {ShiftUnit.HOURS: "h", ShiftUnit.DAYS: "d", ShiftUnit.WEEKS: "w", ShiftUnit.MONTHS: "mo"}
SEVERITY_OF = {"high": "sev2", "low": "sev3"}
NOBODYS = "fill-in.invalid"
"""Where e-mail to people leads who have neither an address nor a Slack user id: nowhere."""

WIDTH = 108
SOURCES = (
    "# Where alerts come from: nothing brings any until this is filled in. docs/alerts.md lists the sources.",
    "# channels:                    # channels whose alert messages are read; invite the bot to them",
    '#   - channel: "#alerts"',
    "# integrations:                # what posts alerts to an address of its own",
    "#   grafana:",
    "#     source: grafana",
    "",
)


def document(draft: Draft, header: Iterable[str], default: str) -> str:
    """The whole file."""
    lines = [*(f"# {printable(line, WIDTH)}".rstrip() for line in header), ""]
    lines += _section("people", (_human(one) for one in draft.people))
    lines += _section("calendars", (_hours(one) for one in draft.calendars))
    lines += _section("schedules", (_plan(one) for one in draft.schedules))
    lines += _section("webhooks", ([f"  {one.key}:", f"    url: {text(one.url)}"] for one in draft.webhooks))
    lines += _section("ladders", (_climb(one) for one in draft.ladders))
    lines += _section("services", (_subject(one) for one in draft.services))
    lines += _routes(draft.services)
    lines += SOURCES
    lines += [
        "defaults:",
        f"  service: {text(default)}",
        f"  severity: {draft.severity}               # of alerts that tell none",
    ]
    return "\n".join(lines) + "\n"


def text(value: str) -> str:
    """A text as YAML takes it for one; names of every shape are safe."""
    if PLAIN.fullmatch(value) and value.lower() not in WORDS and "  " not in value:
        return value
    return json.dumps(value, ensure_ascii=False)


def comment(words: str, indent: str) -> Iterator[str]:
    """One or more lines of comment."""
    line = ""
    for word in printable(words, 600).split():
        if line and len(indent) + len(line) + len(word) + 3 > WIDTH:
            yield f"{indent}# {line}"
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield f"{indent}# {line}"


def _section(name: str, parts: Iterable[Sequence[str]]) -> list[str]:
    lines = [line for part in parts for line in part]
    return [f"{name}:", *lines, ""] if lines else []


def _human(one: Human) -> list[str]:
    lines = [f"  {text(one.key)}:", f"    name: {text(one.name)}"]
    if one.slack:
        lines.append(f"    slack: {text(one.slack)}")
    else:
        lines.append('    # slack: U…              # fill in: their Slack profile, "⋮", "Copy member ID"')
    if one.email:
        lines.append(f"    email: {text(one.email)}")
    elif not one.slack:
        lines.append(f"    email: {text(f'{one.key}@{NOBODYS}')}  # fill in: this reaches nobody")
    if one.zone:
        lines.append(f"    zone: {text(one.zone)}")
    return [*lines, *_methods(one)]


def _methods(one: Human) -> list[str]:
    """What the export says of their ways; only those that they have."""
    if not one.methods:
        return []
    has = {kind for kind, value in (("slack", one.slack), ("email", one.email)) if value}
    first = min(method.delay for method in one.methods)
    fitting = [method for method in one.methods if method.kind in has]
    lines = ["    methods:"] if fitting else []
    for method in fitting:
        delay = first if method is fitting[0] else method.delay
        stand_in = f"  # instead of {printable(method.instead_of, 60)}" if method.instead_of else ""
        lines.append(f"      - {method.kind}: {spoken(delay)}{stand_in}")
    missing = [f"{method.kind}: {spoken(method.delay)}" for method in one.methods if method.kind not in has]
    if missing:
        lines += comment(f"once it is filled in: {', '.join(missing)}", "      " if fitting else "    ")
    return [*lines, *_quiet(one, has)]


def _quiet(one: Human, has: set[str]) -> list[str]:
    """The ways of low urgency, where they differ."""
    urgent = _spoken(method for method in one.methods or () if method.kind in has)
    quiet = _spoken(method for method in one.quiet or () if method.kind in has)
    if not quiet or quiet == urgent:
        return []
    return ["    quiet:", "      severities: [sev3, sev4]", f"      methods: [{', '.join(quiet)}]"]


def _spoken(methods: Iterable[Method]) -> list[str]:
    return [f"{{{method.kind}: {spoken(method.delay)}}}" for method in methods]


def _hours(one: Hours) -> list[str]:
    only = _only(one.windows[0]) if one.windows else []
    return [f"  {text(one.key)}: {{{', '.join([f'zone: {text(one.zone)}', *only])}}}"]


def _plan(one: Plan) -> list[str]:
    lines = [line for words in one.comments for line in comment(words, "  ")]
    lines += [f"  {text(one.key)}:", f"    name: {text(one.name)}", f"    zone: {text(one.zone)}"]
    lines += [f"    group: {text(one.group)}"] if one.group else []
    lines += [f"    channel: {text(one.channel)}"] if one.channel else []
    return [*lines, "    layers:", *(line for layer in one.layers for line in _layer(layer))]


def _layer(one: Rotation | Ical) -> list[str]:
    name = [f"name: {text(one.name)}"] if one.name else []
    level = [f"level: {one.level}"] if one.level is not None else []
    if isinstance(one, Ical):
        return _listed([*name, f"ical: {text(one.url)}", *level])
    until = [f"until: {one.until.isoformat()}"] if one.until else []
    people = ", ".join(_turn(turn) for turn in one.turns)
    return _listed(
        [
            *name,
            f"people: [{people}]",
            f"start: {one.start.isoformat()}",
            *until,
            f'handoff: "{one.handoff:%H:%M}"',
            f"shift: {one.length.count}{UNITS[one.length.unit]}",
            *_windows(one.windows),
            *level,
        ]
    )


def _turn(people: Sequence[str]) -> str:
    if not people:
        return "nobody"
    if len(people) == 1:
        return text(people[0])
    return f"[{', '.join(text(person) for person in people)}]"


def _windows(windows: Sequence[Window]) -> list[str]:
    spelled = [f"{{{', '.join(_only(window))}}}" for window in windows]
    if len(spelled) < 2:
        return [f"only: {one}" for one in spelled]
    return [f"only: [{', '.join(spelled)}]"]


def _only(window: Window) -> list[str]:
    days = f"days: [{', '.join(DAYS[day] for day in sorted(window.days))}]"
    end = "24:00" if window.end == time() else f"{window.end:%H:%M}"
    hours = f'hours: "{window.begin:%H:%M}-{end}"'
    whole = window.begin == window.end
    return [*([days] if window.days else []), *([] if whole and window.days else [hours])]


def _listed(fields: Sequence[str]) -> list[str]:
    """An item of a list: on one line where it fits."""
    line = f"      - {{{', '.join(fields)}}}"
    if len(line) <= WIDTH:
        return [line]
    first, *rest = fields
    return [f"      - {first}", *(f"        {field}" for field in rest)]


def _climb(one: Climb) -> list[str]:
    lines = [line for words in one.comments for line in comment(words, "  ")]
    lines += [f"  {text(one.key)}:" + (f"  # {printable(one.name, 80)}" if one.name != one.key else "")]
    lines += [f"    delay: {spoken(one.delay)}"] if one.delay else []
    lines += [f"    rounds: {one.rounds}"] if one.rounds > 1 else []
    return [*lines, "    rungs:", *(line for step in one.steps for line in _step(step))]


def _step(one: Step) -> list[str]:
    fields = [f"targets: [{', '.join(_aim(aim) for aim in one.aims)}]", f"wait: {spoken(one.wait)}"]
    if one.during:
        fields.append(f"when: {{during: {text(one.during)}}}")
        fields += ["else: hold"] if one.hold else []
    first, *rest = fields
    if len(first) > WIDTH:
        first = "targets:"
        rest = [*(f"  - {_aim(aim)}" for aim in one.aims), *rest]
    return [f"      - {first}", *(f"        {field}" for field in rest)]


def _aim(one: Aim) -> str:
    match one.kind:
        case "schedule":
            which = f", which: {one.which}" if one.which != "now" else ""
            return f"{{schedule: {text(one.name)}{which}}}"
        case "round_robin":
            among = f"{{schedule: {text(one.schedule)}}}" if one.schedule else _turn_list(one.people)
            return f"{{round_robin: {among}}}"
        case kind:
            return f"{{{kind}: {text(one.name)}}}"


def _turn_list(people: Sequence[str]) -> str:
    return f"[{', '.join(text(person) for person in people)}]"


def _subject(one: Subject) -> list[str]:
    lines = [line for words in one.comments for line in comment(words, "  ")]
    lines += [f"  {text(one.key)}:", f"    name: {text(one.name)}"]
    lines += [f"    channel: {text(one.channel or '#incidents')}", f"    ladder: {text(one.ladder)}"]
    if one.timeouts:
        spans = ", ".join(f"{severity}: {_timeout(span)}" for severity, span in one.timeouts.items())
        lines.append(f"    acknowledgement_timeouts: {{{spans}}}")
    return lines


def _timeout(span: timedelta | None) -> str:
    return "none" if span is None else spoken(span)


def _routes(services: Sequence[Subject]) -> list[str]:
    """No export has labels that tell which alert belongs to which service: an example for a few."""
    lines = [
        "# Which alerts belong to which service; the first route whose conditions all hold decides. What no",
        "# route matches goes to the default service below. The labels are those of your own alerts.",
        "# routes:",
    ]
    for one in services[:3]:
        lines += [f"#   - match: ['service = {one.key}']", f"#     service: {text(one.key)}"]
        lines += [f"#     severity: {SEVERITY_OF[one.urgency]}"] if one.urgency else []
    return [*lines, ""] if services else []


def header(product: str, groups: Iterable[Same]) -> list[str]:
    """What stands at the top of the file: where it comes from, and what somebody must fill in."""
    lines = [
        f"Imported from {product} by `tocsin import`. Check it with `tocsin check`; see who would be paged",
        "with `tocsin simulate`. Every key is explained in docs/configuration.md, the way there in",
        "docs/migrating.md.",
    ]
    fill = [same for same in groups if same.weight is Weight.FILL]
    if fill:
        lines += ["", "To fill in:"]
    for same in fill:
        subjects = ", ".join(same.subjects[:6]) + (", …" if len(same.subjects) > 6 else "")
        for number, line in enumerate(comment(f"{subjects}: {same.what}. {same.remedy}", "")):
            lines.append(("- " if number == 0 else "  ") + line.removeprefix("# "))
    return lines
