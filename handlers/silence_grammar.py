"""The grammar of what is kept quiet: `silence INC-42 2h new disk`, `maintenance search 22:00 to 23:00 …`."""

import re
from dataclasses import replace

from bot.domain.silence import SilenceKind
from bot.render.escape import flatten
from bot.service import OnlyMine
from handlers import silence_orders as s
from handlers import words as w
from handlers.spans import span
from handlers.words import Unclear, Zoned

_LABEL = r"[A-Za-z_][A-Za-z0-9_.:/-]{0,127}"
_OPERATOR = r"=~|!~|!=|="
_CONDITION = re.compile(
    rf"""({_LABEL})(\s{{0,5}})({_OPERATOR})(\s{{0,5}})("[^"]*"|'[^']*'|\S*)(?:\s+|$)""",
)
_ENCLOSED = re.compile(
    rf"""(["'`])\s{{0,5}}({_LABEL})\s{{0,5}}({_OPERATOR})\s{{0,5}}(.*?)\s{{0,5}}\1(?:\s+|$)"""
)
_OPERATES = re.compile(_OPERATOR)
_SEV1 = re.compile(r"(?:^|(?<=\s))(?:--|—|––)sev1(?=\s|$)")
_MARK = re.compile(r"#?[0-9a-z]{6,40}", re.IGNORECASE)
_BEGINS_TIME = re.compile(
    r"(?:\d|for |from |until |till |today|tonight|tomorrow|now|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b)",
    re.IGNORECASE,
)
EXAMPLES = {
    SilenceKind.SILENCE: "`silence INC-42 2h new disk`, `silence host=db-1 until 18:00 new disk`",
    SilenceKind.MAINTENANCE: "`maintenance checkout 22:00 to 23:00 new release`",
}


def silence(zoned: Zoned, rest: str) -> s.QuietOrder:
    """The text after `silence`."""
    return _order(zoned, rest, SilenceKind.SILENCE)


def maintenance(zoned: Zoned, rest: str) -> s.QuietOrder:
    """The text after `maintenance`."""
    return _order(zoned, rest, SilenceKind.MAINTENANCE)


def _order(zoned: Zoned, rest: str, kind: SilenceKind) -> s.QuietOrder:
    verb, after = w.split(rest)
    if _OPERATES.match(after):  # a label that is called like a verb: `status = firing`
        return _wanted(zoned, rest, kind)
    match verb.lower():
        case "":
            return s.SilenceForm(kind=kind)
        case "list" | "ls" | "status":
            return s.ListQuiet()
        case "undo":
            return s.EndSilence()
        case "end" | "cancel" | "stop" | "expire":
            return s.EndSilence(mark=_mark(after, verb))
        case "approve":
            return s.ApproveSilence(mark=_mark(after, verb))
        case _:
            return _wanted(zoned, rest, kind)


def _mark(text: str, verb: str) -> str:
    mark = text.strip()
    if not _MARK.fullmatch(mark):
        raise Unclear(f"Which one? `silence list` shows the marks: `silence {verb} #7k2ab9`.")
    return mark


def _conditions(rest: str) -> tuple[list[str], str]:
    """The conditions with which a text begins, without blanks and quotes around them, and what follows."""
    conditions: list[str] = []
    while True:
        if enclosed := _ENCLOSED.match(rest):
            _, label, operator, value = enclosed.groups()
            end = enclosed.end()
        elif found := _CONDITION.match(rest):
            label, before, operator, after, value = found.groups()
            end = found.end()
            if (
                after and not before and _BEGINS_TIME.match(rest[found.start(5) :])
            ):  # `host= 2h`: without a host
                value, end = "", found.end(4)
        else:
            return conditions, rest
        if value.startswith("="):
            remedy = f"Write `{label}{operator}…`, or quotes around a value that begins with `=`"
            raise Unclear(f"`{operator}=` is no operator. {remedy}.")
        conditions.append(f"{label}{operator}{value}")
        rest = rest[end:]


def _wanted(zoned: Zoned, rest: str, kind: SilenceKind) -> s.QuietWanted:
    token, after = w.split(rest)
    which = w.reference(token)
    rest = after if which else rest
    rest = flatten(rest).translate(w.QUOTES)
    sev1 = _SEV1.search(rest) is not None
    rest = _SEV1.sub(" ", rest).strip()
    conditions, rest = _conditions(rest)
    service = ""
    if not which and not conditions and rest and not _BEGINS_TIME.match(rest):
        service, rest = w.split(rest)
    if not rest and which and not conditions:
        return s.SilenceForm(kind=kind, which=which)
    if not rest:
        raise Unclear(f"For how long, and why? Examples: {EXAMPLES[kind]}.")
    if not _BEGINS_TIME.match(rest):
        raise Unclear(f"Say for how long, before the reason. Examples: {EXAMPLES[kind]}.")
    length = span(rest, zoned)
    if not length.rest.strip():
        raise Unclear(f"Say why: those who miss a page will ask. Examples: {EXAMPLES[kind]}.")
    return s.SilenceNow(
        kind=kind,
        which=which or OnlyMine(),
        conditions=tuple(conditions),
        service=service,
        sev1=sev1,
        span=replace(length, rest=w.free_text(length.rest)),
    )
