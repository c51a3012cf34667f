"""The toy package of ``tests/plugin_package``, installed beside the wheel and used from outside of the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOYS = ROOT / "tests" / "plugin_package"


def run(*words, **settings):
    """One program's output; what it said is shown where it fails."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with both wheels; their requirements are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    for project in (ROOT, TOYS):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "wheels", cwd=project)
    run(sys.executable, "-m", "venv", folder / "env")
    python = folder / "env/bin/python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "requirements.pth").write_text("\n".join(outside(ROOT)) + "\n")
    wheels = sorted((folder / "wheels").glob("*.whl"))
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", *wheels)
    return folder


def outside(checkout):
    """The folders of installed packages that this program sees; the checkout itself is none of them."""
    seen = [Path(path).resolve() for path in (*sys.path, sysconfig.get_path("purelib")) if path]
    return [str(path) for path in dict.fromkeys(seen) if path.name == "site-packages" and path != checkout]


@pytest.fixture(scope="module")
def command(installed):
    """``cgan-bench`` there, in a folder outside of the checkout."""
    here = installed / "work"
    here.mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    settings = {"env": kept | {"CGAN_BENCH_CACHE": str(installed / "cache")}, "cwd": here}

    def call(*words):
        return run(installed / "env/bin/cgan-bench", *words, **settings)

    def call_all(*commands):
        """Several commands in one process, which imports everything once."""
        code = "import json, sys; from benchmark.cli import main; sys.exit(any(map(main, json.loads(sys.argv[1]))))"
        return run(installed / "env/bin/python", "-I", "-c", code, json.dumps(commands), **settings)

    call.folder, call.all = here, call_all
    return call


@pytest.fixture(scope="module")
def records(command):
    """A toy model trained for a toy task on toy data, and a function, scored by a toy evaluator."""
    task, reference = "shades", "cgan_bench_toys.tasks:BY_ENTRY_POINTS"
    command("train", "--task", task, "--model", "toy_gan:small", "--budget", "3", "--out", "run")
    drawn = ("--generator", "cgan_bench_toys.load:loaded", "--name", "mine", "--task", reference)
    command.all(
        ("score", "run", "--evaluator", "contrast", "--out", "records"),
        ("score", *drawn, "--evaluator", "cgan_bench_toys.scores:Contrast", "--out", "records"),
        ("leaderboard", "records", "--out", "tables"),
    )
    found = [json.loads(path.read_text()) for path in sorted((command.folder / "records").glob("*.json"))]
    return {(one["model"] or one["reference"] or one["images"])["name"]: one for one in found}


def test_all_four_kinds_work_beside_the_wheel(records, command, installed):
    assert set(records) == {"toy_gan", "mine", "real", "untrained"}
    for one in records.values():
        assert set(one["scores"]) == {"brightness", "contrast"}
        assert 0 < one["scores"]["brightness"]["value"] < 1
        assert (one["scores"]["contrast"]["value"] > 0) == ("images" not in one)  # of plain images it is 0
    assert records["toy_gan"]["protocol"]["task"] == "shades"
    assert records["toy_gan"]["model"]["config"]["image_size"] == 32
    table = (command.folder / "tables/shades.md").read_text()
    assert "| 1 | toy_gan:small | 3 |" in table
    assert "| – | mine (images) |" in table  # noqa: RUF001
    assert not (installed / "work/cgan_bench_toys").exists()


def test_records_name_distribution_version_and_file(records):
    plugins = records["toy_gan"]["plugins"]
    kinds = {
        "cgan_bench_toys.gans:ToyGAN": "model",
        "cgan_bench_toys.tasks:BY_ENTRY_POINTS": "task",
        "cgan_bench_toys.data:GRAYS": "data set",
        "cgan_bench_toys.scores:Brightness": "evaluator",  # the task's own
        "cgan_bench_toys.scores:Contrast": "evaluator",
    }
    assert {name: entry["kind"] for name, entry in plugins.items()} == kinds
    assert {(entry["distribution"], entry["version"]) for entry in plugins.values()} == {("cgan-bench-toys", "1.2.3")}
    drew = records["mine"]["plugins"]["cgan_bench_toys.load:loaded"]
    assert drew["kind"] == "generator"
    from benchmark.system.files import file_sha256

    assert drew["sha256"] == file_sha256(TOYS / "cgan_bench_toys/load.py")


def test_the_function_s_images_follow_its_conditions(records):
    assert records["mine"]["scores"]["brightness"]["value"] == pytest.approx(0.49, abs=0.02)
