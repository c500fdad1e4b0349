"""What `tocsin.yaml` may say about lessons: how one bot's messages in one channel are read."""

from typing import Annotated

from pydantic import Field, PlainValidator

from bot.config.section import Section
from bot.config.values import CHANNEL_ID, Shape, text, wrong
from bot.domain.lesson import LONGEST_PHRASE, MOST_PHRASES, Lesson

LONGEST_PLACE = 150


def _channel_id(value: object) -> str:
    """An id: a name could mean another channel tomorrow, and what was taught is taught of one."""
    found = text(value, "the id of the channel, `C…`")
    if not CHANNEL_ID.fullmatch(found):
        wrong("it is no id of a channel", "Write the id, `C…`: Slack shows it in the channel's details.")
    return found


def _place(value: object) -> str:
    found = text(value, "a place of the message, such as `attachments[0].title`").strip()
    if not found or len(found) > LONGEST_PLACE or not found.isprintable():
        wrong("it is no place of a message", "`tocsin teach FILE` shows the places of a message.")
    return found


def _phrase(value: object) -> str:
    found = text(value, "a word or an emoji").strip()
    if not found or len(found) > LONGEST_PHRASE or not found.isprintable():
        wrong("it is no phrase", f"Write words or an emoji, at most {LONGEST_PHRASE} characters.")
    return found


ChannelId = Annotated[str, PlainValidator(_channel_id), Shape("a channel's id, `C…`")]
Place = Annotated[str, PlainValidator(_place), Shape("a place of a message, as `tocsin teach` shows it")]
Phrase = Annotated[str, PlainValidator(_phrase), Shape("a word, several, or an emoji")]


class LessonSection(Section):
    """How one bot's messages in one channel are read. `tocsin teach --export` writes them."""

    channel: ChannelId = Field(description="The channel's id.")
    bot: Phrase = Field(description="The bot's id, its app's id or its name.")
    title: Place = Field(description="Where the title stands.")
    key: list[Place] = Field(
        default_factory=list, max_length=10, description="Where it stands what tells things apart."
    )
    state: Place | None = Field(default=None, description="Where it stands that it is over; else anywhere.")
    cleared: list[Phrase] = Field(
        default_factory=list,
        max_length=MOST_PHRASES,
        description="What is said there when it is over; without it Tocsin guesses.",
    )
    ignored: list[Phrase] = Field(
        default_factory=list, max_length=MOST_PHRASES, description="What messages say that are no alerts."
    )
    severity: Place | None = Field(
        default=None, description="`sev1` to `sev4`, or where it stands; without it Tocsin guesses."
    )
    version: int = Field(
        default=1,
        ge=1,
        le=1_000_000,
        description="A lesson of this name that was taught counts if it is newer.",
    )


def lesson(name: str, section: LessonSection) -> Lesson:
    """One lesson."""
    return Lesson(
        name=name,
        channel=section.channel,
        bot=section.bot,
        title=section.title,
        key=tuple(section.key),
        state=section.state or "",
        cleared=tuple(section.cleared),
        ignored=tuple(section.ignored),
        severity=section.severity or "",
        version=section.version,
    )
