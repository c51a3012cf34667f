"""Verbs on what is handed in."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

from benchmark.cli.options import FAILED, OK, Json, JudgeFile, Partial, Run, TaskName, option, show, whole
from benchmark.data.source import source_of
from benchmark.errors import UsageError


def grade(
    *paths: Annotated[Path, option("Submissions (folders or archives), or folders of them.")],
    task: TaskName = "iclevr",
    out: Annotated[Path | None, option("Folder of the gradebook, the grades and a page per submission.")] = None,
    scheme: Annotated[Path | None, option("TOML file; by default the task's own.")] = None,
    conditions: Annotated[
        list[Path] | None, option("Files of condition lists; by default the course's own.", negative="")
    ] = None,
    hidden: Annotated[Path | None, option("Conditions that only the grader draws for, with handed-in weights.")] = None,
    judge: JudgeFile = None,
    second_judge: Annotated[Path | None, option("One that participants do not have; else the bundled one.")] = None,
    data: Annotated[str | None, option("Training data to look for copies in: 'synthetic', a folder or a zip.")] = None,
    partial: Partial = False,
    seed: Annotated[int, whole("Decides the latents that handed-in generators get.")] = 0,
    jobs: Annotated[int, whole("How many submissions are looked at at once.")] = 2,
    only_changed: Annotated[bool, option("Look again only at submissions that changed.", negative="")] = False,
    gradescope: Annotated[bool, option("Also write Gradescope's results.json for each.", negative="")] = False,
    one: Annotated[bool, option("Take every path for one submission, whatever lies in it.", negative="")] = False,
    check: Annotated[bool, option("Only check the form, before handing in; gives no grade.", negative="")] = False,
    schema: Annotated[bool, option("Print the JSON schema of manifest.json.", negative="")] = False,
    json: Json = False,
) -> int:
    """Grade what was handed in: images, weights of a known model, or an ONNX generator; nothing of it is trusted."""
    if schema:
        from benchmark.grading.submission.manifest import schema as manifest_schema

        print(json_module.dumps(manifest_schema(), indent=2))
        return OK
    if not paths:
        raise UsageError("no submission was given; give folders or archives, or a folder of them")
    from benchmark.commands import grade
    from benchmark.commands.grade import check_form
    from benchmark.grading import grader

    data = source_of(data, partial=partial)
    request = grader.GradingRequest(
        task=task, scheme=scheme, conditions=tuple(conditions or ()), hidden=hidden, seed=seed, judge=judge,
        second_judge=second_judge, data=data, jobs=jobs, only_changed=only_changed, gradescope=gradescope,
        each_is_one=one,
    )  # fmt: skip
    if check:
        rows = check_form(list(paths), request)
        show(rows, as_json=json)
        return OK if all(row["status"] == "ready" for row in rows) else FAILED
    if out is None:
        raise UsageError("--out is missing; give a folder for the grades")
    show(grade.grade(list(paths), out, request), as_json=json)
    return OK


def pack_run(run: Run, /, *, out: Annotated[Path, option("The .zip file to write.")], json: Json = False) -> None:
    """Make a submission of a run: weights, settings and manifest in one zip."""
    from benchmark.commands import pack

    show(pack.pack(run, out), as_json=json)
