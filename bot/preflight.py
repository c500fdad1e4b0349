"""The online check: what Slack and Jira would refuse of this configuration."""

from dataclasses import replace

from bot.clock import Clock
from bot.config.problem import Problem
from bot.delivery.jira.tracker import JiraTracker
from bot.delivery.slack.preflight import findings
from bot.domain.configuration import Configuration
from bot.domain.ladder import ChannelTarget, Ladder
from bot.errors import DeliveryError
from bot.ports import Finding
from bot.settings import Settings
from bot.wiring import jira_options
from handlers.manifest import SCOPES


async def preflight(settings: Settings, configuration: Configuration, clock: Clock) -> list[Problem]:
    """Everything that Slack or Jira would refuse at night."""
    found: list[Finding] = []
    if settings.slack is not None:
        token = settings.slack.bot_token.get_secret_value()
        found += await findings(token, settings.slack.api_url, SCOPES, _channels(configuration))
    if settings.jira is not None:
        found += await _tickets(settings, configuration, clock)
    return [_problem(finding) for finding in found]


def _channels(configuration: Configuration) -> dict[str, str]:
    wanted = {
        f"channels[{number}].channel": watch.channel for number, watch in enumerate(configuration.watches)
    }
    for number, heartbeat in enumerate(configuration.heartbeats):
        if heartbeat.channel:
            wanted[f"heartbeats[{number}].channel"] = heartbeat.channel
    for key, service in configuration.services.items():
        wanted[f"services.{key}.channel"] = service.channel
        ladders = [service.ladder, service.catch_all, *service.ladders.values()]
        for ladder in ladders:
            wanted |= _targets(ladder) if ladder else {}
    return wanted


def _targets(ladder: Ladder) -> dict[str, str]:
    return {
        f"ladders.{ladder.id}.rungs[{number}]": target.channel
        for number, rung in enumerate(ladder.rungs)
        for target in rung.targets
        if isinstance(target, ChannelTarget)
    }


async def _tickets(settings: Settings, configuration: Configuration, clock: Clock) -> list[Finding]:
    assert settings.jira is not None
    found: list[Finding] = []
    plans = {key: service.ticket for key, service in configuration.services.items() if service.ticket}
    seen = set[tuple[str, str]]()
    for key, plan in plans.items():
        if (plan.project, plan.issue_type) in seen:
            continue
        seen.add((plan.project, plan.issue_type))
        tracker = JiraTracker(jira_options(settings.jira, [plan]), clock)
        try:
            results = await tracker.preflight(plan.project, plan.issue_type, plan.priorities)
            found += [_of_service(str(key), finding) for finding in results]
        except DeliveryError as error:
            found.append(
                Finding(
                    path="jira.url",
                    message=f"Jira can't be asked: {error.reason}",
                    remedy="Check `TOCSIN_JIRA__URL`, the account and its token.",
                )
            )
        finally:
            await tracker.stop()
    return list(dict.fromkeys(found))


def _of_service(service: str, finding: Finding) -> Finding:
    """Name the place in the configuration, unless the finding is about the site as a whole."""
    if finding.path in {"jira.url", "jira.token"}:
        return finding
    return replace(finding, path=f"services.{service}.ticket.{finding.path.removeprefix('jira.')}")


def _problem(finding: Finding) -> Problem:
    return Problem(
        file="online", line=None, path=finding.path, message=finding.message, remedy=finding.remedy
    )
