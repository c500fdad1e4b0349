"""Alerts from webhooks: one module a source, each a pure function from a delivery to alerts."""
