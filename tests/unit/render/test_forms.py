import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import MessageRef, Severity
from bot.domain.ids import ServiceId
from bot.domain.incident import Reason
from bot.render import modals as m
from bot.render import submitted as s
from bot.render.escape import flatten
from bot.render.message import Block
from bot.render.submitted import Errors, State
from bot.sandbox.slack.blocks import check_view, view_too_large
from tests.unit.render.examples import ANY_TEXT, NOW, PATIENT, SERVICE, hostile, judge_json, opened, strings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
INCIDENT = opened()
CHECKOUT = ServiceId("checkout")


def typed(**values: str | None) -> State:
    return {name: {name: {"type": "plain_text_input", "value": value}} for name, value in values.items()}


def chosen(**values: str | None) -> State:
    return {
        name: {name: {"type": "static_select", "selected_option": value and {"value": value}}}
        for name, value in values.items()
    }


def drawn(view: Block) -> Block:
    assert check_view(view) == []
    assert not view_too_large(view)
    judge_json(view)
    return view


def element(view: Block, name: str) -> dict[str, Any]:
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    found: dict[str, Any] = next(block["element"] for block in blocks if block["block_id"] == name)
    return found


FORMS: list[Callable[[], Block]] = [
    lambda: m.declare_form([SERVICE], default=CHECKOUT),
    lambda: m.resolve_form(replace(INCIDENT, number=99_999_999)),
    lambda: m.note_form(replace(INCIDENT, number=99_999_999)),
    lambda: m.severity_form(INCIDENT),
    lambda: m.page_form(INCIDENT),
    lambda: m.snooze_form(INCIDENT),
    lambda: m.reopen_form(INCIDENT),
]


@pytest.mark.parametrize("form", FORMS)
def test_slack_takes_every_form(form: Callable[[], Block]) -> None:
    drawn(form())


def test_a_form_knows_its_incident_by_id_alone() -> None:
    metadata = str(m.resolve_form(INCIDENT)["private_metadata"])

    assert json.loads(metadata) == {"incident": INCIDENT.id}
    assert m.place_of(metadata) == m.Place(incident=INCIDENT.id)


def test_a_declaration_from_a_message_is_filled_in_and_remembers_the_message() -> None:
    origin = m.Place(message=MessageRef(channel="C1", ts="1.2"))
    view = drawn(
        m.declare_form(
            [SERVICE], default=CHECKOUT, title="DB is\nslow", description="see below", place=origin
        )
    )

    assert element(view, m.TITLE)["initial_value"] == "DB is slow"
    assert element(view, m.DESCRIPTION)["initial_value"] == "see below"
    assert m.place_of(str(view["private_metadata"])).message == MessageRef(channel="C1", ts="1.2")


@pytest.mark.parametrize("metadata", ["", "x", "[]", '{"incident": 7}', "1", "[" * 100_000])
def test_metadata_that_is_not_ours_is_no_place(metadata: str) -> None:
    assert m.place_of(metadata) == m.Place()


def test_the_default_service_comes_first_and_is_chosen_even_among_many() -> None:
    services = [replace(SERVICE, id=ServiceId(f"s{n}"), name=f"service {n}") for n in range(300)]
    menu = element(drawn(m.declare_form(services, default=ServiceId("s250"))), m.SERVICE)

    assert menu["initial_option"]["value"] == "s250"
    assert len(menu["options"]) == 100


def test_a_configuration_without_services_has_no_such_input() -> None:
    assert m.SERVICE not in strings(drawn(m.declare_form([], default=CHECKOUT)))


@pytest.mark.row("A32")
@PATIENT
@given(ANY_TEXT)
def test_whatever_a_message_says_its_declaration_form_is_valid(text: str) -> None:
    drawn(
        m.declare_form(
            [replace(SERVICE, name=text)], default=CHECKOUT, title=flatten(text), description=text * 30
        )
    )
    drawn(m.resolve_form(hostile(text)))


def test_a_declaration_is_read() -> None:
    state = {
        **typed(title="  DB is\n slow ", description="since\x00 noon"),
        **chosen(severity="sev2", service="checkout", page_now="no"),
    }

    assert s.declaration(state, [CHECKOUT]) == s.Declaration(
        title="DB is slow",
        severity=Severity.SEV2,
        service=CHECKOUT,
        description="since noon",
        page=False,
    )


