"""Published records that somebody changed: what can be computed again is, and each change is named."""

import pytest
import torch
from builders.forgeries import DIVERGED, FACES, OBJECTS, TIPS, copied, entry, forged, rewritten, with_tensors

from benchmark.commands.validate.check import faults
from evaluators.intervals import wilson_interval


@pytest.mark.parametrize("name", [FACES, OBJECTS, TIPS, DIVERGED])
def test_a_published_record_next_to_its_reference_rows_has_no_fault(tmp_path, name):
    assert forged(tmp_path / "a", name) == []


def as_answered(tensors):
    """Conditions that are what the judge saw, so that all is right."""
    logits, conditions = tensors["logits/fidelity"][0], tensors["conditions/fidelity"].clone()
    conditions[0] = torch.stack([part.argmax(dim=1) for part in logits.split([12, 11], dim=1)], dim=1)
    return tensors | {"conditions/fidelity": conditions}


def as_listed(tensors):
    """A condition list in another order, in every draw."""
    return tensors | {"conditions/test": tensors["conditions/test"].flip(1)}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (FACES, as_answered, "the conditions of fidelity are not those of its protocol (condition_sha256)"),
        (OBJECTS, as_listed, "the conditions of test are not those of its protocol's other rows"),
    ],
)
def test_conditions_that_nobody_was_to_draw_are_found(tmp_path, name, change, words):
    assert words in forged(tmp_path / "a", name, change=change)


def test_conditions_that_differ_between_draws_are_found(tmp_path):
    def once(tensors):
        changed = tensors["conditions/test"].clone()
        changed[3] = changed[3].flip(0)
        return tensors | {"conditions/test": changed}

    assert "the conditions of test are not the same in every draw" in forged(tmp_path / "a", OBJECTS, change=once)


def test_a_shuffled_row_has_the_real_rows_conditions_in_their_fixed_order(tmp_path):
    path = copied(tmp_path / "a", FACES)
    shuffled = path.with_name("anime-faces-reference-shuffled-e40ff2ea.json")
    assert faults(shuffled) == []
    with_tensors(shuffled, lambda t: t | {"conditions/held_out": t["conditions/held_out"].flip(1)})
    assert "fixed random order" in faults(shuffled)[0]


@pytest.mark.parametrize("group", ["test", "requested 2"])
def test_groups_are_those_of_the_judges_answers(tmp_path, group):
    def edit(record):
        record["scores"]["topk_accuracy"]["groups"][group] = 0.7

    (fault,) = forged(tmp_path / "a", OBJECTS, edit)
    assert fault.startswith("topk_accuracy has other values of")


def test_rows_of_a_judged_score_are_compared_one_by_one(tmp_path):
    """In another order their sum is the same, but another run's images would be paired with them."""
    change = lambda t: t | {"per_image/joint_accuracy": t["per_image/joint_accuracy"].flip(0)}  # noqa: E731
    (fault,) = forged(tmp_path / "a", FACES, change=change)
    assert fault.startswith("what lies next to it of joint_accuracy is not, row by row,")


def many(record):
    found = record["scores"]["face_hit_rate"]
    found |= {"n": 10**8, "interval": wilson_interval(found["value"], 10**8)}


INTERVAL = {"fd_efficientnet_lite0": [300.0, 340.0], "mind_efficientnet_lite0": [600.0, 700.0], "sharpness": [0.0, 9.0]}
INTERVAL |= {"kid_efficientnet_lite0": [0.61, 0.621], "near_duplicate_rate": [0.0, 1.0], "face_hits_of_64": [0.0, 64.0]}
INTERVAL |= {"near_duplicate_rate_of_64": [0.1, 0.65], "density_efficientnet_lite0": [0.0, 1.0]}


@pytest.mark.parametrize("score", INTERVAL)
def test_an_interval_that_single_images_do_not_give_is_found(tmp_path, score):
    found = forged(tmp_path / "a", TIPS, entry(score, interval=INTERVAL[score]))
    assert [fault for fault in found if fault.startswith(f"{score} has the interval")]


def test_a_narrower_interval_of_near_duplicates_than_without_a_threshold_is_found(tmp_path):
    def edit(record):
        value = record["scores"]["near_duplicate_rate_of_64"]["value"]
        record["scores"]["near_duplicate_rate_of_64"]["interval"] = [value - 1e-3, value + 1e-3]

    assert any("its images alone make it" in fault for fault in forged(tmp_path / "a", TIPS, edit))


