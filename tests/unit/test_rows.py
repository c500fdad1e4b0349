"""The page of faults and attacks says the truth about the tests."""

from tests.rows import PAGE, carried, listed, reasons, written

REMEDY = "run `python -m tests.rows`, then look at docs/faults.md"

RELEASE = {
    *(f"F{number:02}" for number in (*range(1, 68), *range(76, 81), *range(82, 96))),
    *(f"A{number:02}" for number in (*range(1, 9), *range(16, 21), *range(32, 39))),
}
"""The rows that were promised for this release, which the page must not drop, proved or open."""

TEXT = PAGE.read_text()


def test_every_promised_row_is_on_the_page() -> None:
    assert RELEASE - listed(TEXT).keys() == set()


def test_every_row_that_a_test_carries_is_on_the_page() -> None:
    missing = {row: sorted(files) for row, files in carried().items() if row not in listed(TEXT)}

    assert not missing, "add a line for it to docs/faults.md"


def test_every_test_that_the_page_names_carries_its_row() -> None:
    tests = carried()
    lies = {row: sorted(files - tests.get(row, set())) for row, files in listed(TEXT).items()}

    assert not {row: files for row, files in lies.items() if files}, REMEDY


def test_a_row_without_tests_is_said_to_be_open_and_why() -> None:
    tests = carried()
    unproved = {row for row in listed(TEXT) if not tests.get(row)}

    assert unproved == reasons(TEXT), REMEDY


def test_a_row_that_has_tests_names_some() -> None:
    tests = carried()

    assert not {row for row, files in listed(TEXT).items() if tests.get(row) and not files}, REMEDY


def test_the_page_is_written_from_the_tests() -> None:
    page = "| F01 | a | b | open |\n| F02 | a | b | `gone.py` |\n* F01: not yet\n* F02: nobody did\n"

    assert written(
        page, {"F01": {"test_a.py"}}
    ) == "| F01 | a | b | `test_a.py` |\n| F02 | a | b | open |\n" + ("* F02: nobody did\n")
