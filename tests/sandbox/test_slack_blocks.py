"""The limits of Slack's block kit, each at its edge and one beyond."""

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, SectionBlock

from bot.sandbox.slack.blocks import (
    Surface,
    check_attachments,
    check_blocks,
    check_view,
    text_length,
    view_too_large,
)
from bot.sandbox.slack.shapes import Json


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def section(length: int) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(label: int = 5, **more: object) -> Json:
    return {"type": "button", "text": plain(label), **more}


def option(label: int = 5, value: int = 5, **more: object) -> Json:
    return {"text": plain(label), "value": "v" * value, **more}


def select(count: int, **more: object) -> Json:
    return actions({"type": "static_select", "action_id": "s", "options": [option()] * count, **more})


def field(element: Json, label: int = 5, **more: object) -> Json:
    return {"type": "input", "label": plain(label), "element": element, **more}


def text_input(**more: object) -> Json:
    return field({"type": "plain_text_input", "action_id": "t", **more})


LIMITS: list[tuple[str, Json, Json, str]] = [
    ("section text", section(3000), section(3001), "/blocks/0/text/text"),
    ("empty section text", section(1), section(0), "/blocks/0/text/text"),
    (
        "section fields",
        {"type": "section", "fields": [plain(1)] * 10},
        {"type": "section", "fields": [plain(1)] * 11},
        "/blocks/0/fields",
    ),
    (
        "field text",
        {"type": "section", "fields": [plain(2000)]},
        {"type": "section", "fields": [plain(2001)]},
        "/blocks/0/fields/0/text",
    ),
    (
        "header",
        {"type": "header", "text": plain(150)},
        {"type": "header", "text": plain(151)},
        "/blocks/0/text/text",
    ),
    (
        "context elements",
        {"type": "context", "elements": [plain(1)] * 10},
        {"type": "context", "elements": [plain(1)] * 11},
        "/blocks/0/elements",
    ),
    (
        "no context elements",
        {"type": "context", "elements": [plain(1)]},
        {"type": "context", "elements": []},
        "/blocks/0/elements",
    ),
    ("actions elements", actions(*[button()] * 25), actions(*[button()] * 26), "/blocks/0/elements"),
    ("button text", actions(button(75)), actions(button(76)), "/blocks/0/elements/0/text/text"),
    ("empty button text", actions(button(1)), actions(button(0)), "/blocks/0/elements/0/text/text"),
    (
        "button value",
        actions(button(value="v" * 2000)),
        actions(button(value="v" * 2001)),
        "/blocks/0/elements/0/value",
    ),
    (
        "button url",
        actions(button(url="u" * 3000)),
        actions(button(url="u" * 3001)),
        "/blocks/0/elements/0/url",
    ),
    (
        "accessibility label",
        actions(button(accessibility_label="a" * 75)),
        actions(button(accessibility_label="a" * 76)),
        "/blocks/0/elements/0/accessibility_label",
    ),
    (
        "action_id",
        actions(button(action_id="a" * 255)),
        actions(button(action_id="a" * 256)),
        "/blocks/0/elements/0/action_id",
    ),
    (
        "block_id",
        section(1) | {"block_id": "b" * 255},
        section(1) | {"block_id": "b" * 256},
        "/blocks/0/block_id",
    ),
    (
        "button style",
        actions(button(style="danger")),
        actions(button(style="red")),
        "/blocks/0/elements/0/style",
    ),
    (
        "confirm text",
        actions(
            button(confirm={"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30)})
        ),
        actions(
            button(confirm={"title": plain(100), "text": plain(301), "confirm": plain(30), "deny": plain(30)})
        ),
        "/blocks/0/elements/0/confirm/text/text",
    ),
    ("select options", select(100), select(101), "/blocks/0/elements/0/options"),
    ("no select options", select(1), select(0), "/blocks/0/elements/0/options"),
    (
        "placeholder",
        select(1, placeholder=plain(150)),
        select(1, placeholder=plain(151)),
        "/blocks/0/elements/0/placeholder/text",
    ),
    (
        "option text",
        actions({"type": "static_select", "options": [option(75)]}),
        actions({"type": "static_select", "options": [option(76)]}),
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        actions({"type": "static_select", "options": [option(value=150)]}),
        actions({"type": "static_select", "options": [option(value=151)]}),
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "overflow options",
        actions({"type": "overflow", "options": [option()] * 5}),
        actions({"type": "overflow", "options": [option()] * 6}),
        "/blocks/0/elements/0/options",
    ),
    (
        "checkboxes",
        actions({"type": "checkboxes", "options": [option()] * 10}),
        actions({"type": "checkboxes", "options": [option()] * 11}),
        "/blocks/0/elements/0/options",
    ),
    (
        "input label",
        field({"type": "plain_text_input"}, 2000),
        field({"type": "plain_text_input"}, 2001),
        "/blocks/0/label/text",
    ),
    ("max_length", text_input(max_length=3000), text_input(max_length=3001), "/blocks/0/element/max_length"),
    (
        "image alt text",
        {"type": "image", "image_url": "https://x", "alt_text": "a" * 2000},
        {"type": "image", "image_url": "https://x", "alt_text": "a" * 2001},
        "/blocks/0/alt_text",
    ),
    (
        "markdown",
        {"type": "markdown", "text": "m" * 12_000},
        {"type": "markdown", "text": "m" * 12_001},
        "/blocks/0/text",
    ),
    ("unknown type", {"type": "divider"}, {"type": "separator"}, "/blocks/0/type"),
    ("unknown property", {"type": "divider"}, {"type": "divider", "color": "red"}, "/blocks/0"),
    (
        "mrkdwn in a button",
        actions(button()),
        actions(button() | {"text": {"type": "mrkdwn", "text": "x"}}),
        "/blocks/0/elements/0/text/type",
    ),
]


@pytest.mark.parametrize(
    ("good", "bad", "pointer"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS]
)
def test_a_limit_is_kept_at_its_edge_and_refused_beyond(good: Json, bad: Json, pointer: str) -> None:
    assert check_blocks([good], Surface.MESSAGE) == []
    assert pointer in [problem.pointer for problem in check_blocks([bad], Surface.MESSAGE)]


@pytest.mark.parametrize(
    ("surface", "most"), [(Surface.MESSAGE, 50), (Surface.MODAL, 100), (Surface.HOME, 100)]
)
def test_a_surface_has_its_number_of_blocks(surface: Surface, most: int) -> None:
    assert check_blocks([{"type": "divider"}] * most, surface) == []
    (problem,) = check_blocks([{"type": "divider"}] * (most + 1), surface)
    assert str(problem) == f"[ERROR] no more than {most} items allowed [json-pointer:/blocks]"


def test_names_are_unique_in_their_scope() -> None:
    twice = [section(1) | {"block_id": "same"}, section(1) | {"block_id": "same"}]
    one_block = [actions(button(action_id="go"), button(action_id="go"))]
    two_blocks = [actions(button(action_id="go")), actions(button(action_id="go"))]

    assert [p.pointer for p in check_blocks(twice, Surface.MESSAGE)] == ["/blocks/1/block_id"]
    assert [p.pointer for p in check_blocks(one_block, Surface.MESSAGE)] == ["/blocks/0/elements/1/action_id"]
    assert check_blocks(two_blocks, Surface.MESSAGE) == []


@pytest.mark.parametrize(
    "nonsense", [None, 1, "x", {}, [1], [None], [{}], [{"type": 1}], [{"type": "section"}]]
)
def test_nonsense_is_refused_and_never_an_exception(nonsense: object) -> None:
    assert check_blocks(nonsense, Surface.MESSAGE)


def test_what_slack_sdk_builds_passes() -> None:
    built = [
        HeaderBlock(text="API down").to_dict(),
        SectionBlock(text="*up* to _you_", fields=["a", "b"]).to_dict(),
        ActionsBlock(
            elements=[ButtonElement(text="Go", action_id="go", value="1", style="primary")]
        ).to_dict(),
    ]

    assert check_blocks(built, Surface.MESSAGE) == []


def modal(**more: object) -> Json:
    return {"type": "modal", "title": plain(24), "blocks": [section(1)], **more}


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain(25)), "/view/title/text"),
        (modal(submit=plain(25)), "/view/submit/text"),
        (modal(close=plain(25)), "/view/close/text"),
        (modal(private_metadata="m" * 3001), "/view/private_metadata"),
        (modal(callback_id="c" * 256), "/view/callback_id"),
        (modal(external_id="e" * 256), "/view/external_id"),
        (modal(blocks=[text_input()]), "/view"),
        (modal(blocks=[section(3001)]), "/view/blocks/0/text/text"),
        (modal(blocks=[{"type": "divider"}] * 101), "/view/blocks"),
        (modal(blocks=[{"type": "markdown", "text": "x"}]), "/view/blocks/0/type"),
        (modal(colour="red"), "/view"),
        ({"type": "modal", "blocks": []}, "/view"),
        ({"type": "home", "blocks": [], "title": plain(1)}, "/view"),
        ({"type": "panel", "blocks": []}, "/view/type"),
        ({"blocks": []}, "/view"),
        ([], "/view"),
    ],
)
def test_a_view_is_refused(view: object, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in check_view(view)]


@pytest.mark.parametrize(
    "view",
    [
        modal(),
        modal(blocks=[text_input()], submit=plain(24), private_metadata="m" * 3000, callback_id="c" * 255),
        {"type": "home", "blocks": [{"type": "divider"}] * 100},
    ],
)
def test_a_view_is_accepted(view: Json) -> None:
    assert check_view(view) == []


def test_a_view_has_a_size() -> None:
    assert not view_too_large(modal(blocks=[section(3000)] * 80))
    assert view_too_large(modal(blocks=[section(3000)] * 100))


def test_blocks_inside_attachments_are_checked_where_they_stand() -> None:
    assert check_attachments([{"color": "good", "text": "x"}]) == []
    (problem,) = check_attachments([{"text": "x"}, {"blocks": [section(3001)]}])
    assert problem.pointer == "/attachments/1/blocks/0/text/text"
    assert check_attachments("x")


def test_the_budget_counts_what_is_read() -> None:
    assert text_length([section(100), actions(button(10)), {"type": "divider"}]) == 110
