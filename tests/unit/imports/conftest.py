"""What the tests of imports share: exports on disk, and the moment at which they are imported."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.imports.importing import Imported, import_from
from bot.imports.product import Product
from bot.imports.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[2] / "payloads" / "imports"

Import = Callable[..., Imported]


@pytest.fixture
def imported() -> Import:
    """Import an export of some product, at a moment that stands."""

    def run(product: Product, export: Path, slack: Workspace | None = None) -> Imported:
        return import_from(product, export, now=NOW, slack=slack or Workspace(), channel="#incidents")

    return run
