"""Tocsin: a Slack bot for incident ticketing and escalation."""
