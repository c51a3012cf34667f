"""Images drawn elsewhere whose training a person declares: ranked with the models of their budget, and marked."""

import numpy as np
import pytest
from builders.data import toy_data
from builders.leaderboards import reference, run
from builders.records import DIGEST, model_record

from benchmark.data.datasets import DATASETS
from benchmark.errors import UsageError
from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.markdown import to_markdown
from benchmark.leaderboard.page.glance import protocol_cards
from benchmark.leaderboard.page.row_order import rows_of
from benchmark.leaderboard.tables import build
from benchmark.records.record import PluginEntry, Record
from benchmark.scoring.external_samples import column_words

DECLARED = {"updates": 1_500, "budget": "short", "images_seen": 96_000, "seeds": (3, 4), "source": "a paper"}


def images(name, value, declared=None):
    """The record of images with a score."""
    fields = dict(model_record(score={"value": value, "interval": (value - 0.01, value + 0.01), "groups": {}}))
    entry = {"name": name, "images_sha256": DIGEST} | ({"declared": declared} if declared else {})
    return Record(**(fields | {"kind": "images", "model": None, "training": None, "images": entry}))


def edited(kind):
    """Images of two names, by a plug-in of that kind before and after its file was edited."""
    entries = [PluginEntry(kind=kind, distribution=None, version=None, sha256=digit * 64) for digit in "01"]
    given = images("before", 0.6, DECLARED), images("after", 0.3, DECLARED)
    return [
        one.model_copy(update={"plugins": {"my_file:mine": entry}}) for one, entry in zip(given, entries, strict=True)
    ]


def table_of(*records):
    (table,) = build([*records, reference("untrained")])
    return table


def test_declared_images_are_ranked_among_the_models_of_their_budget():
    table = table_of(run("better", 0.9), run("worse", 0.3), images("theirs", 0.6, DECLARED), images("unknown", 0.7))
    assert {row.name: row.rank for row in table.rows if row.kind != "reference"} == {
        "better": 1, "theirs": 2, "worse": 3, "unknown": None,
    }  # fmt: skip


def test_the_page_marks_them_and_says_where_they_are_from():
    page = to_markdown([table_of(run("better", 0.9), images("theirs", 0.6, DECLARED), images("unknown", 0.7))])
    assert "| 2 | theirs (images, declared) | 1,500 | 2 |" in page
    assert "drawn elsewhere; its training is as declared, not checked: a paper" in page
    assert "| – | unknown (images) | – | – |" in page  # noqa: RUF001
    assert "drawn elsewhere, for the same conditions; how is not known, so there is no rank" in page


def test_another_number_of_updates_has_a_table_of_its_own():
    other = DECLARED | {"budget": "custom", "updates": 20_000}
    tables = build([run("better", 0.9), images("theirs", 0.6, other), reference("untrained")])
    assert [(table.budget, table.total_updates) for table in tables] == [("short", None), ("custom", 20_000)]
    assert [row.name for row in tables[1].rows if row.rank] == ["theirs"]
    assert [row.name for _, row in rows_of(tables)] == ["better", "theirs", "untrained"]  # the page's one table


def test_they_take_no_models_place_in_the_short_table_and_not_each_others():
    """Whatever a person calls them: a bundled model's name, or names with one beginning."""
    longer = DECLARED | {"budget": "custom", "updates": 20_000}
    given = [images("ours", 0.99, longer), images("theirs: small", 0.6), images("theirs: large", 0.7)]
    lines = headline(build([run("ours", 0.9), *given])).splitlines()[2:]
    assert [line.split(" | ")[1] for line in lines] == [
        "ours (images, declared)", "ours", "theirs: large (images)", "theirs: small (images)",
    ]  # fmt: skip


def test_a_card_at_the_top_of_the_page_marks_them():
    for name, value, place in (("worse", 0.3, 0), ("better", 0.9, 1)):
        found = protocol_cards([table_of(run(name, value), images("theirs", 0.6, DECLARED))])
        assert [card["name"] for card in found].index("theirs (images, declared)") == place


@pytest.mark.parametrize("kind", ["model", "generator"])
def test_an_edited_file_that_draws_blocks_no_table(kind):
    table = table_of(run("bundled", 0.9), *edited(kind))
    assert [row.name for row in table.rows] == ["bundled", "before", "after", "untrained"]


@pytest.mark.parametrize("kind", ["evaluator", "task", "data set"])
def test_an_edited_file_that_measures_does(kind):
    with pytest.raises(
        UsageError, match=r"two records do not compare: plugin my_file:mine is '0{64}' in .* and '1{64}'"
    ):
        table_of(run("bundled", 0.9), *edited(kind))


def test_words_say_what_the_columns_of_requested_conditions_are():
    scenes, faces = (column_words(DATASETS[name]) for name in ("iclevr", "anime-faces"))
    columns = toy_data(DATASETS["iclevr"]).conditions.shape[1]
    assert scenes["columns"].shape == (columns,)
    assert scenes["columns"][0] == "gray cube"
    assert faces["columns"].tolist() == ["hair", "eyes"]
    assert faces["values_hair"].shape == (12,)
    assert all(array.dtype.kind == np.dtype(str).kind for array in faces.values()), "no pickle is needed to read them"
