"""Sides that are timed against each other compute the same."""

import inspect
import itertools
from pathlib import Path

import pytest
import torch
from builders.data import toy_data
from builders.features import features
from builders.graphs import StandIn
from builders.runs import narrow
from layers_of import made
from torch import nn

from benchmark.data.datasets import dataset_of
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.system.machine import this_machine
from benchmark.throughput import plain_loop
from benchmark.throughput.suites.bench_distances import PACKAGES
from benchmark.throughput.work import commands, distances, images, networks, peaks, training
from benchmark.throughput.work.operations import gflop_of
from benchmark.throughput.work.training import task_of
from benchmark.training import graphs
from benchmark.training.loop import TrainState, take_turn
from reference_models import MODELS
from reference_models.layers import Collapse, Project
from reference_models.small_maps import Doubling, Halving

FAST = (Collapse, Doubling, Halving, Project)
ROOT = Path(__file__).resolve().parents[2]

MACHINE = this_machine("cpu", "float32")
REAL, GENERATED = features(400, seed=1), features(300, seed=2, shift=0.4)


@pytest.mark.filterwarnings("ignore")  # of the packages
@pytest.mark.parametrize("package", PACKAGES["frechet"])
def test_all_packages_compute_our_frechet_distance(package):
    needs, function = PACKAGES["frechet"][package]
    pytest.importorskip(needs, reason=f"{package} is not installed")
    expected = pytest.approx(distances.frechet(REAL, GENERATED), rel=1e-3)
    assert getattr(distances, function)(REAL, GENERATED) == expected


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("package", PACKAGES["kid"])
def test_all_packages_estimate_our_kernel_distance(package):
    """Of all pairs of equally many images, which is what is timed."""
    needs, function = PACKAGES["kid"][package]
    pytest.importorskip(needs, reason=f"{package} is not installed")
    expected = pytest.approx(distances.kid(REAL[:300], GENERATED), rel=1e-3)
    assert getattr(distances, function)(REAL[:300], GENERATED) == expected


def test_both_coverages_are_equal(capsys):
    assert 0.1 < distances.manifold(REAL, GENERATED) == distances.prdc(REAL, GENERATED) < 1


def test_both_standard_errors_of_a_distance_are_alike():
    expected = pytest.approx(distances.resampled_error(REAL, GENERATED), rel=0.5)
    assert distances.frechet_error(REAL, GENERATED) == expected


def test_every_distance_of_the_suite_exists_and_keeps_no_answer():
    named = {*PACKAGES, *(function for others in PACKAGES.values() for _, function in others.values())}
    assert all(inspect.isfunction(getattr(distances, name)) for name in named)


@pytest.mark.parametrize(
    ("work", "given", "units"),
    [
        (training.ours, {"model": "cdcgan_pairs:without_gray_eyes", "images": 40, "cycles": 1, "channels": 8,
                         "batch_size": 8}, 16),
        (training.plain, {"model": "dcgan", "images": 40, "cycles": 1, "channels": 8, "batch_size": 8}, 16),
        (networks.sampling, {"task": "anime-faces-unconditional", "model": "mlp_gan", "images": 30}, 30),
        (networks.plain_sampling, {"task": "anime-faces-unconditional", "model": "mlp_gan", "images": 30}, 30),
        (networks.features, {"images": 2}, 2),
        (networks.judging, {"task": "iclevr", "images": 4}, 4),
        (networks.looking, {"images": 2}, 2),
        (peaks.copy, {}, 4_096),
        (images.rendering, {"dataset": "iclevr", "images": 4}, 4),
        (images.packing, {"dataset": "anime-faces", "images": 4}, 4),
        (images.opening, {"dataset": "anime-faces", "images": 4}, 4),
        (images.reading, {"dataset": "anime-faces", "images": 4}, 4),
    ],
)  # fmt: skip
def test_a_round_counts_what_it_did(work, given, units, tmp_path, monkeypatch):
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run = work(**given)
    assert run() == run() == units


def test_the_peak_is_the_faster_of_a_product_and_a_convolution():
    run = peaks.arithmetic("float32")
    assert run() in {137, 181}  # 8 * 2 * 2,048^3 and 8 * 2 * 64 * 256 * 256 * 16 * 169 operations / 10^9
    matrix = torch.randn(512, 512)
    assert peaks.speed(run) > 0.5 * peaks.speed(lambda: [matrix @ matrix for _ in range(8)] and 8 * 2 * 512**3 / 1e9)


def test_operations_are_those_of_products_and_convolutions_by_hand():
    image, kernel = torch.randn(3, 2, 8, 8), torch.randn(5, 2, 3, 3)

    def run():
        torch.nn.functional.conv2d(image, kernel)  # to 6 x 6
        torch.randn(4, 6) @ torch.randn(6, 7)
        return 10

    assert gflop_of(run) * 1e9 * 10 == pytest.approx(2 * (3 * 5 * 36 * 2 * 9 + 4 * 6 * 7))


