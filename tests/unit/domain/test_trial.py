"""Somebody tries out how pages reach them."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.alert import Severity
from bot.domain.effects import PagePerson
from bot.domain.ids import IncidentId
from bot.domain.people import ContactMethod, MethodKind, Person, Quiet
from bot.domain.personal import method_of
from bot.domain.trial import trial
from tests.examples import ANN, NOW, actor

MAIL = ContactMethod(kind=MethodKind.EMAIL, address="ann@example.com", delay=timedelta(minutes=5))
SLACK = ContactMethod(kind=MethodKind.SLACK, address="UANN")


def pages_of(person: Person) -> list[PagePerson]:
    decisions = trial(IncidentId("01k0000000000000000000000t"), -5, person, actor("ann"), NOW)
    effects = [effect for decision in decisions for effect in decision.effects]
    assert not decisions[-1].incident.asked
    return [effect for effect in effects if isinstance(effect, PagePerson)]


def resting(*methods: ContactMethod) -> Quiet:
    return Quiet(severities=(Severity.SEV3, Severity.SEV4), methods=methods)


def test_a_test_takes_the_methods_that_wake_also_when_others_do_for_what_is_quiet() -> None:
    ann = replace(ANN, methods=(SLACK, MAIL), quiet=resting(MAIL))

    pages = pages_of(ann)

    assert [(page.method, page.at, page.quiet) for page in pages] == [
        (MethodKind.SLACK, NOW, False),
        (MethodKind.EMAIL, NOW, False),
    ]


def test_a_test_takes_what_only_the_quiet_set_has_as_well() -> None:
    ann = replace(ANN, methods=(SLACK,), quiet=resting(SLACK, MAIL))

    pages = pages_of(ann)

    assert [(page.method, page.at) for page in pages] == [(MethodKind.SLACK, NOW), (MethodKind.EMAIL, NOW)]
    assert [method_of(ann, page) for page in pages] == [SLACK, MAIL]
    assert len({page.key for page in pages}) == 2
