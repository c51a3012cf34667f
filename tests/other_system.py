"""Work of a fresh process of test_other_systems.py, in which Unix's own modules cannot be imported."""

import importlib
import os
import pkgutil
import sys
import tempfile
from pathlib import Path

HIDDEN = ("fcntl", "resource")
OF_RAY = ("benchmark.executors.ray_cluster", "benchmark.executors.ray_executor")  # an extra, which has ways of its own
# on each system and asks Python which one it runs on


def hide(folder):
    """Hide the modules from this process, and from those that look at submissions for it."""
    for name in HIDDEN:
        sys.modules[name] = None
        (Path(folder) / f"{name}.py").write_text(f"raise ImportError('{name} is hidden')\n")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # filelock tells that it has no locks of the system's own here
        import filelock  # noqa: F401
    from benchmark.grading.sandbox import launch

    launch.EXTRA = (folder,)


def imports_everything(folder):
    """The modules that could not be imported."""
    hide(folder)
    failed = []
    for package in map(importlib.import_module, ("benchmark", "reference_models", "evaluators")):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                try:
                    importlib.import_module(module.name)
                except ImportError as error:
                    if module.name in OF_RAY:
                        continue
                    failed.append(f"{module.name}: {error}")
    return failed


def command(folder, *arguments):
    """The exit code of a command, and what it printed, as ``(code, out, err)``."""
    hide(folder)
    import contextlib
    import io

    from benchmark.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    return code, out.getvalue(), err.getvalue()


def locks(folder):
    """What a second holder of a lock is told, and whether a third gets it when the first has ended."""
    hide(folder)
    from benchmark.errors import UsageError
    from benchmark.system.files import locked

    path = Path(tempfile.mkdtemp(dir=folder)) / "run" / "lock"
    reported = ""
    with locked(path):
        try:
            with locked(path):
                pass
        except UsageError as error:
            reported = str(error)
    with locked(path):
        return reported, os.path.exists(path)


def measures(folder):
    """A timed round."""
    hide(folder)
    from benchmark.throughput.worker import _timed

    return _timed(lambda: 3)


def hides(folder):
    """The names that can no longer be imported here."""
    hide(folder)
    return [name for name in HIDDEN if not _is_there(name)]


def _is_there(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
