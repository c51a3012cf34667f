"""The plan of a grading: the scheme, and what it requests of participants."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.errors import UsageError
from benchmark.grading.marking.condition_lists import HIDDEN, assignment_of
from benchmark.grading.marking.scheme import Scheme, load_scheme
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.system.terminal import say
from benchmark.tasks import Task


def plan(task: Task, request: GradingRequest, *, gives_grades: bool = True) -> tuple[Scheme, Assignment]:
    """The scheme of a grading, and the assignment that it requests.

    Args:
        task: what is graded.
        request: the condition lists and the scheme; without one it is the bundled scheme.
        gives_grades: False for a check of forms, to which the weights of the lists do not matter.

    Raises:
        UsageError: a file is wrong, or nothing says what weights the given lists have.
    """
    lists = assignment_of(task, list(request.conditions), request.hidden, draws=1, seed=request.seed).lists
    if request.scheme is None and request.conditions:
        scheme = _bundled(task, [rows for rows in lists if not rows.hidden], gives_grades=gives_grades)
    else:
        names = [rows.name for rows in lists]
        scheme = load_scheme(request.scheme, task.name, task.headline_conditions, names)
    if gives_grades and request.hidden is not None and not any(HIDDEN in rule.lists for rule in scheme.scores):
        say(f"--hidden {request.hidden} counts for nothing: the scheme gives the list 'hidden' no weight")
    return scheme, assignment_of(task, list(request.conditions), request.hidden, scheme.draws, request.seed)


def _bundled(task: Task, given: Sequence[ConditionList], *, gives_grades: bool) -> Scheme:
    """The bundled scheme for given lists: lists with its own names, or a single list in place of its single one."""
    own = assignment_of(task, [], None, draws=1, seed=0).lists
    scheme = load_scheme(None, task.name, task.headline_conditions, [rows.name for rows in own])
    wanted, names = {name for rule in scheme.scores for name in rule.lists}, [rows.name for rows in given]
    if wanted <= set(names):
        return scheme
    if gives_grades and not len(wanted) == len(names) == 1:
        raise UsageError(
            f"the bundled scheme of {task.name} has points for {' and '.join(sorted(wanted))}, and --conditions gives "
            f"{' and '.join(names)}; give --scheme FILE with the weights of these lists"
        )
    rules = [rule.model_copy(update={"lists": dict.fromkeys(names, 1.0)}) for rule in scheme.scores]
    return scheme.model_copy(update={"scores": rules})
