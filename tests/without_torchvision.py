"""Stands in for torchvision, which has no build for every build of torch, and which nothing that is tested here calls.

torch-fidelity and pytorch-fid import it for their data sets and other networks; torchmetrics does where it finds
torch-fidelity. Where torchvision itself is installed, nothing is done.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

MODULES = (
    "torchvision", "torchvision.datasets", "torchvision.models", "torchvision.models.inception",
    "torchvision.transforms", "torchvision.transforms.functional", "torchvision.utils", "torchvision.ops",
)  # fmt: skip


class StandIn(ModuleType):
    """A module in which every name is a class that nobody makes an instance of."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def stand_in_for_torchvision():
    """From here on, ``import torchvision`` finds something."""
    if importlib.util.find_spec("torchvision") is not None:
        return
    for name in MODULES:
        module = sys.modules[name] = StandIn(name)
        module.__spec__, module.__path__ = ModuleSpec(name, None, is_package=True), []
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
