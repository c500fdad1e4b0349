"""What the exact parsers take for theirs, and what they leave to others."""

import re

import pytest

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts import SlackMessage, parse
from handlers.alerts.sources import SOURCES
from tests.unit.alerts.golden import PAYLOADS, alerts, message
from tests.unit.alerts.makers import said


def knowing(shown: SlackMessage) -> list[str]:
    """The sources that recognise a message."""
    return [name for name, source in SOURCES.items() if name != "generic" and source.recognise(shown)]


@pytest.mark.parametrize(
    "parts",
    [
        {"text": "Application for a visa has degraded"},
        {"text": "Application shop has degraded."},
        {"text": "See <https://github.com/acme/shop/actions/runs/1|the run> that failed"},
        {"text": "Somebody wrote: An alert for *x* has been triggered"},
        {"text": "<https://errors.example.com/issues/12|Error>"},
        {"text": "The patient has recovered."},
        {"text": "deploy of AWS notification service"},
        {"attachments": [{"title": "Problem: x", "fields": [{"title": "Host", "value": "a"}]}]},
        {"attachments": [{"title": "“shop” is DOWN."}]},
        {"attachments": [{"title": "x", "fields": [{"title": "Rule ID", "value": "12"}]}]},
        {"text": "Load Testing", "username": "k6"},
    ],
    ids=lambda parts: str(parts)[:60],
)
def test_a_message_that_only_sounds_alike_is_nobodys(parts: dict[str, object]) -> None:
    assert knowing(said(**parts)) == []


def test_the_page_about_alerts_names_every_source() -> None:
    page = (PAYLOADS.parents[1] / "docs" / "alerts.md").read_text()
    section = page.partition("## Channel messages")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(SOURCES)


def test_every_alert_of_a_message_is_told() -> None:
    assert len(alerts("elastalert/aggregated")) == 2
    assert len(alerts("alertmanager/list_one_resolved")) == 2
    assert len(alerts("argo_cd/deployed")) == 3
    assert len(alerts("grafana/firing_two")) == 2


def test_two_attachments_of_a_source_are_two_alerts() -> None:
    found = parse(said(attachments=[sentence("core/shop", "triggered"), sentence("core/cart", "triggered")]))

    assert [(alert.source, alert.labels["endpoint"]) for alert in found] == [
        ("gatus", "shop"),
        ("gatus", "cart"),
    ]


def sentence(endpoint: str, state: str) -> dict[str, object]:
    how = "due to having failed" if state == "triggered" else "after passing successfully"
    return {"title": "Gatus", "text": f"An alert for *{endpoint}* has been {state} {how} 3 time(s) in a row"}


def test_the_same_check_in_another_channel_is_another_alert_where_no_installation_is_named() -> None:
    one, other = (
        parse(said(channel=channel, attachments=[sentence("shop", "triggered")]))[0]
        for channel in ("C1", "C2")
    )

    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("level", "severity"),
    [(0, Severity.SEV4), (6, Severity.SEV4), (7, Severity.SEV3), (12, Severity.SEV2), (15, Severity.SEV1)],
)
def test_wazuhs_levels_are_severities(level: int, severity: Severity) -> None:
    fields = [{"title": "Location", "value": "x"}, {"title": "Rule ID", "value": f"5 _(Level {level})_"}]

    assert [a.severity for a in parse(said(attachments=[{"title": "x", "fields": fields}]))] == [severity]


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("Not classified", None),
        ("Information", Severity.SEV4),
        ("Warning", Severity.SEV3),
        ("Average", Severity.SEV3),
        ("High", Severity.SEV2),
        ("Disaster", Severity.SEV1),
    ],
)
def test_zabbixs_severities(word: str, severity: Severity | None) -> None:
    (alert,) = parse(zabbix("Problem: x", severity=word))

    assert (alert.severity, alert.state) == (severity, AlertState.FIRING)


