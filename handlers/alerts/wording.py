"""How messages of unknown bots say that something began or ended: words, signs and colours."""

import colorsys
import re
from itertools import zip_longest

from bot.domain.alert import AlertState
from handlers.alerts.markup import words
from handlers.alerts.severities import OUTSPOKEN

CLEAR_WORDS = words(
    "resolved recovered recovery cleared solved restored healed closed fixed remediated behoben "
    "erledigt résolu resuelto"
)
FINE_WORDS = words(
    "ok okay up healthy normal passed passing success successful successfully succeeded green online "
    "operational reachable"
)
FIRE_WORDS = words(
    "firing fired alarm alarming alerting triggered retriggered problem down failed fails failing failure "
    "error errored critical crit fatal unhealthy degraded degradation outage unreachable offline breached "
    "breach violated exceeded exceeds disaster emergency warning warn timeout crashed crash stopped "
    "unavailable incident red unstable aborted investigating missed missing overdue "
    "expired expires stuck unknown nodata"
)
# What a field such as Status may say, and a line that says nothing else.
STANDS = words("open opened active new investigating identified acknowledged ongoing reopened detected")
ENDED = words("closed inactive done completed complete finished cancelled")
STATE_WORDS = (
    CLEAR_WORDS
    | FINE_WORDS
    | FIRE_WORDS
    | OUTSPOKEN
    | STANDS
    | words("alert info notice closed inactive acknowledged back returned changed healed needs attention")
)

CLEAR_SIGNS = (
    *("✅", "🟢", "💚", "✔", "🆗", "🎉", ":white_check_mark:", ":large_green_circle:", ":green_circle:"),
    *(":heavy_check_mark:", ":ok:", ":green_heart:", ":large_green_square:", ":tada:", ":thumbsup:", ":+1:"),
)
FIRE_SIGNS = (
    *("🔴", "🔥", "🚨", "❌", "🟠", "🟡", "⚠", "❗", "💥", "🛑", "🆘"),
    *(":fire:", ":red_circle:", ":rotating_light:", ":x:", ":warning:", ":exclamation:", ":boom:", ":sos:"),
    *(":bangbang:", ":large_red_circle:", ":no_entry:", ":large_orange_circle:", ":large_yellow_circle:"),
    *(":octagonal_sign:", ":heavy_exclamation_mark:", ":broken_heart:", ":bell:", ":large_red_square:"),
)

