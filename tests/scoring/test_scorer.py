"""From samples to records: what is scored, under which protocol, and that nothing is scored twice."""

import dataclasses
import json
import shutil

import pytest
import torch
from builders.data import toy_data
from builders.scorers import MACHINE, SIZES, bright, eight_pixels, scorer_of, with_fault
from safetensors.torch import load_file

from benchmark.commands.compare import compare
from benchmark.commands.validate import log, training
from benchmark.commands.validate.check import faults
from benchmark.data.datasets import DATASETS
from benchmark.definitions import model_settings
from benchmark.errors import UsageError
from benchmark.leaderboard.render import to_markdown
from benchmark.leaderboard.tables import build
from benchmark.records.per_sample import load_per_sample
from benchmark.records.record import PluginEntry
from benchmark.records.store import _other_plugins, load_record, load_records, log_path
from benchmark.records.training_log import kept_log_digest
from benchmark.scoring import recording, scoring_network
from benchmark.scoring.image_sets import Images
from benchmark.scoring.recording import record_images, record_references, record_run
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.tasks import TASKS
from benchmark.training import run_config, runs, trained_run
from benchmark.training.loop import TrainConfig
from benchmark.training.run_folder import OUTCOME, WEIGHTS
from benchmark.training.saved_weights import save_weights
from benchmark.training.trained_run import load_run, task_and_data
from evaluators import EVALUATORS