def zabbix(
    title: str, *, severity: str = "High", colour: str = "#E97659", trigger: str = "7"
) -> SlackMessage:
    fields = [("Host", "db-01 [10.0.2.11]"), ("Event time", "2026.01.01 00:00:11"), ("Severity", severity)]
    part = {
        "title": title,
        "color": colour,
        "title_link": f"https://zabbix.example.com/tr_events.php?triggerid={trigger}&amp;eventid=1",
        "fields": [{"title": name, "value": value} for name, value in fields],
    }
    return said(attachments=[part])


@pytest.mark.parametrize(
    ("title", "colour", "state"),
    [
        ("Problem: OK", "#E97659", AlertState.FIRING),
        ("Resolved in 7m 2s: Disk: full", "#009900", AlertState.CLEARED),
        ("RESOLVED: x", "#009900", AlertState.CLEARED),
        ("Disk is full", "#009900", AlertState.CLEARED),
        ("Disk is full", "#E97659", AlertState.FIRING),
        ("Problem: Resolved incidents pile up", "#E97659", AlertState.FIRING),
    ],
)
def test_zabbix_says_in_title_or_colour_whether_it_is_over(
    title: str, colour: str, state: AlertState
) -> None:
    assert [alert.state for alert in parse(zabbix(title, colour=colour))] == [state]


def test_a_trigger_keeps_its_key_whatever_its_titles_say() -> None:
    told = [one(zabbix(title)) for title in ("Problem: 91% full", "Updated problem in 3m: 97% full")]

    assert told[0].fingerprint == told[1].fingerprint
    assert one(zabbix("Problem: 91% full", trigger="8")).fingerprint != told[0].fingerprint


def one(shown: SlackMessage) -> Alert:
    (alert,) = parse(shown)
    return alert


@pytest.mark.parametrize("sign", ["🔴", ":red_circle:", "🟥"])
def test_a_monitor_is_down_in_whichever_way_slack_writes_its_sign(sign: str) -> None:
    alert = one(said(text=f"[Shop] [{sign} Down] x] [✅ Up] y"))

    assert (alert.source, alert.labels["monitor"], alert.state) == ("uptime_kuma", "Shop", AlertState.FIRING)


def test_what_a_monitor_answers_cannot_say_that_it_is_up() -> None:
    alert = one(said(text="[Shop] [🔴 Down] answered:\n[Shop] [✅ Up] 200"))

    assert alert.state is AlertState.FIRING


ISSUE = "https://shop.sentry.io/organizations/shop/issues/12/?referrer=slack"


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    "pretence",
    [
        [section(f":red_circle: <{ISSUE}|*Issue resolved by x*>")],
        [section(f":red_circle: <{ISSUE}|*E*>"), section("```x\nIssue resolved by @U1```")],
        [section(f":red_circle: <{ISSUE}|*E*>"), section("```Issue resolved by @U1```")],
    ],
    ids=["title", "second line", "first line"],
)
def test_what_an_error_says_of_itself_clears_nothing(pretence: list[dict[str, object]]) -> None:
    assert one(said(text="[shop] x marked y as resolved", blocks=pretence)).state is AlertState.FIRING


@pytest.mark.parametrize(
    ("colour", "state"), [("#E03E2F", AlertState.FIRING), ("#EDEEEF", AlertState.CLEARED)]
)
def test_an_older_attachment_is_over_once_its_colour_says_so_too(colour: str, state: AlertState) -> None:
    part = {"title": "E", "title_link": ISSUE, "color": colour, "text": "x\n*Issue resolved by <@U1>*"}

    assert one(said(attachments=[part])).state is state


def test_a_parser_that_was_chosen_reads_what_it_would_not_claim() -> None:
    shown = said(text="3 failed logins on web-1")

    assert [alert.source for alert in parse(shown, "splunk")] == ["splunk"]
    assert [alert.source for alert in parse(shown)] == ["generic"]


def test_an_edit_that_resolves_tells_when() -> None:
    fired, over = one(message("zabbix/media_problem")), one(message("zabbix/media_resolved_edit"))

    assert fired.origin == over.origin
    assert (fired.places["at"], over.places["at"]) == ("ts", "edited.ts")
    assert fired.at
    assert over.at
    assert fired.at < over.at
