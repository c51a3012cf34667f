"""What a child process would do if a submission had taken it over; runs inside the confinement."""

import os
import socket
import threading
import time

import numpy as np


def attempt(action):
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "allowed"


def report(look):
    from benchmark.grading import inside

    inside.main(look)


def forbidden(path, assignment, answer):
    """Try what must not work, and say how it went."""
    outside, mine = path.parent / "touched", path.parent / "mine"
    tried = {
        "socket": lambda: socket.socket().close(),
        "fork": os.fork,
        "program": lambda: os.execv("/bin/true", ["true"]),
        "signal": lambda: os.kill(os.getppid(), 0),
        "write": lambda: outside.write_text("x"),
        "write inside": lambda: (path / "touched").write_text("x"),
        "read": lambda: open("/etc/passwd").close(),
        "neighbour": lambda: os.listdir(path.parent),
        "truncate": lambda: os.truncate(mine, 0),
        "rights": lambda: os.chmod(mine, 0o777),
        "owner": lambda: os.chown(mine, 1, 1),
        "times": lambda: os.utime(mine, (0, 0)),
        "attribute": lambda: os.setxattr(mine, "user.a", b"x"),
        "rename": lambda: os.rename(mine, outside),
        "host": lambda: socket.sethostname("taken"),
        "user": lambda: os.setresuid(0, 0, 0),
        "priority": lambda: os.setpriority(os.PRIO_USER, 0, 5),
    }
    from benchmark.grading.rejection import Rejected

    outcomes = {name: attempt(action) for name, action in tried.items()}
    worked = [f"{name} {outcome}" for name, outcome in outcomes.items() if outcome != "PermissionError"]
    raise Rejected(f"{len(outcomes)} tried, {len(os.environ)} in the environment; worked: {', '.join(worked)}")


def try_everything():
    report(forbidden)


def sleeps():
    report(lambda *_: time.sleep(600))


def computes():
    def spin(*_):
        while True:
            pass

    report(spin)


def eats_memory():
    def eat(*_):
        kept = []
        while True:
            kept.append(np.ones(64 << 20, np.uint8))

    report(eat)


def forks():
    def bomb(*_):
        while True:
            os.fork()

    report(bomb)


def starts_threads():
    def bomb(*_):
        while True:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()

    report(bomb)


def crashes():
    report(lambda *_: os.abort())


def lies(path=None):
    """Claim to be ready, with text and pixels of its own making."""

    def lie(path, assignment, answer):
        answer.add("pictures", "test", np.full((2, 3, 64, 64), 255, np.uint8))
        os.ftruncate(answer.handle, 100)

    report(lie)
