"""Metrics with closed label sets: nothing that comes from outside ever becomes a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """What Tocsin counts, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts = self._counter("alerts", "Alerts taken in, by what became of them", "outcome")
        self.wishes = self._counter("wishes", "What people asked for, by verb and outcome", "verb", "outcome")
        self.deliveries = self._counter("deliveries", "Deliveries, by kind and outcome", "kind", "outcome")
        self.fenced = self._counter("fenced", "Records refused because the lease had passed to another")
        self.overtaken = self._counter(
            "transactions_overtaken", "Works run again after a conflict or a deadlock (PostgreSQL)"
        )
        self.tick_age = self._gauge("tick_age_seconds", "Since the climber last looked")
        self.tick_failures = self._gauge("tick_failures_total", "Ticks that failed")
        self.backlog = self._gauge("outbox_waiting", "Rows that wait to be delivered", "lane")
        self.backlog_age = self._gauge("outbox_oldest_seconds", "Age of the oldest waiting row", "lane")
        self.troubles = self._gauge("audit_troubles", "What the last audit found", "kind")
        self.clock_behind = self._gauge(
            "clock_behind_seconds", "How far the bot's time is behind the clock that it follows"
        )
        self.wall_ahead = self._gauge(
            "wall_ahead_seconds", "How far the machine's clock is ahead of the bot's time"
        )
        self.connections = self._gauge("slack_connections", "Open Socket Mode connections")
        self.renewed = self._gauge("slack_reconnects_total", "Socket Mode connections that were made anew")
        self.log_dropped = self._gauge("log_lines_dropped_total", "Lines that nobody read in time")
        self.canaries = self._counter("canaries", "Canaries, by how they ended", "outcome")
        self.canary = Histogram(
            "tocsin_canary_seconds",
            "How long a canary took for a part of the road",
            ("stage",),
            registry=self.registry,
            buckets=_LATENESS,
        )
        self.lateness = Histogram(
            "tocsin_page_lateness_seconds",
            "From when a page was due to when its provider accepted it",
            registry=self.registry,
            buckets=_LATENESS,
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"tocsin_{name}_total", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"tocsin_{name}", text, labels, registry=self.registry)
