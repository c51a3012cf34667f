"""Plug-ins as files that a test writes, and the toy package that lies in this folder's neighbour."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmark.plugins import loading

TOYS = Path(__file__).parents[1] / "plugin_package"
PLAIN_TASK = """
name = "plain"
kind = "none"
image_size = 32
main_score = "brightness"
evaluators = ["cgan_bench_toys.scores:Brightness"]
models = ["cgan_bench_toys.gans:ToyGAN"]
"""


@pytest.fixture
def plugin_file(tmp_path, monkeypatch):
    """Writes a module that can be imported during the test, and is forgotten after it."""
    folder, before = tmp_path / "plugins", set(sys.modules)
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(loading, "_loaded", {})

    def write(name, text):
        path = folder / f"{name}.py"
        path.write_text(text)
        return path

    yield write
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
            del sys.modules[name]


@pytest.fixture
def toys(monkeypatch):
    """The toy package as a folder on the path; it is not installed, so it has no entry points."""
    with on_the_path(monkeypatch):
        yield "cgan_bench_toys"


@contextmanager
def on_the_path(monkeypatch):
    """Put the toy package on the path, and forget it at the end."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setattr(loading, "_loaded", {})
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "cgan_bench_toys":
            del sys.modules[name]
