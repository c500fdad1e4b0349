"""The oracles: what must hold of a night, judged by the providers' books and the world's own account."""

from collections import defaultdict
from collections.abc import Sequence

from bot.domain.incident import Status
from tests.simulation.accounts import SKEW, Account
from tests.simulation.asks import Asks
from tests.simulation.carriers import COLUMN, Message
from tests.simulation.climbs import Climbs
from tests.simulation.company import service
from tests.simulation.evidence import ON_THE_WIRE, Evidence, Undisturbed
from tests.simulation.fates import Fate
from tests.simulation.night import Night
from tests.simulation.reading import Reading
from tests.simulation.records import Accepted, Missed
from tests.simulation.rules import Round, Rules
from tests.simulation.verdict import Verdict, Wrong

LADDER_AT_LEAST = 3600.0
"""Seconds for which no ladder that needs several answers is exhausted, unless somebody hastens it."""


def judge(night: Night) -> Verdict:
    """Everything that is wrong with a night."""
    verdict = Verdict(pages=sum(1 for each in night.books.accepted if each.page))
    verdict.wrongs += [Wrong(kind="strange", at=night.seconds, what=text) for text in night.books.strange]
    _twice(night, verdict)
    pages = _by_incident(night.books.accepted)
    missed = _missed_by_incident(night.books.missed)
    undisturbed = Undisturbed(night.books.unfair, night.seconds)
    turns = Round(night.books.titles, verdict)
    for account in night.accounts:
        evidence = Evidence(
            account,
            pages.get(account.name, []),
            missed.get(account.name, []),
            undisturbed,
            verdict,
            night.seconds,
        )
        if str(service(account.service).id) == "shop":
            turns.add(account, evidence.pages, evidence.missed)
        if account.lost_track:
            verdict.untracked += 1
            continue
        _one(evidence, night)
    turns.judge()
    _at_rest(night, verdict)
    return verdict


def _one(evidence: Evidence, night: Night) -> None:
    """Everything that is wrong with one incident."""
    account, reading = evidence.account, Reading(service(evidence.account.service))
    Climbs(evidence, reading, night.duties).judge()
    Rules(evidence, reading, night.duties).judge()
    Asks(evidence).judge()
    _peace(evidence)
    _answers(evidence)
    _final(account, night, evidence.verdict)


def _answers(evidence: Evidence) -> None:
    """What people were told cannot be otherwise than it was."""
    for at, what in evidence.account.wrongs:
        evidence.wrong("told wrongly", at, what)
    exhausted = any(page.person == "exhausted" for page in evidence.announcements)
    hastened = any(climb.nudges for climb in evidence.account.climbs)
    for at, began in evidence.account.early:
        if not exhausted and not hastened and at - began < LADDER_AT_LEAST:
            evidence.wrong("told wrongly", at, "it was enough although others were missing")


def _by_incident(accepted: Sequence[Accepted]) -> dict[str, list[Accepted]]:
    found: defaultdict[str, list[Accepted]] = defaultdict(list)
    for each in accepted:
        if each.page is not None:
            found[each.page.incident].append(each)
    return dict(found)


def _missed_by_incident(missed: Sequence[Missed]) -> dict[str, list[Missed]]:
    found: defaultdict[str, list[Missed]] = defaultdict(list)
    for each in missed:
        found[each.page.incident].append(each)
    return dict(found)


def _twice(night: Night, verdict: Verdict) -> None:
    """Doubled: accepted twice by one who could be asked, and did not lie; or under two names."""
    seen: defaultdict[tuple[str, str], list[Accepted]] = defaultdict(list)
    names: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for each in night.books.accepted:
        seen[each.provider, each.key].append(each)
        if (page := each.page) is not None:
            about = (page.number, page.epoch, page.step, page.person, page.wake)
            names[(each.provider, page.kind, *about)].add(each.key)
            if len(names[(each.provider, page.kind, *about)]) == 2:
                what = f"{page.person} got {each.key} by another name before"
                verdict.wrongs.append(Wrong(kind="doubled", at=each.at, what=what))
    for (provider, key), times in seen.items():
        if len(times) == 1:
            continue
        if key in night.books.excused:
            verdict.twice_by_lies += 1
        elif provider == "mail":
            verdict.twice_by_mail += 1
        else:
            verdict.wrongs.append(
                Wrong(kind="doubled", at=times[1].at, what=f"{key} was accepted {len(times)} times")
            )


def _peace(evidence: Evidence) -> None:
    """After the acknowledgement: nothing is sent that was not on the wire already."""
    for peace in evidence.account.peaces:
        until = evidence.end if peace.until is None else peace.until
        for each, page in evidence.pages:
            if page.step.round == 0 or not peace.since < each.sent_at < until:
                continue
            if peace.person is not None and page.person != peace.person:
                continue
            if each.claimed_at > peace.since or each.sent_at > peace.since + ON_THE_WIRE:
                what = f"{each.key} {each.sent_at - peace.since:.1f} s later"
                evidence.wrong("after the acknowledgement", each.sent_at, what)


def _final(account: Account, night: Night, verdict: Verdict) -> None:
    """In the end everything that stands somewhere tells the truth."""
    if account.status is None or (account.wake is not None and account.wake < night.seconds + SKEW):
        return
    books, name = night.books, account.name
    excused = {each for each in books.excused_names | books.refused if name in each.split(":")}

    def wrong(what: str) -> None:
        verdict.wrongs.append(Wrong(kind="not the truth", at=night.seconds, what=f"{name}: {what}"))

    if any(each.startswith(("card:", "thread:")) for each in excused):
        return
    cards = night.workspace.cards.get(name, [])
    truth = f"{account.status} {account.severity}"
    if [card.shown for card in cards] != [truth]:
        wrong(f"the card shows {[card.shown for card in cards]} and not {truth!r}")
    if gap := _gap(night.workspace.replies.get(name, [])):
        wrong(f"the thread {gap}")
    if service(account.service).ticket is None or any(
        each.startswith(("ticket:", "move:")) for each in excused
    ):
        return
    if night.board.tickets.get(name) != [COLUMN[account.status]]:
        wrong(f"the tickets are {night.board.tickets.get(name)} and not {COLUMN[account.status]!r}")


def _gap(replies: Sequence[Message]) -> str | None:
    """Entries that the thread leaves out or tells twice."""
    through = 0
    for reply in sorted(replies, key=lambda each: each.first):
        if reply.first != through + 1:
            return f"goes on with {reply.first} after {through}"
        through = reply.through
    return None


def _at_rest(night: Night, verdict: Verdict) -> None:
    """The auditor finds nothing, but for what a provider refused for good."""
    for trouble in night.troubles:
        if trouble.startswith("dead letters") and night.books.faults[Fate.REJECTED.value]:
            continue
        verdict.wrongs.append(Wrong(kind="audit", at=night.seconds, what=trouble))


def open_in_the_end(night: Night) -> int:
    """How many incidents go on after the last minute."""
    return sum(1 for account in night.accounts if account.status is not Status.RESOLVED)
