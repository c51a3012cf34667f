"""Which submissions lie in a folder, and what tells two of them apart."""

import os

import pytest
from builders.data import png

from benchmark.errors import UsageError
from benchmark.grading.intake import contents
from benchmark.grading.intake.contents import content_digest
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.submission import bundle

LISTS = ["test", "new_test"]


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png())


def ids(folder, **options):
    return [submission.id for submission in find_submissions([folder], LISTS, **options).submissions]


ONE = {
    "images of a list": ["test/0.png"],
    "a list's folder in capitals": ["Test/0.png"],
    "a folder of images": ["images/test/0.png"],
    "a grid": ["test.png", "report.pdf"],
    "weights": ["generator.safetensors", "config.json", "src/train.py"],
    "a checkpoint": ["last.pth", "notes.txt"],
    "a manifest": ["manifest.json", "numbers.npz"],
    "a graph and its numbers": ["generator.onnx", "generator.onnx.data"],
    "a graph and a preview": ["generator.onnx", "generator.onnx.data", "preview.png"],
    "arrays and a preview": ["images.npz", "preview.png"],
    "arrays called like the lists": ["test.npy", "new_test.npy", "preview.png"],
    "a graph and images of a list": ["mine.onnx", "test/0.png"],
    "declared arrays": ["manifest.json", "a.npy", "b.npy", "preview.png"],
    "a graph, its numbers and a report": ["generator.onnx", "generator.onnx.data", "report.pdf"],
}


@pytest.mark.parametrize("names", ONE.values(), ids=ONE)
def test_a_folder_with_parts_of_a_submission_is_one(tmp_path, names):
    put(tmp_path / "mine", *names)
    assert ids(tmp_path / "mine") == ["mine"]
    assert ids(tmp_path) == ["mine"]


@pytest.mark.parametrize("stray", ["screenshot.png", "manifest.json", "test/0.png", "weights.pt"])
def test_something_stray_beside_submissions_does_not_make_them_one(tmp_path, stray):
    put(tmp_path / "class", "ann/test/0.png", "bob.zip", "cem/images/test/0.png", stray)
    found = ids(tmp_path / "class")
    assert {"ann", "bob", "cem"} <= set(found)
    assert ids(tmp_path / "class", each_is_one=True) == ["class"]


@pytest.mark.parametrize("stray", ["screenshot.png", "weights.pt", "test/0.png", "images/logo.png"])
@pytest.mark.parametrize("ending", ["npz", "npy", "onnx"])
def test_arrays_and_graphs_beside_something_stray_are_submissions_of_their_own(tmp_path, ending, stray):
    put(tmp_path, f"ann.{ending}", f"bob.{ending}", stray)
    assert {"ann", "bob"} <= set(ids(tmp_path))


@pytest.mark.parametrize("ending", ["npz", "npy", "onnx"])
def test_one_persons_file_beside_a_stray_image_is_a_submission_of_its_own(tmp_path, ending):
    put(tmp_path, f"ann.{ending}", "screenshot.png")
    assert ids(tmp_path) == ["ann", "screenshot.png"]


def test_everything_handed_in_has_a_row_but_notes_and_litter(tmp_path):
    put(tmp_path, "a/0.png", "b.rar", "c.tar.gz", "d.onnx", "roster.csv", "README.md", ".DS_Store", "report.PDF")
    (tmp_path / "e").mkdir()
    (tmp_path / "f").symlink_to("/etc")
    found = find_submissions([tmp_path], LISTS)
    assert [submission.id for submission in found.submissions] == ["a", "b.rar", "c", "d", "e", "f"]
    assert found.ignored == ["README.md", "report.PDF", "roster.csv"]


def test_graphs_of_several_people_are_submissions_of_their_own(tmp_path):
    put(tmp_path, "ann.onnx", "bob.onnx", "bob.onnx.data")
    ann, bob = find_submissions([tmp_path], LISTS).submissions
    assert (ann.id, ann.files, bob.id) == ("ann", {}, "bob")
    assert bob.files == {name: tmp_path / name for name in ("bob.onnx", "bob.onnx.data")}
    put(tmp_path, "cem/generator.onnx", "cem/generator.onnx.data")
    assert {"ann", "bob", "cem"} <= set(ids(tmp_path))


def test_a_folder_and_an_archive_of_one_name_are_two_submissions(tmp_path):
    put(tmp_path, "a/0.png", "a.zip", "b.zip")
    assert ids(tmp_path) == ["a", "a.zip", "b"]


@pytest.mark.parametrize(
    "names", [["bob.zip", "bob.tar", "bob.zip.zip"], ["bob.npz", "bob.zip", "bob.npz.zip"], ["bob.tar", "bob.tar.gz"]]
)
def test_names_that_differ_in_their_endings_alone_have_a_row_each_under_their_own_name(tmp_path, names):
    put(tmp_path, *names)
    found = find_submissions([tmp_path], LISTS).submissions
    assert {submission.id: submission.path.name for submission in found} == {name: name for name in names}


def test_nobody_can_keep_others_from_their_rows_by_the_name_of_a_file(tmp_path):
    """Each name here is one that the names before it would otherwise have been given."""
    taken = ["bob.zip", "bob.tar", "bob.zip.zip", "new\nline"]
    for _ in range(12):
        put(tmp_path, *(f"{name}/0.png" if "." not in name else name for name in taken))
        found = find_submissions([tmp_path], LISTS).submissions
        assert len({submission.id for submission in found}) == len(found) == len(taken)
        taken += [name for submission in found if (name := f"{submission.id}.zip") not in taken][:2]
        taken += [submission.id for submission in found if submission.id not in taken][:2]


