from datetime import timedelta

import pytest
from hypothesis import given

from bot.domain.people import SYSTEM, Actor
from bot.domain.timeline import Entry, EntryKind
from bot.render.entries import export, loud, marked_sentence, sentence, thread_reply, timeline
from tests.unit.render.examples import ANN, ANY_TEXT, NOW, PATIENT, judge, judge_markup, markups, opened

INCIDENT = opened()

SENTENCES: list[tuple[EntryKind, Actor, dict[str, str], str]] = [
    (EntryKind.OPENED, ANN, {"title": "API down", "severity": "sev1"}, "Opened by Ann Lee as SEV1: API down"),
    (
        EntryKind.ALERT,
        ANN,
        {"title": "High latency", "severity": "sev2"},
        "Alert from Ann Lee, SEV2: High latency",
    ),
    (EntryKind.ALERT_CLEARED, ANN, {"title": "High latency"}, "Cleared by Ann Lee: High latency"),
    (EntryKind.STILL_FIRING, SYSTEM, {"alerts": "3"}, "Still firing: 3 alerts"),
    (
        EntryKind.STORM,
        SYSTEM,
        {"most": "30", "per": "2 min"},
        "Alert storm: more than 30 new alerts in 2 min, gathered here",
    ),
    (
        EntryKind.STORM_OVER,
        SYSTEM,
        {"alerts": "57", "firing": "3"},
        "The storm is over: it brought 57 alerts, 3 still fire",
    ),
    (
        EntryKind.RUNG,
        SYSTEM,
        {"rung": "2", "round": "1", "people": "Bob, #payments"},
        "Rung 2, round 1: paging Bob, #payments",
    ),
    (EntryKind.NOBODY, SYSTEM, {"missing": "schedule payments"}, "NOBODY ON CALL for schedule payments"),
    (
        EntryKind.EXHAUSTED,
        SYSTEM,
        {"ladder": "payments", "rounds": "2"},
        "The ladder payments is exhausted (rounds: 2), and the incident is not taken",
    ),
    (EntryKind.PAGE_SENT, SYSTEM, {"person": "Ann Lee", "method": "slack"}, "Page to Ann Lee sent (slack)"),
    (
        EntryKind.PAGE_FAILED,
        SYSTEM,
        {"person": "Ann Lee", "method": "email", "reason": "550"},
        "Page to Ann Lee FAILED (email): 550",
    ),
    (EntryKind.ACKNOWLEDGED, ANN, {"via": "page"}, "Ann Lee acknowledged (page)"),
    (EntryKind.ACKNOWLEDGED, ANN, {}, "Ann Lee acknowledged"),
    (EntryKind.JOINED, ANN, {}, "Ann Lee acknowledged too"),
    (EntryKind.UNACKNOWLEDGED, ANN, {}, "Ann Lee took the acknowledgement back; the ladder begins again"),
    (
        EntryKind.SNOOZED,
        ANN,
        {"until": "2026-11-22T15:10:00+00:00"},
        "Ann Lee snoozed it until 2026-11-22 15:10 UTC",
    ),
    (EntryKind.SNOOZED, ANN, {"until": "later"}, "Ann Lee snoozed it until later"),
    (EntryKind.WOKEN, SYSTEM, {"snoozed": "yes"}, "The snooze ended; the ladder begins again"),
    (EntryKind.WOKEN, SYSTEM, {"snoozed": ""}, "The acknowledgement ended; the ladder begins again"),
    (EntryKind.ESCALATED, ANN, {}, "Ann Lee escalated: the next rung is paged now"),
    (EntryKind.DECLINED, ANN, {}, "Ann Lee can't take it; the next rung is paged now"),
    (EntryKind.ACKNOWLEDGED, ANN, {"missing": "1 more"}, "Ann Lee acknowledged; still needed: 1 more"),
    (EntryKind.ESCALATED, ANN, {"to": "3"}, "Ann Lee escalated to rung 3: it is paged now"),
    (
        EntryKind.SKIPPED,
        SYSTEM,
        {"rung": "2", "round": "1", "why": "during office"},
        "Rung 2, round 1 skipped: only during office",
    ),
    (
        EntryKind.HELD,
        SYSTEM,
        {"rung": "1", "round": "1", "until": "later", "why": "during office"},
        "Rung 1, round 1 is held until later: only during office",
    ),
    (
        EntryKind.TURN,
        SYSTEM,
        {"rung": "1", "round": "1", "people": "Bob"},
        "Rung 1, round 1: next in turn, Bob",
    ),
    (
        EntryKind.LATER,
        SYSTEM,
        {"rung": "1", "round": "1", "people": "Ann", "why": "nobody"},
        "Rung 1, round 1: paging Ann now; nobody was there before",
    ),
    (
        EntryKind.LATER,
        SYSTEM,
        {"rung": "1", "round": "1", "people": "Ann", "why": ""},
        "Rung 1, round 1: paging Ann now; they could not be paged before",
    ),
    (
        EntryKind.QUIET,
        SYSTEM,
        {"people": "Ann", "until": "later"},
        "Ann has quiet hours until later and is paged then",
    ),
    (
        EntryKind.QUIET,
        SYSTEM,
        {"people": "Ann", "until": "later", "turn": "soon"},
        "Ann has quiet hours until later; the turn changes at soon, and who is on call is asked anew",
    ),
    (EntryKind.ASKED_AGAIN, SYSTEM, {"people": "Bob"}, "No answer yet: paging Bob again"),
    (EntryKind.STOPPED, ANN, {}, "Ann Lee is not paged any more: somebody else has it"),
    (
        EntryKind.MOVED,
        ANN,
        {"before": "Payments", "after": "Search"},
        "Ann Lee moved it from Payments to Search, whose ladder begins now",
    ),
    (
        EntryKind.RESTARTED,
        ANN,
        {"ladder": "payments"},
        "Ann Lee has the configuration's ladder payments climbed from its beginning",
    ),
    (
        EntryKind.EXTENDED,
        ANN,
        {"until": "2026-11-22T15:10:00+00:00"},
        "Ann Lee still has it, until 2026-11-22 15:10 UTC",
    ),
    (
        EntryKind.UNDONE,
        ANN,
        {"what": "acknowledgement"},
        "Ann Lee took the acknowledgement back; the ladder goes on where it was",
    ),
    (
        EntryKind.OFFERED,
        ANN,
        {"to": "Bob", "giver": "Ann Lee", "schedule": ""},
        "Ann Lee asks Bob to take it over",
    ),
    (
        EntryKind.OFFERED,
        SYSTEM,
        {"to": "Bob", "giver": "Ann Lee", "schedule": "primary"},
        "The turn of primary has changed: Bob is asked to take it over from Ann Lee",
    ),
    (EntryKind.HANDED_OVER, ANN, {"giver": "Bob"}, "Ann Lee took it over from Bob"),
    (EntryKind.OFFER_DECLINED, ANN, {"giver": "Bob"}, "Ann Lee can't take it over; it stays with Bob"),
    (
        EntryKind.PAGED_BY_HAND,
        ANN,
        {"people": "Bob", "message": "your db?"},
        "Ann Lee paged Bob: your db?",
    ),
    (
        EntryKind.SEVERITY,
        ANN,
        {"before": "sev3", "after": "sev1"},
        "Ann Lee changed the severity from SEV3 to SEV1",
    ),
    (EntryKind.NOTE, ANN, {"text": "rolled back\n1.2.3"}, "Note by Ann Lee: rolled back\n1.2.3"),
    (EntryKind.RESOLVED, ANN, {"summary": "", "reason": ""}, "Resolved by Ann Lee"),
    (
        EntryKind.RESOLVED,
        ANN,
        {"summary": "restart", "reason": "fixed"},
        "Resolved by Ann Lee as fixed: restart",
    ),
    (EntryKind.REOPENED, ANN, {"reason": "it fires again"}, "Reopened by Ann Lee: it fires again"),
    (EntryKind.TICKET, ANN, {"key": "OPS-1", "dropped": ""}, "Ticket OPS-1 opened"),
    (
        EntryKind.TICKET,
        ANN,
        {"key": "OPS-1", "dropped": "priority"},
        "Ticket OPS-1 opened, without priority",
    ),
    (EntryKind.TICKET, ANN, {"problem": "no project"}, "The ticket failed: no project"),
    (
        EntryKind.DENIED,
        ANN,
        {},
        "Ann Lee is not allowed to change this incident, and tried several times",
    ),
    (
        EntryKind.GIVEN_UP,
        SYSTEM,
        {"what": "card", "reason": "channel_not_found"},
        "Could not deliver card: channel_not_found. It was given up",
    ),
]


