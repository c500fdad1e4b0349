"""GitHub's messages in Slack: what its app posts of a repository (integrations/slack).

https://docs.github.com/en/integrations/how-tos/slack/customize-notifications
Alerts are what failed and what is insecure: workflow runs, deployments, and the alerts of Dependabot, of
secret scanning and of code scanning; and that a subscription was disabled, since then nothing more comes.
All else that the app posts (pushes, issues, pull requests, reviews, comments, releases) is nothing. The key
is the repository with the workflow and its branch, with the environment, or with the alert's number; a run
or a commit is no part of it.
"""

import re
from urllib.parse import urlsplit

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.found import NOTHING, Finding, Placed, Told
from handlers.alerts.places import Part, fields, links, named, parts, shown, text
from handlers.alerts.reading import SlackMessage

SOURCE = "github"
APPS = frozenset({"A01BP7R4KNY", "A8GBNUWU8"})  # GitHub, and the app before it
ICONS = (
    "assets-cdn.github.com/favicon",
    "github.githubassets.com/favicon",
    "slack.github.com/static/img/favicon",
)
REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")
SECURITY = re.compile(
    r"/(?P<repository>[\w.-]{1,100}/[\w.-]{1,100})/security/"
    r"(?P<kind>dependabot|secret-scanning|code-scanning)/(?P<number>[0-9]{1,12})/?"
)
FIXED = re.compile(r"\b(?:fixed|resolved|dismissed|closed|revoked|auto-dismissed)\b", re.IGNORECASE)
REOPENED = re.compile(r"\b(?:reopened|reintroduced|appeared again)\b", re.IGNORECASE)
FAILED_TO_DEPLOY = re.compile(
    r"Error when deploying `?(?P<what>[^\n`]{1,200})`? to (?P<where>[^\n]{1,200})"
    r"|Deploying `?(?P<what2>[^\n`]{1,200})`? to (?P<where2>[^\n]{1,200}?) failed\b.*"
)
DEPLOYED = re.compile(r"Successfully deployed `?(?P<what>[^\n`]{1,200})`? to (?P<where>[^\n]{1,200})")
DISABLED = re.compile(
    r"Subscription to `?(?P<repository>[\w.-]{1,100}(?:/[\w.-]{1,100})?)`? has been disabled\b"
)
FAILURES = (
    r"failed|failure|timed out|timed_out|startup failure|startup_failure|action required|cancelled|canceled"
)
SUCCESSES = r"succeeded|success|successful|passed|completed successfully"
ENDED = re.compile(rf"\b(?:(?P<failed>{FAILURES})|(?P<passed>{SUCCESSES}))\b", re.IGNORECASE)
RUN = re.compile(r"/(?P<repository>[\w.-]{1,100}/[\w.-]{1,100})/actions/runs/[0-9]{1,20}(?:/.*)?")
AFTER_NAME = (
    r"(?= (?:workflow|run|has|was|is|on|failed|succeeded|timed|completed|cancelled|canceled)\b"
    r"|\s*$|[\n*`:,])"
)
WORKFLOW = re.compile(
    r"(?:Workflow(?: run)?:? |workflow )[*`'\"“]{0,2}(?P<name>[^\n*`'\"”:]{1,200}?)[*`'\"”]{0,2}"
    + AFTER_NAME
    + r"|(?P<before>[^\n*`:\[\]|]{1,200}?) workflow (?:run )?(?:has |was )?"
    r"(?:failed|succeeded|cancelled|timed|completed)"
)
TALK = re.compile(r"/[^/]+/[^/]+/(?:issues|pull|releases|discussions|compare|commit)/.+")
BRANCH = re.compile(r"\b(?:on|branch|ref)\W{1,4}(?P<branch>[\w][\w./-]{0,200})")
NOT_FIRING = frozenset({"cancelled", "canceled"})


def recognise(message: SlackMessage) -> bool:
    """Whether GitHub's app posted it, or an attachment bears its foot."""
    return message.app_id in APPS or any(_marked(part) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """What failed or is insecure, and what is no longer; nothing for all other news."""
    if any(TALK.fullmatch(urlsplit(part.of.title_link).path) for part in parts(message)):
        return []
    found = _secured(message) or _ran(message) or _deployed(message) or _disabled(message)
    return [found] if found else []


def _marked(part: Part) -> bool:
    if any(icon in part.of.footer_icon for icon in ICONS):
        return True
    in_footer = [urlsplit(url).path for url, place in part.of.linked if place == "footer"]
    return bool(part.footer.text.strip() and f"/{part.footer.text.strip()}" in in_footer) and bool(
        REPOSITORY.fullmatch(part.footer.text.strip())
    )


def _all(message: SlackMessage) -> list[Told]:
    """What is said, in the order in which it is read."""
    told = [text(message)]
    for part in parts(message):
        told += [part.pretext, part.title, part.text]
    return [each for each in [*told, *(each.told for each in shown(message))] if each]


def _repository(message: SlackMessage) -> Told:
    for part in parts(message):
        if REPOSITORY.fullmatch(part.footer.text.strip()):
            return part.footer.cut(part.footer.text)
    paths = ((urlsplit(link.url).path.strip("/").split("/"), place) for link, place in links(message))
    return next((Told("/".join(steps[:2]), place) for steps, place in paths if len(steps) >= 2), NOTHING)


def _secured(message: SlackMessage) -> Alert | None:
    for link, place in links(message):
        if found := SECURITY.fullmatch(urlsplit(link.url).path):
            address = Told(link.url, place)
            return _security(message, address, found)
    return None


def _security(message: SlackMessage, address: Told, found: re.Match[str]) -> Alert:
    said = _news(message)
    ended = next((each for each in said if FIXED.search(each.text[:500])), NOTHING)
    again = next((each for each in said if REOPENED.search(each.text[:500])), NOTHING)
    repository, kind = address.cut(found["repository"]), address.cut(found["kind"])
    number = address.cut(found["number"])
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if ended and not again else AlertState.FIRING,
        state_from=again or ended or address,
        key=[repository, kind, number],
        title=[*_titles(message), repository.cut(f"({repository.text})")],
        severity_from=named(fields(message), "Severity", "Security severity", "Level"),
        description=_all(message),
        labels={"repository": repository, "kind": kind, "number": number, **_fields(message)},
        links=links(message, "GitHub"),
    ).alert()


