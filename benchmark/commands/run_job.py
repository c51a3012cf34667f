"""One run of a matrix as a job for any machine: it is trained and scored, and a note on it is stored."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmark.commands.model_run import ScorerRequest, narrow_scorer, ready_scorer, run_model, scorer_for
from benchmark.definitions.model_settings import find_model, parts_of
from benchmark.errors import BusyError, UsageError
from benchmark.executors.environment import Environment, environment
from benchmark.executors.storage import Storage, storage_of
from benchmark.plugins.loading import loaded
from benchmark.records.provenance import code_digest, plugin_entries
from benchmark.records.store import load_record
from benchmark.scoring.recording import record_references
from benchmark.scoring.scorer import Scorer
from benchmark.system.files import file_sha256, sha256_text
from benchmark.tasks import Task
from benchmark.training.run_folder import CURVE, SAMPLES, numbered

RECORDS = "records"
REAL = "real.png"  # of real images, in the folder of a task
PAUSE = 1.0  # seconds between two looks at what another program computes


@dataclass(frozen=True, kw_only=True)
class RunJob:
    """A training and its score."""

    task: str
    model: str
    seed: int
    made_of: ScorerRequest
    data_digest: str
    code_sha256: str
    measured: str  # see measured_digest
    place: str  # of the storage: a path or URL
    length: str | None = None  # budget of the training, where the scorer's is another

    @property
    def title(self) -> str:
        return f"{self.task} {self.model} seed {self.seed}"

    @property
    def budget(self) -> str:
        """The budget of the training."""
        return self.length or self.made_of.budget

    @property
    def folder(self) -> str:
        """The run folder in the storage."""
        return f"{self.task}/{self.model.replace(':', '-')}/{self.budget}-seed{self.seed}"

    @property
    def name(self) -> str:
        """The job's name in the storage: other code, data, scores or device make another job."""
        content = asdict(replace(self, place=""))
        digest = sha256_text(json.dumps(content, sort_keys=True))
        return f"{re.sub(r'[^A-Za-z0-9._]', '-', self.folder)[:80]}-{digest[:12]}"


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """The files of a run in the storage."""

    record: str
    record_sha256: str
    divergence: str | None  # why it diverged, and when
    grid: str | None  # its last sample grid; a run that diverged early has none
    curve: str | None


def run_job(job: RunJob) -> RunResult:
    """Train and score a run, or go on from its last checkpoint; a stored result of the same job is returned.

    Raises:
        BusyError: another program computes it.
        UsageError: this machine has other code or data, or anything that training and scoring raise.
    """
    scorer = scorer_for(job.made_of)
    if job_digest(scorer.task, job.model) != job.code_sha256:
        raise UsageError(
            "this machine has other code or libraries than the one that gave the job; install its versions"
        )
    storage = storage_of(job.place)
    with storage.claim(job.name):
        if result := stored_result(storage, job):
            return result
        scorer = model_scorer(job)
        write_references(storage, job, scorer)
        with storage.workspace([job.folder, f"{RECORDS}/{job.task}-reference-*"]) as out:
            result = train_and_score(job, scorer, out)
        storage.write_note(job.name, asdict(result))
    return result


def stored_result(storage: Storage, job: RunJob) -> RunResult | None:
    """The result of a job that was computed before, if its record is still the one that it wrote."""
    note = storage.read_note(job.name)
    try:
        result = RunResult(**note) if note else None
    except TypeError:  # by another version
        return None
    return result if result and storage.sha256(result.record) == result.record_sha256 else None


def model_scorer(job: RunJob) -> Scorer:
    """The scorer for the images that the job's model can express.

    Raises:
        UsageError: this machine has other data.
    """
    scorer = scorer_for(job.made_of)
    if scorer.data.digest != job.data_digest:
        raise UsageError(f"{job.task} has other data on this machine (digest {scorer.data.digest[:16]}); give the same")
    return narrow_scorer(scorer, job.model)


def write_references(storage: Storage, job: RunJob, scorer: Scorer) -> None:
    """Write the records of the reference rows, once for all workers."""
    while True:
        try:
            with (
                storage.claim(f"references-{job.task}-{scorer.protocol.digest[:12]}"),
                storage.workspace([f"{RECORDS}/{job.task}-reference-*"]) as out,
            ):
                record_references(scorer, out / RECORDS)
            return
        except BusyError:
            time.sleep(PAUSE)


def train_and_score(job: RunJob, scorer: Scorer, out: Path) -> RunResult:
    """Train and score in a local folder."""
    folder = out / job.folder
    made_of = job.made_of
    record = run_model(scorer, job.model, folder, out / RECORDS, job.budget, job.seed, made_of.data)
    found = load_record(record)
    grids, curve = numbered(folder / SAMPLES, ".png"), folder / CURVE
    return RunResult(
        record=f"{RECORDS}/{record.name}",
        record_sha256=file_sha256(record),
        divergence=found.reason if found.status == "diverged" else None,
        grid=f"{job.folder}/{SAMPLES}/{grids[-1].name}" if grids else None,
        curve=f"{job.folder}/{CURVE}" if curve.exists() else None,
    )


def job_digest(task: Task, model: str) -> str:
    """sha256 of the code and libraries that a run is computed with, plug-ins included."""
    find_model(model)  # imports it, if it is a plug-in
    plugin = loaded("model", parts_of(model)[0])
    return code_digest(plugin_entries([*task.plugins, *([plugin] if plugin else [])]))


def worker_environment(made_of: dict[str, ScorerRequest], place: str, note: str) -> Environment:
    """The environment of this machine; a refusal if it does not see the note in the storage."""
    scorers = {task: ready_scorer(request) for task, request in made_of.items()}
    sees = storage_of(place).read_note(note) is not None
    refusal = "" if sees else f"it does not see {place}; give a folder that all machines share, or a URL"
    return environment(data={task: scorer.data.digest for task, scorer in scorers.items()}, refusal=refusal)
