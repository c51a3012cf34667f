"""Reading data sets from disk, packing them, and what bad input gets."""

import dataclasses
import errno
import hashlib
import io
import json
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch
from builders.data import png
from PIL import Image, ImageOps

from benchmark.data import packed, rendering
from benchmark.data.datasets import DATASETS, EMBEDDED_SEED
from benchmark.data.decoding import decode
from benchmark.data.labels import EYES, HAIR, OBJECTS
from benchmark.data.loading import open_data
from benchmark.data.packed import held_out, split_key
from benchmark.errors import UsageError
from benchmark.system.cache import cache_folder
from benchmark.system.files import replacing, replacing_folder, write_text

FACES, SCENES = DATASETS["anime-faces"], DATASETS["iclevr"]
EMBEDDED = [dataset for dataset in DATASETS.values() if dataset.render]


def zipped(folder, inside=""):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + str(file.relative_to(folder)))
    return path


def test_course_b_folder_gives_hair_and_eye_indices(faces):
    data = open_data(FACES, str(faces))
    assert data.conditions[0].tolist() == [HAIR.index("aqua"), EYES.index("red")]
    assert data.conditions[2].tolist() == [HAIR.index("black"), EYES.index("gray")]
    assert data.images.shape == (6, 3, 64, 64)
    assert data.images[3].float().mean(dim=(1, 2)).tolist() == [120, 100, 50]


def test_folder_and_zip_give_the_same_digest_and_file(faces):
    folder, archive = open_data(FACES, str(faces)), open_data(FACES, str(zipped(faces, "top/")))
    assert folder.digest == archive.digest
    assert len(list((cache_folder() / "packed").iterdir())) == 1


def test_one_changed_pixel_changes_the_digest(faces):
    before = open_data(FACES, str(faces)).digest
    (faces / "images" / "0.jpg").write_bytes(png((0, 101, 50)))
    assert open_data(FACES, str(faces)).digest != before


TAGS = ["aqua hair:12\tlong hair:3\tred eyes:1\t", "aqua hair:1\tpink hair:2\tred eyes:1\t", "smile:4\tblue eyes:2\t"]


def tagged(folder, rows):
    """Course A's layout with these tags."""
    (folder / "faces").mkdir(parents=True)
    for index in range(len(rows)):
        (folder / "faces" / f"{index}.jpg").write_bytes(png((40 * index, 0, 0), size=(96, 96)))
    (folder / "tags_clean.csv").write_text("".join(f"{i},{row}\n" for i, row in enumerate(rows)))
    return folder


def test_course_a_counts_only_images_with_one_hair_and_one_eye_colour_and_says_so_each_time(tmp_path, capsys):
    folder = tagged(tmp_path / "adl", TAGS)
    for _ in range(2):
        data = open_data(FACES, str(folder))
        said = capsys.readouterr().err
        assert "adl: 2 of 3 images left out: not exactly one hair and one eye colour\n" in said
    assert data.names == ("0",)
    assert data.conditions.tolist() == [[HAIR.index("aqua"), EYES.index("red")]]
    open_data(FACES, str(tagged(tmp_path / "clean", TAGS[:1])))
    assert "left out" not in capsys.readouterr().err


@pytest.mark.parametrize("first", ["conditional", "unconditional"])
def test_without_conditions_all_images_of_course_a_count(tmp_path, capsys, first):
    folder, kinds = str(tagged(tmp_path / "adl", TAGS)), {"conditional": FACES, "unconditional": FACES.unconditional()}
    found = {kind: open_data(kinds[kind], folder) for kind in sorted(kinds, reverse=first == "unconditional")}
    assert found["unconditional"].names == ("0", "1", "2")
    assert found["unconditional"].conditions.shape == (3, 0)
    assert found["conditional"].names == ("0",)
    assert capsys.readouterr().err.count("left out") == 1


def test_where_all_images_have_conditions_a_task_without_them_has_the_same_file(tmp_path):
    folder = str(tagged(tmp_path / "adl", TAGS[:1] * 3))
    assert open_data(FACES.unconditional(), folder).digest == open_data(FACES, folder).digest


def test_images_packed_without_labels_serve_no_task_with_conditions(tmp_path):
    faces, folder = dataclasses.replace(FACES, read_images=None), tmp_path / "faces"
    folder.mkdir()
    (folder / "0.png").write_bytes(png())
    assert len(open_data(faces.unconditional(), str(folder))) == 1
    with pytest.raises(UsageError, match=r"has images without labels; give a folder or zip with tags\.csv"):
        open_data(faces, str(folder))


