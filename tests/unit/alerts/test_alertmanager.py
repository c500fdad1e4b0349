"""Alertmanager's titles: the group is the identity, whatever its members do."""

import pytest

from bot.domain.alert import AlertState, Severity
from handlers.alerts import alertmanager, parse, read_event
from tests.unit.alerts.makers import changed, event, said, titled


def fingerprint(title: str, **parts: object) -> str:
    (alert,) = parse(titled(title, **parts))
    return alert.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[FIRING:1] Down eu (a critical)", "[RESOLVED] Down eu (b critical)"),
        ("[FIRING:12] Down eu (critical)", "[FIRING:1, RESOLVED:2] Down eu"),
        ("[FIRING:1] Down (eu) (a)", "[RESOLVED:1] Down (eu) (b (c) d)"),
        ("[FIRING:1] Down eu (a", "[RESOLVED] Down eu (a"),
        (":fire: *[FIRING:1] Down eu*", ":ok: [Resolved] Down eu"),
        ("[FIRING:2]  (critical)", "[RESOLVED]  (web-1 critical)"),
    ],
)
def test_count_state_and_members_are_no_part_of_the_identity(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize("title", ["[FIRING:1] Down us (a)", "[FIRING:1] Up eu", "[FIRING:1] Down (eu) (a)"])
def test_another_group_is_another_alert(title: str) -> None:
    assert fingerprint(title) != fingerprint("[FIRING:1] Down eu (a)")


def test_another_receiver_or_installation_is_another_alert() -> None:
    told = {
        fingerprint("[FIRING:1] Down", title_link=f"https://{host}/#/alerts?receiver={receiver}")
        for host in ("am-0.example.com", "am-1.example.com", "am.example.org")
        for receiver in ("ops", "db")
    }

    assert len(told) == 4  # am-0 and am-1 are replicas of one cluster


def test_the_fallback_tells_groups_apart_that_share_a_custom_title() -> None:
    eu = fingerprint("[FIRING:1] Down", fallback="[FIRING:1] Down eu (a) | <https://am.example.com/x>")
    us = fingerprint("[FIRING:1] Down", fallback="[FIRING:1] Down us (a) | <https://am.example.com/x>")

    assert eu != us
    assert eu == fingerprint(
        "[RESOLVED] Down", fallback="[RESOLVED] Down eu (b) | <https://am.example.com/x>"
    )


def test_an_edit_in_place_resolves_the_same_alert() -> None:
    link = "https://am.example.com/#/alerts?receiver=ops"
    before = event(
        attachments=[{"title": "[FIRING:2] Down eu (critical)", "title_link": link, "color": "a30200"}]
    )
    now = event(
        attachments=[{"title": "[RESOLVED] Down eu (a critical)", "title_link": link, "color": "2eb886"}]
    )

    first, edited = read_event(before), read_event(changed(now, before))

    assert first
    assert edited
    (fired,), (cleared,) = parse(first), parse(edited)
    assert cleared.fingerprint == fired.fingerprint
    assert cleared.origin == fired.origin
    assert (fired.state, cleared.state) == (AlertState.FIRING, AlertState.CLEARED)
    assert fired.at
    assert cleared.at
    assert fired.at < cleared.at


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("[FIRING:1] Down eu (a critical)", Severity.SEV1),
        ("[FIRING:1] Down eu (page)", Severity.SEV1),
        ("[FIRING:1] Down eu (error)", Severity.SEV2),
        ("[FIRING:1] Down eu (warning)", Severity.SEV3),
        ("[FIRING:1] Down eu (info)", Severity.SEV4),
        ("[FIRING:1] Down eu (critical-path)", None),
        ("[FIRING:1] Critical thing", None),
    ],
)
def test_a_severity_is_read_from_the_titles_labels(title: str, severity: Severity | None) -> None:
    assert [alert.severity for alert in parse(titled(title))] == [severity]


def test_the_worst_of_the_members_severities_counts() -> None:
    text = "• *severity:* `warning`\n• *severity:* `critical`"

    assert [alert.severity for alert in parse(titled("[FIRING:2] Down", text=text))] == [Severity.SEV1]


