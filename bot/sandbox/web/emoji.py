"""The emoji that have names here: the common ones of Slack's several thousand."""

import re
from collections.abc import Mapping

NAME = re.compile(r":([a-z0-9_+\-]{1,40}):")

EMOJI: Mapping[str, str] = {
    "+1": "👍", "-1": "👎", "100": "💯", "alarm_clock": "⏰", "ambulance": "🚑", "arrow_down": "⬇️",
    "arrow_right": "➡️", "arrow_up": "⬆️", "ballot_box_with_check": "☑️", "beers": "🍻", "bell": "🔔",
    "black_circle": "⚫", "blue_heart": "💙", "books": "📚", "boom": "💥", "bug": "🐛", "bulb": "💡",
    "calendar": "📆", "chart_with_downwards_trend": "📉", "chart_with_upwards_trend": "📈", "clap": "👏",
    "clipboard": "📋", "coffee": "☕", "construction": "🚧", "cry": "😢", "email": "✉️",
    "exclamation": "❗", "eyes": "👀", "face_with_monocle": "🧐", "fire": "🔥", "fire_engine": "🚒",
    "gear": "⚙️", "green_heart": "💚", "grin": "😁", "hammer_and_wrench": "🛠️", "heart": "❤️",
    "heavy_check_mark": "✔️", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "information_source": "ℹ️",
    "joy": "😂", "large_blue_circle": "🔵", "large_green_circle": "🟢", "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡", "link": "🔗", "lock": "🔒", "mag": "🔍", "mega": "📣", "memo": "📝",
    "moneybag": "💰", "mute": "🔇", "no_bell": "🔕", "no_entry": "⛔", "ok": "🆗", "ok_hand": "👌",
    "open_mouth": "😮", "page_facing_up": "📄", "pager": "📟", "phone": "☎️", "point_right": "👉",
    "pray": "🙏", "pushpin": "📌", "question": "❓", "raised_hands": "🙌", "recycle": "♻️",
    "red_circle": "🔴", "rocket": "🚀", "rotating_light": "🚨", "satellite": "📡", "scream": "😱",
    "shrug": "🤷", "skull": "💀", "slightly_smiling_face": "🙂", "smile": "😄", "snail": "🐌", "sob": "😭",
    "sos": "🆘", "speech_balloon": "💬", "star": "⭐", "sweat_smile": "😅", "tada": "🎉",
    "telephone_receiver": "📞", "thinking_face": "🤔", "thumbsdown": "👎", "thumbsup": "👍",
    "ticket": "🎫", "unlock": "🔓", "warning": "⚠️", "wave": "👋", "white_check_mark": "✅",
    "white_circle": "⚪", "wrench": "🔧", "x": "❌", "zap": "⚡", "zzz": "💤",
}  # fmt: skip


def with_emoji(text: str) -> str:
    """Plain text in which the names that are known became emoji; the others stay as they are."""
    return NAME.sub(lambda found: EMOJI.get(found.group(1), found.group(0)), text)