def test_names_made_to_collide_stay_apart(tmp_path):
    put(tmp_path, "alice/0.png", "alice.zip", "alice.zip.zip", "bob/0.png")
    shown = find_submissions([tmp_path], LISTS).submissions
    assert len({submission.id for submission in shown}) == 4
    (tmp_path / "new\nline").mkdir()
    (name,) = {one.id for one in find_submissions([tmp_path], LISTS).submissions} - {one.id for one in shown}
    (tmp_path / name).mkdir()
    found = find_submissions([tmp_path], LISTS).submissions
    assert len({submission.id for submission in found}) == 6
    assert all(submission.id.isprintable() for submission in found)


@pytest.mark.parametrize("stray", ["screenshot.png", "images/logo.png", "weights.pt"])
def test_submissions_that_lie_deeper_are_seen_beside_something_stray(tmp_path, stray):
    put(tmp_path / "class", "ann/homework/test/0.png", "bob/homework/images/test/0.png", stray)
    assert {"ann", "bob"} <= set(ids(tmp_path / "class"))


def test_images_of_lists_with_a_program_beside_them_are_one_submission(tmp_path):
    put(tmp_path / "mine", "images/test/0.png", "program/figures/loss.png")
    assert ids(tmp_path / "mine") == ["mine"]


def test_a_folder_that_may_not_be_read_is_a_submission_like_others(tmp_path, monkeypatch):
    """As for anybody but root, whom no mode keeps out."""
    put(tmp_path / "class", "stray.png", "closed/0.png", "open/0.png")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "closed" and allowed(path, mode))
    assert ids(tmp_path / "class") == ["closed", "open", "stray.png"]


def test_one_name_in_two_places_is_refused(tmp_path):
    put(tmp_path, "monday/a/0.png", "tuesday/a/0.png")
    with pytest.raises(UsageError, match=r"^'a' is in two of the given paths; grade"):
        find_submissions([tmp_path / "monday", tmp_path / "tuesday"], LISTS)
    put(tmp_path, "monday/b/0.png", "tuesday/b/0.png", "monday/c/0.png")
    with pytest.raises(UsageError, match=r"^'a' is in two of the given paths, and so are 1 more; grade"):
        find_submissions([tmp_path / "monday", tmp_path / "tuesday"], LISTS)


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}-"), (b"\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred-")],
)
def test_a_name_that_cannot_be_printed_becomes_one_that_can(tmp_path, name, shown):
    os.mkdir(os.fsencode(tmp_path) + b"/" + name)
    os.mkdir(os.fsencode(tmp_path) + b"/" + name + b"2")
    (first, second) = ids(tmp_path)
    assert first.startswith(shown)
    assert first.isprintable()
    assert first != second


def test_a_digest_changes_with_contents_and_names_and_not_with_times(tmp_path):
    put(tmp_path / "a", "0.png")
    put(tmp_path / "b", "1.png")
    first = content_digest(tmp_path / "a")
    os.utime(tmp_path / "a" / "0.png", (0, 0))
    assert content_digest(tmp_path / "a") == first
    assert content_digest(tmp_path / "b") != first
    (tmp_path / "a" / "0.png").write_bytes(png((1, 2, 3)))
    assert content_digest(tmp_path / "a") != first


def deep(folder):
    for _ in range(300):
        folder = folder / ("d" * 5)
    os.makedirs(folder)


def many(folder):
    folder.mkdir()
    for number in range(bundle.MAX_FILES + 1):
        (folder / str(number)).touch()


def sparse(folder):
    folder.mkdir()
    with (folder / "0.png").open("wb") as file:
        file.truncate(1 << 40)


def link(folder):
    folder.symlink_to("/etc")


@pytest.mark.parametrize(
    ("build", "reason"), [(deep, "deep"), (many, "more than 5,000 files"), (sparse, "more than"), (link, "is a link")]
)
def test_what_is_too_much_is_rejected_before_it_is_read(tmp_path, build, reason):
    build(tmp_path / "a")
    with pytest.raises(Rejected, match=reason):
        content_digest(tmp_path / "a")


def test_a_file_that_goes_while_it_is_read_is_no_fault_of_who_handed_it_in(tmp_path, monkeypatch):
    put(tmp_path, "0.png")
    monkeypatch.setattr(contents, "_walk", lambda path: [("gone.png", tmp_path / "gone.png")])
    with pytest.raises(OSError, match="No such file"):  # it has failed, and is looked at again
        content_digest(tmp_path)


def test_a_pipe_is_no_content_and_nobody_waits_for_it(tmp_path):
    for name in ("pipe", "file"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "0.png")
    (tmp_path / "file" / "0.png").touch()
    assert content_digest(tmp_path / "pipe") != content_digest(tmp_path / "file")


def test_what_macos_writes_beside_a_file_is_no_submission(tmp_path):
    put(tmp_path, "ann.zip", "._ann.zip", "bob/test/0.png", "._bob", "bob/._cem.zip")
    assert ids(tmp_path) == ["ann", "bob"]