def _news(message: SlackMessage) -> list[Told]:
    """The lines that say what happened: what stands above the title, which only names the weakness."""
    above = [text(message), *(each for part in parts(message) for each in (part.pretext, part.fallback))]
    return [line for each in [told for told in above if told] or _all(message) for line in each.lines[:1]]


def _titles(message: SlackMessage) -> list[Told]:
    """The first title; without any, the first line."""
    titles = [part.title for part in parts(message) if part.title] or _all(message)
    return [line for each in titles[:1] for line in each.lines[:1]]


def _ran(message: SlackMessage) -> Alert | None:
    run = next(
        (Told(link.url, place) for link, place in links(message) if RUN.fullmatch(urlsplit(link.url).path)),
        NOTHING,
    )
    told = _all(message)
    named_so = next(((each, match) for each in told if (match := WORKFLOW.search(each.text[:1_000]))), None)
    if not (run or named_so):
        return None
    state = next(
        (each.cut(found.group()) for each in told if (found := ENDED.search(each.text[:1_000]))), NOTHING
    )
    if not state or state.word in NOT_FIRING:
        return None
    return _run(message, state, _workflow(message, named_so), links(message, "GitHub"))


def _workflow(message: SlackMessage, found: tuple[Told, re.Match[str]] | None) -> Told:
    field = named(fields(message), "Workflow", "Workflow name")
    if field or found is None:
        return field or next(iter(_titles(message)), NOTHING)
    told, match = found
    return told.cut(match["name"] or match["before"]).bare


def _run(message: SlackMessage, state: Told, workflow: Told, all_links: list[Placed]) -> Alert:
    repository, branch = _repository(message), _branch(message)
    passed = ENDED.search(state.text)
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if passed and passed["passed"] else AlertState.FIRING,
        state_from=state,
        key=[repository, "workflow", workflow, branch],
        title=[
            repository.cut(f"{repository.text}:"),
            workflow,
            state.cut(state.word),
            branch.cut(_on(branch)),
        ],
        description=_all(message),
        labels={"repository": repository, "workflow": workflow, "branch": branch, **_fields(message)},
        links=all_links,
    ).alert()


def _on(branch: Told) -> str:
    return f"on {branch.text}" if branch else ""


def _branch(message: SlackMessage) -> Told:
    field = named(fields(message), "Branch", "Ref")
    if field:
        return field
    for link, place in links(message):
        path = urlsplit(link.url).path
        if "/tree/" in path:
            return Told(path.partition("/tree/")[2], place)
    found = ((each, BRANCH.search(each.bare.text[:1_000])) for each in _all(message))
    return next((each.cut(match["branch"]) for each, match in found if match), NOTHING)


def _deployed(message: SlackMessage) -> Alert | None:
    for told in _all(message):
        if found := told.match(FAILED_TO_DEPLOY):
            where = told.cut(found["where"] or found["where2"])
            return _deployment(
                message, told, where, told.cut(found["what"] or found["what2"]), AlertState.FIRING
            )
        if found := told.match(DEPLOYED):
            return _deployment(
                message, told, told.cut(found["where"]), told.cut(found["what"]), AlertState.CLEARED
            )
    return None


def _deployment(message: SlackMessage, told: Told, where: Told, what: Told, state: AlertState) -> Alert:
    repository = _repository(message)
    cleared = state is AlertState.CLEARED
    return Finding(
        source=SOURCE,
        message=message,
        state=state,
        state_from=told,
        key=[repository, "deployment", where],
        title=[
            repository.cut(f"{repository.text}:"),
            told.cut("deployed to" if cleared else "failed to deploy to"),
            where,
        ],
        description=told,
        labels={"repository": repository, "environment": where, "commit": what.bare},
        links=links(message, "GitHub"),
    ).alert()


def _disabled(message: SlackMessage) -> Alert | None:
    for told in _all(message):
        if found := told.match(DISABLED):
            repository = told.cut(found["repository"])
            return Finding(
                source=SOURCE,
                message=message,
                state=AlertState.FIRING,
                state_from=told,
                key=[repository, "subscription", f"#{message.channel}"],
                title=[repository.cut(f"{repository.text}:"), told.cut("GitHub's messages are disabled")],
                severity=Severity.SEV4,
                severity_from=told,
                description=told,
                labels={"repository": repository},
                links=links(message),
            ).alert()
    return None


def _fields(message: SlackMessage) -> dict[str, Told]:
    return {"_".join(name.casefold().split()): told.bare for name, told in fields(message)}
