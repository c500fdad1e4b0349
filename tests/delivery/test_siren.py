"""The siren, against a real Slack and a real mail server: everybody who can be told is told."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.clock import ShiftedClock
from bot.delivery.post import PostOffice
from bot.delivery.siren import Places, Siren
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.pace import Pace
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.seed import BOT_TOKEN, seed
from bot.sandbox.slack.server import SlackServer
from bot.settings import AlarmSettings, Settings, SmtpSettings

ANN, OPS = "U0ANNLEE001", "ops@example.com"


class World:
    """Slack, a mail server, and a siren that knows both."""

    def __init__(self, slack: SlackServer, mail: MailServer, client: SlackClient, siren: Siren) -> None:
        self.slack, self.mail, self.client, self.siren = slack, mail, client, siren
        self.places = Places(slack=("#incidents", ANN), email=(OPS,))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = ShiftedClock()
    mail = MailServer(clock)
    async with SlackServer(seed(), clock) as slack:
        await mail.start()
        client = SlackClient(token=BOT_TOKEN, clock=clock, pace=Pace(clock), base_url=slack.api_url)
        smtp = SmtpSettings(host="127.0.0.1", port=mail.port, tls="none", sender="tocsin@example.com")
        siren = Siren(
            places=lambda: made.places,
            slack=client,
            directory=SlackDirectory(client, clock),
            post=PostOffice(smtp),
            sender=smtp.sender,
            clock=clock,
        )
        made = World(slack, mail, client, siren)
        yield made
        await client.close()
        await mail.stop()


async def test_a_channel_a_person_and_a_mailbox_are_told(world: World) -> None:
    told = await world.siren.tell("The database is away", "Nothing is paged.\nLook at db-1.")

    assert sorted(told.taken) == ["email ops@example.com", "slack #incidents", f"slack {ANN}"]
    assert not told.failed
    for message in (world.slack.messages("#incidents")[-1], world.slack.dms("ann")[-1]):
        assert "The database is away" in message.words
        assert "Look at db-1." in str(message.body)
    assert world.mail.inbox[-1].subject == "[Tocsin] The database is away"
    assert "Look at db-1." in world.mail.inbox[-1].text


@pytest.mark.row("F58")
@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_without_slack_the_mailboxes_are_told(world: World, error: str) -> None:
    world.slack.faults.add(Fault(kind=FaultKind.ERROR, error=error))

    told = await world.siren.tell("Slack refuses us", "Make a new token.")

    assert told.taken == ["email ops@example.com"]
    assert all(error in each for each in told.failed)
    assert len(told.failed) == 2


async def test_without_a_mail_server_slack_is_told(world: World) -> None:
    await world.mail.stop()

    told = await world.siren.tell("The mail server is away", "People without Slack cannot be paged.")

    assert sorted(told.taken) == ["slack #incidents", f"slack {ANN}"]
    assert told.failed == ["email ops@example.com: smtp_unreachable"]
    await world.mail.start()


async def test_nothing_of_a_text_becomes_markup(world: World) -> None:
    await world.siren.tell("a <!here> b", "<!channel> *x* <https://example.com|y>", loud=False)

    body = str(world.slack.messages("#incidents")[-1].body)
    assert "<!here>" not in body
    assert "<!channel>" not in body
    assert "<https://" not in body
    assert "<!here>" not in world.mail.inbox[-1].html


def test_the_settings_take_lists_and_refuse_what_is_no_address() -> None:
    alarm = AlarmSettings(slack="C024BE91L, U0ANNLEE001", email="a@example.com,b@example.com")

    assert alarm.slack_ids == ("C024BE91L", "U0ANNLEE001")
    assert alarm.addresses == ("a@example.com", "b@example.com")
    with pytest.raises(ValueError, match="ids of channels or people"):
        AlarmSettings(slack="#ops")
    with pytest.raises(ValueError, match="plain address"):
        AlarmSettings(email="Ann <a@example.com>")


def test_a_secret_never_stands_in_the_settings_words() -> None:
    settings = Settings(database_url=SecretStr("postgresql://u:secret@h/d"))

    assert "secret" not in repr(settings.alarm)
