"""The frozen sample set: the same inputs for every model, whatever the batch size, order or number."""

import dataclasses

import pytest
import torch
from builders.data import toy_data

from benchmark import sampling
from benchmark.data.datasets import dataset_of
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.errors import UsageError
from benchmark.sampling import generate_batches, other_conditions, sample_set
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS, Sizes

SIZES = Sizes(draws=3, fidelity=20, reference=10, returned=5)
FROM_LATENTS = sorted(name for name, task in TASKS.items() if not task.translates)
FROM_IMAGES = sorted(name for name, task in TASKS.items() if task.translates)


@pytest.fixture(params=sorted(TASKS))
def task(request):
    return TASKS[request.param]


@pytest.fixture
def data(task):
    return toy_data(dataset_of(task), count=600 if task.translates else 96)


def test_every_condition_is_drawn_as_often_as_requested(data, task):
    samples = sample_set(task, SIZES, data)
    for name, rows in data.condition_lists.items():
        part = samples.conditions[samples.parts[name].start : samples.parts[name].stop]
        assert torch.equal(part, rows.repeat(3, 1))
    assert len(samples.parts["fidelity"]) == 20
    assert sum(len(part) for part in samples.parts.values()) == len(samples)


@pytest.mark.parametrize("task", ["iclevr"], indirect=True)
@pytest.mark.parametrize("name", ["fidelity", "held_out"])
def test_a_condition_list_with_the_name_of_another_part_is_refused_rather_than_lost(data, task, name):
    data = dataclasses.replace(data, condition_lists={name: data.condition_lists["test"]})
    with pytest.raises(UsageError, match=f"condition list '{name}' has the name of .*; give the list another name"):
        sample_set(task, SIZES, data)


@pytest.mark.parametrize("task", FROM_LATENTS, indirect=True)
def test_latent_i_depends_on_i_alone(task, data):
    few, many = sample_set(task, SIZES, data), sample_set(task, dataclasses.replace(SIZES, fidelity=40), data)
    assert torch.equal(many.latents(range(5, 9), 100), few.latents(range(9), 100)[5:])
    assert torch.equal(many.conditions[: len(few)], few.conditions)


@pytest.mark.parametrize("task", ["anime-transfer"], indirect=True)
def test_images_to_redraw_are_held_out_and_requested_for_another_first_attribute_only(task, data):
    samples = sample_set(task, dataclasses.replace(SIZES, fidelity=200), data)
    held_out = data.indices("held_out")
    assert len(samples) == len(held_out) < 200, "there are fewer held-out images than the task wants"
    own = [data.conditions[held_out][(data.images[held_out] == image).all(dim=(1, 2, 3))] for image in samples.sources]
    assert all(len(rows) for rows in own)
    pairs = zip(samples.conditions, own, strict=True)
    assert all((condition[0] != rows[:, 0]).all() and (condition[1:] == rows[:, 1:]).any() for condition, rows in pairs)
    assert samples.conditions[:, 0].unique().numel() == dataset_of(task).sizes[0]


@pytest.mark.parametrize("exclusive", [(), ((0, 1, 2), (3,), (4,))], ids=["no groups", "groups"])
@pytest.mark.parametrize("task", ["celeba-transfer"], indirect=True)
def test_classes_without_groups_or_all_on_get_another_condition_too(task, data, exclusive):
    dataset = dataclasses.replace(dataset_of(task), exclusive=exclusive)
    everything = dataclasses.replace(data, conditions=torch.ones_like(data.conditions))
    chosen = data.indices("all")
    targets = other_conditions(dataclasses.replace(task, own_dataset=dataset), everything, chosen)
    fewer = 5 - targets.sum(dim=1)
    assert set(fewer.tolist()) == ({1, 2} if exclusive else {1}), "a group of three goes down to one"


@pytest.mark.parametrize("task", FROM_IMAGES, indirect=True)
def test_source_i_depends_on_i_alone(task, data):
    few, many = sample_set(task, SIZES, data), sample_set(task, dataclasses.replace(SIZES, fidelity=40), data)
    assert torch.equal(many.sources[:20], few.sources)
    assert torch.equal(many.conditions[:20], few.conditions)


