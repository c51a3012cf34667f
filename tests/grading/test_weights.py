"""Weights under the names that people save them by: the averaged ones are taken, and it is said which were."""

import dataclasses
import json
import zipfile
from dataclasses import replace

import pytest
import torch
from builders.submissions import TEXTS, as_folder, files, seen
from hostile import weights, with_config
from layers_of import made
from safetensors.torch import save_file

from benchmark.grading.grader import Grader
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox.answer import AnswerFile, Rejected, read_answer
from benchmark.grading.sandbox.assignment import ConditionList
from benchmark.grading.submission.read import examine
from benchmark.grading.submission.weight_groups import MAX_DEPTH, generator_tensors

RAW = {"a.weight": torch.zeros(2, 3), "a.running_mean": torch.zeros(2), "b": torch.zeros(())}
EMA = {name: tensor + 1 for name, tensor in RAW.items()}
CRITIC = {"a.weight": torch.full((5,), 9.0), "c.weight": torch.zeros(1)}


def under(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def taken(document):
    state, remark = generator_tensors(document, RAW.keys(), "w.pt")
    assert set(state) == set(RAW)
    return float(state["b"]), remark


PLAIN = {
    "the tensors themselves": RAW,
    "data parallelism": under("module.", RAW),
    "compiled": under("_orig_mod.", RAW),
    "both, in either order": under("_orig_mod.module.", RAW),
    "compiled parts": {"a._orig_mod.weight": RAW["a.weight"], "a.running_mean": RAW["a.running_mean"], "b": RAW["b"]},
}
NAMED = {
    "netG": {"netG": RAW, "netD": CRITIC, "epoch": 3},
    "gen": {"gen": under("module.", RAW), "dis": CRITIC, "gen_opt": {"state": {0: {"step": torch.zeros(1)}}}},
    "G": {"G": RAW, "D": CRITIC},
    "params": {"params": RAW},
    "generator": under("generator.", RAW) | under("discriminator.", CRITIC),
    "state_dict.model.netG": {"state_dict": under("model.netG.", RAW) | under("model.netD.", CRITIC)},
}
AVERAGED = {
    "n_averaged": under("module.", EMA) | {"n_averaged": torch.tensor(7)},
    "swa_model": {"generator": RAW, "swa_model": under("module.", EMA) | {"n_averaged": torch.tensor(7)}},
    "G_ema": {"G": RAW, "D": CRITIC, "G_ema": EMA},
    "params_ema": {"params": RAW, "params_ema": under("module.", EMA)},
    "ema": {"generator": RAW, "ema": EMA},
    "ema.generator": {"ema": {"generator": EMA, "discriminator": CRITIC}, "raw": {"generator": RAW}},
    "ema_model": under("online_model.", RAW) | under("ema_model.", EMA) | {"step": torch.tensor(5)},
    "ema next to the top": RAW | under("ema.", EMA),
}


@pytest.mark.parametrize("document", PLAIN.values(), ids=PLAIN)
def test_wrappers_of_torch_are_no_names(document):
    assert taken(document) == (0.0, "")


@pytest.mark.parametrize("name", NAMED)
def test_a_generator_under_a_name_is_found_next_to_a_critic(name):
    assert taken(NAMED[name]) == (0.0, f"'w.pt': the weights under {name!r} were taken")


@pytest.mark.parametrize("document", AVERAGED.values(), ids=AVERAGED)
def test_averaged_weights_win_over_raw_ones_and_it_is_said(document):
    value, remark = taken(document)
    assert value == 1.0
    assert remark.startswith("'w.pt': the averaged weights ")


def test_what_was_not_taken_is_said():
    assert taken(AVERAGED["G_ema"])[1] == "'w.pt': the averaged weights under 'G_ema' were taken, not those under 'G'"


def test_averaged_weights_that_are_not_all_there_lose():
    some = {name: tensor for name, tensor in EMA.items() if name != "b"}
    assert taken({"netG": RAW, "ema": some}) == (
        0.0, "'w.pt': the weights under 'netG' were taken; those under 'ema' lack 1 of 3",
    )  # fmt: skip


def test_a_critic_of_the_same_shape_is_not_taken_for_a_generator():
    assert taken({"D": EMA, "other": RAW})[0] == 0.0
    assert taken({"netD_ema": EMA, "netG_ema": RAW})[0] == 0.0


def nested(depth):
    document = RAW
    for _ in range(depth):
        document = {"model": document}
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "holds no tensors by name"),
        ([torch.zeros(1)], "holds no tensors by name"),
        (torch.zeros(3), "holds no tensors by name"),
        ({"netG": {**RAW, "extra": torch.zeros(1)}}, "'netG.extra' is unknown; the settings request 3 tensors"),
        ({"netG": {"a.weight": RAW["a.weight"], "b": RAW["b"]}}, "'netG.a.running_mean' is missing"),
        (RAW | {"module.b": RAW["b"]}, "holds 'b' twice"),
        (nested(MAX_DEPTH + 1), "holds no tensors by name"),
    ],
)
def test_weights_of_something_else_are_rejected_with_the_first_difference(document, reason):
    with pytest.raises(Rejected) as verdict:
        generator_tensors(document, RAW.keys(), "w.pt")
    assert reason in str(verdict.value)


