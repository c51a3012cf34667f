"""The bundled judges on real pictures, which are no part of this project: skipped where they are not at hand."""

import json
import zipfile

import pytest

from benchmark import agreement, judging
from benchmark.judging import bundled_second

pytestmark = pytest.mark.slow

NEEDED = {"mlds_faces.zip": (0.96, 0.93), "adl_faces.zip": (0.75, 0.70)}  # joint, by the judge and by the second one
SOME = 24  # submissions


@pytest.mark.parametrize("name", NEEDED)
def test_judges_know_real_faces_that_they_have_not_seen(name, shared):
    least, least_second = NEEDED[name]
    first = judging.check("anime-faces", str(shared / name), "held_out", None)
    second = judging.check(
        "anime-faces", str(shared / name), "held_out", bundled_second(judging.judged_task("anime-faces"))
    )
    assert first["self_test"] == second["self_test"] == judging.PASSED
    assert first["joint"] >= least
    assert second["joint"] >= least_second
    assert first["hair"] >= first["joint"] <= first["eyes"]


def test_the_judge_agrees_with_the_courses_evaluator_on_submissions(shared, tmp_path):
    with zipfile.ZipFile(shared / "iclevr" / "submissions.zip") as archive:
        scores = json.loads(archive.read("index.json"))
        chosen = {entry["id"] for entry in scores[:SOME]}
        archive.extractall(tmp_path, [name for name in archive.namelist() if name.split("/")[0] in chosen])
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    submissions = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    found = agreement.agree("iclevr", submissions, tmp_path / "scores.json", None)["all"]
    assert found["n"] >= SOME / 2
    assert found["correlation"] >= 0.92
    assert found["mean_absolute_difference"] <= 0.05
