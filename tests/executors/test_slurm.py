"""The batch script for SLURM that docs/scaling.md shows: what bash makes of it, and Ray of what it is given."""

import json
import os
import re
import subprocess
import sys

import pytest
from builders.documents import texts

GIVEN = {"SLURM_JOB_NODELIST": "node[1-4]", "SLURM_JOB_NUM_NODES": "4", "SLURM_CPUS_PER_TASK": "16",
         "SLURM_GPUS_PER_TASK": "2"}  # fmt: skip
STAND_INS = {
    "scontrol": "[ \"$*\" = 'show hostnames node[1-4]' ] && printf 'node%s\\n' 1 2 3 4",
    "srun": f'exec {sys.executable} -c "import json, sys; print(json.dumps(sys.argv[1:]))" "$@"',
}


@pytest.fixture
def script(tmp_path):
    """The file of the script."""
    (text,) = texts("scaling.md", "bash")
    (tmp_path / "job.sh").write_text(text)
    return tmp_path / "job.sh"


@pytest.fixture
def started(script, tmp_path):
    """What the script starts on each node: the words for srun, for Ray, and the program's."""
    for name, line in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{line}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | GIVEN | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-eu", str(script)], env=environment, capture_output=True, text=True, check=True)
    words = json.loads(done.stdout)
    ray, program = words.index("ray"), words.index("--")
    return words[:ray], words[ray + 1 : program], words[program + 1 :]


def test_bash_reads_it_and_each_variable_of_slurm_has_its_directive(script):
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=True).stderr == b""
    text = script.read_text()
    assert text.startswith("#!/bin/bash\n#SBATCH ")
    asked = {name.upper().replace("-", "_") for name in re.findall(r"--(\S+-per-task)=\d+", text)}
    used = set(re.findall(r"\$SLURM_(\w+)", text))
    assert used == asked | {"JOB_NODELIST", "JOB_NUM_NODES"}
    assert used == {name.removeprefix("SLURM_") for name in GIVEN}


def test_it_starts_ray_once_a_node_with_options_that_ray_has(started):
    srun, ray, program = started
    assert srun == ["--nodes=4", "--ntasks=4", "--cpus-per-task=16"]
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    from ray.scripts import scripts
    from ray.scripts.symmetric_run import curate_and_validate_ray_start_args, symmetric_run

    assert ray[0] == "symmetric-run"
    assert scripts.cli.get_command(None, "symmetric-run") is symmetric_run
    asked = symmetric_run.make_context("symmetric-run", [*ray[1:], "--", *program]).params
    assert (asked["address"], asked["min_nodes"]) == ("node1:6379", 4)
    start = scripts.start.make_context("start", curate_and_validate_ray_start_args(ray[1:])).params
    assert (start["num_cpus"], start["num_gpus"]) == (16, 2)


def test_the_program_joins_the_cluster_of_its_machine(started):
    from benchmark.cli import build

    _, _, program = started
    assert program[0] == "cgan-bench"
    _, found, _ = build().parse_args(program[1:], print_error=False, exit_on_error=False)
    workers = found.arguments["workers"].request()
    assert (workers.name, workers.ray_address, workers.gpus_per_run) == ("ray", "auto", 0.25)
