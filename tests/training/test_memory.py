"""Models that do not fit into memory are refused before a weight of them is made."""

import pytest
import torch
from layers_of import NAMES, config_of, made

from benchmark.errors import UsageError
from benchmark.system.machine import Machine, this_machine
from benchmark.training import memory
from benchmark.training.loop import TrainState, take_turn
from benchmark.training.memory import check_memory, training_bytes, without_weights

MACHINE = this_machine("cpu", "float32")


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_its_shapes_without_its_weights(name):
    config = config_of(name, channels=8)
    shapes = {key: weights.shape for key, weights in without_weights(name, config).named_parameters()}
    model = made(name, channels=8)
    assert shapes == {key: weights.shape for key, weights in model.named_parameters()}
    assert all(weights.is_meta for weights in without_weights(name, config).parameters())


def test_training_keeps_the_bytes_that_were_counted():
    real = torch.rand(4, 3, 64, 64) * 2 - 1
    config = config_of("cdcgan_iclevr", channels=8)
    state = TrainState.start(made("cdcgan_iclevr", channels=8))
    for player in ("discriminator", "generator"):
        take_turn(state, player, real, real.new_zeros(len(real), 24), MACHINE)
    kept = [*state.model.parameters(), *state.ema.parameters()]
    kept += [weights.grad for weights in state.model.parameters()]
    kept += [
        moment
        for optimizer in state.optimizers.values()
        for moments in optimizer.state.values()
        for name, moment in moments.items()
        if name != "step"
    ]
    assert training_bytes(without_weights("cdcgan_iclevr", config)) == sum(tensor.nbytes for tensor in kept)


def test_a_model_fits_up_to_the_last_byte_and_no_further(monkeypatch):
    config = config_of("cdcgan_iclevr", channels=8)
    needed = training_bytes(without_weights("cdcgan_iclevr", config))
    monkeypatch.setattr(Machine, "memory", lambda _: needed)
    check_memory("cdcgan_iclevr", config, MACHINE)
    monkeypatch.setattr(Machine, "memory", lambda _: needed - 1)
    with pytest.raises(UsageError, match=r"^cdcgan_iclevr takes up to .* GB to train.* give smaller settings"):
        check_memory("cdcgan_iclevr", config, MACHINE)


def test_the_largest_settings_are_refused_within_the_widest_range():
    largest = config_of("cdcgan_iclevr", channels=1_000_000, c_dim=1_000_000, latent_dim=1_000_000)
    with pytest.raises(UsageError, match="GB to train"):
        check_memory("cdcgan_iclevr", largest, MACHINE)


def test_this_machine_has_memory_for_every_model_as_its_report_has_it():
    for name in NAMES:
        check_memory(name, config_of(name), MACHINE)
    assert 0.5 * memory.GIGABYTE < MACHINE.memory() < 1e6 * memory.GIGABYTE
