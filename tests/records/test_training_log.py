"""The training log next to a record: every k-th line unchanged, the last one among them."""

from itertools import pairwise

import pytest
from builders.records import model_record

from benchmark.errors import UsageError
from benchmark.records.store import copy_record, log_path
from benchmark.records.training_log import kept_log_digest, load_log, log_digest, save_log, thin_lines


def lines(count):
    return [{"step": i, "turns": 2 * i, "seconds": 0.1 * i, "generator/fake": 1 / i} for i in range(1, count + 1)]


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (2_000, 2_000), (2_001, 1_001), (20_000, 2_000), (56_400, 1_945)])
def test_at_most_2000_lines_are_kept_evenly_and_none_is_averaged(count, kept):
    before = lines(count)
    found = thin_lines(before)
    assert len(found) == kept <= 2_000
    assert found[-1] == before[-1]
    assert len({b["step"] - a["step"] for a, b in pairwise(found)}) <= 1
    assert all(line == before[line["step"] - 1] for line in found)


@pytest.mark.parametrize("every", [2, 4, 5, 6])
@pytest.mark.parametrize("count", [3_500, 8_000, 12_001])
def test_a_loss_that_only_every_so_many_lines_have_keeps_some_of_them(every, count):
    before = lines(count)
    for line in before[::every]:
        line["discriminator/real"] = 1.0
    found = thin_lines(before)
    assert sum("discriminator/real" in line for line in found) > 50
    assert len(found) <= 2_000
    assert len({b["step"] - a["step"] for a, b in pairwise(found)}) == 1


def test_losses_stand_in_the_order_of_the_whole_log(tmp_path):
    before = [dict(sorted(line.items())) for line in lines(3_500)]
    for number in range(0, 3_500, 4):
        before[number] = {"discriminator/real": 1.0} | before[number]
    save_log(tmp_path / "a.json", before)
    first, second = log_path(tmp_path / "a.json").read_text().splitlines()[:2]
    assert first == "step,images_seen,seconds,discriminator/real,generator/fake"
    assert second.startswith("2,"), "the first line that is kept lacks the discriminator's loss"


def test_a_loss_that_a_single_line_has_does_not_thin_the_log_further():
    before = lines(4_000)
    before[-1 - 3_989]["discriminator/real"] = 1.0  # a prime number of lines before the last
    assert len(thin_lines(before)) == 2_000


def test_a_log_reads_back_to_six_digits_and_what_is_not_finite_as_none(tmp_path):
    path = tmp_path / "a.json"
    last = {"step": 4, "seconds": 0.4, "generator/fake": None, "discriminator/real": float("inf")}
    save_log(path, [*lines(3), last])
    found = load_log(path)
    assert [line["step"] for line in found] == [1, 2, 3, 4]
    assert found[2]["generator/fake"] == 0.333333
    assert (found[0]["discriminator/real"], found[3]["generator/fake"], found[3]["discriminator/real"]) == (None,) * 3
    assert "turns" not in found[0]


def test_a_run_without_a_log_leaves_no_file(tmp_path):
    save_log(tmp_path / "a.json", [])
    assert list(tmp_path.iterdir()) == []
    assert log_digest([]) is None


def test_the_digest_of_a_log_is_that_of_its_file_whatever_ends_its_lines(tmp_path):
    path = tmp_path / "a.json"
    save_log(path, lines(3_000))
    assert kept_log_digest(path) == log_digest(lines(3_000)) != log_digest(lines(2_999))
    log_path(path).write_bytes(log_path(path).read_bytes().replace(b"\n", b"\r\n"))
    assert kept_log_digest(path) == log_digest(lines(3_000))


def test_a_record_is_copied_with_its_log(tmp_path):
    path = model_record().save(tmp_path / "a")
    save_log(path, lines(5))
    assert load_log(copy_record(path, tmp_path / "b")) == load_log(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no training log: its first column is not step"),
        ("a,b\n1,2\n", "no training log: its first column is not step"),
        ("step,generator/fake\n1,0.5\n2\n", "line 3: cells are 1 for 2 columns"),
        ("step,generator/fake\n1,half\n", "line 2: could not convert string to float: 'half'"),
        ("step,generator/fake\n1,nan\n", "line 2: its step is missing, or a number is not finite"),
        ("step,generator/fake\n,0.5\n", "line 2: its step is missing, or a number is not finite"),
    ],
)
def test_a_damaged_log_is_refused_with_its_line(tmp_path, text, words):
    path = log_path(tmp_path / "a.json")
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        load_log(tmp_path / "a.json")


def test_a_log_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*a\.csv: No such file"):
        load_log(tmp_path / "a.json")
