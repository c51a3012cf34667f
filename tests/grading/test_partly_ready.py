"""A check says which list is missing, and counts such a submission as partly ready alone."""

import json

import pytest
from builders.batches import SCHEME, hand_in

from benchmark.cli import main


@pytest.fixture
def options(exam, scenes):
    """A check of two lists."""
    folder = exam.scheme.parent
    (folder / "more.json").write_text(json.dumps(scenes[1][:3]))
    exam.scheme.write_text(SCHEME.replace("exam = 1.0", "exam = 0.5, more = 0.5"))
    lists = [str(folder / name) for name in ("exam.json", "more.json")]
    return ["--scheme", str(exam.scheme), "--conditions", lists[0], "--conditions", lists[1], "--check"]


def test_who_lacks_a_whole_list_is_partly_ready_and_the_check_fails(tmp_path, options, scenes, capsys):
    for name in ("ann", "bob"):
        hand_in(tmp_path / "inbox" / name, scenes[0])
    (tmp_path / "inbox" / "ann" / "more").mkdir()
    for number in range(3):
        file = f"{number}.png"
        (tmp_path / "inbox" / "ann" / "more" / file).write_bytes(
            (tmp_path / "inbox" / "ann" / "exam" / file).read_bytes()
        )
    assert main(["grade", str(tmp_path / "inbox"), *options]) == 1
    ann, bob, counts = capsys.readouterr().out.splitlines()
    assert ann == "ready         ann  images exam: 12, images more: 3"
    assert bob == "partly ready  bob  images exam: 12; there are no images for more, so it earns nothing"
    assert counts == "1 ready, 1 partly ready"
    assert main(["grade", str(tmp_path / "inbox" / "ann"), *options]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 ready"


def test_images_alone_are_ready_where_only_the_hidden_list_is_missing(tmp_path, options, exam, scenes, capsys):
    hand_in(tmp_path / "inbox" / "ann", scenes[0])
    exam.scheme.write_text(SCHEME.replace("exam = 1.0", "exam = 0.5, hidden = 0.5"))
    hidden = ["--hidden", str(tmp_path / "hidden.json")]
    assert main(["grade", str(tmp_path / "inbox" / "ann"), *options[:4], *hidden, "--check"]) == 0
    assert "there are no images for hidden" in capsys.readouterr().out
