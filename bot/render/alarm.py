"""An alarm about Tocsin itself, for Slack and by e-mail."""

from html import escape as html_escape

from bot.render.escape import header, marked, marked_lines, one_line, several_lines
from bot.render.mail import EmailPage
from bot.render.message import Message, context, message, section

_WHY = "Tocsin says this about itself; it is not an incident. `tocsin doctor` tells more."


def alarm_message(subject: str, text: str, *, loud: bool) -> Message:
    """Both texts are escaped here. `loud`: everybody in the channel is mentioned."""
    head = f"<!channel> 🚨 *{marked(subject, 150)}*" if loud else f"*{marked(subject, 150)}*"
    body = section(f"{head}\n{marked_lines(text, 2500)}")
    return message(f"{marked(subject, 150)}: {marked(one_line(text), 500)}", body, context(_WHY))


def alarm_mail(subject: str, text: str) -> EmailPage:
    """Plain words; both texts are cleaned here."""
    lines = several_lines(text, 5000)
    return EmailPage(
        subject=header(f"[Tocsin] {one_line(subject, 150)}"),
        text=f"{lines}\n\n{_WHY}\n",
        html=f"<p>{html_escape(lines).replace(chr(10), '<br>')}</p>\n<p>{html_escape(_WHY)}</p>\n",
    )
