"""What is mutated, by which tests it is tried, and which mutants are no mistakes."""

from collections.abc import Mapping, Sequence

DOMAIN = ("tests/unit/domain", "tests/store/test_codec.py")
WORKERS = (
    *("tests/unit/test_retry.py", "tests/unit/test_pace_of_workers.py", "tests/store/test_settlement.py"),
    *("tests/store/test_ledger.py", "tests/store/test_dispatcher.py", "tests/store/test_climber.py"),
    *("tests/store/test_climber_turns.py", "tests/store/test_climber_singly.py"),
    "tests/store/test_climber_further.py",
    *("tests/store/test_claim_after_a_pause.py", "tests/store/test_limits.py"),
    *("tests/store/test_ledger_further.py", "tests/store/test_dispatcher_rounds.py"),
)
STORE = (
    *("tests/store/test_outbox.py", "tests/store/test_standing.py", "tests/store/test_damage.py"),
    *("tests/store/test_ledger.py", "tests/store/test_settlement.py", "tests/store/test_same_instant.py"),
    *("tests/store/test_sweep.py", "tests/store/test_postgres.py", "tests/store/test_model.py"),
    *("tests/store/test_undo.py", "tests/store/test_limits.py", "tests/store/test_trail.py"),
    *("tests/store/test_outbox_rungs.py", "tests/store/test_outbox_books.py"),
    "tests/store/test_held_pages.py",
)

TARGETS: Mapping[str, Sequence[str]] = {
    "bot/domain/decide.py": DOMAIN,
    "bot/domain/arming.py": DOMAIN,
    "bot/domain/climb.py": DOMAIN,
    "bot/domain/paging.py": DOMAIN,
    "bot/domain/round_robin.py": DOMAIN,
    "bot/domain/catching_up.py": DOMAIN,
    "bot/domain/owed.py": DOMAIN,
    "bot/domain/ladder.py": DOMAIN,
    "bot/domain/prospect.py": DOMAIN,
    "bot/domain/aim.py": DOMAIN,
    "bot/domain/condition.py": DOMAIN,
    "bot/domain/calendar.py": DOMAIN,
    "bot/domain/quorum.py": DOMAIN,
    "bot/domain/acknowledge.py": DOMAIN,
    "bot/domain/undo.py": DOMAIN,
    "bot/domain/asked.py": DOMAIN,
    "bot/domain/escalate.py": DOMAIN,
    "bot/domain/personal.py": DOMAIN,
    "bot/domain/timers.py": DOMAIN,
    "bot/domain/turns.py": DOMAIN,
    "bot/workers/climber.py": WORKERS,
    "bot/workers/dispatcher.py": WORKERS,
    "bot/workers/settlement.py": WORKERS,
    "bot/workers/ledger.py": WORKERS,
    "bot/workers/retry.py": WORKERS,
    "bot/store/outbox.py": STORE,
    "bot/store/tellings.py": STORE,
    "bot/store/outbox_queries.py": STORE,
}

