"""A state of Terraform's with PagerDuty's resources, as the objects that the REST API would give."""

from collections.abc import Iterator

from bot.imports.file import Document, Json

Object = dict[str, Json]


def unpacked(document: Document) -> Document:
    """The same document, or what a state (`*.tfstate`, `terraform show -json`) has of PagerDuty's."""
    if not isinstance(document.data, dict) or "terraform_version" not in document.data:
        return document
    found: dict[str, Json] = {}
    for kind, values in _resources(document.data):
        made = _MADE.get(kind)
        if made is not None and isinstance(values.get("id"), str):
            name, make = made
            listed = found.setdefault(name, [])
            assert isinstance(listed, list)
            listed.append(make(values))
    return Document(file=document.file, data=found)


def _resources(state: Object) -> Iterator[tuple[str, Object]]:
    """Types and values, of a state and of what `terraform show -json` prints."""
    for resource in _objects(state.get("resources")):
        for instance in _objects(resource.get("instances")):
            if isinstance(attributes := instance.get("attributes"), dict):
                yield str(resource.get("type")), attributes
    values = state.get("values")
    modules = [values.get("root_module")] if isinstance(values, dict) else []
    while modules:
        module = modules.pop()
        if isinstance(module, dict):
            for resource in _objects(module.get("resources")):
                if isinstance(attributes := resource.get("values"), dict):
                    yield str(resource.get("type")), attributes
            modules += _objects(module.get("child_modules"))


def _objects(data: Json) -> list[Object]:
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _user(values: Object) -> Object:
    return {"type": "user", **_some(values, "id", "name", "email", "time_zone")}


def _schedule(values: Object) -> Object:
    """Its layers stand from the lowest to the highest; the API gives the highest first."""
    layers: list[Json] = [_layer(one) for one in reversed(_objects(values.get("layer")))]
    return {"type": "schedule", **_some(values, "id", "name", "time_zone"), "schedule_layers": layers}


def _layer(values: Object) -> Object:
    users = values.get("users")
    restrictions: list[Json] = [
        {**one, "start_day_of_week": one.get("start_day_of_week") or None}
        for one in _objects(values.get("restriction"))
    ]
    return {
        **_some(values, "name", "start", "end", "rotation_virtual_start", "rotation_turn_length_seconds"),
        "users": [{"user": {"id": one}} for one in users] if isinstance(users, list) else [],
        "restrictions": restrictions,
    }


def _policy(values: Object) -> Object:
    rules: list[Json] = [
        {
            **_some(rule, "escalation_delay_in_minutes"),
            "targets": list(_objects(rule.get("target"))),
            "escalation_rule_assignment_strategy": next(
                iter(_objects(rule.get("escalation_rule_assignment_strategy"))), None
            ),
        }
        for rule in _objects(values.get("rule"))
    ]
    return {
        "type": "escalation_policy",
        **_some(values, "id", "name", "num_loops"),
        "escalation_rules": rules,
    }


def _service(values: Object) -> Object:
    return {
        "type": "service",
        **_some(values, "id", "name"),
        "escalation_policy": {"id": values.get("escalation_policy")},
        "acknowledgement_timeout": _seconds(values.get("acknowledgement_timeout")),
        "auto_resolve_timeout": _seconds(values.get("auto_resolve_timeout")),
    }


def _some(values: Object, *names: str) -> Object:
    """These values; an empty text is one that was not given."""
    return {name: values[name] for name in names if values.get(name) not in (None, "")}


def _seconds(value: Json) -> int | None:
    """Terraform writes `"1800"`, and `"null"`."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else None


_MADE = {
    "pagerduty_user": ("users", _user),
    "pagerduty_schedule": ("schedules", _schedule),
    "pagerduty_escalation_policy": ("escalation_policies", _policy),
    "pagerduty_service": ("services", _service),
}
