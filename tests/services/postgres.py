"""A PostgreSQL of Debian's package, started for the tests in a folder of their own and listening on a socket there."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
USER = "postgres"


def binaries() -> Path | None:
    """The folder of the newest server, None when there is none."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return found[-1].parent if found else None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A fresh server; gives the URL of its own database. PostgreSQL refuses to run as root, so root lends it to the
    package's user."""
    data, log = folder / "data", folder / "log"
    _as_server(["initdb", "--pgdata", str(data), "--auth", "trust", "--encoding", "UTF8", "--username", USER])
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    _as_server(["pg_ctl", "--pgdata", str(data), "--log", str(log), "--options", options, "--wait", "start"])
    try:
        yield f"postgresql+psycopg://{USER}@/postgres?host={folder}"
    finally:
        _as_server(["pg_ctl", "--pgdata", str(data), "--mode", "immediate", "--wait", "stop"])


@contextmanager
def server() -> Iterator[str]:
    """The same in a short-lived folder that the server's user may write to: a socket's path has to be short."""
    folder = Path(tempfile.mkdtemp(prefix="handrail-pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(USER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        with running(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_server(command: list[str]) -> None:
    folder = binaries()
    assert folder is not None
    whole = [str(folder / command[0]), *command[1:]]
    if os.geteuid() == 0:
        whole = ["runuser", "-u", USER, "--", *whole]
    subprocess.run(whole, check=True, stdout=subprocess.DEVNULL, cwd="/")
