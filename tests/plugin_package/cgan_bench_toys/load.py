"""A generator that is no model of the harness."""

import torch


def make(latent, condition):
    """Gray images whose shade follows the condition: float in [-1, 1]."""
    shade = condition[:, :1].float() / 2 - 0.5
    return (shade + 0.01 * latent[:, :1]).clamp(-1, 1)[:, :, None, None].expand(-1, 3, 32, 32)


def loaded():
    """The same as a function that is made once."""
    return lambda latent, condition: make(latent, torch.as_tensor(condition)).numpy()
