"""Silences of nearly everything, and what is known of alerts before one is made."""

from dataclasses import replace

import pytest

from bot.domain.configuration import Authority
from bot.domain.ids import ServiceId
from bot.domain.refused import Refused
from bot.domain.silence import SilenceKind
from bot.ports import Store
from tests.examples import PAYMENTS, actor
from tests.store.test_quiet import CONFIGURATION, disk
from tests.store.test_quiet_keeper import HOUR, MINUTE, Kept

ADMIN = replace(CONFIGURATION, authority=Authority(admins=frozenset({"UBOB"})))


@pytest.mark.parametrize(
    "conditions", [('x=""',), ('title=~".*"',), ('service!="zzz"',), ('severity="sev2"', 'host!~"a.*"')]
)
async def test_what_would_keep_nearly_everything_quiet_is_for_admins_and_told_everywhere(
    store: Store, conditions: tuple[str, ...]
) -> None:
    night = Kept(store, ADMIN)
    wide = night.wanted(conditions=conditions)
    for wanted in (wide, replace(wide, by=actor("bob"), until=night.clock.now() + 25 * HOUR)):
        with pytest.raises(Refused, match="nearly everything"):
            await night.desk.silencing.begin(f"s{wanted.by.id}", wanted)
        with pytest.raises(Refused, match="nearly everything"):
            await night.desk.silencing.preview(wanted)

    await night.desk.silencing.begin("b", replace(wide, by=actor("bob")))

    (told,) = await night.said()
    assert told.channel == PAYMENTS.channel
    await night.desk.silencing.begin("n", night.wanted(conditions=('host=~"db-.*"',)))
    assert await night.said() == []


OTHER = ServiceId("web")
TWO = replace(ADMIN, services={PAYMENTS.id: PAYMENTS, OTHER: replace(PAYMENTS, id=OTHER)})


@pytest.mark.row("A21")
async def test_all_services_together_are_nearly_everything(store: Store) -> None:
    night = Kept(store, TWO)
    both = night.wanted(conditions=(), services=(PAYMENTS.id, OTHER))

    with pytest.raises(Refused, match="nearly everything"):
        await night.desk.silencing.begin("both", both)
    await night.desk.silencing.begin("one", replace(both, services=(OTHER,)))
    assert await night.said() == []

    night.configuration = ADMIN
    with pytest.raises(Refused, match="nearly everything"):
        await night.desk.silencing.begin("only", replace(both, services=(PAYMENTS.id,)))


async def test_maintenance_of_the_only_service_is_told_everywhere(store: Store) -> None:
    night = Kept(store, ADMIN)

    await night.desk.silencing.begin(
        "m", night.wanted(kind=SilenceKind.MAINTENANCE, conditions=(), services=(PAYMENTS.id,))
    )

    (told,) = await night.said()
    assert told.channel == PAYMENTS.channel


@pytest.mark.row("A21")
async def test_a_silence_that_turns_out_to_hide_most_is_told_everywhere_once(store: Store) -> None:
    night = Kept(store, ADMIN)
    await night.desk.silencing.begin("s", night.wanted(conditions=("team=web",)))
    await night.told(*[disk(fingerprint=f"f{number}", team="web") for number in range(5)])
    await night.pass_(MINUTE)
    assert await night.said() == [], "of five that says nothing"
    await night.told(*[disk(fingerprint=f"g{number}", team="web") for number in range(5)])

    for _ in range(3):
        await night.pass_(6 * MINUTE)

    (told,) = await night.said()
    assert told.channel == PAYMENTS.channel
    assert "keeps most alerts quiet" in told.notice.text  # type: ignore[union-attr]  # a QuietTold


async def test_a_guest_sees_nothing_of_what_a_silence_would_hide(store: Store) -> None:
    night = Kept(store, ADMIN)
    await night.told(disk())

    with pytest.raises(Refused, match="may not"):
        await night.desk.silencing.preview(night.wanted(by=actor("gil")))


async def test_what_would_have_hidden_most_of_what_there_was_is_broad(store: Store) -> None:
    night = Kept(store, ADMIN)
    await night.told(*[disk(fingerprint=f"f{number}") for number in range(30)])

    with pytest.raises(Refused, match="nearly everything"):
        await night.desk.silencing.begin("s", night.wanted(conditions=('host =~ "db-.*"',)))
    await night.desk.silencing.begin("one", night.wanted())
    (told,) = await night.said()
    assert told.channel == PAYMENTS.channel, "who names a thing may, and everybody hears of it"


async def test_what_was_hidden_is_found_among_a_great_many_signals(store: Store) -> None:
    night = Kept(store)
    await night.desk.silencing.begin("s", night.wanted())
    await night.told(disk())
    now = night.clock.now()
    (one,) = await store.read(lambda tx: tx.signals(now - HOUR, now + HOUR, outcome="muted"))
    assert one.alert == disk()
    assert await store.read(lambda tx: tx.signals(now - HOUR, now + HOUR, outcome="opened")) == []


async def test_the_preview_knows_the_service_that_a_channel_names(store: Store) -> None:
    other = ServiceId("web")
    night = Kept(
        store, replace(CONFIGURATION, services={PAYMENTS.id: PAYMENTS, other: replace(PAYMENTS, id=other)})
    )
    await night.desk.ingest("r", [disk()], service="web")

    for service, alerts in ((other, 1), (PAYMENTS.id, 0)):
        wanted = night.wanted(conditions=(), services=(service,))
        assert (await night.desk.silencing.preview(wanted)).alerts == alerts
