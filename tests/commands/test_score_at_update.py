"""Scores of a run as it was at an earlier update."""

from benchmark.cli import main
from benchmark.records.store import load_records
from benchmark.records.training_log import load_log


def test_a_record_of_an_earlier_update_stands_beside_that_of_the_end(toy, capsys):
    words = ["train", "--task", "iclevr", "--model", "cdcgan_iclevr", "--device", "cpu", "--out", "run"]
    assert main([*words, "--budget", "4", "--snapshot-every", "2"]) == 0
    score = ["score", "run", "--data", "synthetic", "--out", "records"]
    assert main(score) == 0
    assert main([*score, "--update", "2"]) == 0
    records = {record.training.total_updates: record for record in load_records(toy / "records") if record.training}
    assert {updates: record.training.images_seen for updates, record in records.items()} == {4: 32, 2: 16}
    assert records[2].training.budget == "custom"
    assert records[2].model.weights_sha256 != records[4].model.weights_sha256
    assert [line["step"] for line in load_log(toy / "records" / records[2].file_name)] == [1, 2]
    capsys.readouterr()
    assert main([*score, "--update", "3"]) == 2
    assert "no snapshot of update 3; its snapshots: of 2, 4" in capsys.readouterr().err


def test_images_have_no_earlier_update(tmp_path, capsys):
    assert main(["score", str(tmp_path), "--task", "iclevr", "--update", "3", "--out", str(tmp_path)]) == 2
    assert "--update is 3, but only a run has snapshots; leave it out" in capsys.readouterr().err
