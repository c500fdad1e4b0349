"""Names: what people called things becomes short keys, each given once."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 48
NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
TRANSLITERATED = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "œ": "oe", "þ": "th"}
)


def slug(name: str) -> str:
    """`Zoë's Primary` becomes `zoe-s-primary`; empty where no letter of ours is left."""
    plain = unicodedata.normalize("NFKD", name[:400].lower().translate(TRANSLITERATED))
    ascii_only = "".join(c for c in plain if not unicodedata.combining(c))
    return NOT_IN_KEYS.sub("-", ascii_only).strip("-")[:LONGEST].strip("-")


def title(name: str | None, fallback: str) -> str:
    """A name to show: on one line, printable, at most 80 characters."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in (name or "")[:1000]).split())
    return (shown if len(shown) <= 80 else f"{shown[:79].rstrip()}…") or fallback[:80]


class Keys:
    """Gives every name a key of its own: `ann`, then `ann-2`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def give(self, *wishes: str, fallback: str) -> str:
        """The first wish that says anything, with a number where it is taken."""
        wish = next((found for one in wishes if (found := slug(one))), fallback)
        key, number = wish, self._last.get(wish, 1)
        while key in self._taken:
            number += 1
            key = f"{wish}-{number}"
        self._last[wish] = number
        self._taken.add(key)
        return key