def test_a_declaration_pages_unless_told_otherwise() -> None:
    state = {**typed(title="x", description=None), **chosen(severity="sev4", page_now=None)}
    read = s.declaration(state, [CHECKOUT])

    assert isinstance(read, s.Declaration)
    assert read.page
    assert (read.service, read.description) == (None, "")


def test_every_error_of_a_declaration_is_told_at_once_beside_its_input() -> None:
    state = {**typed(title="  \u200b "), **chosen(severity="sev9", service="gone")}
    read = s.declaration(state, [CHECKOUT])

    assert isinstance(read, Errors)
    assert set(read.fields) == {m.TITLE, m.SEVERITY, m.SERVICE}


def test_a_title_that_is_too_long_is_not_cut_silently() -> None:
    read = s.declaration({**typed(title="x" * 201), **chosen(severity="sev1")}, [CHECKOUT])

    assert isinstance(read, Errors)
    assert read.fields == {m.TITLE: "At most 200 characters; these are 201."}


def test_a_resolution_is_read() -> None:
    state = {**typed(summary="restarted"), **chosen(reason="false positive")}

    assert s.ending(state) == s.Ending(summary="restarted", reason=Reason.FALSE_POSITIVE)
    assert s.ending({}) == s.Ending(summary="", reason=None)
    assert isinstance(s.ending(chosen(reason="boredom")), Errors)


def test_a_note_is_read_and_an_empty_one_is_an_error() -> None:
    assert s.note(typed(note="rolled back\n1.2.3")) == "rolled back\n1.2.3"
    assert s.note(typed(note=" ")) == Errors(fields={m.NOTE: "Write something to remember."})


def test_a_severity_is_read() -> None:
    assert s.severity(chosen(severity="sev1")) is Severity.SEV1
    assert isinstance(s.severity(chosen(severity=None)), Errors)


def test_people_to_page_are_read_once_each() -> None:
    people: State = {m.PEOPLE: {m.PEOPLE: {"selected_users": ["U1", "U2", "U1", 7]}}}

    assert s.pages({**people, **typed(message="help")}) == s.Pages(users=("U1", "U2"), message="help")
    assert isinstance(s.pages({}), Errors)


def test_too_many_people_are_refused() -> None:
    users = [f"U{number}" for number in range(21)]

    assert isinstance(s.pages({m.PEOPLE: {m.PEOPLE: {"selected_users": users}}}), Errors)


def until(moment: object) -> State:
    return {m.UNTIL: {m.UNTIL: {"selected_date_time": moment}}, **chosen(span="30")}


def test_a_snooze_is_a_length_or_a_time_and_the_time_wins() -> None:
    later = NOW + timedelta(hours=3)

    assert s.snooze(chosen(span="120"), NOW) == NOW + timedelta(hours=2)
    assert s.snooze(until(int(later.timestamp())), NOW) == later
    assert s.snooze(until(None), NOW) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    "moment", [int(NOW.timestamp()), 0, int(NOW.timestamp()) + 86_401, 10**30, -(10**30)]
)
def test_a_snooze_outside_the_next_24_hours_is_refused_beside_its_input(moment: int) -> None:
    read = s.snooze(until(moment), NOW)

    assert isinstance(read, Errors)
    assert set(read.fields) == {m.UNTIL}


def test_a_snooze_without_any_time_is_refused() -> None:
    assert isinstance(s.snooze({}, NOW), Errors)
    assert isinstance(s.snooze(chosen(span="99999"), NOW), Errors)


def test_a_reopening_needs_a_reason() -> None:
    assert s.reopening(typed(reason="again")) == "again"
    assert isinstance(s.reopening(typed(reason="")), Errors)


@PATIENT
@given(st.dictionaries(st.sampled_from(["title", "severity", "people", "until", "span", "reason"]), JSON))
def test_a_state_of_any_shape_is_read_without_an_exception(state: dict[str, Any]) -> None:
    nested = {name: {name: value} for name, value in state.items()}

    for shape in (state, nested):
        s.declaration(shape, [CHECKOUT])
        s.ending(shape)
        s.note(shape)
        s.severity(shape)
        s.pages(shape)
        s.snooze(shape, NOW)
        s.reopening(shape)


def test_errors_stand_beside_inputs_that_the_form_has() -> None:
    blocks = m.declare_form([SERVICE], default=CHECKOUT)["blocks"]
    assert isinstance(blocks, list)
    read = s.declaration({**chosen(service="gone")}, [CHECKOUT])
    assert isinstance(read, Errors)

    assert set(read.fields) <= {block["block_id"] for block in blocks}
