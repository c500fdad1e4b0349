"""A rehearsal: the ladder as production climbs it, without waiting for anything."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.effects import Announce, PageChannel, PagePerson
from bot.domain.ids import LadderId
from bot.domain.ladder import ChannelTarget, Ladder, Rung
from bot.domain.people import Quiet
from bot.domain.rehearsal import Case, End, Rehearsal, rehearse
from bot.domain.roster import Roster
from bot.domain.service import Service
from tests.examples import ANN, LADDER, MINUTE, NOW, PAYMENTS, ROSTER, on_call, rung, to


def played(
    service: Service = PAYMENTS,
    severity: Severity = Severity.SEV1,
    *,
    span: timedelta | None = None,
    roster: Callable[[datetime], Roster] = lambda _: ROSTER,
) -> Rehearsal:
    return rehearse(Case(service=service, severity=severity, at=NOW), roster, span=span)


def pages(rehearsal: Rehearsal) -> list[tuple[int, str, str]]:
    return [
        (round((told.at - NOW) / MINUTE), told.effect.person, told.effect.method.value)
        for told in rehearsal.told
        if isinstance(told.effect, PagePerson)
    ]


def test_every_rung_every_round_and_one_round_of_the_catch_all_are_played() -> None:
    rehearsal = played()

    assert rehearsal.why is End.EXHAUSTED
    assert [person for _, person, method in pages(rehearsal) if method == "slack"] == [
        "ann", "bob", "ann", "bob", "cleo",
    ]  # fmt: skip
    assert [told.effect.about for told in rehearsal.told if isinstance(told.effect, Announce)] == [
        "exhausted"
    ]


def test_pages_stand_where_their_delays_put_them() -> None:
    assert pages(played())[:3] == [(0, "ann", "slack"), (1, "ann", "email"), (5, "bob", "slack")]


def test_a_span_ends_it_and_what_is_due_later_is_not_told() -> None:
    rehearsal = played(span=30 * timedelta(seconds=1))

    assert rehearsal.why is End.TIME
    assert rehearsal.end == NOW + timedelta(seconds=30)
    assert pages(rehearsal) == [(0, "ann", "slack")]


def test_a_longer_span_goes_on_beyond_the_first_round_of_the_catch_all() -> None:
    rehearsal = played(span=timedelta(hours=10))

    assert [person for _, person, _ in pages(rehearsal)].count("cleo") > 5


def test_a_severity_without_a_ladder_pages_nobody_and_says_so() -> None:
    silent = replace(PAYMENTS, ladders={Severity.SEV4: None})

    rehearsal = played(silent, Severity.SEV4)

    assert rehearsal.why is End.NOBODY
    assert not rehearsal.told


def test_the_roster_is_asked_anew_at_each_moment() -> None:
    asked: list[datetime] = []

    def roster(at: datetime) -> Roster:
        asked.append(at)
        return ROSTER

    rehearsal = played(roster=roster)

    assert asked == [moment.at for moment in rehearsal.moments[1:]]


def test_a_channel_is_told_too_and_nobody_on_call_is_announced() -> None:
    empty = Rung(targets=(on_call("nobody"), ChannelTarget(channel="#ops")), wait=MINUTE)
    ladder = Ladder(id=LadderId("odd"), rungs=(empty, rung(to("bob"))))

    rehearsal = played(replace(PAYMENTS, ladder=ladder))

    kinds = [type(told.effect) for told in rehearsal.told[:2]]
    assert sorted(kind.__name__ for kind in kinds) == [Announce.__name__, PageChannel.__name__]
    assert pages(rehearsal)[0][:2] == (1, "bob")


def test_a_ladder_that_reaches_nobody_ends_after_a_day_at_the_latest() -> None:
    nobody = Ladder(id=LadderId("none"), rungs=(Rung(targets=(on_call("nobody"),), wait=MINUTE),))

    rehearsal = played(replace(PAYMENTS, ladder=nobody, catch_all=None))

    assert rehearsal.end <= NOW + timedelta(hours=24)
    assert not pages(rehearsal)


def test_the_ladder_of_the_severity_is_climbed() -> None:
    other = replace(LADDER, id=LadderId("other"), rungs=LADDER.rungs[1:])

    rehearsal = played(replace(PAYMENTS, ladders={Severity.SEV2: other}), Severity.SEV2)

    assert pages(rehearsal)[0][1] == "bob"


def test_while_a_page_waits_for_the_morning_the_nights_pages_are_told_too() -> None:
    night = Quiet(severities=(Severity.SEV3,), hours=Window(begin=time(22), end=time(7)))
    people = {**ROSTER.people, ANN.id: replace(ANN, quiet=night)}
    roster = replace(ROSTER, people=people)
    ladder = Ladder(id=LadderId("both"), rungs=(rung(to("ann"), to("bob")),))

    rehearsal = played(
        replace(PAYMENTS, ladder=ladder, catch_all=None), Severity.SEV3, roster=lambda _: roster
    )

    told = [at for at, person, method in pages(rehearsal) if (person, method) == ("bob", "slack")]
    assert told == list(range(0, 235, 5))
    own = [at for at, person, method in pages(rehearsal) if (person, method) == ("ann", "slack")]
    assert own == [230], "once in the morning"
    assert rehearsal.why is End.EXHAUSTED
