"""Judges learn, give the same bytes again, and a broken file is refused with what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import math

import pytest
import safetensors.torch
import torch
from builders.judges import COLOURS, FACTS, SIZES, TINY, class_names, toys

from evaluators.judges.accuracy import check_judge, check_judge_by_class
from evaluators.judges.augmentation import augment, bend, compress, distort, move, recolour, smear
from evaluators.judges.judge import Judge, judge_bytes
from evaluators.judges.network import ARCHITECTURES, folded
from evaluators.judges.store import load_judge, make_card, save_judge
from evaluators.judges.training import JudgeSettings, judge_loss, train_judge


def test_a_judge_learns_colours_that_it_has_not_seen_in_these_images(trained):
    kind, judge = trained
    rates = check_judge(judge, *toys(kind, 128, 2))
    main = "joint" if kind == "attributes" else "objects"
    assert rates[main].interval[0] > {"attributes": 1 / 12, "multi_label": 0.5}[kind] + 0.2
    assert rates[main].value <= rates["hair" if kind == "attributes" else "objects"].value


def test_a_judge_is_no_better_than_chance_on_shuffled_conditions(trained):
    kind, judge = trained
    images, conditions = toys(kind, 128, 2)
    rates = check_judge(judge, images, conditions.roll(1, dims=0))
    low, high = rates["joint" if kind == "attributes" else "objects"].interval
    assert low < {"attributes": 1 / 12, "multi_label": 0.55}[kind] < high + 0.1


def test_accuracies_by_class_average_to_the_whole(trained):
    kind, judge = trained
    images, conditions = toys(kind, 128, 2)
    whole = check_judge(judge, images, conditions)
    for group, rates in check_judge_by_class(judge, images, conditions, class_names(kind)).items():
        total = sum(rate.n for rate in rates.values())
        assert total == whole[group].n
        mean = sum(rate.value * rate.n for rate in rates.values()) / total
        assert mean == pytest.approx(whole[group].value)


def test_same_seed_same_bytes_and_another_seed_others():
    data, settings = toys("attributes", 64, 0), JudgeSettings(updates=3, batch_size=16, widths=(8, 8, 8, 8))
    first, again, other = (
        judge_bytes(train_judge(*data, "attributes", (4, 3), settings=settings, seed=seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_training_and_loading_do_not_touch_the_global_random_state(saved):
    before = torch.random.get_rng_state()
    settings = JudgeSettings(updates=1, batch_size=8, widths=(8, 8, 8, 8))
    train_judge(*toys("attributes", 8, 0), "attributes", (4, 3), settings=settings, seed=0)
    load_judge(saved)
    assert torch.equal(before, torch.random.get_rng_state())


def test_progress_hears_of_the_last_update():
    heard = []
    settings = JudgeSettings(updates=22, batch_size=8, widths=(4, 4, 4, 4))
    data = toys("attributes", 16, 0)
    train_judge(*data, "attributes", (4, 3), settings=settings, seed=0, progress=lambda *x: heard.append(x))
    assert [done for done, _ in heard] == [20, 22]
    assert all(math.isfinite(loss) for _, loss in heard)


def test_losses_agree_with_direct_sums():
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[0, 2], [3, 1], [1, 1], [2, 0], [0, 0]])
    rows = zip(logits.log_softmax(1), logits, labels.tolist(), strict=True)
    slow = -sum(x[:4].log_softmax(0)[h] + x[4:].log_softmax(0)[e] for _, x, (h, e) in rows) / 5
    torch.testing.assert_close(judge_loss(logits, labels, "attributes", (4, 3), 0.0), slow)
    requested = (torch.arange(35).reshape(5, 7) % 3 == 0).float()
    chance = logits.sigmoid()
    slow = -(requested * chance.log() + (1 - requested) * (1 - chance).log()).sum() / 5
    torch.testing.assert_close(judge_loss(logits, requested, "multi_label", (7,), 0.0), slow)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_folding_batch_norm_keeps_the_function(architecture):
    torch.manual_seed(0)
    network = ARCHITECTURES[architecture](5, (8, 8, 12, 16))
    images = torch.randint(256, (6, 3, 64, 64)).float()
    network(images)  # moves the running statistics off their start
    expected = network.eval()(images)
    torch.testing.assert_close(folded(network)(images), expected, rtol=0.02, atol=0.02)  # float16 weights


def test_features_are_what_the_answers_are_read_from():
    torch.manual_seed(0)
    images = torch.randint(256, (100, 3, 64, 64)).to(torch.uint8)
    judge = Judge(folded(ARCHITECTURES["plain-cnn-1"](24)), "multi_label", (24,))
    features = judge.features(images)
    assert features.shape == (100, 192)
    with torch.inference_mode():
        torch.testing.assert_close(judge.network.head(features), judge(images), rtol=1e-4, atol=1e-5)


def test_other_sizes_are_resized_to_64(trained):
    kind, judge = trained
    images, _ = toys(kind, 4, 3)
    large = images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    torch.testing.assert_close(judge(large), judge(images), rtol=0.2, atol=0.3)
    assert judge(images[:0]).shape == (0, sum(SIZES[kind]))


def test_augmentations_keep_range_and_shape_and_follow_their_seed():
    images, _ = toys("attributes", 8, 0)
    results = [augment(images.float(), torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert results[0].shape == images.shape
    assert results[0].min() >= 0
    assert results[0].max() <= 255
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_recolouring_keeps_the_strongest_channel():
    images = COLOURS[:3, :, None, None].expand(3, 3, 64, 64).float().repeat(20, 1, 1, 1)
    changed = recolour(images, torch.Generator().manual_seed(0))
    assert torch.equal(changed.mean(dim=(2, 3)).argmax(dim=1), images.mean(dim=(2, 3)).argmax(dim=1))


def test_moving_flips_about_half_of_the_images():
    ramp = torch.linspace(0, 255, 64).expand(200, 3, 64, 64)
    moved = move(ramp, torch.Generator().manual_seed(0))
    flipped = (moved[..., 16].mean(dim=(1, 2)) > moved[..., 48].mean(dim=(1, 2))).float().mean()
    assert 0.4 < flipped < 0.6


def test_bending_and_smearing_keep_plain_images_and_their_mean_but_move_edges():
    plain, edge = torch.full((8, 3, 64, 64), 90.0), torch.zeros(8, 3, 64, 64)
    edge[..., 32:] = 200.0
    rng = torch.Generator().manual_seed(0)
    torch.testing.assert_close(distort(plain, rng), plain)
    bent = bend(edge, rng)
    assert (bent - edge).abs().amax(dim=(1, 2, 3)).min() > 50
    smeared = smear(edge, rng)
    changed = (smeared != edge).flatten(1).any(dim=1)
    assert 0 < changed.sum() < 8
    assert smeared.mean() == pytest.approx(edge.mean().item(), rel=0.01)


def test_compression_changes_every_fourth_image_a_little():
    images, _ = toys("attributes", 8, 0)
    changed = compress(images.float(), torch.Generator().manual_seed(0))
    difference = (changed - images).abs().mean(dim=(1, 2, 3))
    assert (difference > 0.5).tolist() == [True, False, False, False] * 2
    assert difference.max() < 20


def test_a_saved_judge_answers_as_before_and_its_card_says_how_well(trained, saved):
    kind, judge = trained
    loaded, card = load_judge(saved)
    images, conditions = toys(kind, 64, 1)
    assert torch.equal(loaded(images), judge(images))
    assert card.held_out == check_judge(loaded, images, conditions)
    assert card.weights_sha256 == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert (card.held_out_images, card.sizes, card.settings["updates"]) == (64, SIZES[kind], 40)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_judge_of_default_widths_fits_in_four_megabytes(architecture):
    judge = Judge(folded(ARCHITECTURES[architecture](24)), "multi_label", (24,))
    assert 1e6 < len(judge_bytes(judge)) < 4e6


def edit_card(path, **changes):
    card = path.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def edit_weights(path, change):
    """Change the weights and let the card vouch for them."""
    state = safetensors.torch.load(path.read_bytes())
    change(state)
    content = safetensors.torch.save(state)
    path.write_bytes(content)
    edit_card(path, weights_sha256=hashlib.sha256(content).hexdigest())


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def replace_by_text(path):
    path.write_bytes(b"not weights")
    edit_card(path, weights_sha256=hashlib.sha256(b"not weights").hexdigest())


BREAKS = {
    "truncated": (truncate, "toy.safetensors: sha256 is [0-9a-f]{64}, its card says [0-9a-f]{64}"),
    "other sha": (lambda p: edit_card(p, weights_sha256="0" * 64), "its card says 0{64}"),
    "no safetensors": (replace_by_text, "toy.safetensors: not a safetensors file"),
    "missing key": (
        lambda p: edit_weights(p, lambda state: state.pop("head.bias")), r"missing \['head.bias'\], unknown none",
    ),
    "extra key": (
        lambda p: edit_weights(p, lambda state: state.update(tail=torch.ones(1))), r"missing none, unknown \['tail'\]",
    ),
    "wrong shape": (
        lambda p: edit_weights(p, lambda state: state.update({"head.bias": torch.ones(99)})),
        r"head.bias has shape \(99,\), its card makes it \(\d,\)",
    ),
    "not finite": (
        lambda p: edit_weights(p, lambda state: state["head.bias"].fill_(math.nan)), "head.bias holds numbers",
    ),
    "other architecture": (
        lambda p: edit_card(p, architecture="vgg"), "architecture is 'vgg', this version reads residual-cnn-2, ",
    ),
    "unknown field": (lambda p: edit_card(p, colour="red"), "toy.json: not a judge's card: colour: Extra"),
    "no card": (lambda p: p.with_suffix(".json").unlink(), r"toy.json: cannot be read \(No such file"),
    "broken card": (lambda p: p.with_suffix(".json").write_text("{"), "toy.json: not a judge's card: the file"),
    "no weights": (lambda p: p.unlink(), r"toy.safetensors: cannot be read \(No such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_judge_is_refused_naming_file_and_mismatch(saved, case):
    change, message = BREAKS[case]
    change(saved)
    with pytest.raises(ValueError, match=message) as caught:
        load_judge(saved)
    assert "\n" not in str(caught.value)
    assert str(saved.with_suffix("")) in str(caught.value)


def test_the_card_of_another_judge_is_not_saved(trained, tmp_path):
    kind, judge = trained
    images, conditions = toys(kind, 8, 1)
    card = make_card(judge, images, conditions, class_names=class_names(kind), settings=TINY, **FACTS)
    other = Judge(folded(ARCHITECTURES["residual-cnn-2"](7)), kind, SIZES[kind])
    with pytest.raises(ValueError, match="the card is of weights"):
        save_judge(other, card, images, tmp_path / "toy.safetensors")
    with pytest.raises(ValueError, match="the card's self-test is of other images"):
        save_judge(judge, card, images.flip(0), tmp_path / "toy.safetensors")
    assert list(tmp_path.glob("toy*")) == []


@pytest.mark.parametrize(
    ("images", "conditions", "kind", "sizes", "message"),
    [
        (torch.zeros(2, 3, 64, 64), torch.zeros(2, 2), "attributes", (4, 3), r"images are torch.float32 \(2, 3"),
        (torch.zeros(2, 3, 32, 32).byte(), torch.zeros(2, 2), "attributes", (4, 3), r"\(2, 3, 32, 32\); give"),
        (torch.zeros(2, 3, 64, 64).byte(), torch.zeros(2, 2), "attribute", (4, 3), "kind is 'attribute'; give"),
        (torch.zeros(2, 3, 64, 64).byte(), torch.zeros(2, 3), "attributes", (4, 3), r"needs \(2, 2\)"),
        (
            torch.zeros(2, 3, 64, 64).byte(), torch.tensor([[0, 0], [0, 3]]), "attributes", (4, 3),
            r"condition 1 is \[0, 3\]",
        ),
        (torch.zeros(1, 3, 64, 64).byte(), torch.tensor([[0, 2]]), "multi_label", (2,), r"condition 0 is \[0, 2\]"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_is_refused_with_what_was_given(images, conditions, kind, sizes, message):
    with pytest.raises(ValueError, match=message):
        train_judge(images, conditions, kind, sizes, settings=TINY, seed=0)


def test_no_images_to_check_are_refused(trained):
    kind, judge = trained
    images, conditions = toys(kind, 4, 1)
    with pytest.raises(ValueError, match="0 images"):
        check_judge(judge, images[:0], conditions[:0])