def test_text_without_attachments_follows_the_convention_too() -> None:
    (alert,) = parse(said(text="[FIRING:1] Down eu (critical)\nmore"))

    assert (alert.source, alert.title, alert.confidence) == ("alertmanager", "Down eu (critical)", 1.0)


def test_every_titled_attachment_is_an_alert() -> None:
    message = said(
        attachments=[{"title": "[FIRING:1] Down eu"}, {"title": "[RESOLVED] Down us"}, {"text": "bye"}]
    )

    assert [(a.title, a.state.value) for a in parse(message)] == [
        ("Down eu", "firing"),
        ("Down us", "cleared"),
    ]


@pytest.mark.parametrize("before", ["", ":white_check_mark: ", "✅ *", "  — "])
def test_signs_may_stand_before_the_prefix(before: str) -> None:
    (alert,) = parse(said(text=f"{before}[RESOLVED] Down eu (critical)"))

    assert (alert.source, alert.state) == ("alertmanager", AlertState.CLEARED)


@pytest.mark.parametrize(
    "text",
    [
        ":rotating_light: [CRITICAL] Phishing: [RESOLVED] invoice",
        "Phishing mail: [RESOLVED] invoice",
        "Mail reported [RESOLVED] invoice",
        "Mail “[RESOLVED] invoice”",
    ],
)
def test_a_prefix_behind_words_is_somebody_elses(text: str) -> None:
    assert [alert.source for alert in parse(said(text=text))] == ["generic"]


def test_words_may_stand_before_the_prefix_where_the_address_is_alertmanagers_own() -> None:
    (fired,), (over,) = (parse(titled(f"prod {prefix} Down eu")) for prefix in ("[FIRING:1]", "[RESOLVED]"))

    assert (fired.source, over.state) == ("alertmanager", AlertState.CLEARED)
    assert fired.fingerprint == over.fingerprint
    assert [each.source for each in parse(titled("[CRITICAL] Phishing: [RESOLVED] Down"))] != ["alertmanager"]


def test_the_convention_deep_in_a_text_is_no_title() -> None:
    (alert,) = parse(said(text="Somebody wrote in the wiki about how our alerts look: [FIRING:1] Down"))

    assert alert.source == "generic"


LINK = "https://am.example.com/#/alerts?receiver=ops"


def member(instance: str, note: str = "slow") -> str:
    """One alert as `__text_alert_list` writes it."""
    return f"Labels:\n - alertname = Down\n - instance = {instance}\nAnnotations:\n - summary = {note}\n"


def listed(title: str, text: str) -> list[tuple[str, str]]:
    found = parse(titled(title, text=text))
    assert {alert.source for alert in found} == {"alertmanager"}
    return [(alert.title, alert.state.value) for alert in found]


def test_alerts_that_are_listed_apart_are_alerts_of_their_own() -> None:
    text = f"Alerts Firing:\n{member('a')}Alerts Resolved:\n{member('b')}"

    assert listed("[FIRING:1] Down (x)", text) == [("Down (a)", "firing"), ("Down (b)", "cleared")]


def test_a_list_that_hides_alerts_that_fire_clears_none_and_fires_as_a_group_too() -> None:
    text = f"Alerts Firing:\n{member('a')}Alerts Resolved:\n{member('b')}"

    assert listed("[FIRING:2] Down", text) == [("Down (a)", "firing"), ("Down", "firing")]


def test_a_list_that_mixes_what_fires_with_what_is_over_is_one_alert() -> None:
    details = "*Details:*\n • *instance:* `a`\n*Details:*\n • *instance:* `b`\n"

    assert listed("[FIRING:1] Down eu", details) == [("Down eu", "firing")]


def test_grafanas_messages_are_not_alertmanagers() -> None:
    part = {"title": "[FIRING:1] A", "title_link": LINK, "footer": "Grafana v11.2.0"}

    assert not alertmanager.recognise(said(attachments=[part]))
