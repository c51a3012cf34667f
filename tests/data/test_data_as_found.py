"""Data sets as people have them: ambiguous files are refused by name, leftovers ignored with a remark."""

import io
import json
import shutil
import zipfile

import pytest
from builders.data import png
from PIL import Image

from benchmark import tasks
from benchmark.cli import main
from benchmark.data.csv_lines import csv_fields
from benchmark.data.datasets import DATASETS
from benchmark.data.disk_files import Files, is_leftover
from benchmark.data.labels import CELEBA, EYES, HAIR
from benchmark.data.loading import open_data
from benchmark.data.source import PartialSource
from benchmark.errors import UsageError
from benchmark.system.files import check_writable, write_text

FACES, SCENES, PHOTOGRAPHS = DATASETS["anime-faces"], DATASETS["iclevr"], DATASETS["celeba"]


def write(folder, files):
    """Files by their path; text or bytes."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def reds(data):
    """The red of each image of one colour."""
    return data.images[:, 0, 0, 0].tolist()


def refused(dataset, path, *words):
    with pytest.raises(UsageError) as caught:
        open_data(dataset, str(path))
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


# A label and the file that it means


def test_a_label_with_an_ending_gets_the_file_of_that_ending(scenes):
    train = {"a.png": ["gray cube"], "a.jpg": ["red cube"]}
    shutil.rmtree(scenes / "images")
    write(scenes, {"images/a.png": png((10, 0, 0)), "images/a.jpg": png((20, 0, 0)), "train.json": json.dumps(train)})
    data = open_data(SCENES, str(scenes))
    assert reds(data) == [10, 20]
    assert data.names == ("a.png", "a.jpg")


def test_a_label_whose_file_has_another_ending_gets_the_only_one_of_its_stem(scenes):
    images = scenes / "images"
    (images / "CLEVR_train_000000_0.png").rename(images / "CLEVR_train_000000_0.JPG")
    assert reds(open_data(SCENES, str(scenes))) == [0, 50, 100, 150]


@pytest.mark.parametrize("label", ["3.jpg", "3"])
def test_a_file_called_as_an_image_without_its_ending_is_ignored_with_a_remark(faces, label, capsys):
    tags = (faces / "tags.csv").read_text()
    write(faces, {"tags.csv": tags.replace("\n3,", f"\n{label},")})
    data = open_data(FACES, str(faces))
    assert "without its ending" not in capsys.readouterr().err
    write(faces, {"images/3": png((200, 0, 0)), "images/notes": b"mine"})
    assert open_data(FACES, str(faces)).digest == data.digest
    (remark,) = (line for line in capsys.readouterr().err.splitlines() if "without its ending" in line)
    assert remark.endswith("ignored 1 files called as an image without its ending, first images/3")


def test_a_dot_within_an_id_is_no_ending(tmp_path):
    folder = write(tmp_path / "f", {"images/1.jpg": png(), "tags.csv": "1.5,red hair red eyes\n"})
    refused(FACES, folder, "none of the 1 rows of tags.csv has an image")
    (folder / "images/1.jpg").rename(folder / "images/1.5.jpg")
    assert open_data(FACES, str(folder)).names == ("1.5",)


@pytest.mark.parametrize("label", ["0", "0.webp"])
def test_two_files_of_one_stem_are_refused_by_name(tmp_path, label):
    files = {"images/0.png": png(), "images/0.jpg": png(), "tags.csv": f"{label},red hair red eyes\n"}
    refused(FACES, write(tmp_path / "f", files), "can mean images/0.jpg or images/0.png", "keep one of them")


def test_a_second_file_of_a_labelled_stem_is_refused_by_name(scenes):
    write(scenes, {"images/CLEVR_train_000000_0.jpg": png()})
    refused(SCENES, scenes, "1 of 5 images have no row, first images/CLEVR_train_000000_0.jpg")


def test_two_labels_of_one_image_are_refused(faces):
    with (faces / "tags.csv").open("a") as file:
        file.write("3.jpg,red hair red eyes\n")
    refused(FACES, faces, "has '3' and '3.jpg' for one image, images/3.jpg")


def test_two_label_files_at_one_depth_are_refused_by_name(scenes):
    (scenes / "old").mkdir()
    (scenes / "new").mkdir()
    shutil.copy(scenes / "train.json", scenes / "old")
    (scenes / "train.json").rename(scenes / "new/train.json")
    refused(SCENES, scenes, "has both new/train.json and old/train.json; keep one of them")


def test_a_deeper_label_file_is_ignored_with_a_remark(scenes, capsys):
    write(scenes, {"old/train.json": "{}"})
    assert len(open_data(SCENES, str(scenes))) == 4
    assert "ignored 1 more files called train.json (read: train.json), first old/train.json" in capsys.readouterr().err


def test_lists_next_to_the_label_file_win_over_results_of_the_same_name(scenes, capsys):
    (scenes / "file").mkdir()
    for name in ("objects", "train", "test", "new_test"):
        (scenes / f"{name}.json").rename(scenes / "file" / f"{name}.json")
    write(scenes, {"results/test.json": json.dumps([["red cube"]] * 9)})
    assert len(open_data(SCENES, str(scenes)).condition_lists["test"]) == 2
    assert "first results/test.json" in capsys.readouterr().err


def test_a_key_that_comes_twice_in_the_labels_is_refused(scenes):
    text = (scenes / "train.json").read_text()
    write(scenes, {"train.json": text[:-1] + ', "CLEVR_train_000000_0.png": ["red cube"]}'})
    refused(SCENES, scenes, "train.json has 'CLEVR_train_000000_0.png' twice; keep one of them")


# Files that are ignored


def test_leftovers_of_other_systems_are_ignored_with_one_remark(faces, capsys):
    before = open_data(FACES, str(faces)).digest
    assert "ignored" not in capsys.readouterr().err
    leftovers = ["images/._0.jpg", "__MACOSX/images/9.jpg", "images/.ipynb_checkpoints/0-checkpoint.jpg",
                 "images/Thumbs.db", ".DS_Store", "__MACOSX/._tags.csv"]  # fmt: skip
    write(faces, dict.fromkeys(leftovers, png()))
    for _ in range(2):  # from the files, then from the cache
        assert open_data(FACES, str(faces)).digest == before
        remarks = capsys.readouterr().err.splitlines()
        assert remarks == ["faces: ignored 6 hidden files and leftovers of other systems, first .DS_Store"]


@pytest.mark.parametrize("name", ["./images/0.jpg", "../images/0.jpg", "images/a._0.jpg", "Thumbs.db.png"])
def test_other_files_are_no_leftovers(name):
    assert not is_leftover(name)


def test_a_repository_with_its_own_results_loads(scenes, capsys):
    before = open_data(SCENES, str(scenes)).digest
    results = [f"results/{part}/{index}.png" for part in ("test", "new_test") for index in range(3)]
    write(scenes, dict.fromkeys([*results, "README.png"], png()))
    assert open_data(SCENES, str(scenes)).digest == before
    assert "ignored 7 images outside of images/, first README.png" in capsys.readouterr().err


def course_folder(folder):
    """Both courses' data in one folder, with ids that both have."""
    a = {f"faces/{i}.jpg": png((10 + i, 0, 0)) for i in range(3)}
    b = {f"extra_data/images/{i}.jpg": png((100 + i, 0, 0)) for i in range(4)}
    return write(folder, a | b)


