"""Whatever is posted to whichever source: alerts that are safe to keep, or Malformed, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.loading import receive
from handlers.webhooks.sources import SOURCES
from tests.unit.alerts.test_hostile import check
from tests.unit.webhooks.golden import delivery, examples

TEXT = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    [
        "{",
        '{"a": [1]}',
        "[",
        "https://[",
        "0",
        "-1",
        "firing",
        "resolved",
        "2026-02-30T00:00:00Z",
        "1e999",
        "\x00",
        "",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)
PATIENT = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.sampled_from(sorted(SOURCES))


def bear(source: str, sent: Delivery) -> None:
    """Let a source read something; what comes of it is safe."""
    try:
        found = SOURCES[source](sent)
    except Malformed:
        return
    for alert in found:
        check(alert)
        assert alert.at is None or alert.at.tzinfo
        assert all(isinstance(part, str) for pair in alert.labels.items() for part in pair)


@pytest.mark.row("A08")
@PATIENT
@given(NAMES, JSON, st.dictionaries(TEXT, TEXT, max_size=3))
def test_anything_at_all_is_read_or_refused(source: str, raw: object, form: dict[str, str]) -> None:
    bear(source, Delivery(body=Node(raw), headers=form, query=form, form=form))


@pytest.mark.row("A08")
@PATIENT
@given(st.sampled_from([path for path in examples() if delivery(path).body]), st.data())
def test_an_example_with_one_part_replaced_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    sent = delivery(path)
    whole: list[object] = [sent.body.value]
    holder, step = data.draw(st.sampled_from(list(inner(whole))))
    holder[step] = data.draw(JSON)  # type: ignore[index]  # the step was read from the holder

    bear(path.parent.name, replace(sent, body=Node(whole[0])))


@pytest.mark.row("A08")
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_what_was_meant_for_another_source_is_read_or_refused(source: str) -> None:
    for path in examples():
        bear(source, delivery(path))


@pytest.mark.row("A08")
@PATIENT
@given(st.sampled_from(examples()), st.data())
def test_a_document_that_was_cut_off_is_refused(path: Path, data: st.DataObject) -> None:
    raw = json.dumps(json.loads(path.read_bytes()) if path.suffix == ".json" else {"a": path.name}).encode()
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]

    with pytest.raises(Malformed):
        receive(cut)


@pytest.mark.row("A08")
@PATIENT
@given(
    st.binary(max_size=200),
    st.sampled_from(["", "application/x-www-form-urlencoded", "multipart/form-data; boundary=-"]),
)
def test_any_bytes_are_read_or_refused(raw: bytes, kind: str) -> None:
    try:
        sent = receive(raw, {"Content-Type": kind})
    except Malformed:
        return
    for source in SOURCES:
        bear(source, sent)


def inner(node: object) -> Iterator[tuple[dict[str, object] | list[object], str | int]]:
    """Every place in a document."""
    if isinstance(node, dict | list):
        for step, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield node, step
            yield from inner(value)
