"""Jobs for the carriers' tests, as the dispatcher would hand them over."""

from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.domain.effects import Effect, PagePerson, lane
from bot.domain.incident import Incident
from bot.domain.ladder import FIRST_STEP
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.ports import Claim, Job
from tests.examples import ANN, NOW, PAYMENTS, triggered

CHANNEL = "C0INCIDENT1"
ANN_ID, FAY_ID = "U0ANNLEE001", "U0FAYGONE01"


def an_incident(**changes: object) -> Incident:
    """An incident of a service whose channel the sandbox has."""
    found = triggered(replace(PAYMENTS, channel=CHANNEL))
    return replace(found, **changes)  # type: ignore[arg-type]  # the tests choose fields by name


def a_job(effect: Effect, clock: Clock, incident: Incident | None = None, **changes: object) -> Job:
    """A job that was claimed just now, for the first time."""
    claim = Claim(
        id=f"row-{effect.key}",
        effect=effect,
        incident=incident.id if incident else None,
        lane=lane(effect),
        attempt=1,
        token="token",
        lease=timedelta(seconds=15),
        claimed_at=clock.monotonic(),
        uncertain=False,
        since=clock.now(),
        revision=1,
    )
    plain = Job(claim=claim, incident=incident)
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests choose fields by name


def again(job: Job, clock: Clock, *, attempt: int = 2, uncertain: bool = True, **changes: object) -> Job:
    """The same job, claimed once more."""
    claim = replace(job.claim, attempt=attempt, uncertain=uncertain, claimed_at=clock.monotonic())
    return replace(job, claim=replace(claim, **changes))  # type: ignore[arg-type]  # chosen by name


def a_page(method: MethodKind = MethodKind.SLACK, **changes: object) -> PagePerson:
    """Ann's page of the first rung."""
    plain = PagePerson(
        key=f"page:01k:1:1:1:ann:{method}0",
        person=ANN.id,
        name=ANN.name,
        slack_user=ANN_ID,
        method=method,
        number=0,
        epoch=1,
        step=FIRST_STEP,
        at=NOW,
        why="on call for payments",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests choose fields by name


def by_slack(user: str = ANN_ID) -> dict[str, Person | ContactMethod]:
    """The person and the method of a job that pages by Slack."""
    return {"person": ANN, "method": ContactMethod(kind=MethodKind.SLACK, address=user)}


def by_email(address: str = "ann@example.com") -> dict[str, Person | ContactMethod]:
    """The person and the method of a job that pages by e-mail."""
    return {"person": ANN, "method": ContactMethod(kind=MethodKind.EMAIL, address=address)}
