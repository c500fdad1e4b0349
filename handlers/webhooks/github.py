"""GitHub's webhooks that tell of something wrong: security alerts, and what fails on the default branch.

https://docs.github.com/webhooks/webhook-events-and-payloads. The event's name stands in `X-GitHub-Event`;
where a proxy drops it, it is found by what the document has. Failures of pull requests and other branches
say nothing, and neither do pushes, issues and the like. The key is the repository, and in it the alert's
number, or the name of the check, the workflow, the status or the environment.
"""

from collections.abc import Callable, Mapping

from bot.domain.alert import Alert, AlertState
from handlers.alerts.markup import words
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import NOTHING, Node
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.github_security import EVENTS, security

SOURCE = "github"
_FAILED = words("failure timed_out action_required startup_failure error")
_PASSED = words("success")
_NEITHER = words("neutral cancelled skipped stale inactive pending queued in_progress waiting requested")
"""Results that say nothing; the last ones are no results yet."""
_MEMBERS = ("check_run", "workflow_run", "deployment_status", "zen")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event; most events say nothing. Raises Malformed."""
    root = delivery.body.object()
    event = delivery.headers.get("x-github-event", "").casefold() or _guessed(root)
    if not event:
        root["sender"].object()  # whatever GitHub tells has one
    reader = _READERS.get(event)
    found = reader(root, event) if reader else None
    return [found.alert()] if found else []


def _guessed(root: Node) -> str:
    told = next((name for name in _MEMBERS if root[name]), "")
    if told or not root["alert"]:
        return {"zen": "ping"}.get(told, told) or ("status" if root["context"] and root["sha"] else "")
    alert = root["alert"]
    if alert["security_advisory"]:
        return "dependabot_alert"
    return "code_scanning_alert" if alert["rule"] else "secret_scanning_alert"


def _ping(root: Node, event: str) -> Finding:
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=[event, root.first("repository.full_name", "organization.login", "hook_id")],
        title=["GitHub's webhook reaches us from", root.first("repository.full_name", "organization.login")],
        trial=True,
    )


def _security(root: Node, event: str) -> Finding | None:
    return security(SOURCE, root, event)


def _check_run(root: Node, event: str) -> Finding | None:
    run = root["check_run"].object()
    return _failing(root, event, run, run["conclusion"], branch=run.at("check_suite.head_branch"))


def _workflow_run(root: Node, event: str) -> Finding | None:
    run = root["workflow_run"].object()
    own = run["event"].word != "pull_request"
    return _failing(root, event, run, run["conclusion"], branch=run["head_branch"]) if own else None


def _status(root: Node, event: str) -> Finding | None:
    names = {branch["name"].filled().text: branch["name"] for branch in root["branches"].list().items}
    branch = names.get(root.at("repository.default_branch").filled().text, Node(None))
    return _failing(root, event, root, root["state"], branch=branch)


def _deployment(root: Node, event: str) -> Finding | None:
    status, branch = root["deployment_status"].object(), root.at("repository.default_branch")
    return _failing(root, event, status, status["state"], branch=branch)


def _failing(root: Node, event: str, run: Node, result: Node, *, branch: Node) -> Finding | None:
    """What ran on the default branch, and failed or passed; what is under way or was skipped says nothing."""
    repository = root["repository"]
    default = repository["default_branch"]
    if _unfinished(run, result) or result.among(_FAILED | _PASSED | _NEITHER).word in _NEITHER:
        return None
    if branch.value is None or branch.filled().text != default.filled().text:
        return None
    passed = result.word in _PASSED
    name = run.first("context", "environment", "name", "workflow_id")
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if passed else AlertState.FIRING,
        state_from=result,
        key=[event, repository["full_name"], name.filled()],
        title=[repository["full_name"], "–", name, "passed on" if passed else "failed on", branch],
        description=run.first("output.summary", "output.title", "description", "display_title"),
        labels=_run_labels(event, repository, name, branch, run),
        links=[
            ("GitHub", run.first("html_url", "target_url", "log_url")),
            ("Details", run["details_url"]),
            ("Commit", root.at("commit.html_url")),
        ],
        at=run.first("completed_at", "updated_at", "created_at"),
    )


def _unfinished(run: Node, result: Node) -> bool:
    """A run has a status besides its result, which is null as long as it is under way."""
    return result.value in (None, NOTHING) and run["status"].word in _NEITHER


def _run_labels(event: str, repository: Node, name: Node, branch: Node, run: Node) -> dict[str, Part]:
    return {
        "event": event,
        "repository": repository["full_name"],
        "name": name,
        "branch": branch,
        "commit": run.first("head_sha", "sha"),
        "app": run.at("app.slug"),
        "actor": run.at("actor.login"),
    }


_READERS: Mapping[str, Callable[[Node, str], Finding | None]] = {
    "ping": _ping,
    **dict.fromkeys(EVENTS, _security),
    "check_run": _check_run,
    "workflow_run": _workflow_run,
    "status": _status,
    "deployment_status": _deployment,
}
