"""Tables of a task's older version: what has changed since stands above them, on the page and in the model cards."""

import json
import re

import pytest
from builders.leaderboards import reference, run
from builders.pages import page
from builders.records import DIGEST, PROTOCOL
from markupsafe import escape

from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.latex import to_latex
from benchmark.leaderboard.model_cards import cards
from benchmark.leaderboard.render import to_json, to_markdown
from benchmark.leaderboard.tables import build
from benchmark.leaderboard.versions import changes_since
from benchmark.records.protocol import Protocol
from benchmark.tasks import TASKS

TODAY = TASKS["iclevr"].version
SINCE = f"Older version: scored by version 1 of the task. Version 2: {TASKS['iclevr'].changes[2]}"


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_of_each_later_version_what_it_changed_in_a_sentence(name):
    task = TASKS[name]
    assert sorted(task.changes) == list(range(2, task.version + 1))
    assert all(re.fullmatch(r"[A-Z].*\w\.", sentence) for sentence in task.changes.values())


@pytest.mark.parametrize(("version", "expected"), [(1, True), (TODAY, False)])
def test_a_table_of_an_older_version_says_what_has_changed_since(version, expected):
    records = [
        run("m", protocol={"version": version}),
        run("m", 0.4, budget="report", updates=3000, protocol={"version": version}),
    ]
    tables = build(records)
    head = to_markdown(tables).split("<details>")[0]
    assert (f"\n\n{SINCE}\n\n| Rank |" in head) == expected
    assert ("Older version" in to_markdown(tables)) == expected
    kinds = [[note["kind"] for note in table["notes"]] for table in json.loads(to_json(tables))["tables"]]
    assert all(("Older version" in found) == expected for found in kinds)


def test_the_page_says_it_once_above_each_older_table():
    older, present = run("m", protocol={"version": 1}), run("m", protocol={"version": TODAY})
    html = page([older, run("m", 0.4, budget="report", updates=3000, protocol={"version": 1}), present])
    first, apart = html.split('<details class="apart">')
    assert "Older version" not in first
    assert apart.count('<p class="muted">' + str(escape(SINCE)) + "</p>") == apart.count("Older version") == 1
    assert apart.index("Older version") < apart.index("<table")


@pytest.mark.parametrize(("version", "count"), [(1, 1), (TODAY, 0)])
def test_a_model_card_says_it_among_its_remarks(version, count):
    (text,) = cards([run("m", protocol={"version": version}), reference("real")]).values()
    assert text.count(f"\n- {SINCE}\n") == count


@pytest.mark.parametrize(("version", "expected"), [(1, True), (TODAY, False)])
def test_the_short_table_and_the_captions_of_latex_say_it_too(version, expected):
    protocol = {"version": version}
    real = reference("real").model_copy(update={"protocol": Protocol(**PROTOCOL | protocol)})
    tables = build([run("m", protocol=protocol), real])
    lines = headline(tables).splitlines()[2:]
    assert [line.endswith("| older version |") for line in lines] == [expected, expected]
    assert ("intervals; older version of the task}" in to_latex(tables)) == expected


@pytest.mark.parametrize(("version", "told"), [(1, [2, 3]), (2, [3]), (3, [])])
def test_only_later_versions_are_told(version, told):
    words = changes_since(Protocol(**PROTOCOL | {"task": "celeba-transfer", "version": version}))
    assert [int(number) for number in re.findall(r"Version (\d):", words)] == told


def test_nothing_is_said_of_a_task_of_ones_own_whatever_its_name():
    older = PROTOCOL | {"version": 1}
    assert changes_since(Protocol(**older | {"definition_sha256": DIGEST})) == ""
    assert changes_since(Protocol(**older | {"task": "mine", "definition_sha256": DIGEST})) == ""
    assert changes_since(Protocol(**older)) != ""
