"""The short table of results: each model once, after its longest training, between real images and a floor."""

from builders.leaderboards import reference, run, with_scores

from benchmark.leaderboard.headline import HEAD, headline
from benchmark.leaderboard.tables import build


def lines(*records):
    """The lines below the head, without the columns of task and score."""
    text = headline(build(records))
    assert text.startswith(HEAD)
    cells = [line.strip("| ").split(" | ") for line in text.removeprefix(HEAD).splitlines()]
    return [(name, updates, value, *rest) for _, name, updates, _, value, *rest in cells]


def names(*records):
    return [name for name, *_ in lines(*records)]


def test_a_model_has_its_score_and_its_status():
    records = run("good", 0.9), run("bad", 0.1, status="collapsed", reason="all alike")
    assert headline(build(records)).removeprefix(HEAD).splitlines() == [
        "| iclevr | good | 1,500 | topk_accuracy ↑ (%) | 90.0 [85.0, 95.0] |  |",
        "| iclevr | bad | 1,500 | topk_accuracy ↑ (%) | 10.0 [5.0, 15.0] | collapsed |",
    ]


def test_real_images_come_first_then_models_from_the_best_on_then_the_better_floor():
    floors = (
        reference("shuffled", value=0.2, interval=(0.1, 0.3)),
        reference("untrained", value=0.1, interval=(0.0, 0.2)),
    )
    records = [run("a", 0.5), run("b", 0.9, budget="report"), reference("real"), *floors]
    assert names(*records) == ["real (ceiling)", "b", "a", "shuffled (floor)"]


def test_the_best_distance_is_the_least():
    other = {"task": "anime-faces-unconditional"}
    assert names(run("a", fd=9.0, protocol=other), run("b", fd=3.0, protocol=other)) == ["b", "a"]


def test_a_model_stands_once_after_its_longest_training():
    records = run("a", 0.9), run("a", 0.8, budget="custom", updates=3000), run("a", 0.7, budget="custom", updates=2000)
    assert lines(*records) == [("a", "3,000", "80.0 [75.0, 85.0]")]


def test_a_ranked_row_stands_for_its_model_before_a_longer_one_that_is_not():
    failed = run("a", budget="custom", updates=3000, status="diverged", reason="loss is nan", scores={})
    assert lines(failed, run("a", 0.9)) == [("a", "1,500", "90.0 [85.0, 95.0]")]


def test_a_variant_stands_for_its_model_only_where_the_model_itself_has_no_row():
    def variant(name, value):
        record = run(name, value)
        return type(record)(**dict(record) | {"model": dict(record.model) | {"variant": "v"}})

    assert names(variant("a", 0.9), run("a", 0.5), variant("b", 0.4)) == ["a", "b:v"]


def test_models_that_are_not_ranked_come_last_and_one_without_a_score_has_its_line():
    failed = run("lost", status="diverged", reason="loss is nan", scores={})
    slow = run("slow", 0.95, status="undertrained", reason="near chance")
    assert [one[0] for one in lines(failed, slow, run("a", 0.2))] == ["a", "slow", "lost"]
    assert "| iclevr | lost | 1,500 | topk_accuracy | – | diverged |" in headline(build([failed]))  # noqa: RUF001


def test_an_alarm_stands_next_to_the_value_and_next_to_the_status_of_a_row_without_rank():
    repeated = {"near_duplicate_rate": {"value": 0.4, "interval": (0.3, 0.5)}}
    slow = with_scores(run("c", 0.1, status="undertrained", reason="near chance"), repeated)
    alarmed, other, unranked = lines(with_scores(run("a", 0.9), repeated), run("b", 0.8), slow)
    assert (alarmed[3:], other[3:], unranked[3:]) == (("alarm",), (), ("undertrained, alarm",))


def test_rows_of_other_data_name_it():
    text = headline(build([run("a"), run("b", data_name="faces.zip", protocol={"n_real": 7})]))
    assert "| iclevr | a |" in text
    assert "| iclevr, faces.zip | b |" in text


def test_a_name_adds_no_markup():
    assert r"a\|b &lt;i&gt;" in headline(build([run("a|b <i>", 0.9)]))
