"""Members: what a message tells of a group of alerts without saying of each whether it fires."""

from dataclasses import dataclass, field, replace

MOST_NAMES = 50
MOST_THINGS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Members:
    """A group whose alerts are hidden: how many fire, as far as it is said, and what is said of them.

    `words` are those that all of them share (Alertmanager's common labels), `things` those that any has.
    `named`: the words of earlier messages, as long as the group fires.
    """

    count: int = 0
    words: frozenset[str] = field(default_factory=frozenset)
    things: frozenset[str] = field(default_factory=frozenset)
    named: tuple[frozenset[str], ...] = ()

    def another(self, before: "Members | None") -> bool:
        """Whether one fires that was not there before.

        More fire; or they share less than they did, as only a new one can make them; or what they share
        was never said of any, as when the last of several is told by its name for the first time.
        """
        if before is None:
            return False
        told = (before.words, *before.named)
        return (
            self.count > before.count > 0
            or not before.words <= self.words
            or not any(self.words <= each for each in told)
            or not self.things <= before.things
        )

    def after(self, before: "Members | None") -> "Members":
        """With what was told of it until now."""
        if before is None:
            return self
        named = tuple(dict.fromkeys([*before.named, before.words]))[-MOST_NAMES:]
        things = self.things | before.things
        return replace(self, named=named, things=things if len(things) <= MOST_THINGS else self.things)
