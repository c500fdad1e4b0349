"""How this Jira says no: an HTTP status, messages, and errors by field."""

from collections.abc import Mapping, Sequence

NO_SUCH_ISSUE = "Issue does not exist or you do not have permission to see it."


class Refusal(Exception):
    """The request is refused, and nothing has changed."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {messages} {errors}")
        self.status = status
        self.messages: Sequence[str] = messages
        self.errors: Mapping[str, str] = errors or {}
        self.headers: Mapping[str, str] = headers or {}

    def body(self) -> dict[str, object]:
        """Jira's own error document."""
        return {"errorMessages": list(self.messages), "errors": dict(self.errors)}


def no_such_issue() -> Refusal:
    """What Jira says of an issue that is not there, or not for these eyes: the same."""
    return Refusal(404, NO_SUCH_ISSUE)


def bad_field(name: str, message: str) -> Refusal:
    """One field of the request cannot be accepted."""
    return Refusal(400, errors={name: message})