def counted(folder, pairs):
    """Course A's layout with these (hair, eyes) in words."""
    (folder / "faces").mkdir(parents=True)
    for index in range(len(pairs)):
        (folder / "faces" / f"{index}.jpg").write_bytes(png())
    lines = [f"{index},{hair} hair:1\t{eyes} eyes:1\t\n" for index, (hair, eyes) in enumerate(pairs)]
    (folder / "tags_clean.csv").write_text("".join(lines))
    return folder


ALL_PAIRS = [(hair, eyes) for hair in HAIR[1:] for eyes in EYES]  # orange hair is rare


def test_tags_whose_hair_and_eyes_were_exchanged_are_read_the_right_way_round(tmp_path, capsys):
    as_written = [(HAIR[EYES.index(eyes)], EYES[HAIR.index(hair) - 1]) for hair, eyes in ALL_PAIRS]
    data = open_data(FACES, str(counted(tmp_path / "adl", as_written)))
    assert sorted((HAIR[hair], EYES[eyes]) for hair, eyes in data.conditions.tolist()) == sorted(ALL_PAIRS)
    assert "of 121 faces none is blonde" in capsys.readouterr().err


@pytest.mark.parametrize(
    "pairs",
    [
        ALL_PAIRS,
        [pair for pair in ALL_PAIRS if pair[0] != "blonde"][:99],
        [("blue", eyes) for eyes in EYES] * 10,  # somebody chose these
        [*[pair for pair in ALL_PAIRS if pair[0] != "blonde"], ("blonde", "red")],
    ],
    ids=["right", "few", "of one colour", "one blonde"],
)
def test_tags_are_otherwise_read_as_they_are_written(tmp_path, capsys, pairs):
    data = open_data(FACES, str(counted(tmp_path / "adl", pairs)))
    assert sorted((HAIR[hair], EYES[eyes]) for hair, eyes in data.conditions.tolist()) == sorted(pairs)
    assert "exchanged" not in capsys.readouterr().err


def test_iclevr_folder_gives_multi_hots_and_condition_lists(scenes):
    data = open_data(SCENES, str(scenes))
    assert [OBJECTS[i] for i in data.conditions[1].nonzero().flatten()] == ["gray cube", "red sphere"]
    assert data.condition_lists["test"].sum(dim=1).tolist() == [1, 2]
    assert data.condition_lists["new_test"].sum().item() == 3
    assert data.images.shape == (4, 3, 64, 64)


@pytest.mark.parametrize(("name", "where"), [("train", "train.json, "), ("test", "test.json, row 1")])
def test_an_object_that_stands_twice_is_refused(scenes, name, where):
    path = scenes / f"{name}.json"
    content = json.loads(path.read_text())
    content[list(content)[1] if name == "train" else 1] = ["red cube", "red cube"]
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match=rf"{where}.* has the class 'red cube' twice; keep one of them"):
        open_data(SCENES, str(scenes))


def test_images_of_one_scene_stay_on_one_side():
    assert split_key("images/CLEVR_train_000012_0.png") == split_key("CLEVR_train_000012_2.png")
    assert split_key("CLEVR_train_000012_0.png") != split_key("CLEVR_train_000013_0.png")


def test_split_depends_on_the_name_alone():
    names = [f"images/{i}.jpg" for i in range(4_000)]
    mask = held_out(names)
    assert 0.13 < mask.mean() < 0.17
    np.testing.assert_array_equal(held_out(names[::-1]), mask[::-1])
    np.testing.assert_array_equal(held_out([name.replace("jpg", "png") for name in names]), mask)


def test_a_dot_within_a_name_decides_too():
    frames = [f"frame.{i:05}" for i in range(4_000)]
    assert 0.13 < held_out(frames).mean() < 0.17
    np.testing.assert_array_equal(held_out([f"{name}.png" for name in frames]), held_out(frames))


@pytest.mark.parametrize(
    "encoded", [png(90, mode="L"), png((90, 90, 90, 255), mode="RGBA"), png((90, 90, 90), size=(31, 77))]
)
def test_gray_alpha_and_odd_sized_images_are_converted(faces, encoded):
    (faces / "images" / "1.jpg").write_bytes(encoded)
    image = open_data(FACES, str(faces)).images[1]
    assert torch.equal(image, torch.full((3, 64, 64), 90, dtype=torch.uint8))


