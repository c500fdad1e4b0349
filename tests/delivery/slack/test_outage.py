"""A revoked token: what is tried, what is not, and how paging by Slack comes back."""

from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.breaker import PROBE_EVERY, THRESHOLD, Breaker, Guarded
from bot.delivery.slack.cards import SlackCard
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pages import SlackPages
from bot.domain.effects import RefreshCard
from bot.errors import DeliveryError, Outcome
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import TokenState
from tests.delivery.effects import ANN_ID, a_job, a_page, an_incident, by_slack
from tests.delivery.slack.conftest import SEAL


@pytest.mark.row("F58")
async def test_a_revoked_token_turns_every_carrier_away_until_a_probe_gets_through(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    breaker = Breaker("slack", clock)
    pages = Guarded(SlackPages(messages, SEAL, clock), breaker)
    card = Guarded(SlackCard(messages, SEAL, clock), breaker)
    slack.world.app.token_state = TokenState.REVOKED

    reasons = []
    for _ in range(THRESHOLD + 2):
        with pytest.raises(DeliveryError) as caught:
            await pages.carry(a_job(a_page(), clock, an_incident(), **by_slack()))
        reasons.append(caught.value.reason)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > timedelta(seconds=10), "the next contact method is due at once"
    asked = len(slack.journal.calls())
    with pytest.raises(DeliveryError, match="circuit open: token_revoked"):
        await card.carry(a_job(RefreshCard(key="card:01k"), clock, an_incident()))
    slack.world.app.token_state = TokenState.ACTIVE
    clock.advance(PROBE_EVERY)
    await pages.carry(a_job(a_page(), clock, an_incident(), **by_slack()))

    assert reasons == ["token_revoked"] * THRESHOLD + ["circuit open: token_revoked"] * 2
    assert asked == THRESHOLD
    assert breaker.reason is None
    assert len(slack.dms(ANN_ID)) == 1
