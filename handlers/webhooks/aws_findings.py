"""Findings of Amazon GuardDuty and AWS Security Hub, and what AWS Health says.

https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html: the severity is a
number; 9 is critical, 7 high, 4 medium, 1 low. The key is the finding's id, to which GuardDuty adds what
happens again. https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html:
the key is the id with the product's ARN.
https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html: the key is the
event's ARN and the account that it affects.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import AlertState, Severity
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part

_GUARDDUTY = ((9.0, Severity.SEV1), (7.0, Severity.SEV2), (4.0, Severity.SEV3))
_NORMALISED = ((90, Severity.SEV1), (70, Severity.SEV2), (40, Severity.SEV3))
_HEALTH = {
    "issue": Severity.SEV2,
    "investigation": Severity.SEV3,
    "scheduledchange": Severity.SEV3,
    "accountnotification": Severity.SEV4,
}
_OVER = ("resolved", "suppressed", "archived", "passed", "closed")
REGION = re.compile(r"[a-z]{2}(-[a-z]{1,12}){1,3}-\d")


def guardduty(source: str, root: Node) -> Iterator[Finding]:
    """One finding of GuardDuty; archived is cleared."""
    detail = root["detail"].object()
    service = detail["service"]
    archived = service["archived"]
    resource = detail["resource"]
    yield Finding(
        source=source,
        state=AlertState.CLEARED if archived.word == "true" else AlertState.FIRING,
        state_from=archived,
        key=["guardduty", detail["accountId"] or root["account"], detail.first("id", "arn")],
        title=detail.first("title", "type"),
        severity=_graded(detail["severity"], _GUARDDUTY),
        severity_from=detail["severity"],
        description=detail["description"],
        labels={
            "type": detail["type"],
            "account": detail["accountId"] or root["account"],
            "region": detail["region"] or root["region"],
            "resource_type": resource["resourceType"],
            "instance": resource.at("instanceDetails.instanceId"),
            "access_key_user": resource.at("accessKeyDetails.userName"),
            "cluster": resource.at("eksClusterDetails.name"),
            "bucket": resource["s3BucketDetails"][0]["name"],
            "remote_ip": service["action"].first(
                "networkConnectionAction.remoteIpDetails.ipAddressV4",
                "awsApiCallAction.remoteIpDetails.ipAddressV4",
                "kubernetesApiCallAction.remoteIpDetails.ipAddressV4",
            ),
            "product": "GuardDuty",
        },
        links=[("Finding", _guardduty_page(detail["region"] or root["region"], detail["id"]))],
        at=detail.first("updatedAt", "createdAt", "service.eventLastSeen") or root["time"],
        trial=service.at("additionalInfo.sample").word == "true"
        or detail["title"].text.startswith("[SAMPLE]"),
    )


def security_hub(source: str, root: Node) -> Iterator[Finding]:
    """All findings of one event, in Amazon's own format or in OCSF."""
    for found in root["detail"]["findings"].list().items:
        if found.is_object:
            yield _ocsf(source, root, found) if found["finding_info"] else _asff(source, root, found)


def _asff(source: str, root: Node, found: Node) -> Finding:
    state = _first_over(
        found["RecordState"],
        found.at("Workflow.Status"),
        found["WorkflowState"],
        found.at("Compliance.Status"),
    )
    severity = found["Severity"]
    recommended = found.at("Remediation.Recommendation")
    resource = found["Resources"][0]
    graded = _graded(severity["Normalized"], _NORMALISED) if not severity["Label"] else severity["Label"]
    return Finding(
        source=source,
        state=AlertState.CLEARED if state.word in _OVER else AlertState.FIRING,
        state_from=state,
        key=["security_hub", found["ProductArn"], found["Id"]],
        title=found["Title"],
        severity=graded,
        severity_from=severity.first("Label", "Normalized"),
        description=[found["Description"], recommended["Text"]],
        labels={
            "product": found.first("ProductName", "ProductFields.aws/securityhub/ProductName"),
            "account": found["AwsAccountId"],
            "region": found["Region"] or root["region"],
            "resource": resource["Id"],
            "resource_type": resource["Type"],
            "control": found.at("Compliance.SecurityControlId"),
            "compliance": found.at("Compliance.Status"),
            "workflow": found.at("Workflow.Status"),
            "type": found["Types"][0],
            "action": root["detail"]["actionName"],
        },
        links=[("Remediation", recommended["Url"]), ("Source", found["SourceUrl"])],
        at=found.first("UpdatedAt", "LastObservedAt", "CreatedAt"),
    )


def _ocsf(source: str, root: Node, found: Node) -> Finding:
    info = found["finding_info"]
    return Finding(
        source=source,
        state=AlertState.CLEARED if found["status"].word in _OVER else AlertState.FIRING,
        state_from=found["status"],
        key=["security_hub", found.at("metadata.product.uid"), info["uid"]],
        title=info["title"],
        severity=found["severity"],
        description=[info["desc"], found.at("remediation.desc")],
        labels={
            "product": found.at("metadata.product.name"),
            "account": found.at("cloud.account.uid"),
            "region": found.at("cloud.region") or root["region"],
            "resource": found["resources"][0]["uid"],
            "resource_type": found["resources"][0]["type"],
        },
        links=[("Remediation", found.at("remediation.references")[0])],
        at=info.first("modified_time_dt", "modified_time", "created_time_dt", "created_time"),
    )


def health(source: str, root: Node) -> Iterator[Finding]:
    """One event of AWS Health; closed is cleared. Its severity is that of its category."""
    detail = root["detail"].object()
    status, category = detail["statusCode"], detail["eventTypeCategory"]
    entities = [each["entityValue"] for each in list(detail["affectedEntities"].items)[:20]]
    yield Finding(
        source=source,
        state=AlertState.CLEARED if status.word == "closed" else AlertState.FIRING,
        state_from=status,
        key=["health", detail["eventArn"], detail["affectedAccount"] or root["account"]],
        title=["AWS Health:", detail["service"], detail["eventTypeCode"]],
        severity=_HEALTH.get(category.word),
        severity_from=category,
        description=[*_descriptions(detail), *entities],
        labels={
            "service": detail["service"],
            "event_type": detail["eventTypeCode"],
            "category": category,
            "account": detail["affectedAccount"] or root["account"],
            "region": detail["eventRegion"] or root["region"],
            "state": status,
            "scope": detail["eventScopeCode"],
        },
        links=[("Health", "https://health.aws.amazon.com/health/home")],
        at=root["time"],
    )


def _descriptions(detail: Node) -> list[Part]:
    told = list(detail["eventDescription"].items)[:5]
    english = [each for each in told if each["language"].word.startswith("en")]
    return [each["latestDescription"] for each in english or told[:1]]


def _graded(number: Node, scale: tuple[tuple[float, Severity], ...]) -> Severity | None:
    try:
        value = float(number.text)
    except ValueError:
        return None
    return next((severity for least, severity in scale if value >= least), Severity.SEV4)


def _first_over(*states: Node) -> Node:
    return next((state for state in states if state.word in _OVER), states[0])


def _guardduty_page(region: Node, identity: Node) -> Part:
    if not REGION.fullmatch(region.text) or not re.fullmatch(r"[0-9a-f]{1,64}", identity.text):
        return ""
    page = f"https://{region.text}.console.aws.amazon.com/guardduty/home?region={region.text}"
    return f"{page}#/findings?macros=current&fId={identity.text}"
