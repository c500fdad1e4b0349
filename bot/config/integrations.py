"""What `tocsin.yaml` may say about what posts alerts: sources that are known, mappings, rules on letters."""

from typing import Annotated, Self

from pydantic import Field, PlainValidator, ValidationInfo, model_validator

from bot.config.letter_rules import MailSection, letter_rules
from bot.config.paths import At, LabelName, Read, Reads, SeverityWords, State, severities, states
from bot.config.problem import guess, printable
from bot.config.references import ServiceName, known
from bot.config.section import Section
from bot.config.values import Shape, name_of, text, wrong
from bot.domain.field_mapping import Expression, FieldMapping, Severities, States
from bot.domain.ids import ServiceId
from bot.domain.integration import Integration

MOST_LABELS = 60


def _source(value: object, info: ValidationInfo) -> str:
    name, sources = text(value, "`grafana`"), known(info).sources
    if sources and name not in sources:
        wrong(f"there is no source `{printable(name)}`", guess(name, sources))
    return name_of(name)


SourceName = Annotated[str, PlainValidator(_source), Shape("the name of a source: docs/alerts.md")]
Text = Annotated[str, Field(min_length=1, max_length=200), Shape("text")]


class MappingSection(Section):
    """Where a document has what makes an alert: docs/alerts.md has the paths."""

    alerts: At | None = Field(default=None, description="The list of alerts; without it the document is one.")
    title: Reads = Field(description="Its title; of several the first that says something.")
    key: Reads = Field(
        description="What stays the same until it is over, and differs for another thing; of several all."
    )
    state: State | None = Field(
        default=None,
        description="Whether it fires: a path, or `from:` and words; without it, it always does.",
    )
    severity: SeverityWords | None = Field(
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
    mail: MailSection | None = Field(default=None, description="Or rules on the letters that it sends.")
    service: ServiceName | None = Field(default=None, description="The service; wins over routes.")
    labels: dict[LabelName, Text] = Field(
        default_factory=dict, max_length=MOST_LABELS, description="Labels for each of its alerts."
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if [self.source, self.mapping, self.mail].count(None) != 2:
            wrong(
                "must have one of `source`, `mapping` and `mail`",
                "Name the source, or say where its fields are, or which letters mean what.",
            )
        return self


def integration(name: str, section: IntegrationSection) -> Integration:
    """One integration."""
    return Integration(
        name=name,
        source=section.source or "",
        mapping=_mapping(section.mapping) if section.mapping else None,
        letters=letter_rules(section.mail) if section.mail else None,
        service=ServiceId(section.service) if section.service else None,
        labels=section.labels,
    )


def _mapping(section: MappingSection) -> FieldMapping:
    return FieldMapping(
        alerts=section.alerts,
        title=section.title,
        key=section.key,
        state=states(section.state) if section.state else States(),
        severity=severities(section.severity) if section.severity else Severities(),
        description=section.description or (),
        labels=section.labels,
        links=section.links,
        at=section.at or Expression(),
    )
