"""The Python API: what the commands call, with typed results; ``import benchmark as cgan`` finds it.

A mistake in the arguments raises :class:`benchmark.errors.UsageError` with the command's message, which names options
as on the command line. Types are not checked: a wrong one raises whatever Python raises. Progress goes to stderr, or
below a notebook's cell. ``data=benchmark.data.source.PartialSource(path)`` stands for ``--data PATH --partial``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.errors import UsageError
from benchmark.plugins.naming import name_of, names_of, several

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.commands.compare import Comparison
    from benchmark.records.record import Record
    from benchmark.training.run_config import Outcome

Place = str | Path
Places = Place | Sequence[Place]
Named = str | type | Callable[..., Any]  # a name, or a class or function that stands in a module's file


@dataclass(frozen=True)
class Scored:
    """The records that scoring wrote."""

    path: Path  # of the record
    record: Record  # of what was scored
    references: dict[str, Record]  # what it is read against: real, shuffled, untrained
    paths: tuple[Path, ...]  # of all records, that one first


@dataclass(frozen=True)
class Drawn:
    """The frozen sample set on disk."""

    folder: Path  # <part>/<index>.png and conditions.json
    images: int


def train(
    task: Place, model: Named, out: Place, *, data: str = "synthetic", budget: str | int = "short", resume: bool = True,
    device: str = "auto", precision: str = "auto", seed: int = 0, snapshot_every: int = 0, tensorboard: bool = False,
) -> Outcome:  # fmt: skip
    """Train one model into a run folder; a run that was killed goes on where it was.

    Args:
        task: a bundled name, a task file, or a plug-in's name.
        model: name, ``name:variant``, ``name:setting=value``, or ``package.module:Class`` with these; or a class.
        out: the run folder.
        data: ``synthetic``, ``synthetic:6000``, or a folder or zip.
        budget: ``smoke``, ``short``, ``report``, or a number of generator updates.
        seed: decides the first weights, the order of images and all latents.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        precision: ``auto``, ``float32`` or ``bfloat16``.
        snapshot_every: generator updates between two kept generators; 0 keeps none.
        resume: go on with the run in the folder; False deletes it.
        tensorboard: write event files next to the log.

    Returns:
        How the run ended: status, updates, images seen, seconds.

    Raises:
        UsageError: a name, a setting or the data is wrong, or the folder holds another run.
    """
    from benchmark.commands.train import TrainingRequest
    from benchmark.commands.train import train as run

    request = TrainingRequest(
        task=name_of("task", task), model=name_of("model", model), data=data, budget=str(budget), seed=seed,
        device=device, precision=precision, snapshot_every=snapshot_every, resume=resume,
        tensorboard=tensorboard,
    )  # fmt: skip
    return run(request, Path(out))


def sample(run: Place, out: Place, *, data: str | None = None, device: str = "auto") -> Drawn:
    """Draw the frozen sample set with a trained model: PNG files by sample index, and their conditions.

    Args:
        run: a run folder.
        out: a new or empty folder.
        data: of the run; may be left out if that was the embedded data.
        device: as of :func:`train`.

    Raises:
        UsageError: there is no finished run, the data is not its own, or the folder is not empty.
    """
    from benchmark.commands.sample import sample as draw

    return Drawn(Path(out), draw(Path(run), Path(out), data=data, device=device)["images"])


def score(
    what: Place | None = None, out: Place = "records", *, update: int | None = None, generator: Named | None = None,
    latent_dim: int | None = None, task: Place | None = None, name: str | None = None, card: Place | None = None,
    evaluators: Named | Sequence[Named] = (), data: str | None = None, judge: Place | None = None,
    detector: str = "bundled", inception: str | None = None, device: str = "auto",
) -> Scored:  # fmt: skip
    """Score a trained model, images drawn elsewhere or any generator; write the record and the reference rows'.

    Args:
        what: a run folder; or a folder, zip or .npz of images.
        out: folder of records; a record is overwritten only where it lacks a score.
        update: score a run as it was after N generator updates, by its snapshot; by default at its end.
        generator: instead of ``what``: ``package.module:make`` or itself, a function ``(latent, condition) -> images``.
        latent_dim: numbers of each latent of ``generator``; 100 by default.
        task: of images or of ``generator``; a run has its own.
        name: of these in tables.
        card: JSON with updates, images_seen, seeds and source of these; then they are ranked.
        evaluators: one or several of other packages, to score with, too: names or classes.
        data: of the run, or of the task.
        judge: a judge's file instead of the bundled one.
        detector: a face detector's name or file.
        inception: weights of fid's network.
        device: as of :func:`train`.

    Raises:
        UsageError: a name or a file is wrong, or things were given that do not go together.
        JudgeError: a judge fails its self-test; the records say so.
    """
    from benchmark.commands.scoring_request import ScoringRequest

    request = ScoringRequest(
        what=_path(what), update=update, generator=generator and name_of("generator", generator), latent_dim=latent_dim,
        task=task and name_of("task", task), name=name, data=data, card=_path(card), device=device,
        evaluators=names_of("evaluator", evaluators), judge=_path(judge), detector=detector, inception=inception,
    )  # fmt: skip
    request.check()
    from benchmark.commands.score import run
    from benchmark.records.store import load_record

    paths = run(request, Path(out))
    records = [load_record(each) for each in paths]
    return Scored(paths[0], records[0], {one.reference.name: one for one in records[1:]}, tuple(paths))


def grade(
    paths: Places, task: str, out: Place, *, scheme: Place | None = None, conditions: Places = (), seed: int = 0,
    hidden: Place | None = None, roster: Place | None = None, decisions: Place | None = None, jobs: int | None = None,
    judge: Place | None = None, second_judge: Place | None = None, data: str | None = None, executor: str = "local",
    ray_address: str | None = None, only_changed: bool = True, gradescope: bool = False, csv: str | Sequence[str] = (),
    canvas_column: str | None = None, xlsx: bool = False, each_is_one: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Grade what was handed in: images, weights of a bundled model, or an ONNX generator; nothing of it is trusted.

    Args:
        paths: one or several submissions (folders or archives), or folders of them.
        task: a bundled one.
        out: folder of the gradebook, the grades and a page for each submission.
        scheme: TOML; by default the task's own.
        conditions: one or several files of condition lists; by default the course's own.
        hidden: conditions that only the grader draws for.
        roster: CSV of the course's ids and names; who handed in nothing has a row.
        decisions: CSV of points that staff gives by hand (id, points, reason); kept with the grades.
        judge: a judge's file instead of the bundled one.
        second_judge: one that participants do not have.
        data: training data to look for copies in.
        seed: decides the latents that handed-in generators get.
        jobs: submissions that are looked at at once on this machine; 2 by default.
        executor: ``local`` or ``ray``: where submissions are looked at.
        ray_address: of a cluster; one is started on this machine otherwise.
        only_changed: reuse what is kept of unchanged submissions; False reads all of them again.
        gradescope: also write ``results.json`` for each.
        csv: one or several platforms (``moodle``, ``canvas``, ``plain``) to write a file of grades for.
        canvas_column: Canvas' heading of the assignment, such as ``HW4 (90210)``.
        xlsx: also write the gradebook as a workbook, ``gradebook.xlsx``.
        each_is_one: take every path for one submission.

    Returns:
        The gradebook, a row for each submission.

    Raises:
        UsageError: a path, a name, the scheme or a list is wrong; no submission raises anything.
        JudgeError: a judge fails its self-test; nothing is written then.
    """
    import pandas as pd

    from benchmark.commands import grade as grading
    from benchmark.grading.request import GradingRequest

    request = GradingRequest(
        task=task, scheme=_path(scheme), conditions=tuple(map(Path, several(conditions))), hidden=_path(hidden),
        roster=_path(roster), seed=seed, judge=_path(judge), second_judge=_path(second_judge), data=data, jobs=jobs,
        executor=executor, ray_address=ray_address, only_changed=only_changed, gradescope=gradescope, csv=several(csv),
        xlsx=xlsx, each_is_one=each_is_one, decisions=_path(decisions), canvas_column=canvas_column,
    )  # fmt: skip
    found = grading.grade([Path(path) for path in several(paths)], Path(out), request)
    return pd.read_csv(found["gradebook"], dtype={"id": str, "student id": str}, keep_default_na=False, na_values=[""])


