"""Answers for one reader: what came of a wish and what happens next, why it failed, and help."""

from datetime import datetime
from typing import Literal, assert_never

from bot.domain import commands as c
from bot.domain.incident import Incident, Status
from bot.domain.quorum import missing_words, partly
from bot.render import actions as a
from bot.render.answering import take_back
from bot.render.card import what_follows
from bot.render.escape import clean, clip, clock, escape, fence, flatten, marked, own_link, utc_clock
from bot.render.facts import Time, channel_link, names, title_of
from bot.render.look import severity_word, span
from bot.render.message import Message, actions, button, message, section
from bot.render.seal import Seal

_HELP = {
    "declare": "`{c}` declare with a form\n`{c} declare DB is slow sev2` declare at once",
    "ack": "`{c} ack [INC-42] [30m|until morning]` you have it; nobody else is paged",
    "unack": "`{c} unack [INC-42]` nobody has it after all",
    "resolve": "`{c} resolve [INC-42] [what fixed it]` it is over",
    "reopen": "`{c} reopen INC-42 [why]` it is not over",
    "sev": "`{c} sev [INC-42] 1` change the severity; a worse one pages again",
    "note": "`{c} note [INC-42] &lt;text&gt;` write something into the timeline",
    "page": "`{c} page [INC-42] @who [message]` page people besides the ladder",
    "escalate": "`{c} escalate [INC-42] [to 3]` page the next rung now, or that one",
    "ladder": "`{c} ladder [INC-42] [restart]` where it stands; `restart` takes the file's ladder anew",
    "move": "`{c} move INC-42 search` it belongs to another service; that one's ladder begins",
    "stop": "`{c} stop [INC-42]` don't page me any more: somebody else has it",
    "snooze": "`{c} snooze [INC-42] 1h` be quiet for a while, at most 24 hours",
    "undo": "`{c} undo [INC-42]` take back what you did in the last 30 seconds",
    "handover": "`{c} handover [INC-42] @who` ask somebody to take it over",
    "list": "`{c} list [mine] [sev1]` open incidents",
    "show": "`{c} show [INC-42]` the card, for you alone",
    "timeline": "`{c} timeline [INC-42]` what happened",
    "silence": "`{c} silence [INC-42] [host=db-1] 2h new disk` keep alerts quiet; `list`, `end`, `undo`",
    "maintenance": "`{c} maintenance checkout 22:00 to 23:00 why` quiet, and ladders that run stop",
    "why": "`{c} why [INC-42]` how it came about, and why each person was paged",
}
_THREADS = "In a thread slash commands don't work (Slack): use the buttons or `@tocsin ack`."
_REFERENCES = (
    "An incident is `INC-42`, its ticket `OPS-123`, or a link to its card; without one, the one open."
)


def help_text(
    about: Literal["incident", "oncall"] = "incident",
    topic: str = "",
    *,
    command: str = "/incident",
    on_call: str = "/oncall",
) -> Message:
    """A short help; `all` lists everything, a command's name explains that one."""
    topic = topic.strip().lower()
    if about == "oncall":
        lines = [
            "*Tocsin: on call*",
            f"`{on_call}` who is on call now",
            f"`{on_call} who payments at tomorrow 09:00` who will be",
            f"`{on_call} me` your own shifts, gaps, and how you are reached",
            f"`{on_call} take primary for 2h` be on call yourself, now or later",
            f"`{on_call} override primary @bob tomorrow 09:00 to 17:00` put somebody on call",
            f"`{on_call} swap primary @bob` offer a swap of shifts",
            f"`{on_call} list` overrides and offers; `{on_call} cancel #7k2ab9` withdraws one",
            f"`{on_call} show primary 2w` who is on call when, drawn; `{on_call} fairness` who had how much",
            f"`{on_call} calendar primary` (or `me`) an address for your calendar program; `revoke` ends it",
            f"`{on_call} page primary the queue is stuck` page whoever is on call",
            f"`{on_call} simulate payments sev1 at 03:10` who would be paged, when and why",
            f"`{on_call} test` page yourself by every method",
        ]
    elif topic in _HELP:
        lines = [_HELP[topic], _REFERENCES]
    elif topic == "all":
        lines = [
            "*Tocsin: all commands*",
            *_HELP.values(),
            f"`{on_call}` who is on call",
            _REFERENCES,
            _THREADS,
        ]
    else:
        lines = _short(on_call)
    text = "\n".join(lines).replace("{c}", command)
    return message(text, section(text))


def _short(on_call: str) -> list[str]:
    return [
        "*Tocsin: incidents*   (full list: `{c} help all`)",
        "`{c}` declare with a form",
        "`{c} declare DB is slow sev2` declare at once",
        "`{c} ack`  ·  `resolve`  ·  `sev 1`  ·  `note &lt;text&gt;`  ·  `page @who`",
        "`{c} list` open incidents",
        f"`{on_call}` who is on call",
        _THREADS,
    ]


def error(text: str, typed: str = "") -> Message:
    """What failed, why, and what to do. What was typed is given back, so that it is not lost."""
    shown = clip(escape(clean(text)), 1500) or "Something went wrong."
    if not typed.strip():
        return message(shown, section(shown))
    return message(shown, section(shown), section(f"You typed:\n{fence(flatten(typed), 1400)}"))


