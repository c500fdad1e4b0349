"""`tocsin demo --headless` tells whether everything was seen."""

from tests.cli.program import Program


async def test_the_whole_story_is_seen(tocsin: Program) -> None:
    ended = await tocsin("demo", "--headless")

    assert ended.code == 0
    assert "All of it was seen." in ended.out
    assert "OPS-1" in ended.out
    assert sorted(path.name for path in tocsin.folder.iterdir()) == ["process-0.err", "process-0.out"]


async def test_what_is_not_seen_is_said_and_ends_with_1(tocsin: Program) -> None:
    tocsin.settings["TOCSIN_FAULTS"] = "climb:raise"

    ended = await tocsin.begun("demo", "--headless").ended(broken=True)

    assert ended.code == 1
    assert "Not all of it was seen." in ended.out


async def test_a_fault_that_does_not_exist_is_refused(tocsin: Program) -> None:
    tocsin.settings["TOCSIN_FAULTS"] = "lunch:kill"

    ended = await tocsin("demo", "--headless")

    assert ended.code == 2
    assert "TOCSIN_FAULTS" in ended.err


async def test_a_story_of_its_own_takes_no_file(tocsin: Program) -> None:
    ended = await tocsin("demo", "--headless", "--config", "own.yaml")

    assert ended.code == 2
    assert "--headless" in ended.err


async def test_a_file_that_is_not_there_is_told(tocsin: Program) -> None:
    ended = await tocsin("demo", "--config", "missing.yaml")

    assert ended.code == 2
    assert "missing.yaml" in ended.err
