"""What a choice becomes: the state of each kind of element, and how elements are found."""

import pytest

from bot.sandbox.slack.shapes import Json, words
from bot.sandbox.slack.targets import CannotAct, chosen, find, labels, state_of, unfinished

OPTIONS: list[Json] = [
    {"text": {"type": "plain_text", "text": "SEV1"}, "value": "sev1"},
    {"text": {"type": "plain_text", "text": "SEV2"}, "value": "sev2"},
]


def resolve(name: str) -> str:
    return f"U-{name}"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("plain_text_input", "x", {"value": "x"}),
        ("number_input", 5, {"value": "5"}),
        ("static_select", "SEV1", {"selected_option": OPTIONS[0]}),
        ("static_select", "sev2", {"selected_option": OPTIONS[1]}),
        ("static_select", None, {"selected_option": None}),
        ("multi_static_select", ["SEV1", "SEV2"], {"selected_options": OPTIONS}),
        ("checkboxes", "SEV1", {"selected_options": OPTIONS[:1]}),
        ("checkboxes", [], {"selected_options": []}),
        ("radio_buttons", "SEV2", {"selected_option": OPTIONS[1]}),
        ("overflow", "SEV1", {"selected_option": OPTIONS[0]}),
        ("users_select", "ann", {"selected_user": "U-ann"}),
        ("multi_users_select", ["ann", "bob"], {"selected_users": ["U-ann", "U-bob"]}),
        ("conversations_select", "#a", {"selected_conversation": "U-#a"}),
        ("channels_select", "#a", {"selected_channel": "U-#a"}),
        ("datepicker", "2026-11-23", {"selected_date": "2026-11-23"}),
        ("timepicker", "09:00", {"selected_time": "09:00"}),
        ("datetimepicker", 1_800_000_000, {"selected_date_time": 1_800_000_000}),
    ],
)
def test_a_choice_has_slacks_shape(kind: str, value: object, expected: Json) -> None:
    assert chosen({"type": kind, "options": OPTIONS}, value, resolve) == {"type": kind, **expected}


def test_an_option_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(CannotAct, match="there is: SEV1, SEV2"):
        chosen({"type": "static_select", "options": OPTIONS}, "SEV9", resolve)
    with pytest.raises(CannotAct, match="nothing can be chosen in a button"):
        chosen({"type": "button"}, "x", resolve)


def test_the_state_begins_with_what_the_app_filled_in() -> None:
    def block(name: str, element: Json) -> Json:
        label = {"type": "plain_text", "text": name.title()}
        return {"type": "input", "block_id": name, "label": label, "element": element | {"action_id": "a"}}

    body: Json = {
        "blocks": [
            block("text", {"type": "plain_text_input", "initial_value": "draft", "max_length": 5}),
            block("choice", {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]}),
            block("boxes", {"type": "checkboxes", "options": OPTIONS}),
            {"type": "actions", "block_id": "go", "elements": [{"type": "button", "action_id": "b"}]},
        ]
    }

    values = state_of(body, {"choice": {"a": {"type": "static_select", "selected_option": OPTIONS[1]}}})

    assert values == {
        "text": {"a": {"type": "plain_text_input", "value": "draft"}},
        "choice": {"a": {"type": "static_select", "selected_option": OPTIONS[1]}},
        "boxes": {"a": {"type": "checkboxes", "selected_options": []}},
    }
    assert unfinished(body, values) == {"boxes": "Please complete this required field."}
    values["text"]["a"]["value"] = "too long"
    assert unfinished(body, values)["text"] == "Must be at most 5 characters."
    assert labels(body)[:3] == ["Text", "Choice", "Boxes"]


def test_an_element_is_found_by_id_text_and_the_only_likeness() -> None:
    def button(action: str, text: str) -> Json:
        return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": text}}

    row = {
        "type": "actions",
        "block_id": "row",
        "elements": [button("ack", "✅ Acknowledge"), button("no", "I can't")],
    }
    body: Json = {"attachments": [{"id": 1, "blocks": [row]}]}

    assert find(body, "ack").attachment == 1
    assert find(body, "✅ Acknowledge").element["action_id"] == "ack"
    assert find(body, "acknowledge").element["action_id"] == "ack"
    with pytest.raises(CannotAct, match="Acknowledge"):
        find(body, "Resolve")
    assert words(body) == "✅ Acknowledge\nI can't"