WORD = re.compile(r"[^\W_]+")
SHORTCODE = re.compile(r":[a-z0-9_+-]{1,60}:")
LEADING = re.compile(
    r"\W{0,12}(?P<word>[^\W\d_]{2,20})\s{0,3}(?:in [0-9][^:\n]{0,30})?\s{0,3}[:\]|–—]"
    r"|\W{0,12}(?P<caps>[A-Z]{2,20})\b"
)
# `Discovery: UP 10.0.2.40`: behind a name, in capitals.
NAMED_STATE = re.compile(r"[^:\n]{1,60}:\s{1,3}([A-Z]{2,20})\b")
# `(alarm was raised for 12 minutes)`: a remark with a number in it tells of what was.
REMARK = re.compile(r"\([^()]{0,120}[0-9][^()]{0,120}\)")
BRACKETED = re.compile(r"[\[(【]\W{0,6}([^\W\d_]{2,20})(?:[:\s][^\])】]{0,20})?[\])】]")
IN_BRACKETS = re.compile(r"[\[(【][^\[\](){}【】]{0,60}[\])】]")
PREDICATE = re.compile(
    r"\b(?:is|are|was|were|has|have|been|now|back|to|went|got|gone)\s{1,3}"
    r"(?:(?:been|now|back|to|again|automatically)\s{1,3}){0,4}([^\W\d_]{2,20})\b"
)
# `OK -> CRITICAL`, `from Healthy to Unhealthy`: what comes last is so now, also of three states.
SIGNED = r"(?::[a-z0-9_+-]{1,40}:\s{0,3})?"
ARROW = re.compile(
    r"([^\W_]{2,20})[\"'”\])]{0,2}\s{0,3}(?:→|⇒|⟶|➜|-{1,3}>|=>|➡️?|»)\s{0,3}"
    rf"(?={SIGNED}[\"'“\[(]{{0,2}}([^\W_]{{2,20}}))"
)
CHANGED = re.compile(r"\bfrom\s{1,3}[\"'“\[]?([^\W_]{2,20})[\"'”\]]?\s{1,3}to\s{1,3}[\"'“\[]?([^\W_]{2,20})")
DENIED = re.compile(
    r"\b(?:not|never|un|isn't|wasn't|hasn't|didn't|doesn't|cannot|no)\s{1,3}(?:(?:yet|been|be|longer)\s{1,3}){0,3}"
    r"(?:resolved|recovered|cleared|solved|restored|closed|fixed|ok|up|healthy|normal|pass(?:ed)?|successful"
    r"|arrived?|respond(?:ing|ed)?|checked in|report(?:ing|ed)?|reachable|available|running|receive[sd]?)\b"
    r"|\b(?:0|zero)\s{1,3}(?:of\s[0-9]{1,5}\s)?(?:healthy|available|reachable|running|ready|passing|online|up)\b"
    r"|\b(?:healthy|available|reachable|running|ready|online)\s{1,3}[a-z]{1,20}\W{1,3}0\b(?![.,][0-9])"
    r"|\bpass(?:ed|es)\s{1,3}(?:the\s)?(?:threshold|limit|maximum)\b"
    r"|\bstill\s{1,3}(?:failing|down|broken|firing|unreachable|critical|unhealthy|offline)\b"
    r"|\bno (?:data|heartbeat|response|answer)\b|\bneeds attention\b|\bunable to\b|\bout of memory\b"
)
# Ends that did not come: `recovery of db-1 failed`, `yet to recover`, `0 resolved`, `3 firing`, `firing: 3`.
FAILED_END = re.compile(
    r"\brecover(?:y|ing)\b(?:[^.,;:!?\n]{0,60}\s)?\s?(?:failed|fails|failure|error|aborted|unsuccessful)"
    r"(?=\s{0,3}(?:$|[^\w\s]|(?:at|on|in|with|after|due|because|again)\b))|\byet\s{1,3}to\s{1,3}\w"
    r"|(?:^|[,;:(])\s{0,3}(?:0|zero)\s{1,3}(?:[a-z]{1,20}\s{1,3})?"
    r"(?:resolved|recovered|cleared|restored|fixed|closed)\b"
    r"|(?<![\w.-])[1-9][0-9]{0,4}\s{1,3}(?:[a-z]{1,20}\s{1,3})?(?:firing|failing|unresolved)(?=\s{0,3}(?:$|[^\w\s]))"
    r"|\b(?:firing|failing|unresolved)\b[^,;.:=\n]{0,20}[:=]\s{0,3}[1-9]"
    r"|\b(?:succeeded|passed)\s{1,3}(?:0|zero)\s{1,3}(?:of|out|times)\b"
)
# Words for an end or for being well that say neither: what is measured, or another sense of theirs.
MISLEADING = re.compile(
    r"\b(?:success(?:ful)?|ok|healthy|pass(?:ed|ing)|recovery|normal|uptime)\s{1,3}(?:rate|ratio|percentage|count"
    r"|hosts?|instances?|targets?|replicas?|nodes?|pods?|backends?|upstreams?|workers?|servers?)\b"
    r"|\bclosed\s{1,3}connections?\b"
    r"|\bconnections?\s{1,3}(?:(?:was|were|is|has been|unexpectedly)\s{1,3}){0,2}closed\b"
    r"|\bclosed\s{1,3}by\s{1,3}(?:the\s)?(?:remote|peer|server|foreign)\b"
    r"|\bresolved\s{1,3}(?:host|hostname|ip|address|dns|name)\b|\bfixed\s{1,3}(?:disk|drive|ip|address|size)\b"
    r"|\bgreen\s{1,3}(?:power|energy|field)\b|\bcleared\s{1,3}(?:cache|text|[0-9])\b"
    r"|\b(?:previous|prior|earlier)\s{1,3}(?:\w{1,20}\s{1,3}){0,2}(?:resolved|recovered|cleared|closed|fixed|solved)\b",
    re.IGNORECASE,
)
# `(was OK)`: what was.
FORMERLY = re.compile(r"\((?:was|were|previously|before|formerly|last)\b[^()]{0,120}\)", re.IGNORECASE)
# Words for being well that say nothing before a noun or a verb: `success dropped`, `normal operation ended`.
ADJECTIVES = words("success successful normal healthy green online operational reachable ok okay")
APART = re.compile(
    r"\s{0,3}(?:$|[^\w\s]|[0-9]"
    r"|(?:at|on|in|after|since|again|now|for|with|by|and|to|from|of|within|as|but|than|for)\b)"
)
# What comes after an end may be a new trouble: `is up but checkout fails`, `recovered and is down again`.
TURN = re.compile(r"\b(?:but|then|and|however|though|although|except|yet|while)\b|\?")
WAS = re.compile(r"\b(?:was|were|had|after|earlier|previously|before)\b|\bno\s{1,3}\w")
RELAPSES = FIRE_WORDS - words("problem incident alarm alerting warning warn failure error outage") | words(
    "errors continues continue continuing broken full lost"
)
# Trouble in what else is news.
TROUBLE = re.compile(
    r"\broll(?:ed|ing|s)?[ -]?back\b|\brevert(?:ed|ing)\b|\b5xx\b"
    r"|\b(?:returns?|returned|returning|http|status)\s{1,3}5[0-9]{2}\b",
    re.IGNORECASE,
)
AGAIN = re.compile(
    r"\bback (?:to normal|online|up|in operation)\b|\breturned to normal\b|\bbelow (?:the )?threshold\b"
    r"|\b(?:is|are) (?:reporting|responding|running|reachable|available) again\b"
    r"|\bno longer (?:firing|failing|down)\b"
    r"|\bno[ _](?:threats?|issues?|errors?|problems?|vulnerabilities)[ _](?:were[ _])?(?:found|detected)\b"
)


