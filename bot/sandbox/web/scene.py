"""What one person sees at one place: every part of a page, drawn from the state of the three servers."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bot.clock import Clock, ShiftedClock
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.requests import Requests
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import state_of
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message, View
from bot.sandbox.web import mailbox, messages
from bot.sandbox.web.blocks import Canvas, blocks
from bot.sandbox.web.board import Board
from bot.sandbox.web.bots import Bots
from bot.sandbox.web.drawing import Drawing
from bot.sandbox.web.examples import examples
from bot.sandbox.web.marks import Marks
from bot.sandbox.web.mrkdwn import plain
from bot.sandbox.web.reader import Reader, people
from bot.sandbox.web.troubles import Troubles


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What all pages share."""

    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    clock: Clock
    troubles: Troubles
    marks: Marks
    bots: Bots
    drawing: Drawing


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody is: `room` is a channel's id, `dm`, `home`, `mail/…` or `jira/…`; beside it a panel."""

    room: str
    thread: str = ""
    playing: bool = False

    @property
    def tail(self) -> str:
        """The address of the panel, behind the room's."""
        return f"?thread={self.thread}" if self.thread else "?panel=play" if self.playing else ""


class Scene:
    """The parts of a page. Each is drawn anew from what is true now."""

    def __init__(self, desk: Desk, person: Person, place: Place) -> None:
        self.desk = desk
        self.person = person
        self.place = place

    @property
    def reader(self) -> Reader:
        """The person as a reader, at this moment."""
        return Reader(
            world=self.desk.slack.world,
            user=self.person.user,
            now=self.desk.clock.now(),
            jira=self.desk.jira.url,
        )

    @property
    def channel(self) -> Channel | None:
        """The channel or direct conversation that this place is; nothing in other rooms."""
        world = self.desk.slack.world
        if self.place.room == "dm":
            return self.dm
        return world.channels.get(self.place.room)

    @property
    def dm(self) -> Channel:
        """The direct conversation with the app; it begins with the first look at it."""
        hub = self.desk.slack.hub
        return hub.feed.open_dm(hub.world.app.user_id, self.person.user.id)

    @property
    def board(self) -> Board:
        """The local Jira."""
        return Board(self.desk.jira, self.reader)

    def page(self) -> Markup:
        """The whole page."""
        self.read()
        return self._draw(
            "page.html",
            title=self._title(),
            here=self.reader.room(self.place.room) + self.place.tail,
            live=self.reader.room(f"live/{self.place.room}") + self.place.tail,
            since=len(self.desk.slack.journal),
            now=int(self.desk.clock.now().timestamp() * 1000),
            sidebar=self.sidebar(),
            main=self._main(),
            panel=self.panel(),
            modal=self.modal(),
        )

    def read(self) -> None:
        """What stands here counts as seen."""
        user = self.person.user
        if self.channel:
            self.desk.marks.read(user, self.channel)
        if self.place.room.startswith("mail"):
            self.desk.marks.read_mail(user, self.desk.mail.inbox)

    def sidebar(self) -> Markup:
        """Rooms, inboxes and people."""
        world, marks, user = self.desk.slack.world, self.desk.marks, self.person.user
        rooms = [
            (c, marks.unread(user, c))
            for c in world.channels.values()
            if c.kind in (ChannelKind.PUBLIC, ChannelKind.PRIVATE) and self.reader.sees(c)
        ]
        direct = world.dm(world.app.user_id, user.id)
        return self._draw(
            "sidebar.html",
            rooms=rooms,
            direct=marks.unread(user, direct) if direct else 0,
            mails=marks.unread_mail(user, self.desk.mail.inbox),
            tickets=self.board.open,
            connected=self._connected(),
            troubled=any(switch.on for switch in self.desk.troubles.switches()),
            people=[(u, messages.initials(u.real_name), messages.hue(u.id)) for u in people(world)],
        )

    def message(self, message: Message, prefix: str) -> Markup:
        """One message, as a line of the room (`m`) or of the thread beside it (`t`)."""
        shown = messages.shown(message, self.reader, prefix=prefix)
        return self._draw(
            "message.html", m=shown, threaded=prefix == "t", shortcuts=self._shortcuts("message")
        )

    def home(self) -> Markup:
        """The Home tab."""
        view = self.person.home
        return self._draw("home.html", view=view, body=self._view_body(view, {}) if view else "")

    def mail(self) -> Markup:
        """The inbox, or one mail."""
        return mailbox.draw(self.desk.drawing, self.reader, self.desk.mail.inbox, self.place.room)

    def jira(self) -> Markup:
        """The board, or one ticket; `LookupError` for a ticket that is not there."""
        key = self.place.room.partition("/")[2]
        if key:
            return self._draw("ticket.html", ticket=self.board.ticket(key), hand=self.board.hand)
        return self._draw("board.html", columns=self.board.columns(), hand=self.board.hand)

    def panel(self) -> Markup:
        """What stands at the right: a thread, the things to play with, or nothing."""
        if self.place.playing:
            return self.play()
        channel = self.channel
        if not self.place.thread or channel is None:
            return Markup("")
        said = messages.in_thread(channel, self.place.thread, self.reader)
        drawn = Markup("").join(self.message(each, "t") for each in said)
        return self._draw(
            "thread.html",
            channel=channel,
            title=messages.room_title(channel, self.reader),
            root=self.place.thread,
            messages=drawn,
        )

    def play(self) -> Markup:
        """Alerts to post and troubles to make."""
        return self._draw(
            "play.html",
            examples=examples(),
            draft=self.desk.bots.draft(self.person.user),
            said=self.said(),
            switches=self.desk.troubles.switches(),
            shifted=isinstance(self.desk.clock, ShiftedClock),
        )

    def said(self) -> Markup:
        """What was answered to the JSON that this person wrote last."""
        return self._draw("said.html", draft=self.desk.bots.draft(self.person.user))

    def modal(self, errors: Mapping[str, str] | None = None, trouble: str = "") -> Markup:
        """The modal on top, with what stands in its fields; empty when none is open."""
        view = self.person.modal
        stack = self.desk.slack.world.stacks.get(self.person.user.id, [])
        return self._draw(
            "modal.html",
            view=view,
            depth=len(stack),
            body=self._view_body(view, errors or {}) if view else "",
            trouble=trouble,
        )

    def confirm(self, confirm: Json, action: str, values: list[tuple[str, str]]) -> Markup:
        """The question before a press that wants one; `values` are sent again with the answer."""
        text = confirm.get("text") or {}
        body = blocks([{"type": "section", "text": text}], Canvas(reader=self.reader))
        return self._draw("confirm.html", confirm=confirm, body=body, action=action, values=values)

    def _main(self) -> Markup:
        kind = self.place.room.partition("/")[0]
        if kind == "home":
            return self._draw("plain.html", heading="Home", inner=self.home())
        if kind == "mail":
            return self._draw("plain.html", heading="E-mail", inner=self.mail())
        if kind == "jira":
            return self._draw("plain.html", heading="Jira", inner=self.jira() + self._write())
        return self._room()

    def _write(self) -> Markup:
        """The form for a comment; beside the ticket, so that a fresh ticket leaves what was typed."""
        key = self.place.room.partition("/")[2]
        return self._draw("write.html", key=key, hand=self.board.hand) if key else Markup("")

    def _room(self) -> Markup:
        channel = self.channel
        assert channel, "the pages look whether the room is there"
        said = messages.in_channel(channel, self.reader)
        return self._draw(
            "room.html",
            channel=channel,
            direct=channel.kind is ChannelKind.DM,
            title=messages.room_title(channel, self.reader),
            messages=Markup("").join(self.message(each, "m") for each in said),
            commands=self._features().get("slash_commands") or [],
            shortcuts=self._shortcuts("global"),
        )

    def _view_body(self, view: View, errors: Mapping[str, str]) -> Markup:
        values = state_of(view.body, view.state)
        return blocks(view.body["blocks"], Canvas(reader=self.reader, values=values, errors=errors))

    def _title(self) -> str:
        channel = self.channel
        if channel:
            return messages.room_title(channel, self.reader)
        kind, _, rest = self.place.room.partition("/")
        return {"home": "Home", "mail": "E-mail", "jira": rest or "Jira board"}[kind]

    def _connected(self) -> bool:
        hub = self.desk.slack.hub
        return hub.sockets.count > 0 or isinstance(hub.deliveries.transport, Requests)

    def _features(self) -> Json:
        found: Json = self.desk.slack.world.app.manifest.get("features") or {}
        return found

    def _shortcuts(self, sort: str) -> list[Json]:
        return [each for each in self._features().get("shortcuts") or [] if each.get("type") == sort]

    def _draw(self, template: str, **values: object) -> Markup:
        return self.desk.drawing.draw(
            template,
            reader=self.reader,
            world=self.desk.slack.world,
            user=self.person.user,
            place=self.place,
            plain=plain,
            **values,
        )