@pytest.mark.parametrize("task", FROM_IMAGES, indirect=True)
@pytest.mark.parametrize("count", [20, 10_000], ids=["some", "all"])
def test_each_held_out_image_is_redrawn_at_most_once(task, data, count):
    numbers = torch.arange(len(data)).view(-1, 1, 1, 1).expand(-1, 3, 1, 2) // torch.tensor([1, 256]) % 256
    numbered = dataclasses.replace(data, images=numbers.to(torch.uint8))
    samples = sample_set(task, dataclasses.replace(SIZES, fidelity=count), numbered)
    drawn = samples.sources[:, 0, 0].int() @ torch.tensor([1, 256], dtype=torch.int32)
    held_out = data.indices("held_out").tolist()
    assert len(set(drawn.tolist())) == len(drawn) == min(count, len(held_out))
    assert set(drawn.tolist()) <= set(held_out)
    assert drawn.tolist() != sorted(drawn.tolist()), "the first images of a data set may be of one kind"


def redrawn_classes(exclusive, conditions):
    """Target conditions of a redrawing task whose data set has such groups of classes; data with these conditions."""
    task = TASKS["celeba-transfer"]
    dataset = dataclasses.replace(dataset_of(task), exclusive=exclusive)
    data = toy_data(dataset, count=300)
    data = dataclasses.replace(data, conditions=torch.tensor([conditions] * 300, dtype=torch.uint8))
    return sample_set(dataclasses.replace(task, own_dataset=dataset), SIZES, data).conditions


def test_of_classes_without_groups_each_changes_alone():
    own = torch.tensor([1, 0, 0, 1, 1])
    changed = redrawn_classes((), own.tolist()) != own
    assert (changed.sum(dim=1) == 1).all()
    assert changed.any(dim=0).all(), "each of the five changes in some image"


def test_of_a_group_that_an_image_shows_whole_one_class_stays():
    found = redrawn_classes(((0, 1, 2),), [1, 1, 1, 0, 1])
    assert (found[:, :3].sum(dim=1) == 1).all()
    assert found[:, :3].any(dim=0).all()
    assert (found[:, 3:] == torch.tensor([0, 1])).all()


def test_longer_latents_start_like_shorter_ones(task, data):
    samples = sample_set(task, SIZES, data)
    assert torch.equal(samples.latents(range(4), 128)[:, :100], samples.latents(range(4), 100))


def test_latents_are_standard_normal_and_differ_between_tasks_and_samples(data, task):
    samples = sample_set(task, SIZES, data)
    latents = samples.latents(range(500), 100)
    assert latents.mean().item() == pytest.approx(0, abs=0.02)
    assert latents.std().item() == pytest.approx(1, abs=0.02)
    assert latents[:, 0].unique().numel() == 500
    other = dataclasses.replace(task, version=task.version + 1)
    assert not torch.equal(sample_set(other, SIZES, data).latents(range(2), 100), latents[:2])


def test_digests_tell_conditions_and_latents_apart(task, data):
    one, same = sample_set(task, SIZES, data), sample_set(task, SIZES, data)
    more = sample_set(task, dataclasses.replace(SIZES, fidelity=21), data)
    assert (one.condition_digest(), one.latent_digest()) == (same.condition_digest(), same.latent_digest())
    assert one.condition_digest() != more.condition_digest()
    assert one.latent_digest() != more.latent_digest()


@pytest.fixture
def model(task):
    torch.manual_seed(0)
    config = model_config(task.models[0], task, channels=8)
    return find_model(task.models[0])[0](config).eval()


def test_images_do_not_depend_on_the_batch_size(task, data, model, monkeypatch):
    samples, machine = sample_set(task, SIZES, data), this_machine("cpu")
    drawn = []
    for size in (20, 7):
        monkeypatch.setattr(sampling, "BATCH_SIZE", size)
        batches = list(generate_batches(model, samples, samples.parts["fidelity"], machine))
        drawn.append([torch.cat(tensors) for tensors in zip(*batches, strict=True)])
    (images, conditions), (again, same) = drawn
    assert torch.equal(conditions, same)
    assert (images.int() - again.int()).abs().max() <= 1
    assert images.dtype == torch.uint8
    assert images.float().std() > 0


def test_a_generator_with_spoiled_weights_is_refused_rather_than_scored(task, data, model):
    samples = sample_set(task, SIZES, data)
    with torch.no_grad():
        list(model.generator.parameters())[-1].fill_(torch.nan)
    with pytest.raises(UsageError, match=f"the generator of {model.name} draws numbers that are not finite"):
        list(generate_batches(model, samples, samples.parts["fidelity"], this_machine("cpu")))
