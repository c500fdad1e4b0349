"""The report: what died, what was due, what came, how late; a document for programs, tables for people."""

from collections.abc import Iterator, Mapping, Sequence

from tests.chaos.deaths import Death
from tests.chaos.plan import Way
from tests.chaos.scene import Played
from tests.chaos.verdict import TICKETS, Channel, Verdict, earliest, spread

SHOWN = 20
"""So many failures are told one by one."""


def together(scenes: Sequence[Played]) -> Played:
    """All of them as one."""
    whole = Played(name="together")
    for scene in scenes:
        whole.add(scene)
    return whole


def document(played: Played) -> dict[str, object]:
    """All figures of a scene. `records` and `lateness` are counted from Slack, Jira and the mail server."""
    return {
        "name": played.name,
        "seconds": round(played.seconds, 1),
        "deaths": {death.value: played.deaths[death] for death in Death if played.deaths.get(death)},
        "outside": _outside(played),
        "records": _records(played.verdict),
        "channels": {
            name: {"due": one.due, "lost": one.lost, "doubled": one.doubled, "late": _late(one)}
            for name, one in _channels(played.verdict)
        },
        "clocks_differed": round(earliest(played.verdict.pages.late), 3),
        "mean_life": round(_mean(played.lives), 2),
        "slowest_end_after_sigterm": round(max(played.drains, default=0.0), 2),
        "witness_stood_still": round(played.stall, 2),
        "failures": played.failures,
    }


def written(scenes: Sequence[Played]) -> str:
    """Tables with a column for each scene, the lateness of each channel, and the sentence that counts."""
    whole = together(scenes)
    columns = [*scenes, whole] if len(scenes) > 1 else list(scenes)
    names = [column.name for column in columns]
    deaths = [
        (death.value, *(str(column.deaths.get(death, 0)) for column in columns))
        for death in Death
        if whole.deaths.get(death)
    ]
    parts = [
        table([("died", *names), *deaths]),
        table([("happened outside", *names), *_side_by_side([_outside(each) for each in columns])]),
        table([("recorded", *names), *_side_by_side([_records(each.verdict) for each in columns])]),
        table(list(_lateness(whole.verdict))),
        f"a process lived for {_mean(whole.lives):.2f} s on average; "
        f"the slowest end after SIGTERM took {max(whole.drains, default=0.0):.2f} s; "
        f"clocks differed by {earliest(whole.verdict.pages.late):.3f} s; "
        f"the witness stood still for {whole.stall:.2f} s at most",
        *([_failures(whole)] if whole.failures else []),
        sentence(whole),
    ]
    return "\n\n".join(parts)


def sentence(played: Played) -> str:
    """The sentence that counts."""
    told, kills = played.verdict, played.deaths.get(Death.KILL, 0)
    return (
        f"{kills} kills -9, {sum(played.deaths.values()) - kills} other deaths, {told.pages.due} pages due: "
        f"{told.pages.lost} lost, {told.doubled} doubled, {len(played.failures)} failures in all"
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _outside(played: Played) -> dict[str, int]:
    return {
        "alerts and declarations": played.verdict.alerts,
        "acknowledgements pressed or typed": played.presses,
        "alerts that cleared": played.clears,
        "commands besides": played.asked,
        "of them answered by a living process": played.answered,
    }


def _records(told: Verdict) -> dict[str, int]:
    tickets = told.channel(TICKETS)
    return {
        "pages due": told.pages.due,
        "first pages lost": told.lost,
        "later steps missed": told.missed,
        "pages doubled": told.pages.doubled,
        "pages before they were due": told.early,
        "more than 20 s late when their incident ended": told.cut,
        "over before a living process heard of them": told.unheard,
        "pages after an end that was seen": told.after_end,
        "of those that were on the wire then": told.on_the_wire,
        "second copies of e-mails, same Message-ID": told.copies,
        "tickets due": tickets.due,
        "tickets lost": tickets.lost,
        "tickets doubled": tickets.doubled,
        "cards lost": told.cards_lost,
        "cards and replies doubled": told.cards_doubled,
    }


def _channels(told: Verdict) -> Iterator[tuple[str, Channel]]:
    yield "all pages", told.pages
    for way in Way:
        yield way.value, told.channel(way)
    yield TICKETS, told.channel(TICKETS)


def _late(channel: Channel) -> dict[str, float]:
    return {name: round(seconds, 3) for name, seconds in spread(channel.late)}


def _lateness(told: Verdict) -> Iterator[tuple[str, ...]]:
    yield ("seconds late", "due", "lost", "doubled", "p50", "p99", "max")
    for name, one in _channels(told):
        late = (f"{seconds:.2f}" for seconds in _late(one).values())
        yield (name, str(one.due), str(one.lost), str(one.doubled), *late)


def _side_by_side(figures: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name in figures[0]:
        yield (name, *(str(each[name]) for each in figures))


def _failures(played: Played) -> str:
    lines = [*played.failures[:SHOWN]]
    if len(played.failures) > SHOWN:
        lines.append(f"and {len(played.failures) - SHOWN} more")
    return "\n".join(f"! {line}" for line in lines)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns side by side, the first one to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
