"""What was urgent in another product pages just as loudly once it was imported."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Program

PAYLOADS = Path(__file__).parents[1] / "payloads" / "imports"
HIGH: dict[str, object] = {"type": "constant", "urgency": "high"}
LOW: dict[str, object] = {"type": "constant", "urgency": "low"}
DYNAMIC: dict[str, object] = {"type": "constant", "urgency": "severity_based"}
SLACK = {"members": [{"id": "U0ANN0001", "profile": {"email": "ann@example.com"}}]}
MAIL = {"TOCSIN_SMTP__HOST": "mail.example.com", "TOCSIN_SMTP__SENDER": "tocsin@example.com"}
QUIET = "severities: [sev3, sev4]"

Export = Callable[[dict[str, object], dict[str, object]], list[str]]


@pytest.fixture
def export(tocsin: Program, tmp_path: Path) -> Export:
    """An export of PagerDuty's in which Ann has other ways for low urgency; and two services' urgency."""

    def make(first: dict[str, object], second: dict[str, object]) -> list[str]:
        folder = Path(shutil.copytree(PAYLOADS / "pagerduty/api", tmp_path / "export"))
        services = json.loads((folder / "services.json").read_text())
        for service, rule in zip(services["services"], (first, second), strict=True):
            service["incident_urgency_rule"] = rule
        (folder / "services.json").write_text(json.dumps(services))
        (tmp_path / "slack.json").write_text(json.dumps(SLACK))
        tocsin.settings.update(MAIL)
        return ["import", "pagerduty", str(folder), "--slack-users", str(tmp_path / "slack.json")]

    return make


async def ways(tocsin: Program, service: str, *more: str) -> set[str]:
    """The methods by which Ann is paged in a week that is hers."""
    at = ["--at", "2026-12-07 12:00 UTC", "--for", "10m"]
    told = await tocsin("simulate", "--service", service, *at, "--json", *more)
    assert told.code == 0, told.err
    return {page["method"] for page in json.loads(told.out)["pages"] if page["person"] == "ann"}


@pytest.mark.parametrize("second", [HIGH, LOW, DYNAMIC])
async def test_an_alert_without_a_severity_takes_the_urgent_ways(
    second: dict[str, object], export: Export, tocsin: Program
) -> None:
    made = await tocsin(*export(HIGH, second))

    assert made.code == 0, made.err
    assert "slack" in await ways(tocsin, "checkout-the-shop")


async def test_where_nothing_had_a_low_urgency_no_alert_takes_its_ways(
    export: Export, tocsin: Program
) -> None:
    made = await tocsin(*export(HIGH, HIGH))

    assert QUIET not in (tocsin.folder / "tocsin.yaml").read_text()
    assert "has other ways for low urgency, which no service had" in made.out
    assert "slack" in await ways(tocsin, "checkout-the-shop", "--severity", "sev3")


async def test_where_some_had_the_report_says_what_can_become_quiet(export: Export, tocsin: Program) -> None:
    made = await tocsin(*export(HIGH, DYNAMIC))

    assert QUIET in (tocsin.folder / "tocsin.yaml").read_text()
    assert (
        "service `checkout-the-shop`: all of its incidents had a high urgency; here an alert that" in made.out
    )
    assert "Give its route `severity: sev2`." in made.out
    assert "service `reports`: the urgency of its incidents came from the alerts' severity" in made.out


async def test_where_everything_had_a_low_urgency_it_stays_quiet(export: Export, tocsin: Program) -> None:
    await tocsin(*export(LOW, LOW))

    assert await ways(tocsin, "checkout-the-shop") == {"email"}


@pytest.mark.parametrize("product", ["opsgenie/OpsGenieBackups", "oncall"])
async def test_products_without_urgency_page_urgently_too(product: str, tocsin: Program) -> None:
    name = "opsgenie" if product.startswith("opsgenie") else "grafana-oncall"

    await tocsin("import", name, str(PAYLOADS / product))

    text = (tocsin.folder / "tocsin.yaml").read_text()
    assert "  severity: sev2 " in text
    assert "quiet:" not in text
