"""The starting file that `tocsin init` writes."""

from importlib.resources import files
from pathlib import Path

from bot.errors import ConfigurationError


def write_starter(path: Path) -> None:
    """Write the commented starting file; raises ConfigurationError rather than overwrite anything."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(starter())
    except FileExistsError as error:
        raise ConfigurationError(f"{path} is there already and stays as it is. Name another file.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path} can't be written ({reason}). Name another file.") from error


def starter() -> str:
    """The text of the starting file."""
    return files("bot.config").joinpath("starter.yaml").read_text(encoding="utf-8")
