"""Forms about who is on call: an override, and a swap in two steps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

from bot.domain.duty import LONGEST, LONGEST_UNASKED, Turn
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.override import OverrideKind
from bot.render import actions as a
from bot.render.duty import wall
from bot.render.escape import marked
from bot.render.message import MOST_OPTIONS, Block, context, option, section
from bot.render.modals import labelled, modal, select, typed
from bot.render.submitted import Errors, State, Values

SCHEDULE, KIND, PERSON, SINCE, UNTIL, WHY, NOBODY = (
    "schedule", "kind", "person", "since", "until", "why", "nobody",
)  # fmt: skip
LONG = "long"
MEANT_LONG = "It may last 31 days or longer"
OTHER, MINE, THEIRS = "other", "mine", "theirs"
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
LONGEST_WHY = 300
MOST_TURNS = 50
SIMILAR = 1.5
"""Turns are alike of which one is at most so many times as long."""

KINDS = {
    OverrideKind.REPLACE: "Instead of whoever is on call",
    OverrideKind.ADD: "Besides whoever is on call",
    OverrideKind.REMOVE: "Not on call then",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A schedule that can be chosen."""

    id: ScheduleId
    title: str
    zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideAsked:
    """A submitted override. `user` is a Slack user id."""

    schedule: ScheduleId
    kind: OverrideKind
    user: str
    since: datetime
    until: datetime
    reason: str
    leaving_nobody: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A swap as its form carries it: whose turns are exchanged. It is checked where it is written."""

    schedule: ScheduleId
    mine: PersonId
    theirs: PersonId

    def packed(self) -> str:
        """The form's metadata."""
        return json.dumps({"schedule": self.schedule, "mine": self.mine, "theirs": self.theirs})


def pair_of(metadata: str) -> Pair | None:
    """The pair that a form was opened for; None for metadata that is not ours."""
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    names = ("schedule", "mine", "theirs")
    if not isinstance(read, dict) or not all(isinstance(read.get(name), str) for name in names):
        return None
    return Pair(
        schedule=ScheduleId(read["schedule"]),
        mine=PersonId(read["mine"]),
        theirs=PersonId(read["theirs"]),
    )


def override_form(
    schedules: Sequence[Choice],
    now: datetime,
    *,
    schedule: ScheduleId | None = None,
    user: str | None = None,
    kind: OverrideKind = OverrideKind.REPLACE,
) -> Block:
    """Somebody else is to be on call for a while. Times are chosen on the reader's own clock."""
    hour = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    person = _person(user)
    kinds = {each: option(words, each.value) for each, words in KINDS.items()}
    nobody: Block = {"type": "checkboxes", "options": [option("It may leave nobody on call", "yes")]}
    long: Block = {"type": "checkboxes", "options": [option(MEANT_LONG, "yes")]}
    return modal(
        a.MODAL_OVERRIDE,
        "Override a schedule",
        "Override",
        "",
        labelled(SCHEDULE, "Schedule", _schedules(schedules, schedule)),
        labelled(PERSON, "Who?", person, hint="To be on call, somebody must be listed in tocsin.yaml."),
        labelled(
            KIND,
            "How?",
            {"type": "radio_buttons", "options": list(kinds.values()), "initial_option": kinds[kind]},
        ),
        labelled(SINCE, "From", _picker(hour)),
        labelled(UNTIL, "To", _picker(hour + timedelta(hours=8))),
        labelled(WHY, "Reason", typed("", LONGEST_WHY), optional=True),
        labelled(NOBODY, "Gaps", nobody, optional=True),
        labelled(LONG, "Length", long, optional=True),
    )


def swap_form(
    schedules: Sequence[Choice], *, schedule: ScheduleId | None = None, user: str | None = None
) -> Block:
    """The first step of a swap: which schedule, and with whom."""
    person = _person(user)
    return modal(
        a.MODAL_SWAP,
        "Swap shifts",
        "Next",
        "",
        labelled(SCHEDULE, "Schedule", _schedules(schedules, schedule)),
        labelled(OTHER, "With whom?", person, hint="They are asked, and nothing changes until they agree."),
    )


def turns_form(
    pair: Pair,
    choice: Choice,
    names: tuple[str, str],
    mine: Sequence[Turn],
    theirs: Sequence[Turn],
    now: datetime,
) -> Block:
    """The second step: the next turns of both, on the clocks of the schedule's zone; a likely pair stands."""
    first, second = _likely(mine[:MOST_TURNS], theirs[:MOST_TURNS], now)
    asked = "They are asked by a direct message, and nothing changes until they agree."
    return modal(
        a.MODAL_TURNS,
        "Swap shifts",
        "Offer",
        pair.packed(),
        section(f"Shifts of *{marked(choice.title, 60)}* ({marked(choice.zone, 60)})"),
        labelled(MINE, f"Shift of {names[0]}"[:100], _turns(mine, choice.zone, first)),
        labelled(THEIRS, f"For the shift of {names[1]}"[:100], _turns(theirs, choice.zone, second)),
        labelled(WHY, "Reason", typed("", LONGEST_WHY), optional=True),
        context(asked),
    )


