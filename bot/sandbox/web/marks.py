"""How far everybody has read: kept for the pages only, forgotten with them."""

from bisect import bisect_right

from bot.sandbox.mail import Mail
from bot.sandbox.slack.workspace import Channel, User


class Marks:
    """The newest thing that each person has seen, room by room."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[str, str], str] = {}
        self._mails: dict[str, int] = {}

    def read(self, user: User, channel: Channel) -> None:
        """The person sees all that stands in the channel."""
        if channel.roots:
            self._rooms[user.id, channel.id] = channel.roots[-1]

    def unread(self, user: User, channel: Channel) -> int:
        """Messages of the channel itself by others that the person has not seen."""
        start = bisect_right(channel.roots, self._rooms.get((user.id, channel.id), ""))
        new = (channel.messages[ts] for ts in channel.roots[start:])
        return sum(not m.deleted and m.body.get("user") != user.id for m in new)

    def read_mail(self, user: User, inbox: list[Mail]) -> None:
        """The person sees their inbox."""
        self._mails[user.id] = len(mails_of(user, inbox))

    def unread_mail(self, user: User, inbox: list[Mail]) -> int:
        """Mails that the person has not seen."""
        return len(mails_of(user, inbox)) - self._mails.get(user.id, 0)


def mails_of(user: User, inbox: list[Mail]) -> list[tuple[int, Mail]]:
    """The mails to a person, with their places in the inbox, oldest first."""
    wanted = user.email.casefold()
    return [
        (place, mail)
        for place, mail in enumerate(inbox)
        if wanted and wanted in (each.casefold() for each in mail.recipients)
    ]
