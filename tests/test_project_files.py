"""Files that other programs read: GitHub's workflows and the citation, by their schemas; what they call is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def is_valid(path, schema):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_follows_the_schema(path, tmp_path):
    assert is_valid(path, "vendor.github-workflows")
    broken = tmp_path / "broken.yml"
    broken.write_text(path.read_text().replace("runs-on:", "runs-at:", 1))
    assert not is_valid(broken, "vendor.github-workflows")


def test_the_citation_follows_the_schema_and_names_this_version(tmp_path):
    citation = ROOT / "CITATION.cff"
    assert is_valid(citation, "vendor.citation-file-format")
    broken = tmp_path / "CITATION.cff"
    broken.write_text(citation.read_text().replace("authors:", "writers:"))
    assert not is_valid(broken, "vendor.citation-file-format")
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert f"\nversion: {version}\n" in citation.read_text()


def test_workflows_run_sessions_that_are_there_and_no_unquoted_input_reaches_a_shell():
    sessions = set(re.findall(r"@nox\.session\ndef (\w+)", (ROOT / "noxfile.py").read_text()))
    for path in WORKFLOWS:
        text = path.read_text()
        called = {name for line in re.findall(r"nox -s ([a-z ]+)", text) for name in line.split()}
        assert called <= sessions
        scripts = re.findall(r"run: (?:\|\n((?: {10}.*\n)+)|(.*)\n)", text)
        assert not any("${{" in "".join(script) for script in scripts)


def test_a_scheduled_benchmark_has_the_defaults_of_one_started_by_hand():
    """On a schedule each input is empty."""
    text = (ROOT / ".github" / "workflows" / "benchmark.yml").read_text()
    given = yaml.safe_load(text)[True]["workflow_dispatch"]["inputs"]  # YAML 1.1 reads the key "on" as True
    used = dict(re.findall(r"\$\{\{ inputs\.(\w+)(?: \|\| '([^']*)')? \}\}", text))
    assert used == {name: one["default"] for name, one in given.items()}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("git rm -q results/records/a.json", 1),
        ("git mv results/records/a.json results/records/b.json", 1),
        ("echo 2 > results/records/a.json", 1),
        ("ln -sf ../c results/records/a.json", 1),
        ("echo 2 > results/records/b.json", 0),
        ("echo 2 > other", 0),
    ],
)
def test_a_pull_request_may_add_records_and_leaves_the_published_ones_as_they_are(tmp_path, command, code):
    (found,) = re.findall(r"run: \|\n((?: {10}.*\n)+)", (ROOT / ".github" / "workflows" / "tests.yml").read_text())
    git = "git -c user.name=a -c user.email=a@b -c commit.gpgsign=false"
    (tmp_path / "results" / "records").mkdir(parents=True)
    (tmp_path / "results" / "records" / "a.json").write_text("1\n")
    before = f"git init -q . && git add -A && {git} commit -qm a && git tag base"
    change = f"{command} && git add -A && {git} commit -qm b"
    subprocess.run(["bash", "-ec", f"{before} && {change}"], cwd=tmp_path, check=True)
    run = subprocess.run(["bash", "-ec", found], cwd=tmp_path, env={**os.environ, "BASE": "base"}, check=False)
    assert run.returncode == code


def test_every_folder_of_results_is_explained():
    text = (ROOT / "results" / "README.md").read_text()
    folders = {path.name for path in (ROOT / "results").iterdir() if path.is_dir()}
    assert {name for name in folders if f"({name})" not in text} == set()
