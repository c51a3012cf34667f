"""Examples in the documents: Python is executed, files are read, commands are called; others say why they are not."""

import importlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from builders.data import png
from builders.documents import DOCS, ROOT, called, examples, follow, texts

from benchmark.cli import build
from benchmark.data.labelled_folder import LabelledFolder
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.errors import UsageError
from benchmark.records.record import ScoreEntry
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training.loop import TrainState, take_turn
from evaluators import EVALUATORS

RUN = {  # kinds of examples that a test of this file runs
    "claims.md": {"toml"},
    "for_ci.md": {"console"},
    "for_researchers.md": {"json", "python"},
    "grading.md": {"console", "text", "toml"},
    "index.md": {"console"},
    "own_data.md": {"python", "toml", "console", "text"},
    "performance.md": {"python", "yaml"},
}


def test_every_example_is_run_or_says_why_not():
    found = {path.name: examples(path.name) for path in DOCS.glob("*.md")}
    run = {page: {one.kind for one in some if not one.is_left_out} for page, some in found.items()}
    assert {page: kinds for page, kinds in run.items() if kinds} == RUN
    fences = {page: (DOCS / page).read_text(encoding="utf-8").count("```") / 2 for page in found}
    assert fences == {page: len(some) for page, some in found.items()}, "a block stands after an empty line"


COMMAND = re.compile(r"`cgan-bench ([^`]+)`|^ *(?:\$ )?cgan-bench ((?:[^\n\\]|\\\n)+)$", re.MULTILINE)
PAGES = [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "results" / "README.md"]


def unknown(command):
    """Words of a command that the program does not know as a verb or an option."""
    words, program = shlex.split(command.replace("\\\n", " "), comments=True), build()
    while words and not words[0].startswith("-") and words[0] in program:
        program = program[words.pop(0)]
    if program.name[0] == "cgan-bench":
        return words[:1]
    names = {name for argument in program.assemble_argument_collection() for name in argument.names}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in names]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_the_documents_have_verbs_and_options_that_there_are(path):
    commands = ["".join(found) for found in COMMAND.findall(path.read_text(encoding="utf-8"))]
    assert {command: unknown(command) for command in commands if unknown(command)} == {}
    assert unknown("train --task iclevr --updats 5") == ["--updats"]
    assert unknown("trian --task iclevr") == ["trian"]


