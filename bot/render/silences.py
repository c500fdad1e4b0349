"""What is kept quiet, in words: what was made, what it would have hidden, and all there is."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.silence import Quieted, Silence, SilenceKind, conditions_of, mark_of
from bot.render import actions as a
from bot.render.escape import date, marked
from bot.render.message import Block, Message, actions, button, context, message, section
from bot.render.seal import Seal

MOST = 15
TITLE = 300


def began(silence: Silence, preview: str, seal: Seal) -> Message:
    """It counts from now on, or will."""
    since = f"from {date(silence.since)} " if silence.since > silence.made_at else ""
    text = f"{_kind(silence)} {since}until {date(silence.until)}: {marked(conditions_of(silence), TITLE)}."
    mark = mark_of(silence)
    sev1 = (
        f"sev1 still pages, until somebody else sends `/incident silence approve #{mark}`."
        if silence.sev1
        else "sev1 still pages."
    )
    ends = f"Undo takes it back for 30 seconds; `/incident silence end #{mark}` ends it too."
    undo = button("Undo", a.QUIET_UNDO, seal.stamp(a.QUIET_UNDO, silence.id), said="Take it back")
    row = actions([undo, _end(silence, seal)])
    return message(f"{text} {preview} {sev1}", section(f"{text}\n{preview} {sev1}"), row, context(ends))


def ended(silence: Silence) -> Message:
    """It counts no more."""
    text = f"Ended: {marked(conditions_of(silence), TITLE)}. What still fires counts as new and pages."
    return message(text, section(text))


def approved(silence: Silence) -> Message:
    """Two people want it."""
    until = date(silence.until)
    text = f"Approved: {marked(conditions_of(silence), TITLE)} is quiet for sev1 too until {until}."
    return message(text, section(text))


def previewed(alerts: int, incidents: int, sev1: int, titles: Sequence[str], *, whole: bool) -> str:
    """What it would have hidden, in one sentence; escaped."""
    if not alerts:
        return "In the last 7 days it would have hidden nothing."
    some = "" if whole else "at least "
    words = f"In the last 7 days it would have hidden {some}{_count(alerts, 'alert')}"
    words += f" of {_count(incidents, 'incident')}" if incidents else ""
    words += f", {sev1} of them sev1" if sev1 else ""
    shown = ", ".join(f"“{marked(each, 80)}”" for each in titles[:3])
    return f"{words}: {shown}{', …' if len(titles) > 3 else ''}."


def listing(quieted: Sequence[Quieted], now: datetime, seal: Seal) -> Message:
    """All that keeps alerts quiet, now or later."""
    if not quieted:
        return message("Nothing is kept quiet.", section("Nothing is kept quiet."))
    text = f"{_count(len(quieted), 'thing keeps', 'things keep')} alerts quiet, now or later."
    return message(
        text,
        *lines(quieted, now, seal),
        context("`/incident silence end #mark` ends one; what still fires then counts as new."),
    )


def lines(quieted: Sequence[Quieted], now: datetime, seal: Seal) -> list[Block]:
    """Each as a paragraph, with a button that ends what somebody wanted."""
    shown = [
        section(line(each, now), accessory=_end(each.silence, seal) if each.silence else None)
        for each in quieted[:MOST]
    ]
    more = len(quieted) - MOST
    return [*shown, context(f"… and {more} more: `/incident silence list`")] if more > 0 else shown


def _end(silence: Silence, seal: Seal) -> Block:
    said = f"End the {silence.kind.value} {mark_of(silence)} now"
    return button("End it", a.QUIET_END, seal.stamp(a.QUIET_END, silence.id), said=said)


def line(each: Quieted, now: datetime) -> str:
    """One of them."""
    silence = each.silence
    what = _kind(silence) if silence else "Maintenance"
    until = f"until {date(each.until)}" if each.until else each.ends
    when = until if each.since <= now or not each.until else f"{date(each.since)} to {date(each.until)}"
    hides = f" · hides {_count(each.hidden, 'alert')} now" if each.hidden else ""
    if silence is None and not each.name.startswith("maintenance:"):
        title, colon, rest = each.title.partition(":")
        named = f"*{marked(title, 200)}*{colon}{' ' + marked(rest.strip(), 200) if rest else ''}"
        many = f" · {_count(each.hidden, 'alert')}" if each.hidden else ""
        return f"🔕 {named}{many} · {when}"
    if silence is None:
        return f"🔕 *{what}* {marked(each.title, 200)} · {when}{hides} · `tocsin.yaml`"
    sev1 = ""
    if silence.sev1:
        by = silence.approved_by
        sev1 = f" · sev1 too ({marked(by.name, 60)})" if by else " · sev1 waits for a second person"
    made = f"by {marked(silence.by.name, 60)}: “{marked(silence.reason, 120)}” · `#{mark_of(silence)}`"
    return f"🔕 *{what}* {marked(each.title, 200)} · {when}{hides}{sev1} · {made}"


def _kind(silence: Silence) -> str:
    return "Maintenance" if silence.kind is SilenceKind.MAINTENANCE else "Silence"


def _count(number: int, word: str, words: str | None = None) -> str:
    return f"1 {word}" if number == 1 else f"{number} {words or word + 's'}"
