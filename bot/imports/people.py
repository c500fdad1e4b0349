"""People: who is known from an export, by keys; who is only referred to gets a place to be filled in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from bot.config.values import Email, SlackUser, Zone
from bot.imports.draft import Human, Method
from bot.imports.naming import Keys, title
from bot.imports.note import NOWHERE, Notes, Place
from bot.imports.workspace import Absence, Workspace

EMAIL, SLACK, ZONE = TypeAdapter[str](Email), TypeAdapter[str](SlackUser), TypeAdapter[str](Zone)
LONGEST_DELAY = timedelta(hours=1)
MOST_METHODS = 10
STANDS_IN = "Slack's direct message"


def fits(kind: TypeAdapter[str], value: str | None) -> bool:
    """Whether the configuration would take that value."""
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Somebody as an export tells of them. `methods` are names of ways with minutes.

    They are None where the export does not say them, and empty where it says that there are none.
    """

    id: str
    name: str | None
    email: str | None = None
    slack: str | None = None
    zone: str | None = None
    methods: tuple[tuple[str, float], ...] | None = None
    quiet: tuple[tuple[str, float], ...] | None = None
    blocked: bool = False
    place: Place = NOWHERE


@dataclass(kw_only=True)
class People:
    """All people of one import. `slack` says who is in Slack."""

    notes: Notes
    slack: Workspace = field(default_factory=Workspace)
    humans: dict[str, Human] = field(default_factory=dict)
    whole: bool = True
    _keys: Keys = field(default_factory=lambda: Keys({"nobody", "none"}))
    _slack_taken: set[str] = field(default_factory=set)
    _by_email: dict[str, str] = field(default_factory=dict)

    def add(self, found: Found) -> str:
        """Take somebody in, once; the key."""
        if found.id in self.humans:
            return self.humans[found.id].key
        name = title(found.name or (found.email or "").partition("@")[0], found.id)
        human = Human(
            key=self._keys.give(*self._wishes(name, found), fallback="person"),
            name=name,
            email=found.email.strip() if found.email and fits(EMAIL, found.email.strip()) else None,
            zone=found.zone if fits(ZONE, found.zone) else None,
            unruled=found.methods == (),
            blocked=found.blocked,
            place=found.place,
        )
        self.humans[found.id] = human
        if human.email:
            self._by_email.setdefault(human.email.lower(), found.id)
        human.slack = self._slack_of(found, human)
        human.methods = self._methods(human, found.methods)
        human.quiet = self._methods(human, found.quiet)
        self._tell(found, human)
        return human.key

    def key(self, identifier: str, name: str | None, place: Place) -> str:
        """The key of somebody who is referred to; who was not exported is made up from the reference."""
        known = self.known(identifier, name)
        if known is not None:
            return known.key
        email = name if name and fits(EMAIL, name) else None
        key = self.add(Found(id=identifier, name=name, email=email, place=place))
        why = "is not among the exported users" if self.whole else "was not exported"
        self.notes.fill(
            f"person `{key}`",
            f"somebody on call {why}, so that little more than a name is known",
            "Write their `slack:` and `email:`, or take them out if they have left.",
            place,
        )
        return key

    def known(self, identifier: str | None, email: str | None) -> Human | None:
        """Whoever has that id, or else that address."""
        by_email = self._by_email.get((email or identifier or "").lower(), "")
        return self.humans.get(identifier or "") or self.humans.get(by_email)

    @staticmethod
    def _wishes(name: str, found: Found) -> Iterable[str]:
        yield next(iter(name.replace("@", " ").replace(".", " ").split()), "")
        yield name
        yield (found.email or "").partition("@")[0]

    def _slack_of(self, found: Found, human: Human) -> str | None:
        """Their Slack user id; nobody shares one, and nobody has one of an account that is deactivated."""
        address, theirs = (human.email or "").lower(), found.slack
        gone = theirs in self.slack.left
        wish = theirs if theirs and not gone else self.slack.ids.get(address)
        if wish is None or not fits(SLACK, wish):
            human.absence = Absence.LEFT if gone else self.slack.absence(address)
            return None
        human.unlisted = self.slack.listed and wish not in self.slack.members
        if wish in self._slack_taken:
            self.notes.fill(
                f"person `{human.key}`",
                f"the Slack user id {wish} belongs to somebody else in the export already",
                "Give each person their own `slack:`.",
                found.place,
            )
            return None
        self._slack_taken.add(wish)
        return wish

    def _methods(self, human: Human, ways: tuple[tuple[str, float], ...] | None) -> tuple[Method, ...] | None:
        """Ways that there are; Slack stands in for the others. A way counts once at each delay."""
        if not ways:
            return None
        found: dict[tuple[str, timedelta], set[str]] = {}
        for way, minutes in sorted(ways, key=lambda one: one[1]):
            delay = timedelta(minutes=min(max(minutes, 0), 60))
            kind = "email" if way == "email" else "slack"
            found.setdefault((kind, delay), set()).update(() if way in {"email", "slack"} else (way,))
            if minutes > 60:
                what = "waits longer than an hour before a way of reaching them; it is an hour now"
                self.notes.changed(f"person `{human.key}`", what, place=human.place)
        return tuple(
            Method(
                kind="email" if kind == "email" else "slack",
                delay=delay,
                instead_of=", ".join(sorted(instead)),
            )
            for (kind, delay), instead in list(found.items())[:MOST_METHODS]
        )

    def _tell(self, found: Found, human: Human) -> None:
        subject = f"person `{human.key}`"
        missing = sorted({one.instead_of for one in human.methods or () if one.instead_of})
        if missing:
            words = sorted({word for one in missing for word in one.split(", ")})
            self.notes.changed(
                subject,
                f"{STANDS_IN} stands in for {', '.join(words)}, after the same delay",
                "Tocsin pages by Slack and e-mail: let Slack's app on the phone make a sound at night.",
                found.place,
            )
        if found.zone and human.zone is None:
            what, remedy = "is in a time zone that does not exist; it is UTC now", "Write their `zone:`."
            self.notes.changed(subject, what, remedy, found.place)
        if found.email and human.email is None:
            what = "has an e-mail address that is none"
            self.notes.fill(subject, what, "Write their `email:`.", found.place)
