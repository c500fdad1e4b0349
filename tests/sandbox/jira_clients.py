"""The real python-jira, pointed at the sandbox, and run in threads as it must be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from jira import JIRA
from jira.exceptions import JIRAError

from bot.sandbox.jira import Flavour, JiraServer

T = TypeVar("T")


class Client:
    """One python-jira client; `ask` runs a function of it in a thread."""

    def __init__(self, server: JiraServer, token: str | None = None, patience: float = 5) -> None:
        self._server = server
        self._token = token or server.token
        self._patience = patience
        self.jira: JIRA

    def connect(self) -> None:
        cloud = self._server.site.flavour is Flavour.CLOUD
        self.jira = JIRA(
            server=self._server.url,
            basic_auth=(self._server.email, self._token) if cloud else None,
            token_auth=None if cloud else self._token,
            max_retries=0,
            timeout=(2, self._patience),
            get_server_info=False,
        )
        self.jira.deploymentType = "Cloud" if cloud else "Data Center"

    async def ask(self, work: Callable[[JIRA], T]) -> T:
        return await asyncio.to_thread(work, self.jira)

    async def refused(self, work: Callable[[JIRA], object]) -> JIRAError:
        try:
            answer = await self.ask(work)
        except JIRAError as error:
            return error
        raise AssertionError(f"it was accepted: {answer}")


@asynccontextmanager
async def client(server: JiraServer, token: str | None = None, patience: float = 5) -> AsyncIterator[Client]:
    one = Client(server, token, patience)
    await asyncio.to_thread(one.connect)
    try:
        yield one
    finally:
        one.jira._session.close()


def incident(summary: str = "API down", **fields: object) -> dict[str, object]:
    return {"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}, "summary": summary, **fields}


def errors(error: JIRAError) -> dict[str, str]:
    assert error.response is not None
    found: dict[str, str] = error.response.json()["errors"]
    return found
