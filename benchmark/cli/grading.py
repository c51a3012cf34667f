"""Verbs on what is handed in."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from benchmark.cli.grading_checks import check_early, check_kept
from benchmark.cli.options import (
    FAILED,
    OK,
    ExecutorName,
    Json,
    JudgeFile,
    RayAddress,
    Run,
    option,
    show,
    whole,
)
from benchmark.data.source import source_of
from benchmark.errors import UsageError
from benchmark.system.terminal import say_if_slow

if TYPE_CHECKING:
    from benchmark.grading.request import GradingRequest

LOADING = "loading libraries"
INPUT, SCORING, LIMITS, OUTPUT = (
    Group(name, sort_key=number) for number, name in enumerate(("Input", "Scoring", "Limits", "Output"), start=1)
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Input:
    """Options on the input: submissions, participants, task."""

    roster: Annotated[
        Path | None, option("CSV of the course's ids and names; who handed in nothing has a row.", group=INPUT)
    ] = None
    conditions: Annotated[
        list[Path] | None,
        option("Files of condition lists; by default the course's own.", negative="", group=INPUT),
    ] = None
    one: Annotated[
        bool, option("Take every path for one submission, whatever lies in it.", negative="", group=INPUT)
    ] = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Scoring:
    """Options on scoring: scheme, decisions of staff, judges, data to look for copies in."""

    scheme: Annotated[Path | None, option("TOML file; by default the task's own.", group=SCORING)] = None
    decisions: Annotated[
        Path | None, option("CSV of points given by hand (id, points, reason); kept with the grades.", group=SCORING)
    ] = None
    hidden: Annotated[
        Path | None, option("Conditions that only the grader draws for, with handed-in weights.", group=SCORING)
    ] = None
    judge: Annotated[JudgeFile, Parameter(group=SCORING)] = None
    second_judge: Annotated[
        Path | None, option("One that participants do not have; else the bundled one.", group=SCORING)
    ] = None
    data: Annotated[
        str | None,
        option("Training data to look for copies in: 'synthetic', a folder or a zip.", group=SCORING),
    ] = None
    partial: Annotated[
        bool, option("Read --data that lacks images of its label file, and say how many.", negative="", group=SCORING)
    ] = False
    seed: Annotated[int, whole("Decides the latents that handed-in generators get.", group=SCORING)] = 0
    regrade: Annotated[
        Path | None, option("Folder of grades: mark them anew from kept scores, by --scheme if given.", group=SCORING)
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Work:
    """Options on the amount of work: submissions at once, and those that are taken over from before."""

    jobs: Annotated[
        int | None, whole("How many submissions are looked at at once on this machine; 2 by default.", group=LIMITS)
    ] = None
    executor: Annotated[ExecutorName, Parameter(group=LIMITS)] = "local"
    ray_address: Annotated[RayAddress, Parameter(group=LIMITS)] = None
    only_changed: Annotated[
        bool, option("Reuse what is kept of unchanged submissions, or read all.", negative="--afresh", group=LIMITS)
    ] = True


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Output:
    """Options on the output."""

    out: Annotated[
        Path | None,
        option("Required, but with --check: folder of the gradebook, the grades and a page for each.", group=OUTPUT),
    ] = None
    gradescope: Annotated[bool, option("Also write Gradescope's results.json for each.", negative="", group=OUTPUT)] = (
        False
    )
    gradescope_bundle: Annotated[
        Path | None, option("Only write an autograder for Gradescope, a .zip, with these options.", group=OUTPUT)
    ] = None
    csv: Annotated[
        list[Literal["moodle", "canvas", "plain"]] | None,
        option("Also write grades as this platform imports them; may be given again.", negative="", group=OUTPUT),
    ] = None
    canvas_column: Annotated[
        str | None, option("Canvas' heading of the assignment, such as 'HW4 (90210)', as it exports it.", group=OUTPUT)
    ] = None
    xlsx: Annotated[
        bool, option("Also write the gradebook as gradebook.xlsx; needs the extra 'xlsx'.", negative="", group=OUTPUT)
    ] = False
    check: Annotated[
        bool, option("Only check the form, before handing in; gives no grade.", negative="", group=OUTPUT)
    ] = False
    diff: Annotated[
        bool, option("Say whose grades differ between two folders of them, OLD and NEW.", negative="", group=OUTPUT)
    ] = False
    schema: Annotated[bool, option("Print the JSON schema of manifest.json.", negative="", group=OUTPUT)] = False


def grade(
    *submissions: Annotated[Path, option("Submissions (folders or archives), or folders or zips of them.")],
    task: Annotated[str, option("The course's task: iclevr, anime-faces or anime-transfer.")] = "iclevr",
    given: Input = Input(),
    scoring: Scoring = Scoring(),
    work: Work = Work(),
    output: Output = Output(),
    json: Json = False,
) -> int:
    """Grade what was handed in: images, weights of a known model, or an ONNX generator; nothing of it is trusted."""
    if output.schema:
        from benchmark.grading.submission.manifest import schema as manifest_schema

        print(json_module.dumps(manifest_schema(), indent=2))
        return OK
    if output.diff:
        alone = (given, scoring, work, output) == (Input(), Scoring(), Work(), Output(diff=True))
        return _diff(list(submissions), alone=alone, as_json=json)
    if output.gradescope_bundle is not None:
        if submissions or output.csv or output.xlsx or output.out:
            raise UsageError(
                "--gradescope-bundle only writes an autograder; leave out submissions, --out, --csv, --xlsx"
            )
        return _bundle(_request(task, given, scoring, work, output), output.gradescope_bundle, as_json=json)
    if not submissions and scoring.regrade is None:
        raise UsageError("no submission was given; give folders or archives, or a folder of them")
    if output.out is None and not output.check:
        raise UsageError("--out is missing; give a folder for the grades")
    if scoring.regrade is not None:
        if submissions or output.check or (given, work) != (Input(), Work()):
            raise UsageError("--regrade marks kept scores; grade submissions again for another roster, list or check")
        return _regrade(scoring, output, as_json=json)
    request = _request(task, given, scoring, work, output)
    with say_if_slow(LOADING):
        check_early(submissions, request)
        from benchmark.commands import check_form, grade  # noqa: F401 - they take seconds to load
    if output.check:
        return _check(list(submissions), request, as_json=json)
    show(grade.grade(list(submissions), output.out, request), as_json=json)
    return OK


def _request(task: str, given: Input, scoring: Scoring, work: Work, output: Output) -> GradingRequest:
    from benchmark.grading.request import GradingRequest

    options = asdict(scoring) | asdict(work)
    del options["regrade"]
    options["data"] = source_of(scoring.data, partial=options.pop("partial"))
    return GradingRequest(
        task=task, conditions=tuple(given.conditions or ()), roster=given.roster, each_is_one=given.one,
        gradescope=output.gradescope, csv=tuple(output.csv or ()), xlsx=output.xlsx,
        canvas_column=output.canvas_column, **options,
    )  # fmt: skip


def _regrade(scoring: Scoring, output: Output, *, as_json: bool) -> int:
    allowed = Scoring(scheme=scoring.scheme, decisions=scoring.decisions, regrade=scoring.regrade)
    if scoring != allowed:
        raise UsageError("--regrade marks kept scores by --scheme and --decisions alone; give no other of Scoring")
    check_kept([scoring.regrade])
    with say_if_slow(LOADING):
        from benchmark.commands.regrade import regrade

    found = regrade(
        scoring.regrade, scoring.scheme, output.out, gradescope=output.gradescope, platforms=tuple(output.csv or ()),
        xlsx=output.xlsx, decisions=scoring.decisions, canvas_column=output.canvas_column,
    )  # fmt: skip
    show(found, as_json=as_json)
    return OK


def _bundle(request: GradingRequest, path: Path, *, as_json: bool) -> int:
    with say_if_slow(LOADING):
        check_early((), replace(request, roster=None, decisions=None))  # which the bundle refuses in its own words
        from benchmark.grading.output.gradescope_bundle import write_bundle

    show(write_bundle(request, path), as_json=as_json)
    return OK


def _diff(folders: list[Path], *, alone: bool, as_json: bool) -> int:
    if not alone:
        raise UsageError("--diff compares two folders of grades, and takes no other option but --json")
    if len(folders) != 2:
        given = f"{len(folders)} {'was' if len(folders) == 1 else 'were'} given"
        raise UsageError(f"--diff compares two folders of grades, and {given}; give OLD and NEW")
    check_kept(folders)
    with say_if_slow(LOADING):
        from benchmark.commands.grade_diff import as_lines, diff

    rows = diff(*folders)
    if as_json:
        show(rows, as_json=True)
    else:
        print("\n".join(as_lines(rows)), flush=True)
    return OK


def _check(submissions: list[Path], request: GradingRequest, *, as_json: bool) -> int:
    from benchmark.commands.check_form import as_table, check_form

    rows = check_form(submissions, request)
    if as_json:
        show(rows, as_json=True)
    else:
        print("\n".join(as_table(rows)), flush=True)
    return OK if all(row["status"] == "ready" for row in rows) else FAILED


def pack_run(run: Run, /, *, out: Annotated[Path, option("The .zip file to write.")], json: Json = False) -> None:
    """Make a submission of a run: weights, settings and manifest in one zip."""
    from benchmark.commands import pack

    show(pack.pack(run, out), as_json=json)