def test_a_course_folder_with_faces_and_extra_data_gives_the_images_of_its_own_labels(tmp_path, capsys):
    folder = course_folder(tmp_path / "course")
    write(folder, {"tags_clean.csv": "".join(f"{i},red hair:1\tblue eyes:2\t\n" for i in range(3))})
    assert reds(open_data(FACES, str(folder))) == [10, 11, 12]
    assert "ignored 4 images outside of faces/, first extra_data/images/0.jpg" in capsys.readouterr().err
    write(folder, {"extra_data/tags.csv": "".join(f"{i},red hair blue eyes\n" for i in range(4))})
    assert reds(open_data(FACES, str(folder))) == [10, 11, 12]
    assert "ignored 1 other label files (read: tags_clean.csv), first extra_data/tags.csv" in capsys.readouterr().err
    assert reds(open_data(FACES, str(folder / "extra_data"))) == [100, 101, 102, 103]


def test_of_both_courses_label_files_side_by_side_the_one_that_is_not_read_is_named(faces, capsys):
    before = open_data(FACES, str(faces)).digest
    write(faces, {"tags_clean.csv": "".join(f"{i},red hair:1\tblue eyes:2\t\n" for i in range(6))})
    assert open_data(FACES, str(faces)).digest == before
    assert "ignored 1 other label files (read: tags.csv), first tags_clean.csv" in capsys.readouterr().err


