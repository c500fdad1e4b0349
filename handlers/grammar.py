"""The grammar: one parser for slash commands, mentions and direct messages. Verb first, no flags needed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.alert import Severity
from bot.service import OnlyMine, Reference
from handlers import orders as o
from handlers import words as w
from handlers.oncall_grammar import later, on_call, targets_of, unknown
from handlers.silence_grammar import maintenance, silence
from handlers.words import Unclear, Zoned

LONGEST_TITLE = 200

_SERVICE = re.compile(r"(?:^|(?<=\s))(?:--|—|––)service(?:\s*=\s*|\s+)(\S+)(?=\s|$)", re.IGNORECASE)
_FLAG_SEVERITY = re.compile(
    r"(?:^|(?<=\s))(?:--|—|––)sev(?:erity)?(?:\s*=\s*|\s+)(\S+)(?=\s|$)", re.IGNORECASE
)
_PRIVATE = re.compile(r"(?:^|(?<=\s))(?:--|—|––)private(?=\s|$)", re.IGNORECASE)

ALIASES: Mapping[str, str] = {
    "new": "declare", "open": "declare", "create": "declare",
    "ls": "list", "status": "list",
    "view": "show", "get": "show",
    "a": "ack", "acknowledge": "ack",
    "unacknowledge": "unack",
    "r": "resolve", "close": "resolve", "fix": "resolve", "fixed": "resolve",
    "severity": "sev",
    "n": "note", "log": "timeline", "explain": "why",
    "takeback": "undo",
    "hand-over": "handover", "handoff": "handover", "give": "handover",
    "mute": "silence", "silences": "silence", "maint": "maintenance",
    "?": "help", "h": "help",
    "on-call": "oncall",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Grammar:
    """Understands what a person typed. Raises Unclear and nothing else, whatever the text is."""

    zoned: Zoned

    def incident(self, text: str) -> o.Order:
        """The text after `/incident`; without any the form is meant."""
        text = w.tidy(text)
        return self._order(text) if text else o.DeclareForm()

    def said(self, text: str) -> o.Order:
        """What was said to the bot in a mention or a direct message; `oncall …` works there too."""
        text = w.tidy(text)
        first, rest = w.split(text)
        first = first.lower()
        if first in ("/oncall", "oncall", "on-call"):
            return self.on_call(rest)
        if first in ("/incident", "incident"):
            return self._order(rest) if rest else o.Help()
        return self._order(text) if text else o.Help()

    def on_call(self, text: str) -> o.Order:
        """The text after `/oncall`; without any: who is on call."""
        return on_call(self.zoned, text)

    def _order(self, text: str) -> o.Order:
        first, rest = w.split(text)
        verb = w.plain_token(first).lower().removeprefix("!")
        read = _VERBS.get(ALIASES.get(verb, verb))
        if read is None:
            raise Unclear(unknown(first, {**ALIASES, **{each: each for each in VERBS}}, "/incident"))
        return read(self.zoned, rest)


def _declare(zoned: Zoned, rest: str) -> o.Order:
    if _PRIVATE.search(rest):
        raise Unclear("Private incidents are not supported yet; nothing was declared. Leave out `--private`.")
    service, rest = _flag(_SERVICE, rest)
    asked, rest = _flag(_FLAG_SEVERITY, rest)
    severity = w.severity(asked) if asked else None
    if asked and severity is None:
        raise Unclear(f"“{asked}” is no severity. Use sev1, sev2, sev3 or sev4.")
    head, _, last = rest.rpartition(" ")
    if severity is None and (severity := w.named_severity(last)):
        rest = head
    title = " ".join(w.free_text(rest).split())
    if not title:
        return o.DeclareForm()
    if len(title) > LONGEST_TITLE:
        raise Unclear(
            f"The title has {len(title)} characters; at most {LONGEST_TITLE} fit. "
            "Shorten it, or use the form: `/incident`."
        )
    return o.DeclareNow(title=title, severity=severity, service=w.free_text(service) if service else None)


def _list(zoned: Zoned, rest: str) -> o.Order:
    severity: Severity | None = None
    mine, page = False, 1
    for token in rest.lower().split():
        if found := w.named_severity(token):
            severity = found
        elif token in ("mine", "me"):
            mine = True
        elif token.isascii() and token.isdigit() and 0 < int(token[:9]) < 1000:
            page = int(token)
        elif token not in ("all", "open"):
            raise Unclear(f"I can't list “{token}”. Try `list`, `list mine` or `list sev1`.")
    return o.ListOpen(severity=severity, mine=mine, page=page)


def _show(zoned: Zoned, rest: str) -> o.Order:
    return o.Show(which=_alone(rest, "show"))


def _unack(zoned: Zoned, rest: str) -> o.Order:
    return o.Unack(which=_alone(rest, "unack"))


def _escalate(zoned: Zoned, rest: str) -> o.Order:
    which, after = _leading(rest)
    word, number = w.split(after)
    if word.lower() not in {"to", "rung", "step"}:
        return o.EscalateNow(which=_alone(rest, "escalate"))
    number = number.lower().removeprefix("step").removeprefix("rung").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        raise Unclear("To which rung? Examples: `escalate INC-42`, `escalate INC-42 to 3`.")
    return o.EscalateNow(which=which, to=int(number))


def _ladder(zoned: Zoned, rest: str) -> o.Order:
    which, after = _leading(rest)
    match after.lower():
        case "":
            return o.ShowLadder(which=which)
        case "restart":
            return o.RestartLadder(which=which)
        case _:
            raise Unclear(
                f"I don't know what “{w.free_text(after)[:60]}” does to a ladder. "
                "Examples: `ladder INC-42`, `ladder INC-42 restart`."
            )


def _move(zoned: Zoned, rest: str) -> o.Order:
    which, after = _named(rest, "move")
    if after.lower().startswith("to "):
        after = after[3:]
    service = w.free_text(after)
    if not service:
        raise Unclear("To which service? For example `move INC-42 search`.")
    return o.MoveTo(which=which, service=service)


def _stop(zoned: Zoned, rest: str) -> o.Order:
    return o.StopMine(which=_alone(rest, "stop"))


def _timeline(zoned: Zoned, rest: str) -> o.Order:
    return o.Timeline(which=_alone(rest, "timeline"))


def _why(zoned: Zoned, rest: str) -> o.Order:
    return o.Why(which=_alone(rest, "why"))


def _ack(zoned: Zoned, rest: str) -> o.Order:
    which, rest = _leading(rest)
    return o.Ack(which=which, until=later(zoned, rest, "ack") if rest else None)


def _resolve(zoned: Zoned, rest: str) -> o.Order:
    which, rest = _named(rest, "resolve")
    return o.ResolveIt(which=which, summary=w.free_text(rest))


def _reopen(zoned: Zoned, rest: str) -> o.Order:
    which, rest = _named(rest, "reopen")
    return o.ReopenIt(which=which, reason=w.free_text(rest))


def _note(zoned: Zoned, rest: str) -> o.Order:
    which, rest = _named(rest, "note")
    return o.Note(which=which, text=w.free_text(rest))


def _sev(zoned: Zoned, rest: str) -> o.Order:
    tokens = rest.split()
    match tokens:
        case []:
            return o.SetSeverity()
        case [one]:
            if found := w.severity(one):
                return o.SetSeverity(severity=found)
            if which := _any_reference(one):
                return o.SetSeverity(which=which)
        case [one, other]:
            for name, level in ((one, other), (other, one)):
                which, severity = _any_reference(name), w.severity(level)
                if which and severity:
                    return o.SetSeverity(which=which, severity=severity)
        case _:
            pass
    raise Unclear("I didn't understand that severity. Examples: `sev 1`, `sev INC-42 2`.")


def _page(zoned: Zoned, rest: str) -> o.Order:
    which, rest = _leading(rest)
    targets, message = targets_of(rest, "page @ann")
    return o.Page(which=which, targets=targets, message=message)


def _undo(zoned: Zoned, rest: str) -> o.Order:
    return o.TakeBack(which=_alone(rest, "undo"))


def _hand_over(zoned: Zoned, rest: str) -> o.Order:
    asked = _page(zoned, rest)
    assert isinstance(asked, o.Page)
    if len(asked.targets) > 1 or asked.message:
        raise Unclear("Name the one person who takes it over: `handover @bob`, `handover INC-42 @bob`.")
    return o.HandOver(which=asked.which, to=asked.targets[0] if asked.targets else None)


def _snooze(zoned: Zoned, rest: str) -> o.Order:
    if w.number(rest):
        raise Unclear(f"{rest} what? Write `snooze 30m`, or for the incident `snooze INC-{rest} 30m`.")
    which, rest = _leading(rest)
    return o.SnoozeIt(which=which, until=later(zoned, rest, "snooze") if rest else None)


def _help(zoned: Zoned, rest: str) -> o.Order:
    return o.Help(topic=w.free_text(rest)[:40])


def _on_call(zoned: Zoned, rest: str) -> o.Order:
    return on_call(zoned, rest)


_VERBS: Mapping[str, Callable[[Zoned, str], o.Order]] = {
    "declare": _declare,
    "list": _list,
    "show": _show,
    "ack": _ack,
    "unack": _unack,
    "resolve": _resolve,
    "reopen": _reopen,
    "sev": _sev,
    "note": _note,
    "page": _page,
    "escalate": _escalate,
    "ladder": _ladder,
    "move": _move,
    "stop": _stop,
    "snooze": _snooze,
    "undo": _undo,
    "handover": _hand_over,
    "timeline": _timeline,
    "why": _why,
    "silence": silence,
    "maintenance": maintenance,
    "help": _help,
    "oncall": _on_call,
}
VERBS = tuple(_VERBS)


def _any_reference(token: str) -> Reference | None:
    return w.reference(token) or w.number(token)


def _leading(rest: str) -> tuple[Reference, str]:
    """A reference in front, a bare number too, and what comes after it."""
    token, after = w.split(rest)
    found = _any_reference(token)
    return (found, after) if found else (OnlyMine(), rest)


def _alone(rest: str, verb: str) -> Reference:
    """Nothing or a reference, and nothing besides."""
    which, after = _leading(rest)
    if after:
        example = f"`{verb}`, `{verb} INC-42` or `{verb} OPS-123`"
        raise Unclear(f"I don't know which incident “{w.free_text(rest)[:80]}” is. Use {example}.")
    return which


def _named(rest: str, verb: str) -> tuple[Reference, str]:
    """A reference before free text. A bare number there may be either, so it is asked for, never guessed."""
    token, after = w.split(rest)
    if found := w.reference(token):
        return found, after
    if found := w.number(token):
        if not after:
            return found, ""
        bare = token.removeprefix("#")
        raise Unclear(
            f"Is {bare} the incident, or a word of the text? Write `{verb} INC-{bare} …` for the incident, "
            'or put the text in quotes: `"…"`.'
        )
    return OnlyMine(), rest


def _flag(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    found = pattern.search(text)
    if not found:
        return None, text
    return found.group(1), f"{text[: found.start()]} {text[found.end() :]}".strip()
