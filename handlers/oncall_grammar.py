"""The grammar of `/oncall`: the same for commands, mentions and direct messages."""

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.duty import LONGEST, LONGEST_UNASKED
from bot.domain.moment import meant
from bot.domain.override import OverrideKind
from bot.domain.refused import Refused
from handlers import calendar_grammar
from handlers import oncall_orders as on
from handlers import orders as o
from handlers import words as w
from handlers.spans import Span, moment, span
from handlers.words import Unclear, Zoned

ALIASES: Mapping[str, str] = {
    "now": "who",
    "mine": "me",
    "overrides": "list", "ls": "list", "swaps": "list",
    "cover": "take",
    "remove": "cancel", "withdraw": "cancel", "undo": "cancel", "delete": "cancel",
    "replace": "override",
    "?": "help", "h": "help",
}  # fmt: skip
LONGEST_REASON = 300
LONGEST_LOOK = timedelta(days=7)
"""Whoever puts somebody on call for longer is asked whether that is meant: `90d` for `90m` is a slip."""

MOST_TARGETS = 20

_USER = re.compile(r"<@([UW][A-Z0-9]{2,30})(?:\|[^<>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{2,30})(?:\|([^<>]*))?>")
_NAME = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_QUOTED = re.compile(r'"([^"]{1,80})"\s*(.*)', re.DOTALL)
_NOBODY = re.compile(r"\bleaving nobody\b[.!]?", re.IGNORECASE)
_REALLY = re.compile(r"(?:^|\s)really[.!]?\s*$", re.IGNORECASE)
_AT_FOR = re.compile(
    r"(?P<what>.*?)(?:(?:^|\s)at\s+(?P<at>.*?))?(?:(?:^|\s)for\s+(?P<span>[^\n]*))?",
    re.IGNORECASE | re.DOTALL,
)
_BEGINS_TIME = re.compile(
    r"(?:from|for|at|until|till|to|now|today|tonight|tomorrow)(?:\s|$)|\d", re.IGNORECASE
)
_MARK = re.compile(r"#?([0-9a-z]{4,30}(?:-[12])?)", re.IGNORECASE)


def on_call(zoned: Zoned, text: str) -> o.Order:
    """The text after `/oncall`; without any: who is on call. Raises Unclear and nothing else."""
    first, rest = w.split(w.tidy(text))
    verb = first.lower()
    read = _VERBS.get(ALIASES.get(verb, verb))
    if read is None:
        known = {**ALIASES, **{each: each for each in VERBS if each}}
        raise Unclear(unknown(first, known, "/oncall"))
    return read(zoned, rest)


def _who(zoned: Zoned, rest: str) -> o.Order:
    if not rest:
        return on.WhoIsOnCall()
    name, _, when = f" {rest} ".partition(" at ")
    name, when = w.free_text(name).removeprefix("@"), when.strip()
    at = (moment(when, zoned) or later(zoned, when, "who … at")) if when else None
    return on.WhoIsOnCall(schedule=_unquoted(name) or None, at=at)


def _me(zoned: Zoned, rest: str) -> o.Order:
    return on.MyShifts()


def _override(zoned: Zoned, rest: str) -> o.Order:
    kind = OverrideKind.REPLACE
    first, after = w.split(rest)
    if first.lower() in ("add", "replace", "remove"):
        kind, rest = OverrideKind(first.lower()), after
    schedule, rest = _schedule(rest)
    whom, rest = _whom(rest)
    if whom is None or not rest:
        return on.OverrideForm(schedule=schedule, whom=whom, kind=kind)
    rest, nobody = _without_nobody(rest)
    found = _spanned(rest, zoned)
    return on.OverrideNow(
        schedule=schedule,
        whom=whom,
        kind=kind,
        span=found,
        reason=_reason(found),
        leaving_nobody=nobody,
    )