_LOGGED = "a name for people, in the log"
_NO_ELSE = "without it SQL says NULL as well"
_SAME_LENGTH = "both always have the same length; strict only says so"

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "bot/domain/decide.py": {
        "_remind: ''  ->  'XX'": "only those with a Slack user are asked, so the other text is never used",
        "_wish: assert_never(command)  ->  pass": "mypy proves that it is never reached",
    },
    "bot/domain/arming.py": {
        "arm: draft.change(... unconfirmed=None ...)  ->  without unconfirmed": (
            "whatever begins a climb has taken the doubt away before, and the clock does nothing in doubt"
        ),
    },
    "bot/domain/climb.py": {
        "_exhaust: 'exhausted'  ->  'exhaustedXX'": "a part of a key, which only has to be its own",
        "_skip: ''  ->  'XX'": "only a condition has a rung skipped, so there are always words for it",
        "duty_changed: escalation.due_at > now  ->  escalation.due_at >= now": "what is due now stays so",
        "climb: ahead.aim and rest and (not (ahead.place.kept and ahead.place.hurried))  ->  "
        "rest and (not (ahead.place.kept and ahead.place.hurried))": (
            "whoever rests is aimed at; mypy has to be told so"
        ),
    },
    "bot/domain/catching_up.py": {
        "_forget: if not isinstance(target, ChannelTarget | WebhookTarget)  ->  (nothing)": (
            "of a channel or a machine nobody is ever missing; mypy has to be told so"
        ),
    },
    "bot/domain/turns.py": {
        **dict.fromkeys(
            (
                *("FAR: 8  ->  9", "FAR: 8 * DAY  ->  8 / DAY", "FAR: 35  ->  36"),
                *("FAR: 35 * DAY  ->  35 / DAY", "FAR: 800  ->  801"),
            ),
            "a shorter look only saves work, and the longest one only has to be long",
        ),
        "pieces: ends <= closes  ->  ends < closes": "where both end there is no piece between",
    },
    "bot/domain/aim.py": {
        "HAD_IT: 1  ->  2": "any number that is the place of no target",
        "_source: ''  ->  'XX'": "by whose override somebody is there, that one is known",
    },
    "bot/domain/condition.py": {
        "_pushed: min(... default=reached ...)  ->  without default": "there are people, so it is never used",
        "holds_from: reached < limit  ->  reached <= limit": "nothing is pushed beyond the limit",
    },
    "bot/domain/personal.py": {
        "paged_from: since <= at < until  ->  since <= at <= until": "from their end on is from then on",
        "next_allowed: each > now - limit.span  ->  each >= now - limit.span": "it allows it now as well",
    },
    "bot/store/outbox.py": {
        "Outbox.claim: if incident  ->  (nothing)": "no incident has no name; none is found for it",
        "FOUND: 'not sent again: a look-up found an earlier attempt'  ->  "
        "'not sent again: a look-up found an earlier attemptXX'": "words for people, in the trail",
        "_unwanted_by: ''  ->  'XX'": "neither is a version",
    },
    "bot/store/tellings.py": {
        "_row: 0  ->  1": "without an incident there is no order in which to stand",
        "PLACES: 1000  ->  1001": "any number that is larger than the effects of one decision",
    },
    "bot/store/outbox_queries.py": {
        "REJECT: case(... else_=null() ...)  ->  without else_": _NO_ELSE,
        "_sent: case(... else_=null() ...)  ->  without else_": _NO_ELSE,
        "LEFT: 1  ->  2": "it is only asked whether there is any",
        "EARLIEST: 1  ->  2": "only the first of them is looked at",
        "_before: 'before'  ->  'beforeXX'": "the name of an alias within one statement",
    },
    "bot/workers/climber.py": {
        "Climber.run: 'tick'  ->  'tickXX'": _LOGGED,
        "Climber.run: 'tick, one by one'  ->  'tick, one by oneXX'": _LOGGED,
        "Climber.climb_singly: 'climb'  ->  'climbXX'": _LOGGED,
        "Climber._try_to_tick: raise  ->  pass": "only the log tells them apart",
        "Climber.tick: await asyncio.wait_for(reach(Point.TICK), TIME_LIMIT)  ->  pass": "a failpoint",
        "Climber._climb.work: if decisions  ->  if not": "it guards nothing but a failpoint",
    },
    "bot/workers/dispatcher.py": {
        "Dispatcher._record: 'record'  ->  'recordXX'": _LOGGED,
        "Dispatcher._carried: receipt is not None  ->  receipt is None": "it guards nothing but a failpoint",
        "Dispatcher._claim.work: if claims  ->  if not": "it guards nothing but a failpoint",
        "Dispatcher._claim: if claimed  ->  if not": "it guards nothing but a failpoint",
        "Dispatcher.__init__: self._claimed_at = -GATHER  ->  pass": "it is set before it is first asked for",
    },
    "bot/workers/settlement.py": {
        "follow: if decision.changed  ->  (nothing)": "what changes nothing is left out by `save` as well",
        "Settlement._write: True  ->  False": _SAME_LENGTH,
        "Settlement._write: zip(... strict=True ...)  ->  without strict": _SAME_LENGTH,
        "Settlement._recorded: True  ->  False": _SAME_LENGTH,
        "Settlement._recorded: zip(... strict=True ...)  ->  without strict": _SAME_LENGTH,
    },
}
"""For each file its mutants that behave as the code does, each with the reason."""
