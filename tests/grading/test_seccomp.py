"""The filter of system calls as a program: run here for both machines, with the kernel's own numbers."""

import errno
import os
import re
from pathlib import Path

import pytest
from attempts import CALLS, THREAD

from benchmark.grading.sandbox import seccomp, system_calls

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
OTHER_NAMES = {"newfstatat": "fstatat"}  # in the generic table
ALLOWED, REFUSED, MISSING, KILLED = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000


def verdict(machine, number, *arguments, architecture=None):
    """What the program answers, by the rules of bpf: low halves of arguments, jumps forward."""
    words = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture or seccomp.AUDIT_ARCH[machine]}
    words |= {seccomp.ARGUMENTS + 8 * index: value & 0xFFFFFFFF for index, value in enumerate(arguments)}
    tests = {
        seccomp.JUMP_IF_EQUAL: lambda a, b: a == b, seccomp.JUMP_IF_GREATER: lambda a, b: a > b,
        seccomp.JUMP_IF_AT_LEAST: lambda a, b: a >= b, seccomp.JUMP_IF_SET: lambda a, b: bool(a & b),
    }  # fmt: skip
    lines, at, loaded = list(seccomp.filter_lines(machine)), 0, 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == seccomp.RETURN:
            return value
        if code == seccomp.LOAD:
            loaded = words.get(value, 0)
        else:
            at += if_true if tests[code](loaded, value) else if_false


def number(name, machine):
    return system_calls.number_of(
        {**system_calls.FREELY, **system_calls.BY_ARGUMENT, **system_calls.AS_IF_MISSING}, name, machine
    )


@pytest.mark.parametrize("machine", system_calls.MACHINES)
def test_the_names_have_the_kernel_s_own_numbers(machine):
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\n", HEADERS[machine].read_text())
    known = {name: int(value) for name, value in found}
    ours = {**system_calls.FREELY, **system_calls.BY_ARGUMENT, **system_calls.AS_IF_MISSING}
    assert len(ours) == len(system_calls.FREELY) + len(system_calls.BY_ARGUMENT) + len(system_calls.AS_IF_MISSING)
    for name in ours:
        kernels = known.get(name, known.get(OTHER_NAMES.get(name)))
        if kernels is not None or number(name, machine) is None:
            assert number(name, machine) == kernels, name
    assert sum(name in known for name in ours) > 80


@pytest.mark.parametrize("machine", system_calls.MACHINES)
@pytest.mark.parametrize("name", CALLS)
def test_an_attempt_is_refused_on_both_machines(name, machine):
    call = CALLS[name]
    arguments = [value if isinstance(value, int) else 12_345 for value in call[2:]]
    assert verdict(machine, call[system_calls.MACHINES.index(machine)], *arguments) in {REFUSED, MISSING}


@pytest.mark.parametrize("machine", system_calls.MACHINES)
@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("openat", (-100, 0, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY), (-100, 0, os.O_RDWR)),
        ("openat", (-100, 0, 0), (-100, 0, os.O_CREAT)),
        ("openat", (-100, 0, 0), (-100, 0, os.O_WRONLY | os.O_CLOEXEC)),
        ("openat", (-100, 0, 0), (-100, 0, os.O_TRUNC)),
        ("fcntl", (3, 3), (3, 4, os.O_DIRECT)),
        ("fcntl", (3, 1030, 5), (3, 8, 1)),
        ("ioctl", (3, 0x5401), (3, 0x8901)),
        ("ioctl", (3, 0x5451), (3, 0x5452)),
        ("prctl", (15, 0), (1, 0)),
        ("prctl", (23, 0), (24, 0)),
        ("clone", (THREAD,), (THREAD | 0x10000000,)),
        ("clone", (THREAD | 0x400000,), (THREAD & ~0x10000,)),
        ("clone", (THREAD,), (17,)),
        ("tgkill", (os.getpid(), 5, 6), (1, 5, 6)),
        ("prlimit64", (0, 7), (os.getppid(), 7)),
    ],
)
def test_a_call_is_allowed_with_some_arguments_only(name, allowed, refused, machine):
    assert verdict(machine, number(name, machine), *allowed) == ALLOWED
    assert verdict(machine, number(name, machine), *refused) == REFUSED


@pytest.mark.parametrize("machine", system_calls.MACHINES)
def test_whatever_is_not_on_the_list_is_refused(machine):
    free = {number(name, machine) for name in system_calls.FREELY}
    missing = {number(name, machine) for name in system_calls.AS_IF_MISSING}
    some = {number(name, machine) for name in system_calls.BY_ARGUMENT}
    for call in set(range(600)) - some:
        answer = ALLOWED if call in free else MISSING if call in missing or call > system_calls.LAST else REFUSED
        assert verdict(machine, call) == answer, call


@pytest.mark.parametrize("machine", system_calls.MACHINES)
def test_another_architecture_or_abi_ends_the_process(machine):
    assert verdict(machine, number("read", machine), architecture=0x40000003) == KILLED
    assert verdict(machine, 0x40000000 | number("read", machine)) == KILLED
