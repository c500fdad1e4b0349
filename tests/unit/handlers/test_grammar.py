"""What people type, and what is understood."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import MessageRef, Severity
from bot.domain.override import OverrideKind
from bot.service import ByMessage, ByNumber, ByTicket
from handlers import oncall_orders as on
from handlers import orders as o
from handlers.grammar import VERBS, Grammar
from handlers.spans import Span
from handlers.words import Unclear, Zoned

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKYO = Grammar(zoned=Zoned(now=NOW, zone=ZoneInfo("Asia/Tokyo")))
LONDON = Grammar(zoned=Zoned(now=NOW, zone=ZoneInfo("Europe/London")))
INC42 = ByNumber(number=42)
PERMALINK = "https://example-co.slack.com/archives/C0INCIDENT1/p1763856123000100"
CARD = ByMessage(message=MessageRef(channel="C0INCIDENT1", ts="1763856123.000100"))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", o.DeclareForm()),
        ("declare", o.DeclareForm()),
        ("declare DB is slow", o.DeclareNow(title="DB is slow")),
        ("Declare DB is slow sev2", o.DeclareNow(title="DB is slow", severity=Severity.SEV2)),
        ("declare DB is slow SEV‑1", o.DeclareNow(title="DB is slow", severity=Severity.SEV1)),
        ("declare disk full on node 1", o.DeclareNow(title="disk full on node 1")),
        ("declare payments are critical", o.DeclareNow(title="payments are critical")),
        ("declare “DB is slow” p1", o.DeclareNow(title="DB is slow", severity=Severity.SEV1)),
        (
            "declare DB is slow —service api sev3",
            o.DeclareNow(title="DB is slow", severity=Severity.SEV3, service="api"),
        ),
        (
            "declare --service=api --sev critical DB – is slow",
            o.DeclareNow(title="DB – is slow", severity=Severity.SEV1, service="api"),
        ),
        ("declare a &lt;b&gt; &amp; <https://x.example|x.example>", None),
        ("list", o.ListOpen()),
        ("ls mine", o.ListOpen(mine=True)),
        ("list sev1 2", o.ListOpen(severity=Severity.SEV1, page=2)),
        ("show INC-42", o.Show(which=INC42)),
        ("SHOW\u00a0inc-42", o.Show(which=INC42)),
        ("ack", o.Ack()),
        ("a 42", o.Ack(which=INC42)),
        ("acknowledge #42", o.Ack(which=INC42)),
        ("ack OPS-123", o.Ack(which=ByTicket(key="OPS-123"))),
        (f"ack <{PERMALINK}|link>", o.Ack(which=CARD)),
        (f"ack {PERMALINK}", o.Ack(which=CARD)),
        (
            "ack <https://example-co.slack.com/archives/C0INCIDENT1/p1763856199000100"
            "?thread_ts=1763856123.000100&amp;cid=C0INCIDENT1>",
            o.Ack(which=CARD),
        ),
        ("ack for 2h", o.Ack(until=NOW + timedelta(hours=2))),
        ("unack", o.Unack()),
        ("resolve", o.ResolveIt()),
        ("r INC-42 rolled back 1.2.3", o.ResolveIt(which=INC42, summary="rolled back 1.2.3")),
        ("close 42", o.ResolveIt(which=INC42)),
        ("resolve it was &lt;DNS&gt;", o.ResolveIt(summary="it was <DNS>")),
        ("reopen INC-42 it is back", o.ReopenIt(which=INC42, reason="it is back")),
        ("sev 1", o.SetSeverity(severity=Severity.SEV1)),
        ("sev 42 1", o.SetSeverity(which=INC42, severity=Severity.SEV1)),
        ("severity critical INC-42", o.SetSeverity(which=INC42, severity=Severity.SEV1)),
        ("sev INC-42", o.SetSeverity(which=INC42)),
        ("note rolled back", o.Note(text="rolled back")),
        ('note "3 hosts rebooted"', o.Note(text="3 hosts rebooted")),
        ("note INC-42 two\nlines", o.Note(which=INC42, text="two\nlines")),
        ("page", o.Page()),
        ("page <@U0ANNLEE001|ann>", o.Page(targets=(on.User(id="U0ANNLEE001"),))),
        (
            "page INC-42 <@U0ANNLEE001>, <@W0BOB> please look",
            o.Page(
                which=INC42, targets=(on.User(id="U0ANNLEE001"), on.User(id="W0BOB")), message="please look"
            ),
        ),
        (
            "page <!subteam^S0ONCALL001|@oncall>",
            o.Page(targets=(on.Group(id="S0ONCALL001", label="@oncall"),)),
        ),
        ("page primary db is down", o.Page(targets=(on.Named(name="primary"),), message="db is down")),
        ("escalate", o.EscalateNow()),
        ("escalate INC-42 to 3", o.EscalateNow(which=INC42, to=3)),
        ("escalate to step 2", o.EscalateNow(to=2)),
        ("escalate to rung 2", o.EscalateNow(to=2)),
        ("escalate rung 2", o.EscalateNow(to=2)),
        ("ladder", o.ShowLadder()),
        ("ladder INC-42 restart", o.RestartLadder(which=INC42)),
        ("move INC-42 to search", o.MoveTo(which=INC42, service="search")),
        ("move search", o.MoveTo(service="search")),
        ("stop INC-42", o.StopMine(which=INC42)),
        ("snooze 1h30m", o.SnoozeIt(until=NOW + timedelta(minutes=90))),
        ("snooze 42 10m", o.SnoozeIt(which=INC42, until=NOW + timedelta(minutes=10))),
        ("snooze", o.SnoozeIt()),
        ("timeline INC-42", o.Timeline(which=INC42)),
        ("help", o.Help()),
        ("oncall me", on.MyShifts()),
    ],
)
def test_words_become_orders(text: str, order: o.Order | None) -> None:
    expected = order or o.DeclareNow(title="a <b> & x.example (https://x.example)")

    assert LONDON.incident(text) == expected


def test_a_time_of_day_is_the_callers_own() -> None:
    assert TOKYO.incident("snooze until 22:30") == o.SnoozeIt(
        until=datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
    )
    assert LONDON.incident("snooze until 9am") == o.SnoozeIt(until=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert LONDON.incident("ack until tomorrow 13:00") == o.Ack(
        until=datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    )


def test_a_time_of_day_that_the_clocks_skip_moves_to_the_jump() -> None:
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    berlin = Grammar(zoned=Zoned(now=before, zone=ZoneInfo("Europe/Berlin")))

    assert berlin.incident("snooze until 02:30") == o.SnoozeIt(until=datetime(2026, 3, 29, 1, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("resovle INC-42", "`resolve`"),
        ("frobnicate", "`/incident help`"),
        ("ack the thing", "time “the thing”"),
        ("resolve 42 rolled back", "INC-42"),
        ("note 3 hosts rebooted", "in quotes"),
        ("sev x 9", "sev 1"),
        ("snooze 30", "snooze 30m"),
        ("escalate INC-42 to the moon", "To which rung?"),
        ("ladder INC-42 jump", "`ladder INC-42 restart`"),
        ("move INC-42", "To which service?"),
        ("show INC-42 INC-43", "which incident"),
        ("declare --private secret", "Private"),
        ("declare " + "x" * 201, "201 characters"),
        ("declare x --sev 7", "no severity"),
        ("list everything", "everything"),
        ("page !!!", "Whom"),
        ("snooze 10 minutes ago", "time"),
    ],
)
def test_what_is_not_understood_says_what_would_be(text: str, hint: str) -> None:
    with pytest.raises(Unclear) as caught:
        LONDON.incident(text)

    assert hint in str(caught.value)


def test_on_call_questions() -> None:
    assert LONDON.on_call("") == on.WhoIsOnCall()
    assert LONDON.on_call("who primary at 13:00") == on.WhoIsOnCall(
        schedule="primary", at=datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    )
    assert LONDON.on_call("me") == on.MyShifts()
    with pytest.raises(Unclear, match="`who`"):
        LONDON.on_call("whoo")


def test_a_mention_without_words_asks_for_help_and_one_with_words_is_an_order() -> None:
    assert LONDON.said("") == o.Help()
    assert LONDON.said("oncall who") == on.WhoIsOnCall()
    assert LONDON.said("/incident ack INC-42") == o.Ack(which=INC42)
    assert LONDON.said("ack INC-42") == o.Ack(which=INC42)


typed = st.one_of(
    st.text(),
    st.builds(
        lambda verb, rest: f"{verb} {rest}",
        st.sampled_from([*VERBS, "who", "me", "a", "r"]),
        st.one_of(
            st.text(),
            st.text(alphabet="0123456789:dhmsINCapt-<>|@!^#&; —–“”\"'\u00a0 S U0", max_size=60),
        ),
    ),
)


@given(typed)
def test_any_text_is_an_order_or_unclear(text: str) -> None:
    for read in (TOKYO.incident, TOKYO.said, TOKYO.on_call):
        with suppress(Unclear):
            read(text)


BOB = on.User(id="U0BOBRAY001")
LATE = Span(since=datetime(2026, 11, 23, 22, tzinfo=UTC), until=datetime(2026, 11, 24, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("take", on.TakeShift()),
        ("cover primary", on.TakeShift(schedule="primary")),
        ("take primary 22:00 to 06:00", on.TakeShift(schedule="primary", span=LATE)),
        ("take 22:00 to 06:00", on.TakeShift(span=LATE)),
        (
            "take primary for <@U0BOBRAY001|bob> 22:00 to 06:00",
            on.TakeShift(schedule="primary", whom=BOB, span=LATE),
        ),
        (
            'take "Payments primary" @bob',
            on.TakeShift(schedule="Payments primary", whom=on.Named(name="bob")),
        ),
        ("override", on.OverrideForm()),
        ("override primary", on.OverrideForm(schedule="primary")),
        (
            "override add primary <@U0BOBRAY001>",
            on.OverrideForm(schedule="primary", whom=BOB, kind=OverrideKind.ADD),
        ),
        (
            "override primary <@U0BOBRAY001> 22:00 to 06:00 Night off",
            on.OverrideNow(
                schedule="primary", whom=BOB, span=replace(LATE, rest="Night off"), reason="Night off"
            ),
        ),
        (
            "override remove primary me 22:00 06:00 leaving nobody",
            on.OverrideNow(
                schedule="primary", whom=on.Myself(), span=LATE, kind=OverrideKind.REMOVE, leaving_nobody=True
            ),
        ),
        ("swap", on.SwapForm()),
        ("swap primary with <@U0BOBRAY001>", on.SwapForm(schedule="primary", other=BOB)),
        (
            "swap primary @ann @cleo",
            on.SwapForm(schedule="primary", other=on.Named(name="ann"), first=on.Named(name="cleo")),
        ),
        ("list", on.ListOverrides()),
        ("list primary", on.ListOverrides(schedule="primary")),
        ("cancel #7k2ab9", on.CancelOverride(mark="7k2ab9")),
        ("remove 7K2AB9 leaving nobody", on.CancelOverride(mark="7k2ab9", leaving_nobody=True)),
        ("test", on.PageMyself()),
        ("page <@U0BOBRAY001> look", on.PageNow(targets=(BOB,), message="look")),
        (
            "page INC-4 primary look",
            on.PageNow(which=ByNumber(number=4), targets=(on.Named(name="primary"),), message="look"),
        ),
    ],
)
def test_shifts_are_changed_in_words(typed: str, meant: on.OnCallOrder) -> None:
    assert LONDON.on_call(typed) == meant
    assert LONDON.said(f"oncall {typed}") == meant


@pytest.mark.parametrize("typed", ["override primary @bob for 90d Parental leave", "take primary for 32d"])
def test_a_very_long_override_must_be_said_to_be_meant(typed: str) -> None:
    with pytest.raises(Unclear, match=r"nothing was changed\. If so long is meant, .* end with `really`"):
        LONDON.on_call(typed)

    order = LONDON.on_call(f"{typed} really")

    assert isinstance(order, on.OverrideNow | on.TakeShift)
    assert order.span is not None
    assert order.span.until - order.span.since > timedelta(days=31)
    assert "really" not in order.reason


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("take primary soon", "I don't understand the time"),
        ("cancel", "Which override"),
        ("cancel everything now", "Which override"),
        ("swap primary @bob tomorrow", "choose the shifts in the form"),
        ("page", "Whom"),
        ("override primary <!subteam^S0DBTEAM001> 1h", "A user group can't be on call"),
        ("cove primary", "Did you mean"),
    ],
)
def test_what_is_unclear_about_shifts_is_asked(typed: str, why: str) -> None:
    with pytest.raises(Unclear, match=why):
        LONDON.on_call(typed)


@given(st.text())
def test_whatever_is_said_about_shifts_is_an_order_or_unclear(typed: str) -> None:
    with suppress(Unclear):
        LONDON.on_call(f"override {typed}")
        LONDON.on_call(f"take {typed}")
