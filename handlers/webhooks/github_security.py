"""GitHub's security alerts: vulnerable dependencies, findings in the code, secrets."""

from bot.domain.alert import AlertState
from handlers.alerts.markup import words
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part

OLD_VULNERABILITIES = "repository_vulnerability_alert"
EVENTS = ("dependabot_alert", "code_scanning_alert", "secret_scanning_alert", OLD_VULNERABILITIES)
_OPENED = words("create created reopen reopened reintroduced auto_reopened reopened_by_user publicly_leaked")
_CLOSED = words("dismiss resolve fixed dismissed auto_dismissed closed_by_user resolved")
_TALK = words(
    "assignees_changed appeared_in_branch updated_assignment assigned unassigned validated "
    "metadata_created metadata_removed"
)


def security(source: str, root: Node, event: str) -> Finding | None:
    """The alert that was opened or closed. Raises Malformed when it has no number, or an unknown action."""
    action, alert = root["action"], root["alert"].object()
    repository = root["repository"]
    branch = root["ref"].text.removeprefix("refs/heads/")
    default = repository["default_branch"].text
    if action.among(_OPENED | _CLOSED | _TALK).word in _TALK or (branch and default and branch != default):
        return None
    package = alert.first("dependency.package.name", "affected_package_name")
    what = alert.first(
        "security_advisory.summary",
        "rule.description",
        "secret_type_display_name",
        "external_identifier",
        "secret_type",
    )
    return Finding(
        source=source,
        state=AlertState.CLEARED if action.word in _CLOSED else AlertState.FIRING,
        state_from=action,
        key=[event, repository["full_name"], alert["number"].filled()],
        title=_title(event, repository, what, package),
        severity=alert.first(
            "security_advisory.severity", "rule.security_severity_level", "rule.severity", "severity"
        ),
        description=alert.first(
            "security_advisory.description", "rule.full_description", "most_recent_instance.message.text"
        ),
        labels=_labels(event, repository, alert, package),
        links=[
            ("GitHub", alert["html_url"]),
            ("Advisory", alert["external_reference"]),
            ("Repository", repository["html_url"]),
        ],
        at=alert.first("fixed_at", "dismissed_at", "updated_at", "created_at"),
    )


def _title(event: str, repository: Node, what: Node, package: Node) -> list[Part]:
    name: list[Part] = [repository["full_name"], "–", what]
    return [*name, "in", package] if event == OLD_VULNERABILITIES else name


def _labels(event: str, repository: Node, alert: Node, package: Node) -> dict[str, Part]:
    return {
        "event": event,
        "repository": repository["full_name"],
        "package": package,
        "ecosystem": alert.at("dependency.package.ecosystem"),
        "manifest": alert.at("dependency.manifest_path"),
        "cve": alert.first("security_advisory.cve_id", "external_identifier"),
        "ghsa": alert.first("security_advisory.ghsa_id", "ghsa_id"),
        "rule": alert.at("rule.id"),
        "tool": alert.at("tool.name"),
        "secret_type": alert["secret_type"],
    }