def test_the_digits_become_a_task(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    follow("own_data.md")
    table = (tmp_path / "tables/digits.md").read_text()
    assert "| – | modern_cgan:channels=8 | 2 (smoke) |" in table  # noqa: RUF001
    assert "digit_accuracy ↑ (%)" in table
    out = capsys.readouterr().out
    (rate,) = re.findall(r"^digit +(0\.\d+)$", out, re.MULTILINE)
    assert float(rate) > 0.85, "the judge has learned the digits"


def test_files_of_labels_as_the_guide_shows_them_are_read(tmp_path):
    values, classes = texts("own_data.md", "text")
    spaces = (
        LabelledFolder(kind="attributes", attributes={"shape": ("disc", "square"), "colour": ("red", "blue")}),
        LabelledFolder(kind="multi_label", attributes={"things": ("cup", "pen", "key")}),
    )
    for text, space, expected in zip(
        (values, classes), spaces, ([[0, 0], [1, 1]], [[1, 0, 0], [1, 1, 0]]), strict=True
    ):
        folder = tmp_path / space.kind
        folder.mkdir()
        (folder / "labels.csv").write_text(text)
        for line in text.splitlines()[1:]:
            (folder / line.partition(",")[0]).write_bytes(png((40, 100, 50)))
        assert space.read(folder).conditions.tolist() == expected
        (folder / "labels.csv").write_text(text.replace("disc", "disk").replace("a.png,1", "a.png,2"))
        with pytest.raises(UsageError, match=r"labels\.csv, line 2"):
            space.read(folder)


@pytest.mark.parametrize("page", ["index.md", "for_researchers.md", "for_ci.md"])
def test_the_guides_examples_run_in_a_checkout(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    follow(page)
    assert capsys.readouterr().out


def test_the_model_that_the_guide_shows_takes_both_turns(tmp_path, monkeypatch):
    (program,) = (text for text in texts("for_researchers.md", "python") if "MyGAN" in text)
    (tmp_path / "mygan.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    config = model_config("mygan:MyGAN", TASKS["anime-faces"], batch_size=4)
    state = TrainState.start(find_model("mygan:MyGAN")[0](config))
    before = [weights.clone() for weights in state.model.parameters()]
    for player in state.model.cycle():
        images, condition = torch.rand(4, 3, 64, 64), torch.zeros(4, 2, dtype=torch.long)
        take_turn(state, player, images, condition, this_machine("cpu", "float32"))
    assert not any(torch.equal(*pair) for pair in zip(before, state.model.parameters(), strict=True))


def test_a_declaration_as_the_guide_shows_it_is_read(tmp_path):
    from benchmark.scoring.external_samples import read_card

    (example,) = texts("for_researchers.md", "json")
    (tmp_path / "card.json").write_text(example)
    declared = read_card(tmp_path / "card.json")
    assert (declared.updates, declared.images_seen, declared.seeds) == (20_000, 1_280_000, (0,))
    (tmp_path / "card.json").write_text(example.replace("updates", "steps"))
    with pytest.raises(UsageError, match="give an object with updates, images_seen, seeds and source"):
        read_card(tmp_path / "card.json")


def homework(folder):
    """A platform's download with the example images of two people, the course's roster, and the files of staff."""
    with zipfile.ZipFile(folder / "homework.zip", "w") as batch:
        for name, example in (("Ada Lovelace_4711", "images"), ("George Boole_4712", "grids")):
            batch.write(DOCS / "examples" / f"{example}.zip", f"{name}_assignsubmission_file_work.zip")
    shutil.copy(DOCS / "examples" / "images.zip", folder / "mine.zip")
    (folder / "students.csv").write_text("id,name\n1,Ada Lovelace\n2,George Boole\n")
    (folder / "decisions.csv").write_text("id,points,reason\nGeorge Boole_4712,70,seen by hand\n")
    (folder / "hidden.json").write_text(json.dumps([["red cube"]]))
    scheme, *_ = texts("grading.md", "toml")
    (folder / "mine.toml").write_text(scheme)
    (folder / "kinder.toml").write_text(scheme.replace("[0.4, 60]", "[0.4, 60], [0.0, 50]"))


@pytest.mark.slow
def test_a_course_is_graded_from_end_to_end_as_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    homework(tmp_path)
    codes = {line: called(line) for text in texts("grading.md", "console") for line in text.splitlines()}
    assert {line: code for line, code in codes.items() if code and " --diff " not in line} == {}
    out = capsys.readouterr().out
    assert "ready     mine" in out
    assert "2 ready" in out
    assert (tmp_path / "grades/moodle.csv").exists()
    assert re.search(r"Ada Lovelace_4711 +0 -> 50", out), "what differs between the two schemes"
    assert "George Boole_4712 (70 points, 0 (fail) by the scheme)" in out
    kept = json.loads((tmp_path / "kinder/grades.json").read_text())["submissions"]
    assert {one["id"]: one["points"] for one in kept}["George Boole_4712"] == 70
    assert zipfile.is_zipfile(tmp_path / "autograder.zip")


def test_decisions_as_the_page_shows_them_are_read(tmp_path):
    from benchmark.grading.decisions.decision_file import read_decisions

    (text,) = texts("grading.md", "text")
    (tmp_path / "decisions.csv").write_text(text)
    found = {one.id: (one.points, one.clear_flags) for one in read_decisions(tmp_path / "decisions.csv")}
    assert found == {"0856001": (85, ()), "Ann Lee_4711": (None, ("shared_images",)), "0856009": (60, ())}


def test_the_scheme_that_the_page_shows_is_the_bundled_one(tmp_path):
    from benchmark.grading.marking.scheme import load_scheme

    text, *_ = texts("grading.md", "toml")
    (tmp_path / "shown.toml").write_text(text)
    known = ("iclevr", ("topk_accuracy",), ["test", "new_test"])
    shown, bundled = load_scheme(tmp_path / "shown.toml", *known), load_scheme(None, *known)
    assert [score.threshold for score in shown.scores] == [score.threshold for score in bundled.scores] == [0.4]
    assert shown.model_dump(exclude={"scores": {"__all__": {"passing"}}}) == bundled.model_dump(
        exclude={"scores": {"__all__": {"passing"}}}
    )


def test_the_faces_scheme_that_the_page_shows_is_the_bundled_one_and_gives_a_collapsed_model_70_points(tmp_path):
    from benchmark.grading.marking.scheme import load_scheme

    _, text, _ = texts("grading.md", "toml")
    (tmp_path / "shown.toml").write_text(text)
    known = ("anime-faces", ("joint_accuracy",), ["sample_testing_text"])
    shown = load_scheme(tmp_path / "shown.toml", *known)
    assert shown == load_scheme(None, *known)
    assert shown.scores[0].earned(1 / 5) == 70


def _entry(value):
    return ScoreEntry(
        value=value, interval=(value, value), method="wilson", n=72, direction="higher", unit="fraction", version=1
    )


def test_nobody_fails_by_the_bonus_that_the_page_shows(tmp_path):
    from benchmark.grading.marking.scheme import load_scheme

    scheme, _, bonus = texts("grading.md", "toml")
    known = ("iclevr", ("topk_accuracy", "exact_match"), ["test", "new_test"])
    values = (("topk_accuracy", 0.9), ("exact_match", 0.1))
    verdicts = {}
    for name, text in (("with", bonus), ("without", bonus.replace("passing = 0.0", ""))):
        path = tmp_path / f"{name}.toml"
        path.write_text(scheme.replace("[limits]", f"{text}\n[limits]"))
        loaded = load_scheme(path, *known)
        scores = {one: {score: _entry(value) for score, value in values} for one in ("test", "new_test")}
        verdicts[name] = loaded.verdict(scores)
    assert verdicts == {"with": "pass", "without": "fail"}


def test_a_claims_file_as_the_page_shows_it_is_read(tmp_path):
    from benchmark.reports.load import load_claims

    path = tmp_path / "claims.toml"
    path.write_text("\n".join(texts("claims.md", "toml")))
    claims = load_claims(path)
    assert claims.claims[-1].id == "P1.1"
    assert [figure.name for figure in claims.figures[-2:]] == ["four-conditions", "draws"]
    path.write_text(path.read_text().replace("effect", "affect"))
    with pytest.raises(UsageError, match=r"P1\.1"):
        load_claims(path)


def test_the_rate_of_the_backbone_is_printed_as_the_page_says(capsys):
    (program,) = texts("performance.md", "python")
    assert ")) * 5:" in program  # rounds; the test takes one
    exec(compile(program.replace(")) * 5:", ")):"), "performance.md", "exec"), {"__name__": "example"})
    rates = [float(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rates) == 2
    assert min(rates) > 0


def test_the_check_of_pull_requests_that_the_page_shows_is_a_workflow(tmp_path):
    (job,) = texts("performance.md", "yaml")
    path = tmp_path / "workflow.yml"
    path.write_text(f"on: pull_request\njobs:\n{textwrap.indent(textwrap.dedent(job), '  ')}")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    path.write_text(path.read_text().replace("runs-on", "runs-at"))
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_commands_of_the_bench_have_options_that_there_are():
    from benchmark.throughput.__main__ import GROUPS, parser

    lines = re.findall(r"nox -s bench --((?: [^\n`#]+)?)", (DOCS / "performance.md").read_text(encoding="utf-8"))
    assert len(lines) > 4
    for line in lines:
        given = parser().parse_args(shlex.split(line.replace("${{ github.event.pull_request.base.sha }}", "1aaa183")))
        assert set(given.groups) <= set(GROUPS), line


@pytest.fixture
def hooks(monkeypatch):
    """The functions that make pages of the site."""
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("hooks")


def test_the_page_of_scores_has_the_whole_registry(hooks):
    page = hooks.registry_page()
    assert [name for name in EVALUATORS if f"| `{name}` |" not in page] == []
    assert "| `fd_efficientnet_lite0` | ↓ |" in page


@pytest.mark.parametrize(
    ("here", "link", "expected"),
    [
        ("claims.md", "[s](scores.md#a)", "[s](scores.md#a)"),
        ("claims.md", "[r](../results/README.md#what-the-runs-show)", "[r](results/runs.md#what-the-runs-show)"),
        ("claims.md", "[code](../benchmark/a.py) and [folder](../results/reports)", "code and folder"),
        ("claims.md", "[b](https://example.org/a.md), [here](#there)", "[b](https://example.org/a.md), [here](#there)"),
        (
            "results/runs.md",
            "[c](../docs/claims.md) of [R1](reports/R1.md)",
            "[c](../claims.md) of [R1](reports/R1.md)",
        ),
        ("results/runs.md", "![an image](samples/a.png)", "![an image](samples/a.png)"),
    ],
)
def test_links_of_the_site_lead_to_its_own_pages_or_become_words(hooks, here, link, expected):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=here))
    assert hooks.on_page_markdown(link, page=page) == expected


def test_the_site_has_the_page_and_the_verdicts_of_every_report(hooks):
    places = hooks.results()
    assert {path.name for path in (ROOT / "results/reports").glob("*.md")} == {
        Path(place).name for place in places.values() if place.startswith("results/reports/") and place.endswith(".md")
    }
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [place for place in places.values() if place.endswith(".md") and place not in nav] == []
    assert hooks.PAGE in nav
