"""Running things as root and as an ordinary user."""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
USERS = ("root", "ordinary")
CLONE_NEWUSER = 0x10000000
BECOME = f"import sys; sys.path.insert(0, {str(HERE)!r}); import users; users.become_ordinary()"
CALL = (
    f"import sys, json; sys.path[:0] = [{str(HERE.parent)!r}, {str(HERE)!r}]; from importlib import import_module\n"
    "module, function, arguments = json.loads(sys.argv[-1])\n"
    "print(json.dumps(getattr(import_module(module), function)(*arguments)))"
)


def run_as(user, module, function, *arguments, timeout=120, **settings):
    """Call a function of a test module in a fresh process; what it returns, or the number that the process ended with.

    More named arguments are variables of its environment.

    An ordinary user has a number of its own and may do nothing that root may; it owns what root owns, so that it can
    read Python wherever that lies.
    """
    command = [sys.executable, "-c", CALL, json.dumps([module, function, arguments])]
    if user == "root" and os.geteuid() != 0:
        pytest.skip("these tests are not run by root")
    if user == "ordinary" and os.geteuid() == 0:
        if not _has_user_namespaces():
            pytest.skip("root cannot become an ordinary user here: there are no user namespaces")
        command = [sys.executable, "-c", BECOME, *command]
    environment = os.environ | settings
    process = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=timeout, check=False)
    return json.loads(process.stdout) if process.returncode == 0 else process.returncode


def become_ordinary():
    """Go on as the program of the arguments, as user 1000 of a user namespace in which nobody is root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1")
    Path("/proc/self/gid_map").write_text("1000 0 1")
    os.execv(sys.argv[1], sys.argv[1:])


def _has_user_namespaces():
    command = [sys.executable, "-c", BECOME, "/bin/true"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
