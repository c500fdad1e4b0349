"""What keeps an alert quiet, and that nothing is ever kept quiet without an end."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Severity
from bot.domain.ids import ServiceId
from bot.domain.inhibition import Inhibition
from bot.domain.quiet import FLAPPING, Heard, Hiding, Quiet, held_open, keeps_quiet, stale_at
from bot.domain.recurring import Recurring
from bot.domain.refused import Refused
from bot.domain.route import Handling, Placement
from bot.domain.silence import Silence, SilenceKind, check_approval, check_wanted
from bot.domain.standing import Standing
from bot.matchers import matcher
from tests.examples import NOW, actor, alert

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DB = ServiceId("db")


def placed(severity: Severity = Severity.SEV2, **handling: object) -> Placement:
    return Placement(service=DB, severity=severity, handling=Handling(**handling))  # type: ignore[arg-type]  # a test's shorthand


def heard(severity: Severity = Severity.SEV2, **changes: object) -> Heard:
    one = alert(fingerprint="f1")
    one = replace(one, labels={"host": "db-1", "alertname": "DiskFull"})
    return replace(Heard(alert=one, placement=placed(severity), since=NOW), **changes)  # type: ignore[arg-type]  # a test's shorthand


def silence(*conditions: str, **changes: object) -> Silence:
    made = Silence(
        id="one",
        kind=SilenceKind.SILENCE,
        conditions=conditions,
        since=NOW,
        until=NOW + HOUR,
        made_at=NOW,
        by=actor("ann"),
        reason="new disk",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


def hiding(one: Silence) -> Hiding:
    return Hiding(silence=one, matchers=tuple(map(matcher, one.conditions)))


def quiet(*silences: Silence) -> Quiet:
    return Quiet(hiding=tuple(map(hiding, silences)))


def cause(**labels: str) -> Standing:
    one = replace(alert(fingerprint="cause"), labels=labels)
    return Standing(alert=one, service=DB, severity=Severity.SEV1, since=NOW, last_at=NOW)


def test_a_silence_keeps_quiet_what_it_matches_until_its_end() -> None:
    muted = keeps_quiet(heard(), quiet(silence('host =~ "db-.*"')), NOW)

    assert muted is not None
    assert (muted.by, muted.until) == ("silence:one", NOW + HOUR)
    assert muted.why == "silence by Ann: new disk"


@pytest.mark.parametrize(
    ("one", "at"),
    [
        (silence("host=db-2"), NOW),
        (silence("host=db-1", "alertname=Other"), NOW),
        (silence("host=db-1"), NOW - MINUTE),
        (silence("host=db-1"), NOW + HOUR),
        (silence("host=db-1", ended_at=NOW + MINUTE), NOW + MINUTE),
        (silence("host=db-1", services=(ServiceId("web"),)), NOW),
    ],
    ids=["another host", "only one holds", "not yet", "over", "ended", "another service"],
)
def test_a_silence_keeps_nothing_else_quiet(one: Silence, at: datetime) -> None:
    assert keeps_quiet(heard(), quiet(one), at) is None


def test_conditions_see_service_and_severity_as_the_route_gave_them() -> None:
    assert keeps_quiet(heard(), quiet(silence("service=db")), NOW)
    assert keeps_quiet(
        heard(alert=replace(heard().alert, severity=None)), quiet(silence("severity=sev2")), NOW
    )


@pytest.mark.parametrize(
    ("condition", "quiet_now"),
    [
        ("severity=sev2", True),
        ("severity=warning", True),
        ('severity =~ "sev2|sev4"', True),
        ('severity != "sev2"', False),
        ('severity != "warning"', False),
        ("severity != sev1", True),
        ("severity=sev3", False),
        ("labels.severity=warning", True),
        ("labels.severity=sev2", False),
        ("labels.host=db-1", True),
        ("service=db", True),
        ("service=web", False),
        ("labels.service=web", True),
    ],
)
def test_severity_and_service_are_those_that_are_shown_whatever_labels_say(
    condition: str, quiet_now: bool
) -> None:
    told = replace(heard().alert, labels={"host": "db-1", "severity": "warning", "service": "web"})
    told = replace(told, severity=Severity.SEV2)

    assert (keeps_quiet(heard(alert=told), quiet(silence(condition)), NOW) is not None) is quiet_now


@pytest.mark.parametrize("condition", ["severity=sev4", "severity=info", 'severity =~ "info|sev4"'])
@pytest.mark.parametrize("word", ["info", "sev4"])
def test_what_a_route_made_worse_is_kept_quiet_by_nothing_that_means_what_it_was(
    condition: str, word: str
) -> None:
    """Its source's own word is `labels.severity`."""
    told = replace(heard().alert, severity=Severity.SEV4, labels={"severity": word})
    rules = Quiet(
        inhibitions=(Inhibition(source=(matcher("alertname=Down"),), target=(matcher(condition),)),),
        causes={0: (cause(alertname="Down"),)},
    )

    assert (
        keeps_quiet(heard(Severity.SEV2, alert=told, placement=placed()), quiet(silence(condition)), NOW)
        is None
    )
    assert keeps_quiet(heard(Severity.SEV2, alert=told, placement=placed()), rules, NOW) is None
    assert keeps_quiet(heard(alert=told, placement=placed()), quiet(silence(f"labels.severity={word}")), NOW)


