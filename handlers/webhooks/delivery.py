"""What was posted to an address of ours: the document, and what stood around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.webhooks.document import Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One request. Names of `headers` are in small letters; `form` has the fields, if a form was posted."""

    body: Node
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
