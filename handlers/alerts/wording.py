"""How messages of unknown bots say that something began or ended: words, signs and colours."""

import colorsys
import re

from bot.domain.alert import AlertState
from handlers.alerts.markup import words
from handlers.alerts.severities import OUTSPOKEN

CLEAR_WORDS = words(
    "resolved recovered recovery cleared solved restored healed closed fixed remediated behoben "
    "erledigt résolu resuelto"
)
FINE_WORDS = words("ok okay up healthy normal passed passing success successful succeeded green online")
FIRE_WORDS = words(
    "firing fired alarm alarming alerting triggered problem down failed failing failure error "
    "critical fatal unhealthy degraded outage unreachable offline breached breach violated exceeded "
    "disaster emergency warning timeout crashed stopped unavailable incident red"
)
STATE_WORDS = (
    CLEAR_WORDS | FINE_WORDS | FIRE_WORDS | OUTSPOKEN | {"alert", "open", "opened", "info", "notice"}
)
STATE_FIELDS = words(
    "status state current_state new_state alert_state health_status sync_status event_status condition"
)

CLEAR_SIGNS = (
    *("✅", "🟢", "💚", "✔", "🆗", ":white_check_mark:", ":large_green_circle:", ":green_circle:"),
    *(":heavy_check_mark:", ":ok:", ":green_heart:", ":large_green_square:"),
)
FIRE_SIGNS = (
    *("🔴", "🔥", "🚨", "❌", "🟠", "🟡", "⚠", "❗", "💥", "🛑"),
    *(":fire:", ":red_circle:", ":rotating_light:", ":x:", ":warning:", ":exclamation:", ":boom:"),
    *(":bangbang:", ":large_red_circle:", ":no_entry:", ":large_orange_circle:", ":large_yellow_circle:"),
    *(":octagonal_sign:", ":heavy_exclamation_mark:", ":broken_heart:", ":bell:"),
)

WORD = re.compile(r"[^\W_]+")
LEADING = re.compile(
    r"\W{0,12}(?P<word>[^\W\d_]{2,20})\s{0,3}(?:in [0-9][^:\n]{0,30})?\s{0,3}[:\]|–—]"
    r"|\W{0,12}(?P<caps>[A-Z]{2,20})\b"
)
BRACKETED = re.compile(r"[\[(【]\W{0,6}([^\W\d_]{2,20})(?:[:\s][^\])】]{0,20})?[\])】]")
PREDICATE = re.compile(
    r"\b(?:is|are|was|were|has|have|been|now|back|to)\s{1,3}"
    r"(?:(?:been|now|back|to|again)\s{1,3}){0,4}([^\W\d_]{2,20})\b"
)
DENIED = re.compile(
    r"\b(?:not|never|un|isn't|wasn't|hasn't|cannot|no)\s{1,3}(?:(?:yet|been|be)\s{1,3}){0,3}"
    r"(?:resolved|recovered|cleared|solved|restored|closed|fixed|ok|up|healthy|normal|passed|successful)\b"
    r"|\brecovery\s{1,3}(?:\w{1,20}\s{1,3})?(?:failed|failure|error)"
)


def leading_state(line: str) -> AlertState | None:
    """What a prefix says: `Resolved: …`, `[🔴 Down] …`, `CRITICAL …`."""
    for found in BRACKETED.finditer(line[:500]):
        if state := _meaning(found[1].casefold()):
            return state
    start = LEADING.match(line[:200])
    return _meaning((start["word"] or start["caps"]).casefold()) if start else None


def spoken_state(line: str, colour: AlertState | None) -> AlertState | None:
    """What the words of a sentence say. Where they contradict each other: the colour, the verb, firing."""
    lowered = line[:2_000].casefold()
    if DENIED.search(lowered):
        return AlertState.FIRING
    said = set(WORD.findall(lowered))
    cleared, fires = bool(said & CLEAR_WORDS), bool(said & FIRE_WORDS)
    if not cleared and not fires:
        return AlertState.CLEARED if said & FINE_WORDS and _predicate(lowered) else None
    if cleared != fires:
        return AlertState.CLEARED if cleared else _predicate(lowered) or AlertState.FIRING
    return colour or _predicate(lowered) or AlertState.FIRING


def field_state(value: str) -> AlertState | None:
    """What a field such as Status says by itself."""
    said = WORD.findall(value[:100].casefold())
    return next((state for word in said if (state := _meaning(word))), None)


def signed_state(text: str) -> AlertState | None:
    """What the first sign in a text says."""
    places = [(text.find(sign), AlertState.CLEARED) for sign in CLEAR_SIGNS]
    places += [(text.find(sign), AlertState.FIRING) for sign in FIRE_SIGNS]
    return min((place for place in places if place[0] >= 0), default=(0, None), key=lambda place: place[0])[1]


def colour_state(colour: str) -> AlertState | None:
    """Green is cleared; red, orange and yellow are firing; grey and blue say nothing."""
    if not colour:
        return None
    hue, saturation, value = colorsys.rgb_to_hsv(*(int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    if saturation < 0.3 or value < 0.2:
        return None
    if 80 / 360 <= hue <= 170 / 360:
        return AlertState.CLEARED
    return AlertState.FIRING if hue <= 60 / 360 or hue >= 335 / 360 else None


def is_yellow(colour: str) -> bool:
    """Orange or yellow, as warnings are drawn."""
    if colour_state(colour) is not AlertState.FIRING:
        return False
    hue = colorsys.rgb_to_hsv(*(int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)))[0]
    return 25 / 360 <= hue <= 60 / 360


def _meaning(word: str) -> AlertState | None:
    if word in CLEAR_WORDS or word in FINE_WORDS:
        return AlertState.CLEARED
    return AlertState.FIRING if word in FIRE_WORDS or word in OUTSPOKEN else None


def _predicate(lowered: str) -> AlertState | None:
    """What the first verb with a state says: `… has been resolved`, `… is down`."""
    return next((state for found in PREDICATE.finditer(lowered) if (state := _meaning(found[1]))), None)
