"""One transaction, whole: incidents, outbox and upkeep on the same session."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.decision import Decision
from bot.store.backlog import Backlog
from bot.store.canaries import Canaries
from bot.store.dead_letters import DeadLetters
from bot.store.feeds import FeedRows
from bot.store.floods import Floods
from bot.store.groups import GroupRows
from bot.store.incidents import Incidents
from bot.store.intake import IntakeRows
from bot.store.integrations import Integrations
from bot.store.journal import Journal
from bot.store.lessons import Lessons
from bot.store.links import Links
from bot.store.load import Load
from bot.store.marks import Marks
from bot.store.messages import Messages
from bot.store.news import Gazette
from bot.store.observables import Observables
from bot.store.outbox import Outbox
from bot.store.overrides import Overrides
from bot.store.query import Session
from bot.store.replicas import Replicas
from bot.store.retention import Retention
from bot.store.rosters import Rosters
from bot.store.signals import Signals
from bot.store.silences import Silences
from bot.store.snapshots import SnapshotCache, Snapshots
from bot.store.standings import Standings
from bot.store.trail import Trail
from bot.store.turns import Turns
from bot.store.upkeep import Upkeep


class Transaction:
    """A bot.ports.Tx. It belongs to one connection and is used for all transactions on it in turn."""

    def __init__(self, session: Session, cache: SnapshotCache, gazette: Gazette | None = None) -> None:
        self._cache = cache
        self._gazette = gazette or Gazette()
        self._session = session
        self._snapshots = Snapshots(session, cache)
        self._incidents = Incidents(session, self._snapshots, cache.incidents)
        self._outbox = Outbox(session, self._incidents)
        self._offer_incidents(self._incidents)
        self._offer_outbox(self._outbox)
        self._offer_dead_letters(DeadLetters(session))
        backlog = Backlog(session)
        self.backlog, self.next_delivery = backlog.backlog, backlog.next_delivery
        self._offer_upkeep(Upkeep(session), Retention(session))
        self._offer_marks(Marks(session, self._incidents))
        self._offer_replicas(Replicas(session))
        self._offer_duty(Overrides(session), Journal(session))
        self._offer_rosters(FeedRows(session), Load(session), session)
        self._offer_links(Links(session), Lessons(session))
        self._offer_silences(Silences(session))
        self._offer_alerts(Standings(session, cache.standings), Signals(session))
        messages = Messages(session)
        self.told_by, self.note_told = messages.told_by, messages.note_told
        self.forget_told = messages.forget_told
        self._observables = Observables(session)
        self.observed, self.sightings = self._observables.observed, self._observables.sightings
        self.forget_observables = self._observables.forget_observables
        self._offer_intake(IntakeRows(session, self._incidents, cache.held), Floods(session))
        self._offer_integrations(Integrations(session))
        self.forget_canaries = Canaries(session).forget
        turns = Turns(session)
        self.turn, self.coming_turn = turns.take, turns.coming
        trail = Trail(session)
        self.alerts, self.deliveries = trail.alerts, trail.deliveries
        self.alerts_page = trail.alerts_page

    def _offer_incidents(self, incidents: Incidents) -> None:
        self.first_time = incidents.first_time
        self.incident = incidents.incident
        self.incidents = incidents.incidents
        self.deciding = incidents.deciding
        self.numbered = incidents.numbered
        self.by_ticket = incidents.by_ticket
        self.by_message = incidents.by_message
        self.open_for = incidents.open_for
        self.last_for = incidents.last_for
        self.held = incidents.held
        self.by_origin = incidents.by_origin
        self.next_number = incidents.next_number
        self.open_incidents = incidents.open_incidents
        self.last_resolved = incidents.last_resolved
        self.timeline = incidents.timeline
        self.pages_waiting = incidents.pages_waiting
        self.due = incidents.due
        self.coming = incidents.coming
        self.forgotten = incidents.forgotten
        self.next_climb = incidents.next_climb

    def _offer_outbox(self, outbox: Outbox) -> None:
        self.enqueue = outbox.enqueue
        self.sent_pages = outbox.sent_pages
        self.claim = outbox.claim
        self.record_sent = outbox.record_sent
        self.record_all_sent = outbox.record_all_sent
        self.record_retry = outbox.record_retry
        self.record_rejected = outbox.record_rejected
        self.unsent = outbox.unsent
        self.release = outbox.release
        self.hasten_method = outbox.hasten_method
        self.pages_left = outbox.pages_left

    def _offer_dead_letters(self, dead: DeadLetters) -> None:
        self.dead_letters = dead.dead_letters
        self.revive = dead.revive
        self.drop = dead.drop

    def _offer_upkeep(self, upkeep: Upkeep, retention: Retention) -> None:
        self.clock = upkeep.clock
        self.audit = upkeep.audit
        self.sweep = retention.sweep
        self.home_seen = upkeep.home_seen
        self.home_viewers = upkeep.home_viewers

    def _offer_replicas(self, replicas: Replicas) -> None:
        self.seen = replicas.seen
        self.replicas = replicas.replicas
        self.progress = replicas.progress

    def _offer_duty(self, overrides: Overrides, journal: Journal) -> None:
        self.add_override = overrides.add_override
        self.withdraw_override = overrides.withdraw_override
        self.override = overrides.override
        self.overrides = overrides.overrides
        self.offer_swap = overrides.offer_swap
        self.swap = overrides.swap
        self.open_swaps = overrides.open_swaps
        self.asked = overrides.asked
        self.answer_swap = overrides.answer_swap
        self.guard_duty = journal.guard_duty
        self.write_down = journal.write_down
        self.journal = journal.journal
        self.broken_journal = journal.broken_journal

    def _offer_rosters(self, feeds: FeedRows, load: Load, session: Session) -> None:
        self.feed = feeds.feed
        self.feeds = feeds.feeds
        self.set_feed = feeds.set_feed
        self.load = load.load
        self.paged = load.paged
        groups = GroupRows(session)
        self.groups, self.group_read, self.group_unread = (
            groups.groups,
            groups.group_read,
            groups.group_unread,
        )
        self.roster = Rosters(session, feeds, load, groups, self._cache.roster).roster

    def _offer_links(self, links: Links, lessons: Lessons) -> None:
        self.lessons, self.lesson_version = lessons.lessons, lessons.lesson_version
        self.add_lesson, self.retire_lesson = lessons.add_lesson, lessons.retire_lesson
        self.link = links.link
        self.links_of = links.links_of
        self.add_link = links.add_link
        self.revoke_links = links.revoke_links

    def _offer_silences(self, silences: Silences) -> None:
        self.add_silence, self.save_silence = silences.add_silence, silences.save_silence
        self.silence, self.silences = silences.silence, silences.silences
        self.unreported_silences = silences.unreported_silences
        self.judge_again, self.causes = silences.judge_again, silences.causes
        self.muted_counts = silences.muted_counts
        self.kept_quiet = silences.kept_quiet

    def _offer_alerts(self, standings: Standings, signals: Signals) -> None:
        self.standings = standings.standings
        self.save_standings = standings.save_standings
        self.kept_quiet_of = standings.kept_quiet_of
        self.standings_due = standings.standings_due
        self.broken_standings = standings.broken_standings
        self.next_judgement = standings.next_judgement
        self.muted = standings.muted
        self.firing = standings.firing
        self.forget_standings = standings.forget_standings
        self.record_signals = signals.record_signals
        self.signals = signals.signals
        self.forget_signals = signals.forget_signals

    def _offer_intake(self, rows: IntakeRows, floods: Floods) -> None:
        self.floods, self.save_floods = floods.floods, floods.save_floods
        self.forget_floods = floods.forget_floods
        self.first_times = rows.first_times
        self.open_for_all = rows.open_for_all
        self.last_for_all = rows.last_for_all
        self.held_all = rows.held_all
        self.next_numbers = rows.next_numbers

    def _offer_integrations(self, integrations: Integrations) -> None:
        self.tokens, self.add_token = integrations.tokens, integrations.add_token
        self.expire_tokens, self.revoke_tokens = integrations.expire_tokens, integrations.revoke_tokens
        self.tokens_used = integrations.tokens_used
        self.note_unread, self.unread = integrations.note_unread, integrations.unread
        self.unread_since, self.drop_unread = integrations.unread_since, integrations.drop_unread

    def _offer_marks(self, marks: Marks) -> None:
        self.mark = marks.mark
        self.set_mark = marks.set_mark
        self.drop_mark = marks.drop_mark
        self.advance = marks.advance
        self.newest_number = marks.newest_number
        self.skip_numbers = marks.skip_numbers
        self.open_after = marks.open_after
        self.unconfirmed = marks.unconfirmed
        self.doubt_deliveries = marks.doubt_deliveries

    def save(self, decisions: Sequence[Decision], now: datetime) -> None:
        """Write decisions whole; one that changes nothing writes nothing."""
        changed = [decision for decision in decisions if decision.changed]
        self._incidents.save(changed)
        self._outbox.save(changed, now)
        self._observables.follow(changed)

    def written(self) -> frozenset[str]:
        """Snapshots that were written since the last `settled`."""
        return frozenset(self._snapshots.fresh)

    def undo(self, before: frozenset[str]) -> None:
        """A work was rolled back: what it wrote is not there."""
        self._snapshots.fresh.intersection_update(before)

    def settled(self, *, committed: bool) -> None:
        """The transaction is over."""
        writes, self._session.writes = self._session.writes, 0
        if committed:
            self._gazette.count(writes)
            self._cache.committed(self._snapshots.fresh)
            self._gazette.publish(self._incidents.news)
            self._gazette.publish(self._outbox.news)
        self._snapshots.fresh.clear()
        self._incidents.news.clear()
        self._outbox.news.clear()
