"""Which tests carry which row of docs/faults.md; `python -m tests.rows` writes the page's last column."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "faults.md"
OPEN = "open"

_ROW = re.compile(r"^\| ([AF][0-9]{2,3}) \|.*\| ([^|]*) \|$")
_REASON = re.compile(r"^\* ([AF][0-9]{2,3}): \S")


def carried() -> Mapping[str, set[str]]:
    """For each row the test files that carry it, below `tests`."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted(TESTS.rglob("test_*.py")):
        for row in _marks(ast.parse(file.read_text())):
            found[row].add(file.relative_to(TESTS).as_posix())
    return dict(found)


def _marks(tree: ast.Module) -> Iterator[str]:
    """The rows of all marks. One whose row comes from a table means every row in the file's tables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.row":
            literal = all(isinstance(arg, ast.Constant) for arg in node.args)
            yield from _rows(node if literal else tree)


def _rows(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and re.fullmatch(r"[AF][0-9]{2,3}", str(node.value)):
            yield str(node.value)


def listed(text: str) -> dict[str, set[str]]:
    """For each row of the page the test files that it names; none for an open one."""
    rows = (found for line in text.splitlines() if (found := _ROW.match(line)))
    return {row[1]: set(re.findall(r"`([^`]+)`", row[2])) for row in rows}


def reasons(text: str) -> set[str]:
    """The rows that are said to be open, with a reason."""
    return {found[1] for line in text.splitlines() if (found := _REASON.match(line))}


def written(text: str, tests: Mapping[str, set[str]]) -> str:
    """The page with its last column as the tests are, and without reasons that no longer hold."""
    lines = []
    for line in text.splitlines():
        if (row := _ROW.match(line)) is not None:
            files = ", ".join(f"`{file}`" for file in sorted(tests.get(row[1], ())))
            lines.append(f"{line[: row.start(2)]}{files or OPEN} |")
        elif (reason := _REASON.match(line)) is None or not tests.get(reason[1]):
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, and say what has neither a test nor a reason."""
    text = written(PAGE.read_text(), carried())
    PAGE.write_text(text)
    missing = {row for row, files in listed(text).items() if not files} - reasons(text)
    unknown = set(carried()) - set(listed(text))
    sys.stdout.write(f"without test or reason: {sorted(missing)}; not on the page: {sorted(unknown)}\n")


if __name__ == "__main__":
    main()
