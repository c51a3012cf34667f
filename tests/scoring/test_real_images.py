"""The bundled judge on real images, which are no part of this project: skipped where they are not at hand."""

import json
import zipfile

import pytest

from benchmark.commands.judge import agree, check

pytestmark = pytest.mark.slow

SOME = 24  # submissions


def test_the_judge_agrees_with_the_courses_evaluator_on_submissions(shared, tmp_path):
    with zipfile.ZipFile(shared / "iclevr" / "submissions.zip") as archive:
        scores = json.loads(archive.read("index.json"))
        chosen = {entry["id"] for entry in scores[:SOME]}
        archive.extractall(tmp_path, [name for name in archive.namelist() if name.split("/")[0] in chosen])
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    submissions = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    found = agree.agree("iclevr", submissions, tmp_path / "scores.json", None)["all"]
    assert found["n"] >= SOME / 2
    assert found["correlation"] >= 0.92
    assert found["mean_absolute_difference"] <= 0.04


@pytest.mark.parametrize(("source", "joint"), [("mlds_faces.zip", 0.94), ("adl_faces.zip", 0.42)])
def test_the_judge_knows_real_faces_that_it_has_not_learned_from(real_faces, source, joint):
    """Course A's tags are noisy: two networks that agree with each other still differ from two tags in five."""
    found = check.check_judge("anime-faces", str(real_faces / source), "held_out", None)
    assert found["self_test"] == check.PASSED
    assert found["joint"] >= joint
