"""The file system below a SQLite file: it must keep others out, and share memory with them.

SQLite's documentation (howtocorrupt.html, wal.html): where locks do not work, or on a network, two
processes write at once and ruin the file.
"""

import errno
import fcntl
import mmap
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Away, StoreUnavailable

MOUNTS = Path("/proc/self/mountinfo")
REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "coda", "ncpfs", "glusterfs", "davfs"}
    | {f"fuse.{name}" for name in ("sshfs", "s3fs", "gcsfuse", "rclone", "glusterfs", "davfs2", "blobfuse2")}
)
REMEDY = "Put it on a local disk (TOCSIN_DATA_DIR), or use PostgreSQL (TOCSIN_DATABASE_URL)."


def check(folder: Path) -> None:
    """Raise StoreUnavailable, with the reason, where a SQLite file would not be safe."""
    kind = kind_of(folder)
    if kind in REMOTE:
        raise refused(folder, f"is on a network file system ({kind}), whose locks cannot be relied upon")
    try:
        with tempfile.NamedTemporaryFile(prefix="tocsin-locks-", dir=folder) as file:
            other = os.open(file.name, os.O_RDWR | os.O_CLOEXEC)
            try:
                problem = lock_problem(file.fileno(), other) or memory_problem(file.fileno())
            finally:
                os.close(other)
    except OSError as error:
        raise refused(folder, f"cannot be written to ({error.strerror})") from error
    if problem:
        raise refused(folder, problem)


def refused(folder: Path, why: str) -> StoreUnavailable:
    """What to tell."""
    return StoreUnavailable(
        f"The folder {folder} {why}: a SQLite file there is not safe. {REMEDY}", Away.BROKEN
    )


def lock_problem(one: int, other: int) -> str:
    """Whether a lock through one descriptor keeps out the other one of the same file; what is wrong if not.

    Locks of open file descriptions go the same way through the file system as those that SQLite takes
    for its process, and can be tried out by one process alone.
    """
    try:
        fcntl.fcntl(one, fcntl.F_OFD_SETLK, _whole_file(fcntl.F_WRLCK))
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return f"is on a file system without locks ({error.strerror})"
    for attempt in (
        lambda: fcntl.fcntl(other, fcntl.F_OFD_SETLK, _whole_file(fcntl.F_WRLCK)),
        lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB),
    ):
        try:
            attempt()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                return f"is on a file system without locks ({error.strerror})"
        else:
            return "is on a file system whose locks keep nobody out"
    return ""


def memory_problem(file: int) -> str:
    """Whether memory can be shared through the file, as the index of the write-ahead log is."""
    try:
        os.ftruncate(file, mmap.PAGESIZE)
        with mmap.mmap(file, mmap.PAGESIZE, mmap.MAP_SHARED) as shared:
            shared[0] = 1
    except (OSError, ValueError) as error:
        return f"is on a file system through which memory cannot be shared ({error})"
    return ""


def kind_of(folder: Path) -> str:
    """The kind of file system that a folder is on, such as `ext4`; nothing where that cannot be known."""
    try:
        lines = MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place, found = folder.resolve(), (Path("/"), "")
    for point, kind in _mounted(lines):
        deeper = len(point.parts) >= len(found[0].parts)
        if deeper and (place == point or point in place.parents):  # the last of several hides the others
            found = (point, kind)
    return found[1]


def _mounted(lines: list[str]) -> Iterator[tuple[Path, str]]:
    """Mount points and kinds (proc_pid_mountinfo(5): the kind follows a lone dash)."""
    for line in lines:
        before, dash, after = line.partition(" - ")
        fields = before.split()
        if dash and len(fields) > 4 and after.split():
            yield Path(fields[4].encode().decode("unicode_escape")), after.split()[0]


def _whole_file(kind: int) -> bytes:
    """A `struct flock` of Linux; the process id must be 0 for a lock of an open file description."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)