def override_asked(state: State, schedules: Sequence[ScheduleId]) -> OverrideAsked | Errors:
    """Read `override_form`."""
    values = Values(state)
    schedule, kind = values.choice(SCHEDULE), values.choice(KIND)
    user = values.user(PERSON)
    since, until = _moment(values, SINCE), _moment(values, UNTIL)
    wrong = {
        SCHEDULE: "" if schedule in schedules else "This schedule is gone. Choose another one.",
        KIND: "" if kind in set(OverrideKind) else "Choose one of the ways.",
        PERSON: "" if user else "Choose a person.",
        SINCE: "" if since else "Choose when it begins.",
        UNTIL: "" if until else "Choose when it ends.",
    }
    if since and until and until <= since:
        wrong[UNTIL] = "It would end before it begins."
    elif (
        since and until and LONGEST >= until - since >= LONGEST_UNASKED and "yes" not in values.choices(LONG)
    ):
        days = (until - since).days
        wrong[UNTIL] = f"That would be {days} days. Tick “{MEANT_LONG}” below if so long is meant."
    if fields := {name: words for name, words in wrong.items() if words}:
        return Errors(fields=fields)
    assert schedule is not None
    assert user is not None
    assert since is not None
    assert until is not None
    return OverrideAsked(
        schedule=ScheduleId(schedule),
        kind=OverrideKind(kind or ""),
        user=user,
        since=since,
        until=until,
        reason=" ".join(values.text(WHY, LONGEST_WHY).split()),
        leaving_nobody="yes" in values.choices(NOBODY),
    )


def swap_asked(state: State, schedules: Sequence[ScheduleId]) -> tuple[ScheduleId, str] | Errors:
    """Read `swap_form`: the schedule, and the other one's Slack user id."""
    values = Values(state)
    schedule, user = values.choice(SCHEDULE), values.user(OTHER)
    wrong = {
        SCHEDULE: "" if schedule in schedules else "This schedule is gone. Choose another one.",
        OTHER: "" if user else "Choose a person.",
    }
    if fields := {name: words for name, words in wrong.items() if words}:
        return Errors(fields=fields)
    return ScheduleId(schedule or ""), user or ""


def turns_asked(state: State, pair: Pair) -> tuple[Turn, Turn, str] | Errors:
    """Read `turns_form`: both turns, and the reason."""
    values = Values(state)
    mine, theirs = _turn(values.choice(MINE), pair.mine), _turn(values.choice(THEIRS), pair.theirs)
    if mine is None or theirs is None:
        return Errors(fields={MINE if mine is None else THEIRS: "Choose a shift."})
    return mine, theirs, " ".join(values.text(WHY, LONGEST_WHY).split())


def _schedules(schedules: Sequence[Choice], initial: ScheduleId | None) -> Block:
    options = {each.id: option(each.title, each.id) for each in schedules[:MOST_OPTIONS]}
    first = options.get(initial) if initial else None
    if first is None and len(options) == 1:
        first = next(iter(options.values()))
    return select(list(options.values()), first)


def _person(initial: str | None) -> Block:
    element: Block = {"type": "users_select"}
    return element | {"initial_user": initial} if initial else element


def _picker(at: datetime) -> Block:
    return {"type": "datetimepicker", "initial_date_time": int(at.timestamp())}


def _likely(mine: Sequence[Turn], theirs: Sequence[Turn], now: datetime) -> tuple[int, int]:
    """The next two that can be swapped, are still whole, and of similar length: where they stand."""

    def unlikely(places: tuple[int, int]) -> tuple[bool, int, bool, datetime, int]:
        one, other = mine[places[0]], theirs[places[1]]
        short, long = sorted((one.until - one.since, other.until - other.since))
        overlap = one.since < other.until and other.since < one.until
        begun = (one.since <= now) + (other.since <= now)
        return overlap, begun, long > SIMILAR * short, max(one.since, other.since), sum(places)

    return min(product(range(len(mine)), range(len(theirs))), key=unlikely)


def _turns(turns: Sequence[Turn], zone: str, first: int) -> Block:
    options = [
        option(f"{wall(each.since, zone)} to {wall(each.until, zone)}", _value(each))
        for each in turns[:MOST_TURNS]
    ]
    return select(options, options[first])


def _value(turn: Turn) -> str:
    """Exact: whole microseconds, as the database has them."""
    since, until = ((each - EPOCH) // MICROSECOND for each in (turn.since, turn.until))
    return f"{since}:{until}"


def _turn(value: str | None, person: PersonId) -> Turn | None:
    since, _, until = (value or "").partition(":")
    try:
        edges = [EPOCH + int(each) * MICROSECOND for each in (since, until)]
        return Turn(person=person, since=edges[0], until=edges[1])
    except (ValueError, OverflowError):
        return None


def _moment(values: Values, name: str) -> datetime | None:
    moment = values.moment(name)
    try:
        return datetime.fromtimestamp(moment, UTC) if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None
