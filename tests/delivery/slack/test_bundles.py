"""Several pages in one message: told once, found again by the key of each, and shown as it is by then."""

from dataclasses import replace

from bot.clock import ShiftedClock
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pages import SlackPageRefresh, SlackPages
from bot.domain.effects import RefreshPages
from bot.domain.ids import IncidentId
from bot.domain.incident import Acknowledgement, Incident, Status
from bot.ports import Job, SentPage
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import ANN_ID, a_job, a_page, again, an_incident, by_slack
from tests.delivery.slack.conftest import SEAL
from tests.examples import NOW, actor


def incident(number: int) -> Incident:
    return an_incident(id=IncidentId(f"01k{number:023}"), number=number, title=f"Trouble <!channel> {number}")


def job(number: int, clock: ShiftedClock) -> Job:
    return a_job(a_page(key=f"page:{number}"), clock, incident(number), **by_slack())


def together(clock: ShiftedClock, *numbers: int) -> Job:
    first, *others = (job(number, clock) for number in numbers)
    return replace(first, also=tuple(others))


async def test_one_message_tells_them_all_with_a_button_for_each(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    await SlackPages(messages, SEAL, clock).carry(together(clock, 7, 8, 9))

    (message,) = slack.dms(ANN_ID)
    assert message.text == "PAGE 3 incidents need you: INC-7, INC-8, INC-9. Please acknowledge."
    blocks = str(message.body["blocks"])
    assert blocks.count("Acknowledge incident") == 3
    assert "<!channel>" not in blocks


async def test_each_page_of_a_message_is_found_by_its_own_key(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    carrier = SlackPages(messages, SEAL, clock)
    sent = await carrier.carry(together(clock, 7, 8, 9))

    found = [await carrier.look_up(again(job(number, clock), clock)) for number in (7, 8, 9, 10)]

    assert [receipt and receipt.ref for receipt in found] == [sent.ref, sent.ref, sent.ref, None]


async def test_twenty_pages_do_not_say_too_much_for_slack(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    await SlackPages(messages, SEAL, clock).carry(together(clock, *range(1, 21)))

    (message,) = slack.dms(ANN_ID)
    assert message.text.startswith("PAGE 20 incidents need you: INC-1, INC-2")
    assert str(message.body["blocks"]).count("Acknowledge incident") == 20


async def test_what_somebody_took_is_shown_in_the_message(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await SlackPages(messages, SEAL, clock).carry(together(clock, 7, 8))
    assert receipt.ref is not None
    taken = replace(
        incident(7),
        status=Status.ACKNOWLEDGED,
        acknowledgements=(Acknowledgement(by=actor("bob"), at=NOW),),
        version=5,
    )
    shared = SentPage(
        effect=a_page(key="page:7"), ref=receipt.ref, also=((a_page(key="page:8"), incident(8)),)
    )
    refresh = SlackPageRefresh(messages, SEAL, clock)

    await refresh.carry(a_job(RefreshPages(key="pages:7"), clock, taken, pages=(shared,)))

    (message,) = slack.dms(ANN_ID)
    assert message.text == "PAGE 1 incident needs you: INC-8. Please acknowledge."
    assert "Bob has it." in str(message.body["blocks"])
    assert str(message.body["blocks"]).count("Acknowledge incident") == 1


async def test_what_changed_in_another_incident_is_shown_when_the_same_refresh_is_made_again(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await SlackPages(messages, SEAL, clock).carry(together(clock, 7, 8))
    assert receipt.ref is not None
    refresh = SlackPageRefresh(messages, SEAL, clock)
    first, second = incident(7), incident(8)
    over = replace(second, status=Status.RESOLVED, version=second.version + 1)

    shown = []
    for other in (second, over):
        page = SentPage(effect=a_page(key="page:7"), ref=receipt.ref, also=((a_page(key="page:8"), other),))
        told = await refresh.carry(a_job(RefreshPages(key="pages:7"), clock, first, pages=(page,)))
        shown.append(told.shown)

    assert shown == [{second.id: second.version}, {second.id: over.version}]
    (message,) = slack.dms(ANN_ID)
    assert message.text == "PAGE 1 incident needs you: INC-7. Please acknowledge."
