"""The command line: verbs and options only. Each verb imports what it needs: --help needs no torch."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App, CycloptsError, MissingArgumentError, Parameter, UnknownOptionError

from benchmark import __version__
from benchmark.cli import claims, data, detectors, generator, grading, judges, machine, results, runs
from benchmark.cli.options import BAD_JUDGE, INTERRUPTED, OK, USAGE
from benchmark.errors import JudgeError, UsageError, lacks_memory
from benchmark.system.cache import other_folder

VERBS = {
    "list": machine.list_things,
    "train": runs.train,
    "sample": runs.sample,
    "draw": generator.draw,
    "translate": generator.translate,
    "export": generator.export,
    "conditions": runs.conditions,
    "score": runs.score,
    "references": runs.references,
    "curve": runs.curve,
    "leaderboard": results.leaderboard,
    "compare": results.compare,
    "breakdown": results.breakdown,
    "validate": results.validate,
    "cards": results.cards,
    "grade": grading.grade,
    "pack": grading.pack_run,
    "benchmark": machine.run_benchmark,
    "doctor": machine.doctor,
    "completion": machine.completion,
}
GROUPS = {
    "data": (
        "Look at data sets; pack, render and preview them.",
        {"info": data.info, "pack": data.pack, "render": data.render, "preview": data.preview},
    ),
    "judge": (
        "Train judges and check how good they are.",
        {"train": judges.train, "tune": judges.tune, "agree": judges.agree, "check": judges.check,
         "fetch": judges.fetch},
    ),
    "detector": (
        "Train a face detector, and check how good detectors are.",
        {"train": detectors.train, "check": detectors.check, "agree": detectors.agree},
    ),
    "claims": (
        "Judge the claims of the reports, and train the runs that they need.",
        {"report": claims.report, "sheets": claims.sheets, "run": claims.run},
    ),
}  # fmt: skip


def build() -> App:
    """The program with all its verbs."""
    program = App(
        name="cgan-bench",
        help="Train, sample, score and rank small conditional GANs under one protocol.",
        version=__version__,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
        default_parameter=Parameter(negative_iterable=()),  # no --empty-seed
    )
    for name, verb in VERBS.items():
        program.command(verb, name=name)
    for name, (text, verbs) in GROUPS.items():
        group = App(name=name, help=text)
        for verb_name, verb in verbs.items():
            group.command(verb, name=verb_name)
        program.command(group)
    return program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: fine; 1: a check failed; 2: wrong use or input; 3: a judge that failed; 130: interrupted.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # on a busy CPU, waiting threads would take it from the others
    words = sys.argv[1:] if arguments is None else arguments
    if arguments is None:  # a program of its own, which leaves nothing half-written however it is ended
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        check_words(words)
        code = build()(words, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except (CycloptsError, UsageError) as error:
        message = " ".join(in_words(error).split())
        hint = " (see --help)" if isinstance(error, CycloptsError) else ""
        print(f"cgan-bench: {message}{hint}", file=sys.stderr)
        return BAD_JUDGE if isinstance(error, JudgeError) else USAGE
    except BrokenPipeError:  # the reader of our output has seen enough, as in "| head"
        _drop_output()
        return OK
    except OSError as error:  # no permission, links in a circle, no room where our output goes
        name = "" if error.filename is None else os.fsencode(error.filename).decode(errors="replace")
        where, remedy = (f"{name}: ", other_folder(Path(name))) if name else ("", "choose another place")
        print(f"cgan-bench: {where}{error.strerror or error}; fix that or {remedy}", file=sys.stderr)
        if error.filename is None:
            _drop_output()
        return USAGE
    except UnicodeEncodeError as error:
        print(f"cgan-bench: {error.object!a} is no UTF-8; rename that file or folder", file=sys.stderr)
        return USAGE
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        print("cgan-bench: the memory does not suffice; end other programs, or choose --device cpu", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("cgan-bench: interrupted" + how_to_go_on(words), file=sys.stderr)
        return INTERRUPTED
    return code if isinstance(code, int) else OK


def check_words(words: Sequence[str]) -> None:
    """Raise UsageError if a word is empty, which as a path would be the current folder."""
    if "" in words:
        place = words.index("") + 1
        raise UsageError(f"argument {place} is empty, as from a variable that is not set; give it a value")


def in_words(error: Exception) -> str:
    """The message of an error; cyclopts has one for a value that is missing, and the same for a missing option."""
    if type(error) is MissingArgumentError and error.keyword is None and not error.unused_tokens:
        return f"{' '.join(error.command_chain)} needs {error.argument.name}; give it"
    if type(error) is UnknownOptionError and Path(word := error.token.keyword or error.token.value).exists():
        return f"{word} begins as an option does; to mean that file, write ./{word}"
    return str(error)


def how_to_go_on(words: Sequence[str]) -> str:
    """Advice after an interrupt: trainings have checkpoints, and a grading keeps what it has looked at."""
    if list(words[:1]) == ["grade"]:
        return _how_to_grade_on(words)
    if not set(words[:1]) & {"train", "benchmark"} and list(words[:2]) != ["claims", "run"]:
        return ""
    command = "the same command without --no-resume" if "--no-resume" in words else "the same command"
    return f"; {command} goes on from the last checkpoint, if there was one"


def _how_to_grade_on(words: Sequence[str]) -> str:
    if {"--check", "--diff", "--regrade", "--gradescope-bundle", "--schema"} & set(words):
        return ""
    command = "the same command without --afresh" if "--afresh" in words else "the same command"
    return f"; {command} goes on: what was graded is kept"


def _drop_output() -> None:
    """Discard the remaining output to stdout, so that the end of the program does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