def test_labels_above_the_folder_of_their_layout_get_its_images(tmp_path):
    folder = course_folder(tmp_path / "course")
    write(folder, {"tags.csv": "".join(f"{i},red hair blue eyes\n" for i in range(4))})
    assert reds(open_data(FACES, str(folder))) == [100, 101, 102, 103]


def test_a_missing_image_is_not_taken_from_another_courses_folder(tmp_path):
    folder = course_folder(tmp_path / "course")
    write(folder, {"tags_clean.csv": "".join(f"{i},red hair:1\tblue eyes:2\t\n" for i in range(4))})
    refused(FACES, folder, "1 of 4 rows of tags_clean.csv have no image, first '3'")


def test_images_of_one_name_in_two_folders_without_a_layout_are_refused_by_name(tmp_path):
    files = {"one/0.jpg": png(), "two/0.jpg": png(), "tags.csv": "0,red hair red eyes\n"}
    refused(FACES, write(tmp_path / "f", files), "'0' can mean one/0.jpg or two/0.jpg")


def test_images_in_several_folders_load_where_no_name_comes_twice(tmp_path):
    files = {"one/0.jpg": png((1, 0, 0)), "two/1.jpg": png((2, 0, 0))}
    folder = write(tmp_path / "f", files | {"tags.csv": "0,red hair red eyes\n1,red hair red eyes\n"})
    assert reds(open_data(FACES, str(folder))) == [1, 2]


# Part of the images


def test_part_of_the_images_loads_with_the_count_only_where_that_is_requested(faces, capsys):
    whole = open_data(FACES, str(faces))
    for index in (1, 4):
        (faces / "images" / f"{index}.jpg").unlink()
    refused(FACES, faces, "2 of 6 rows of tags.csv have no image, first '1'", "give --partial")
    for _ in range(2):
        data = open_data(FACES, PartialSource(faces))
        assert data.names == ("0", "2", "3", "5")
        assert data.conditions.tolist() == whole.conditions[[0, 2, 3, 5]].tolist()
        assert "4 of 6 rows of tags.csv have an image; left out (--partial): 2" in capsys.readouterr().err
    refused(FACES, faces, "give --partial")


def test_whole_data_is_the_same_with_partial(scenes, capsys):
    assert open_data(SCENES, PartialSource(scenes)).digest == open_data(SCENES, str(scenes)).digest
    assert "left out" not in capsys.readouterr().err


def test_part_of_the_scenes_and_of_the_photographs_loads(scenes, tmp_path):
    (scenes / "images/CLEVR_train_000000_1.png").unlink()
    assert reds(open_data(SCENES, PartialSource(scenes))) == [0, 100, 150]
    rows = "".join(f"{i:06}.jpg {' '.join(['-1'] * 5)}\n" for i in range(3))
    files = {"list_attr_celeba.txt": f"3\n{' '.join(CELEBA)}\n{rows}", "img_align_celeba/000001.jpg": png()}
    assert open_data(PHOTOGRAPHS, PartialSource(write(tmp_path / "celeba", files))).names == ("000001",)