def test_equal_compares_the_labels_of_the_alerts_and_not_where_they_belong() -> None:
    rule = replace(RULE, equal=("service",))
    told = replace(heard().alert, labels={**heard().alert.labels, "service": "web"})
    for theirs, hides in (("web", True), ("shop", False)):
        rules = Quiet(inhibitions=(rule,), causes={0: (cause(alertname="ClusterDown", service=theirs),)})
        assert (keeps_quiet(heard(alert=told), rules, NOW) is not None) is hides


def test_sev1_is_kept_quiet_by_two_people_only() -> None:
    one = silence("host=db-1", sev1=True)
    sev1 = heard(Severity.SEV1)

    assert keeps_quiet(heard(), quiet(one), NOW)
    assert keeps_quiet(sev1, quiet(one), NOW) is None
    assert keeps_quiet(sev1, quiet(replace(one, approved_by=actor("bob"))), NOW)
    assert keeps_quiet(sev1, quiet(silence("host=db-1", approved_by=actor("bob"))), NOW) is None


def test_nobody_approves_their_own_silence() -> None:
    one = silence("host=db-1", sev1=True)

    check_approval(one, actor("bob"), NOW)
    for wrong, by, at in (
        (one, actor("ann"), NOW),
        (one, actor("bob"), NOW + HOUR),
        (replace(one, sev1=False), actor("bob"), NOW),
        (replace(one, approved_by=actor("bob")), actor("cleo"), NOW),
    ):
        with pytest.raises(Refused):
            check_approval(wrong, by, at)


@pytest.mark.parametrize(
    "wrong",
    [
        silence(),
        silence("a=b", reason=" "),
        silence("a=b", until=NOW),
        silence("a=b", until=NOW + timedelta(days=31)),
        silence("a=b", kind=SilenceKind.MAINTENANCE, until=NOW + timedelta(days=8)),
        silence(*(f"a{n}=b" for n in range(21))),
        silence("a=b", since=NOW + timedelta(days=400), until=NOW + timedelta(days=401)),
    ],
    ids=["everything", "no reason", "no time", "too long", "too long a maintenance", "too many", "too far"],
)
def test_a_silence_has_conditions_a_reason_and_an_end(wrong: Silence) -> None:
    check_wanted(silence("a=b"), NOW)
    with pytest.raises(Refused):
        check_wanted(wrong, NOW)


RULE = Inhibition(
    source=(matcher("alertname=ClusterDown"),), target=(matcher("alertname=DiskFull"),), equal=("cluster",)
)


def test_an_alert_is_quiet_while_its_cause_fires_in_the_same_cluster() -> None:
    rules = Quiet(inhibitions=(RULE,), causes={0: (cause(alertname="ClusterDown"),)})
    elsewhere = Quiet(inhibitions=(RULE,), causes={0: (cause(alertname="ClusterDown", cluster="b"),)})

    muted = keeps_quiet(heard(), rules, NOW)
    assert muted is not None
    assert muted.by == "inhibited:1"
    assert NOW < muted.until <= NOW + MINUTE
    assert keeps_quiet(heard(), elsewhere, NOW) is None
    assert keeps_quiet(heard(), rules, NOW + timedelta(hours=24)) is None


def test_no_alert_keeps_itself_or_one_of_its_kind_quiet() -> None:
    rule = Inhibition(source=(matcher("alertname=DiskFull"),), target=(matcher("alertname=~.*Full"),))
    other = cause(alertname="DiskFull")
    itself = replace(other, alert=heard().alert)

    for one in (other, itself):
        assert keeps_quiet(heard(), Quiet(inhibitions=(rule,), causes={0: (one,)}), NOW) is None


def test_what_may_be_transient_is_paused_but_sev1_never() -> None:
    paused = heard(placement=placed(pause=5 * MINUTE))
    severe = heard(placement=placed(Severity.SEV1, pause=5 * MINUTE))

    muted = keeps_quiet(paused, Quiet(), NOW + 4 * MINUTE)
    assert muted is not None
    assert (muted.by, muted.until) == ("pause", NOW + 5 * MINUTE)
    assert keeps_quiet(paused, Quiet(), NOW + 5 * MINUTE) is None
    assert keeps_quiet(severe, Quiet(), NOW) is None
    assert keeps_quiet(replace(paused, going_on=True), Quiet(), NOW) is None
    flapping = replace(paused, turns=(NOW - 2 * MINUTE, NOW - MINUTE, NOW))
    assert keeps_quiet(flapping, Quiet(), NOW) is None


def test_what_flaps_is_held_open_until_it_is_calm() -> None:
    turns = (NOW - 20 * MINUTE, NOW - 3 * MINUTE, NOW - 2 * MINUTE, NOW)

    held = held_open(turns, NOW)

    assert held is not None
    assert (held.by, held.until) == (FLAPPING, NOW + 12 * MINUTE)
    assert "3 times in 15 minutes" in held.why
    assert held_open(turns, held.until) is None
    assert held_open(turns[:2], NOW) is None