def test_dictionaries_that_hold_each_other_end_in_a_rejection():
    loop = {str(number): None for number in range(50)}
    loop |= dict.fromkeys(loop, loop)
    with pytest.raises(Rejected, match="more than 100,000 names"):
        generator_tensors(loop, RAW.keys(), "w.pt")


ASSIGNMENT = Grader(GradingRequest(task="iclevr")).assignment


def read(path):
    """A submission as images and a remark."""
    with open(path.with_name("answer"), "w+b") as file:
        file.truncate(ASSIGNMENT.layout().size)
        answer = AnswerFile(file.fileno(), ASSIGNMENT.layout())
        remark = examine(path, ASSIGNMENT, answer)
        answer.say("ready", remark)
        return read_answer(file.fileno(), ASSIGNMENT.layout()).images["generator", "test"], remark


def hand_in(folder, **saved):
    folder.mkdir()
    with_config(folder)
    for name, document in saved.items():
        torch.save(document, folder / f"{name}.pth")
    return folder


@pytest.mark.slow
def test_a_checkpoint_draws_what_its_averaged_weights_draw(tmp_path):
    raw = weights()
    averaged = {name: tensor * 1.5 if tensor.is_floating_point() else tensor for name, tensor in raw.items()}
    alone, remark = read(hand_in(tmp_path / "alone", g=averaged))
    assert remark == ""
    both, remark = read(hand_in(tmp_path / "both", last={"netG": under("module._orig_mod.", raw), "G_ema": averaged}))
    assert (both == alone).all()
    assert remark == "'last.pth': the averaged weights under 'G_ema' were taken, not those under 'netG'"
    plain, _ = read(hand_in(tmp_path / "raw", last={"netG": raw}))
    assert (plain != alone).any()


@pytest.mark.slow
def test_of_several_files_the_critic_s_is_left_out_and_the_averaged_one_taken(tmp_path):
    raw = weights()
    averaged = {name: tensor * 1.5 if tensor.is_floating_point() else tensor for name, tensor in raw.items()}
    alone, _ = read(hand_in(tmp_path / "alone", g=raw))
    found, remark = read(hand_in(tmp_path / "two", netG_epoch_24=raw, netD_epoch_24=CRITIC))
    assert (found == alone).all()
    assert remark == "'netG_epoch_24.pth' was taken, not 'netD_epoch_24.pth'"
    found, remark = read(hand_in(tmp_path / "three", netG=raw, netG_ema=averaged, netD=CRITIC))
    assert (found != alone).any()
    assert remark == "'netG_ema.pth' was taken, not 'netD.pth', 'netG.pth'"
    with pytest.raises(Rejected, match="are both a file of weights"):
        read(hand_in(tmp_path / "unclear", first=raw, second=raw))


def test_a_safetensors_file_has_such_names_too(tmp_path):
    save_file(
        under("netG.", {name: tensor.contiguous() for name, tensor in weights().items()}), tmp_path / "g.safetensors"
    )
    with_config(tmp_path)
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        for name in ("g.safetensors", "config.json"):
            archive.write(tmp_path / name, f"homework/{name}")
    _, remark = read(tmp_path / "work.zip")
    assert remark == "'homework/g.safetensors': the weights under 'netG' were taken"


@pytest.mark.parametrize(("eyes", "refused"), [([2, 0, 0], "2 of the 3"), ([2, 3, 4], None)])
def test_a_model_that_cannot_express_a_requested_condition_is_rejected(tmp_path, eyes, refused):
    name = "cdcgan_pairs:without_gray_eyes"
    model = made(name, channels=8)
    folder = tmp_path / "work"
    folder.mkdir()
    torch.save(model.generator.state_dict(), folder / "generator.pth")
    with_config(folder, {"model": name, "model_config": json.loads(json.dumps(dataclasses.asdict(model.config)))})
    rows = ConditionList(name="texts", rows=[[1, eye] for eye in eyes], stems=["0", "1", "2"])
    assignment = replace(TEXTS, lists=[rows])
    if refused:
        with pytest.raises(Rejected, match=f"cdcgan_pairs cannot express {refused} conditions of texts; hand in"):
            seen(folder, assignment)
    else:
        assert seen(folder, assignment)["generator", "texts"].shape == (3 * assignment.draws, 3, 64, 64)


def test_images_next_to_weights_without_settings_still_count(tmp_path):
    folder = as_folder(tmp_path / "work", files("{list}/{number}.png"))
    torch.save({"netG": RAW}, folder / "netG.pth")
    torch.save(CRITIC, folder / "netD.pth")
    from builders.submissions import ASSIGNMENT as SMALL

    with open(tmp_path / "answer", "w+b") as file:
        file.truncate(SMALL.layout().size)
        remark = examine(folder, SMALL, AnswerFile(file.fileno(), SMALL.layout()))
    assert remark == (
        "only the images count: 'netG.pth' comes without config.json, which says what model the weights are for; "
        "not read: 'netD.pth'"
    )