def test_no_image_at_all_is_refused_even_in_part(tmp_path):
    folder = write(tmp_path / "f", {"images/7.jpg": png(), "tags.csv": "0,red hair red eyes\n"})
    with pytest.raises(UsageError, match=r"none of the 1 rows of tags\.csv has an image"):
        open_data(FACES, PartialSource(folder))


# Zips


def zip_of(folder, path, separator):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            name = "top/" + file.relative_to(folder).as_posix() + ("/" if file.is_dir() else "")
            archive.writestr(name.replace("/", separator), b"" if file.is_dir() else file.read_bytes())
    return path


def test_a_zip_written_with_backslashes_loads(faces, tmp_path):
    digest = open_data(FACES, str(faces)).digest
    assert open_data(FACES, str(zip_of(faces, tmp_path / "slash.zip", "/"))).digest == digest
    assert open_data(FACES, str(zip_of(faces, tmp_path / "backslash.zip", "\\"))).digest == digest


def test_a_zip_with_two_files_of_one_name_is_refused(faces, tmp_path):
    path = zip_of(faces, tmp_path / "twice.zip", "/")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("top/tags.csv", "0,red hair red eyes\n")
    refused(FACES, path, "twice.zip has 2 files called top/tags.csv; keep one of them")


# Label files as people save them

ROWS = ["aqua hair red eyes", "pink hair blue eyes", "black hair gray eyes"] * 2
PLAIN = "".join(f"{index},{row}\n" for index, row in enumerate(ROWS))


