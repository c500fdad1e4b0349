"""What every command shares: its options, where it prints, and how it ends when something is wrong."""

from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from bot.config.check import show
from bot.config.environment import read_settings
from bot.config.problem import InvalidConfiguration
from bot.errors import AlreadyRunning, ConfigurationError, DatabaseDamaged, SchemaMismatch, StoreUnavailable
from bot.settings import Settings

out = Console()
err = Console(stderr=True)


class Exit(IntEnum):
    """How a command ends."""

    FAILED = 1
    CONFIGURATION = 2
    DAMAGED = 65
    ALREADY_RUNNING = 75


Config = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="TOCSIN_CONFIG", help="The configuration file.", show_default="tocsin.yaml"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def settings_with(config: Path | None) -> Settings:
    """The settings of the environment, with the file that the command names."""
    settings = read_settings()
    return settings.model_copy(update={"config": config}) if config else settings


class errors:  # noqa: N801 - reads as a word: `with errors():`
    """Turn what a person can do something about into a text and an exit code."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """End the command in the way that fits."""
        match error:
            case InvalidConfiguration():
                show(error.problems, err)
                raise typer.Exit(Exit.CONFIGURATION) from error
            case ConfigurationError():
                fail(str(error), Exit.CONFIGURATION)
            case DatabaseDamaged():
                fail(str(error), Exit.DAMAGED)
            case AlreadyRunning():
                fail(str(error), Exit.ALREADY_RUNNING)
            case SchemaMismatch() | StoreUnavailable():
                fail(str(error), Exit.FAILED)
            case OSError():
                fail(_of_the_system(error), Exit.FAILED)
            case _:
                return


def fail(text: str, code: Exit) -> NoReturn:
    """Say it in red and end."""
    err.print(Text(text, style="red"), highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _of_the_system(error: OSError) -> str:
    """What the operating system refused: a folder that can't be written, a port that is taken."""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return f"{str(error.strerror or error).rstrip('.').capitalize()}."
