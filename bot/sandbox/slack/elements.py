"""What Slack accepts inside a block: text objects, options, buttons, selects and inputs, with their limits.

The limits are those of Slack's Block Kit reference.
"""

from bot.sandbox.slack.schema import (
    Check,
    Report,
    anything,
    choice,
    fail,
    flag,
    record,
    several,
    string,
    typed,
    whole,
)

_NAME = string(1, 255)
_TYPE = {"type": anything}


def plain(most: int, least: int = 1) -> Check:
    """A `plain_text` object with a text of limited length."""
    return typed({"plain_text": record({**_TYPE, "text": string(least, most)}, {"emoji": flag})})


def text(most: int) -> Check:
    """A `plain_text` or `mrkdwn` object with a text of limited length."""
    of = string(1, most)
    return typed(
        {
            "plain_text": record({**_TYPE, "text": of}, {"emoji": flag}),
            "mrkdwn": record({**_TYPE, "text": of}, {"verbatim": flag}),
        }
    )


CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)


def _option(label: Check) -> Check:
    return record({"text": label, "value": string(1, 150)}, {"description": text(75), "url": string(1, 3000)})


OPTION = _option(plain(75))
RICH_OPTION = _option(text(75))
_OPTIONS = several(OPTION, 1, 100)
_GROUPS = several(record({"label": plain(75), "options": _OPTIONS}), 1, 100)
_FILTER = record(
    {}, {"include": anything, "exclude_external_shared_channels": flag, "exclude_bot_users": flag}
)

_ACTION = {"action_id": _NAME}
_MENU = {**_ACTION, "confirm": CONFIRM, "focus_on_load": flag, "placeholder": plain(150)}
_STATIC = {**_MENU, "options": _OPTIONS, "option_groups": _GROUPS}
_EXTERNAL = {**_MENU, "min_query_length": whole(0, 1000)}
_MANY = {"max_selected_items": whole(1, 100)}
_CONVERSATION = {**_MENU, "default_to_current_conversation": flag, "filter": _FILTER}
_PICKER = {**_MENU}
_DISPATCH = record({"trigger_actions_on": several(choice("on_enter_pressed", "on_character_entered"), 1, 2)})


def _menu(**properties: Check) -> Check:
    return record(_TYPE, properties)


def _static(check: Check) -> Check:
    def whole_menu(value: object, at: str, report: Report) -> None:
        check(value, at, report)
        if isinstance(value, dict) and not (value.get("options") or value.get("option_groups")):
            fail(report, at, "missing required field: options")

    return whole_menu


BUTTON = record(
    {**_TYPE, "text": plain(75)},
    {
        **_ACTION,
        "url": string(1, 3000),
        "value": string(1, 2000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(1, 75),
    },
)
_OVERFLOW = record({**_TYPE, "options": several(OPTION, 1, 5)}, {**_ACTION, "confirm": CONFIRM})
_BOXES = several(RICH_OPTION, 1, 10)
_CHECKBOXES = record(
    {**_TYPE, "options": _BOXES},
    {**_ACTION, "initial_options": _BOXES, "confirm": CONFIRM, "focus_on_load": flag},
)
_RADIO = record(
    {**_TYPE, "options": _BOXES},
    {**_ACTION, "initial_option": RICH_OPTION, "confirm": CONFIRM, "focus_on_load": flag},
)
_TEXT_INPUT = {
    **_ACTION,
    "placeholder": plain(150),
    "dispatch_action_config": _DISPATCH,
    "focus_on_load": flag,
}
_PLAIN_INPUT = _menu(
    **_TEXT_INPUT,
    initial_value=string(0, 3000),
    multiline=flag,
    min_length=whole(0, 3000),
    max_length=whole(1, 3000),
)
_NUMBER_INPUT = record(
    {**_TYPE, "is_decimal_allowed": flag},
    {**_TEXT_INPUT, "initial_value": string(0, 100), "min_value": anything, "max_value": anything},
)
IMAGE = record({**_TYPE, "alt_text": string(1, 2000)}, {"image_url": string(1, 3000), "slack_file": anything})

_SELECTS: dict[str, Check] = {
    "static_select": _static(_menu(**_STATIC, initial_option=OPTION)),
    "multi_static_select": _static(_menu(**_STATIC, **_MANY, initial_options=several(OPTION, 1, 100))),
    "external_select": _menu(**_EXTERNAL, initial_option=OPTION),
    "multi_external_select": _menu(**_EXTERNAL, **_MANY, initial_options=several(OPTION, 1, 100)),
    "users_select": _menu(**_MENU, initial_user=string(1, 30)),
    "multi_users_select": _menu(**_MENU, **_MANY, initial_users=several(string(1, 30), 0, 100)),
    "conversations_select": _menu(
        **_CONVERSATION, initial_conversation=string(1, 30), response_url_enabled=flag
    ),
    "multi_conversations_select": _menu(
        **_CONVERSATION, **_MANY, initial_conversations=several(string(1, 30), 0, 100)
    ),
    "channels_select": _menu(**_MENU, initial_channel=string(1, 30), response_url_enabled=flag),
    "multi_channels_select": _menu(**_MENU, **_MANY, initial_channels=several(string(1, 30), 0, 100)),
}
_PICKERS: dict[str, Check] = {
    "datepicker": _menu(**_PICKER, initial_date=string(10, 10)),
    "timepicker": _menu(**_PICKER, initial_time=string(5, 5), timezone=string(1, 100)),
    "datetimepicker": _menu(
        action_id=_NAME,
        confirm=CONFIRM,
        focus_on_load=flag,
        initial_date_time=whole(1_000_000_000, 9_999_999_999),
    ),
    "checkboxes": _CHECKBOXES,
    "radio_buttons": _RADIO,
}

IN_ACTIONS = typed({"button": BUTTON, "overflow": _OVERFLOW, **_SELECTS, **_PICKERS})
IN_SECTION = typed({"button": BUTTON, "overflow": _OVERFLOW, "image": IMAGE, **_SELECTS, **_PICKERS})
IN_INPUT = typed(
    {
        "plain_text_input": _PLAIN_INPUT,
        "number_input": _NUMBER_INPUT,
        "email_text_input": _menu(**_TEXT_INPUT, initial_value=string(0, 3000)),
        "url_text_input": _menu(**_TEXT_INPUT, initial_value=string(0, 3000)),
        "rich_text_input": _menu(**_TEXT_INPUT, initial_value=anything),
        "file_input": _menu(action_id=_NAME, filetypes=anything, max_files=whole(1, 10)),
        **_SELECTS,
        **_PICKERS,
    }
)
IN_CONTEXT = typed(
    {
        "image": IMAGE,
        "plain_text": record({**_TYPE, "text": string(1, 2000)}, {"emoji": flag}),
        "mrkdwn": record({**_TYPE, "text": string(1, 2000)}, {"verbatim": flag}),
    }
)
