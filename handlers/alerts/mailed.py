"""Letters that Slack's e-mail app posts: a message without words, and the letter as a file of it.

Its app tells subject, sender and words in the file's own members; what is larger than Slack shows is cut.
"""

from collections.abc import Iterator, Mapping

from handlers.alerts.blocks import Allowance
from handlers.alerts.markup import Plain

KIND = "email"
_TITLES = ("subject", "title", "name")
_WORDS = ("plain_text", "preview_plain_text")


def letters(value: object, allowance: Allowance) -> Iterator[Mapping[str, object]]:
    """Those among a message's files that are letters."""
    for raw in allowance.items(value):
        if KIND in (raw.get("filetype"), raw.get("mode")):
            yield raw


def subject(letter: Mapping[str, object], allowance: Allowance) -> Plain:
    """What it is about. A file that Slack tells in short has a title only."""
    return _first(letter, _TITLES, allowance)


def body(letter: Mapping[str, object], allowance: Allowance) -> Plain:
    """Its words, if Slack tells them."""
    return _first(letter, _WORDS, allowance)


def sender(letter: Mapping[str, object]) -> object:
    """The address that it claims to be from, as it stands there."""
    senders = letter.get("from")
    first = senders[0] if isinstance(senders, list) and senders else None
    return first.get("address") if isinstance(first, dict) else None


def _first(letter: Mapping[str, object], names: tuple[str, ...], allowance: Allowance) -> Plain:
    told = (value for name in names if isinstance(value := letter.get(name), str) and value)
    return allowance.take(next(told, ""), escaped=False)