def entry(kind: EntryKind, by: Actor = ANN, seq: int = 1, **facts: str) -> Entry:
    return Entry(seq=seq, at=NOW + timedelta(seconds=seq), kind=kind, by=by, facts=facts)


@pytest.mark.parametrize(("kind", "by", "facts", "words"), SENTENCES)
def test_every_kind_of_entry_is_a_sentence(
    kind: EntryKind, by: Actor, facts: dict[str, str], words: str
) -> None:
    assert sentence(Entry(seq=1, at=NOW, kind=kind, by=by, facts=facts)) == words


def test_the_table_above_has_every_kind() -> None:
    assert {kind for kind, *_ in SENTENCES} == set(EntryKind)


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    snoozed = entry(EntryKind.SNOOZED, until="2026-11-22T15:10:00+00:00")

    assert sentence(snoozed, "Asia/Kolkata").endswith("until 2026-11-22 20:40 Asia/Kolkata")
    assert marked_sentence(snoozed).endswith("until <!date^1795360200^{time}|15:10 UTC>")


def test_a_reply_has_a_line_with_its_utc_time_for_each_entry() -> None:
    reply = thread_reply(
        [entry(EntryKind.ACKNOWLEDGED, via="card"), entry(EntryKind.NOTE, seq=2, text="<@U1>")]
    )

    assert (
        reply.text
        == "`14:37:01 UTC` Ann Lee acknowledged (card)\n`14:37:02 UTC` Note by Ann Lee: &lt;@U1&gt;"
    )
    assert reply.blocks == ()


