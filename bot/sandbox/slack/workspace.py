"""The workspace as it stands: people, channels, apps, messages, views. State only; no rules of the API."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.sandbox.slack.shapes import Json, words


class UserKind(StrEnum):
    """What a user of the workspace is; Slack treats each of them differently."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"  # from another organisation, through Slack Connect
    DEACTIVATED = "deactivated"
    BOT = "bot"


class ChannelKind(StrEnum):
    """The sorts of conversation, as `channel_type` names them in events."""

    PUBLIC = "channel"
    PRIVATE = "group"
    DM = "im"
    GROUP_DM = "mpim"


class TokenState(StrEnum):
    """Whether an app's tokens work; the values are Slack's errors."""

    ACTIVE = "active"
    REVOKED = "token_revoked"
    INACTIVE = "account_inactive"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person, or the bot user of an app. `name` is the handle that people type after `@`."""

    id: str
    name: str
    real_name: str
    email: str = ""
    tz: str = "Europe/London"
    kind: UserKind = UserKind.MEMBER
    team_id: str = ""
    bot_id: str = ""
    app_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A user group such as `@oncall`."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()
    disabled: bool = False


@dataclass(kw_only=True)
class Upload:
    """A file that was announced; `content` is None until it has arrived."""

    id: str
    app_id: str
    name: str
    length: int
    alt_text: str = ""
    content: bytes | None = None
    shared: bool = False


@dataclass(kw_only=True)
class App:
    """An app that is installed in the workspace. A classic one posts as `bot_message`, without a user."""

    id: str
    name: str
    bot_id: str
    user_id: str
    bot_token: str
    app_token: str = ""
    signing_secret: str = ""
    scopes: set[str] = field(default_factory=set)
    manifest: Json = field(default_factory=dict)
    classic: bool = False
    hook_path: str = ""
    token_state: TokenState = TokenState.ACTIVE


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message: its JSON as Slack would show it, every earlier version, and who alone can see it."""

    channel: str
    ts: str
    body: Json
    app_id: str = ""
    metadata: Json | None = None
    revisions: tuple[Json, ...] = ()
    deleted: bool = False
    only_for: str = ""

    @property
    def text(self) -> str:
        """The top-level text: what notifications show and screen readers read."""
        return str(self.body.get("text", ""))

    @property
    def words(self) -> str:
        """Everything readable: text, blocks and attachments."""
        return words(self.body)

    @property
    def thread_ts(self) -> str:
        """The root of its thread, or nothing for a message of the channel itself."""
        root = str(self.body.get("thread_ts", ""))
        return "" if root == self.ts else root


@dataclass(frozen=True, kw_only=True)
class View:
    """A modal or a Home tab as one user sees it; `state` is what they typed or chose so far."""

    id: str
    user: str
    app_id: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    state: Json = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The modal's title."""
        return str((self.body.get("title") or {}).get("text", ""))

    @property
    def words(self) -> str:
        """Everything readable in it."""
        return words(self.body)


