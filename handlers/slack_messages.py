"""Messages: what integrations post becomes alerts, what people say to the bot becomes orders."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.domain.alert import Alert, AlertState, MessageRef
from bot.domain.incident import Via
from bot.domain.lesson import Lesson
from bot.domain.refused import Refused
from bot.intake import Brought, news
from bot.metrics import Metrics
from bot.ports import Whoami
from bot.render import replies
from bot.render.message import Message
from bot.service import ByMessage, OnlyMine
from handlers import orders as o
from handlers.alerts import AUTO, SlackMessage, content_hash, parse, read_event
from handlers.alerts.taught import ignored_by, lesson_for, read_by
from handlers.answers import Answer, Asked, shared_channel
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.easel import Easel
from handlers.grammar import Grammar
from handlers.silence_orders import QuietWanted
from handlers.strangers import refusal, strange, vouched
from handlers.watches import Watches
from handlers.whispers import Ear, Whispers
from handlers.words import Unclear

log = structlog.get_logger(__name__)

OURS = "tocsin_"
"""How the metadata of every message of ours begins."""

LONG = 4_000
"""Characters of a message that is read in a thread of its own; it takes more than some twenty ms."""

_FROM_PEOPLE = (None, "", "file_share", "thread_broadcast")


class NotReady(Exception):
    """It cannot be told yet whether this channel is watched; Slack brings the event again."""


class Messages:
    """Hears `message` and `app_mention`."""

    def __init__(
        self,
        *,
        clerk: Clerk,
        whispers: Whispers,
        watches: Watches,
        whoami: Whoami,
        metrics: Metrics,
        easel: Easel | None = None,
    ) -> None:
        self._easel = easel
        self._clerk, self._whispers, self._watches = clerk, whispers, watches
        self._whoami, self._metrics = whoami, metrics
        self._to_us = re.compile(rf"\s*<@{re.escape(whoami.bot_user_id)}(?:\|[^<>]*)?>[\s:,]*")

    def register(self, app: AsyncApp) -> None:
        """Hear them. `app.message` would miss texts that are empty and edits, so it is not used."""
        app.event("message")(hearing(self.hear_message))
        app.event("app_mention")(hearing(self.hear_mention))

    async def hear_message(self, call: Call) -> None:
        """A message in a channel or in a direct conversation, new or edited."""
        event: Json = call.body.get("event") or {}
        if event.get("channel_type") == "im":
            await self._hear_direct(event)
            return
        message = read_event(event)
        if message is None or self.own(message) or not by_integration(event):
            return
        await self._take_in(message)

    async def hear_mention(self, call: Call) -> None:
        """Somebody wrote `@tocsin …` in a channel. `message` tells of it too, and is not listened to."""
        event: Json = call.body.get("event") or {}
        if by_integration(event) or event.get("edited") or event.get("subtype") not in _FROM_PEOPLE:
            return
        text = str(event.get("text") or "")
        addressed = self._to_us.match(text)
        await self._obey(event, text[addressed.end() :] if addressed else "help", Via.MENTION)

    def own(self, message: SlackMessage) -> bool:
        """Whether we wrote it ourselves, in whatever guise."""
        me = self._whoami
        return (
            message.bot_id == me.bot_id
            or (bool(me.app_id) and message.app_id == me.app_id)
            or message.user == me.bot_user_id
            or message.event_type.startswith(OURS)
        )

    async def late(self, message: SlackMessage, raw: Json) -> Brought | None:
        """What a message of a channel's history brings, as if its event had come; None for nothing."""
        if self.own(message) or not by_integration(raw):
            return None
        brought = await self._brought(message)
        return replace(brought, edited=True) if brought else None  # edits of blocks alone bear no mark

    async def take_late(self, brought: Sequence[Brought]) -> int:
        """Have these taken in together; how many were news."""
        taken = await self._clerk.desk.intake.take_all(brought)
        for ingested in (each for some in taken for each in some):
            self._metrics.alerts.labels(ingested.outcome).inc()
        return sum(bool(some) for some in taken)

    async def _take_in(self, message: SlackMessage) -> None:
        """Have its alerts taken in, if it has any."""
        if (brought := await self._brought(message)) is not None:
            await self.take_late([brought])

    async def _brought(self, message: SlackMessage) -> Brought | None:
        """Its alerts under the key of what it shows, if it has any."""
        if message.reply or message.unchanged:
            return None
        watch = self._watches.watching(message)
        lesson = lesson_for(message, await self._clerk.desk.teaching.lessons(message.channel))
        key = f"msg:{message.channel}:{message.ts}:{message.at}:{content_hash(message)[:16]}"
        signs = self._watches.beating(message)
        heard = signs or watch is not None or lesson is not None
        if heard and strange(message, self._whoami) and not vouched(message, watch, lesson):
            return self._nothing(message, key, refusal(message))
        beats = [each.alert(AlertState.CLEARED, "a message of its channel came") for each in signs]
        if any(each.says for each in signs) or (signs and watch is None and lesson is None):
            return Brought(request=key, alerts=beats)
        if watch is None and lesson is None:
            if not self._watches.complete and message.channel not in self._watches.ids():
                raise NotReady(message.channel)
            return None
        alerts = [*beats, *await _read(message, watch.parser if watch else AUTO, lesson)]
        if not alerts:
            phrase = ignored_by(lesson, message) if lesson else ""
            why = f"the lesson {lesson.name} ignores what says “{phrase}”" if lesson and phrase else ""
            return self._nothing(message, key, why)
        service = watch.service if watch else None
        return Brought(request=key, alerts=alerts, service=service, edited=message.edited)

    def _nothing(self, message: SlackMessage, key: str, why: str) -> Brought:
        """It brings no alert, and is kept."""
        self._metrics.alerts.labels("unread").inc()
        log.info("a message was no alert", channel=message.channel, ts=message.ts, why=why)
        kept = news(message.channel, "\n".join(_shown(message)), why, self._clerk.clock.now())
        return Brought(request=key, alerts=[], news=kept)

    async def _hear_direct(self, event: Json) -> None:
        if by_integration(event) or event.get("hidden") or event.get("subtype") not in _FROM_PEOPLE:
            return
        text = str(event.get("text") or "")
        addressed = self._to_us.match(text)
        await self._obey(event, text[addressed.end() :] if addressed else text, Via.DIRECT)

    async def _obey(self, event: Json, text: str, via: Via) -> None:
        user, channel, ts = (str(event.get(name) or "") for name in ("user", "channel", "ts"))
        if not user or user == self._whoami.bot_user_id:
            return
        thread = str(event.get("thread_ts") or "")
        clerk = self._clerk
        caller = await clerk.callers.caller(user, str(event.get("user_team") or "") or None)
        asked = Asked(
            caller=caller,
            request=f"said:{channel}:{ts}",
            via=via,
            typed=text.strip(),
            forms=False,
            channel=shared_channel(channel),
        )
        try:
            order = Grammar(zoned=clerk.zoned(caller)).said(text)
        except Unclear as unclear:
            answer = Answer(message=replies.error(str(unclear), asked.typed))
        else:
            answer = await clerk.carry_out(await self._in_place(order, channel, thread), asked)
        ear = Ear(user=user, channel=channel, thread=thread)
        if answer.message is not None:
            self._tell(ear, answer.message)
        if answer.picture is not None and self._easel is not None:
            self._easel.draw(ear, answer.picture)

    async def _in_place(self, order: o.Order, channel: str, thread: str) -> o.Order:
        """In the thread of a card or a page its incident is meant, unless another one is named."""
        if not thread or not isinstance(order, o.Wished | o.Show | o.Timeline | o.Why | QuietWanted):
            return order
        if not isinstance(order.which, OnlyMine):
            return order
        here = ByMessage(message=MessageRef(channel=channel, ts=thread))
        try:
            await self._clerk.desk.find(here)
        except Refused:
            return order
        return replace(order, which=here)

    def _tell(self, ear: Ear, message: Message) -> None:
        self._whispers.tell(ear, message)


