"""Lists and forms about who is on call: valid for Slack, and harmless, whatever stands in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duty import Swap, SwapId, Turn
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.schedule import Gap
from bot.render import oncall_forms as forms
from bot.render.message import Block
from bot.render.oncall import decided_list, gap_lines, offered
from bot.render.seal import Seal
from bot.render.submitted import Errors
from bot.sandbox.slack.blocks import check_view
from tests.unit.domain.duty_world import ANN, BOB, HOUR, NOW, PRIMARY, ROSTER, actor
from tests.unit.render.examples import judge

SEAL = Seal(b"0123456789abcdef")
CHOICE = forms.Choice(id=PRIMARY, title="Primary", zone="Europe/London")
TURNS = [Turn(person=ANN, since=NOW + n * HOUR, until=NOW + (n + 1) * HOUR) for n in range(80)]
PAIR = forms.Pair(schedule=PRIMARY, mine=ANN, theirs=BOB)


def override(number: int, reason: str = "", person: PersonId = BOB) -> Override:
    return Override(
        id=OverrideId(f"override{number:03}"),
        schedule=PRIMARY,
        kind=list(OverrideKind)[number % 3],
        person=person,
        instead_of=ANN if number % 2 else None,
        since=NOW + number * HOUR,
        until=NOW + (number + 1) * HOUR,
        by=replace(actor("UANN"), name=reason or "Ann"),
        reason=reason,
        made_at=NOW,
    )


def swap(reason: str = "") -> Swap:
    return Swap(
        id=SwapId("s"),
        schedule=PRIMARY,
        mine=TURNS[0],
        theirs=replace(TURNS[1], person=BOB),
        by=actor("UANN"),
        reason=reason,
        made_at=NOW,
        expires_at=NOW + HOUR,
    )


@given(st.text(max_size=2000), st.integers(0, 60))
def test_a_list_of_anything_is_a_valid_message(text: str, many: int) -> None:
    overrides = [override(number, text, PersonId(text or "x")) for number in range(many)]

    judge(decided_list(ROSTER, overrides, [swap(text)] * min(many, 8), SEAL, NOW))
    judge(offered(swap(text), text, text))


def test_the_list_says_which_overrides_are_hidden_by_later_ones() -> None:
    first, later = override(0), replace(override(0), id=OverrideId("later0"), made_at=NOW + HOUR)

    told = judge(decided_list(ROSTER, [first, later], [], SEAL, NOW))

    assert told.count("a later one overlaps") == 1
    assert "#ide000" in told
    assert "#later0" in told


def test_gaps_are_loud() -> None:
    line = gap_lines([(PRIMARY, "Europe/London", Gap(since=NOW, until=NOW + HOUR))])

    assert "NOBODY ON CALL for *primary*" in line


@given(st.text(min_size=1, max_size=200))
def test_forms_are_valid_views(text: str) -> None:
    choices = [forms.Choice(id=ScheduleId(f"{n}"), title=text, zone=text) for n in range(120)]

    for view in (
        forms.override_form(choices, NOW, schedule=ScheduleId("3"), user="U0BOBRAY001"),
        forms.swap_form(choices, schedule=ScheduleId("gone")),
        forms.turns_form(PAIR, replace(CHOICE, title=text), (text, text), TURNS, TURNS, NOW),
    ):
        assert check_view(view) == []


def test_a_turn_comes_back_as_exactly_what_it_was() -> None:
    turns = [replace(each, since=each.since + timedelta(microseconds=7)) for each in TURNS]
    form = forms.turns_form(PAIR, CHOICE, ("Ann", "Bob"), turns, TURNS, NOW)

    read = forms.turns_asked({**_chosen(form, forms.MINE, 2), **_chosen(form, forms.THEIRS, 1)}, PAIR)

    assert not isinstance(read, Errors)
    assert read[0] == turns[2]
    assert (read[1].person, read[1].since) == (BOB, TURNS[1].since)
    assert forms.pair_of(PAIR.packed()) == PAIR


def test_the_form_proposes_the_next_whole_turns_of_similar_length() -> None:
    minute, day = timedelta(minutes=1), timedelta(days=1)
    mine = [
        Turn(person=ANN, since=NOW, until=NOW + 5 * minute),
        Turn(person=ANN, since=NOW + day, until=NOW + day + 5 * minute),
        Turn(person=ANN, since=NOW + 10 * day, until=NOW + 15 * day),
    ]
    theirs = [
        Turn(person=BOB, since=NOW + 5 * minute, until=NOW + day),
        Turn(person=BOB, since=NOW + 2 * day, until=NOW + 7 * day),
        Turn(person=BOB, since=NOW + 20 * day, until=NOW + 25 * day),
    ]

    form = forms.turns_form(PAIR, CHOICE, ("Ann", "Bob"), mine, theirs, NOW)

    state = {**_initial(form, forms.MINE), **_initial(form, forms.THEIRS)}
    assert forms.turns_asked(state, PAIR) == (mine[2], theirs[1], "")


@given(st.text())
def test_what_a_client_makes_up_is_refused(text: str) -> None:
    state = {
        name: {
            name: {"selected_option": {"value": text}, "selected_user": text, "selected_date_time": 10**18}
        }
        for name in ("schedule", "kind", "person", "since", "until", "mine", "theirs", "other")
    }

    assert isinstance(forms.override_asked(state, [PRIMARY]), Errors)
    assert isinstance(forms.swap_asked(state, [PRIMARY]), Errors)
    assert forms.pair_of(text) is None
    read = forms.turns_asked(state, PAIR)
    assert isinstance(read, Errors) or read[0].since >= datetime.min.replace(tzinfo=UTC)


def _initial(form: Block, name: str) -> dict[str, dict[str, dict[str, object]]]:
    blocks = form["blocks"]
    assert isinstance(blocks, list)
    element = next(each for each in blocks if each.get("block_id") == name)["element"]
    return {name: {name: {"selected_option": element["initial_option"]}}}


def _chosen(form: Block, name: str, place: int) -> dict[str, dict[str, dict[str, object]]]:
    blocks = form["blocks"]
    assert isinstance(blocks, list)
    options = next(each for each in blocks if each.get("block_id") == name)["element"]["options"]
    return {name: {name: {"selected_option": options[place]}}}
