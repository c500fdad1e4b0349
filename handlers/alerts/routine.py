"""Routine: work that is done, `Deployed web v1.2.3 to production by kim`, `Backup of db-3 finished`.

Such a message is known by its whole first line, and by what else it shows: nothing may speak of trouble, of
an end, or of how bad it is. Whatever more it says may be an alert, so it is read as one.
"""

import re

from handlers.alerts.foreign import tells_of_attack
from handlers.alerts.look import NAMED_LINE, Look, bare
from handlers.alerts.markup import words
from handlers.alerts.phrases import AMISS
from handlers.alerts.severities import NAMES, severity_in, spoken_severity
from handlers.alerts.verdict import is_state_field
from handlers.alerts.wording import (
    CLEAR_SIGNS,
    CLEAR_WORDS,
    DENIED,
    FINE_WORDS,
    FIRE_SIGNS,
    TROUBLE,
    WORD,
    colour_state,
    field_state,
)

LONGEST = 200
MOST_LINES = 12

_PART = r"[\w.:@/#~+-]{1,60}"
_NAME = rf"{_PART}(?: {_PART}){{0,3}}"
_TIME = r"(?:[0-9.:]{1,10} ?(?:ms|s|m|h|min|mins|sec|secs|seconds?|minutes?|hours?)\b ?){1,4}"
_DEPLOYED = (
    rf"(?:{_PART}(?: {_PART})? )?(?:(?:was|has been|have been) )?"
    r"(?:deployed|released|rolled out|shipped|promoted)"
    rf"(?: {_NAME})? (?:to|on|into) {_NAME}(?: by {_NAME})?(?: (?:in|after) {_TIME})?"
)
_KIND = (
    r"(?:backup|snapshot|deploy|deployment|build|release|rollout|export|import|sync|synchronization|migration"
    r"|report|cleanup|(?:cron ?|batch |nightly )?job)"
)
_FLAWLESS = (
    r"(?:without|with no|with 0|with zero|no|0) (?:any )?(?:errors?|problems?|issues?|failures?|warnings?)"
)
_FINISHED = (
    rf"(?:the )?(?:{_PART} ){{0,2}}{_KIND}(?: {_PART})?(?: (?:of|for|to|on|from) {_NAME})?"
    rf"(?: (?:has|have|was|is))?(?: been)? (?:finished|completed|complete|done)"
    rf"(?: (?:after|in) {_TIME})?(?:,? {_FLAWLESS})?(?: by {_NAME})?"
)
DONE = re.compile(rf"\W{{0,5}}(?:{_DEPLOYED}|{_FINISHED})\W{{0,3}}")
FLAWLESS = re.compile(rf"\b{_FLAWLESS}\b")
# Names of values that tell of work, and never of how something is.
TELLING = words(
    "version environment env service author by user commit branch revision tag build pipeline job project "
    "application app repository repo cluster namespace region host duration started finished url link from to"
)
DENYING = words("not never no cannot without nobody nothing none wrong but however cant wont isnt")
WORRYING = words(
    "errors failures problems issues issue warnings exception exceptions alerts alert skipped incomplete "
    "partial partially corrupt corrupted late delayed slow high hung empty cancelled canceled unexpected "
    "rollback hotfix reverted conflict conflicts suspicious broke breaks rejected timeouts outages incidents"
)
UNFIT = AMISS | CLEAR_WORDS | FINE_WORDS | DENYING | WORRYING


def is_routine(look: Look) -> bool:
    """Whether a message tells of work that is done, and of nothing else."""
    shown = [bare(line.text) for line in (*look.lines, *look.summaries)]
    if not look.lines or len(look.lines) > MOST_LINES or colour_state(look.colour) is not None:
        return False
    first, *others = (" ".join(text.casefold().split()) for text in shown)
    done = len(first) <= LONGEST and bool(DONE.fullmatch(first))
    return done and all(map(_beside, others)) and not any(map(_worries, shown)) and not _fields_worry(look)


def _beside(line: str) -> bool:
    """Whether a further line says nothing of its own: the same, or a value that tells of work."""
    if named := NAMED_LINE.fullmatch(line):
        return named[1].casefold() in TELLING
    return len(line) <= LONGEST and bool(DONE.fullmatch(line))


def _worries(text: str) -> bool:
    lowered = FLAWLESS.sub(" ", text.casefold())
    return (
        not UNFIT.isdisjoint(WORD.findall(lowered))
        or any(sign in text for sign in (*FIRE_SIGNS, *CLEAR_SIGNS))
        or bool(DENIED.search(lowered) or TROUBLE.search(lowered) or tells_of_attack(lowered))
        or bool(severity_in(text) or spoken_severity(text))
    )


def _fields_worry(look: Look) -> bool:
    return any(
        entry.name in NAMES
        or (is_state_field(entry.name) and field_state(entry.value) is not None)
        or entry.name.replace("_", " ") not in TELLING
        or _worries(entry.value)
        for entry in look.fields
    )
