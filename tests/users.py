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
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH = 24, 2
BECOME = f"import sys; sys.path.insert(0, {str(HERE)!r}); import users; users.become_ordinary()"
CONTAINED = f"import sys; sys.path.insert(0, {str(HERE)!r}); import users; users.become_contained()"
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

    Contained root lacks the right to read whatever others own, as in a container by Docker's defaults; every user can
    read Python there, or not where ``user`` is "contained, with a Python of its own".
    """
    command = [sys.executable, "-c", CALL, json.dumps([module, function, arguments])]
    if user.startswith("contained"):
        if not may_contain():
            pytest.skip("only root that may mount can be contained")
        command = [sys.executable, "-c", CONTAINED, user, *command]
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


def become_contained():
    """Go on as the program of the arguments, as root without the right to read whatever others own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.argv[1] == "contained":
        for folder in private_folders():
            _open_up(libc, folder)
    _check(libc.prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])


def private_folders():
    """The folders around Python and this program that only their owner may enter."""
    places = [Path(place).resolve() for place in (sys.executable, sys.prefix, sys.base_prefix, HERE)]
    around = {folder for place in places for folder in (place, *place.parents) if folder.is_dir()}
    return sorted(folder for folder in around if not folder.stat().st_mode & 0o001)


def _open_up(libc, folder):
    """Mount over a folder another one that everybody may enter, with the folders that are in it."""
    _check(libc.unshare(CLONE_NEWNS))
    _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    inside = os.open(folder, os.O_PATH)
    names = [entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    _check(libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"mode=755"))
    for name in names:
        (folder / name).mkdir()
        source = f"/proc/self/fd/{inside}/{name}".encode()
        _check(libc.mount(source, bytes(folder / name), None, MS_BIND | MS_REC, None))


def _check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def may_contain():
    command = [sys.executable, "-c", CONTAINED, "contained", "/bin/true"]
    return os.geteuid() == 0 and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _has_user_namespaces():
    command = [sys.executable, "-c", BECOME, "/bin/true"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
