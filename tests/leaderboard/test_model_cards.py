"""Model cards: read by Hugging Face's own package as what the record says."""

import pytest
from builders.claims import diverged
from builders.leaderboards import FD, SCORE, reference, run
from builders.records import DIGEST, SYSTEM
from huggingface_hub import ModelCard

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.leaderboard.model_cards import cards, check, write
from benchmark.records.record import PluginEntry
from benchmark.records.training_log import save_log
from benchmark.tasks import TASKS

NAME = "iclevr-good-short-seed0-"
TODAY = TASKS["iclevr"].version


def test_a_card_has_the_alarm_of_its_table():
    rate = {"value": 0.4, "interval": (0.3, 0.5), "direction": "lower", "unit": "fraction of images"}
    (repeats,) = cards([run("good", scores={"near_duplicate_rate": SCORE | rate})]).values()
    assert "\n- Alarm: 40.0 % [30.0, 50.0] of its images are near duplicates" in repeats
    (varies,) = cards([run("good", scores={"near_duplicate_rate": SCORE | rate | {"interval": (0.01, 0.5)}})]).values()
    assert "Alarm" not in varies


@pytest.fixture
def folders(tmp_path):
    run("good", 0.8, fd=12.5).save(tmp_path / "records")
    reference("real").save(tmp_path / "records")
    return tmp_path / "records", tmp_path / "cards"


def loaded(path):
    """The head of a card, by the hub's own reader."""
    return ModelCard.load(path).data


def test_the_hubs_reader_finds_every_score_with_its_interval_and_where_it_was_measured(folders):
    (path,) = write(*folders)
    head = loaded(path)
    found = {result.metric_type: result for result in head.eval_results}
    assert {name: result.metric_value for name, result in found.items()} == {
        "topk_accuracy": 0.8,
        "fd_efficientnet_lite0": 12.5,
    }
    assert list(found) == ["topk_accuracy", "fd_efficientnet_lite0"]  # the main score first
    assert found["topk_accuracy"].metric_args == {
        "interval": [0.8 - 0.05, 0.8 + 0.05],
        "n": 640,
        "version": 1,
    }
    assert "interval" not in found["fd_efficientnet_lite0"].metric_args
    assert {result.dataset_name for result in head.eval_results} == {"synthetic"}
    assert found["topk_accuracy"].metric_config.startswith("iclevr-v2-")
    assert (head.model_name, head.license, head.library_name) == ("good", "mit", "cgan-bench")


def test_the_text_says_how_to_repeat_the_run_and_where_the_weights_are(folders):
    (path,) = write(*folders)
    text = ModelCard.load(path).text
    assert "cgan-bench train --task iclevr --model good --budget short --seed 0 --precision float32 --out RUN" in text
    assert "| topk_accuracy | 80.0 [75.0, 85.0] %" in text
    assert "the command below trains them again" in text


@pytest.mark.parametrize(
    ("named", "option"),
    [("synthetic", ""), ("synthetic:2000", " --data synthetic:2000"), ("my faces.zip", " --data 'my faces.zip'"),
     ("faces.zip without 51 images", " --data faces.zip"), ("synthetic without 51 images", "")],
)  # fmt: skip
def test_the_command_names_the_data_as_the_option_takes_it(named, option):
    record = run("m", 0.8, data_name=named)
    (text,) = cards([record]).values()
    assert record.data_option == option
    assert f"--seed 0 --precision float32{option} --out RUN\n$ cgan-bench score RUN{option} --out RECORDS\n" in text


def test_a_custom_budget_and_a_setting_are_repeated_as_a_shell_takes_them():
    (text,) = cards([run("m", 0.8, budget="custom", updates=700, model=model('widths=[8,"a"]'))]).values()
    assert "--model 'm:widths=[8,\"a\"]' --budget 700 --seed 0" in text


