"""The configuration in force: replaced when the file changes, never by a broken one."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.config.load import Loaded, load, parse, read
from bot.config.problem import InvalidConfiguration, Problem
from bot.domain.configuration import Configuration
from bot.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """Another configuration is in force since just now."""

    before: Configuration
    after: Configuration


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """The file can't be used, so what was in force stays in force."""

    problems: tuple[Problem, ...]


class ConfigurationInForce:
    """Holds the configuration that counts. Ask for `now` whenever it is needed, and never keep the answer.

    A broken file at the start raises InvalidConfiguration, unless the last good content of that file was
    kept in the data folder: then that one is in force, and `problems` says what is wrong with the file.
    `adapt` changes whatever is read before it counts.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        parsers: frozenset[str] = frozenset(),
        sources: frozenset[str] = frozenset(),
        *,
        adapt: Callable[[Configuration], Configuration] = lambda configuration: configuration,
    ) -> None:
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the file as it is; not empty means that older content is in force."""
        self.unkept: str | None = None
        """Why the last good content could not be kept, if it could not."""
        self._path, self._settings, self._adapt = path, settings, adapt
        self._readers = (parsers, sources)
        self._copy = settings.data_dir / copy_name(path)
        self._seen: bytes | None = None
        self._now = self._begin()

    @property
    def now(self) -> Configuration:
        """The configuration that counts."""
        return self._now

    def reload(self) -> Changed | Rejected | None:
        """Read the file again; None when there is nothing new to tell.

        Cheap as long as the file stays the same, so it may be called on SIGHUP and every few seconds alike.
        """
        try:
            content = read(self._path)
            if content == self._seen:
                return None
            self._seen = content
            loaded = parse(content, str(self._path), self._settings, *self._readers)
        except InvalidConfiguration as error:
            return self._reject(error)
        self.problems = ()
        if loaded.configuration.digest == self._now.digest:
            return None
        changed = Changed(before=self._now, after=self._adapt(loaded.configuration))
        self._now = changed.after
        self._keep(loaded)
        return changed

    def _reject(self, error: InvalidConfiguration) -> Rejected | None:
        told = error.problems == self.problems
        self.problems = error.problems
        return None if told else Rejected(problems=error.problems)

    def _begin(self) -> Configuration:
        try:
            loaded = load(self._path, self._settings, *self._readers)
        except InvalidConfiguration as error:
            self.problems = error.problems
            return self._last_good(error)
        self._seen = loaded.content
        self._keep(loaded)
        return self._adapt(loaded.configuration)

    def _last_good(self, error: InvalidConfiguration) -> Configuration:
        try:
            content = self._copy.read_bytes()
            return self._adapt(parse(content, str(self._copy), self._settings, *self._readers).configuration)
        except (OSError, InvalidConfiguration):
            raise error from None

    def _keep(self, loaded: Loaded) -> None:
        """Replace the copy whole; a folder that can't be written is told, and stops nothing."""
        self.unkept = None
        try:
            self._copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._copy.parent, prefix=".last-good-", delete=False) as stream:
                stream.write(loaded.content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(stream.name).replace(self._copy)
        except OSError as error:
            self.unkept = f"{self._copy}: {error.strerror or type(error).__name__}"


def copy_name(path: Path) -> str:
    """The name of the kept copy: another file, even of the same name, has another copy."""
    place = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:8]
    return f"last-good-{place}-{path.name}"