def test_sixteen_bit_images_keep_their_upper_bits(faces):
    Image.fromarray(np.full((64, 64), 90 * 256 + 7, dtype=np.uint16)).save(faces / "images" / "1.png")
    (faces / "images" / "1.jpg").unlink()
    assert open_data(FACES, str(faces)).images[1].unique().tolist() == [90]


def claiming(encoded, width, height):
    """A PNG whose header says another size."""
    header = encoded[12:16] + struct.pack(">2I", width, height) + encoded[24:29]
    return encoded[:12] + header + struct.pack(">I", zlib.crc32(header)) + encoded[33:]


@pytest.mark.parametrize("width", [5_000, 30_000, 60_000])  # Pillow itself: silent, warns, raises
def test_an_image_of_absurd_size_is_refused_before_it_is_decoded(faces, width):
    (faces / "images" / "1.jpg").write_bytes(claiming(png(), width, 4_000))
    refused(FACES, faces, f"{width}x4000 pixels")


def test_transparent_pixels_become_white(faces):
    (faces / "images" / "1.jpg").write_bytes(png((90, 90, 90, 0), mode="RGBA"))
    assert open_data(FACES, str(faces)).images[1].unique().tolist() == [255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_a_photograph_is_read_upright_as_its_exif_says(orientation, form):
    taken, exif, file = Image.new("RGB", (64, 64), "black"), Image.Exif(), io.BytesIO()
    taken.paste("white", (0, 0, 32, 32))
    taken.paste("gray", (32, 0, 64, 32))
    exif[0x0112] = orientation
    taken.save(file, form, exif=exif, **({} if form == "png" else {"quality": 100}))
    upright = np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB")).transpose(2, 0, 1)
    assert np.abs(decode(file.getvalue(), "it", 64).astype(int) - upright).max() == 0
    assert (orientation == 1) == np.array_equal(upright, np.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1))


@pytest.mark.parametrize(
    "exif", [b"nothing", b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x03\0\0\0ab", b"II*\0\x08\0\0\0\x09"]
)
def test_damaged_exif_turns_nothing(exif):
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "png", exif=exif)
    assert decode(file.getvalue(), "it", 64).min() == 255


def refused(dataset, path, *words):
    """The data is refused with all of the words in one line, and nothing is left in the cache."""
    with pytest.raises(UsageError) as caught:
        open_data(dataset, str(path))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert not list((cache_folder() / "packed").glob("*")) if cache_folder().exists() else True


def test_a_missing_folder_is_refused(tmp_path):
    refused(FACES, tmp_path / "nowhere", "nowhere", "does not exist", "tags.csv")


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    refused(FACES, tmp_path / "empty", "is empty")


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "data.zip").write_text("hello")
    refused(FACES, tmp_path / "data.zip", "neither a folder nor a zip")


def test_an_unknown_class_is_refused(scenes):
    path = scenes / "test.json"
    path.write_text(json.dumps([["gray cube"], ["pink cube"]]))
    refused(SCENES, scenes, "test.json, row 1", "'pink cube'", "red cube")


def test_a_missing_label_file_is_refused(scenes):
    (scenes / "new_test.json").unlink()
    refused(SCENES, scenes, "has no new_test.json")


def test_broken_json_is_refused(scenes):
    (scenes / "train.json").write_text('{"CLEVR_')
    refused(SCENES, scenes, "train.json is not JSON")


def test_a_tag_row_without_image_is_refused(faces):
    (faces / "images" / "4.jpg").unlink()
    refused(FACES, faces, "1 of 6 rows of tags.csv have no image", "'4'", "give --partial")


def test_an_image_without_tag_row_is_refused(faces):
    (faces / "images" / "77.jpg").write_bytes(png())
    refused(FACES, faces, "1 of 7 images have no row", "images/77.jpg")


def test_an_id_that_comes_twice_is_refused(faces):
    with (faces / "tags.csv").open("a") as file:
        file.write("3,red hair red eyes\n")
    refused(FACES, faces, "line 7 has the id '3' a second time")


def test_labels_may_begin_with_a_byte_order_mark(faces):
    (faces / "tags.csv").write_text((faces / "tags.csv").read_text(), encoding="utf-8-sig")
    assert len(open_data(FACES, str(faces))) == 6


def test_labels_that_are_not_utf8_are_refused(faces):
    (faces / "tags.csv").write_bytes(b"0,\xff\xfe hair\n")
    refused(FACES, faces, "tags.csv is not UTF-8 text")