def test_a_number_of_images_other_than_the_rows_is_found(tmp_path):
    assert "face_hit_rate is of 100,000,000, but 5,000 lie next to it" in forged(tmp_path / "a", TIPS, many)


def test_fewer_rows_than_the_protocol_has_images_are_found(tmp_path):
    def half(tensors):
        kept = tensors["per_image/ruined_face_rate"]
        return tensors | {"per_image/ruined_face_rate": kept[:2500].repeat_interleave(1, dim=0)}

    def edit(record):
        record["scores"]["ruined_face_rate"]["n"] = 2500

    assert any("2,500 rows; by its protocol there are 5,000" in one for one in forged(tmp_path / "a", TIPS, edit, half))


def test_a_method_that_no_evaluator_has_is_found(tmp_path):
    (fault,) = forged(tmp_path / "a", TIPS, entry("fd_efficientnet_lite0", method="by eye", interval=[300.0, 340.0]))[
        :1
    ]
    assert "no method of its evaluator" in fault


@pytest.mark.parametrize("score", ["face_hit_rate", "fd_efficientnet_lite0"])
def test_a_score_of_which_nothing_lies_next_to_the_record_is_found(tmp_path, score):
    without = lambda tensors: {key: value for key, value in tensors.items() if key != f"per_image/{score}"}  # noqa: E731
    words = f"what {score} is made of does not lie next to it"
    assert any(fault.startswith(words) for fault in forged(tmp_path / "a", TIPS, change=without))


def test_a_collapse_is_not_undone_by_a_wider_distance(tmp_path):
    def edit(record):
        record |= {"status": "valid", "reason": None}
        record["scores"]["fd_efficientnet_lite0"]["interval"] = [280.0, 352.0]

    assert any(
        fault.startswith("fd_efficientnet_lite0 has the interval") for fault in forged(tmp_path / "a", TIPS, edit)
    )


def refuse(score, reason):
    def edit(record):
        record["scores"].pop(score, None)
        record["refused"][score] = reason

    return edit


FEW = "saw {} real and {} generated images; it needs at least 64 of each"


@pytest.mark.parametrize(
    ("score", "reason", "kept", "words"),
    [
        ("near_duplicate_rate", "x", True, "is refused, but it has a value, or lies next to it"),
        ("near_duplicate_rate", "x", False, "for a reason that its evaluator does not give: 'x'"),
        ("near_duplicate_rate", "near_duplicate_rate " + FEW.format(9, 9), False, "but the untrained row has it"),
        ("ruined_face_rate", "ruined_face_rate " + FEW.format(900, 900), False, "but 900 and 900 are not below 64"),
        ("joint_accuracy", "joint_accuracy " + FEW.format(9, 9), False, "no number of images is too small for it"),
    ],
)
def test_a_score_cannot_be_moved_into_the_refused_ones(tmp_path, score, reason, kept, words):
    change = lambda t: {key: value for key, value in t.items() if kept or key != f"per_image/{score}"}  # noqa: E731
    found = forged(tmp_path / "a", FACES, refuse(score, reason), change)
    assert any(fault.startswith(score) and words in fault for fault in found)


def training(**changes):
    return lambda record: record["training"].update(changes)


def setting(**changes):
    return lambda record: record["model"]["config"].update(changes)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (training(total_updates=100), "its total_updates is 100, but 20000 in its settings"),
        (training(images_seen=64), "it saw 64 images; 20,000 updates see 1,280,000"),
        (training(budget="short"), "its budget short has 1,500 generator updates, not 20,000"),
        (training(batch_size=128), "its batch_size is 128, but 64 in its model's"),
        (training(seconds=5.0), "its training log ends after"),
        (setting(latent_dim=7), "its setting latent_dim is 7, but mlp_gan:sgd has"),
        (setting(new=1), "its setting new is 1, but mlp_gan:sgd has None"),
        (lambda record: record["model"]["config"].pop("n_critic"), "its setting n_critic is None"),
        (lambda record: record["model"]["parameters"].update(generator=7), "its generator has 7 parameters, but"),
        (lambda record: record["training"]["config"].update(log_every=1), "its log_every is 1; every training"),
        (entry("sharpness", value_range=[0.0, 9.0]), "sharpness has the range (0.0, 9.0), not its evaluator's"),
        (entry("sharpness", version=99), "sharpness is of version 99, but its evaluator has 1 to 1"),
        (entry("fd_efficientnet_lite0", version=1), "fd_efficientnet_lite0, which ranks its task, is"),
        (lambda record: record.update(reason="all is well"), "its reason is 'all is well', but its scores give"),
        (lambda record: record.update(status="diverged"), "it has scores, but a run that diverged has none"),
        (lambda record: record.update(status="invalid"), "its status is invalid, but its reason is no"),
        (lambda record: record["scores"].pop("face_hit_rate"), "it has neither face_hit_rate, which stands in"),
    ],
)  # fmt: skip
def test_what_a_record_says_of_its_run_goes_together(tmp_path, edit, words):
    assert any(fault.startswith(words) for fault in forged(tmp_path / "a", TIPS, edit))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gap": 0.0}, "joint_accuracy has a gap of 0 to the second judge"),
        ({"disagrees": False}, "joint_accuracy says"),
    ],
)
def test_a_second_judges_gap_is_that_of_its_values(tmp_path, change, words):
    edit = lambda record: record["scores"]["joint_accuracy"]["second"].update(change)  # noqa: E731
    assert forged(tmp_path / "a", FACES, edit)[0].startswith(words)


