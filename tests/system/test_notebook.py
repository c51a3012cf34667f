"""Progress of the Python API in a notebook: cells are executed by a real kernel, and their outputs are read."""

import nbclient
import nbformat
import pytest
from builders.plugins import TOYS

ROOT = TOYS.parents[1]
TRAIN = "outcome = cgan.train('cgan_bench_toys.tasks:SHADES', 'cgan_bench_toys.gans:ToyGAN', 'run', budget=30)"
CELLS = (
    "import benchmark as cgan",
    f"{TRAIN}; outcome.status",
    f"cgan.leaderboard({str(ROOT / 'results/records')!r})",
    "cgan.train('iclever', 'dcgan', 'run')",
    "from benchmark.system.terminal import Progress\n"
    "with Progress('half', 1000) as bar:\n    bar.update(500, 'loss 3')\n    1 / 0",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each cell, in order."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=300)
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}:{TOYS}")
        patch.setenv("CGAN_BENCH_CACHE", str(folder / "cache"))
        client.execute(cwd=folder)
    return [cell.outputs for cell in notebook.cells]


def test_a_training_shows_a_bar_below_its_cell_and_then_its_result(outputs):
    *bars, result = outputs[1]
    rendering, training = (bar.data["text/html"] for bar in bars)
    assert {bar.output_type for bar in bars} == {"display_data"}
    assert "rendering" in rendering
    assert "300/300" in rendering
    assert "30/30" in training
    assert "images/s" in training
    assert result.data["text/plain"] == "'finished'"


def test_tables_are_shown_as_tables_and_errors_say_what_to_do(outputs):
    (table,), (error,) = outputs[2], outputs[3]
    assert "modern_cgan" in table.data["text/html"]
    assert error.ename == "UsageError"
    assert "did you mean 'iclevr'" in error.evalue


def test_a_bar_stays_as_it_was_when_its_work_failed(outputs):
    assert outputs[0] == [], "an import shows nothing"
    bar, error = outputs[4]
    assert "500/1000" in bar.data["text/html"]
    assert "loss 3" in bar.data["text/html"]
    assert error.ename == "ZeroDivisionError"