def test_an_encrypted_zip_is_refused(faces):
    path = zipped(faces)
    content = bytearray(path.read_bytes())
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # set the encryption bit of every entry
        start = content.find(signature)
        while start >= 0:
            content[start + flag] |= 1
            start = content.find(signature, start + 4)
    path.write_bytes(content)
    refused(FACES, path, "is encrypted")


def test_a_zip_with_a_damaged_entry_is_refused(faces):
    path = zipped(faces)
    content = bytearray(path.read_bytes())
    at = content.find(b"aqua hair")
    content[at : at + 4] = b"teal"
    path.write_bytes(content)
    refused(FACES, path, "tags.csv", "Bad CRC-32")


def test_a_damaged_cache_index_is_refused(faces):
    open_data(FACES, str(faces))
    (note,) = (cache_folder() / "sources").iterdir()
    note.write_text('{"dig')
    with pytest.raises(UsageError, match=r"is not a whole JSON file.*delete it and run this again"):
        open_data(FACES, str(faces))


def test_an_unknown_colour_is_refused(faces):
    (faces / "tags.csv").write_text((faces / "tags.csv").read_text().replace("pink hair", "teal hair"))
    refused(FACES, faces, "line 2", "'teal'", "orange, white")


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "0 bytes"), (b"no image at all", "cannot be decoded"), (png()[:60], "cannot be decoded")],
)
def test_an_undecodable_image_is_refused(faces, content, word):
    (faces / "images" / "3.jpg").write_bytes(content)
    refused(FACES, faces, "images/3.jpg", word)


def test_a_truncated_cache_file_is_refused(faces):
    path = packed.packed_path(FACES.name, open_data(FACES, str(faces)).digest)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageError, match=r"is damaged.*delete it"):
        open_data(FACES, str(faces))


def test_a_foreign_safetensors_file_in_the_cache_is_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(UsageError, match="not a packed data set"):
        packed.load(tmp_path / "foreign.safetensors", "foreign")


def test_a_full_disk_leaves_nothing_behind(faces, monkeypatch):
    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(packed, "save_file", full)
    refused(FACES, faces, "No space left on device", "free some space")
    assert not (cache_folder() / "packed").exists()


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), ValueError("ours")])
def test_folders_that_were_made_for_a_file_go_with_it_and_others_stay(tmp_path, error):
    (tmp_path / "mine").mkdir()
    for write in (replacing, replacing_folder):
        with (
            pytest.raises(ValueError, match="free some space" if isinstance(error, OSError) else "ours"),
            write(tmp_path / "mine" / "a" / "b" / "file"),
        ):
            raise error
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]
    write_text(tmp_path / "mine" / "a" / "b" / "file", "whole")
    assert (tmp_path / "mine" / "a" / "b" / "file").read_text() == "whole"


@pytest.mark.parametrize("numbers", [[0, 0], ["0", "1"], [0, None], [0, True]])
def test_classes_without_numbers_of_their_own_are_refused(scenes, numbers):
    known = json.loads((scenes / "objects.json").read_text())
    wrong = known | dict(zip(known, numbers, strict=False))
    (scenes / "objects.json").write_text(json.dumps(wrong))
    refused(SCENES, scenes, "objects.json numbers its classes", "give each a whole number of its own")


def test_the_cache_is_opened_without_reading_the_source_again(faces, monkeypatch):
    first = open_data(FACES, str(faces))
    monkeypatch.setattr("benchmark.data.loading.decoded", lambda *_: pytest.fail("decoded again"))
    assert open_data(FACES, str(faces)).digest == first.digest


def test_the_cache_can_be_moved(faces, tmp_path, monkeypatch):
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "elsewhere"))
    open_data(FACES, str(faces))
    assert len(list((tmp_path / "elsewhere" / "packed").iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "indices", "digest"),
    [  # a pixel of this scene is where CPUs differed by one in their square roots' last bit
        ("iclevr", range(16_344, 16_347), "12b3e557bff3a40ba04bb57a534f52cfc01a7b94d5a24707622414bde7f63e41"),
        ("anime-faces", range(60), "e9a987b0e5924a493e718aa673f3d02ba1e8e72003ad300eb6403a5df4b1fe71"),
    ],
)
def test_embedded_images_are_the_same_bytes_on_every_machine(name, indices, digest):
    images, _ = DATASETS[name].render(indices, EMBEDDED_SEED)
    assert hashlib.sha256(images.numpy().tobytes()).hexdigest() == digest


