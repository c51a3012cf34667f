"""Images of generators that are not bundled: what they are requested, and how their images are read."""

import io
import zipfile

import numpy as np
import pytest
import torch
from builders.data import png, toy_data
from PIL import Image

from benchmark.cli import main
from benchmark.commands import score
from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.sampling import sample_set
from benchmark.scoring import external_samples
from benchmark.scoring.external_samples import digest_of_images, read_drawn, write_request
from benchmark.tasks import TASKS, Sizes

SIZES = Sizes(draws=2, fidelity=5, reference=30, returned=2)
TASK = TASKS["iclevr"]


@pytest.fixture
def samples():
    return sample_set(TASK, SIZES, toy_data(dataset_of(TASK)))


@pytest.fixture
def drawn(samples):
    """Noise for each part."""
    rng = torch.Generator().manual_seed(0)
    shapes = {part: (len(indices), 3, 64, 64) for part, indices in samples.parts.items()}
    return {part: torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8) for part, shape in shapes.items()}


def encoded(image) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(buffer, format="png")
    return buffer.getvalue()


@pytest.fixture
def folder(drawn, tmp_path):
    for part, images in drawn.items():
        (tmp_path / "drawn" / part).mkdir(parents=True)
        for index, image in enumerate(images):
            (tmp_path / "drawn" / part / f"{index}.png").write_bytes(encoded(image))
    return tmp_path / "drawn"


def same(one, other):
    return list(one) == list(other) and all(torch.equal(one[part], other[part]) for part in one)


def test_a_folder_a_zip_and_arrays_of_either_layout_are_the_same_images(samples, drawn, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "drawn.zip", "w") as archive:
        for path in folder.rglob("*.png"):
            archive.write(path, "anything/" + str(path.relative_to(folder)))
    np.savez(tmp_path / "nchw.npz", **{part: images.numpy() for part, images in drawn.items()})
    np.savez(tmp_path / "nhwc.npz", **{part: images.permute(0, 2, 3, 1).numpy() for part, images in drawn.items()})
    for name in ("drawn", "drawn.zip", "nchw.npz", "nhwc.npz"):
        found = read_drawn(tmp_path / name, samples, 64)
        assert same(found, drawn)
        assert digest_of_images(found) == digest_of_images(drawn)


def test_one_other_pixel_or_order_has_another_digest(drawn):
    other = {part: images.clone() for part, images in drawn.items()}
    other["test"][0, 0, 0, 0] ^= 1
    turned = {part: images.flip(0) for part, images in drawn.items()}
    assert len({digest_of_images(drawn), digest_of_images(other), digest_of_images(turned)}) == 3


def test_missing_images_are_counted_and_the_first_is_named(samples, folder):
    (folder / "test" / "3.png").unlink()
    (folder / "fidelity" / "0.png").unlink()
    with pytest.raises(UsageError, match=r"lacks 2 of \d+ images, first test/3\.png"):
        read_drawn(folder, samples, 64)


def test_an_image_of_another_size_is_refused_rather_than_resized(samples, folder):
    (folder / "new_test" / "1.png").write_bytes(png(size=(96, 96)))
    with pytest.raises(UsageError, match=r"new_test/1\.png has 96x96 pixels; give 64x64"):
        read_drawn(folder, samples, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda images: images / 255.0, r"test holds float64, 0 to 1; give uint8"),
        (lambda images: np.where(images > 9, np.nan, images), r"test holds float64, nan to nan; give uint8"),
        (lambda images: images[:-1], r"test has shape \(7, 3, 64, 64\); give \(8, 3, 64, 64\) or \(8, 64, 64, 3\)"),
        (lambda images: images[..., :32], r"test has shape \(8, 3, 64, 32\)"),
        (lambda images: images.astype(object), r"cannot be read as \.npz"),
    ],
)
def test_arrays_that_cannot_be_the_images_are_refused(samples, drawn, tmp_path, change, message):
    arrays = {part: images.numpy() for part, images in drawn.items()}
    np.savez(tmp_path / "a.npz", **arrays | {"test": change(arrays["test"])}, allow_pickle=True)
    with pytest.raises(UsageError, match=message):
        read_drawn(tmp_path / "a.npz", samples, 64)