def by_integration(event: Json) -> bool:
    """Whether an integration wrote it, not a person."""
    inner = event.get("message")
    told = inner if isinstance(inner, dict) else event
    return bool(told.get("bot_id") or told.get("bot_profile") or told.get("subtype") == "bot_message")


def _length(message: SlackMessage) -> int:
    """How many characters it shows, without what the bot repeats for small screens."""
    parts = [message.text, message.blocks.text]
    for each in message.attachments:
        parts += [
            each.title,
            each.pretext,
            each.text,
            each.blocks.text,
            *(field.value for field in each.fields),
        ]
    return sum(map(len, parts))


async def _read(message: SlackMessage, parser: str, lesson: Lesson | None) -> list[Alert]:
    """The message's alerts; a long one is read beside the loop, where it keeps no page waiting."""
    if _length(message) > LONG:
        return await asyncio.to_thread(_alerts, message, parser, lesson)
    return _alerts(message, parser, lesson)


def _alerts(message: SlackMessage, parser: str, lesson: Lesson | None) -> list[Alert]:
    """The message's alerts. A parser that breaks must not lose one: then the message itself is the alert."""
    try:
        if lesson is not None and (reading := read_by(lesson, message)).fits:
            return [reading.alert] if reading.alert else []
        return [replace(alert, parser=_named(parser, message, alert)) for alert in parse(message, parser)]
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        log.exception("a parser failed", parser=parser)
    shown = _shown(message)
    title = next(
        (" ".join(text.split()) for text in shown if text.strip()), "A message that could not be read"
    )
    return [
        Alert(
            source=parser,
            fingerprint=f"{message.channel}:{message.ts}",
            state=AlertState.FIRING,
            title=title[:200],
            description="\n".join(text for text in shown if text)[:3000],
            origin=message.ref,
            confidence=0.1,
            parser=f"none: {parser} failed, so the message itself counts",
        )
    ]


def _shown(message: SlackMessage) -> list[str]:
    told = (part.title or part.fallback or part.text for part in message.attachments)
    return [text for text in (message.text, message.blocks.text, *told) if text.strip()]


def _named(parser: str, message: SlackMessage, alert: Alert) -> str:
    """The parser's name for those who ask why; what `auto` chose is the alert's source."""
    named = parser != AUTO and not message.mail
    chosen = parser if named else alert.source
    how = "named for the channel" if named else "for letters" if message.mail else "recognised"
    return f"{chosen} ({how}{'' if alert.confidence == 1 else f', confidence {alert.confidence:.1f}'})"