def test_a_run_is_scored_again_by_the_evaluators_of_other_packages_too():
    named = {"evaluator": "pkg.scores:Mine:top_k=[5]", "model": "pkg.models:Net"}
    entries = {
        reference: PluginEntry(kind=kind, distribution=None, version=None, sha256=DIGEST)
        for kind, reference in named.items()
    }
    (text,) = cards([run("m", 0.8, plugins=entries)]).values()
    assert "$ cgan-bench score RUN --evaluator 'pkg.scores:Mine:top_k=[5]' --out RECORDS\n" in text


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_run_is_repeated_in_its_own_precision_whatever_the_machine_would_choose(precision):
    training = dict(run("m").training) | {"precision": precision}
    (text,) = cards([run("m", training=training)]).values()
    assert f"--seed 0 --precision {precision} --out RUN" in text


@pytest.mark.parametrize(
    ("version", "line"),
    [(1, f"\n$ git checkout 0123456789ab  # at that commit iclevr was of version 1, today of {TODAY}\n"), (TODAY, "")],
)
def test_a_run_of_an_older_task_is_repeated_at_its_commit(version, line):
    system = SYSTEM | {"git_commit": "0123456789ab+changes"}
    (text,) = cards([run("m", protocol={"version": version}, system=system)]).values()
    assert ("git checkout" in text) == bool(line)
    assert line in text


@pytest.mark.parametrize(
    ("plugins", "option"),
    [
        ({}, "digits.toml"),
        ({"pets.tasks:DIGITS": {"kind": "task", "distribution": None, "version": None, "sha256": DIGEST}},
         "pets.tasks:DIGITS"),
    ],
)  # fmt: skip
def test_a_run_of_a_task_of_ones_own_is_repeated_by_its_file_or_its_plug_in(plugins, option):
    ranking = {"main_score": "topk_accuracy", "headline": ("topk_accuracy",)}
    own = run("m", protocol={"task": "digits", "definition_sha256": DIGEST}, plugins=plugins, ranking=ranking)
    (text,) = cards([own]).values()
    assert f"cgan-bench train --task {option} --model m " in text


def test_a_diverged_run_has_the_update_and_the_images_of_its_log(tmp_path):
    record = diverged("lost", 3)
    save_log(record.save(tmp_path), [{"step": i, "images_seen": 64 * i, "generator/fake": 1.0} for i in range(1, 4)])
    (path,) = write(tmp_path, tmp_path / "cards")
    text = path.read_text()
    assert "# lost, diverged at update 3 on iclevr" in text
    assert "ended by divergence at update 3, out of 1,500 generator updates (short), 192 images seen" in text


def model(variant):
    from builders.leaderboards import PARAMETERS

    return {"name": "m", "variant": variant, "config": {}, "parameters": PARAMETERS, "weights_sha256": DIGEST}


def test_a_run_without_scores_has_a_card_with_its_reason_and_no_index(tmp_path):
    record = run("lost", status="diverged", reason="at update 3", scores={})
    (text,) = cards([record]).values()
    path = tmp_path / "card.md"
    path.write_text(text)
    assert loaded(path).eval_results is None
    assert "Status: diverged: at update 3" in text


def test_names_with_markup_or_yaml_in_them_stay_text(tmp_path):
    name = 'a: [b]\n"<script>| x'
    (text,) = cards([run(name)]).values()
    path = tmp_path / "card.md"
    path.write_text(text)
    assert loaded(path).model_name == name
    before, _, after = ModelCard.load(path).text.partition("```console\n")
    command, _, after = after.partition("\n```")
    assert "<script" not in before + after
    assert "--model 'a: [b] \"<script>| x' --budget short" in command


def test_references_and_smoke_have_no_card(tmp_path):
    assert cards([reference("real"), run("quick", budget="smoke", updates=5)]) == {}
    reference("real").save(tmp_path)
    with pytest.raises(UsageError, match="has no record of a trained model"):
        write(tmp_path, tmp_path / "cards")


def test_cards_that_do_not_follow_from_the_records_are_found(folders, capsys):
    (path,) = write(*folders)
    assert check(*folders) == []
    command = ["cards", str(folders[0]), "--out", str(folders[1]), "--check"]
    assert main(command) == 0
    path.write_text(path.read_text().replace("0.8", "0.9", 1))
    (path.parent / "other.md").write_text("")
    assert len(check(*folders)) == 2
    assert main(command) == 1
    assert main(["cards", str(folders[0]), "--out", str(folders[1])]) == 0
    assert check(*folders) != []  # an extra card is named, not deleted
    assert FD["value"] == 123.456
