"""Lessons: proposed from one example, read by, and never an exception whatever is sent."""

from dataclasses import replace

import pytest
from hypothesis import given

from bot.domain.alert import Severity
from bot.domain.lesson import Lesson, phrases, says
from bot.domain.refused import Refused
from handlers.alerts import SlackMessage, read_history
from handlers.alerts.proposal import propose
from handlers.alerts.rehearsal import Became, rehearse
from handlers.alerts.spots import spots
from handlers.alerts.taught import ignored_by, lesson_for, read_by
from tests.unit.alerts.makers import event, said
from tests.unit.alerts.test_hostile import JSON, PATIENT, check


def lamp(cell: str, level: str) -> SlackMessage:
    fields = [{"title": "Cell", "value": cell}, {"title": "Status", "value": level}]
    return said(attachments=[{"title": "Cell report", "text": "Plasma drifts", "fields": fields}])


def lesson() -> Lesson:
    return Lesson(
        name="cells",
        channel="C1",
        bot="B1",
        title="attachments[0].text line 1",
        key=("field Cell",),
        state="field Status",
        cleared=("dark",),
        ignored=("drill",),
        severity="sev1",
    )


def test_what_is_proposed_reads_its_example_and_its_end() -> None:
    down = said(attachments=[{"title": "Disk of db-1", "fields": [{"title": "Status", "value": "Down"}]}])
    up = said(attachments=[{"title": "Disk of db-1", "fields": [{"title": "Status", "value": "Up"}]}])

    proposed = propose(down)

    assert proposed is not None
    assert (proposed.state, proposed.cleared) == ("field Status", ("up", "ok"))
    before, after = read_by(proposed, down).alert, read_by(proposed, up).alert
    assert before is not None
    assert after is not None
    assert (before.state.value, after.state.value) == ("firing", "cleared")
    assert before.fingerprint == after.fingerprint


def test_a_message_is_read_as_it_was_taught() -> None:
    fires, ends, other = (
        read_by(lesson(), each).alert
        for each in (lamp("n7", "amber"), lamp("n7", "dark"), lamp("s2", "amber"))
    )

    assert fires is not None
    assert ends is not None
    assert other is not None
    assert (fires.title, fires.severity, fires.confidence) == ("Plasma drifts", Severity.SEV1, 1.0)
    assert (fires.state.value, ends.state.value) == ("firing", "cleared")
    assert fires.fingerprint == ends.fingerprint != other.fingerprint
    assert fires.places["state"] == "field Status"
    assert fires.parser == "lesson cells version 1"


def test_what_is_to_be_ignored_is_no_alert_and_what_does_not_fit_is_left_to_others() -> None:
    drill = read_by(lesson(), lamp("n7", "drill"))
    other = read_by(lesson(), said(text="good morning"))

    assert (drill.alert, drill.fits) == (None, True)
    assert (other.alert, other.fits) == (None, False)


@pytest.mark.parametrize(
    ("bot", "fits"), [("B1", True), ("b1", True), ("A9", True), ("watcher", True), ("B2", False), ("", False)]
)
def test_a_lesson_is_for_one_author_in_one_channel(bot: str, fits: bool) -> None:
    message = said(text="x", app_id="A9", username="Watcher")

    assert (lesson_for(message, [replace(lesson(), bot=bot)]) is not None) is fits
    assert lesson_for(message, [replace(lesson(), bot=bot, channel="C2")]) is None


@pytest.mark.parametrize(
    ("text", "phrase", "said_so"),
    [
        ("Shop is UP", "up", True),
        ("Backup of shop", "up", False),
        ("✅ fine", "✅", True),
        (":white_check_mark: fine", ":white_check_mark:", True),
        ("back to normal", "back to normal", True),
        ("anything", " ", False),
    ],
)
def test_a_phrase_is_found_as_whole_words_or_as_a_sign(text: str, phrase: str, said_so: bool) -> None:
    assert says(text, phrase) is said_so


def test_phrases_are_typed_between_commas_and_are_not_endless() -> None:
    assert phrases("up, ok\n ,resolved, up") == ("up", "ok", "resolved")
    with pytest.raises(Refused):
        phrases(",".join(map(str, range(30))))


def test_a_rehearsal_leaves_out_others_and_threads() -> None:
    fields = [{"title": "Cell", "value": "n7"}, {"title": "Status", "value": "amber"}]
    mine = event(attachments=[{"text": "Plasma", "fields": fields}])
    reply = mine | {"thread_ts": "1.000000"}
    found = rehearse(lesson(), [mine, mine | {"bot_id": "B9"}, reply, {"type": "message"}, None, mine])

    assert dict(found.counts) == {Became.INCIDENT: 1, Became.REPEAT: 1}
    assert found.newest[0].title == "Plasma"


