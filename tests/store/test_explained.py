"""Why an alert did not page at once: what kept it quiet, what grouped it, and how it was read."""

import json
from dataclasses import replace
from datetime import timedelta

from bot.domain.configuration import Configuration
from bot.domain.route import Handling, Route
from bot.inquiries import explained
from bot.intake.arrival import Brought
from bot.intake.sitting import Sitting
from bot.ports import Store, Tx
from bot.references import ByNumber
from bot.render.escape import one_line, several_lines
from bot.render.explanation import document, lines
from bot.render.tell import Show
from tests.examples import MINUTE, NOW, PAYMENTS, ROSTER, alert

SHOW = Show(word=one_line, block=several_lines, time=lambda at: f"{at:%H:%M}")
PAUSED = Configuration(
    roster=ROSTER,
    services={PAYMENTS.id: PAYMENTS},
    default_service=PAYMENTS.id,
    routes=(
        Route(
            matchers=(),
            service=PAYMENTS.id,
            handling=Handling(pause=5 * MINUTE, group_by=("team",)),
        ),
    ),
)


async def test_a_paused_and_grouped_alert_tells_both_and_how_it_was_read(store: Store) -> None:
    told = replace(
        alert(), confidence=0.62, places={"title": "text line 1", "state": "colour", "labels.team": "text"}
    )

    def come(tx: Tx) -> None:
        Sitting(tx, PAUSED, NOW).take([Brought(request="one", alerts=[told])])

    def go_on(tx: Tx) -> None:
        at = NOW + 5 * MINUTE
        Sitting(tx, PAUSED, at).again(tx.standings_due(at, 10))

    await store.write(come)
    await store.write(go_on)
    found = await store.read(lambda tx: explained(tx, _newest(tx), PAUSED))
    said = "\n".join(lines(found, SHOW))

    assert "confidence 0.62" in said
    assert "title in text line 1, state in colour" in said
    assert f"kept quiet {NOW:%H:%M}: what clears within 5 minutes pages nobody (pause)" in said
    assert "grouped with others as group|payments|" in said
    (one,) = json.loads(json.dumps(document(found)))["alerts"]
    assert one["confidence"] == 0.62
    assert one["places"] == {"title": "text line 1", "state": "colour"}
    assert [each["by"] for each in one["kept_quiet"]] == ["pause"]


async def test_what_is_kept_quiet_now_is_said(store: Store) -> None:
    def begin(tx: Tx) -> None:
        plain = replace(PAUSED, routes=())
        Sitting(tx, plain, NOW).take([Brought(request=None, alerts=[alert()])])
        (standing,) = tx.standings([("alertmanager", "f1")]).values()
        until = NOW + timedelta(hours=1)
        tx.save_standings([replace(standing, muted_by="silence:01k", next_at=until)])

    await store.write(begin)
    found = await store.read(lambda tx: explained(tx, _newest(tx), None))

    said = "\n".join(lines(found, SHOW))
    assert f"now kept quiet by silence:01k, looked at again {NOW + timedelta(hours=1):%H:%M}" in said


def _newest(tx: Tx) -> ByNumber:
    return ByNumber(number=tx.newest_number())
