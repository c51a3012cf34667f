"""The Python API: typed results, the commands' own errors, and an import that costs nothing."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from builders.plugins import toys  # noqa: F401 - a fixture

import benchmark as cgan
from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.training.run_config import Outcome

TASK, MODEL = "cgan_bench_toys.tasks:SHADES", "cgan_bench_toys.gans:ToyGAN"


def test_importing_it_loads_neither_torch_nor_anything_else_of_the_project():
    code = (
        "import sys; before = set(sys.modules); import benchmark as cgan; cgan.train; "
        "loaded = {name for name in set(sys.modules) - before if name.split('.')[0] in ('torch', 'numpy', 'pandas')}; "
        "print(sorted(loaded)); print(sorted(name for name in dir(cgan) if name in cgan.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ["compare", "grade", "leaderboard", "sample", "score", "train"]
    assert done.stdout.splitlines() == ["[]", str(names)]


def test_the_way_from_a_training_to_a_table(toys, tmp_path, capsys):  # noqa: F811
    outcome = cgan.train(TASK, MODEL, tmp_path / "run", budget=2, tensorboard=True)
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.step) == ("finished", 2)
    assert any((tmp_path / "run/tensorboard").iterdir())

    drawn = cgan.sample(tmp_path / "run", tmp_path / "drawn")
    assert drawn.images == len(list(drawn.folder.rglob("*.png"))) == 5_000

    scored = cgan.score(tmp_path / "run", tmp_path / "records")
    assert isinstance(scored.record, Record)
    assert 0 < scored.record.scores["brightness"].value < 1
    assert scored.references.keys() == {"real", "untrained"}

    images = cgan.score(drawn.folder, tmp_path / "records", task=TASK, name="again")
    assert images.record.scores["brightness"].value == scored.record.scores["brightness"].value

    table = cgan.leaderboard(tmp_path / "records", tmp_path / "tables")
    assert isinstance(table, pd.DataFrame)
    assert (tmp_path / "tables/shades.md").exists()
    row = table[table["name"] == MODEL].iloc[0]
    assert (row["rank"], row["updates"]) == (1, 2)
    assert row["brightness"] == scored.record.scores["brightness"].value

    compared = cgan.compare(tmp_path / "records", tmp_path / "records")
    assert compared.compared[0].changes[0].name == "brightness"
    assert not compared.failed
    assert capsys.readouterr().out == ""


def test_its_errors_are_the_commands_own(tmp_path):
    with pytest.raises(UsageError, match="no task is called 'iclever'; did you mean 'iclevr'"):
        cgan.train("iclever", "dcgan", tmp_path / "run")
    with pytest.raises(UsageError, match="give one thing to score: a run folder, images, or --generator"):
        cgan.score(out=tmp_path / "records")
    with pytest.raises(UsageError, match=r"readme is README\.md without out"):
        cgan.leaderboard(tmp_path, readme="README.md")
    with pytest.raises(AttributeError, match="has no attribute 'trains'"):
        cgan.trains  # noqa: B018


def test_grades_are_a_frame(tmp_path):
    from builders.submissions import as_folder, files

    as_folder(tmp_path / "handed_in" / "one", files("{list}/{number}.png"))
    book = cgan.grade([tmp_path / "handed_in"], "iclevr", tmp_path / "grades")
    assert book["id"].tolist() == ["one"]
    assert "status" in book.columns
    assert Path(tmp_path / "grades/gradebook.csv").exists()


def test_the_package_of_tables_is_a_function_too():
    import benchmark.leaderboard.files as files

    assert files.frame is not None
    assert callable(cgan.leaderboard)
    with pytest.raises(UsageError, match="is not a folder"):
        cgan.leaderboard(Path("nowhere"))
