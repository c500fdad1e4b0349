"""Values of `tocsin.yaml` that say where a document has something, and by which words it says what."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from bot.config.problem import printable
from bot.config.section import Section
from bot.config.values import Shape, text, wrong
from bot.domain.alert import AlertState, Severity
from bot.domain.field_mapping import Expression, Place, Severities, States, expression, place

MOST_WORDS = 50
EXAMPLE = '`incident.title`, or words with paths in braces: `"{check} on {host}"`'


def _expression(value: object) -> Expression:
    written = text(value, EXAMPLE)
    try:
        return expression(written)
    except ValueError as error:
        wrong(f"`{printable(written)}` can't be read: {printable(str(error), 200)}", f"Write {EXAMPLE}.")


def _expressions(value: object) -> tuple[Expression, ...]:
    given = value if isinstance(value, list) else [value]
    if not 1 <= len(given) <= 10:
        wrong("must be one to ten paths", f"Write {EXAMPLE}.")
    return tuple(_expression(each) for each in given)


def _place(value: object) -> Place:
    written = text(value, "`events`")
    try:
        return place(written)
    except ValueError as error:
        wrong(f"`{printable(written)}` can't be read: {printable(str(error), 200)}", "Write `events`.")


def _word(value: object) -> str:
    """A word as documents say it; numbers and truth values are words here too."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float) or not str(value).strip() or len(str(value)) > 200:
        wrong("must be a word or a number", "Write what the document says there: `[open, 1]`.")
    return str(value).strip().casefold()


def _label(value: object) -> str:
    name = text(value, "`host`").strip()
    if not name or len(name) > 80 or not name.isprintable():
        wrong("must be a name of 1 to 80 characters", "Write it as `host`.")
    return name


def _from(value: object) -> object:
    """`state: status` means the same as `state: {from: status}`."""
    return {"from": value} if isinstance(value, str) else value


def _once(tables: Mapping[str, list[str]]) -> None:
    """Refuse a word that would mean two things."""
    seen: dict[str, str] = {}
    for meaning, words in tables.items():
        for word in words:
            if seen.setdefault(word, meaning) != meaning:
                wrong(
                    f"`{printable(word)}` stands for `{seen[word]}` and for `{meaning}`",
                    "Remove one of them; capitals make no difference.",
                )


_PATH = "a path such as `event.title`, or words with paths in braces"
Read = Annotated[Expression, PlainValidator(_expression), Shape(_PATH)]
Reads = Annotated[tuple[Expression, ...], PlainValidator(_expressions), Shape(f"{_PATH}, or a list of these")]
At = Annotated[Place, PlainValidator(_place), Shape("a path such as `events`")]
Words = Annotated[
    list[Annotated[str, PlainValidator(_word), Shape("words or numbers")]], Field(max_length=MOST_WORDS)
]
LabelName = Annotated[str, PlainValidator(_label), Shape("names")]


class StateSection(Section):
    """What says whether it fires. What is none of these words is read as usual, and fires otherwise."""

    from_: Read = Field(alias="from", description="Where it stands.")
    firing: Words = Field(default_factory=list, description="Words for: it fires.")
    cleared: Words = Field(default_factory=list, description="Words for: it is over.")
    ignore: Words = Field(default_factory=list, description="Words for what is no alert at all.")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        _once({"firing": self.firing, "cleared": self.cleared, "ignore": self.ignore})
        return self


class SeveritySection(Section):
    """What says how bad it is. What is none of these words is read as usual."""

    from_: Read = Field(alias="from", description="Where it stands.")
    sev1: Words = Field(default_factory=list, description="Words for sev1.")
    sev2: Words = Field(default_factory=list, description="Words for sev2.")
    sev3: Words = Field(default_factory=list, description="Words for sev3.")
    sev4: Words = Field(default_factory=list, description="Words for sev4.")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        _once({severity.value: self.words(severity) for severity in Severity})
        return self

    def words(self, severity: Severity) -> list[str]:
        """The words for one severity."""
        return {"sev1": self.sev1, "sev2": self.sev2, "sev3": self.sev3, "sev4": self.sev4}[severity.value]


State = Annotated[StateSection, BeforeValidator(_from)]
SeverityWords = Annotated[SeveritySection, BeforeValidator(_from)]


def states(section: StateSection) -> States:
    """The domain's words for states."""
    return States(
        read=section.from_,
        words=dict.fromkeys(section.firing, AlertState.FIRING)
        | dict.fromkeys(section.cleared, AlertState.CLEARED),
        ignored=frozenset(section.ignore),
    )


def severities(section: SeveritySection) -> Severities:
    """The domain's words for severities."""
    words = {word: severity for severity in Severity for word in section.words(severity)}
    return Severities(read=section.from_, words=words)
