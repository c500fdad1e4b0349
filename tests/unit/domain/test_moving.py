"""Moving an incident: where its card stands, and what becomes of the one that stood elsewhere."""

from dataclasses import replace

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import PointCard, RefreshCard
from bot.domain.ids import ServiceId
from bot.domain.incident import Via
from tests.examples import NOW, PAYMENTS, actor, triggered

SEARCH = replace(PAYMENTS, id=ServiceId("search"), name="Search", channel="C0SEARCH")
CARD = MessageRef(channel="C0OLD", ts="1.1")


def left_behind(decision: Decision) -> list[MessageRef]:
    return [each.card for each in decision.effects if isinstance(each, PointCard)]


def test_a_move_within_the_channel_keeps_the_card_and_one_to_another_leaves_it() -> None:
    incident = replace(triggered(), card=CARD, permalink="https://slack/1")
    here = replace(SEARCH, channel=PAYMENTS.channel)

    near = decide(incident, c.Move(by=actor("ann"), via=Via.COMMAND, service=here), NOW)
    far = decide(incident, c.Move(by=actor("ann"), via=Via.COMMAND, service=SEARCH), NOW)

    assert (near.incident.card, left_behind(near)) == (CARD, [])
    assert (far.incident.card, far.incident.permalink, left_behind(far)) == (None, None, [CARD])
    assert any(isinstance(each, RefreshCard) for each in far.effects)


def test_an_edit_that_was_under_way_brings_the_old_card_not_back_and_a_late_post_is_left_too() -> None:
    incident = replace(triggered(), card=CARD)
    far = decide(incident, c.Move(by=actor("ann"), via=Via.COMMAND, service=SEARCH), NOW).incident
    late = MessageRef(channel="C0OLD", ts="1.2")

    edited = decide(far, c.CardPosted(card=CARD, channel=PAYMENTS.channel), NOW)
    posted = decide(far, c.CardPosted(card=late, channel=PAYMENTS.channel), NOW)

    assert not edited.changed
    assert (posted.incident.card, left_behind(posted)) == (None, [late])
    assert any(isinstance(each, RefreshCard) for each in posted.effects), "the new channel has none yet"


def test_every_card_that_was_left_shows_the_way_to_the_one_that_stands_now() -> None:
    incident = replace(triggered(SEARCH), left=(CARD,), card=None)
    new = MessageRef(channel="C0SEARCH", ts="2.1")

    first = decide(incident, c.CardPosted(card=new, channel="C0SEARCH"), NOW)
    again = decide(first.incident, c.CardPosted(card=new, channel="C0SEARCH"), NOW)
    linked = decide(
        again.incident, c.CardPosted(card=new, permalink="https://slack/2", channel="C0SEARCH"), NOW
    )

    assert [left_behind(each) for each in (first, again, linked)] == [[CARD], [], [CARD]]
    keys = {each.key for made in (first, linked) for each in made.effects if isinstance(each, PointCard)}
    assert len(keys) == 2
