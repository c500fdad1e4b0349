"""Completion: what every `tocsin.yaml` needs and no export has, and what a person must still write."""

from datetime import UTC, timedelta

from bot.imports.draft import Aim, Climb, Draft, Stand, Step, Subject
from bot.imports.naming import Keys
from bot.imports.note import Place
from bot.imports.reached import reach
from bot.imports.source import Source

MOST_UNWANTED = 300
MOST_OVERRIDES = 200
WAIT = timedelta(minutes=5)


def complete(draft: Draft, source: Source) -> str:
    """Add ladders and services where there are none, leave out whom nobody needs; the default service."""
    if not draft.ladders:
        _ladders(draft, source)
    if not draft.services:
        _services(draft, source)
    _idle(draft, source)
    _people(draft, source)
    _overrides(draft, source)
    _urgencies(draft, source)
    _to_fill_in(draft, source)
    default = draft.services[0].key
    if len(draft.services) > 1:
        source.notes.fill(
            "defaults",
            f"alerts that no route matches go to the service `{default}`, because it is the first",
            "Write the one that fits, and `routes:` for the others.",
        )
    return default


def _ladders(draft: Draft, source: Source) -> None:
    keys = Keys()
    for plan in draft.schedules:
        key = keys.give(plan.key, fallback="ladder")
        step = Step(aims=[Aim(kind="schedule", name=plan.key)], wait=WAIT)
        draft.ladders.append(Climb(key=key, name=plan.name, steps=[step]))
        what = "no escalation policies were exported: each schedule has a ladder that pages it once"
        source.notes.fill(f"ladder `{key}`", what, "Export escalation policies too, or write the rungs.")


def _services(draft: Draft, source: Source) -> None:
    keys = Keys()
    for climb in draft.ladders:
        key = keys.give(climb.key, fallback="service")
        draft.services.append(Subject(key=key, name=climb.name, ladder=climb.key))
        what = "no services were exported: each ladder has one"
        source.notes.changed(f"service `{key}`", what, "Rename them after what can break.")


def _idle(draft: Draft, source: Source) -> None:
    """Ladders that stay, and that nothing climbs."""
    used = {one.ladder for one in draft.services}
    used |= {
        aim.name for one in draft.ladders for step in one.steps for aim in step.aims if aim.kind == "ladder"
    }
    for climb in draft.ladders:
        if climb.key not in used:
            what = "no service uses it, and no other ladder names it: nothing climbs it"
            source.notes.info(f"ladder `{climb.key}`", what, "Give it to a service, or take it out.")


def _people(draft: Draft, source: Source) -> None:
    wanted = set(draft.wanted())
    others = [one for one in draft.people if one.key not in wanted]
    if len(others) > MOST_UNWANTED:
        draft.people = [one for one in draft.people if one.key in wanted]
        what = f"{len(others)} people are in no schedule and no ladder, and left out"
        remedy = "Every member of the workspace may acknowledge all the same; add who shall be paged by hand."
        source.notes.info("people", what, remedy)


def _overrides(draft: Draft, source: Source) -> None:
    """Overrides live in the database: those to come are made once more, in Slack."""
    told = 0
    for plan in draft.schedules:
        coming = [one for one in draft.overrides.get(plan.key, ()) if one.until > source.now]
        for one in sorted(coming, key=lambda each: each.since):
            told += 1
            if told <= MOST_OVERRIDES:
                source.notes.later(f"schedule `{plan.key}`", _override(one), _order(plan.key, one))
    if told > MOST_OVERRIDES:
        source.notes.later("overrides", f"{told - MOST_OVERRIDES} more are to come", "`/oncall override`")


def _urgencies(draft: Draft, source: Source) -> None:
    """What used to ring goes on ringing: ways of low urgency must not catch what was urgent there."""
    urgencies = {one.urgency for one in draft.services}
    draft.severity = "sev3" if urgencies == {"low"} else "sev2"
    quieter = [one for one in draft.people if one.quiet and one.quiet != one.methods]
    if quieter and urgencies == {"high"}:
        for one in quieter:
            one.quiet = None
            what = "has other ways for low urgency, which no service had: they are left out"
            remedy = "Write `quiet:` where sev3 and sev4 shall take other ways."
            source.notes.changed(f"person `{one.key}`", what, remedy, one.place)
        return
    for service in draft.services if quieter else ():
        if service.urgency == "high":
            what = (
                "all of its incidents had a high urgency; here an alert that says sev3 or sev4 takes the "
                "ways of `quiet:` of those who have them, and one that tells no severity is sev2"
            )
            source.notes.changed(f"service `{service.key}`", what, "Give its route `severity: sev2`.")


def _override(one: Stand) -> str:
    since, until = (moment.astimezone(UTC) for moment in (one.since, one.until))
    span = f"from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"
    return f"an override puts {one.person or 'somebody unknown'} on call {span}"


def _order(schedule: str, _: Stand) -> str:
    return f"Make it in Slack: `/oncall override {schedule}`."


def _to_fill_in(draft: Draft, source: Source) -> None:
    notes = source.notes
    notes.fill(
        "alerts",
        "nothing says yet where they come from, so that none opens an incident",
        'Write `channels: [{channel: "#alerts"}]` for what is posted in Slack, or `integrations:` for what '
        "calls an address of Tocsin's, as the example in the file does.",
    )
    reach(draft, source.slack, notes)
    for service in draft.services:
        if service.channel is None:
            service.channel = source.channel
            what = f"nothing says in which channel its incidents are shown; it is {source.channel}"
            notes.fill(f"service `{service.key}`", what, "Write its `channel:`.", Place())