@pytest.mark.parametrize(
    "text",
    [
        "id,tags\n" + PLAIN,
        "Image_ID, Tags\n" + PLAIN,
        PLAIN + "\n\n",
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.title(),
        PLAIN.replace(" ", "  ").replace(",", ", "),
        PLAIN.replace("aqua hair red eyes", "red eyes aqua hair"),
        PLAIN.replace("pink hair blue eyes", '"pink hair blue eyes"'),
    ],
    ids=["header", "header in capitals", "empty lines", "CR", "CRLF", "capitals", "blanks", "eyes first", "quoted"],
)
def test_tags_are_read_as_people_save_them(faces, text):
    before = open_data(FACES, str(faces)).digest
    (faces / "tags.csv").write_bytes(text.encode())
    assert open_data(FACES, str(faces)).digest == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1,pink", '1,"pink', "line 2 is '1,\"pink hair blue eyes'"),
        ("1,pink", '"1,pink', "line 2 is"),
        ("1,pink", '1,"pink" ', "line 2 is"),
        ("pink hair", 'pink "hair', "line 2 is 'pink \"hair blue eyes'; give '<colour> hair <colour> eyes'"),
        ("1,pink", "\n1,pink", "line 2 has 0 columns"),
        ("0,aqua hair red eyes", "0,tags", "line 1 is 'tags'"),
        ("0,aqua hair red eyes", "id,smile", "line 1 is 'smile'"),
        ("1,pink hair blue eyes", "id,tags", "line 2 is 'tags'"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(faces, old, new, words):
    (faces / "tags.csv").write_text(PLAIN.replace(old, new, 1))
    refused(FACES, faces, "tags.csv", words)


def test_a_stray_quote_swallows_no_other_row_of_counted_tags(tmp_path):
    rows = ["0,red hair:1\tblue eyes:2\t", '1,"red hair:1\tblue eyes:2\t', '2,red hair:1\tblue eyes:2"\t']
    files = {f"faces/{i}.jpg": png() for i in range(3)}
    folder = write(tmp_path / "f", files | {"tags_clean.csv": "id,tags\n" + "\n".join(rows)})
    refused(FACES, folder, "line 3", "fix its quotes")
    write(folder, {"tags_clean.csv": "\r".join(["id,tags", rows[0], rows[0].replace("0", "1", 1).upper(), rows[2]])})
    data = open_data(FACES, str(folder))
    assert data.conditions.tolist() == [[HAIR.index("red"), EYES.index("blue")]] * 3


def test_fields_of_one_line():
    assert csv_fields('0, "a, b" ,c\t', "here") == ["0", '"a', 'b"', "c\t"]
    assert csv_fields('0,"a, b",c', "here") == ["0", "a, b", "c"]
    assert csv_fields("", "here") == []


CELEBA_ROWS = {"000001.jpg": "-1 1 -1 -1 1 -1 1", "000002.jpg": "-1 -1 1 -1 1 1 -1"}
CELEBA_HEADER = "Bald Young Male Brown_Hair Smiling Blond_Hair Black_Hair"


def kaggle(folder, rows=CELEBA_ROWS, inside="img_align_celeba/img_align_celeba/"):
    """Kaggle's files; the folder of the images lies in another of its name."""
    table = [f"image_id {CELEBA_HEADER}", *(f"{name} {values}" for name, values in rows.items())]
    images = {inside + name: png((number, 0, 0)) for number, name in enumerate(CELEBA_ROWS, start=1)}
    text = "\n".join(line.replace(" ", ",") for line in table) + "\n"
    return write(folder, images | {"list_attr_celeba.csv": text})


def test_kaggles_attributes_are_those_of_the_text_file(tmp_path):
    ours = {f"img_align_celeba/{name}": png((n, 0, 0)) for n, name in enumerate(CELEBA_ROWS, start=1)}
    lines = ["2", CELEBA_HEADER, *(f"{name}  {values}" for name, values in CELEBA_ROWS.items())]
    text = write(tmp_path / "ours", ours | {"list_attr_celeba.txt": "\n".join(lines)})
    assert open_data(PHOTOGRAPHS, str(kaggle(tmp_path / "kaggles"))).digest == open_data(PHOTOGRAPHS, str(text)).digest


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("-1 1 -1 -1 1 -1", "list_attr_celeba.csv, line 3 has 6 values; give a file name and a 1 or -1 for each of 7"),
        ("-1 1 -1 -1 1 -1 1 1", "line 3 has 8 values"),
        ("-1 1 -1 -1 1 -1 yes", "line 3 has 7 values"),
        ('-1 1 -1 -1 1 -1 "1', "line 3 is"),
    ],
)
def test_a_malformed_row_of_kaggles_is_refused_by_its_line(tmp_path, values, words):
    refused(PHOTOGRAPHS, kaggle(tmp_path / "kaggles", CELEBA_ROWS | {"000002.jpg": values}), words)


def test_other_images_of_celeba_beside_the_aligned_ones_are_ignored_with_a_remark(tmp_path, capsys):
    folder = kaggle(tmp_path / "kaggles")
    write(folder, {f"img_celeba/{name}": png((200, 0, 0)) for name in CELEBA_ROWS})
    assert reds(open_data(PHOTOGRAPHS, str(folder))) == [1, 2]
    assert "ignored 2 images outside of img_align_celeba/" in capsys.readouterr().err


# Images


def webp(colour, **settings):
    buffer = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", (64, 64), colour).save(buffer, format="webp", **settings)
    return buffer.getvalue()


def test_webp_reads_as_the_same_png_does(faces):
    before = open_data(FACES, str(faces)).digest
    (faces / "images/3.jpg").unlink()
    write(faces, {"images/3.webp": webp((120, 100, 50), lossless=True)})
    assert open_data(FACES, str(faces)).digest == before
    write(faces, {"images/3.webp": webp((120, 100, 50, 0), lossless=True)})
    assert open_data(FACES, str(faces)).images[3].unique().tolist() == [255]


def test_a_cut_off_webp_is_refused(faces):
    (faces / "images/3.jpg").unlink()
    write(faces, {"images/3.webp": webp((120, 100, 50), lossless=True)[:30]})
    refused(FACES, faces, "images/3.webp cannot be decoded", "PNG, JPEG or WebP")


