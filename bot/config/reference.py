"""Write docs/configuration.md from the models: `python -m bot.config.reference`."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.config.environment import variable
from bot.config.models import FileSection
from bot.config.starter import starter
from bot.config.values import Shape, spoken
from bot.settings import Settings

PAGE = Path("docs/configuration.md")

INTRODUCTION = """\
# Configuration

<!-- Written by `python -m bot.config.reference` from the models in bot/config and bot/settings. -->

Tocsin is told two things: **`tocsin.yaml`** says who is paged for what, and the **environment** has secrets
and addresses. `tocsin init` writes a file to begin with, `tocsin check` tells every mistake at once with its
line and its remedy (exit code 2; `--json` for machines), and `tocsin run` refuses to start on the same
mistakes.

A running bot takes over changes of the file by itself. A file with mistakes changes nothing: what was in
force stays in force, and the bot says so. The last good content is kept in the data folder, so that a restart
beside a broken file goes on paging with it, loudly. Incidents that are open keep the ladder they began with.

## The file

YAML 1.2, UTF-8, at most 256 KiB. A key that is not known, a key that stands twice, anchors, aliases and tags
are mistakes. Names that begin with `#` need quotes: `"#alerts"`. Durations are written `45s`, `5m`, `1h30m`,
`7d`.

```yaml
"""

EXAMPLES = {
    "routes": """\
routes:
  - match: ['team =~ "pay.*"', 'severity = sev1']   # all of them must hold
    service: main
  - match: ['environment != production']
    service: main
    severity: sev4
  - match: ['source = alertmanager']
    group_by: [alertname, cluster]      # alerts that agree in these labels share an incident
    group_wait: 30s
    limit: 30 in 2m                     # more than that is a storm, and one incident
    continue: true                      # which service it is, the next routes say
  - match: ['cluster =~ "eu-.*"']
    service: main
""",
    "inhibit": """\
inhibit:
  - source: ['alertname = "ClusterDown"']
    target: ['severity =~ "sev3|sev4"']
    equal: [cluster]
""",
    "maintenance": """\
maintenance:
  - {name: weekly-db, services: [main], weekly: "sun 02:00-04:00", zone: Europe/London}
  - {name: batch, match: ['job = "report"'], daily: "23:30-00:30", zone: Europe/London}
  - {name: patches, services: [main], monthly: "first sunday 02:00-04:00", zone: Europe/London}
""",
    "heartbeats": """\
heartbeats:
  - {name: nightly-backup, match: ['title =~ "Backup .*"'], every: 24h, grace: 30m, severity: sev2}
  - {name: cron, every: 1h}                                 # by pings of /heartbeats/cron alone
  - {name: reports, every: 7d, channel: "#reports", says: '(?i)report .* (sent|done)'}
""",
    "observables": """\
observables:
  own: [10.0.0.0/8, 2001:db8::/32, example.com]
""",
    "authority": """\
authority:
  acknowledge: responders
  responders: [U0CLEO0001]
  admins: [ann]
  declares: 10 in 5m
""",
}
"""Parts that the starting file does not show; each is valid together with it."""

MATCHERS = """\
A condition compares one label: `=`, `!=`, `=~` and `!~`. Patterns are RE2 and match the whole value. A label
that is missing counts as empty. Besides the alert's own labels there are `source`, `title`, `channel` and
`severity`: that which Tocsin reads (`sev1` to `sev4`), or the source's own word for it (`critical`). For
silences, maintenance and inhibition `service` and `severity` are as the routes gave them. What stands behind
`labels.` is the alert's own label whatever else is called so: `labels.severity`.

"""

ENVIRONMENT = """\
## The environment

Variables, a file `.env` in the working folder, or files in `/run/secrets` that are named like the variables;
the first one that says something wins. Slack, Jira and SMTP may each be missing as a whole, but without Slack
and SMTP nobody could be paged, and the bot does not start. A variable that begins with `TOCSIN_` and is not
known is a mistake.

"""


def reference() -> str:
    """The whole page."""
    sections = "".join(_section(name, field) for name, field in FileSection.model_fields.items())
    return f"{INTRODUCTION}{starter()}```\n\n{_keys(FileSection)}\n{sections}{ENVIRONMENT}{_variables()}"


def _section(name: str, field: FieldInfo) -> str:
    model = _model(field.annotation)
    if model is None:
        return ""
    text = f"### `{name}`\n\n{_about(model)}\n\n{_keys(model)}\n"
    text += "".join(f"#### {place}\n\n{_about(one)}\n\n{_keys(one)}\n" for place, one in _inside(model, name))
    text += MATCHERS if name == "routes" else ""
    return text + (f"```yaml\n{EXAMPLES[name]}```\n\n" if name in EXAMPLES else "")


def _inside(model: type[BaseModel], name: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for key, field in model.model_fields.items():
        if inner := _model(field.annotation):
            yield f"`{name}` … `{key}`", inner
            yield from _inside(inner, f"{name}` … `{key}")


def _about(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip()


def _keys(model: type[BaseModel]) -> str:
    rows = [_row(field.alias or name, field) for name, field in model.model_fields.items()]
    return "| key | value | without it | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _row(name: str, field: FieldInfo, required: str = "**required**") -> str:
    default = required if field.is_required() else _default(field)
    cells = (f"`{name}`", _kind(field), default, field.description or "")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(field: FieldInfo) -> str:
    default = field.default
    if isinstance(default, SecretStr):
        return ""
    if default in (None, "") or field.default_factory or isinstance(default, BaseModel):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else _written(default)}`"


def _written(value: object) -> object:
    return spoken(value) if isinstance(value, timedelta) else value


def _kind(field: FieldInfo) -> str:
    words = _words(field.annotation, field.metadata)
    bounds = (("ge", "at least"), ("le", "at most"), ("max_length", "at most"))
    found = [(word, getattr(one, name, None)) for one in field.metadata for name, word in bounds]
    limits = ", ".join(f"{word} {_written(limit)}" for word, limit in found if limit is not None)
    return f"{words} ({limits})" if limits else words


def _words(annotation: object, metadata: list[object] | None = None) -> str:
    for one in metadata or ():
        if isinstance(one, Shape):
            return one.words
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0], list(arguments[1:]))
    if origin in {Union, UnionType}:
        return " or ".join(_words(one) for one in arguments if one is not NoneType)
    if origin is list:
        return f"list of: {_words(arguments[0])}"
    if origin is dict:
        return f"{_words(arguments[0])}, each with: {_words(arguments[1])}"
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    return _plain(annotation)


def _plain(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "see below"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{one}`" for one in annotation)
    names = {"str": "text", "int": "a whole number", "bool": "`true` or `false`", "object": "anything"}
    name = getattr(annotation, "__name__", str(annotation))
    names |= {"SecretStr": "text, a secret", "Path": "a path", "timedelta": "a duration"}
    return names.get(name, name)


def _model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model(one))), None)


def _variables() -> str:
    rows = [_row(name, field, required) for name, field, required in _flat(Settings, ())]
    return "| variable | value | without it | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _flat(
    model: type[BaseModel], place: tuple[str, ...], part: str = ""
) -> Iterator[tuple[str, FieldInfo, str]]:
    for key, field in model.model_fields.items():
        if inner := _model(field.annotation):
            yield from _flat(inner, (*place, key), (field.description or key).rstrip("."))
        else:
            yield variable((*place, key)), field, f"**required** for {part}"


def main(page: Path = PAGE) -> None:
    """Write the page."""
    page.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{page} written\n")


if __name__ == "__main__":
    main()
