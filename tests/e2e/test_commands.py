"""Commands, typed behind a slash, in a mention or to the bot in private, as the whole bot answers them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo import alerts
from bot.sandbox.slack.people import Person
from tests.harness import BotHarness


async def test_an_incident_lives_its_whole_life_by_slash_commands(bot: BotHarness) -> None:
    declared = await bot.slash("declare Checkout is slow sev2")
    bot.page("ann", "Checkout is slow")
    acknowledged = await bot.slash("ack")
    given_back = await bot.slash("unack INC-1")
    await bot.fast_forward(seconds=11)
    bot.page("ann", "Checkout is slow")
    snoozed = await bot.slash("snooze 1 30m")
    noted = await bot.slash("note rolled back 1.2.3")
    await bot.fast_forward(seconds=10)
    listed, shown, told = await bot.slash("list"), await bot.slash("show"), await bot.slash("timeline")
    resolved = await bot.slash("resolve it was the cache")
    reopened = await bot.slash("reopen INC-1 still slow", by="bob")
    bot.page("ann", "Checkout is slow")
    ended = await bot.slash("close OPS-1 really fixed")

    assert "Declared SEV2 INC-1: Checkout is slow" in declared
    assert "You have INC-1" in acknowledged
    assert "unacknowledged" in given_back
    assert "snoozed until" in snoozed
    assert "timeline of INC-1" in noted
    assert "1 open incident" in listed
    assert "Snoozed" in shown
    assert "rolled back 1.2.3" in told
    assert "Ann Lee" in told
    assert "resolved" in resolved
    assert "open again" in reopened
    assert "resolved" in ended
    assert "really fixed" in bot.card().words
    await bot.fast_forward(seconds=10)
    assert "still slow" in bot.thread()
    assert bot.ticket().status.name == "Done"


async def test_severity_pages_and_escalation_by_slash_commands(bot: BotHarness) -> None:
    await bot.slash("declare Disk is full sev3 --service checkout")
    bot.page("ann", "SEV3")

    escalated = await bot.slash("escalate")
    bot.page("bob", "SEV3")
    lower = await bot.slash("sev 4")
    worse = await bot.slash("sev INC-1 1")
    bot.page("ann", "SEV1")
    paged = await bot.slash("page @cleo please look at the disks")
    asked = bot.page("cleo", "please look at the disks")

    assert "next rung is paged now" in escalated
    assert "SEV4 now (was SEV3)" in lower
    assert "SEV1 now (was SEV4)" in worse
    assert "Paging Cleo Diaz" in paged
    assert "Ann Lee asks for you" in asked.words
    await bot.slash("ack", by="cleo")
    await bot.fast_forward(minutes=20)
    assert "Acknowledged by Cleo Diaz" in bot.card().words


async def test_words_that_are_left_out_are_asked_for_by_a_form(bot: BotHarness) -> None:
    forms = bot.slack.person("ann")
    await bot.slash("")
    assert _title(forms) == "Declare incident"
    await bot.submit(by="ann", title="Search is down", severity="SEV2: customers are hindered")
    bot.page("ann", "PAGE SEV2 INC-1: Search is down")
    bot.page("ann", "Declared SEV2 INC-1: Search is down")

    titles = []
    for verb in ("note", "sev", "page", "snooze", "resolve"):
        await bot.slash(verb)
        titles.append(_title(forms))
        await forms.close()
    await bot.slash("resolve")
    await bot.submit(by="ann", summary="Restarted")

    assert titles == [
        "Note for INC-1",
        "Severity of INC-1",
        "Page for INC-1",
        "Snooze INC-1",
        "Resolve INC-1",
    ]
    assert _title(forms) == ""
    assert "Restarted" in bot.card().words


async def test_nothing_that_was_typed_is_lost_when_it_is_not_understood(bot: BotHarness) -> None:
    for typed, hint in (
        ("acknowlege", "Did you mean `ack`"),
        ("resolv it was <!channel> & DNS", "Did you mean `resolve`"),
        ("declare --service nope Everything is down", "There is no service"),
        ("snooze INC-1 someday", "I don't understand the time"),
        ("sev purple", "I didn't understand that severity"),
        ("show INC-99", "There is no INC-99"),
        ("ack OPS-77", "There is no OPS-77"),
        ("declare " + "x" * 201, "at most 200"),
    ):
        told = await bot.slash(typed)

        assert hint in told, told
        assert f"/incident {typed}" in told
    assert bot.cards() == []


async def test_one_incident_is_meant_by_its_number_its_ticket_its_link_or_not_at_all(bot: BotHarness) -> None:
    await bot.alert(alerts.firing("ApiErrorRateHigh", "checkout"))
    bot.page("ann")
    await bot.fast_forward(seconds=10)
    card = bot.card()
    link = f"https://example-co.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
    page = bot.slack.dms("ann")[0]
    page_link = f"https://example-co.slack.com/archives/{page.channel}/p{page.ts.replace('.', '')}"

    for reference in ("", "INC-1", "inc-1", "1", "#1", "OPS-1", link, page_link):
        assert "ApiErrorRateHigh" in await bot.slash(f"show {reference}"), reference


async def test_when_several_are_open_and_none_is_named_one_is_picked(bot: BotHarness) -> None:
    await bot.alert(alerts.firing("ApiErrorRateHigh", "checkout"))
    await bot.alert(alerts.firing("DiskFull", "db-1"))
    bot.page("ann", "ApiErrorRateHigh")
    bot.page("ann", "DiskFull")
    person = bot.slack.person("ann")

    offered = await person.slash("/incident", "ack")
    assert offered.reply
    assert "Which incident do you want to ack?" in offered.reply.words
    choices = [option for option in _options(offered.reply.body) if "DiskFull" in option]
    await bot.click(offered.reply, "inc.pick", by="ann", value=choices[0])

    assert "Acknowledged" in bot.card("DiskFull").words
    assert "Triggered" in bot.card("ApiErrorRateHigh").words
    await bot.slash("ack INC-1")


async def test_a_note_without_a_reference_is_not_lost_when_one_is_picked(bot: BotHarness) -> None:
    for name in ("ApiErrorRateHigh", "DiskFull"):
        await bot.alert(alerts.firing(name, name))
        bot.page("ann", name)

    offered = await bot.slack.person("ann").slash("/incident", "note the raid controller is dead")

    assert offered.reply
    assert "the raid controller is dead" in offered.reply.words
    await bot.click(offered.reply, "inc.pick", by="ann", value=_options(offered.reply.body)[0])
    await bot.submit(by="ann", note="the raid controller is dead")
    await bot.slash("ack 1")
    await bot.slash("ack 2")
    assert "the raid controller is dead" in await bot.slash("timeline 1")


async def test_a_mention_does_what_a_command_does(bot: BotHarness) -> None:
    declared = await bot.mention("declare Login is broken sev1")
    bot.page("ann", "Login is broken")
    wrong = await bot.mention("aknowledge")
    noted = await bot.mention("note looking at it")
    acknowledged = await bot.mention("ack 30m")
    shown = await bot.mention("show")
    listed, on_call = await bot.mention("list mine"), await bot.mention("oncall")
    resolved = await bot.mention("resolve fixed the token")

    assert "Declared SEV1 INC-1" in declared
    assert "Did you mean" in wrong
    assert "aknowledge" in wrong
    assert "timeline of INC-1" in noted
    assert "You have INC-1" in acknowledged
    assert "begins again at" in acknowledged
    assert "Login is broken" in shown
    assert "1 open incident" in listed
    assert "primary: Ann Lee" in on_call or "Ann Lee" in on_call
    assert "resolved" in resolved


async def test_in_the_thread_of_a_card_its_own_incident_is_meant(bot: BotHarness) -> None:
    await bot.alert(alerts.firing("ApiErrorRateHigh", "checkout"))
    await bot.alert(alerts.firing("DiskFull", "db-1"))
    bot.page("ann", "ApiErrorRateHigh")
    page = bot.page("ann", "DiskFull")

    acknowledged = await bot.mention("ack", channel="#incidents", thread=bot.card("ApiErrorRateHigh"))
    named = await bot.mention("note INC-2 elsewhere", channel="#incidents", thread=bot.card("ApiError"))
    private = await bot.direct("ack", by="ann", thread=page)

    assert "You have INC-1" in acknowledged
    assert "timeline of INC-2" in named
    assert "You have INC-2" in private


async def test_a_direct_message_does_what_a_command_does(bot: BotHarness) -> None:
    declared = await bot.direct("declare Payments are slow", by="bob")
    bot.page("ann", "Payments are slow")
    helped, wrong = await bot.direct("help", by="bob"), await bot.direct("hello there", by="bob")
    acknowledged = await bot.direct("ack INC-1", by="bob")
    mine, who = await bot.direct("oncall me", by="bob"), await bot.direct("oncall who primary", by="bob")
    resolved = await bot.direct("resolve", by="bob")

    assert "Declared" in declared
    assert "/incident declare" in helped
    assert "I don't know" in wrong
    assert "hello there" in wrong
    assert "You have INC-1" in acknowledged
    assert "no shifts" in mine
    assert "Ann Lee" in who
    assert "resolved" in resolved


async def test_help_and_who_is_on_call(bot: BotHarness) -> None:
    short, full = await bot.slash("help"), await bot.slash("help all")
    one = await bot.slash("help snooze")
    now = await bot.slash("", by="bob", command="/oncall")
    later = await bot.slash("who primary at tomorrow 09:00", by="bob", command="/oncall")
    nobody = await bot.slash("who nights", command="/oncall")
    mine = await bot.slash("me", command="/oncall")
    slip = await bot.slash("wo", command="/oncall")

    assert "/incident help all" in short
    for verb in ("declare", "ack", "unack", "resolve", "reopen", "sev", "note", "page", "escalate", "snooze"):
        assert f"/incident {verb}" in full
    assert "snooze" in one
    assert "Ann Lee" in now
    assert "Europe/London" in now
    assert "America/New_York" in later
    assert "Schedules: primary" in nobody
    assert "now" in mine
    assert "slack" in mine
    assert "Did you mean `who`" in slip


@pytest.mark.parametrize("person", ["bob", "cleo"])
async def test_a_time_of_day_is_the_callers_own(bot: BotHarness, person: str) -> None:
    zone = ZoneInfo({"bob": "America/New_York", "cleo": "Asia/Tokyo"}[person])
    await bot.slash("declare Backup failed sev4", by=person)
    bot.page("ann", "Backup failed")
    wake = (bot.clock.now().astimezone(zone) + timedelta(hours=2)).replace(second=0, microsecond=0)

    told = await bot.slash(f"snooze until {wake:%H:%M}", by=person)

    shown = bot.slack.person(person).ephemerals()[-1].words
    assert f"<!date^{int(wake.timestamp())}^{{time}}" in shown, "Slack shows it in the reader's zone"
    assert f"begins again at {wake.astimezone(ZoneInfo('UTC')):%H:%M} UTC" in told
    await bot.slash("resolve done", by=person)


def _title(person: Person) -> str:
    return person.modal.title if person.modal is not None else ""


def _options(body: dict[str, object]) -> list[str]:
    found: list[str] = []

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if "options" in part:
                found.extend(each["text"]["text"] for each in part["options"])
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(body)
    return found
