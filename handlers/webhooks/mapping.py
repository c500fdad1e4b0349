"""Alerts by a mapping of fields: for sources that only `tocsin.yaml` knows.

What cannot be found in the document costs as little as possible: without a state it fires, without a key
its title is the key, of which a part is missing the title is one more, and each makes it less sure. Only an
alert without a title, or without the list in which alerts should stand, is refused, with the place where it
was looked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.field_mapping import Each, Expression, FieldMapping, Place, Start
from handlers.alerts.subject import normalised
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import MANY, Malformed, Node
from handlers.webhooks.finding import Finding, Part, spread
from handlers.webhooks.several import several
from handlers.webhooks.spoken import severity_in_field, state_of

PARSER = "mapping"
_UNSURE = 0.7
_NAMES = ("key", "name", "title", "label")


@dataclass(frozen=True, slots=True)
class _Scene:
    """What paths begin at: one alert, the document that it stands in, and what came around it."""

    alert: Node
    delivery: Delivery

    def nodes(self, place: Place) -> Iterator[Node]:
        """Every value at a place."""
        match place.start:
            case Start.ALERT:
                found = [self.alert]
            case Start.DOCUMENT:
                found = [self.delivery.body]
            case Start.HEADER:
                named = {name.lower(): value for name, value in self.delivery.headers.items()}
                return iter([Node(named.get(str(place.steps[0]).lower()), f"@header.{place.steps[0]}")])
            case Start.QUERY:
                name = str(place.steps[0])
                return iter([Node(self.delivery.query.get(name), f"@query.{name}")])
        return walked(found, place)

    def node(self, alternatives: Sequence[Place]) -> Node:
        """The text at the first place where there is one; several values are told one after the other."""
        for place in alternatives:
            if told := [node for node in self.nodes(place) if node.text]:
                return (
                    told[0] if len(told) == 1 else Node(", ".join(node.text for node in told), told[0].place)
                )
        return Node()

    def parts(self, expression: Expression) -> list[Part]:
        """The texts of an expression. One of whose places nothing is known says nothing."""
        parts = [part if isinstance(part, str) else self.node(part) for part in expression.parts]
        return parts if any(isinstance(part, Node) and part.text for part in parts) else []

    def read(self, expression: Expression) -> Node:
        """An expression as one text, with the place where its first part stands."""
        parts = self.parts(expression)
        if len(parts) == 1 and isinstance(parts[0], Node):
            return parts[0]
        places = ", ".join(part.place for part in parts if isinstance(part, Node) and part.text)
        return Node("".join(part.text if isinstance(part, Node) else part for part in parts), places)

    def whole(self, expression: Expression) -> bool:
        """Whether something is known of each of its places."""
        return all(isinstance(part, str) or bool(self.node(part).text) for part in expression.parts)

    def first(self, expressions: Sequence[Expression]) -> Node:
        """The first expression that says something."""
        return next((node for each in expressions if (node := self.read(each)).text), Node())


def read(name: str, mapping: FieldMapping, delivery: Delivery) -> list[Alert]:
    """The alerts of a delivery to the integration of that name. Raises Malformed, or Partly."""
    scene = _Scene(delivery.body, delivery)
    if mapping.alerts is None:
        return _alerts(name, mapping, _Scene(scene.alert.object(), delivery))
    items = islice(_items(scene, mapping.alerts), MANY)
    return several(items, lambda item: _alerts(name, mapping, _Scene(item, delivery)))


def walked(nodes: Sequence[Node], place: Place) -> Iterator[Node]:
    """Every value to which the steps of a place lead."""
    for step in place.steps:
        nodes = [
            below
            for node in nodes
            for below in (islice(node.items, MANY) if isinstance(step, Each) else [node[step]])
        ][:MANY]
    return iter(nodes)


def _items(scene: _Scene, place: Place) -> Iterator[Node]:
    """The alerts of a list; a list that is named without `[*]` means its items."""
    found = list(scene.nodes(place))
    if place.steps and place.steps[-1] is Each.ITEM:
        above = list(scene.nodes(replace(place, steps=place.steps[:-1])))
        for node in above:
            node.list()
        yield from found
        return
    for node in found:
        yield from node.items if node.is_list else [node]


def _alerts(name: str, mapping: FieldMapping, scene: _Scene) -> list[Alert]:
    told = scene.read(mapping.state.read)
    if told.word in mapping.state.ignored:
        return []
    state = mapping.state.words.get(told.word) or state_of(told.text)
    sure = state is not None or not mapping.state.read
    return [_found(name, mapping, scene, state or AlertState.FIRING, told, sure=sure)]


def found(name: str, mapping: FieldMapping, delivery: Delivery, state: AlertState, state_from: Node) -> Alert:
    """The alert of a document whose state is known already. Raises Malformed."""
    return _found(name, mapping, _Scene(delivery.body, delivery), state, state_from, sure=True)


def _found(
    name: str, mapping: FieldMapping, scene: _Scene, state: AlertState, told: Node, *, sure: bool
) -> Alert:
    title = scene.first(mapping.title)
    if not title.text:
        raise Malformed(_wanted(scene, mapping), "a title is expected here, and nothing was sent")
    key, whole = _key(mapping, scene, title)
    severity = scene.read(mapping.severity.read)
    finding = Finding(
        source=name,
        state=state,
        state_from=told,
        key=key,
        title=title,
        severity=_severity(mapping, severity),
        severity_from=severity,
        description=scene.first(mapping.description),
        labels=_labels(mapping, scene),
        links=[(label, scene.read(url)) for label, url in mapping.links.items()],
        at=scene.read(mapping.at),
        confidence=1.0 if whole and sure else _UNSURE,
        unknown=not sure,
    )
    return replace(finding.alert(), parser=PARSER)


def _key(mapping: FieldMapping, scene: _Scene, title: Node) -> tuple[list[Part], bool]:
    """What the key is made of, and whether all of it was found.

    What is missing might have told two things apart: then what the title names does.
    """
    found: list[Part] = [scene.read(each) for each in mapping.key]
    if not any(isinstance(part, Node) and part.text for part in found):
        return [title], False
    if all(scene.whole(each) for each in mapping.key):
        return found, True
    return [*found, Node(normalised(title.text) or title.text, title.place)], False


def _severity(mapping: FieldMapping, told: Node) -> Severity | None:
    return mapping.severity.words.get(told.word) or severity_in_field(told)


def _labels(mapping: FieldMapping, scene: _Scene) -> dict[str, Part]:
    labels: dict[str, Part] = {}
    for name, expression in mapping.labels.items():
        if name == "*":
            labels.update(_spread(scene, expression))
        else:
            labels[name] = scene.read(expression)
    return labels


def _spread(scene: _Scene, expression: Expression) -> Iterator[tuple[str, Part]]:
    """All that an object has, or a list of names and values."""
    places = [place for part in expression.parts if not isinstance(part, str) for place in part]
    for node in (node for place in places for node in scene.nodes(place)):
        yield from spread(node).items()
        for each in node.items:
            if each.is_object and (label := each.first(*_NAMES).text):
                yield label, each["value"]


def _wanted(scene: _Scene, mapping: FieldMapping) -> str:
    """Where the title was looked for at first."""
    places = (
        place for each in mapping.title for part in each.parts if not isinstance(part, str) for place in part
    )
    return next((node.place for place in places for node in scene.nodes(place)), scene.alert.place)
