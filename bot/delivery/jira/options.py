"""What the adapter needs to know of a Jira."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class JiraOptions:
    """How a Jira is reached, and what its workflow asks for.

    With `email` the token is an API token (Cloud); without, a personal access token (Data Center).
    `browse_url` is the address that people use, where the API has another one (scoped tokens).
    `paths` names, by target, the steps of a workflow that has no direct way there; a step is the name of
    a transition or of a status. `transition_fields` fill required fields of transition screens.
    `create_fields` are the ids of fields that drafts carry besides the usual ones.
    """

    url: str
    token: str = field(repr=False)
    email: str | None = None
    cloud: bool | None = None
    """The flavour; None asks the server when it matters."""
    browse_url: str | None = None
    ca_file: str | None = None
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    transition_fields: Mapping[str, object] = field(default_factory=dict)
    create_fields: frozenset[str] = frozenset()
    threads: int = 4
    time_limit: float = 20.0
    """Seconds for a whole call; below 0.4 of the tracker's lease of 60 s."""

    def browse(self, key: str) -> str:
        """The address of a ticket's page."""
        return f"{(self.browse_url or self.url).rstrip('/')}/browse/{key}"
