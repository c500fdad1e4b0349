"""Read the settings from the environment, and say of each mistake which variable it is."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from bot.config.explain import fields
from bot.config.problem import InvalidConfiguration, Problem, guess, printable
from bot.failpoints import VARIABLE as FAILPOINTS
from bot.settings import PREFIX, Settings

PLACE = "environment"
SECRETS = Path("/run/secrets")

FROM_KUBERNETES = re.compile(r"TOCSIN_(PORT(_.*)?|SERVICE_(HOST|PORT)(_.*)?)")
"""What Kubernetes adds to every pod beside a service that is called `tocsin`."""


def read_settings(*, env_file: Path | None = Path(".env"), secrets_dir: Path | None = SECRETS) -> Settings:
    """The settings of this process. Raises InvalidConfiguration with every mistake, never with a value."""
    problems = [_unknown(name) for name in _strangers(os.environ)]
    try:
        settings = Settings(_env_file=env_file, _secrets_dir=secrets_dir)  # type: ignore[call-arg]  # hidden from mypy
    except ValidationError as error:
        problems += [_problem(found) for found in error.errors(include_url=False, include_input=False)]
    except (SettingsError, OSError, UnicodeError) as error:
        problems.append(_wrong("", f"the settings can't be read: {error}", "Correct it."))
    else:
        if not problems:
            return settings
    raise InvalidConfiguration(problems)


def check_paging(settings: Settings) -> Iterator[Problem]:
    """A bot that can reach nobody must not start."""
    if not settings.paging:
        yield _wrong(
            variable(("slack", "bot_token")),
            "nobody could be paged: neither Slack nor SMTP is configured",
            "Set the bot token that Slack shows under OAuth & Permissions, or `TOCSIN_SMTP__HOST`.",
        )


def trusted(settings: Settings | None) -> Settings | None:
    """What a file is held against: nothing where nobody could be paged, as in the CI of a repository.

    There the one fact says more than a problem for every person, and the file is sound or not by itself.
    """
    return settings if settings and settings.paging else None


def variable(place: Iterable[object]) -> str:
    """The name of the variable for a setting."""
    return PREFIX + "__".join(str(step) for step in place).upper()


def variables() -> list[str]:
    """The names of all settings at the top."""
    return [variable((name,)) for name in fields((), Settings)]


def _strangers(names: Iterable[str]) -> Iterator[str]:
    tops = set(variables())
    for name in sorted(names):
        if (
            name.startswith(PREFIX)
            and name != FAILPOINTS
            and name.split("__")[0] not in tops
            and not FROM_KUBERNETES.fullmatch(name)
        ):
            yield name


def _unknown(name: str) -> Problem:
    if (meant := _leaves().get(_flat(name))) is not None:
        return _wrong(
            name, "there is no such setting", f"Did you mean `{meant}`, with two underscores between parts?"
        )
    top, _, rest = name.partition("__")
    advice = guess(top, variables())
    if rest and advice.startswith("Did"):
        advice = advice.replace("`?", f"__{printable(rest)}`?")
    return _wrong(name, "there is no such setting", advice)


def _leaves() -> dict[str, str]:
    """The names of the settings inside of parts, by what they are when underscores are not counted."""
    places = [(top, name) for top in fields((), Settings) for name in fields((top,), Settings)]
    return {_flat(variable(place)): variable(place) for place in places}


def _flat(name: str) -> str:
    return re.sub("_+", "_", name.upper())


def _problem(error: ErrorDetails) -> Problem:
    place = variable(error["loc"])
    match error["type"]:
        case "missing":
            return _wrong(place, "is missing", "Set it, or unset what belongs to the same part.")
        case "extra_forbidden":
            return _unknown_below(error)
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return _wrong(place, message[0].lower() + message[1:], _remedy(error, message))


def _remedy(error: ErrorDetails, message: str) -> str:
    """The variable that a message about a whole part speaks of."""
    words = re.findall(r"\w+", message)
    place = tuple(error["loc"])
    named = [name for name in fields(place, Settings) if name in words and name != "mode"]
    if not named:
        return "See docs/configuration.md."
    return f"Set {' and '.join(f'`{variable((*place, name))}`' for name in named)}."


def _unknown_below(error: ErrorDetails) -> Problem:
    *parents, last = error["loc"]
    known = [variable((*parents, name)) for name in fields(tuple(parents), Settings)]
    return _wrong(
        variable((*parents, last)), "there is no such setting", guess(variable(error["loc"]), known)
    )


def _wrong(path: str, message: str, remedy: str) -> Problem:
    return Problem(file=PLACE, line=None, path=path, message=message, remedy=remedy)