def test_a_source_that_stops_telling_it_has_cleared_it() -> None:
    standing = cause()
    assert stale_at(standing, placed(resolve_after=HOUR)) == NOW + HOUR
    assert stale_at(standing, placed()) is None


def window(days: set[int], begin: str, end: str, zone: str = "Europe/London") -> Recurring:
    return Recurring(
        name="w",
        services=(DB,),
        days=frozenset(days),
        begin=time.fromisoformat(begin),
        end=time.fromisoformat(end),
        zone=zone,
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_recurring_maintenance_keeps_its_services_quiet() -> None:
    rules = Quiet(recurring=(window({NOW.weekday()}, "03:00", "04:00"),))

    muted = keeps_quiet(heard(), rules, NOW)

    assert muted is not None
    assert (muted.by, muted.until) == ("maintenance:w", NOW.replace(hour=4, minute=0))
    assert keeps_quiet(heard(placement=replace(placed(), service=ServiceId("web"))), rules, NOW) is None
    assert keeps_quiet(heard(), rules, muted.until) is None


@pytest.mark.parametrize(
    ("window", "inside", "since", "until"),
    [
        (window({6}, "02:00", "04:00"), "2026-07-05 01:30", "2026-07-05 01:00", "2026-07-05 03:00"),
        (window({6}, "23:00", "01:00"), "2026-07-05 23:30", "2026-07-05 22:00", "2026-07-06 00:00"),
        # the clocks go forward at 01:00 UTC: 01:30 does not exist, and begins at 02:00
        (window({6}, "01:30", "03:00"), "2026-03-29 01:10", "2026-03-29 01:00", "2026-03-29 02:00"),
        # the clocks go back at 01:00 UTC: from the first 01:30 to 02:30 are two hours
        (window({6}, "01:30", "02:30"), "2026-10-25 01:45", "2026-10-25 00:30", "2026-10-25 02:30"),
    ],
    ids=["summer", "past midnight", "clocks go forward", "clocks go back"],
)
def test_a_window_has_its_hours_on_the_clocks_of_its_zone(
    window: Recurring, inside: str, since: str, until: str
) -> None:
    assert window.around(at(inside)) == (at(since), at(until))
    assert window.around(at(until)) is None
    assert window.around(at(since) - MINUTE) is None
    assert window.next(at(since) - MINUTE) == (at(since), at(until))


def test_hours_that_do_not_exist_are_no_window() -> None:
    gone = window({6}, "01:15", "01:45")
    for minutes in range(0, 180, 5):
        assert gone.around(at("2026-03-29 00:00") + minutes * MINUTE) is None


silences = st.lists(
    st.builds(
        lambda begin, length, ended, sev1, approved, kind: silence(
            "host=db-1",
            id=f"s{begin}-{length}",
            kind=kind,
            since=NOW + begin * MINUTE,
            until=NOW + (begin + length) * MINUTE,
            ended_at=NOW + (begin + ended) * MINUTE if ended else None,
            sev1=sev1,
            approved_by=actor("bob") if approved else None,
        ),
        st.integers(-60, 60),
        st.integers(1, 120),
        st.integers(0, 200),
        st.booleans(),
        st.booleans(),
        st.sampled_from(SilenceKind),
    ),
    max_size=6,
)
windows = st.lists(
    st.builds(
        lambda days, begin, length: window(days, f"{begin:02d}:00", f"{(begin + length) % 24:02d}:00"),
        st.sets(st.integers(0, 6), max_size=3),
        st.integers(0, 23),
        st.integers(1, 5),
    ),
    max_size=3,
)


@given(
    silences=silences,
    windows=windows,
    severity=st.sampled_from(Severity),
    pause=st.sampled_from([None, 2 * MINUTE, 15 * MINUTE]),
    cause_ends=st.integers(0, 90),
    turns=st.lists(st.integers(-30, 0), max_size=5),
)
def test_whatever_is_kept_quiet_pages_in_the_end(
    silences: list[Silence],
    windows: list[Recurring],
    severity: Severity,
    pause: timedelta | None,
    cause_ends: int,
    turns: list[int],
) -> None:
    """Judged again and again when it is to be, an alert that goes on firing is let through."""
    one = heard(placement=placed(severity, pause=pause), turns=tuple(NOW + n * MINUTE for n in sorted(turns)))
    now, by = NOW, ""
    for _ in range(500):
        causes = (cause(alertname="ClusterDown"),) if now < NOW + cause_ends * MINUTE else ()
        rules = replace(quiet(*silences), recurring=tuple(windows), inhibitions=(RULE,), causes={0: causes})
        muted = keeps_quiet(one, rules, now)
        if muted is None:
            break
        assert muted.until > now
        assert muted.why
        assert severity is not Severity.SEV1 or muted.by != "pause"
        now, by = muted.until, muted.by
    else:
        raise AssertionError(f"quiet for ever by {by}")
    assert now <= NOW + timedelta(days=3)
