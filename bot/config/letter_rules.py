"""What `tocsin.yaml` may say about letters: which one fires, which is over, and where it says what."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from bot.config.paths import LabelName, Read, Reads, SeveritySection, severities
from bot.config.problem import guess, printable
from bot.config.section import Section
from bot.config.values import SeverityName, Shape, text, wrong
from bot.domain.alert import AlertState, Severity
from bot.domain.field_mapping import (
    Expression,
    FieldMapping,
    Place,
    Severities,
    Start,
    expression,
)
from bot.domain.letter_rules import (
    AT,
    DESCRIPTION,
    KEY,
    LETTER,
    SEVERITY,
    SPOKEN,
    TITLE,
    LetterRule,
    LetterRules,
    Unmatched,
)
from bot.matchers import NoMatcher, Sought, sought

MOST_RULES = 100
STATES = {"firing": AlertState.FIRING, "cleared": AlertState.CLEARED, "ignore": None}


def _pattern(value: object) -> Sought:
    written = text(value, "`'^Backup of (?P<host>\\S+) failed'`")
    try:
        return sought(written)
    except NoMatcher as error:
        wrong(str(error), error.remedy)


def _severity(value: object) -> object:
    """`severity: sev2` is the same for all letters; `severity: level` is where it stands."""
    if isinstance(value, str) and value in set(Severity):
        value = {"always": value}
    if isinstance(value, dict) and "always" in value:
        return {"from": "subject"} | value
    return {"from": value} if isinstance(value, str) else value


Found = Annotated[
    Sought, PlainValidator(_pattern), Shape("a pattern (RE2), found anywhere: `'(?i)^backup .* failed'`")
]
Is = Annotated[Literal["firing", "cleared", "ignore"], Shape("`firing`, `cleared` or `ignore`")]
Otherwise = Annotated[Literal["alert", "unread", "ignore"], Shape("`alert`, `unread` or `ignore`")]


class LetterSeveritySection(SeveritySection):
    """What says how bad it is. What is none of these words is read as usual."""

    always: SeverityName | None = Field(
        default=None, description="It is always this; so is `severity: sev2`."
    )


class LetterRuleSection(Section):
    """What letters mean in which all of these patterns are found. Paths are groups, or parts of a letter."""

    subject: Found | None = Field(default=None, description="Found in the subject.")
    body: Found | None = Field(default=None, description="Found in the text.")
    from_: Found | None = Field(default=None, alias="from", description="Found in the sender.")
    state: Is = Field(description="Whether such a letter fires, says that it is over, or is no alert.")
    title: Reads | None = Field(
        default=None, description="The title; without it the group `title`, else the subject."
    )
    key: Reads | None = Field(
        default=None, description="What stays the same until it is over; without it the group `key`."
    )
    severity: Annotated[LetterSeveritySection, BeforeValidator(_severity)] | None = Field(
        default=None, description="`sev1` to `sev4`, a path, or `from:` and words."
    )
    description: Reads | None = Field(default=None, description="More words; without it the text.")
    labels: dict[LabelName, Read] = Field(
        default_factory=dict, max_length=60, description="Labels by name, besides those of the groups."
    )
    links: dict[LabelName, Read] = Field(default_factory=dict, max_length=20, description="Links by name.")

    @property
    def sought(self) -> dict[str, Sought]:
        """The patterns, by the part of a letter in which they are to be found."""
        parts = {"subject": self.subject, "text": self.body, "from": self.from_}
        return {part: pattern for part, pattern in parts.items() if pattern is not None}

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Named groups, each with the part in which it stands."""
        return [(name, part) for part, pattern in self.sought.items() for name in pattern.groups]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.sought:
            wrong(
                "needs a pattern", "Write `subject:`, `body:` or `from:`; `subject: ''` is in every letter."
            )
        names = [name for name, _ in self.groups]
        for name in names:
            if name in LETTER:
                wrong(f"a group can't be called `{name}`: letters have that", "Give it another name.")
            if names.count(name) > 1:
                wrong(f"two groups are called `{name}`", "Give one of them another name.")
        _known(self._paths(), {*names, *LETTER})
        return self

    def _paths(self) -> Iterator[Expression]:
        yield from (*(self.title or ()), *(self.key or ()), *(self.description or ()))
        yield from (*self.labels.values(), *self.links.values())
        if self.severity is not None:
            yield self.severity.from_


class MailSection(Section):
    """Rules on letters, in order: the first whose patterns are found in a letter says what it means."""

    rules: list[LetterRuleSection] = Field(
        min_length=1, max_length=MOST_RULES, description="The rules, in order."
    )
    key: Reads | None = Field(default=None, description="The key for rules that have none of their own.")
    unmatched: Otherwise = Field(
        default="alert",
        description="What becomes of other letters: an alert, as words are usually read; kept and told as "
        "what could not be read; or nothing.",
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        clears = any(rule.state == "cleared" for rule in self.rules)
        for number, rule in enumerate(self.rules, 1):
            if rule.state == "ignore":
                continue
            if self.key and not rule.key:
                _known(self.key, {*(name for name, _ in rule.groups), *LETTER}, f"rule {number}: ")
            if clears and not (rule.key or self.key or KEY in dict(rule.groups)):
                wrong(
                    f"rule {number} has no `key`, so that nothing would tell which letter ends which",
                    "Add `key:` to it or beside `rules:`, or call a group `key`.",
                )
        return self


def _known(paths: Iterable[Expression], names: set[str], where: str = "") -> None:
    """Refuse a path that would never lead anywhere."""
    for place in (place for each in paths for place in _places(each)):
        first = place.steps[0] if place.steps else ""
        if place.start not in (Start.HEADER, Start.QUERY) and first not in names:
            shown = printable(str(first), 60)
            wrong(f"{where}neither a group nor a part of a letter is called `{shown}`", guess(shown, names))


def _places(read: Expression) -> Iterator[Place]:
    return (place for part in read.parts if not isinstance(part, str) for place in part)


def letter_rules(section: MailSection) -> LetterRules:
    """The domain's rules."""
    return LetterRules(
        rules=tuple(_rule(rule, section.key or ()) for rule in section.rules),
        unmatched=Unmatched(section.unmatched),
    )


def _rule(section: LetterRuleSection, key: tuple[Expression, ...]) -> LetterRule:
    groups = dict(section.groups)
    always = section.severity.always if section.severity else None
    return LetterRule(
        patterns={part: each.pattern for part, each in section.sought.items()},
        groups=groups,
        state=STATES[section.state],
        mapping=_mapping(section, groups, key),
        severity=Severity(always) if always else None,
    )


def _mapping(
    section: LetterRuleSection, groups: Mapping[str, str], key: tuple[Expression, ...]
) -> FieldMapping:
    """Where its parts stand: as the rule says, else in the group of that name, else in the letter."""

    def spoken(name: str) -> tuple[Expression, ...]:
        return (expression(name),) if name in groups else ()

    labels = {name: expression(name) for name in groups if name not in SPOKEN}
    severity = Severities(read=next(iter(spoken(SEVERITY)), Expression()))
    if section.severity is not None:
        severity = severities(section.severity)
    return FieldMapping(
        title=(*(section.title or spoken(TITLE)), expression("subject")),
        key=section.key or spoken(KEY) or key,
        severity=severity,
        description=section.description or (*spoken(DESCRIPTION), expression("text")),
        labels=labels | section.labels,
        links=section.links,
        at=expression(f"{AT} | date" if AT in groups else "date"),
    )