@pytest.mark.parametrize("transposed", [False, True])
def test_operations_on_padding_do_not_count(transposed):
    """4 x 4 kernels with stride 2 and padding 1, between 4 x 4 and 2 x 2: of 8 positions a side 6 lie on the image."""
    narrow, wide, kernel = torch.randn(1, 1, 2, 2), torch.randn(1, 1, 4, 4), torch.randn(1, 1, 4, 4, requires_grad=True)

    def run():
        if transposed:
            found = torch.nn.functional.conv_transpose2d(narrow, kernel, stride=2, padding=1)
        else:
            found = torch.nn.functional.conv2d(wide, kernel, stride=2, padding=1)
        found.sum().backward()  # the weights' gradient takes as many
        return 1

    assert gflop_of(run) * 1e9 == pytest.approx(2 * 2 * 6**2)


@pytest.mark.parametrize("name", MODELS)
def test_a_network_without_fast_layers_is_the_same_network_of_torchs_own_layers(name):
    has_fast_layers = {"dcgan": True, "cdcgan_iclevr": True, "modern_cgan": True, "mlp_gan": False, "stargan": False}
    network = made(name, **narrow(name))
    fast = [module for module in network.modules() if isinstance(module, FAST)]
    training.untuned(network)
    assert all(module.forward.__func__ in {nn.Conv2d.forward, nn.ConvTranspose2d.forward} for module in fast)
    training.tuned(network)
    assert not any("forward" in vars(module) for module in network.modules())
    assert bool(fast) == has_fast_layers.get(name, bool(fast))


def test_the_plain_loop_has_optimizers_as_they_are_by_default():
    optimizer = training._unfused(made("dcgan", channels=8).optimizers()["generator"])
    assert optimizer.param_groups[0]["fused"] is torch.optim.Adam([torch.ones(1)]).param_groups[0]["fused"]


def test_a_training_counts_its_operations(tmp_path, monkeypatch):
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "cache"))
    given = {"images": 40, "cycles": 1, "channels": 8, "precision": "float32"}
    small, large = (training.ours("dcgan", batch_size=size, **given).arithmetic for size in (8, 16))
    assert small == {"precision": "float32", "gflop": pytest.approx(large["gflop"], rel=1e-6)}
    assert small["gflop"] > 0


def test_a_verb_that_fails_says_so_instead_of_being_timed():
    with pytest.raises(RuntimeError, match=r"cgan-bench leaderboard nowhere .* ended with 2: .*nowhere"):
        commands.command("leaderboard", "nowhere", "--out", "nowhere-else")


def test_copies_of_the_committed_records_make_tables(tmp_path):
    commands.copies(ROOT / "results/records", tmp_path / "records", 12)
    commands.command("leaderboard", str(tmp_path / "records"), "--out", str(tmp_path / "tables"))
    lines = [line for path in tmp_path.glob("tables/*.csv") for line in path.read_text().splitlines()[1:]]
    assert sum(",model," in line for line in lines) > 1


@pytest.mark.parametrize("name", list(MODELS))
def test_the_plain_loop_takes_the_same_steps_as_ours(name):
    """Same weights, batches and latents: a cycle of turns moves the weights alike."""
    task = task_of(name)
    data, config = toy_data(dataset_of(task), count=8), model_config(name, task, batch_size=8, **narrow(name))
    real, condition = data.images.float() / 127.5 - 1, data.conditions
    torch.manual_seed(0)
    ours, theirs = (find_model(name)[0](config) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    before = {key: tensor.clone() for key, tensor in ours.named_parameters()}
    state = TrainState.start(ours)
    torch.manual_seed(1)
    for player in ours.cycle():
        take_turn(state, player, real, condition, MACHINE)
    torch.manual_seed(1)
    plain_loop.train(theirs, theirs.optimizers(), itertools.repeat((real, condition)), 1, torch.device("cpu"))
    for key, tensor in ours.named_parameters():
        assert not torch.equal(tensor, before[key]) or not tensor.grad.any()
        torch.testing.assert_close(theirs.get_parameter(key), tensor, rtol=1e-3, atol=2e-5)


def test_rounds_of_a_training_by_graphs_only_replay_once_the_first_is_over(tmp_path, monkeypatch):
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "cache"))
    recorders, start = [], TrainState.start

    def started(network):
        state = start(network)
        recorders.append(StandIn(state))
        return state

    monkeypatch.setattr(TrainState, "start", started)
    given = {"model": "dcgan", "images": 40, "channels": 8, "batch_size": 8}
    plain = training.ours(**given).arithmetic["gflop"]
    monkeypatch.setattr(graphs, "wanted", lambda _: True)
    monkeypatch.setattr(graphs, "make_capturable", lambda _: None)
    monkeypatch.setattr(graphs, "CudaGraphs", lambda: recorders[-1])
    run = training.ours(**given)
    assert run.arithmetic["gflop"] == pytest.approx(plain), "counted without graphs, whose replays cannot be counted"
    assert recorders[-1].captures == recorders[-1].replays == 0
    turns = 2 * training.CYCLES  # of a generator and a discriminator
    for number in (1, 2, 3):
        run()
        assert recorders[-1].captures == 2, "one of each player, in the first round"
        assert recorders[-1].replays == number * turns - 2 * graphs.WARM
