"""Load `tocsin.yaml`: all of it, or all of its mistakes at once."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.config.build import WAYS, build
from bot.config.clocks import flaws_of_clocks
from bot.config.explain import explain
from bot.config.models import FileSection
from bot.config.nesting import flaws_of_nesting
from bot.config.problem import InvalidConfiguration, Problem, printable
from bot.config.reach import flaws_of_quorums
from bot.config.references import Known
from bot.config.source import LARGEST, Data, Flaw, Source, read_source
from bot.config.source import Path as Place
from bot.config.values import SLACK_USER
from bot.domain.configuration import Configuration
from bot.domain.webhook import in_variable
from bot.settings import Settings

LONGEST_MESSAGE = 300
SECTIONS = ("people", "calendars", "schedules", "ladders", "services", "webhooks", "integrations")


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A valid file: what it says, what that means, and the bytes that said so."""

    file: FileSection
    configuration: Configuration
    content: bytes


def load(
    path: Path,
    settings: Settings | None = None,
    parsers: frozenset[str] = frozenset(),
    sources: frozenset[str] = frozenset(),
) -> Loaded:
    """Read the file. Raises InvalidConfiguration with every mistake.

    With `settings`, whatever needs Slack, SMTP or Jira is checked against them; with `parsers`
    and `sources`, their names too.
    """
    return parse(read(path), str(path), settings, parsers, sources)


def read(path: Path) -> bytes:
    """The file's bytes, or the beginning of far too many; raises InvalidConfiguration."""
    try:
        with path.open("rb") as stream:
            return stream.read(2 * LARGEST)
    except OSError as error:
        remedy = "Make one with `tocsin init`, or name another by `--config` or `TOCSIN_CONFIG`."
        message = f"the file can't be read ({error.strerror or type(error).__name__})"
        raise InvalidConfiguration([_problem(str(path), None, (), message, remedy)]) from error


def parse(
    content: bytes,
    name: str,
    settings: Settings | None = None,
    parsers: frozenset[str] = frozenset(),
    sources: frozenset[str] = frozenset(),
) -> Loaded:
    """Like `load`, for bytes that were read already; `name` is shown in problems."""
    source = read_source(content)
    flaws = [*source.flaws, *_doubled(source), *flaws_of_nesting(source), *_unsigned(source, settings)]
    file = _validate(source, _known(source.data, settings, parsers, sources), flaws)
    if file is not None and not flaws:
        flaws += [*flaws_of_quorums(file, source), *flaws_of_clocks(file, source)]
    if flaws or file is None:
        flaws.sort(key=lambda flaw: flaw.line or 0)
        raise InvalidConfiguration([_problem(name, f.line, f.path, f.message, f.remedy) for f in flaws])
    digest = hashlib.sha256(content).hexdigest()[:12]
    paging = settings.paging if settings else WAYS
    return Loaded(file=file, configuration=build(file, paging=paging, digest=digest), content=content)


def _validate(source: Source, context: Known, flaws: list[Flaw]) -> FileSection | None:
    """Add what the models find to the flaws. A place that is flawed already is not reported twice."""
    if source.data is None:
        if not flaws:
            remedy = "Begin with what `tocsin init` writes."
            flaws.append(Flaw(line=1, path=(), message="the file says nothing", remedy=remedy))
        return None
    try:
        return FileSection.model_validate(source.data, context=context)
    except ValidationError as error:
        told = {flaw.path for flaw in flaws}
        for found in error.errors(include_url=False, include_input=False):
            flaw = explain(found, source)
            if flaw.path not in told:
                flaws.append(flaw)
        return None


def _known(data: Data, settings: Settings | None, parsers: frozenset[str], sources: frozenset[str]) -> Known:
    """What can be referred to, as far as it can be seen before anything was validated."""
    top = _mapping(data)
    return Known(
        names={section: frozenset(_mapping(top.get(section))) for section in SECTIONS},
        contacts=dict(_slack_users(top)),
        paging=settings.paging if settings else None,
        jira=settings.jira is not None if settings else None,
        parsers=parsers,
        sources=sources,
        short_waits=top.get("allow_short_waits") is True,
    )


def _doubled(source: Source) -> Iterator[Flaw]:
    """Two people with one Slack user id: whose click would it be?"""
    users = list(_slack_users(_mapping(source.data)))
    counts = Counter(user for _, user in users)
    first = {user: name for name, user in reversed(users)}
    for name, user in users:
        if counts[user] > 1 and first[user] != name:
            path = ("people", name, "slack")
            message = f"`{user}` is also the Slack user id of `{first[user]}`"
            yield Flaw(
                line=source.line(path), path=path, message=message, remedy="Give each person their own."
            )


def _unsigned(source: Source, settings: Settings | None) -> Iterator[Flaw]:
    """A webhook for which nothing signs: its receiver could not tell who it is."""
    for name in _mapping(_mapping(source.data).get("webhooks")) if settings else ():
        if settings and settings.webhook.secrets.get(in_variable(name), settings.webhook.secret) is None:
            path = ("webhooks", name)
            yield Flaw(
                line=source.line(path),
                path=path,
                message=f"nothing signs for the webhook `{printable(name)}`",
                remedy="Set `TOCSIN_WEBHOOK__SECRET`, and give it to the receiver: see docs/webhooks.md.",
            )


def _slack_users(top: Mapping[str, Data]) -> Iterator[tuple[str, str]]:
    for name, person in _mapping(top.get("people")).items():
        user = _mapping(person).get("slack")
        if isinstance(user, str) and SLACK_USER.fullmatch(user):
            yield name, user


def _mapping(data: Data) -> Mapping[str, Data]:
    return data if isinstance(data, dict) else {}


def _problem(file: str, line: int | None, path: Place, message: str, remedy: str) -> Problem:
    """Whatever comes from the file is made fit for a terminal here."""
    words = printable(message, LONGEST_MESSAGE), printable(remedy, LONGEST_MESSAGE)
    return Problem(file=file, line=line, path=spelled(path), message=words[0], remedy=words[1])


def spelled(path: Place) -> str:
    """`ladders.payments.rungs[0].wait`."""
    words = ""
    for step in path:
        words += f"[{step}]" if isinstance(step, int) else f".{printable(step)}"
    return words.removeprefix(".")
