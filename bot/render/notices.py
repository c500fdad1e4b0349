"""Notices of schedules in words: hand-offs, shifts to come, gaps, calendars and groups."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.notice import (
    FeedTold,
    GapsAhead,
    GroupKept,
    GroupRefused,
    HandedOff,
    HolesAhead,
    Notice,
    NotReady,
    QuietTold,
    ShiftAhead,
)
from bot.render.duty import NAME, span_words, wall
from bot.render.escape import date, marked
from bot.render.hole import holes_told
from bot.render.look import span
from bot.render.message import Message, context, message, section

TITLE = 80

REMEDIES = {
    "missing_scope": "Install the app anew with the scopes of `tocsin manifest`.",
    "paid_teams_only": "User groups need a paid plan of Slack's. Remove `group:` from the schedule.",
    "plan_upgrade_required": "User groups need a paid plan of Slack's. Remove `group:` without one.",
    "permission_denied": "An admin of the workspace has to let apps change user groups.",
    "subteam_disabled": "The group was disabled. Enable it in Slack, or name another one.",
    "no_such_subteam": "There is no such group any more. Correct `group:` in tocsin.yaml.",
    "subteam_not_found": "There is no such group any more. Correct `group:` in tocsin.yaml.",
}
OTHER = "Somebody of its members may be a guest or deactivated. Paging is not concerned."


def notice_told(notice: Notice) -> Message:
    """What is said. Every name in it is untrusted text."""
    match notice:
        case HandedOff():
            return _handed_off(notice)
        case ShiftAhead():
            return _shift_ahead(notice)
        case GapsAhead():
            return _gaps(notice)
        case FeedTold():
            return _feed(notice)
        case GroupKept():
            return _group(notice)
        case GroupRefused():
            return _group_refused(notice)
        case HolesAhead():
            return holes_told(notice)
        case NotReady():
            return _not_ready(notice)
        case QuietTold():
            return _quiet(notice)


def _handed_off(told: HandedOff) -> Message:
    title, zone = marked(told.about.title, TITLE), told.about.zone
    until = f" until {date(told.until)} ({wall(told.until, zone)} {marked(zone, 40)})" if told.until else ""
    on, off = _names(told.on), _names(told.off)
    if told.you == "on":
        text = f"You are on call for {title} from now on{until}."
        took = f"Before you: {off}." if told.off else "Nobody was on call before you."
        return message(text, section(f"*{text}*"), context(f"{took} On call: {on}." if told.on[1:] else took))
    if told.you == "off":
        now = f"{on} is on call now." if len(told.on) == 1 else f"{on} are on call now."
        text = f"Your shift of {title} is over."
        return message(text, section(f"*{text}*"), context(now if told.on else "NOBODY is on call now."))
    if not told.on:
        text = f"NOBODY IS ON CALL for {title} since {date(told.at)}."
        return message(text, section(f"⚠️ *{text}*"), context(f"Before: {off}. `/oncall take` fills the gap."))
    verb = "is" if len(told.on) == 1 else "are"
    text = f"{on} {verb} on call for {title}{until}."
    return message(
        text, section(text), context(f"Before: {off}." if told.off else "Nobody was on call before.")
    )


def _shift_ahead(told: ShiftAhead) -> Message:
    title = marked(told.about.title, TITLE)
    text = f"You are on call for {title} in {span(told.before)}."
    if told.before >= timedelta(hours=12):
        text = f"You are on call for {title} from {date(told.since)} on."
    return message(
        text,
        section(f"*{text}*"),
        section(span_words(told.since, told.until, told.about.zone)),
        context("You can't? `/oncall swap` asks somebody else, and `/oncall override` puts them in."),
    )


def _gaps(told: GapsAhead) -> Message:
    title, zone = marked(told.about.title, TITLE), told.about.zone
    count = len(told.gaps) + told.more
    what = "at one time" if count == 1 else f"at {count} times"
    until = wall(told.until, zone)
    text = f"Nobody will be on call for {title} {what} until {until}: first {date(told.gaps[0].since)}."
    lines = [f"• {span_words(gap.since, gap.until, zone)}" for gap in told.gaps]
    if told.more:
        lines.append(f"… and {told.more} more")
    why = "This is the weekly report. " if told.report else ""
    hint = f"{why}`/oncall override` or `/oncall take` fills a gap; `announce: {{gaps: false}}` ends this."
    return message(text, section(f"⚠️ *{text}*"), section("\n".join(lines)), context(hint))


def _feed(told: FeedTold) -> Message:
    title, place = marked(told.about.title, TITLE), marked(told.place, TITLE)
    if told.unknown:
        names = ", ".join(f"“{marked(each, NAME)}”" for each in told.unknown)
        text = f"The calendar of {title} ({place}) names people whom tocsin.yaml does not know: {names}."
        hint = "Nobody is paged in their place. Name them there, or put their e-mail address into the events."
        return message(text, section(f"⚠️ {text}"), context(hint))
    if told.problem:
        text = f"The calendar of {title} ({place}) can't be read as it should: {marked(told.problem, 300)}"
        last = (
            f"Its reading of {date(told.read_at)} counts meanwhile." if told.read_at else "It was never read."
        )
        return message(text, section(f"⚠️ {text}"), context(last))
    text = f"The calendar of {title} ({place}) is well again."
    return message(text, section(text))


def _group(told: GroupKept) -> Message:
    text = (
        f"Nobody is on call for {marked(told.about.title, TITLE)}: the user group {marked(told.group, 40)} "
        "that follows it keeps the members it had."
    )
    return message(text, section(f"⚠️ {text}"))


def _group_refused(told: GroupRefused) -> Message:
    text = (
        f"The user group {marked(told.group, 40)} can't follow {marked(told.about.title, TITLE)}: "
        f"Slack refuses it ({marked(told.reason, 80)})."
    )
    return message(text, section(f"⚠️ {text}"), context(REMEDIES.get(told.reason, OTHER)))


def _not_ready(told: NotReady) -> Message:
    name, why = marked(told.name, NAME), marked(told.why, 200)
    title, since = marked(told.about.title, 200), f" from {date(told.since)} on" if told.since else ""
    if told.you:
        text = f"You are on call for {title}{since}, and no page would reach you: {name} {why}."
        return message(text, section(f"⚠️ *{text}*"), context("Ask an admin to correct it in tocsin.yaml."))
    duty = f" is on call for {title}{since}, and" if title else ""
    text = f"{name}{duty} can't be paged: {name} {why}."
    hint = "Correct it in tocsin.yaml, or put somebody else in with `/oncall override`."
    return message(text, section(f"⚠️ *{text}*"), context(hint))


def _quiet(told: QuietTold) -> Message:
    text = marked(told.text, 1000)
    lines = "\n".join(f"• {marked(each, TITLE)}" for each in told.titles)
    return message(
        text,
        section(text),
        section(lines) if lines else None,
        context(marked(told.hint, 300)) if told.hint else None,
    )


def _names(people: Sequence[str]) -> str:
    return ", ".join(marked(each, NAME) for each in people) or "nobody"
