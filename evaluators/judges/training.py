"""Training a judge from labelled images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from evaluators.judges.augmentation import augment
from evaluators.judges.judge import Judge, Kind
from evaluators.judges.network import ARCHITECTURES, IMAGE_SIZE, WIDTHS, AnyNetwork, Network, folded

Progress = Callable[[int, float], None]  # updates done, loss
REPORT_EVERY = 20  # updates


class Schedule(Protocol):
    """Settings of :func:`fit`."""

    @property
    def updates(self) -> int: ...

    @property
    def learning_rate(self) -> float: ...  # the top of the one-cycle schedule

    @property
    def weight_decay(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class JudgeSettings:
    """Everything but the data and the seed that decides what a judge becomes."""

    updates: int = 2_400
    batch_size: int = 128
    learning_rate: float = 4e-3  # the top of the one-cycle schedule
    weight_decay: float = 0.05
    label_smoothing: float = 0.05  # of attributes: tags of real images are sometimes wrong
    recolouring: float = 1.0  # share of the change of colours in augmentation
    architecture: str = Network.architecture
    widths: tuple[int, ...] = WIDTHS
    device: str = "cpu"


def train_judge(
    images: Tensor,
    conditions: Tensor,
    kind: Kind,
    sizes: Sequence[int],
    *,
    settings: JudgeSettings,
    seed: int,
    progress: Progress | None = None,
) -> Judge:
    """A judge that has learned to tell the conditions from the images.

    The same data, settings and seed give the same bytes on the same device and number of threads.

    Args:
        images: uint8 (N, 3, 64, 64), 0 to 255.
        conditions: uint8 multi-hot (N, C) of kind "multi_label"; indices (N, len(sizes)) of "attributes".
        kind: how conditions are encoded; decides the loss.
        sizes: (C,), or the number of classes of each attribute.
        settings: see there.
        seed: of the initial weights, the order of the images and their augmentation.
        progress: called now and then with the progress.

    Raises:
        ValueError: shapes or class indices do not fit ``kind`` and ``sizes``; the message gives them.
    """
    check_data(images, conditions, kind, sizes)
    device = torch.device(settings.device)
    network = _new_network(sum(sizes), settings, seed).to(device)
    rng, order = Generator(device).manual_seed(seed), _endless_order(len(images), settings.batch_size, seed)

    def batch_loss() -> Tensor:
        chosen = next(order)
        batch = augment(images[chosen].to(device).float(), rng, settings.recolouring)
        return judge_loss(network(batch), conditions[chosen].to(device), kind, sizes, settings.label_smoothing)

    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        fit(network, batch_loss, settings, progress)
    return Judge(folded(network), kind, tuple(sizes))


def fit(network: nn.Module, batch_loss: Callable[[], Tensor], settings: Schedule, progress: Progress | None) -> None:
    """Train a network by AdamW under a one-cycle schedule; ``batch_loss`` chooses a batch and returns its loss.

    Source: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; Smith & Topin 2018,
    https://arxiv.org/abs/1708.07120.
    """
    optimizer = AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = OneCycleLR(optimizer, settings.learning_rate, total_steps=settings.updates)
    for update in range(1, settings.updates + 1):
        loss = batch_loss()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if progress and (update % REPORT_EVERY == 0 or update == settings.updates):
            progress(update, loss.item())


def judge_loss(logits: Tensor, conditions: Tensor, kind: Kind, sizes: Sequence[int], smoothing: float) -> Tensor:
    """Binary cross-entropies summed over classes, or cross-entropies over attributes; mean over images."""
    if kind == "multi_label":
        total = functional.binary_cross_entropy_with_logits(logits, conditions.float(), reduction="sum")
        return total / len(logits)
    parts = zip(logits.split(list(sizes), dim=1), conditions.long().unbind(dim=1), strict=True)
    losses = [functional.cross_entropy(part, label, label_smoothing=smoothing) for part, label in parts]
    return torch.stack(losses).sum()


def check_data(images: Tensor, conditions: Tensor, kind: Kind, sizes: Sequence[int]) -> None:
    """Raise ValueError, naming what was given and what is allowed, if the data cannot train such a judge."""
    if images.dtype != torch.uint8 or tuple(images.shape[1:]) != (3, IMAGE_SIZE, IMAGE_SIZE):
        given = f"{images.dtype} {tuple(images.shape)}"
        raise ValueError(f"images are {given}; give torch.uint8 (N, 3, {IMAGE_SIZE}, {IMAGE_SIZE})")
    if kind not in ("multi_label", "attributes"):
        raise ValueError(f"kind is {kind!r}; give 'multi_label' or 'attributes'")
    columns = sizes[0] if kind == "multi_label" else len(sizes)
    if tuple(conditions.shape) != (len(images), columns):
        given = f"conditions are {tuple(conditions.shape)} for {len(images)} images"
        raise ValueError(f"{given}; {kind} of sizes {tuple(sizes)} needs ({len(images)}, {columns})")
    limits = torch.tensor([2] * columns if kind == "multi_label" else list(sizes))
    wrong = ((conditions < 0) | (conditions >= limits)).any(dim=1).nonzero().flatten()
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(f"condition {row} is {conditions[row].tolist()}; {kind} of sizes {tuple(sizes)} excludes it")


def _new_network(num_outputs: int, settings: JudgeSettings, seed: int) -> AnyNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = ARCHITECTURES[settings.architecture](num_outputs, settings.widths)
    return network.to(memory_format=torch.channels_last).train()


def _endless_order(n: int, batch_size: int, seed: int):  # noqa: ANN202
    """Batches of indices, every image once an epoch; a last incomplete batch is dropped."""
    rng, batch_size = Generator().manual_seed(seed), min(batch_size, n)
    while True:
        yield from torch.randperm(n, generator=rng)[: n // batch_size * batch_size].split(batch_size)