def test_a_run_that_diverged_says_at_which_update(tmp_path):
    assert "names no loss or weight" in forged(tmp_path / "a", DIVERGED, lambda record: record.update(reason="x"))[0]


def test_answers_that_are_gone_are_one_line_and_the_other_records_are_still_checked(tmp_path):
    def gone(tensors):
        return {key: value for key, value in tensors.items() if not key.startswith(("logits/", "conditions/"))}

    path = copied(tmp_path / "a", FACES)
    with_tensors(path, gone)
    assert [fault for fault in faults(path) if "the judge's answers do not lie next to it" in fault]
    assert faults(path.with_name("anime-faces-reference-untrained-e40ff2ea.json")) == []


def test_tensors_of_any_shape_are_lines(tmp_path):
    flat = lambda tensors: tensors | {"logits/fidelity": torch.zeros(5, 2)}  # noqa: E731
    assert forged(tmp_path / "a", FACES, change=flat) == ["fidelity has logits (5, 2) for conditions (1, 5000, 2)"]
    nan = lambda tensors: tensors | {"per_image/sharpness": torch.full((5000, 2), torch.nan)}  # noqa: E731
    assert forged(tmp_path / "b", TIPS, change=nan) == ["what sharpness is made of are no finite numbers"]


def test_a_damaged_untrained_row_is_its_own_fault_alone(tmp_path):
    path = copied(tmp_path / "a", TIPS)
    path.with_name("anime-faces-unconditional-reference-untrained-9202d1e9.json").write_text("{")
    assert faults(path) == []


def other_log(path):
    """The log of another run of as many updates."""
    log = path.parent / "logs" / f"{path.stem}.csv"
    rows = log.read_text().splitlines()
    log.write_text("\n".join([rows[0], *(row[:-1] + "1" for row in rows[1:])]) + "\n")


def test_another_runs_log_is_found_by_its_digest(tmp_path):
    path = copied(tmp_path / "a", TIPS)
    other_log(path)
    (fault,) = faults(path)
    assert fault.startswith("its training log has sha256")
    rewritten(path, lambda record: record["training"].pop("log_sha256"))
    assert faults(path) == []


def test_a_log_that_is_gone_is_found(tmp_path):
    path = copied(tmp_path / "a", TIPS)
    (path.parent / "logs" / f"{path.stem}.csv").unlink()
    assert faults(path)[0].startswith("its training log is not there")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (TIPS, lambda rows: rows[:-1], "its training log ends with update 19,990"),
        (DIVERGED, lambda rows: rows[:-1], "its training log ends with update 2, but by its reason the run did with 3"),
        (TIPS, lambda rows: [rows[0].replace("generator/fake", "generator/real"), *rows[1:]], "its training log has"),
        (TIPS, lambda rows: rows[:1], "its training log has no line"),
    ],
)  # fmt: skip
def test_a_log_without_a_digest_is_still_the_runs_by_its_last_line_and_its_losses(tmp_path, name, change, words):
    path = copied(tmp_path / "a", name)
    rewritten(path, lambda record: record["training"].pop("log_sha256"))
    log = path.parent / "logs" / f"{path.stem}.csv"
    log.write_text("\n".join(change(log.read_text().splitlines())) + "\n")
    assert [fault for fault in faults(path) if fault.startswith(words)]