@pytest.mark.parametrize("kind", EntryKind)
def test_only_what_must_not_be_missed_is_shown_in_the_channel_too(kind: EntryKind) -> None:
    wanted = {EntryKind.PAGE_FAILED, EntryKind.EXHAUSTED, EntryKind.REOPENED, EntryKind.DENIED}

    assert loud([entry(EntryKind.NOTE), entry(kind)]) is (kind in wanted)


def test_a_long_batch_says_how_much_is_left_out() -> None:
    reply = thread_reply([entry(EntryKind.NOTE, seq=number, text="x" * 900) for number in range(1, 9)])

    assert reply.text.endswith("… and 5 more")
    judge(reply)


def test_the_timeline_shows_the_newest_first() -> None:
    made = timeline(INCIDENT, [entry(EntryKind.OPENED), entry(EntryKind.RESOLVED, seq=2)], NOW)
    lines = markups(made.body())[1].split("\n")

    assert "Resolved by" in lines[0]
    assert "Opened by" in lines[1]
    judge(made)


def test_an_empty_timeline_is_still_a_message() -> None:
    judge(timeline(INCIDENT, [], NOW))


def test_an_export_is_markdown_in_which_nothing_is_markup() -> None:
    made = export(INCIDENT, [entry(EntryKind.NOTE, text="![x](http://e.il/x.png) <b>\n# no heading")])

    assert made.startswith("# INC-42: API error rate 38% on checkout\n")
    assert r"Note by Ann Lee: \!\[x\](http://e.il/x.png) \<b\>" in made
    assert "\n  \\# no heading" in made


@pytest.mark.row("A32", "A34")
@PATIENT
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_an_entry_says_it_mentions_nobody(text: str, name: str) -> None:
    words = "title severity rung round people missing ladder rounds person method reason via until"
    more = "snoozed message before after text summary key dropped what"
    facts = dict.fromkeys(f"{words} {more}".split(), text)
    by = Actor(kind=ANN.kind, id=ANN.id, name=name)
    batch = [
        Entry(seq=number, at=NOW, kind=kind, by=by, facts=facts)
        for number, kind in enumerate(EntryKind, start=1)
    ]

    for each in batch:
        judge_markup(marked_sentence(each))
        sentence(each).encode()
    judge(thread_reply(batch))
    judge(timeline(INCIDENT, batch, NOW))
    export(INCIDENT, batch).encode()
