"""A message as exact parsers look at it: every text, field and link with the place where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.alert import Link
from handlers.alerts.blocks import Body
from handlers.alerts.found import NOTHING, Placed, Told
from handlers.alerts.reading import Attachment, SlackMessage

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Shown:
    """One text of a block and the links in it; a button is a link without a text."""

    told: Told
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment, whose words know their places."""

    of: Attachment
    place: str

    @property
    def title(self) -> Told:
        """Its title."""
        return Told(self.of.title, f"{self.place}.title")

    @property
    def title_link(self) -> Told:
        """Where its title leads."""
        return Told(self.of.title_link, f"{self.place}.title_link")

    @property
    def pretext(self) -> Told:
        """What stands above its title."""
        return Told(self.of.pretext, f"{self.place}.pretext")

    @property
    def text(self) -> Told:
        """What stands below its title."""
        return Told(self.of.text, f"{self.place}.text")

    @property
    def fallback(self) -> Told:
        """What is shown where attachments are not."""
        return Told(self.of.fallback, f"{self.place}.fallback")

    @property
    def footer(self) -> Told:
        """What stands at its end."""
        return Told(self.of.footer, f"{self.place}.footer")

    @property
    def colour(self) -> Told:
        """The colour of its bar, as six hex digits."""
        return Told(self.of.colour, f"{self.place}.color")

    @property
    def fields(self) -> list[tuple[str, Told]]:
        """Names and values of the fields, those of its blocks too."""
        numbered = enumerate(self.of.fields)
        own = [(entry.name, self._field(entry.name or str(at), entry.value)) for at, entry in numbered]
        return [*own, *_block_fields(self.of.blocks, f"{self.place}.blocks")]

    @property
    def header(self) -> Told:
        """The header of its blocks."""
        return Told(self.of.blocks.header, f"{self.place}.blocks header")

    @property
    def shown(self) -> list[Shown]:
        """The texts of its blocks."""
        return list(_shown(self.of.blocks, f"{self.place}.blocks"))

    def named(self, *names: str) -> Told:
        """The first field of such a name that has a value, without marks."""
        return named(self.fields, *names)

    def links(self, title: str = "") -> list[Placed]:
        """Its links; the title's with a label that says where it leads."""
        places: dict[str, str] = {}
        for url, place in self.of.linked:
            places.setdefault(url, f"{self.place}.{place}")
        own = [(link, places.get(link.url, self.place)) for link in self.of.links]
        if title:
            own = [(replace(x, label=title) if x.url == self.of.title_link else x, at) for x, at in own]
        return [*own, *((link, shown.told.place) for shown in self.shown for link in shown.links)]

    def _field(self, name: str, value: str) -> Told:
        return Told(value, f"{self.place}.fields[{name}]")


def parts(message: SlackMessage) -> list[Part]:
    """The attachments of a message."""
    return [Part(of, f"attachments[{number}]") for number, of in enumerate(message.attachments)]


def text(message: SlackMessage) -> Told:
    """What stands above the attachments."""
    return Told(message.text, "text")


def header(message: SlackMessage) -> Told:
    """The header of the message's blocks."""
    return Told(message.blocks.header, "blocks header")


def shown(message: SlackMessage) -> list[Shown]:
    """The texts of the message's blocks, and of those of its attachments."""
    inner = [each for part in parts(message) for each in part.shown]
    return [*_shown(message.blocks, "blocks"), *inner]


def fields(message: SlackMessage) -> list[tuple[str, Told]]:
    """Names and values of all fields."""
    return [
        *_block_fields(message.blocks, "blocks"),
        *(each for part in parts(message) for each in part.fields),
    ]


def links(message: SlackMessage, title: str = "") -> list[Placed]:
    """All links of a message."""
    own = [(link, "text") for link in message.links]
    blocks = [(link, each.told.place) for each in _shown(message.blocks, "blocks") for link in each.links]
    return [*own, *blocks, *(link for part in parts(message) for link in part.links(title))]


def named(told: Sequence[tuple[str, Told]], *names: str) -> Told:
    """The first of these that has such a name and a value, without marks."""
    wanted = {name.casefold() for name in names}
    return next((value.bare for name, value in told if name.casefold() in wanted and value), NOTHING)


def label_name(name: str) -> str:
    """A name as labels have them: `Finding Type` is `finding_type`."""
    return "_".join(name.casefold().split())[:LONGEST_NAME]


def spread(told: Sequence[tuple[str, Told]], *without: str) -> dict[str, Told]:
    """Fields as labels, but those that differ from one message to the next."""
    return {label_name(name): value.bare for name, value in told if name and label_name(name) not in without}


def _shown(body: Body, prefix: str) -> Iterator[Shown]:
    for each in body.shown:
        yield Shown(Told(each.text, prefix + each.place), each.links)


def _block_fields(body: Body, prefix: str) -> list[tuple[str, Told]]:
    return [(entry.name, Told(entry.value, f"{prefix} field {entry.name}")) for entry in body.fields]
