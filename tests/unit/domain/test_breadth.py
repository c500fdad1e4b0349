"""Which conditions say what is meant, and which fit nearly everything."""

import pytest

from bot.domain.breadth import narrow
from bot.matchers import matcher


@pytest.mark.row("A21")
@pytest.mark.parametrize(
    "written",
    [
        'title=~".*e.*"',
        'title=~".*[a-z]"',
        'title=~"(?i).*[b-z ].*[a-z]"',
        'title=~"zzz|.*[a-z]"',
        'title=~"[^7]+"',
        'alertname=~"\\S+"',
        'alertname=~"\\w+"',
        'source=~"[a-z]+"',
        'host=~"[^ ]+"',
        'host=~".*-.*"',
        'host=~"(db-1)?"',
        'channel=~"C.*"',
        'service=~".+"',
        'service!="zzz"',
        'host!~"db-.*"',
        'severity="sev2"',
        'x=""',
    ],
)
def test_a_pattern_that_fits_much_of_any_kind_of_value_says_nothing(written: str) -> None:
    assert not narrow(matcher(written))


@pytest.mark.parametrize(
    "written",
    [
        'host="db-1"',
        'host=~"db-.*"',
        'host=~"db.*"',
        'host=~"web-[0-9]+\\.example\\.com"',
        'host=~".*\\.example\\.com"',
        'title=~".*[Dd]isk.*"',
        'title=~"Backup of .*"',
        'alertname=~"Kube.*"',
        'team=~"pay.*"',
        'team=~"payments|checkout"',
        'env=~"(dev|stag).*"',
    ],
)
def test_a_pattern_that_fits_few_says_which_are_meant(written: str) -> None:
    assert narrow(matcher(written))
