"""What is kept quiet, in words: what was made, what it would have hidden, and all there is."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.silence import Quieted, Silence, SilenceKind, conditions_of, mark_of
from bot.render.escape import date, marked
from bot.render.message import Block, Message, context, message, section

MOST = 15
TITLE = 300


def began(silence: Silence, preview: str) -> Message:
    """It counts from now on, or will."""
    since = f"from {date(silence.since)} " if silence.since > silence.made_at else ""
    text = f"{_kind(silence)} {since}until {date(silence.until)}: {marked(conditions_of(silence), TITLE)}."
    mark = mark_of(silence)
    sev1 = (
        f"sev1 still pages, until somebody else sends `/incident silence approve #{mark}`."
        if silence.sev1
        else "sev1 still pages."
    )
    ends = f"`/incident silence undo` takes it back for 30 seconds; `/incident silence end #{mark}` ends it."
    return message(f"{text} {preview} {sev1}", section(f"{text}\n{preview} {sev1}"), context(ends))


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


def listing(quieted: Sequence[Quieted], now: datetime) -> Message:
    """All that keeps alerts quiet, now or later."""
    if not quieted:
        return message("Nothing is kept quiet.", section("Nothing is kept quiet."))
    text = f"{_count(len(quieted), 'silence or maintenance', 'silences and maintenance')}."
    more = len(quieted) - MOST
    return message(
        text,
        *(section(line(each, now)) for each in quieted[:MOST]),
        context(f"… and {more} more") if more > 0 else None,
        context("`/incident silence end #mark` ends one; what still fires then counts as new."),
    )


def lines(quieted: Sequence[Quieted], now: datetime) -> Block | None:
    """The same as one paragraph, for the Home tab."""
    shown = [line(each, now) for each in quieted[:MOST]]
    shown += [f"… and {len(quieted) - MOST} more: `/incident silence list`"] if len(quieted) > MOST else []
    return section("\n".join(shown)) if shown else None


def line(each: Quieted, now: datetime) -> str:
    """One of them."""
    silence = each.silence
    what = _kind(silence) if silence else "Maintenance"
    when = f"until {date(each.until)}" if each.since <= now else f"{date(each.since)} to {date(each.until)}"
    hides = f" · hides {_count(each.hidden, 'alert')} now" if each.hidden else ""
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
