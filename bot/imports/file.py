"""Read what was exported: a JSON file, a folder or a zip of them, within limits, and nothing else."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

from bot.config.problem import InvalidConfiguration, Problem, printable

DEEPEST_FOLDER = 8
DEEPEST = 100

ENDINGS = (".json", ".tfstate", ".jsonl", ".ndjson")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is read: of one file and of all in bytes, and how many files."""

    largest: int = 64 << 20
    together: int = 512 << 20
    files: int = 50_000


LIMITS = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One JSON document: the file it stood in (as it is called inside a folder or zip), and what it says."""

    file: str
    data: Json


@dataclass(kw_only=True)
class Read:
    """All documents of an export, and the files beside them that were not read."""

    documents: list[Document] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class _Budget:
    """How much may still be read; a zip's own figures are not believed."""

    def __init__(self, export: Path, limits: Limits) -> None:
        self._export, self._limits = export, limits
        self._files, self._octets = limits.files, limits.together

    def take(self, stream: BinaryIO, name: str) -> bytes:
        """What the stream says; refuses what is too much."""
        limits, less = self._limits, "Export less at once."
        self._files -= 1
        if self._files < 0:
            refuse(self._export, "", f"has more than {limits.files} files", less)
        content = stream.read(min(limits.largest, self._octets) + 1)
        if len(content) > limits.largest:
            refuse(self._export, name, f"is larger than {limits.largest >> 20} MiB", less)
        self._octets -= len(content)
        if self._octets < 0:
            refuse(self._export, "", f"says more than {limits.together >> 20} MiB", less)
        return content


def refuse(export: Path | str, name: str, message: str, remedy: str) -> NoReturn:
    """End the import because of one file."""
    inside = name and not str(export).endswith(name)
    shown = printable(f"{export}: {name}" if inside else str(export), 200)
    raise InvalidConfiguration(
        [Problem(file=shown, line=None, path="", message=message, remedy=remedy)]
    ) from None


def read(export: Path, limits: Limits = LIMITS) -> Read:
    """Every document of the file, folder or zip. Raises InvalidConfiguration for what can't be read."""
    budget, found = _Budget(export, limits), Read()
    try:
        if export.is_dir():
            files = _of_folder(export, found)
        elif not export.is_file() and export.exists():
            refuse(export, "", "is neither a file nor a folder", "Save the export in a file first.")
        elif zipfile.is_zipfile(export):
            files = _of_zip(export, found)
        else:
            files = iter([(export.name, export)])
        for name, source in files:
            content = _content(source, name, budget)
            found.documents += [Document(file=name, data=data) for data in _parse(content, name, export)]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        refuse(export, str(error.filename or export), f"can't be read ({reason})", "Name the exported file.")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        refuse(export, str(export), f"the zip can't be read ({error})", "Make it again, without a password.")
    if not found.documents:
        remedy = "Name the exported JSON file, the folder with them, or a zip of it."
        refuse(export, str(export), "has no JSON in it", remedy)
    return found


_InZip = tuple[zipfile.ZipFile, zipfile.ZipInfo]


def _content(source: Path | _InZip, name: str, budget: _Budget) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as plain:
            return budget.take(plain, name)
    archive, member = source
    with archive.open(member) as packed:
        return budget.take(packed, name)  # type: ignore[arg-type]  # a reader of bytes, typed as IO


def _of_folder(folder: Path, found: Read) -> Iterator[tuple[str, Path | _InZip]]:
    """Links are not followed, hidden files and deep folders are left alone."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in inside.parts):
            continue
        if path.suffix.lower() in ENDINGS and len(inside.parts) <= DEEPEST_FOLDER:
            yield inside.as_posix(), path
        else:
            found.others.append(inside.as_posix())


def _of_zip(export: Path, found: Read) -> Iterator[tuple[str, Path | _InZip]]:
    """Nothing is unpacked to the disk, so names may say what they like."""
    with zipfile.ZipFile(export) as archive:
        for member in sorted(archive.infolist(), key=lambda one: one.filename):
            name = member.filename
            parts = name.split("/")
            if member.is_dir() or any(_hidden(part) for part in parts):
                continue
            if name.lower().endswith(ENDINGS) and len(parts) <= DEEPEST_FOLDER:
                yield name, (archive, member)
            else:
                found.others.append(name)


def _hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part not in {".", ".."})


def _parse(content: bytes, name: str, export: Path) -> Iterator[Json]:
    """One document, or several behind one another, as repeated calls leave them."""
    remedy = "Export it again; the download may have been cut off."
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
        decoder, at = json.JSONDecoder(parse_constant=_no_number), _begin(text, 0)
        if at == len(text):
            refuse(export, name, "is empty", remedy)
        while at < len(text):
            data, at = decoder.raw_decode(text, at)
            if too_deep(data):
                refuse(export, name, f"is nested more than {DEEPEST} deep", "Correct the file.")
            yield data
            at = _begin(text, at)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        refuse(export, name, f"is not JSON at {place}: {error.msg}", remedy)
    except UnicodeDecodeError:
        refuse(export, name, "is not text in UTF-8 or UTF-16", "Save it as UTF-8.")
    except RecursionError:
        refuse(export, name, f"is nested more than {DEEPEST} deep", "Correct the file.")
    except ValueError as error:
        refuse(export, name, f"is not JSON: {error}", remedy)


def _begin(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def too_deep(data: Json) -> bool:
    """Whether somebody nested more than anybody needs."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    return False
