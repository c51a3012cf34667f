"""Deeds of a child process, as if a submission had taken it over; runs inside the confinement.

NumPy starts threads, and is imported when the walls stand.
"""

import ctypes
import fcntl
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path


def attempt(action):
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return "allowed"


def report(look, without=()):
    """Look at a submission in this way, some walls left out by their function in ``seccomp`` or ``signals``."""
    from benchmark.grading.sandbox import seccomp, signals
    from benchmark.grading.submission import child

    def left_out(**_):
        raise OSError("left out")

    places = {"filter_system_calls": seccomp, "restrict_signals": signals}
    for wall in without:
        assert hasattr(places[wall], wall)
        setattr(places[wall], wall, left_out)
    child.main(look)


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
    from benchmark.grading.sandbox.answer import Rejected

    outcomes = {name: attempt(action) for name, action in tried.items()}
    worked = [f"{name} {outcome}" for name, outcome in outcomes.items() if outcome != "PermissionError"]
    raise Rejected(f"{len(outcomes)} tried, {len(os.environ)} in the environment; worked: {', '.join(worked)}")


def try_everything():
    report(forbidden)


def tries_everything_beside_a_thread():
    """Do so while the thread that tries the limit of threads goes on, as on a busy machine."""

    class Slow(threading.Thread):
        def run(self):
            time.sleep(0.3)

        def join(self, timeout=None):
            pass

    threading.Thread = Slow
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
        import numpy as np

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
        white(path, assignment, answer)
        answer.say("ready")
        os.pwrite(answer.handle, b"other pixels", 5_000)
        os._exit(0)

    report(lie)


def tries_all_attempts():
    from attempts import ATTEMPTS, outcome

    from benchmark.grading.sandbox.answer import Rejected

    def tries(path, assignment, answer):
        outcomes = {name: outcome(action, path, answer) for name, action in ATTEMPTS.items()}
        worked = [f"{name}: {result}" for name, result in outcomes.items() if result not in {"EPERM", "ENOSYS"}]
        raise Rejected(f"{len(outcomes)} tried; worked: {', '.join(worked)}")

    report(tries)


def signal_later(path, assignment, answer):
    """Have the kernel send the grader a signal when a pipe is written to."""
    reader, writer = os.pipe()
    for command, value in (
        (fcntl.F_SETOWN, os.getppid()),
        (fcntl.F_SETSIG, signal.SIGTERM),
        (fcntl.F_SETFL, os.O_ASYNC),
    ):
        fcntl.fcntl(reader, command, value)
    os.write(writer, b"x")
    time.sleep(0.5)
    white(path, assignment, answer)


def signals_later():
    report(signal_later)


def signals_later_past_the_filter():
    report(signal_later, without=["filter_system_calls"])


def signals_later_past_the_filter_and_landlock():
    report(signal_later, without=["filter_system_calls", "restrict_signals"])


def dies_by_a_real_time_signal():
    report(lambda *_: signal.pthread_kill(threading.get_ident(), 40))


def ends_with_255():
    report(lambda *_: os._exit(255))


def is_ready_with_nothing():
    report(lambda *_: None)


def says_nothing():
    report(lambda *_: os._exit(0))


def spoils_the_handle():
    """Set what the grader shares with this process, where no filter keeps it from that, and hand in a white image."""

    def spoil(path, assignment, answer):
        white(path, assignment, answer)
        answer.say("ready")
        fcntl.fcntl(answer.handle, fcntl.F_SETFL, os.O_DIRECT | os.O_APPEND | os.O_NONBLOCK)
        os.lseek(answer.handle, 0, os.SEEK_END)
        os._exit(0)

    report(spoil, without=["filter_system_calls"])


def has_no_room():
    """Run out of room after a part of the answer, as in a temporary folder that is full."""
    from benchmark.grading.submission import child

    limit = child.limit_resources
    child.limit_resources = lambda limits, file_size: limit(limits, 20_000)
    report(white)


