"""Whatever happens to a submission on its way, reading it ends in images or in a reported rejection."""

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np
import pytest
from builders.submissions import encoded, npy, npz, seen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.assignment import Assignment, ConditionList

pytestmark = pytest.mark.slow

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8), dtype=np.uint8)
ASSIGNMENT = Assignment(
    task="iclevr", kind="multi_label", sizes=[24], image_size=8, draws=1, seed=0,
    lists=[ConditionList(name="test", rows=[[1] + [0] * 23] * 2, stems=["0", "1"])],
)  # fmt: skip
MANIFEST = {"images": {"files": {"test": "a.npz"}, "layout": "NCHW", "value_range": "0..255"}, "task": "iclevr"}
CONTENTS = {
    "test/0.png": encoded(IMAGES[0]),
    "test/1.png": encoded(IMAGES[1], "jpeg"),
    "a.npz": npz({"test": IMAGES}),
    "test.npy": npy(IMAGES),
    "manifest.json": json.dumps(MANIFEST).encode(),
}


def zipped(contents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tarred(contents):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


ENCODED = {name: content for name, content in CONTENTS.items() if name.startswith("test/")}
ARRAYS = {name: content for name, content in CONTENTS.items() if name in ("a.npz", "manifest.json")}
PACKED = [("work.zip", zipped(ENCODED)), ("work.zip", zipped(ARRAYS)), ("work.tgz", tarred(ENCODED))]


@st.composite
def mutated_bytes(draw, content):
    """A few bytes changed, cut out or put in."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.integers(0, 8))
        content[at : at + length] = draw(st.binary(max_size=8))
    return bytes(content)


WORDS = st.sampled_from([*MANIFEST, "files", "a.npz"]) | st.text(max_size=20)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
ARCHIVES = st.sampled_from(PACKED).flatmap(lambda item: st.tuples(st.just(item[0]), mutated_bytes(item[1])))
NAMES = st.text(max_size=30) | st.from_regex(r"(\.\./|/|test/|a/)*\d+\.png", fullmatch=True)
ROUNDS = settings(
    max_examples=500, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def survive(path):
    """Look at a submission; nothing but a rejection may come out."""
    try:
        parts = seen(path, ASSIGNMENT)
    except Rejected:
        return
    assert all(images.shape == (2, 3, 8, 8) for images in parts.values())


@given(packed=ARCHIVES)
@ROUNDS
def test_a_mutated_archive_is_read_or_rejected(packed, tmp_path):
    (tmp_path / packed[0]).write_bytes(packed[1])
    survive(tmp_path / packed[0])


@given(
    file=st.sampled_from(sorted(CONTENTS)).flatmap(lambda name: st.tuples(st.just(name), mutated_bytes(CONTENTS[name])))
)
@ROUNDS
def test_a_mutated_file_within_a_sound_archive_is_read_or_rejected(file, tmp_path):
    base = ENCODED if file[0].startswith("test/") else ARRAYS
    (tmp_path / "work.zip").write_bytes(zipped(base | {file[0]: file[1]}))
    survive(tmp_path / "work.zip")


@given(
    document=JSON | JSON.map(lambda value: MANIFEST | {"images": value}) | JSON.map(lambda value: {"weights": value})
)
@ROUNDS
def test_any_manifest_is_followed_or_rejected(document, tmp_path):
    (tmp_path / "work.zip").write_bytes(zipped(CONTENTS | {"manifest.json": json.dumps(document).encode()}))
    survive(tmp_path / "work.zip")


@given(names=st.dictionaries(NAMES, st.sampled_from(sorted(CONTENTS)), max_size=5))
@ROUNDS
def test_any_names_are_read_or_rejected(names, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in names.items():
            try:
                archive.writestr(name.encode("utf-8", "replace").decode(), CONTENTS[content])
            except (ValueError, IndexError):  # a name that zipfile itself will not write
                continue
    (tmp_path / "work.zip").write_bytes(buffer.getvalue())
    survive(tmp_path / "work.zip")


@pytest.mark.parametrize("number", range(len(PACKED)))
def test_what_is_mutated_is_sound_before(number, tmp_path):
    name, content = PACKED[number]
    (tmp_path / name).write_bytes(content)
    assert seen(tmp_path / name, ASSIGNMENT)["images", "test"].shape == (2, 3, 8, 8)
