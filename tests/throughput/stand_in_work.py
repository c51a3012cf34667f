"""Stand-ins for what is timed, with known speeds: their rounds move a clock instead of waiting."""

import os
import signal
import time
from pathlib import Path

clock = 0.0


def takes(seconds, units=1, log=None, name=None):
    """Rounds of known seconds, over and over; the first one is the warm-up. ``log`` gets a line for each."""
    time.perf_counter = lambda: clock
    left = [seconds[0], *seconds * 20]

    def run():
        global clock
        clock += left.pop(0)
        if log:
            with Path(log).open("a") as file:
                file.write(f"{name}\n")
        return units

    return run


def before_and_run(seconds):
    """A round with a preparation, which takes long and does not count."""
    run = takes(seconds)

    def before():
        global clock
        clock += 1_000

    return before, run


def of_the_tree():
    """Rounds of as many seconds as the checkout on the path says."""
    from benchmark import SECONDS

    return takes([SECONDS])


def of_any_tree():
    """Rounds of whatever checkout is found."""
    import benchmark

    assert benchmark
    return takes([1.0])


def fails():
    raise ValueError("no such thing")


def of_what_is_new():
    """Rounds of what only the last commit has."""
    import benchmark

    return takes([benchmark.NEW])


def ends_the_program():
    """Rounds, the second of which tells the program that times them to end."""
    count = iter(range(100))

    def run():
        if next(count) == 1:
            os.kill(os.getppid(), signal.SIGTERM)
        return 1

    return run


def of_known_arithmetic():
    """Rounds of two seconds and four units, each of three billion operations."""
    run = takes([2.0], units=4)
    run.arithmetic = {"precision": "float32", "gflop": 3.0}
    return run