def leading_state(line: str) -> AlertState | None:
    """What a prefix says: `Resolved: …`, `[🔴 Down] …`, `CRITICAL …`."""
    line = MISLEADING.sub(" ", line[:500])
    for found in BRACKETED.finditer(line):
        if state := meaning(found[1].casefold()):
            return state
    start = LEADING.match(line[:200])
    if start and (state := meaning((start["word"] or start["caps"]).casefold())):
        return state
    named = NAMED_STATE.match(line[:200])
    return meaning(named[1].casefold()) if named else None


def opening_state(line: str) -> AlertState | None:
    """What a prefix says before all other words; signs and names in brackets may stand before it."""
    line = SHORTCODE.sub("", MISLEADING.sub(" ", line[:500]))
    for found in BRACKETED.finditer(line):
        if any(char.isalnum() for char in IN_BRACKETS.sub("", line[: found.start()])):
            break
        if state := meaning(found[1].casefold()):
            return state
    start = LEADING.match(line[:200])
    return meaning((start["word"] or start["caps"]).casefold()) if start else None


def sole_state(line: str) -> AlertState | None:
    """What a line says that is nothing but a state: `CLOSED`, `:red_circle: Down`."""
    said = WORD.findall(SHORTCODE.sub("", line[:100].casefold()))
    return _standing(said[0]) if len(said) == 1 else None