def test_a_folder_of_leftovers_alone_is_empty(tmp_path):
    with pytest.raises(UsageError, match="is empty"):
        Files(write(tmp_path / "f", {".DS_Store": "", "__MACOSX/0.png": ""}))


# The command line


def run(capsys, *words):
    """Exit code, stdout and stderr of one command."""
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_partial_is_an_option_wherever_data_is_read(faces, tmp_path, capsys):
    (faces / "images/4.jpg").unlink()
    for verb in ("info", "pack", "preview"):
        out = ["--out", tmp_path / "sheet.png"] if verb == "preview" else []
        words = ["data", verb, "--task", "anime-faces", "--data", faces, *out]
        assert run(capsys, *words)[0] == 2
        code, _, err = run(capsys, *words, "--partial")
        assert (code, "left out (--partial): 1" in err) == (0, True)
    info = ["data", "info", "--task", "anime-faces", "--data", faces, "--partial", "--json"]
    assert "left out (--partial): 1" in json.loads(run(capsys, *info)[1])["remarks"][0]


@pytest.mark.parametrize("data", [[], ["--data", "synthetic:6"]])
@pytest.mark.parametrize(
    "verb",
    ["data info", "data pack", "data preview --out x.png", "train --model dcgan --out x", "conditions --out x.npz",
     "references --out x", "judge check", "judge train --out x.safetensors", "detector check",
     "detector train --out x.svm", "grade x --out y"],
)  # fmt: skip
def test_partial_without_a_folder_or_zip_is_refused(verb, data, capsys):
    code, _, err = run(capsys, *verb.split(), "--task", "anime-faces", *data, "--partial")
    assert code == 2
    assert "--partial is for a folder or zip that lacks images" in err


def test_a_run_on_part_of_the_images_is_scored_with_the_same_option(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tasks, "STANDARD", tasks.SMOKE)
    count = 60
    rows = "".join(f"{i},{HAIR[i % 3]} hair {EYES[i % 2]} eyes\n" for i in range(count))
    images = {f"images/{i}.jpg": png((4 * i, 0, 0)) for i in range(0, count, 2)}
    folder, out = write(tmp_path / "f", images | {"tags.csv": rows}), tmp_path / "run"
    name = "cdcgan_pairs:batch_size=4:channels=8"
    train = ["train", "--task", "anime-faces", "--model", name, "--budget", 1, "--out", out]
    assert "give --partial" in run(capsys, *train, "--data", folder)[2]
    code, _, err = run(capsys, *train, "--data", folder, "--partial")
    assert (code, "30 of 60 rows of tags.csv have an image" in err) == (0, True)
    sample = ["sample", out, "--out", tmp_path / "samples", "--data", folder]
    assert "give --partial" in run(capsys, *sample)[2]
    assert run(capsys, *sample, "--partial")[0] == 0


# The cache


def test_a_cache_that_cannot_be_written_names_its_variable_before_anything_is_decoded(faces, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "file/cache"))
    monkeypatch.setattr("benchmark.data.loading.decoded", lambda *_, **__: pytest.fail("decoded"))
    refused(FACES, faces, "cannot write in", "set CGAN_BENCH_CACHE to a folder for the cache that can be written")


@pytest.mark.parametrize("write_into", [check_writable, lambda folder: write_text(folder / "x", "")])
def test_other_places_that_cannot_be_written_do_not_name_it(tmp_path, write_into):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="choose another folder") as caught:
        write_into(tmp_path / "file/folder")
    assert "CGAN_BENCH_CACHE" not in str(caught.value)


@pytest.mark.parametrize(("inside", "named"), [("cache/sources/x.json", True), ("other/x.json", False)])
def test_an_error_of_the_system_within_the_cache_names_its_variable(tmp_path, monkeypatch, capsys, inside, named):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path / inside))

    monkeypatch.setattr("benchmark.commands.data.open_data", denied)
    code, _, err = run(capsys, "data", "info", "--task", "anime-faces")
    assert code == 2
    assert ("set CGAN_BENCH_CACHE" in err) == named
