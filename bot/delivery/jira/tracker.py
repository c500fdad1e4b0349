"""The tracker port on a Jira, Cloud or Data Center."""

from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.delivery.jira import creation, movement, preflight
from bot.delivery.jira.api import Api
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.reading import at, items, text
from bot.delivery.jira.threads import JiraThreads
from bot.domain.alert import Severity
from bot.errors import DeliveryError
from bot.ports import Finding, Moved, Ticket, TicketDraft

LOOK_BACK = 100


class JiraTracker:
    """Tickets in Jira. Nothing is asked before the first call; `stop` it in the end."""

    def __init__(self, options: JiraOptions, clock: Clock) -> None:
        self._options = options
        self._threads = JiraThreads(options, clock)
        self._cloud = options.cloud

    async def stop(self) -> None:
        """Begin no further request and close the connections."""
        await self._threads.stop()

    async def find(self, marker: str, project: str) -> Ticket | None:
        """The oldest ticket with that marker; the search may lag behind."""

        def work(api: Api) -> Ticket | None:
            if self._cloud is None:
                self._cloud = creation.is_cloud(api)
            return creation.find(api, self._options, marker, project, cloud=self._cloud)

        return await self._threads.run(work)

    async def create(self, draft: TicketDraft) -> Ticket:
        """Make a ticket with one request."""
        return await self._threads.run(lambda api: creation.create(api, self._options, draft))

    async def move(self, key: str, target: str, resolution: str | None) -> Moved:
        """Bring a ticket to a status, or to a status category (`new`, `indeterminate`, `done`)."""
        return await self._threads.run(lambda api: movement.move(api, self._options, key, target, resolution))

    async def comment(self, key: str, body: str, marker: str, *, check_first: bool, internal: bool) -> None:
        """Add a comment; the marker is written under it. `internal` hides it from JSM's customers."""
        await self._threads.run(
            lambda api: _comment(api, key, body, marker, check_first=check_first, internal=internal)
        )

    async def link(self, key: str, global_id: str, url: str, title: str) -> None:
        """Link the ticket to a place elsewhere; the same `global_id` again changes the link."""
        body = {
            "globalId": global_id,
            "application": {"type": "com.tocsin", "name": "Tocsin"},
            "relationship": "incident",
            "object": {"url": url, "title": title},
        }
        path = f"issue/{creation.checked_ticket(key)}/remotelink"
        await self._threads.run(lambda api: api.post(path, body))

    async def preflight(
        self, project: str, issue_type: str, priorities: Mapping[Severity, str]
    ) -> Sequence[Finding]:
        """What would keep tickets from being made; that Jira cannot be asked is a finding as well."""
        try:
            return await self._threads.run(
                lambda api: preflight.findings(api, self._options, project, issue_type, priorities)
            )
        except DeliveryError as error:
            return [preflight.unasked(error)]


def _comment(api: Api, key: str, body: str, marker: str, *, check_first: bool, internal: bool) -> None:
    path = f"issue/{creation.checked_ticket(key)}/comment"
    if check_first and _said(api, path, marker):
        return
    signature = "" if marker in body else f"\n\n~{marker}~"
    words = body[: creation.TEXT_LIMIT - len(signature)] + signature
    hidden = [{"key": "sd.public.comment", "value": {"internal": True}}]
    api.post(path, {"body": words} | ({"properties": hidden} if internal else {}))


def _said(api: Api, path: str, marker: str) -> bool:
    """Whether one of the last comments carries the marker. Cloud may give text back with escapes in it."""
    answer = api.get(path, {"orderBy": "-created", "maxResults": LOOK_BACK})
    bodies = (text(at(comment, "body")) for comment in items(at(answer, "comments")))
    return any(marker in body.replace("\\", "") for body in bodies)