def _take(zoned: Zoned, rest: str) -> o.Order:
    schedule, rest = _schedule(rest)
    if rest.lower().startswith("for ") and (named := _whom(rest[4:].strip()))[0] is not None:
        whom, rest = named
    else:
        whom, rest = _whom(rest)
    if not rest:
        return on.TakeShift(schedule=schedule, whom=whom or on.Myself())
    found = _spanned(rest, zoned)
    return on.TakeShift(schedule=schedule, whom=whom or on.Myself(), span=found, reason=_reason(found))


def _swap(zoned: Zoned, rest: str) -> o.Order:
    schedule, rest = _schedule(rest)
    other, rest = _whom(rest.removeprefix("with "))
    first, rest = _whom(rest.removeprefix("and ").removeprefix("for "))
    if rest:
        raise Unclear("Name the other one, and choose the shifts in the form: `swap primary @bob`.")
    return on.SwapForm(schedule=schedule, other=other, first=first or on.Myself())


def _list(zoned: Zoned, rest: str) -> o.Order:
    return on.ListOverrides(schedule=_unquoted(w.free_text(rest)) or None)


def _cancel(zoned: Zoned, rest: str) -> o.Order:
    rest, nobody = _without_nobody(rest)
    found = _MARK.fullmatch(rest.strip())
    if not found:
        raise Unclear("Which override? `list` shows them with their marks; then `cancel #7k2ab9`.")
    return on.CancelOverride(mark=found.group(1).lower(), leaving_nobody=nobody)


def _test(zoned: Zoned, rest: str) -> o.Order:
    return on.PageMyself()


def _page(zoned: Zoned, rest: str) -> o.Order:
    token, after = w.split(rest)
    which = w.reference(token)
    if which is not None:
        rest = after
    targets, message = targets_of(rest, "page @bob the queue is stuck")
    if not targets:
        raise Unclear("Whom? Examples: `page @bob the queue is stuck`, `page primary INC-42 needs you`.")
    return on.PageNow(which=which, targets=targets, message=message)


def _show(zoned: Zoned, rest: str) -> o.Order:
    return calendar_grammar.show(rest)


def _calendar(zoned: Zoned, rest: str) -> o.Order:
    return calendar_grammar.calendar(rest)


def _fairness(zoned: Zoned, rest: str) -> o.Order:
    return calendar_grammar.fairness(rest)


def _help(zoned: Zoned, rest: str) -> o.Order:
    return o.Help(about="oncall", topic=w.free_text(rest)[:40])


def _simulate(zoned: Zoned, rest: str) -> o.Order:
    """`[service] [severity] [at …] [for 2h]`."""
    found = _AT_FOR.fullmatch(rest)
    assert found is not None
    severity: Severity | None = None
    service = []
    for token in found["what"].split():
        if severity is None and (level := w.named_severity(token)):
            severity = level
        else:
            service.append(token)
    length = w.length(found["span"].replace(" ", "")) if found["span"] else None
    if found["span"] and (length is None or length > LONGEST_LOOK):
        raise Unclear(f"How far? “{w.free_text(found['span'])[:40]}” is no such time. Example: `for 2h`.")
    try:
        when = meant(w.free_text(found["at"]), zoned.now, zoned.zone) if found["at"] else None
    except Refused as refused:
        raise Unclear(str(refused)) from refused
    return on.Simulate(
        service=_unquoted(w.free_text(" ".join(service))) or None,
        severity=severity,
        at=when.at if when else None,
        span=length,
        note=when.note if when else "",
    )


_VERBS: Mapping[str, Callable[[Zoned, str], o.Order]] = {
    "": _who,
    "who": _who,
    "me": _me,
    "override": _override,
    "take": _take,
    "swap": _swap,
    "list": _list,
    "cancel": _cancel,
    "test": _test,
    "page": _page,
    "simulate": _simulate,
    "show": _show,
    "calendar": _calendar,
    "fairness": _fairness,
    "help": _help,
}
VERBS = tuple(_VERBS)