def turned_state(line: str) -> AlertState | None:
    """What something became: `OK → CRITICAL`, `changed from Healthy to Unhealthy`."""
    lowered = line[:2_000].casefold()
    found = [*ARROW.finditer(lowered), *CHANGED.finditer(lowered)]
    return next(
        (state for each in reversed(found) if _standing(each[1]) and (state := _standing(each[2]))), None
    )


def verbal_state(line: str) -> AlertState | None:
    """What the first verb with a state says: `… has been resolved`, `… is down`, `… is not responding`."""
    lowered = FORMERLY.sub(" ", REMARK.sub(" ", line[:2_000])).casefold()
    if DENIED.search(lowered) or relapsed(lowered):
        return AlertState.FIRING
    lowered = MISLEADING.sub(" ", lowered)
    if AGAIN.search(lowered):
        return AlertState.CLEARED
    return next((state for found in PREDICATE.finditer(lowered) if (state := meaning(found[1]))), None)


def said_states(line: str) -> tuple[bool, bool, bool]:
    """Whether a line has a word for an end, one for being fine, and one for trouble, anywhere."""
    plain = MISLEADING.sub(" ", FORMERLY.sub(" ", REMARK.sub(" ", line[:2_000]))).casefold()
    said = set(WORD.findall(plain))
    return bool(said & CLEAR_WORDS), _fine(plain), bool(said & FIRE_WORDS or TROUBLE.search(line[:2_000]))


def relapsed(line: str) -> bool:
    """Whether a line tells of an end that failed, or that trouble came after."""
    lowered = MISLEADING.sub(" ", line[:2_000]).casefold()
    if FAILED_END.search(lowered):
        return True
    ended = False
    for part in TURN.split(lowered):
        said = set(WORD.findall(part))
        if ended and said & RELAPSES and not WAS.search(part):
            return True
        ended = ended or not said.isdisjoint(CLEAR_WORDS | FINE_WORDS)
    return False


def _fine(lowered: str) -> bool:
    """Whether a word for being well stands there as a state."""
    said = [*WORD.finditer(lowered)]
    for found, after in zip_longest(said, said[1:]):
        word = found.group()
        if word not in FINE_WORDS or word == "up":  # of a plain word it is too much: "set up", "up to"
            continue
        follows = after.group() if after else ""
        if word not in ADJECTIVES or meaning(follows) or APART.match(lowered, found.end()):
            return True
    return False


def begins(line: str) -> bool:
    """Whether a line speaks of something new: `New detection`, `Incident opened`."""
    return bool(set(WORD.findall(line[:500].casefold())) & STANDS)


def field_state(value: str) -> AlertState | None:
    """What a field such as Status says by itself; of a change, what came of it."""
    if turned := turned_state(value[:100]):
        return turned
    said = WORD.findall(value[:100].casefold())
    if "not" in said or "un" in said:
        return AlertState.FIRING
    return next((state for word in said if (state := _standing(word))), None)


def signed_state(text: str) -> tuple[AlertState | None, bool]:
    """What the first sign in a text says, and whether it stands before all words."""
    places = [(at, AlertState.CLEARED) for sign in CLEAR_SIGNS if (at := text.find(sign)) >= 0]
    places += [(at, AlertState.FIRING) for sign in FIRE_SIGNS if (at := text.find(sign)) >= 0]
    if not places:
        return None, False
    at, state = min(places, key=lambda place: place[0])
    return state, not any(char.isalnum() for char in text[:at])


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


def meaning(word: str) -> AlertState | None:
    """What a word says of a state wherever it stands."""
    if word in CLEAR_WORDS or word in FINE_WORDS:
        return AlertState.CLEARED
    return AlertState.FIRING if word in FIRE_WORDS or word in OUTSPOKEN else None


def _standing(word: str) -> AlertState | None:
    """What a word says where nothing but a state is expected."""
    if word in ENDED:
        return AlertState.CLEARED
    return AlertState.FIRING if word in STANDS else meaning(word)
