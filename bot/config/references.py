"""Values that depend on what else is known: references, waits, matchers of routes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

from bot.config.problem import guess, printable
from bot.config.values import SLACK_USER, Shape, duration, name_of, spoken, text, wrong
from bot.domain.people import MethodKind
from bot.domain.route import Matcher
from bot.matchers import NoMatcher, matcher

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(days=7)
SHORTEST_ALLOWED = timedelta(seconds=1)
MOST_TOGETHER = 20


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a value may refer to. `paging` and `jira` are None when the settings are not known.

    `contacts` gives people's Slack user ids; `parsers` and `sources` are empty when they are
    not known.
    """

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    paging: frozenset[MethodKind] | None = None
    jira: bool | None = None
    parsers: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    short_waits: bool = False


def known(info: ValidationInfo) -> Known:
    """What this reading of the file knows."""
    return info.context if isinstance(info.context, Known) else Known()


def _wait(value: object, info: ValidationInfo) -> timedelta:
    span, short = duration(value), known(info).short_waits
    shortest = SHORTEST_ALLOWED if short else SHORTEST_WAIT
    if not shortest <= span <= LONGEST_WAIT:
        remedy = f"Choose {spoken(shortest)} to {spoken(LONGEST_WAIT)}"
        hint = "" if short else "; for a trial, `allow_short_waits: true` at the top permits less"
        wrong(f"a wait of {spoken(span)} is out of range", f"{remedy}{hint}.")
    return span


def _matcher(value: object) -> Matcher:
    try:
        return matcher(text(value, "`'severity = sev1'`"))
    except NoMatcher as error:
        wrong(str(error), error.remedy)


def _reference(section: str, what: str) -> Callable[[object, ValidationInfo], str]:
    def check(value: object, info: ValidationInfo) -> str:
        name, names = text(value, f"the {what}'s name"), known(info).names.get(section, frozenset())
        if name not in names:
            wrong(f"there is no {what} `{printable(name)}`", guess(name, names))
        return name

    return check


def _turn(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """A person, several who are on call together, or `nobody`."""
    if value == "nobody" and value not in known(info).names.get("people", frozenset()):
        return ()
    if not isinstance(value, list):
        return (_person(value, info),)
    turn = tuple(_person(each, info) for each in value)
    if not turn:
        wrong("nobody is in this turn", "Name somebody, or write `nobody` for a turn that is free.")
    if len(set(turn)) < len(turn):
        wrong("somebody stands in this turn twice", "Name each person once.")
    if len(turn) > MOST_TOGETHER:
        wrong(f"more than {MOST_TOGETHER} people in one turn", "Name fewer, or make another layer.")
    return turn


def _parser(value: object, info: ValidationInfo) -> str:
    name, parsers = text(value, "`auto`"), known(info).parsers
    if name != "auto" and parsers and name not in parsers:
        wrong(f"there is no parser `{printable(name)}`", guess(name, parsers | {"auto"}))
    return name_of(name)


def _integration(value: object, info: ValidationInfo) -> str:
    """One of the file, or one that is called like the source that it is read as."""
    name, context = text(value, "`generic`"), known(info)
    names = context.names.get("integrations", frozenset()) | context.sources
    if context.sources and name not in names:
        wrong(f"there is no integration `{printable(name)}`", guess(name, names))
    return name_of(name)


def _member(value: object, info: ValidationInfo) -> str:
    """A Slack user id, or a person's name that stands for theirs."""
    name, context = text(value, "a person's name or `U012AB3CD`"), known(info)
    if SLACK_USER.fullmatch(name):
        return name
    people = context.names.get("people", frozenset())
    if name not in people:
        wrong(f"`{printable(name)}` is neither a person nor a Slack user id", guess(name, people))
    if name not in context.contacts:
        wrong(f"`{name}` has no Slack user id", f"Add `slack:` to `people.{name}`.")
    return context.contacts[name]


def person_named(value: object, info: ValidationInfo) -> str:
    """The name of a person who is there."""
    return _person(value, info)


def schedule_named(value: object, info: ValidationInfo) -> str:
    """The name of a schedule that is there."""
    return _schedule(value, info)


def _nobody(value: object) -> object:
    return None if value == "none" else value


_person = _reference("people", "person")
_schedule = _reference("schedules", "schedule")

PersonName = Annotated[str, PlainValidator(_person), Shape("the name of a person")]
Turn = Annotated[
    tuple[str, ...],
    PlainValidator(_turn),
    Shape("the name of a person, a list of those who go together, or `nobody`"),
]
CalendarName = Annotated[
    str, PlainValidator(_reference("calendars", "calendar")), Shape("the name of a calendar")
]
ScheduleName = Annotated[str, PlainValidator(_schedule), Shape("the name of a schedule")]
WebhookName = Annotated[
    str, PlainValidator(_reference("webhooks", "webhook")), Shape("the name of a webhook")
]
LadderName = Annotated[str, PlainValidator(_reference("ladders", "ladder")), Shape("the name of a ladder")]
LadderOrNone = Annotated[
    LadderName | None, BeforeValidator(_nobody), Shape("the name of a ladder, or `none`")
]
IntegrationName = Annotated[str, PlainValidator(_integration), Shape("the name of an integration")]
ServiceName = Annotated[
    str, PlainValidator(_reference("services", "service")), Shape("the name of a service")
]
Wait = Annotated[timedelta, PlainValidator(_wait), Shape("a duration, `30s` to `7d`")]
WaitOrNone = Annotated[Wait | None, BeforeValidator(_nobody), Shape("a duration, `30s` to `7d`, or `none`")]
Condition = Annotated[Matcher, PlainValidator(_matcher), Shape("label, operator (`=` `!=` `=~` `!~`), value")]
Parser = Annotated[str, PlainValidator(_parser), Shape("the name of a parser, or `auto`")]
Member = Annotated[str, PlainValidator(_member), Shape("a person's name, or a Slack user id")]
