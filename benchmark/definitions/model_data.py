"""The part of a data set that a model can be trained and scored on: the images whose conditions it can express."""

from __future__ import annotations

import torch

from benchmark.data.datasets import DataSet
from benchmark.data.packed import PackedData
from benchmark.definitions.model_settings import find_model
from benchmark.system.terminal import say
from reference_models.base import ModelConfig


def expressible(data: PackedData, dataset: DataSet, name: str, config: ModelConfig) -> PackedData:
    """The images, and the rows of condition lists, whose conditions a model accepts; ``data`` itself if these are all.

    Where some are left out, one line on stderr says how many. The others have a digest of their own, so their scores
    have a protocol, reference rows and a table of their own.

    Args:
        data: of a task of the model.
        dataset: what its conditions mean.
        name: of the model, with its variants.
        config: its settings.
    """
    model_class, _ = find_model(name)
    everything = torch.cat([data.conditions, *data.condition_lists.values()])
    accepted = model_class.accepts(config, everything)
    if accepted.all():
        return data
    kept = data.only(*accepted.split([len(data), *map(len, data.condition_lists.values())]))
    example = dataset.describe(everything[~accepted][0]).replace("\n", ", ")
    say(
        f"{data.label}: {kept.images_left_out:,} of {len(data):,} images are left out, for {name} cannot express "
        f"conditions such as: {example}"
    )
    return kept
