"""A message of Slack, out of an event or a channel's history: bounded, cleaned, in plain text."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bot.domain.alert import Link, MessageRef
from handlers.alerts.blocks import NO_BLOCKS, Allowance, Body, Field, read_blocks
from handlers.alerts.mailed import body, letters, sender, subject
from handlers.alerts.markup import clean, merged, plain, safe_link, words

TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
NAMED_COLOURS = {"good": "2eb886", "warning": "daa038", "danger": "a30200"}
COLOUR = re.compile(r"[0-9a-f]{6}")
NOTHING_NEW = words(
    "message_deleted message_replied channel_join channel_leave channel_topic channel_purpose "
    "channel_name channel_archive channel_unarchive channel_convert_to_private "
    "channel_convert_to_public channel_posting_permissions group_join group_leave group_topic "
    "group_purpose group_name group_archive group_unarchive bot_add bot_remove bot_enable bot_disable "
    "pinned_item unpinned_item reminder_add reply_broadcast ekm_access_denied tombstone "
    "assistant_app_thread joiner_notification"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """One attachment in plain text. `colour` is six hex digits or empty; `links` has title's and buttons'.

    `linked` says for each address where in the attachment it stood first: `title_link`, `fields[Host]`.
    """

    title: str = ""
    title_link: str = ""
    pretext: str = ""
    text: str = ""
    fallback: str = ""
    author: str = ""
    footer: str = ""
    footer_icon: str = ""
    colour: str = ""
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    linked: tuple[tuple[str, str], ...] = ()
    blocks: Body = NO_BLOCKS


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackMessage:
    """One message as it stands now; `channel` and `ts` are its identity, also after edits.

    `at` is the `ts` of the moment when it came to be as it is: posted, or last edited.
    `before` is the content hash of what stood there before, when an edit told it.
    `event_type` is that of the message's metadata, by which a bot knows its own. `team` is the workspace of
    its bot, else of whoever posted it; empty where Slack does not tell. `mail`: Slack's e-mail app posted
    it, each letter as an attachment with the subject for a title; `senders` are whom they claim to be from.
    """

    channel: str
    ts: str
    at: str
    text: str = ""
    links: tuple[Link, ...] = ()
    blocks: Body = NO_BLOCKS
    attachments: tuple[Attachment, ...] = ()
    bot_id: str = ""
    app_id: str = ""
    user: str = ""
    username: str = ""
    subtype: str = ""
    thread_ts: str = ""
    event_type: str = ""
    team: str = ""
    mail: bool = False
    senders: tuple[str, ...] = ()
    edited: bool = False
    before: str = ""

    @property
    def ref(self) -> MessageRef:
        """Its identity."""
        return MessageRef(channel=self.channel, ts=self.ts)

    @property
    def reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def unchanged(self) -> bool:
        """Whether this edit changed nothing that is read: Slack unfurled a link, or counted replies."""
        return self.before == content_hash(self)

    @property
    def all_links(self) -> tuple[Link, ...]:
        """Every link in it, each once."""
        inner = (group for part in self.attachments for group in (part.links, part.blocks.links))
        return merged(self.links, self.blocks.links, *inner)


def read_event(event: object) -> SlackMessage | None:
    """The message of a `message` event, new or edited; None when the event carries no content to read."""
    raw = _mapping(event)
    subtype = _word(raw.get("subtype"))
    if raw.get("type") not in ("message", "app_mention") or subtype in NOTHING_NEW:
        return None
    if subtype != "message_changed":
        return None if raw.get("hidden") is True else _read(_word(raw.get("channel")), raw)
    now, before = _mapping(raw.get("message")), _mapping(raw.get("previous_message"))
    ts, moment = _ts(now.get("ts")) or _ts(before.get("ts")), _ts(raw.get("ts"))
    old = _read(_word(raw.get("channel")), before, ts=ts) if before else None
    known = content_hash(old) if old else ""
    at = "" if _ts(_mapping(now.get("edited")).get("ts")) else moment
    return _read(_word(raw.get("channel")), now, ts=ts, at=at, edited=True, before=known)


def read_history(channel: str, raw: object) -> SlackMessage | None:
    """A message of `conversations.history`, which does not name its channel."""
    found = _mapping(raw)
    return None if _word(found.get("subtype")) in NOTHING_NEW else _read(_word(channel), found)


def content_hash(message: SlackMessage) -> str:
    """Equal for messages that show the same: of text, blocks and attachments, but not of unfurled links."""
    shown = [message.text, asdict(message.blocks), [asdict(part) for part in message.attachments]]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def _read(
    channel: str,
    raw: Mapping[str, object],
    *,
    ts: str = "",
    at: str = "",
    edited: bool = False,
    before: str = "",
) -> SlackMessage | None:
    ts = ts or _ts(raw.get("ts"))
    subtype = _word(raw.get("subtype"))
    if not channel or not ts or subtype in NOTHING_NEW:
        return None
    allowance = Allowance()
    text = allowance.take(raw.get("text"))
    profile, edit = _mapping(raw.get("bot_profile")), _mapping(raw.get("edited"))
    blocks = read_blocks(raw.get("blocks"), allowance)
    mail = list(letters(raw.get("files"), allowance))
    attached = _attachments(raw.get("attachments"), allowance, bare=not (text.text or blocks.text or mail))
    return SlackMessage(
        channel=channel,
        ts=ts,
        at=at or _later(ts, _ts(edit.get("ts"))),
        text=text.text,
        links=text.links,
        blocks=blocks,
        attachments=(*(_letter(each, allowance) for each in mail), *attached),
        bot_id=_word(raw.get("bot_id")) or _word(profile.get("id")),
        app_id=_word(raw.get("app_id")) or _word(profile.get("app_id")),
        user=_word(raw.get("user")),
        username=_word(raw.get("username")) or _word(profile.get("name")),
        subtype=subtype,
        thread_ts=_ts(raw.get("thread_ts")),
        event_type=_word(_mapping(raw.get("metadata")).get("event_type")),
        team=_word(profile.get("team_id")) or _word(raw.get("source_team")) or _word(raw.get("team")),
        mail=bool(mail),
        senders=tuple(sender(each) for each in mail),
        edited=edited or bool(edit),
        before=before,
    )


def _later(ts: str, edited: str) -> str:
    """When it came to be as it is. Slack tells edits by the second alone, so one may seem to come before."""
    return edited if edited and float(edited) > float(ts) else ts


def _attachments(value: object, allowance: Allowance, *, bare: bool) -> tuple[Attachment, ...]:
    """What was posted, not what Slack unfurled; a message that is nothing but unfurls keeps them."""
    found = list(allowance.items(value))
    posted = [raw for raw in found if not (raw.get("from_url") or raw.get("original_url"))]
    chosen = found if bare and not posted else posted
    return tuple(_attachment(raw, allowance) for raw in chosen)


def _letter(raw: Mapping[str, object], allowance: Allowance) -> Attachment:
    title, text = subject(raw, allowance), body(raw, allowance)
    placed = [("title", title.links), ("text", text.links)]
    return Attachment(
        title=title.text,
        text=text.text,
        links=merged(title.links, text.links),
        linked=_linked(placed),
    )


def _attachment(raw: Mapping[str, object], allowance: Allowance) -> Attachment:
    title, text = allowance.take(raw.get("title")), allowance.take(raw.get("text"))
    pretext, footer = allowance.take(raw.get("pretext")), allowance.take(raw.get("footer"))
    own = safe_link(title.text, _address(raw.get("title_link")))
    fields, in_fields = _fields(raw.get("fields"), allowance)
    placed = [("title_link", (own,) if own else ()), ("title", title.links), ("pretext", pretext.links)]
    placed += [("text", text.links), *in_fields, *_buttons(raw.get("actions"), allowance)]
    placed += [("footer", footer.links)]
    return Attachment(
        title=title.text,
        title_link=own.url if own else "",
        pretext=pretext.text,
        text=text.text,
        fallback=allowance.take(raw.get("fallback")).text,
        author=allowance.take(raw.get("author_name")).text,
        footer=footer.text,
        footer_icon=_address(raw.get("footer_icon")),
        colour=_colour(raw.get("color")),
        fields=fields,
        links=merged(*(links for _, links in placed)),
        linked=_linked(placed),
        blocks=read_blocks(raw.get("blocks"), allowance),
    )


def _linked(placed: list[tuple[str, tuple[Link, ...]]]) -> tuple[tuple[str, str], ...]:
    return tuple((link.url, place) for place, links in placed for link in links)


def _fields(
    value: object, allowance: Allowance
) -> tuple[tuple[Field, ...], list[tuple[str, tuple[Link, ...]]]]:
    """Names and values, and the links in each."""
    fields: list[Field] = []
    links: list[tuple[str, tuple[Link, ...]]] = []
    for raw in allowance.items(value):
        name, shown = allowance.take(raw.get("title")), raw.get("value")
        found = allowance.take(str(shown)[:40] if isinstance(shown, int | float) else shown)
        fields.append(Field(name=name.text.strip().rstrip(":"), value=found.text))
        links.append((f"fields[{fields[-1].name}]", found.links))
    return tuple(fields), links


def _buttons(value: object, allowance: Allowance) -> Iterator[tuple[str, tuple[Link, ...]]]:
    for number, button in enumerate(allowance.items(value)):
        found = safe_link(allowance.take(button.get("text")).text, _address(button.get("url")))
        yield f"actions[{number}].url", (found,) if found else ()


def _colour(value: object) -> str:
    word = _word(value).lower().removeprefix("#")
    word = NAMED_COLOURS.get(word, word)
    return word if COLOUR.fullmatch(word) else ""


def _address(value: object) -> str:
    """An address as Slack sends it: entities escaped, at times in angle brackets."""
    return plain(clean(value[:4_000])).text.strip() if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    """A short identifier or name."""
    return clean(value[:200]).strip() if isinstance(value, str) else ""


def _ts(value: object) -> str:
    return value if isinstance(value, str) and TS.fullmatch(value[:30]) else ""
