"""Random multi-label conditions with logits that follow them a little."""

from __future__ import annotations

import torch


def random_case(n=200, classes=24, seed=0):
    rng = torch.Generator().manual_seed(seed)
    condition = torch.zeros(n, classes, dtype=torch.uint8)
    for row in condition:
        k = int(torch.randint(1, 4, (), generator=rng))
        row[torch.randperm(classes, generator=rng)[:k]] = 1
    return torch.randn(n, classes, generator=rng) + 1.5 * condition, condition


def score_of(evaluator_class, logits, condition):
    evaluator = evaluator_class(lambda images: logits)
    evaluator.update(torch.zeros(len(logits), 3, 8, 8, dtype=torch.uint8), condition, real=False)
    return evaluator.compute()
