"""A person's inbox: the list of mails, and one mail to read."""

import re

from markupsafe import Markup, escape

from bot.sandbox.mail import Mail
from bot.sandbox.web.drawing import Drawing
from bot.sandbox.web.marks import mails_of
from bot.sandbox.web.mrkdwn import link
from bot.sandbox.web.reader import Reader

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def draw(drawing: Drawing, reader: Reader, inbox: list[Mail], room: str) -> Markup:
    """The inbox for `mail`, one mail for `mail/3`; `LookupError` for somebody else's mail."""
    own = mails_of(reader.user, inbox)
    number = room.partition("/")[2]
    if not number:
        return drawing.draw("inbox.html", reader=reader, mails=list(reversed(own)))
    mail = mail_of(reader, inbox, number)
    return drawing.draw("mail.html", reader=reader, mail=mail, number=number, text=linked(mail.text, reader))


def mail_of(reader: Reader, inbox: list[Mail], number: str) -> Mail:
    """One of the reader's mails, by its place in the whole inbox."""
    own = {str(place): mail for place, mail in mails_of(reader.user, inbox)}
    return own[number]


def linked(text: str, reader: Reader) -> Markup:
    """Plain text with its addresses as links."""
    pieces: list[Markup] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        url = found.group(0).rstrip(".,;:!?)")
        pieces += [escape(text[at : found.start()]), link(url, escape(url), reader)]
        at = found.start() + len(url)
    return Markup("").join([*pieces, escape(text[at:])])
