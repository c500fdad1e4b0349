"""Letters that Slack's e-mail app posts: a message without words, and the letter as a file of it.

Its app tells subject, sender and words in the file's own members; what is larger than Slack shows is cut.
"""

from collections.abc import Iterator, Mapping

from handlers.alerts.blocks import Allowance
from handlers.alerts.markup import Plain, clean

KIND = "email"
_TITLES = ("subject", "title", "name")
MAX_ADDRESS = 320
MAX_BODY = 8_000
"""Characters; far more than an alert shows of its words."""
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
    """Its words, if Slack tells them; of a long letter the beginning."""
    return _first(letter, _WORDS, allowance, MAX_BODY)


def sender(letter: Mapping[str, object]) -> str:
    """The address that it claims to be from; empty when it tells none.

    One with signs in it that cannot be seen is spelt out: it only looks like the other.
    """
    senders = letter.get("from")
    first = senders[0] if isinstance(senders, list) and senders else None
    told = first.get("address") if isinstance(first, dict) else None
    if not isinstance(told, str):
        return ""
    address = told.strip()[:MAX_ADDRESS]
    return (address if clean(address) == address else ascii(address)).casefold()


def _first(
    letter: Mapping[str, object], names: tuple[str, ...], allowance: Allowance, most: int | None = None
) -> Plain:
    told = (value for name in names if isinstance(value := letter.get(name), str) and value)
    return allowance.take(next(told, "")[:most], escaped=False)
