"""What a submitted form says: typed, cleaned and checked, or what is wrong with it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.acknowledge import LONGEST_SNOOZE
from bot.domain.alert import Severity
from bot.domain.ids import ServiceId
from bot.domain.incident import Reason
from bot.render import modals as m
from bot.render.escape import clean

State = Mapping[str, Mapping[str, Mapping[str, Any]]]  # a view's `state.values`, as Slack's JSON has it


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """What is wrong, by block id: the `errors` of a `response_action`."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Values:
    """The inputs of a submitted view. Each input's block id is its action id as well.

    An input that is missing, empty or of another type reads as nothing: the view comes from a client.
    """

    state: State

    def text(self, name: str, limit: int = 3000) -> str:
        """Typed text, cleaned; the empty text for none."""
        value = self._input(name).get("value")
        return clean(value, limit) if isinstance(value, str) else ""

    def choice(self, name: str) -> str | None:
        """The value of the chosen option."""
        option = self._input(name).get("selected_option")
        value = option.get("value") if isinstance(option, Mapping) else None
        return value if isinstance(value, str) else None

    def users(self, name: str) -> tuple[str, ...]:
        """The ids of the chosen users."""
        users = self._input(name).get("selected_users")
        return tuple(user for user in users if isinstance(user, str)) if isinstance(users, list) else ()

    def user(self, name: str) -> str | None:
        """The id of the one chosen user."""
        user = self._input(name).get("selected_user")
        return user if isinstance(user, str) and user else None

    def choices(self, name: str) -> tuple[str, ...]:
        """The values of the chosen options."""
        options = self._input(name).get("selected_options")
        chosen = options if isinstance(options, list) else []
        values = [each.get("value") for each in chosen if isinstance(each, Mapping)]
        return tuple(value for value in values if isinstance(value, str))

    def moment(self, name: str) -> int | None:
        """A chosen instant, in seconds since the epoch."""
        value = self._input(name).get("selected_date_time")
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _input(self, name: str) -> Mapping[str, object]:
        block = self.state.get(name)
        found = block.get(name) if isinstance(block, Mapping) else None
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """A submitted declaration. `service` None means the default one."""

    title: str
    severity: Severity
    service: ServiceId | None
    description: str
    page: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """A submitted resolution."""

    summary: str
    reason: Reason | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Whom to page, as Slack user ids, and with which words."""

    users: tuple[str, ...]
    message: str


def declaration(state: State, services: Collection[ServiceId]) -> Declaration | Errors:
    """Read `declare_form`."""
    values = Values(state)
    title = " ".join(values.text(m.TITLE).split())
    severity, service = _severity(values), values.choice(m.SERVICE)
    wrong = {
        m.TITLE: "Write what is wrong, in a few words." if not title else _too_long(title, m.LONGEST_TITLE),
        m.SEVERITY: "" if severity else "Choose a severity.",
        m.SERVICE: "This service is gone from the configuration. Choose another one."
        if service is not None and service not in services
        else "",
    }
    if errors := _errors(wrong):
        return errors
    assert severity is not None
    return Declaration(
        title=title,
        severity=severity,
        service=ServiceId(service) if service else None,
        description=values.text(m.DESCRIPTION),
        page=values.choice(m.PAGE_NOW) != "no",
    )


def ending(state: State) -> Ending | Errors:
    """Read `resolve_form`."""
    values = Values(state)
    chosen = values.choice(m.REASON)
    if chosen is not None and chosen not in set(Reason):
        return Errors(fields={m.REASON: "Choose one of the reasons."})
    return Ending(summary=values.text(m.SUMMARY), reason=Reason(chosen) if chosen else None)


def note(state: State) -> str | Errors:
    """Read `note_form`."""
    return Values(state).text(m.NOTE) or Errors(fields={m.NOTE: "Write something to remember."})


def severity(state: State) -> Severity | Errors:
    """Read `severity_form`."""
    return _severity(Values(state)) or Errors(fields={m.SEVERITY: "Choose a severity."})


def pages(state: State) -> Pages | Errors:
    """Read `page_form`."""
    values = Values(state)
    users = tuple(dict.fromkeys(values.users(m.PEOPLE)))
    if not users:
        return Errors(fields={m.PEOPLE: "Choose at least one person."})
    if len(users) > m.MOST_PEOPLE:
        return Errors(fields={m.PEOPLE: f"At most {m.MOST_PEOPLE} people can be paged at once."})
    return Pages(users=users, message=values.text(m.MESSAGE))


def taker(state: State) -> str | Errors:
    """Read `hand_over_form`: a Slack user's id."""
    return Values(state).user(m.PEOPLE) or Errors(fields={m.PEOPLE: "Choose a person."})


def snooze(state: State, now: datetime) -> datetime | Errors:
    """Read `snooze_form`: the instant at which it ends. A chosen time wins over a chosen length."""
    values = Values(state)
    moment, chosen = values.moment(m.UNTIL), values.choice(m.SPAN)
    if moment is not None:
        return _until(moment, now)
    minutes = {str(length) for _, length in m.SPANS}
    if chosen not in minutes:
        return Errors(fields={m.SPAN: "Choose a length, or a time below."})
    return now + timedelta(minutes=int(chosen))


def reopening(state: State) -> str | Errors:
    """Read `reopen_form`: the reason."""
    return Values(state).text(m.REASON) or Errors(fields={m.REASON: "Write why it is not over."})


def _until(moment: int, now: datetime) -> datetime | Errors:
    try:
        at = datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        return Errors(fields={m.UNTIL: "This is no time that can be used."})
    if at <= now:
        return Errors(fields={m.UNTIL: "This time has passed. Choose a later one."})
    if at > now + LONGEST_SNOOZE:
        return Errors(fields={m.UNTIL: "Choose a time within the next 24 hours."})
    return at


def _severity(values: Values) -> Severity | None:
    chosen = values.choice(m.SEVERITY)
    return Severity(chosen) if chosen in set(Severity) else None


def _too_long(text: str, limit: int) -> str:
    return f"At most {limit} characters; these are {len(text)}." if len(text) > limit else ""


def _errors(wrong: Mapping[str, str]) -> Errors | None:
    fields = {name: words for name, words in wrong.items() if words}
    return Errors(fields=fields) if fields else None