def targets_of(rest: str, example: str) -> tuple[tuple[on.Target, ...], str]:
    """Mentions, or one name, in front; and the words after them."""
    targets: list[on.Target] = []
    while rest and len(targets) <= MOST_TARGETS:
        token, after = w.split(rest)
        target = mentioned(token.rstrip(",;"))
        if target is None:
            break
        targets.append(target)
        rest = after.lstrip(",; ")
    if not targets and rest:
        token, rest = w.split(rest)
        if not _NAME.fullmatch(token):
            raise Unclear(f"Whom? Example: `{example}`.")
        targets.append(on.Named(name=token.removeprefix("@")))
    if len(targets) > MOST_TARGETS:
        raise Unclear(f"At most {MOST_TARGETS} people can be paged with one command.")
    return tuple(dict.fromkeys(targets)), w.free_text(rest)


def mentioned(token: str) -> on.Target | None:
    """A mention of a person or a group."""
    if found := _USER.fullmatch(token):
        return on.User(id=found.group(1))
    if found := _GROUP.fullmatch(token):
        return on.Group(id=found.group(1), label=found.group(2) or "")
    return None


def _schedule(rest: str) -> tuple[str | None, str]:
    """The name of a schedule in front, perhaps in quotes; none before a person or a time."""
    if found := _QUOTED.fullmatch(rest.translate(w.QUOTES)):
        return found.group(1).strip(), found.group(2).strip()
    token, after = w.split(rest)
    if not token or token.startswith(("<", "@")) or token.lower() in ("me", "with"):
        return None, rest
    return (None, rest) if _BEGINS_TIME.match(token) else (w.free_text(token), after)


def _whom(rest: str) -> tuple[on.Whom | None, str]:
    token, after = w.split(rest)
    token = token.rstrip(",;")
    found = mentioned(token)
    if isinstance(found, on.User):
        return found, after
    if isinstance(found, on.Group):
        raise Unclear("A user group can't be on call. Mention one person.")
    if token.lower() == "me":
        return on.Myself(), after
    if token.startswith("@") and _NAME.fullmatch(token):
        return on.Named(name=token.removeprefix("@")), after
    return None, rest


def _without_nobody(rest: str) -> tuple[str, bool]:
    return " ".join(_NOBODY.sub(" ", rest).split()), bool(_NOBODY.search(rest))


def _spanned(text: str, zoned: Zoned) -> Span:
    """A span of so many days at most, unless it is said that it is meant."""
    found = span(_REALLY.sub(" ", text), zoned)
    days, end = (found.until - found.since).days, found.until.astimezone(zoned.zone)
    allowed = found.until - zoned.now <= LONGEST  # whatever is longer is refused anyway
    if allowed and found.until - found.since > LONGEST_UNASKED and not _REALLY.search(text):
        raise Unclear(
            f"That would be {days} days, to {end:%Y-%m-%d %H:%M}, and nothing was changed. If so long is "
            "meant, say it again and end with `really`; what is to last belongs into the layers."
        )
    return found


def _reason(found: Span) -> str:
    return w.free_text(found.rest)[:LONGEST_REASON]


def _unquoted(name: str) -> str:
    return name.translate(w.QUOTES).strip('" ')


def later(zoned: Zoned, text: str, verb: str) -> datetime:
    """An instant to come. Raises Unclear with examples for that verb."""
    try:
        found = w.later(text, zoned)
    except OverflowError:
        found = None
    if found is None:
        raise Unclear(
            f"I don't understand the time “{w.free_text(text)[:60]}”. "
            f"Examples: `{verb} 30m`, `{verb} 1h30m`, `{verb} until 09:00`."
        )
    return found


def unknown(word: str, known: Mapping[str, str], command: str) -> str:
    """Says that a word is not known. `known` maps every word that is understood to its verb."""
    shown = w.free_text(word)[:40]
    near = difflib.get_close_matches(shown.lower(), known, n=1, cutoff=0.6)
    hint = f" Did you mean `{known[near[0]]}`?" if near else ""
    return f"I don't know “{shown}”.{hint} `{command} help` shows what I understand."