def unavailable(typed: str = "", reference: str = "") -> Message:
    """The database could not be asked, so nothing was changed."""
    ref = f" Ref {marked(reference, 20)}." if reference else ""
    failed = error("Couldn't do that: the database can't be reached right now. Try again in a minute.", typed)
    return message(f"{failed.text}{ref}", section(f"{failed.text}{ref}"), *failed.blocks[1:])


def outdated(incident: Incident, now: datetime) -> Message:
    """A button that was drawn for something that is not so any more."""
    texts = [
        f"This button is outdated. {_name(incident)}: {what_follows(incident, now, show=show)}"
        for show in (utc_clock, clock)
    ]
    return message(texts[0], section(texts[1]))


def opened(incident: Incident, seal: Seal, now: datetime, *, next_up: str | None = None) -> Message:
    """An incident was declared: where it stands and who is paged."""
    text = f"Declared {severity_word(incident.severity)} {_name(incident)}: {title_of(incident)}."
    plain, follows = (what_follows(incident, now, next_up=next_up, show=show) for show in (utc_clock, clock))
    show = button(
        "Details", a.SHOW, seal.value(a.SHOW, incident), said=f"Details of incident {incident.number}"
    )
    return message(f"{text} {plain}", section(f"{text}\n{follows}"), actions([show]))


def confirmation(
    wish: c.Wish, before: Incident, after: Incident, now: datetime, *, next_up: str | None = None
) -> Message:
    """What came of a wish, and what happens next, on the reader's clock.

    A wish that changed nothing says so, too.
    """
    plain, text = (_done(wish, before, after, now, show) for show in (utc_clock, clock))
    if not isinstance(wish, c.Escalate):  # its step is due now: what the incident says is still of before
        plain += f" {what_follows(after, now, next_up=next_up)}"
        text += f" {what_follows(after, now, next_up=next_up, show=clock)}"
    return message(plain, section(text))


def undoable(words: Message, incident: Incident, seal: Seal) -> Message:
    """The same, for whoever can take it back for a moment."""
    return message(words.text, *words.blocks, actions([take_back(incident, seal)]))


def _done(wish: c.Wish, before: Incident, after: Incident, now: datetime, show: Time) -> str:
    name = _name(after)
    match wish:
        case c.Acknowledge():
            return _acknowledged(wish, before, after, now, show)
        case c.Unacknowledge():
            return f"{name} is unacknowledged."
        case c.Snooze(until=until):
            return f"{name} is snoozed until {show(until)}."
        case c.Extend() | c.Undo():
            return f"You still have {name}." if isinstance(wish, c.Extend) else f"Taken back: {name}."
        case c.HandOver(to=to):
            return f"{marked(to.name, 60)} is asked to take {name} over. Until then you have it."
        case c.AnswerOffer(accept=accept):
            return f"You have {name}." if accept else f"Thank you for saying so. {name} stays where it is."
        case c.Resolve():
            return f"{name} is resolved."
        case c.Reopen():
            return f"{name} is open again."
        case c.ChangeSeverity(severity=severity):
            return f"{name} is {severity_word(severity)} now (was {severity_word(before.severity)})."
        case c.AddNote():
            return f"The note is in the timeline of {name}."
        case c.PagePeople(people=people):
            return f"Paging {names(tuple(person.name for person in people)) or 'nobody'} for {name}."
        case c.Escalate() | c.Decline() | c.StopPages() | c.Restart() | c.Move():
            return _climbed(wish, name, before)
        case c.RetryTicket():
            return f"The ticket of {name} is tried again."
        case c.Confirm(page=page):
            return f"{name} counts as open" + (": paging goes on." if page else "; nobody is paged for it.")
        case _:
            assert_never(wish)


def _climbed(
    wish: c.Escalate | c.Decline | c.StopPages | c.Restart | c.Move, name: str, before: Incident
) -> str:
    match wish:
        case c.Escalate(to=to):
            return f"{name}: {f'rung {to}' if to else 'the next rung'} is paged now."
        case c.Decline(besides=besides):
            return "Thank you for saying so." + ("" if besides else f" {name}: the next rung is paged now.")
        case c.StopPages():
            return f"You are not paged for {name} any more."
        case c.Restart():
            return f"{name} has the ladder that the configuration has now."
        case c.Move(service=service):
            moves = (
                ""
                if service.channel == before.service.channel
                else f" Its card moves to {channel_link(service.channel)}."
            )
            return f"{name} belongs to {marked(service.name, 80)} now.{moves}"


def _acknowledged(wish: c.Acknowledge, before: Incident, after: Incident, now: datetime, show: Time) -> str:
    name = _name(after)
    if partly(after):
        return f"You have answered for {name}; still needed: {marked(missing_words(after), 100)}."
    if before.status is not Status.ACKNOWLEDGED or before.snoozed:
        return f"You have {name}."
    others = [item for item in before.acknowledgements if not item.by.same(wish.by)]
    if not others or len(others) < len(before.acknowledgements):
        until = f" until {show(after.wake_at)}" if wish.until and after.wake_at else ""
        return f"You have {name} already{until}."
    first = others[0]
    ago = span(now - first.at)
    return f"{name} was already acknowledged by {marked(first.by.name, 60)} {ago} ago; you are added."


def confirmed_all(count: int, *, page: bool) -> Message:
    """Somebody decided over everything that the database was not sure of."""
    which = f"{count} old incidents count as open" if count else "No incident was in doubt any more"
    text = f"{which}{'; paging goes on' if page else '; nobody is paged for them'}." if count else f"{which}."
    return message(text, section(text))


def _name(incident: Incident) -> str:
    return own_link(incident.permalink, incident.key)
