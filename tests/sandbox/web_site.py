"""The sandbox's three servers with their pages, and a browser without a script."""

from email.message import EmailMessage

import aiohttp
import aiosmtplib
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.seed import BOT_TOKEN
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json

SCRIPT = {"X-Sandbox-Script": "1"}


class Site:
    """The three servers and a browser without a script."""

    def __init__(
        self, slack: SlackServer, jira: JiraServer, mail: MailServer, http: aiohttp.ClientSession
    ) -> None:
        self.slack, self.jira, self.mail, self.http = slack, jira, mail, http
        self.client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[])

    async def page(self, path: str, status: int = 200) -> str:
        async with self.http.get(self.slack.base_url + path) as answer:
            assert answer.status == status
            return await answer.text()

    async def do(self, person: str, verb: str, **form: str) -> Json:
        headers = SCRIPT | {"Origin": self.slack.base_url}
        url = f"{self.slack.base_url}/as/{person}/do/{verb}"
        async with self.http.post(url, data=form, headers=headers) as answer:
            done: Json = await answer.json()
            return done

    async def send_mail(self, to: str, subject: str, text: str, html: str = "") -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "tocsin@example.com", to, subject
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        await aiosmtplib.send(message, hostname="127.0.0.1", port=self.mail.port, start_tls=False)