def test_a_missing_array_and_a_broken_file_are_refused(samples, drawn, tmp_path):
    np.savez(tmp_path / "a.npz", test=drawn["test"].numpy())
    with pytest.raises(UsageError, match=r"has no array 'new_test'; give one for each of test, new_test, fidelity"):
        read_drawn(tmp_path / "a.npz", samples, 64)
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:1000])
    with pytest.raises(UsageError, match=r"b\.npz cannot be read"):
        read_drawn(tmp_path / "b.npz", samples, 64)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_what_is_requested_for_is_the_frozen_sample_set(task, tmp_path, monkeypatch):
    data = toy_data(dataset_of(TASKS[task]))
    monkeypatch.setattr(external_samples, "open_data", lambda *_: data)
    monkeypatch.setattr(external_samples, "STANDARD", SIZES)
    write_request(task, "synthetic", tmp_path / "requested.npz", latent_dim=None if TASKS[task].translates else 7)
    requested, samples = np.load(tmp_path / "requested.npz"), sample_set(TASKS[task], SIZES, data)
    kinds = {"conditions", "sources" if TASKS[task].translates else "latents"}
    words = external_samples.column_words(dataset_of(TASKS[task]))
    assert set(requested) == {f"{part}_{kind}" for part in samples.parts for kind in kinds} | set(words)
    for part, indices in samples.parts.items():
        assert np.array_equal(requested[f"{part}_conditions"], samples.conditions[indices.start : indices.stop])
        if not TASKS[task].translates:
            assert np.array_equal(requested[f"{part}_latents"], samples.latents(indices, 7))


def test_wrong_use_is_one_line_and_exit_2(tmp_path, folder, capsys, monkeypatch):
    wrong = [
        (["conditions", "--task", "iclevr", "--out", "requested.txt"], "ending in .npz"),
        (["conditions", "--task", "iclevr", "--out", "requested.npz", "--latent-dim", "0"], "--latent-dim is 0"),
        (["score", str(folder), "--out", str(tmp_path)], "give a run folder, or images with --task"),
        (["score", str(folder), "--task", "iclever", "--out", str(tmp_path)], "did you mean 'iclevr'"),
        (["score", __file__, "--task", "iclevr", "--out", str(tmp_path)], "is neither a folder nor a zip nor an .npz"),
    ]
    monkeypatch.setattr(
        score, "open_data", lambda *_: pytest.fail("a data set is read before the images are looked at")
    )
    for arguments, message in wrong:
        assert main(arguments) == 2
        assert message in capsys.readouterr().err
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    assert main(["score", str(tmp_path / "run"), "--task", "iclevr", "--out", str(tmp_path)]) == 2
    assert "leave out --task" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("task", "latent_dim", "words"),
    [
        ("iclevr", 0, "--latent-dim is 0; give 1 to 4,096"),
        ("iclevr", 4_097, "--latent-dim is 4097; give 1 to 4,096"),
        ("anime-transfer", 100, "anime-transfer redraws images and has no latents; leave it out"),
    ],
)
def test_latents_of_no_sensible_length_are_refused_before_anything_is_rendered(task, latent_dim, words, tmp_path):
    with pytest.raises(UsageError, match=words):
        write_request(task, "synthetic", tmp_path / "requested.npz", latent_dim)
    assert not (tmp_path / "requested.npz").exists()


def test_images_that_are_not_there_are_refused(samples, tmp_path):
    with pytest.raises(UsageError, match=r"nowhere is not there; give a folder or zip of images, or an .npz"):
        read_drawn(tmp_path / "nowhere", samples, 64)


def renamed(folder, name):
    """Every image under another name, made of its index."""
    for path in sorted(folder.rglob("*.png")):
        path.rename(path.with_name(name.format(int(path.stem))))


def test_leading_zeros_and_captions_beside_the_images_change_nothing(samples, drawn, folder, capsys):
    renamed(folder, "{:06}.png")
    for path in list(folder.rglob("*.png")):
        path.with_suffix(".txt").write_text("gray cube")
    (folder / "conditions.json").write_text("{}")
    (folder / "__MACOSX/test").mkdir(parents=True)
    (folder / "__MACOSX/test/._000000.png").write_bytes(b"")
    assert same(read_drawn(folder, samples, 64), drawn)
    assert "ignored 1 hidden files and leftovers" in capsys.readouterr().err


def test_images_outside_of_the_parts_are_ignored_with_a_remark(samples, drawn, folder, capsys):
    (folder / "grid.png").write_bytes(png())
    assert same(read_drawn(folder, samples, 64), drawn)
    assert "ignored 1 images outside of test/, new_test/, fidelity/, first grid.png" in capsys.readouterr().err


def test_webp_images_are_read(samples, drawn, folder):
    path = folder / "test/3.png"
    with Image.open(path) as image:
        image.save(path.with_suffix(".webp"), lossless=True)
    path.unlink()
    assert same(read_drawn(folder, samples, 64), drawn)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("old/fidelity/0.png", "has two folders for fidelity: fidelity and old/fidelity; keep one of them"),
        ("test/0.jpg", "has both test/0.jpg and test/0.png for one index; keep one of them"),
        ("test/00.png", "has both test/0.png and test/00.png for one index; keep one of them"),
        ("test/8.png", "has 9 images in test/ where 8 are requested, first too many test/8.png"),
        ("test/grid.png", "test/grid.png is no <index>.png; name it by its index from 0, or remove it"),
        ("test/1234567890123.png", "is no <index>.png"),
    ],
)
def test_images_that_could_be_meant_instead_are_refused_by_name(samples, folder, name, words):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(png())
    with pytest.raises(UsageError) as caught:
        read_drawn(folder, samples, 64)
    assert words in str(caught.value)