CONDITIONAL = sorted(name for name, task in TASKS.items() if task.condition_scores)


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory):
    """A cache for what the tests share, and narrow models: wide ones take seconds, and their images do not matter."""
    full = model_settings.model_config

    def narrow_if_it_redraws(name, task):
        return full(name, task, **({"channels": 8} if task.transfer_scores else {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGAN_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("benchmark.scoring.recording.model_config", narrow_if_it_redraws)
        for place in (run_config, trained_run, training, log):
            patch.setattr(place, "model_config", lambda name, task: full(name, task, channels=8, batch_size=8))
        yield


@pytest.fixture(scope="module", params=sorted(TASKS))
def task(request):
    return TASKS[request.param]


@pytest.fixture(scope="module")
def scorer(task):
    return scorer_of(task)


@pytest.fixture(scope="module")
def trained(task, scorer, tmp_path_factory):
    """A run of the task's first model, which no test changes."""
    folder = tmp_path_factory.mktemp("trained")
    config = run_config.configure(task, task.models[0], scorer.data, "custom", TrainConfig(total_updates=1), MACHINE)
    runs.train_run(folder, config, MACHINE, scorer.data)
    return folder


@pytest.fixture(scope="module")
def scored(trained, scorer, tmp_path_factory):
    """Paths of its record and the reference rows', which no test changes."""
    return record_run(scorer, load_run(trained, MACHINE), tmp_path_factory.mktemp("scored"))


@pytest.fixture
def run_folder(trained, tmp_path):
    """The run, in a folder of the test's own."""
    return shutil.copytree(trained, tmp_path / "run")


@pytest.fixture
def records(scored, tmp_path):
    """The records, in a folder of the test's own."""
    return shutil.copytree(scored[0].parent, tmp_path / "records")


def by_name(folder):
    return {r.reference.name if r.reference else r.model.full_name: r for r in load_records(folder)}


def test_a_run_is_scored_with_its_reference_rows(task, scored):
    records = by_name(scored[0].parent)
    shuffled = {"shuffled"} if task.condition_scores else set()
    assert len(scored) == len(records)
    assert set(records) == {task.models[0], "real", "untrained"} | shuffled
    assert len({record.protocol for record in records.values()}) == 1
    expected = {*task.condition_scores, *task.face_scores, *task.fidelity_scores} - {"fid"}
    given = {name: {*record.scores, *record.refused} for name, record in records.items()}
    assert given["real"] == expected
    assert given[task.models[0]] == given["untrained"] == expected | {*task.transfer_scores}
    of_many = {"diversity_efficientnet_lite0", "face_hits_of_64", "intra_object_fd_judge", "intra_attribute_fd_judge"}
    of_many |= {"near_duplicate_rate", "near_duplicate_rate_of_64", "memorised_rate", "ruined_face_rate"}
    of_many |= {"sharpness"}  # toy images are flat
    assert set(records["real"].refused) <= of_many
    assert all(set(records[name].scores) == set(task.condition_scores) for name in shuffled)


def test_a_record_has_the_digest_of_its_log_and_a_log_of_another_training_leaves_it_alone(trained, scorer, records):
    path = next(path for path in records.glob("*.json") if load_record(path).model)
    assert load_record(path).training.log_sha256 == kept_log_digest(path)
    before, run = log_path(path).read_bytes(), load_run(trained, MACHINE)
    other = dataclasses.replace(run, log=({"step": 1, "images_seen": 64, "seconds": 1e6},))
    record_run(scorer, other, records)
    assert log_path(path).read_bytes() == before
    log_path(path).unlink()
    record_run(scorer, run, records)
    assert log_path(path).read_bytes() == before


def test_what_scoring_writes_is_what_a_check_of_records_expects(scored):
    assert {path.name: faults(path) for path in scored} == {path.name: [] for path in scored}


@pytest.mark.parametrize("task", CONDITIONAL, indirect=True)
def test_the_real_row_is_above_the_shuffled_row(task, scored):
    """A judge that reads the class from the toy images is always right on them, and at chance on shuffled ones."""
    records = by_name(scored[0].parent)
    name = task.condition_scores[0]
    real, shuffled = records["real"].scores[name], records["shuffled"].scores[name]
    assert real.value == 1.0
    assert shuffled.value < 0.35
    assert shuffled.interval[1] < real.interval[0]


def upper_end(score, resampled):
    """The upper end of an interval that was made from resamples."""
    if score.method.startswith("basic bootstrap"):
        return min(1.0, max(score.value, 2 * score.value - resampled.quantile(0.025).item()))
    return score.value + 1.96 * resampled.std().item()


@pytest.mark.parametrize("task", CONDITIONAL, indirect=True)
def test_what_each_image_did_lies_beside_the_record(scored):
    path, *references = scored
    record, outcomes = load_record(path), load_per_sample(path).scores
    assert outcomes
    assert set(outcomes) == set(record.scores)
    for name, made_of in outcomes.items():
        if made_of.ndim == 2:
            hits, trials = made_of.double().sum(dim=0)
            assert (hits / trials).item() == pytest.approx(record.scores[name].value)
        else:
            score = record.scores[name]
            assert score.interval[1] == pytest.approx(upper_end(score, made_of), rel=1e-4)
    (compared,) = compare(references[-1], path).compared
    assert {change.name: change.second for change in compared.changes} == {
        name: entry.value for name, entry in record.scores.items()
    }
    tested = [change for change in compared.changes if change.interval is not None]
    untested = {change.name for change in compared.changes} - {change.name for change in tested}
    assert all(EVALUATORS[name].is_over_real_images for name in untested)
    assert all(change.interval[0] <= change.difference <= change.interval[1] for change in tested)
    (others,) = compare(references[0], path).compared
    assert any(reason.startswith("n is ") for reason in others.left_out.values())


@pytest.mark.parametrize("task", CONDITIONAL[:1], indirect=True)
def test_a_record_that_appears_while_another_is_scored_keeps_its_file(scorer, tmp_path, monkeypatch):
    path = recording.record_references(scorer, tmp_path)[0]
    theirs = path.with_suffix(".safetensors")
    theirs.write_bytes(b"theirs")
    monkeypatch.setattr(recording, "existing_record", lambda *_: None)
    with pytest.raises(UsageError, match="exists, and a record is never overwritten"):
        recording.record_references(scorer, tmp_path)
    assert theirs.read_bytes() == b"theirs"


@pytest.mark.parametrize("task", CONDITIONAL[:1], indirect=True)
def test_two_that_score_the_same_at_once_have_the_records_of_the_first(scorer, tmp_path, monkeypatch):
    alone, theirs = recording._reference_results, []

    def while_another_scores(scorer, name):
        monkeypatch.setattr(recording, "_reference_results", alone)
        theirs.extend(recording.record_references(scorer, tmp_path))
        theirs.extend(path.read_bytes() for path in sorted(tmp_path.glob("*.*")))
        return alone(scorer, name)

    monkeypatch.setattr(recording, "_reference_results", while_another_scores)
    paths = recording.record_references(scorer, tmp_path)
    assert theirs == [*paths, *(path.read_bytes() for path in sorted(tmp_path.glob("*.*")))]


@pytest.mark.parametrize("task", CONDITIONAL, indirect=True)
def test_condition_lists_are_scored_together_and_apart(scorer, task, scored):
    score = by_name(scored[0].parent)[task.models[0]].scores[task.condition_scores[0]]
    assert set(score.groups) >= set(scorer.data.condition_lists)


@pytest.mark.parametrize("task", ["anime-faces"], indirect=True)
def test_held_out_images_are_in_one_order_that_is_not_that_of_their_files(scorer, task):
    """Where files are sorted, neighbours on a sheet of 64 would be alike."""
    in_files = scorer.data.images[scorer.data.chosen("held_out")]
    found = scorer.held_out.images[:]
    assert len(found) == len(in_files) > 9
    assert not torch.equal(found, in_files)
    assert sorted(map(torch.Tensor.sum, found)) == sorted(map(torch.Tensor.sum, in_files))
    assert torch.equal(found, scorer_of(task).held_out.images[:])


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if task.face_scores], indirect=True)
def test_faces_are_looked_for_in_generated_images_and_in_held_out_ones(scorer, task, scored):
    records = by_name(scored[0].parent)
    found = bright(scorer.held_out.images[:]).double().mean().item()
    assert 0 < found < 1
    assert records["real"].scores["face_hit_rate"].value == pytest.approx(found)
    assert records[task.models[0]].scores["face_hit_rate"].n == SIZES.fidelity


def test_what_is_scored_already_is_left_alone(scorer, run_folder, records, monkeypatch):
    before = {path: path.read_bytes() for path in records.glob("*.json")}
    monkeypatch.setattr(Scorer, "scores", lambda *_: pytest.fail("scored again"))
    record_run(scorer, load_run(run_folder, MACHINE), records)
    assert {path: path.read_bytes() for path in records.glob("*.json")} == before


@pytest.mark.parametrize("task", ["anime-faces"], indirect=True)
def test_a_run_that_was_trained_anew_is_never_answered_with_the_old_numbers(
    scorer, scored, run_folder, records, tmp_path
):
    """Train, score, train with another seed into the same folder, score."""
    path = records / scored[0].name
    before, first = path.read_bytes(), load_record(path)
    weights = load_file(run_folder / WEIGHTS)
    digest = save_weights(run_folder, {name: tensor + 1 for name, tensor in weights.items()})
    outcome = json.loads((run_folder / OUTCOME).read_text())
    (run_folder / OUTCOME).write_text(json.dumps(outcome | {"weights_sha256": digest}))
    run = load_run(run_folder, MACHINE)
    theirs, ours = first.model.weights_sha256[:16], run.subject.model.weights_sha256[:16]
    assert theirs != ours
    with pytest.raises(UsageError, match=f"else: it has weights_sha256 {theirs}, now it is {ours}; move that file"):
        record_run(scorer, run, records)
    assert path.read_bytes() == before
    again = load_record(record_run(scorer, run, tmp_path / "others")[0])
    assert again.model.weights_sha256 == run.subject.model.weights_sha256
    assert again.scores != first.scores


@pytest.mark.parametrize("task", ["anime-faces"], indirect=True)
def test_other_images_under_the_same_name_are_refused_with_both_digests(scorer, tmp_path):
    records = tmp_path / "records"
    parts = {part: len(indices) for part, indices in scorer.samples.parts.items()}
    first, second = (
        {part: torch.full((n, 3, 64, 64), shade, dtype=torch.uint8) for part, n in parts.items()} for shade in (50, 200)
    )
    path = record_images(scorer, "mine", first, records)[0]
    before = path.read_bytes()
    assert record_images(scorer, "mine", first, records)[0] == path
    with pytest.raises(UsageError, match=r"has images_sha256 \w{16}, now it is \w{16}; move that file away"):
        record_images(scorer, "mine", second, records)
    assert path.read_bytes() == before
    other = load_record(record_images(scorer, "mine", second, tmp_path / "others")[0])
    assert other.images.images_sha256 != load_record(path).images.images_sha256


@pytest.mark.parametrize("task", ["anime-faces"], indirect=True)
def test_a_record_by_other_code_is_not_taken_for_this_code_s(scorer, records, monkeypatch):
    monkeypatch.setattr(recording, "code_digest", lambda *_: "f" * 64)
    with pytest.raises(UsageError, match=r"was scored by other code: it has code_sha256 \w{16}, now it is f{16}"):
        record_references(scorer, records)


@pytest.mark.parametrize("task", ["anime-faces"], indirect=True)
def test_a_record_by_another_evaluator_names_it_as_the_cause(scorer, records, monkeypatch):
    mine = {"mine.scores:Mine": PluginEntry(kind="evaluator", distribution=None, version=None, sha256="f" * 64)}
    monkeypatch.setattr(recording, "_plugins", lambda *_: mine)
    with pytest.raises(UsageError, match=r"has code_sha256 \w{16}, .* \(only this one uses mine\.scores:Mine\); move"):
        record_references(scorer, records)
    there = load_record(next(records.glob("*.json")))
    changed = {"mine.scores:Mine": mine["mine.scores:Mine"].model_copy(update={"sha256": "e" * 64})}
    said = [_other_plugins(before, now) for before, now in ((mine, changed), (mine, {}), (mine, mine))]
    assert said == [" (the file of mine.scores:Mine has changed)", " (only that one uses mine.scores:Mine)", ""]
    assert there.plugins == {}


def test_a_score_of_too_few_images_is_refused_with_both_numbers_and_the_others_stand(scorer, task):
    backbone = ScoringNetwork("wide", "6" * 64, lambda images: images.float().flatten(1)[:, ::100])
    wide = dataclasses.replace(scorer, networks=scorer.networks | {"backbone": backbone})
    few = Images(wide.reference.images[:20], wide.reference.conditions[:20])
    found = wide.scores({"fidelity": wide.reference}, few)
    reason = found.refused["fd_efficientnet_lite0"]
    assert "saw 30 real and 20 generated images" in reason
    assert "take the kernel distance (kid_efficientnet_lite0), which needs 3" in reason
    assert "fd_efficientnet_lite0" not in found.scores
    assert "kid_efficientnet_lite0" in found.scores
    assert "fd_efficientnet_lite0" not in scorer.scores({"fidelity": scorer.reference}, few).refused


def test_a_diverged_run_is_recorded_without_scores(scorer, task, scored, run_folder, records):
    (records / scored[0].name).unlink()
    outcome = json.loads((run_folder / "outcome.json").read_text())
    outcome |= {"status": "diverged", "reason": "generator/fake was nan at generator update 1"}
    (run_folder / "outcome.json").write_text(json.dumps(outcome))
    record_run(scorer, load_run(run_folder, MACHINE), records)
    record = by_name(records)[task.models[0]]
    assert (record.status, record.scores) == ("diverged", {})
    assert "nan at generator update 1" in record.reason


def test_with_inceptions_weights_there_is_fid_under_another_protocol(scorer, trained, tmp_path):
    inception = ScoringNetwork("twice", "4" * 64, lambda images: 2 * eight_pixels(images))
    twice = dataclasses.replace(scorer, networks=scorer.networks | {"inception": inception})
    record = load_record(record_run(twice, load_run(trained, MACHINE), tmp_path / "records")[0])
    assert record.scores["fid"].value == pytest.approx(4 * record.scores["fd_efficientnet_lite0"].value, rel=1e-6)
    assert record.protocol.inception_sha256 == "4" * 64
    assert record.protocol.id != scorer.protocol.id


@pytest.mark.parametrize("task", CONDITIONAL, indirect=True)
def test_a_judge_that_fails_its_self_test_lends_no_features_either(scorer, task):
    broken = with_fault(scorer, "judge", "blind")
    found = broken.scores({"fidelity": broken.reference}, broken.reference)
    assert "fd_judge" not in {*found.scores, *found.refused}
    assert "fd_judge" in scorer.scores({"fidelity": scorer.reference}, scorer.reference).scores


def test_the_protocol_knows_data_judge_backbone_and_detector(scorer):
    protocol = scorer.protocol
    assert protocol.data_digest == scorer.data.digest
    assert protocol.judge_sha256 == ("1" * 64 if scorer.task.judge else None)
    assert protocol.backbone_sha256 == "2" * 64
    assert protocol.detector_sha256 == ("3" * 64 if scorer.task.face_scores else None)
    assert protocol.n_generated == len(scorer.samples)
    assert protocol.n_real == SIZES.reference


def test_reference_images_are_a_fixed_choice_of_training_images(scorer):
    train = scorer.data.indices("train")
    rows = scorer.data.conditions[train].tolist()
    assert all(row in rows for row in scorer.reference.conditions.tolist())
    assert torch.equal(scorer.reference.images[:], Scorer(**vars_of(scorer)).reference.images[:])


def vars_of(scorer):
    from dataclasses import fields

    return {field.name: getattr(scorer, field.name) for field in fields(scorer)}


def test_a_run_on_other_data_needs_that_data(trained):
    with pytest.raises(UsageError, match=r"was trained on toy; give its path with --data"):
        task_and_data(trained, trained_run.read_config(trained), None)


def counting(calls):
    """A network that notes how many images it is given."""

    def network(images):
        calls.append(len(images))
        return eight_pixels(images)

    return network


def test_outputs_for_the_same_content_are_computed_once():
    calls = []
    images = toy_data(DATASETS["anime-faces"], count=150).images
    first = ScoringNetwork("a", "a", counting(calls)).outputs(images)
    torch.testing.assert_close(ScoringNetwork("a", "a", counting(calls)).outputs(images.clone()), first)
    assert sum(calls) == 150
    ScoringNetwork("b", "b", counting(calls)).outputs(images)
    assert sum(calls) == 300
    images = images.clone()
    images[0, 0, 0, 0] += 1
    ScoringNetwork("a", "a", counting(calls)).outputs(images)
    assert sum(calls) == 450


def test_outputs_for_the_last_image_sets_stay_in_memory(monkeypatch):
    network = ScoringNetwork("a", "a", eight_pixels)
    sets = [torch.full((2, 3, 64, 64), shade, dtype=torch.uint8) for shade in range(scoring_network.KEPT)]
    kept = [network.outputs(images) for images in sets]
    monkeypatch.setattr(scoring_network, "load_tensors", lambda *_: pytest.fail("read from the disk"))
    assert all(network.outputs(images) is outputs for images, outputs in zip(sets, kept, strict=True))
    with pytest.raises(pytest.fail.Exception, match="read from the disk"):
        network.outputs(sets[0].clone())


def test_a_self_test_runs_once_and_its_fault_makes_a_network_unusable(scorer):
    calls = []
    network = ScoringNetwork("a", "a", eight_pixels, test=lambda: calls.append(1) or "blind")
    broken = dataclasses.replace(scorer, networks=scorer.networks | {"second_judge": network})
    assert broken.fault == broken.fault == "the second judge fails its self-test: blind"
    assert not broken.is_usable("second_judge")
    assert len(calls) == 1
    assert scorer.fault is None
    assert scorer.is_usable("backbone")


def test_tasks_on_the_same_data_compare_with_the_same_reference_images():
    first, second, third = (
        scorer_of(task).reference.images[:] for task in TASKS.values() if task.dataset == "anime-faces"
    )
    assert len(first) == SIZES.reference
    assert torch.equal(first, second)
    assert torch.equal(first, third)


def test_images_drawn_elsewhere_score_as_the_run_that_drew_them(scorer, task, scored, trained, records):
    model, _ = trained_run.load_generator(trained, MACHINE)
    drawn = {part: scorer.generated(model, part).images[:] for part in scorer.samples.parts}
    again, *others = record_images(scorer, "mine", drawn, records)
    assert [path.name for path in others] == [path.name for path in scored[1:]]
    run, images = load_record(scored[0]), load_record(again)
    assert images.protocol == run.protocol
    assert images.scores == {name: run.scores[name] for name in run.scores if name not in task.transfer_scores}
    other = drawn | {"fidelity": 255 - drawn["fidelity"]}
    assert load_record(record_images(scorer, "other", other, records)[0]).scores != images.scores


@pytest.mark.parametrize("task", CONDITIONAL, indirect=True)
def test_images_drawn_elsewhere_stand_in_the_table_without_a_rank(scorer, trained, records):
    model, _ = trained_run.load_generator(trained, MACHINE)
    drawn = {part: scorer.generated(model, part).images[:] for part in scorer.samples.parts}
    record_images(scorer, "mine", drawn, records)
    (table,) = build(load_records(records))
    kinds = [(row.kind, row.rank) for row in table.rows if row.kind != "reference"]
    assert [kind for kind, _ in kinds] == ["model", "images"]
    assert kinds[1][1] is None
    page = to_markdown([table])
    assert "| mine (images) |" in page
    assert "  - Rows: drawn elsewhere, for the same conditions; how is not known, so there is no rank" in page
