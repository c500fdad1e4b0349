"""What a running bot logs as an error: each must have been expected, and each that is expected must come."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from structlog.typing import EventDict, WrappedLogger


class ErrorLog(logging.Handler):
    """Keeps errors of structlog and of the libraries' loggers, as text with their traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self._expected: set[str] = set()
        self._allowed: set[str] = set()

    def expect(self, *words: str) -> None:
        """Errors with these words belong to the test; every one of the words must come."""
        self._expected.update(words)

    def allow(self, *words: str) -> None:
        """Errors with these words may come when the machine is busy."""
        self._allowed.update(words)

    def check(self) -> None:
        """Fail for an error that nobody expected, and for an expected one that did not come."""
        known = self._expected | self._allowed
        unexpected = [line for line in self.lines if not any(words in line for words in known)]
        assert not unexpected, "unexpected errors in the log:\n" + "\n".join(unexpected)
        missing = [words for words in self._expected if not any(words in line for line in self.lines)]
        assert not missing, f"expected errors that were not logged: {missing}"

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of the standard library."""
        exception = record.exc_info[1] if record.exc_info else None
        self._keep(f"{record.name}: {record.getMessage()}", exception)

    def __call__(self, _: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Keep an event of structlog; a processor."""
        if event.get("event") == "periodic_problem" and event.get("code") == EVENT_JOB_MAX_INSTANCES:
            return event  # left out because the machine was busy with other tests
        if method in ("error", "exception", "critical"):
            facts = {name: value for name, value in event.items() if name not in ("event", "exc_info")}
            found = event.get("exc_info")
            self._keep(f"{event.get('event')} {facts}", found if isinstance(found, BaseException) else None)
        return event

    def _keep(self, text: str, error: BaseException | None) -> None:
        self.lines.append("".join([f"{text}\n", *(traceback.format_exception(error) if error else ())]))


@contextmanager
def watched_errors() -> Iterator[ErrorLog]:
    """Everything that is logged meanwhile is watched; at the end it is checked."""
    errors, before, root = ErrorLog(), structlog.get_config(), logging.getLogger()
    structlog.configure(processors=[_raised, errors, *before["processors"]])
    root.addHandler(errors)
    try:
        yield errors
    finally:
        root.removeHandler(errors)
        structlog.configure(processors=before["processors"])
    errors.check()


def _raised(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """`log.exception` names no exception: it is the one that is being handled."""
    if method == "exception" or event.get("exc_info") is True:
        event["exc_info"] = sys.exc_info()[1]
    return event