@pytest.mark.parametrize("dataset", EMBEDDED, ids=lambda dataset: dataset.name)
def test_rendered_files_pack_to_the_same_digest_as_the_embedded_data(dataset, tmp_path):
    from benchmark.commands.data import render

    embedded = open_data(dataset, "synthetic:12")
    task = {"iclevr": "iclevr", "anime-faces": "anime-faces"}[dataset.name]
    render(task, tmp_path / "written", 12)
    assert open_data(dataset, str(tmp_path / "written")).digest == embedded.digest


@pytest.mark.parametrize(
    ("dataset", "few"),
    [(SCENES, 0), *((dataset, 100) for dataset in EMBEDDED)],
    ids=["processes", *(dataset.name for dataset in EMBEDDED)],
)
def test_parts_of_several_processes_or_one_render_the_same_images_as_the_whole(dataset, few, monkeypatch):
    alone = rendering.rendered(dataset, 20)
    monkeypatch.setattr(rendering, "CHUNK", 6)
    monkeypatch.setattr(rendering, "FEW", few)
    assert pickle.loads(pickle.dumps(dataset.render)) == dataset.render, "other processes can have it"
    together = rendering.rendered(dataset, 20)
    assert together.names == alone.names
    assert torch.equal(together.images, alone.images)
    assert torch.equal(together.conditions, alone.conditions)


def test_more_embedded_images_begin_with_the_same_ones():
    few, more = open_data(SCENES, "synthetic:6"), open_data(SCENES, "synthetic:9")
    assert (few.label, more.label) == ("synthetic:6", "synthetic:9")
    assert torch.equal(few.images, more.images[:6])
    assert few.names == more.names[:6]


@pytest.mark.parametrize(
    ("source", "count"), [("synthetic", 18_000), ("synthetic:7", 7), ("synthetics", None), ("folder/synthetic:7", None)]
)
def test_only_synthetic_with_or_without_a_count_means_the_embedded_data(source, count):
    assert rendering.embedded_count(SCENES, source) == count


@pytest.mark.parametrize("source", ["synthetic:", "synthetic:0", "synthetic:-1", "synthetic:many"])
def test_a_wrong_count_of_embedded_images_is_refused(source):
    with pytest.raises(UsageError, match=f"data is '{source}'; give 'synthetic', or 'synthetic:6000'"):
        open_data(SCENES, source)


@pytest.mark.slow
def test_real_faces_of_both_courses_are_read(real_faces):
    b, a = (open_data(FACES, str(real_faces / name)) for name in ("mlds_faces.zip", "adl_faces.zip"))
    assert (len(b), len(a)) == (20_000, 6_000)
    assert b.conditions[:, 0].unique().numel() == 12
    assert b.conditions[:, 1].unique().numel() == 10
    assert a.images.float().std() > 30


@pytest.mark.parametrize("name", ["../0", "images/0", "..\\0"])
def test_a_label_that_names_a_folder_is_refused(faces, name):
    with (faces / "tags.csv").open("a") as file:
        file.write(f"{name},red hair red eyes\n")
    with pytest.raises(UsageError, match="give file names without folders"):
        open_data(DATASETS["anime-faces"], str(faces))


def test_more_embedded_images_than_memory_holds_are_refused():
    with pytest.raises(UsageError, match=r"at most 1,000,000"):
        open_data(DATASETS["anime-faces"], "synthetic:99999999999999")


def test_a_folder_of_images_appears_whole_or_not_at_all(tmp_path):
    def write(error):
        with replacing_folder(tmp_path / "new") as folder:
            (folder / "0.png").touch()
            raise error

    with pytest.raises(KeyboardInterrupt):
        write(KeyboardInterrupt())
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match=r"cannot write .*new.*No space left"):
        write(OSError(errno.ENOSPC, "No space left on device"))
    assert not list(tmp_path.iterdir())
    with replacing_folder(tmp_path / "new") as folder:
        (folder / "0.png").touch()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["0.png"]


def test_a_file_name_that_the_disk_does_not_take_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="cannot write"), replacing(tmp_path / ("a" * 300)):
        pytest.fail("there is no such file")


def test_empty_data_is_not_the_current_folder(faces, monkeypatch):
    monkeypatch.chdir(faces)
    with pytest.raises(UsageError, match="data is empty; give 'synthetic', or a folder or zip with"):
        open_data(DATASETS["anime-faces"], "")
