"""What the file says of one's own networks and domains."""

from ipaddress import ip_network

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.config.starter import starter
from bot.domain.observable import Own


def own(*values: str) -> Own:
    return parse(
        f"{starter()}observables: {{own: [{', '.join(values)}]}}\n".encode(), "example"
    ).configuration.own


def test_networks_addresses_and_domains_are_ones_own() -> None:
    found = own("10.0.0.0/8", "192.0.2.1", "'2001:db8::/32'", "Example.com", "'*.corp'")

    assert found.networks == tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")))
    assert found.domains == {"example.com", "corp"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("10.0.0.1/8", "is no network"),
        ("999.1.1.1", "is no network"),
        ("'ex ample.com'", "is no domain"),
        ("5", "must be text"),
    ],
)
def test_what_is_neither_is_refused_with_a_remedy(value: str, said: str) -> None:
    with pytest.raises(InvalidConfiguration) as error:
        own(value)

    (problem,) = error.value.problems
    assert said in problem.message
    assert problem.remedy
    assert problem.line