def white(path, assignment, answer):
    """Hand in white images."""
    import numpy as np

    rows = assignment.lists[0]
    answer.add("images", rows.name, np.full((len(rows.rows), 3, 64, 64), 255, np.uint8))


def claims_all_walls():
    """Claim that a wall stands which does not."""

    def claim(path, assignment, answer):
        white(path, assignment, answer)
        os.pwrite(answer.handle, b"\xff" * 8, 1)
        os.write(1, b'{"no_system_calls_outside": null}')
        answer.say("ready")

    report(claim, without=["filter_system_calls"])


def has_an_old_landlock():
    from benchmark.grading.sandbox import signals

    signals.landlock_version = lambda: 4
    report(lambda *_: None)


def tells_its_user():
    from benchmark.grading.sandbox.answer import Rejected

    def tell(path, assignment, answer):
        time.sleep(1.0)
        raise Rejected(f"user {os.getuid()}")

    report(tell)


def needs_what_is_left():
    """Do what libraries do next to reading files."""
    from attempts import NEEDED

    from benchmark.grading.sandbox.answer import Rejected

    def needs(path, assignment, answer):
        outcomes = {name: attempt(action) for name, action in NEEDED.items()}
        refused = [f"{name}: {result}" for name, result in outcomes.items() if result != "allowed"]
        raise Rejected(f"{len(outcomes)} tried; refused: {', '.join(refused)}")

    report(needs)


def damages_its_process():
    """Change what Python and NumPy do here, then overwrite memory until the process dies of it."""

    def damage(path, assignment, answer):
        spoil()
        white(path, assignment, answer)
        answer.say("ready")
        ctypes.memset(id(type), 0xFF, 512)  # the type of all types
        type("more", (), {})

    report(damage)


def spoil():
    """Have every image that is read be gray, whoever reads it in this process."""
    import numpy as np

    from benchmark.grading.submission import image_files, pixels

    image_files.decode = lambda content, name, size: np.full((3, size, size), 128, np.uint8)
    pixels.read_images.__globals__["undeclared_arrays"] = lambda *_: None
    np.frombuffer = np.asarray = os.pread = None


def spoils_and_reads():
    """Read an honest submission in a process that is spoiled."""

    def read(path, assignment, answer):
        from benchmark.grading.submission.read import examine

        spoil()
        return examine(path, assignment, answer)

    report(read)


def searches_its_memory():
    """Say which neighbours' names are anywhere in the memory of this process."""
    from benchmark.grading.sandbox.answer import Rejected

    def search(path, assignment, answer):
        names = set()
        for line in Path("/proc/self/maps").read_text().splitlines():
            place, rights, *_ = line.split()
            if rights.startswith("rw") and "[v" not in line:
                start, end = (int(number, 16) for number in place.split("-"))
                for at in range(start, end, 1 << 20):  # a name across a border is not found here
                    names |= set(re.findall(rb"neighb[o]ur-\d+", ctypes.string_at(at, min(1 << 20, end - at))))
        raise Rejected(" ".join(sorted(name.decode() for name in names)))

    report(search)


def tells_what_it_shares():
    """Say which handles are open here, and which memory others see, too."""
    from benchmark.grading.sandbox.answer import Rejected

    def tell(path, assignment, answer):
        time.sleep(0.5)  # others have started
        handles = []
        for number in range(64):
            try:
                handles.append(
                    f"{number} {os.readlink(f'/proc/self/fd/{number}')} {fcntl.fcntl(number, fcntl.F_GETFL) & 3}"
                )
            except OSError:
                continue
        maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
        shared = [line[-1] for line in maps if re.fullmatch(".w.s", line[1])]
        raise Rejected(f"{'; '.join(handles)}; memory: {' '.join(shared)}")

    report(tell)


def sleeps_two_seconds():
    report(lambda *_: time.sleep(2))
