"""Ports: what the core asks of the edges, as Protocols, and the shapes that pass through them."""

from bot.clock import Clock
from bot.ports.alarms import Alarms, LastResort, OutOfBand, Told
from bot.ports.carrier import Carrier, Home, Job, Receipt
from bot.ports.directory import Directory, SlackUser, Whoami
from bot.ports.marks import HIGH_WATER, SAFE_MODE, Mark, SafeModePhase, Setback
from bot.ports.outbox import CLIMB, Claim, DeadLetter, News, SentPage, Trouble
from bot.ports.outside import Outside
from bot.ports.replica import Progress, Replica
from bot.ports.store import Room, Store, Tx
from bot.ports.tracker import Finding, Moved, Ticket, TicketDraft, Tracker
from bot.ports.trail import Attempt, Delivery
from bot.ports.witness import Sightings, Witness

__all__ = [
    "CLIMB",
    "HIGH_WATER",
    "SAFE_MODE",
    "Alarms",
    "Attempt",
    "Carrier",
    "Claim",
    "Clock",
    "DeadLetter",
    "Delivery",
    "Directory",
    "Finding",
    "Home",
    "Job",
    "LastResort",
    "Mark",
    "Moved",
    "News",
    "OutOfBand",
    "Outside",
    "Progress",
    "Receipt",
    "Replica",
    "Room",
    "SafeModePhase",
    "SentPage",
    "Setback",
    "Sightings",
    "SlackUser",
    "Store",
    "Ticket",
    "TicketDraft",
    "Told",
    "Tracker",
    "Trouble",
    "Tx",
    "Whoami",
    "Witness",
]
