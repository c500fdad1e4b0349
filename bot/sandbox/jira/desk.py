"""Where requests are answered: who asks what, and which function knows the answer. No HTTP library here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bot.sandbox.jira.model import Flavour
from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.jira.site import Site
from bot.sandbox.jira.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request. `path` stands below `/rest/api/2/`; `user` is an account id, None for a stranger."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    body: object
    user: str | None
    params: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, (default,))[0]

    def number(self, name: str, default: int) -> int:
        """A query parameter that must be a whole number."""
        value = self.one(name)
        if not value:
            return default
        if not value.isdecimal():
            raise Refusal(400, f"The value '{value}' of '{name}' is not a whole number.")
        return int(value)

    def document(self) -> Mapping[str, object]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, Mapping):
            raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return self.body

    @property
    def by(self) -> str:
        """The account that asks; strangers may not write."""
        if self.user is None:
            raise Refusal(401, "Client must be authenticated to access this resource.")
        return self.user


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said in return."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What every answer needs: the site, and how things look on the wire."""

    site: Site
    wire: Wire

    @property
    def cloud(self) -> bool:
        """Whether this is a Cloud site."""
        return self.site.flavour is Flavour.CLOUD


Handler = Callable[[Desk, Ask], Answer]
Route = tuple[str, str, Handler]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Handler, Mapping[str, str]]:
    """The handler of a request and the parameters in its path; `Refusal` 404 or 405 without one."""
    other = False
    for verb, template, handler in routes:
        match = _pattern(template).fullmatch(path)
        if match and verb == method:
            return handler, match.groupdict()
        other = other or match is not None
    raise Refusal(405 if other else 404, f"null for uri: /rest/api/2/{path}")
