"""What a shell needs so that the other commands speak of this very demonstration."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.config.environment import variable
from bot.settings import Settings

_FORGET = "unset $(env | sed -n 's/^\\(TOCSIN_[A-Za-z0-9_]*\\)=.*/\\1/p')"
"""Whatever is in earnest: nothing of it may reach the demonstration, nor the other way round."""


def write_shell(file: Path, settings: Settings, url: str, port: int) -> Path:
    """A file to be read by a shell: the settings as they are, and where the bot listens in truth."""
    told = dict(_told((), settings.model_dump(exclude_unset=True)))
    told |= {
        variable(("http", "port")): str(port),
        variable(("public_url",)): url,
        variable(("config",)): str(settings.config.absolute()),
        variable(("database_url",)): settings.database,
    }
    lines = [_FORGET, *(f"export {name}={shlex.quote(value)}" for name, value in told.items())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _told(place: tuple[str, ...], value: object) -> Iterator[tuple[str, str]]:
    """The variables of what was set, one by one."""
    match value:
        case None:
            return
        case Mapping():
            for name, inner in value.items():
                yield from _told((*place, str(name)), inner)
        case SecretStr():
            yield variable(place), value.get_secret_value()
        case _:
            yield variable(place), str(value)
