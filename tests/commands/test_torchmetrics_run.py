"""Metrics of torchmetrics in a run of the command line: trained, scored by the bundled judge, and in the table."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from benchmark import tasks
from benchmark.cli import main
from evaluators import torchmetrics_scores

HAMMING = "torchmetrics.classification:MultilabelHammingDistance"
KERNEL = "torchmetrics.image:KernelInceptionDistance:subset_size=20:subsets=5"
DATA = ("--data", "synthetic:200")
SHORT = "kernel_inception_distance:feature=efficientnet_lite0:subset_size=20:subsets=5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run, its records and tables, by three commands."""
    place = tmp_path_factory.mktemp("torchmetrics")
    model = ("--task", "iclevr", "--model", "cdcgan_iclevr:channels=2:c_dim=50", "--budget", "smoke")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torchmetrics_scores, "RESAMPLES", 40)  # of 200: an interval, not its third digit
        patch.setattr(tasks, "SMOKE", replace(tasks.SMOKE, fidelity=60, reference=60))
        patch.chdir(place)
        patch.setenv("CGAN_BENCH_CACHE", str(place / "cache"))
        assert main(["train", *model, *DATA, "--out", "run"]) == 0
        assert main(["score", "run", *DATA, "--evaluator", HAMMING, "--evaluator", KERNEL, "--out", "records"]) == 0
        assert main(["leaderboard", "records", "--out", "tables"]) == 0
    return place


@pytest.fixture(scope="module")
def records(folder):
    """The records by their kind: of the model, and of each reference."""
    found = [json.loads(path.read_text()) for path in (folder / "records").glob("*.json")]
    return {(one["reference"] or {"name": "model"})["name"]: one for one in found}


@pytest.mark.slow
def test_a_metric_of_labels_is_computed_from_the_judges_answers(records, folder):
    score = records["model"]["scores"]["multilabel_hamming_distance"]
    (path,) = (folder / "records").glob("*cdcgan*.safetensors")
    kept = load_file(path)
    wrong = [(kept[f"logits/{part}"] > 0) != kept[f"conditions/{part}"].bool() for part in ("test", "new_test")]
    assert score["value"] == pytest.approx(torch.stack(wrong).double().mean().item(), abs=1e-6)
    assert score["interval"][0] < score["value"] < score["interval"][1]
    assert score["direction"] == "lower"
    assert records["real"]["scores"]["multilabel_hamming_distance"]["value"] < score["value"]


@pytest.mark.slow
def test_a_metric_of_image_sets_is_computed_and_refused_where_images_are_too_few(records):
    assert records["model"]["scores"][SHORT]["value"] > 0
    assert records["model"]["plugins"][HAMMING]["distribution"] == "torchmetrics"
    assert "refuses these images" in records["real"]["refused"][SHORT]


@pytest.mark.slow
def test_the_tables_have_both(folder):
    table = (folder / "tables/iclevr.md").read_text()
    assert "multilabel_hamming_distance ↓" in table
    assert "kernel_inception_distance" in table
