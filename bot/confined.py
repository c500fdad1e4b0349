"""Confined: work that somebody else's data may make endless is done in a process of its own, with limits."""

import asyncio
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "SYSTEMROOT")
"""What of the environment such a process sees: no secret is among it."""

CHUNK = 65_536


class Overrun(Exception):
    """The process did not bring it to an end; the text says why, as the end of a sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a process may use: seconds until it is ended, bytes of memory, bytes of its answer."""

    seconds: float
    memory: int = 1 << 30
    answer: int = 8 << 20
    environment: Mapping[str, str] = field(default_factory=dict)


async def confined(module: str, asked: bytes, limits: Limits) -> bytes:
    """What `python -m module` answers to these bytes. Raises Overrun; the process is gone in any case."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(limits.memory),
        str(int(limits.seconds) + 1),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**environment, **limits.environment, "PYTHONUTF8": "1"},
    )
    try:
        async with asyncio.timeout(limits.seconds):
            answer = await _conversation(process, asked, limits.answer)
            code = await process.wait()
    except TimeoutError:
        raise Overrun(f"it took more than {limits.seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if code:
        raise Overrun("it needed too much memory or time" if code < 0 or code == 75 else "it failed")
    return answer


async def _conversation(process: asyncio.subprocess.Process, asked: bytes, most: int) -> bytes:
    """Write and read at once, so that no full pipe makes both sides wait."""
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.TaskGroup() as group:
        group.create_task(_write(process.stdin, asked))
        answer = group.create_task(_read(process.stdout, most))
    if answer.result() is None:
        raise Overrun("its answer is too large")
    return answer.result() or b""


async def _write(pipe: asyncio.StreamWriter, asked: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(asked)
        await pipe.drain()
    pipe.close()
    with suppress(BrokenPipeError, ConnectionResetError):
        await pipe.wait_closed()


async def _read(pipe: asyncio.StreamReader, most: int) -> bytes | None:
    """Everything; None when it is more than that."""
    parts, size = [], 0
    while part := await pipe.read(CHUNK):
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def confine() -> None:
    """In the process itself, before anything else: no more memory and processor time than was said."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
