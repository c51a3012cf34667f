"""A generator that uses weights twice."""

import torch

from benchmark.training import loop


def test_weights_with_two_names_are_averaged_once():
    first, second = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)
    second.weight = first.weight
    model = type("Model", (), {"generator": torch.nn.Sequential(first, second), "optimizers": lambda self: {}})()
    state = loop.TrainState.start(model)
    state.step, state.images_seen = 10, 1_000
    before = first.weight.detach().clone()
    with torch.no_grad():
        first.weight += 4
    loop.update_ema(state, half_life=20_000)
    decay = 0.5 ** (100 / 50)  # 100 images an update, half-life 5 % of 1,000
    for name in ("0.weight", "1.weight"):
        torch.testing.assert_close(state.ema.state_dict()[name], before + 4 * (1 - decay))
