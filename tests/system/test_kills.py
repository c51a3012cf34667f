"""Commands that are killed while they write: no half file has a name, and the next one leaves what it would have."""

import json
from pathlib import Path

import pytest
from builders import crashes
from builders.trainings import train_toy
from safetensors.torch import load_file

from benchmark.system.tensors import digest_of_tensors

PUBLISHED = Path(__file__).resolve().parents[2] / "results" / "records"
TASKS = ("anime-transfer", "anime-faces-unconditional-reference")  # two tables, one of them with a model


@pytest.fixture
def records(tmp_path):
    """Some of the published records, with what lies next to them."""
    for path in (path for task in TASKS for path in PUBLISHED.rglob(f"{task}-*")):
        copy = tmp_path / "records" / path.relative_to(PUBLISHED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(path)
    return tmp_path / "records"


def contents(folder):
    """Every file below a folder, and what it holds; not which of them were checked."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: content(path) for name, path in found.items() if not name.startswith("checked")}


def content(path):
    """The bytes of a file; of packed data the tensors, for the order of its header differs."""
    return digest_of_tensors(load_file(path)) if path.parent.name == "packed" else path.read_bytes()


@pytest.fixture
def run(tmp_path):
    """A run that says it is of a task that is graded, for others are not packed."""
    train_toy(tmp_path / "run")
    config = tmp_path / "run" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"task": "anime-faces"}))
    return tmp_path / "run"


@pytest.fixture
def work(request, tmp_path):
    """A command, and what it is given."""
    given = {"pack_run": "run", "pack_data": "faces"}.get(request.param, "records")
    return getattr(crashes, request.param), request.getfixturevalue(given)


@pytest.mark.slow
@pytest.mark.parametrize("work", ["pack_run", "pack_data", "write_tables", "copy_records"], indirect=True)
def test_a_command_killed_before_a_file_takes_its_name_is_done_by_the_next_one(tmp_path, work):
    command, given = work
    killed = crashes.left_behind(tmp_path / "out", command, given, tmp_path / "out", events=crashes.NAMES)
    whole = contents(tmp_path / "out")
    assert killed
    for out in killed:
        half = {name: content for name, content in contents(out).items() if ".part/" not in name}
        assert half.items() <= whole.items()
        command(given, out)
        assert contents(out) == whole
