"""Metrics with closed label sets: nothing that comes from outside ever becomes a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """What Tocsin counts, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts = Counter(
            "tocsin_alerts_total",
            "Alerts taken in, by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        self.wishes = Counter(
            "tocsin_wishes_total",
            "What people asked for, by verb and outcome",
            ["verb", "outcome"],
            registry=self.registry,
        )
        self.deliveries = Counter(
            "tocsin_deliveries_total",
            "Deliveries, by kind and outcome",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.lateness = Histogram(
            "tocsin_page_lateness_seconds",
            "From when a page was due to when its provider accepted it",
            registry=self.registry,
            buckets=_LATENESS,
        )
        self.tick_age = Gauge(
            "tocsin_tick_age_seconds", "Since the climber last looked", registry=self.registry
        )
        self.tick_failures = Gauge("tocsin_tick_failures_total", "Ticks that failed", registry=self.registry)
        self.backlog = Gauge(
            "tocsin_outbox_waiting", "Rows that wait to be delivered", ["lane"], registry=self.registry
        )
        self.backlog_age = Gauge(
            "tocsin_outbox_oldest_seconds", "Age of the oldest waiting row", ["lane"], registry=self.registry
        )
        self.troubles = Gauge(
            "tocsin_audit_troubles", "What the last audit found", ["kind"], registry=self.registry
        )
        self.connections = Gauge(
            "tocsin_slack_connections", "Open Socket Mode connections", registry=self.registry
        )
        self.fenced = Counter(
            "tocsin_fenced_total", "Records refused: the lease had passed on", registry=self.registry
        )
