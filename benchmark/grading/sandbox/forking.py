"""Copies of the fork server as the grader sees them: started in a moment, each a process of its own."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from benchmark.grading.sandbox.fork_server import ANSWER
from benchmark.grading.sandbox.libraries import code_of, library_folders
from benchmark.grading.sandbox.readers import Job

_SERVERS: dict[tuple[int, tuple[str, ...]], ForkServer] = {}  # by who started it, and where it imports from
_LOCK = threading.Lock()
LONGEST_REPORT = 64  # bytes
SECONDS_TO_END = 0.5
LONGEST_WALLS = 1 << 16  # bytes that a pipe holds
SERVE = "from benchmark.grading.sandbox.fork_server import serve"  # what the server imports before anything else


@cache
def can_fork() -> bool:
    """True where the fork server works: Linux 5.3 or newer, with what it needs."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
        os.close(_readable(b""))
    except (AttributeError, OSError):  # an old kernel, or a container that forbids it
        return False
    return True


def start_copy(main: str, folders: Sequence[str], job: Job, answer: int) -> Copy:
    """Have the server start a copy of itself; the first call of a process starts the server.

    Args:
        main: ``module:function`` that the copy runs.
        folders: where Python imports from, before its own.
        job: what the copy reads from its standard input.
        answer: handle of the file for the answer.

    Raises:
        OSError: no process could be started.
    """
    key = (os.getpid(), tuple(folders))
    with _LOCK:
        server = _SERVERS.get(key)
        if server is not None and not server.lives():
            server.end()  # closes its socket
            server = None
        server = _SERVERS[key] = server or ForkServer(folders)
    return server.start(main, job, answer)


@atexit.register
def end_servers() -> None:
    """End the servers that this process started, and their copies; the next copy starts another one."""
    with _LOCK:
        mine = [_SERVERS.pop(key) for key in list(_SERVERS) if key[0] == os.getpid()]
    for server in mine:
        server.end()


class ForkServer:
    """A server that this process started."""

    def __init__(self, folders: Sequence[str]) -> None:
        code = code_of(folders, library_folders(), f"{SERVE}; serve({os.getpid()})")
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", code],
                stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={}, cwd="/", start_new_session=True,
            )  # fmt: skip

    def lives(self) -> bool:
        """True until it has ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the server, and the copies that still run with it."""
        self.control.close()
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:  # it still imports, and has no copies; else they end with it
            self.process.kill()
            self.process.wait()

    def start(self, main: str, job: Job, answer: int) -> Copy:
        """A copy; see :func:`start_copy`."""
        requested = _readable(json.dumps({**job, "parent": self.process.pid, "answer": ANSWER}).encode())
        walls, told = os.pipe()
        report, theirs = socket.socketpair()
        copy = Copy(report, walls)
        try:
            socket.send_fds(self.control, [main.encode()], [requested, told, answer, theirs.fileno()])
        except OSError:
            copy.close()
            raise
        finally:
            theirs.close()
            os.close(requested)
            os.close(told)
        return copy


class Copy:
    """A copy that runs."""

    def __init__(self, report: socket.socket, walls: int) -> None:
        self.report, self.walls = report, walls

    def close(self) -> None:
        """Close the handles; a copy that still runs is ended then."""
        self.report.close()
        os.close(self.walls)

    def end(self) -> None:
        """Have the server end it and whatever it may have started."""
        with suppress(OSError):  # it has ended
            self.report.shutdown(socket.SHUT_WR)

    def wait(self, seconds: float) -> tuple[bytes, int | None]:
        """As :meth:`benchmark.grading.sandbox.readers.Reader.wait`; OSError, too, if the server has ended."""
        try:
            status = self._status_within(seconds)
            os.set_blocking(self.walls, False)
            with suppress(BlockingIOError):  # nothing can write there any more, unless a wall was missing
                return os.read(self.walls, LONGEST_WALLS), status
            return b"", status
        finally:
            self.close()

    def _status_within(self, seconds: float) -> int | None:
        self.report.settimeout(seconds)
        try:
            return self._status()
        except TimeoutError:
            self.end()
            self.report.settimeout(None)
            self._status()
            return None

    def _status(self) -> int:
        kind, _, number = self.report.recv(LONGEST_REPORT).partition(b" ")
        if kind == b"error":
            raise OSError(int(number), os.strerror(int(number)))
        if kind != b"ended":
            raise ConnectionError("the process that starts those that read submissions has ended")
        return int(number)


def _readable(content: bytes) -> int:
    """A handle from which these bytes can be read, and to which nothing can be written."""
    with open(os.memfd_create("job"), "w+b") as file:
        file.write(content)
        file.flush()
        return os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY)
