"""What `tocsin.yaml` may say about what posts alerts: sources that are known, and mappings of fields."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, model_validator

from bot.config.problem import guess, printable
from bot.config.references import ServiceName, known
from bot.config.section import Section
from bot.config.values import Shape, name_of, text, wrong
from bot.domain.alert import AlertState, Severity
from bot.domain.ids import ServiceId
from bot.domain.integration import (
    Expression,
    FieldMapping,
    Integration,
    Place,
    Severities,
    States,
    expression,
    place,
)

MOST_LABELS = 60
MOST_WORDS = 50
EXAMPLE = '`incident.title`, or words with paths in braces: `"{check} on {host}"`'


def _source(value: object, info: ValidationInfo) -> str:
    name, sources = text(value, "`grafana`"), known(info).sources
    if sources and name not in sources:
        wrong(f"there is no source `{printable(name)}`", guess(name, sources))
    return name_of(name)


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
Words = Annotated[
    list[Annotated[str, PlainValidator(_word), Shape("words or numbers")]], Field(max_length=MOST_WORDS)
]
LabelName = Annotated[str, PlainValidator(_label), Shape("names")]
SourceName = Annotated[str, PlainValidator(_source), Shape("the name of a source: docs/alerts.md")]
Text = Annotated[str, Field(min_length=1, max_length=200), Shape("text")]


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


class MappingSection(Section):
    """Where a document has what makes an alert: docs/alerts.md has the paths."""

    alerts: Annotated[Place, PlainValidator(_place), Shape("a path such as `events`")] | None = Field(
        default=None, description="The list of alerts; without it the document is one."
    )
    title: Reads = Field(description="Its title; of several the first that says something.")
    key: Reads = Field(
        description="What stays the same until it is over, and differs for another thing; of several all."
    )
    state: Annotated[StateSection, BeforeValidator(_from)] | None = Field(
        default=None,
        description="Whether it fires: a path, or `from:` and words; without it, it always does.",
    )
    severity: Annotated[SeveritySection, BeforeValidator(_from)] | None = Field(
        default=None, description="How bad it is: a path, or `from:` and words."
    )
    description: Reads | None = Field(default=None, description="More words; the first that says something.")
    labels: dict[LabelName, Read] = Field(
        default_factory=dict,
        max_length=MOST_LABELS,
        description="Labels by name; `*` takes everything of an object, or of names and values.",
    )
    links: dict[LabelName, Read] = Field(default_factory=dict, max_length=20, description="Links by name.")
    at: Read | None = Field(default=None, description="When: ISO 8601 with its zone, or since 1970.")


class IntegrationSection(Section):
    """Something that posts alerts to an address of its own."""

    source: SourceName | None = Field(default=None, description="The source whose documents it posts.")
    mapping: MappingSection | None = Field(default=None, description="Or where its documents have what.")
    service: ServiceName | None = Field(default=None, description="The service; wins over routes.")
    labels: dict[LabelName, Text] = Field(
        default_factory=dict, max_length=MOST_LABELS, description="Labels for each of its alerts."
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if (self.source is None) == (self.mapping is None):
            wrong("must have either `source` or `mapping`", "Name the source, or say where its fields are.")
        return self


def integration(name: str, section: IntegrationSection) -> Integration:
    """One integration."""
    return Integration(
        name=name,
        source=section.source or "",
        mapping=_mapping(section.mapping) if section.mapping else None,
        service=ServiceId(section.service) if section.service else None,
        labels=section.labels,
    )


def _mapping(section: MappingSection) -> FieldMapping:
    return FieldMapping(
        alerts=section.alerts,
        title=section.title,
        key=section.key,
        state=_states(section.state) if section.state else States(),
        severity=_severities(section.severity) if section.severity else Severities(),
        description=section.description or (),
        labels=section.labels,
        links=section.links,
        at=section.at or Expression(),
    )


def _states(section: StateSection) -> States:
    return States(
        read=section.from_,
        words=dict.fromkeys(section.firing, AlertState.FIRING)
        | dict.fromkeys(section.cleared, AlertState.CLEARED),
        ignored=frozenset(section.ignore),
    )


def _severities(section: SeveritySection) -> Severities:
    words = {word: severity for severity in Severity for word in section.words(severity)}
    return Severities(read=section.from_, words=words)