@pytest.mark.row("A08")
@PATIENT
@given(JSON)
def test_anything_at_all_can_be_shown_as_an_example(raw: object) -> None:
    message = read_history("C1", raw)
    if message is None:
        return
    assert all(len(spot) <= 150 for spot in spots(message))
    proposed = propose(message)
    for each in (lesson(), *([proposed] if proposed else [])):
        if alert := read_by(each, message).alert:
            check(alert)
    rehearse(lesson(), [raw])


TAUGHT = Lesson(name="x", channel="C1", bot="B1", title="text line 1", key=("text line 1",))
BESIDE = replace(TAUGHT, state="field Status", cleared=("up",))


def key(text: str, taught: Lesson) -> str:
    alert = read_by(taught, said(text=text)).alert
    assert alert is not None
    return alert.fingerprint


@pytest.mark.parametrize("taught", [TAUGHT, BESIDE, replace(TAUGHT, cleared=("up",))])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VM 101 is down", "VM 102 is down"),
        ("101 is down", "102 is down"),
        ("Job 8f14e45fceea167a failed", "Job 45c48cce2e2d7fbd failed"),
        ("CPU high because of db-1", "CPU high because of db-2"),
    ],
)
def test_what_somebody_chose_as_the_key_tells_things_apart(one: str, other: str, taught: Lesson) -> None:
    assert key(one, taught) != key(other, taught)


def test_a_key_beside_which_the_state_stands_counts_as_it_is_written() -> None:
    one, other = "Order sync failed: exports to db-1", "Order sync failed: imports to db-1"

    assert key(f"{one}\nStatus: Down", BESIDE) != key(f"{other}\nStatus: Down", BESIDE)
    assert key(f"{one} 93% at 03:10\nStatus: Down", BESIDE) == key(f"{one} 97% at 04:11\nStatus: up", BESIDE)


def line(host: str, state: str, queue: str = "4412 messages") -> SlackMessage:
    return said(text=f"Nagios9 | host {host} | Zustand: {state} | Queue {queue}")


def keys(taught: Lesson, *messages: SlackMessage) -> list[str]:
    found = [read_by(taught, each).alert for each in messages]
    return [each.fingerprint for each in found if each is not None]


def test_the_parts_of_a_line_are_places_of_their_own() -> None:
    assert spots(line("mail-7", "kaputt"))["text line 1, part 2"] == "host mail-7"

    taught = replace(lesson(), title="text line 1", key=("text line 1, part 2",), state="field Zustand")
    first, again, over, other = keys(
        taught, line("w-3", "kaputt"), line("w-3", "kaputt", "77"), line("w-3", "gut"), line("w-4", "kaputt")
    )

    assert first == again == over != other


def test_a_state_within_the_line_that_is_the_key_does_not_count() -> None:
    taught = replace(
        lesson(), title="text line 1", key=("text line 1",), state="field Zustand", cleared=("gut",)
    )
    fires, over, other = keys(taught, line("w-3", "kaputt"), line("w-3", "gut"), line("w-4", "kaputt"))

    assert fires == over != other


def test_what_is_proposed_of_a_line_in_parts_leaves_out_what_only_tells_the_state() -> None:
    proposed = propose(said(text="ALARM - db-1 - disk full - 97%"))

    assert proposed is not None
    assert proposed.key == ("text line 1, part 2", "text line 1, part 3")


SAID = Lesson(
    name="x", channel="C1", bot="B1", title="text line 1", key=("text line 1",), state="text line 1"
)


def state(text: str, *cleared: str) -> str:
    alert = read_by(replace(SAID, cleared=cleared), said(text=text)).alert
    assert alert is not None
    return alert.state.value


@pytest.mark.parametrize(
    "text",
    [
        "Follow up: payments down",
        "Follow up on payments",
        "Escalate: payments DOWN - look it up in the runbook",
        "db-1 down, backup not ok",
        "db-1 is not up",
        "db-1 isn't up yet",
        "db-1: 3 of 4 replicas up, quorum lost",
        "db-1: 3/4 replicas up",
        "Up: 3, Down: 1",
        "OK rate dropped to 2%",
        "db-1 changed from OK to CRITICAL",
        "db-1: OK -> CRITICAL",
        "Not resolved: db-1 down",
        "db-1 has not been resolved",
        "✅ 3 passed, ❌ 1 failed",
        "payments down, search: ok",
    ],
)
def test_a_phrase_for_the_end_does_not_count_beside_trouble(text: str) -> None:
    assert state(text, "up", "ok", "resolved", "✅") == "firing"


