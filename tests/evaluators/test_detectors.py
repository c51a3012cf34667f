"""Face detectors find faces, find none where there are none, and a file that is not what its card says is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import cbook
from PIL import Image

from benchmark.data.synthetic import anime_faces, iclevr
from evaluators import detectors
from evaluators.detectors import negatives
from evaluators.detectors.accuracy import agreement, false_alarms, hit_rate
from evaluators.detectors.anime_face_hog import AnimeFaceHOG
from evaluators.detectors.frontal_face import FrontalFace
from evaluators.detectors.lbp_cascade import LBPCascade
from evaluators.detectors.store import load_detector, save_detector
from evaluators.detectors.training import DetectorSettings, train_detector
from evaluators.intervals import wilson_interval

BUNDLED = Path(detectors.__file__).parent / "anime_face_hog.svm"
UNSEEN = range(9_000, 9_060)  # the embedded data ends before
CASCADE = "lbpcascade_animeface.xml"


@pytest.fixture(scope="module")
def faces():
    return anime_faces.render(UNSEEN, 0)[0]


@pytest.fixture(scope="module")
def scenes():
    return iclevr.render(range(20_000, 20_030), 0)[0]


@pytest.fixture(scope="module")
def bundled():
    return load_detector(BUNDLED)[0]


@pytest.fixture
def cascade(shared):
    if not (shared / CASCADE).exists():
        pytest.skip(f"{CASCADE}, which is not ours to ship, is not next to this checkout")
    return LBPCascade.load(shared / CASCADE)


def resized(images, size):
    return torch.nn.functional.interpolate(images.float(), size=(size, size), mode="bilinear").to(torch.uint8)


@pytest.mark.parametrize("size", [48, 64, 128])
def test_the_bundled_detector_finds_faces_that_it_has_not_seen(bundled, faces, size):
    assert bundled(resized(faces, size)).double().mean() >= 0.9


@pytest.mark.parametrize("kind", ["shuffled patches", "shuffled quadrants", "upside down", "flat", "noise"])
def test_it_finds_none_in_what_is_left_of_faces(bundled, faces, kind):
    assert bundled(negatives(faces, seed=3)[kind]).double().mean() <= 0.05


def test_it_finds_none_in_scenes(bundled, scenes):
    assert not bundled(scenes).any()


def test_an_answer_depends_on_nothing_but_the_image(bundled, faces, scenes):
    images = torch.cat([faces[:5], scenes[:5]])
    whole = bundled(images)
    assert whole.tolist() == [True] * 5 + [False] * 5
    assert torch.equal(torch.cat([bundled(one[None]) for one in images]), whole)
    assert torch.equal(load_detector(BUNDLED)[0](images), whole)
    assert bundled(images[:0]).shape == (0,)


def test_the_score_and_the_threshold_decide(bundled, faces):
    scores = bundled.scores(faces)
    assert torch.equal(bundled(faces), scores >= bundled.threshold)
    strict = AnimeFaceHOG(bundled.scanner, bundled.weights_sha256, threshold=scores.quantile(0.5).item())
    assert strict(faces).sum() == len(faces) / 2 < bundled(faces).sum()
    assert strict.digest != bundled.digest


def test_the_card_says_how_good_it_is():
    card = load_detector(BUNDLED)[1]
    assert all(rate.value >= 0.97 for rate in card.held_out_hits.values())
    assert set(card.held_out_hits) == {"mlds_faces.zip", "adl_faces.zip", "synthetic"}
    assert all(card.held_out_false_alarms[kind].interval[1] <= 0.05 for kind in ("shuffled patches", "scenes"))
    for rate in card.held_out_hits.values():
        assert rate.interval == pytest.approx(wilson_interval(rate.value, rate.n), abs=1e-4)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(2, 3, 64, 64), r"images are torch.float32 \(2, 3, 64, 64\); a face detector looks at torch.uint8"),
        (torch.zeros(2, 64, 64, 3).byte(), r"torch.uint8 \(2, 64, 64, 3\)"),
        (torch.zeros(3, 64, 64).byte(), r"\(3, 64, 64\)"),
        (torch.zeros(2, 3, 0, 64).byte(), r"\(2, 3, 0, 64\)"),
    ],
)
def test_other_images_are_refused_with_their_type_and_shape(bundled, images, message):
    with pytest.raises(ValueError, match=message):
        bundled(images)


@pytest.fixture(scope="module")
def learned(faces):
    random_images = anime_faces.render(range(9_100, 9_160), 0)[0]
    others = torch.cat(list(negatives(random_images[:20], seed=0).values()))
    return train_detector(random_images[20:50], others, random_images[40:], DetectorSettings(epsilon=0.3, found=0.5))


def test_a_detector_learns_and_its_threshold_lets_the_wanted_share_be_found(learned, faces):
    _, detector = learned
    spoiled = negatives(faces, seed=5)["shuffled patches"]
    assert detector.scores(faces).quantile(0.1) > detector.scores(spoiled).quantile(0.9)
    assert 0.2 < detector(faces).double().mean() < 0.8


def test_the_same_images_make_the_same_bytes(learned):
    random_images = anime_faces.render(range(9_100, 9_160), 0)[0]
    others = torch.cat(list(negatives(random_images[:20], seed=0).values()))
    weights, detector = train_detector(
        random_images[20:50], others, random_images[40:], DetectorSettings(epsilon=0.3, found=0.5)
    )
    assert weights == learned[0]
    assert detector.digest == learned[1].digest


def test_nothing_to_learn_from_is_refused(faces):
    with pytest.raises(ValueError, match="0 images for calibration; give at least 1"):
        train_detector(faces[:4], faces[:4], faces[:0], DetectorSettings())


def test_faceless_images_are_made_of_the_same_pixels_in_other_places(faces):
    made = negatives(faces, seed=0)
    for kind in ("shuffled patches", "half-shuffled patches", "shuffled quadrants", "upside down"):
        pixels, before = (images.flatten(2).sort().values for images in (made[kind], faces))
        assert torch.equal(pixels, before)
        assert (made[kind] != faces).flatten(1).any(dim=1).all()
    kept = (made["half-shuffled patches"] == faces).double().mean()
    assert kept > (made["shuffled patches"] == faces).double().mean() + 0.2
    assert len(made["flat"]) == len(made["noise"]) == 6
    assert (made["flat"].flatten(2).amax(dim=2) == made["flat"].flatten(2).amin(dim=2)).all()
    assert all(torch.equal(made[kind], again) for kind, again in negatives(faces, seed=0).items())
    assert not torch.equal(made["shuffled patches"], negatives(faces, seed=1)["shuffled patches"])


def test_rates_count_images(faces, scenes):
    bright = torch.arange(len(faces)) % 4 == 0
    finder = lambda images: bright[: len(images)]  # noqa: E731
    assert hit_rate(finder, faces).value == 0.25
    rates = false_alarms(finder, faces, scenes)
    assert rates["scenes"].n == len(scenes)
    assert rates["upside down"].value == 0.25
    assert agreement(bright, ~bright).value == 0
    assert agreement(bright, bright | (torch.arange(len(faces)) == 1)).value == pytest.approx(1 - 1 / len(faces))
    for nothing in ((faces[:0], scenes), (faces, scenes[:0])):
        with pytest.raises(ValueError, match="0 images to check the detector with"):
            false_alarms(finder, *nothing)


@pytest.fixture
def copy(tmp_path):
    path = tmp_path / "mine.svm"
    path.write_bytes(BUNDLED.read_bytes())
    path.with_suffix(".json").write_bytes(BUNDLED.with_suffix(".json").read_bytes())
    return path


def edit_card(path, **changes):
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(card | changes))


def replace_by_text(path):
    path.write_bytes(b"not a detector")
    edit_card(path, weights_sha256=hashlib.sha256(b"not a detector").hexdigest())


def swap_bits(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


BREAKS = {
    "truncated": (lambda p: p.write_bytes(p.read_bytes()[:-9]), "mine.svm: sha256 is [0-9a-f]{64}, its card says"),
    "one bit": (swap_bits, "mine.svm: sha256 is [0-9a-f]{64}, its card says [0-9a-f]{64}; the file is damaged"),
    "other format": (replace_by_text, r"mine.svm: not a HOG detector of dlib \("),
    "other preparation": (lambda p: edit_card(p, preparation="none"), "made for images prepared as 'none', here it"),
    "unknown field": (lambda p: edit_card(p, colour="red"), "mine.json: not a detector's card: colour: Extra"),
    "no weights": (lambda p: p.unlink(), r"mine.svm: cannot be read \(No such file"),
    "no card": (lambda p: p.with_suffix(".json").unlink(), r"mine.json: cannot be read \(No such file"),
    "broken card": (lambda p: p.with_suffix(".json").write_text("{"), "mine.json: not a detector's card: the file"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_detector_is_refused_naming_file_and_mismatch(copy, case):
    change, message = BREAKS[case]
    load_detector(copy)
    change(copy)
    with pytest.raises(ValueError, match=message) as caught:
        load_detector(copy)
    assert "\n" not in str(caught.value)


def test_a_file_of_unknown_hash_never_reaches_dlib(copy, monkeypatch):
    from evaluators.detectors import store

    swap_bits(copy)
    monkeypatch.setattr(store, "scanner_of", lambda _: pytest.fail("dlib was given unknown bytes"))
    with pytest.raises(ValueError, match="its card says"):
        load_detector(copy)


def test_a_card_goes_with_its_own_detector_only(copy, tmp_path):
    card = load_detector(copy)[1]
    with pytest.raises(ValueError, match=r"the card is of weights [0-9a-f]{64}, the detector has"):
        save_detector(b"others", card, tmp_path / "other.svm")
    with pytest.raises(ValueError, match=r"ends in \.svm"):
        save_detector(copy.read_bytes(), card, tmp_path / "other.bin")
    save_detector(copy.read_bytes(), card, tmp_path / "same.svm")
    assert load_detector(tmp_path / "same.svm")[0].digest == load_detector(copy)[0].digest
    assert sorted(path.name for path in tmp_path.glob("other*")) == []


def test_the_cascade_finds_faces_and_nothing_else(cascade, faces, scenes):
    assert hit_rate(cascade, faces).value >= 0.9
    rates = false_alarms(cascade, faces, scenes)
    assert all(rates[kind].value <= 0.05 for kind in ("shuffled patches", "flat", "noise", "scenes"))


def test_the_bundled_detector_says_what_the_cascade_says(bundled, cascade, faces, scenes):
    images = torch.cat([faces, negatives(faces, seed=0)["shuffled patches"], scenes])
    assert agreement(bundled(images), cascade(images)).value >= 0.93


OTHER_XML = b"<?xml version='1.0'?><opencv_storage><cascade><x>1</x></cascade></opencv_storage>"


@pytest.mark.parametrize("content", [b"", b"text", b"\xff\xfe\x00", OTHER_XML, OTHER_XML[:50]])
def test_a_file_without_a_cascade_is_refused(tmp_path, content, capfd):
    path = tmp_path / "cascade.xml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cascade\.xml: OpenCV finds no cascade in it; give a cascade's \.xml"):
        LBPCascade.load(path)
    with pytest.raises(ValueError, match=r"none\.xml: cannot be read \(No such file"):
        LBPCascade.load(tmp_path / "none.xml")
    assert capfd.readouterr().err == ""


def photograph():
    """The face in a photograph that matplotlib ships, cut as closely as CelebA's: uint8 (1, 3, 64, 64)."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        image = Image.open(file).convert("RGB").crop((60, 4, 486, 430)).resize((64, 64), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]


def test_photographed_faces_are_found_by_their_own_detector_only(bundled, faces):
    photo, detector = photograph(), FrontalFace()
    assert detector(photo).all()
    assert not detector(photo.flip(2)).any()
    assert not detector(negatives(photo, seed=0)["shuffled patches"]).any()
    assert detector(faces).double().mean() < 0.2


def test_detectors_of_photographs_and_of_drawings_have_digests_of_their_own(bundled):
    assert len({bundled.digest, FrontalFace().digest}) == 2
    assert all(len(detector.digest) == 64 for detector in (bundled, FrontalFace()))
