"""The scene of the measurements: one person, one ladder of one rung, one service."""

from datetime import timedelta

from bot.domain.configuration import Configuration
from bot.domain.ids import LadderId, PersonId, ServiceId
from bot.domain.ladder import Ladder, PersonTarget, Rung
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.service import Service

ANN = Person(
    id=PersonId("ann"),
    name="Ann Lee",
    slack_user="U0ANNLEE001",
    methods=(ContactMethod(kind=MethodKind.SLACK, address="U0ANNLEE001"),),
)
LADDER = Ladder(
    id=LadderId("payments"),
    rungs=(Rung(targets=(PersonTarget(person=ANN.id),), wait=timedelta(minutes=30)),),
    rounds=3,
)
SERVICE = Service(id=ServiceId("checkout"), name="Checkout", channel="#incidents", ladder=LADDER)
CONFIGURATION = Configuration(
    roster=Roster(people={ANN.id: ANN}, schedules={}),
    services={SERVICE.id: SERVICE},
    default_service=SERVICE.id,
)
