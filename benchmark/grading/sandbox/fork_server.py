"""A process that has imported what reading images needs, and makes a copy of itself for each submission.

It reads nothing of a submission and nothing about one: a copy reads its own job, shuts itself in and only then looks.
So no copy finds anything of another one in its memory. It has one thread when it makes a copy, which an ordinary user's
walls need. The grader asks for copies by messages on standard input, each with four handles; the grader closing the
last of them ends a copy. The end of the grader ends them all.

Source: fork(2), pidfd_open(2), unix(7).
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress

ANSWER = 3  # the handle of the answer in a copy; 0: its job, 1: where it tells its walls
HANDLES = 4  # of a message: job, walls, answer, and the socket on which the end of the copy is reported
LONGEST = 4_096  # bytes of a message, which is "module:function"
PRELOADED = "benchmark.grading.submission.read"


def serve(grader: int) -> None:
    """Make copies until the grader ends, or closes the socket that is this process's standard input.

    Args:
        grader: process id of who started this one.
    """
    with suppress(Exception):  # a copy imports it again, and says what is wrong with it
        importlib.import_module(PRELOADED)
    gc.freeze()  # copies leave these objects alone, so that the memory stays shared
    end_of_grader = os.pidfd_open(grader)
    if os.getppid() == grader:
        with socket.socket(fileno=os.dup(0)) as control:
            Copies(control, end_of_grader).serve()


class Copies:
    """The copies that run, each with a handle of its process and a socket to the grader."""

    def __init__(self, control: socket.socket, end_of_grader: int) -> None:
        self.control, self.end_of_grader = control, end_of_grader
        self.processes: dict[int, tuple[int, int]] = {}  # handle of a process -> its id, and its socket
        self.running: dict[int, int] = {}  # socket of a copy that somebody waits for -> its process id
        self.poll = select.poll()
        for handle in (control.fileno(), end_of_grader):
            self.poll.register(handle, select.POLLIN)

    def serve(self) -> None:
        """Start copies and report their ends."""
        while True:
            handle = self.poll.poll()[0][0]  # one at a time: closed handles give their numbers to new ones
            if handle in self.processes:
                self._report(handle)
            elif handle in self.running:
                self._end(handle)
            elif handle == self.end_of_grader or not self._start():
                break
        for process, _ in self.processes.values():
            kill_group(process)

    def _start(self) -> bool:
        """Take a message and start a copy; False if there will be no more."""
        message, handles, _, _ = socket.recv_fds(self.control, LONGEST, HANDLES)
        if len(handles) != HANDLES:
            return False
        try:
            process = os.fork()
        except OSError as error:
            os.write(handles[-1], f"error {error.errno}".encode())
            process = -1
        if process == 0:
            become_a_copy(message.decode(), handles)
        for handle in handles if process < 0 else handles[:-1]:
            os.close(handle)
        if process > 0:
            self._remember(process, handles[-1])
        return True

    def _remember(self, process: int, report: int) -> None:
        handle = os.pidfd_open(process)
        self.processes[handle], self.running[report] = (process, report), process
        for each in (handle, report):
            self.poll.register(each, select.POLLIN)

    def _end(self, report: int) -> None:
        """End a copy that nobody waits for any more; its end is reported as any other."""
        self.poll.unregister(report)
        kill_group(self.running.pop(report))

    def _report(self, handle: int) -> None:
        """Report how a copy ended, once nothing that it may have started is left."""
        process, report = self.processes.pop(handle)
        kill_group(process)  # its number is nobody else's before it is waited for
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        self.poll.unregister(handle)
        if self.running.pop(report, None) is not None:
            self.poll.unregister(report)
        with suppress(OSError):  # the grader has gone
            os.write(report, f"ended {status}".encode())
        os.close(handle)
        os.close(report)


def kill_group(process: int) -> None:
    """End a process and whatever else is in the group that it leads; one that leads none yet is ended alone."""
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def become_a_copy(main: str, handles: list[int]) -> None:
    """Run a function with the handles of its job alone, and end."""
    status = 1
    try:
        os.setsid()
        job, walls, answer, _ = handles  # none is below 3, so that each is still there when its turn comes
        nothing = os.open(os.devnull, os.O_RDWR)
        for number, handle in enumerate((job, walls, nothing, answer)):
            os.dup2(handle, number)
        os.closerange(ANSWER + 1, max(map(int, os.listdir("/proc/self/fd"))) + 1)
        module, _, function = main.partition(":")
        getattr(importlib.import_module(module), function)()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(status & 0xFF)
