"""How an order came, and what its caller gets."""

from dataclasses import dataclass

from bot.domain.incident import Via
from bot.render.message import Block, Message
from bot.render.timetable import Timetable
from bot.service import Handled
from handlers.identity import Caller


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How an order came. `forms`: whether a form can be opened here. `typed` is given back on an error.

    `channel` is where it was said, if others read that.
    """

    caller: Caller
    request: str
    via: Via
    typed: str = ""
    forms: bool = True
    channel: str | None = None


def shared_channel(channel: object) -> str | None:
    """A channel's id, unless it is a conversation in private."""
    return channel if isinstance(channel, str) and channel.startswith(("C", "G")) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the caller gets: words, or a form to open. `handled` is what came of a wish, if it was one.

    `replacing`: the words take the place of those that were answered. `picture` is drawn and shown besides.
    `openly`: everybody in the channel reads them. `updating` is the window whose place the form takes.
    """

    message: Message | None = None
    form: Block | None = None
    handled: Handled | None = None
    replacing: bool = False
    openly: bool = False
    updating: str = ""
    picture: Timetable | None = None