@pytest.mark.parametrize(
    "text",
    [
        "db-1 is up",
        "db-1 up again",
        "UP: db-1",
        "[OK] db-1 down",
        "OK: db-1 down",
        "RESOLVED: database db-1 is down",
        "db-1: CRITICAL -> OK",
        "db-1 changed from DOWN to UP",
        "✅ db-1 down",
        "The outage of db-1 has been resolved",
        "db-1: 4 of 4 replicas up",
        "No errors left, db-1 is up",
        "Error rate of shop: ok",
    ],
)
def test_an_end_that_is_taught_counts_where_it_is_said(text: str) -> None:
    assert state(text, "up", "ok", "resolved", "✅") == "cleared"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Payments: down\nSearch: up", "firing"),
        ("db-1 is down\nlook it up in the runbook", "firing"),
        ("Disk failure of db-1\nState: resolved", "cleared"),
        ("Shop\nStatus: up", "cleared"),
    ],
)
def test_what_is_told_anywhere_is_over_when_no_other_line_is_in_trouble(text: str, expected: str) -> None:
    alert = read_by(replace(SAID, state="", cleared=("up", "ok", "resolved")), said(text=text)).alert
    assert alert is not None
    assert alert.state.value == expected


def test_what_somebody_taught_as_a_whole_is_taken_at_their_word() -> None:
    assert state("db-1 no longer down", "no longer down") == "cleared"
    assert state("db-1 entwarnt, Ausfall behoben", "entwarnt") == "cleared"
    assert state("cell n7 dark", "dark") == "cleared"


def test_what_is_ignored_says_by_which_phrase() -> None:
    assert ignored_by(lesson(), lamp("n7", "drill")) == "drill"
    assert ignored_by(lesson(), lamp("n7", "amber")) == ""


IN_PARTS = "P1 | payments-api | 5xx above 5% | since 03:12"


@pytest.mark.parametrize("place", ["", "text line 1"])
@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("P1 | payments-api | 5xx above 5% | OK since 03:20", "OK since", "cleared"),
        ("P1 | orders-api | errors | OK since 03:20", "ok since", "cleared"),
        ("CRITICAL | db-1 | disk full | OK", "ok", "cleared"),
        ("P1 | db-1 | disk full | ✅ OK since 03:20", "ok since", "cleared"),
        ("P1 | db-1 | disk failure | State: OK since 03:20", "ok since", "cleared"),
        ("P1 | db-1 | 5xx above 5% | not OK since 03:20", "ok since", "firing"),
        ("P1 | payments-api | follow up | payments down", "follow up", "firing"),
        ("P1 | payments-api | follow up: payments down", "follow up", "firing"),
        ("db-1 is down | P1 | OK since 02:00", "ok since", "firing"),
        ("db-1 | 🔴 disk | OK since 02:00", "ok since", "firing"),
        ("db-1 | DOWN | OK since 02:00", "ok since", "firing"),
        ("Up 3 | Down 1", "up", "firing"),
        ("payments down | ok search", "ok", "firing"),
    ],
)
def test_an_end_at_the_beginning_of_a_part_speaks_of_the_whole_line(
    text: str, phrase: str, expected: str, place: str
) -> None:
    taught = replace(SAID, state=place, cleared=(phrase,))
    alert = read_by(taught, said(text=text)).alert

    assert alert is not None
    assert alert.state.value == expected


def test_the_end_of_a_line_in_parts_is_that_of_its_alert() -> None:
    proposed = propose(said(text=IN_PARTS))
    assert proposed is not None
    taught = replace(proposed, cleared=("OK since",))
    posted = [
        {"type": "message", "ts": f"{n}.0", "bot_id": "B1", "text": text}
        for n, text in enumerate((IN_PARTS, IN_PARTS.replace("since 03:12", "OK since 03:20")), 1)
    ]

    assert dict(rehearse(taught, reversed(posted)).counts) == {Became.INCIDENT: 1, Became.CLEARED: 1}


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("db-1 down, backup not ok", "", ("not ok", "not", "down")),
        ("Escalate: payments: ok\nsearch is down", "", ("search is down",)),
        ("db-1 | 5xx: ok", "field Status", ()),
    ],
)
def test_a_rehearsal_says_which_words_win_over_a_taught_end(
    text: str, state: str, words: tuple[str, ...]
) -> None:
    taught = replace(SAID, state=state, cleared=("ok",))
    raw = {"type": "message", "ts": "1.0", "bot_id": "B1", "text": text}

    (held,) = rehearse(taught, [raw, raw | {"text": "nothing of the kind"}]).held

    assert held.held is not None
    assert (held.held.phrase, held.held.words) == ("ok", words)
