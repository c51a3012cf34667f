"""Every check this project has. ``nox -l`` lists them; ``nox`` runs those that CI runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import MutableMapping

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests", "leaderboard"]

CONSTRAINTS = "constraints.txt"
PHOTOS = nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"]["photos"]
UV_NAMES = {"find-links": "UV_FIND_LINKS", "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_EXTRA_INDEX_URL"}
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # on a busy CPU, waiting threads would take it from the others
os.environ.setdefault("UV_COMPILE_BYTECODE", "1")  # as pip does: the command starts in half the time
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each of hundreds of processes compiles the project's files again


def pip_settings() -> dict[str, str]:
    """Settings of pip by name, as its files and environment give them; {} where there is no pip."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False)
    pairs = (line.partition("=")[::2] for line in listing.stdout.splitlines())
    found = {name: ast.literal_eval(value) for name, value in pairs if value}
    scopes = ("global", "install", ":env:")  # the later one counts
    return {name.removeprefix(f"{scope}."): found[name] for scope in scopes for name in found if name.startswith(scope)}


def hand_to_uv(settings: dict[str, str], environment: MutableMapping[str, str]) -> None:
    """Let uv use the indexes and links that pip is configured with.

    By itself uv reads no setting of pip, and of several indexes takes a package from the first that has it.
    """
    for name, variable in UV_NAMES.items():
        if name in settings:
            places = settings[name].split()
            environment.setdefault(variable, ("," if name == "find-links" else " ").join(places))
    if "extra-index-url" in settings:
        environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")


hand_to_uv(pip_settings(), os.environ)


def install(session: nox.Session, *groups: str) -> None:
    """The project as it is here, with dependency groups, in the versions that are known to work together."""
    named = [option for group in groups for option in ("--group", group)]
    session.install("--constraint", CONSTRAINTS, "--editable", ".", *named)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting and static checks."""
    session.install("--constraint", CONSTRAINTS, "--group", "lint")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, on the CPU, with no downloads; minutes. ``-- -m quick`` for those of every change."""
    install(session, "test", "independent")
    session.install("--constraint", CONSTRAINTS, "--no-deps", *PHOTOS)
    in_parallel = ("--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
    one_thread = {"OMP_NUM_THREADS": "1"}  # each test and program that it starts; there is a worker for every core
    session.run("pytest", *in_parallel, *session.posargs, env=one_thread)


@nox.session
def benchmark(session: nox.Session) -> None:
    """Train, sample, score and rank every model: a first look on a CPU, an hour with CUDA, or as requested."""
    install(session)
    session.run("cgan-bench", "benchmark", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed next to peers; ``-- --compare [COMMIT]`` next to an older commit; ``-- --help`` for more."""
    install(session, "bench", "independent")
    session.run("python", "-m", "benchmark.throughput", *session.posargs)


@nox.session
def gate(session: nox.Session) -> None:
    """Check a folder of records, and compare it with the published: ``-- runs/records --tolerance 0.01``."""
    install(session)
    if session.posargs and not session.posargs[0].startswith("-"):
        session.run("cgan-bench", "validate", session.posargs[0])
    session.run("cgan-bench", "compare", "results/records", "--if-any", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documents as a site, in ``site/``; a broken link or reference fails."""
    install(session, "docs")
    session.run("mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def leaderboard(session: nox.Session) -> None:
    """Fail if a record is wrong, or tables, cards, pages or README.md do not match; ``-- --write`` renews those."""
    install(session)
    options = session.posargs or ["--check"]
    session.run("cgan-bench", "validate", "results/records")
    places = ("--out", "results/leaderboards", "--page", "results/index.html", "--readme", "README.md")
    session.run("cgan-bench", "leaderboard", "results/records", *places, *options)
    session.run("cgan-bench", "cards", "results/records", "--out", "results/cards", *options)
    pages = ("--out", "results/reports", "--readme", "README.md")
    session.run("cgan-bench", "claims", "report", "results/records", *pages, *options)