def compare(
    first: Place, second: Place, *, tolerance: float = 0.0, speed_tolerance: float = 0.1, if_any: bool = False
) -> Comparison:
    """Compare two records image by image, or all of two folders that are of the same; second minus first.

    Args:
        first: a record, or a folder of records.
        second: another record under the same protocol, or a folder of later ones.
        tolerance: loss beyond the interval that is let pass: share of a score's range, or of a distance.
        speed_tolerance: share of the images/s that may be lost.
        if_any: do not raise if nothing can be compared, as when all runs are new.

    Returns:
        What got better or worse, what lies outside of its band, and whether anything ``failed``.

    Raises:
        UsageError: a file is no record, or the two do not compare.
    """
    from benchmark.commands.compare import Tolerance
    from benchmark.commands.compare import compare as compared

    allowed = Tolerance(score=tolerance, speed=speed_tolerance)
    return compared(Path(first), Path(second), allowed, if_any=if_any)


def leaderboard(
    records: Place, out: Place | None = None, *, page: Place | None = None, readme: Place | None = None
) -> pd.DataFrame:
    """The tables of a folder of records as one frame: a row for each line of each table, unrounded.

    Args:
        records: folder of records.
        out: also write the tables there as Markdown, CSV, JSON and LaTeX, and the HTML page.
        page: with ``out``, another file of the page than ``index.html`` there.
        readme: with ``out``, a Markdown document with markers for the headline of all tables.

    Raises:
        UsageError: a record is broken, records do not compare, or ``page`` or ``readme`` is given without ``out``.
    """
    from benchmark.commands.leaderboard import render
    from benchmark.leaderboard import output_files

    for name, given in (("page", page), ("readme", readme)):
        if given is not None and out is None:
            raise UsageError(f"{name} is {given} without out; give the folder of the tables, too")
    if out is not None:
        render.write(Path(records), Path(out), readme=_path(readme), page=_path(page))
    return output_files.frame(Path(records))


def _path(place: Place | None) -> Path | None:
    return None if place is None else Path(place)