@dataclass(kw_only=True)
class Channel:
    """A conversation and its messages, indexed by `ts`; `roots` are those of the channel itself, in order."""

    id: str
    name: str
    kind: ChannelKind = ChannelKind.PUBLIC
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Keep a message that is newer than all others here."""
        self.messages[message.ts] = message
        if message.thread_ts:
            self.threads.setdefault(message.thread_ts, []).append(message.ts)
        if not message.thread_ts or message.body.get("subtype") == "thread_broadcast":
            self.roots.append(message.ts)

    def between(self, order: list[str], oldest: str, latest: str, *, inclusive: bool) -> list[str]:
        """The timestamps of `order` inside a window, oldest first; deleted messages are still among them."""
        low = (bisect_left if inclusive else bisect_right)(order, oldest) if oldest else 0
        high = (bisect_right if inclusive else bisect_left)(order, latest) if latest else len(order)
        return order[low:high]

    def standing(self, order: Iterable[str]) -> Iterator[Message]:
        """The messages of these timestamps that were not deleted, in the same order."""
        return (message for ts in order if not (message := self.messages[ts]).deleted)


class Workspace:
    """One Slack workspace. `app` is the app under test: it alone receives events and interactions."""

    def __init__(self, *, id: str, name: str, domain: str, app: App) -> None:  # noqa: A002 - Slack's word
        self.id = id
        self.name = name
        self.domain = domain
        self.enterprise = ""
        self.app = app
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.dms: dict[frozenset[str], Channel] = {}
        self.apps: dict[str, App] = {app.id: app}
        self.groups: dict[str, Group] = {}
        self.uploads: dict[str, Upload] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.ephemerals: dict[tuple[str, str], Message] = {}

    def rename(self, name: str, domain: str) -> None:
        """The workspace's owner gives it another name and address."""
        self.name, self.domain = name, domain

    def join_grid(self, enterprise: str, team: str) -> None:
        """The workspace becomes one of an organisation's; here it gets another id by that."""
        for user in self.users.values():
            if user.team_id == self.id:
                self.users[user.id] = replace(user, team_id=team)
        self.id, self.enterprise = team, enterprise

    def migrate(self, user: str, new: str) -> None:
        """A user gets another id (U… becomes W…); nobody knows the old one any more."""
        self.users[new] = replace(self.users.pop(user), id=new)
        for channel in self.channels.values():
            if user in channel.members:
                channel.members.remove(user)
                channel.members.add(new)
        self.dms = {frozenset(channel.members): channel for channel in self.dms.values()}

    def user(self, name: str) -> User | None:
        """A user by id, handle, e-mail or full name; a leading `@` does not matter."""
        key = name.removeprefix("@")
        if key in self.users:
            return self.users[key]
        wanted = key.casefold()
        return next(
            (u for u in self.users.values() if wanted in (u.name, u.email, u.real_name.casefold())), None
        )

    def channel(self, name: str) -> Channel | None:
        """A channel by id or `#name`."""
        key = name.removeprefix("#")
        return self.channels.get(key) or next((c for c in self.channels.values() if c.name == key), None)

    def integration(self, name: str) -> App | None:
        """An app by name, id or bot id."""
        wanted = name.casefold()
        return next(
            (a for a in self.apps.values() if name in (a.id, a.bot_id) or a.name.casefold() == wanted), None
        )

    def dm(self, *users: str) -> Channel | None:
        """The direct conversation of exactly these users, if it was ever opened."""
        return self.dms.get(frozenset(users))

    def open_dm(self, channel: Channel) -> Channel:
        """Keep a new direct conversation."""
        self.dms[frozenset(channel.members)] = channel
        self.channels[channel.id] = channel
        return channel

    def message(self, channel: str, ts: str) -> Message | None:
        """A message that still stands, ephemeral or not."""
        room = self.channels.get(channel)
        found = (room.messages.get(ts) if room else None) or self.ephemerals.get((channel, ts))
        return None if found is None or found.deleted else found

    def keep(self, message: Message) -> Message:
        """Store a changed message in the place of its former self."""
        if message.only_for:
            self.ephemerals[message.channel, message.ts] = message
        else:
            self.channels[message.channel].messages[message.ts] = message
        return message

    def revise(self, message: Message, body: Json, metadata: Json | None) -> Message:
        """The message with a new body; the old one stays readable in `revisions`."""
        revisions = (*message.revisions, message.body)
        return self.keep(replace(message, body=body, metadata=metadata, revisions=revisions))

    def shown_to(self, user: str, channel: str = "") -> Iterator[Message]:
        """The ephemeral messages that a user can see, oldest first."""
        for message in self.ephemerals.values():
            if message.only_for == user and not message.deleted and channel in ("", message.channel):
                yield message

    def modal(self, user: str) -> View | None:
        """The topmost modal that a user has open."""
        stack = self.stacks.get(user)
        return self.views[stack[-1]] if stack else None
