"""`tocsin backtest`: what stored alerts would have become with another configuration, against today's."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.cli.database import Database
from bot.cli.replay import Outcome, Replay, replaying
from bot.cli.simulate import configuration_of
from bot.cli.terminal import Json, errors, out, settings_with
from bot.clock import SystemClock
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import SOURCE as HEARTBEAT
from bot.domain.standing import Signal
from bot.ports import Store, Tx
from bot.render import backtest as words
from bot.render.backtest import Backtest, Difference, Figures
from bot.store import open_store

PAGE = 500
MOST_DIFFERENCES = 1000
"""So many kinds of differences are told apart; the others are counted together."""

Changed = Annotated[Path, typer.Option("--config", help="The changed configuration.", show_default=False)]
Today = Annotated[
    Path | None,
    typer.Option("--today", help="Today's, against which it is held.", show_default="the settings' own"),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backtest)


def backtest(
    config: Changed,
    today: Today = None,
    days: Annotated[int, typer.Option(help="How far to look back.", min=1, max=30)] = 30,
    database: Database = None,
    as_document: Json = False,
) -> None:
    """Play the alerts of the last days through a changed configuration, and tell what would be different.

    It works beside a running bot. Nobody is paged, and nothing is changed.
    """
    with errors():
        settings = settings_with(today)
        before, after = configuration_of(settings), configuration_of(settings_with(config))
        now = SystemClock().now()
        span = (now - timedelta(days=days), now)
        found = asyncio.run(_backtest(before, after, database or settings.database, span))
    if as_document:
        typer.echo(json.dumps(words.document(found), indent=2, ensure_ascii=False))
        return
    for row, line in enumerate(words.lines(found)):
        out.print(Text(line, style="" if row else "bold"), soft_wrap=True)


async def _backtest(
    before: Configuration, after: Configuration, url: str, span: tuple[datetime, datetime]
) -> Backtest:
    store = open_store(url, read_only=True)
    await store.start()
    try:
        async with replaying(before) as old, replaying(after) as new:
            return await _Comparison(old=old, new=new).play(store, span)
    finally:
        await store.stop()


@dataclass(kw_only=True)
class _Comparison:
    """Both side by side. Of the signals only a page is in memory at a time."""

    old: Replay
    new: Replay
    signals: int = 0
    skipped: int = 0
    today: Figures = field(default_factory=Figures)
    then: Figures = field(default_factory=Figures)
    differences: dict[tuple[str, str, str, str, str], Difference] = field(default_factory=dict)
    others: int = 0

    async def play(self, store: Store, span: tuple[datetime, datetime]) -> Backtest:
        since, until = span
        silences = await store.read(lambda tx: tx.silences(since))
        for replay in (self.old, self.new):
            await replay.hide(silences)
        last = ""
        while page := await store.read(partial(_page, since=since, until=until, after=last)):
            last = page[-1].id
            told = [each for each in page if not _by_itself(each)]
            self.skipped += len(page) - len(told)
            before, after = await self.old.play(told), await self.new.play(told)
            for signal, was, would in zip(told, before, after, strict=True):
                self._compare(signal, was, would)
        for replay, figures in ((self.old, self.today), (self.new, self.then)):
            await replay.wait(until)
            figures.pages, figures.incidents = replay.paged, replay.opened
            figures.by_service = dict(replay.by_service)
        return Backtest(
            since=since,
            until=until,
            signals=self.signals,
            by_clock=self.skipped,
            today=self.today,
            then=self.then,
            differences=_most(self.differences.values()),
            others=self.others,
        )

    def _compare(self, signal: Signal, was: Outcome, would: Outcome) -> None:
        self.signals += 1
        self.today.count(was.word)
        self.then.count(would.word)
        mine, theirs = _where(was), _where(would)
        if (was.word, mine) == (would.word, theirs) or was.cleared:
            return
        key = (signal.alert.source, signal.alert.title[:200], f"{was.word}{mine}", would.word, theirs)
        known = self.differences.get(key)
        if known is None and len(self.differences) >= MOST_DIFFERENCES:
            self.others += 1
            return
        known = known or Difference(
            source=key[0],
            title=key[1],
            before=was.word,
            after=would.word,
            before_where=mine,
            after_where=theirs,
            why=would.ingested.why or was.ingested.why,
            severity=min((each for each in (_severity(was), _severity(would)) if each), default=""),
            first_at=signal.at,
        )
        self.differences[key] = known.again(signal.at)


def _page(tx: Tx, *, since: datetime, until: datetime, after: str) -> list[Signal]:
    return tx.signals(since, until, after, PAGE)


def _where(outcome: Outcome) -> str:
    """The service, how bad it is, and the ladder."""
    incident = outcome.ingested.incident
    if incident is None or outcome.word in {"repeated", "suppressed"}:
        return ""
    ladder = incident.escalation.ladder.id if incident.escalation else "nobody"
    return f"{incident.service.id}, {incident.severity.value}, {ladder}"


def _severity(outcome: Outcome) -> str:
    incident = outcome.ingested.incident
    return incident.severity.value if incident is not None else ""


def _by_itself(signal: Signal) -> bool:
    """Whether the clock told it: the replays have clocks of their own."""
    return "clock" in signal.facts or signal.alert.source == HEARTBEAT


def _most(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """The worst first: what would be lost before what would be quiet, and of that sev1 before sev4."""

    def badness(it: Difference) -> tuple[int, str, int, str]:
        return -words.harm(it), it.severity or "~", -it.count, it.title

    return tuple(sorted(differences, key=badness))
