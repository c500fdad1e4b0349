"""Guesses: whoever shows tokens that do not count, again and again, is told to wait.

A token that counts is taken from wherever it comes: behind one address there may be a whole network.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

import structlog

from bot.clock import Clock

log = structlog.get_logger(__name__)

MINUTE = 60.0
MOST = 60
"""So many refusals a minute are told to an address as what they are."""

ADDRESSES = 10_000
"""So many addresses are remembered; of more the one that was refused longest ago is forgotten."""

NETWORK = 64
"""Bits of an IPv6 address that are one sender's: the rest of it costs nothing."""


class Guesses:
    """A bucket of refusals for each address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._left)

    def wait(self, address: str) -> float:
        """Seconds to wait after one more refusal, which is counted; 0 while it is one of a few."""
        sender, now = _sender(address), self._clock.monotonic()
        left, at = self._left.pop(sender, (float(MOST), now))
        left = min(float(MOST), left + (now - at) * MOST / MINUTE)
        self._left[sender] = (max(0.0, left - 1.0), now)
        while len(self._left) > ADDRESSES:
            self._left.popitem(last=False)
        if 1.0 <= left < 2.0:
            log.warning("tokens_guessed", address=sender, refused=MOST)
        return 0.0 if left >= 1.0 else (1.0 - left) * MINUTE / MOST


def _sender(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Address(int(found) >> 128 - NETWORK << 128 - NETWORK))
    return str(found)
