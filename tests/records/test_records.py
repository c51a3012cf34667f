"""Records: exact when written and read, never overwritten, and they say when they do not compare."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from importlib.metadata import distributions

import pytest
import torch
from builders.records import DIGEST, PROTOCOL, declared, model_record
from pydantic import ValidationError

from benchmark.errors import UsageError
from benchmark.records.entries import score_entry
from benchmark.records.protocol import Protocol
from benchmark.records.provenance import name_and_version, own_digest
from benchmark.records.ranges import bounds_of
from benchmark.records.record import DECLARED, Record, ScoreEntry
from benchmark.records.rounding import is_fraction
from benchmark.records.store import check_comparable, load_record, load_records
from benchmark.scoring.from_logits import score_of
from benchmark.tasks import TASKS
from evaluators import EVALUATORS
from evaluators.base import Score

SECOND = {"judge_sha256": DIGEST, "value": 0.45, "gap": 0.05, "spread": 0.01, "disagrees": True}


def reference_record(name="real", **changes):
    fields = dict(model_record()) | {"kind": "reference", "model": None, "training": None}
    return Record(**(fields | {"reference": {"name": name, "description": f"{name} images"}} | changes))


@pytest.fixture
def saved(tmp_path):
    """A record's file and a function that changes its JSON in place."""
    path = model_record().save(tmp_path)

    def change(edit):
        document = json.loads(path.read_text(encoding="utf-8"))
        edit(document)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize("record", [model_record(), reference_record()], ids=["model", "reference"])
def test_a_record_reads_back_as_it_was_saved(tmp_path, record):
    path = record.save(tmp_path)
    assert load_record(path) == record
    assert load_records(tmp_path) == [record]
    assert [file.name for file in tmp_path.iterdir()] == [record.file_name]


def test_the_file_has_sorted_keys_two_spaces_and_a_last_newline(tmp_path):
    text = model_record().save(tmp_path).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_tuples_in_settings_become_what_json_gives_back():
    assert model_record().model.config == {"betas": [0.5, 0.999]}


def test_a_record_is_never_overwritten(tmp_path):
    path = model_record().save(tmp_path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"exists, and a record is never overwritten; .*another folder"):
        model_record(score={"value": 0.55}).save(tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_is_never_overwritten_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refuse(_source, _target):
        raise PermissionError("no hard links here")

    monkeypatch.setattr("os.link", refuse)
    path = model_record().save(tmp_path)
    assert load_record(path) == model_record()
    with pytest.raises(UsageError, match="never overwritten"):
        model_record().save(tmp_path)


def test_file_names_tell_results_apart():
    digest = model_record().protocol.digest[:8]
    assert model_record().file_name == f"iclevr-cdcgan-wide-short-seed0-{digest}.json"
    assert reference_record().file_name == f"iclevr-reference-real-{digest}.json"
    records = [
        model_record(),
        model_record(training={"seed": 1}),
        model_record(training={"budget": "report"}),
        model_record(training={"budget": "custom"}),
        model_record(training={"budget": "custom", "total_updates": 6000}),
        model_record(model={"variant": None}),
        model_record(protocol={"n_real": 999}),
        reference_record(),
        reference_record("untrained"),
        reference_record(protocol=PROTOCOL | {"n_real": 999}),
    ]
    assert len({record.file_name for record in records}) == len(records)


def test_a_model_name_cannot_leave_the_folder(tmp_path):
    path = model_record(model={"name": "../../x|y\n/z"}).save(tmp_path)
    assert path.parent == tmp_path
    assert path.name.startswith("iclevr-..-..-x-y--z-wide-short-seed0-")


def test_the_protocol_id_depends_on_every_field():
    changes = {"task": "anime-faces", "version": 3, "n_generated": 1, "n_real": 1}
    changes |= {name: "f" * 64 for name in PROTOCOL if name.endswith(("sha256", "digest"))}
    changes |= dict.fromkeys(("reference_split", "resizer"), "other")
    assert changes.keys() == PROTOCOL.keys()
    ids = {Protocol(**PROTOCOL | {name: value}).id for name, value in changes.items()}
    assert len(ids | {Protocol(**PROTOCOL).id}) == len(PROTOCOL) + 1
    assert Protocol(**PROTOCOL).id.startswith("iclevr-v2-")


def test_a_field_that_came_later_changes_no_older_id():
    older = {name: value for name, value in PROTOCOL.items() if name != "detector_sha256"}
    content = json.dumps(older, sort_keys=True, separators=(",", ":"))
    assert Protocol(**older).digest == Protocol(**PROTOCOL).digest == hashlib.sha256(content.encode()).hexdigest()
    assert "detector_sha256" not in json.loads(model_record().to_json())["protocol"]
    with_detector = model_record(protocol={"detector_sha256": DIGEST})
    assert json.loads(with_detector.to_json())["protocol"]["detector_sha256"] == DIGEST
    with pytest.raises(UsageError, match=r"two records do not compare: detector_sha256 is None in .* and '0123"):
        check_comparable([model_record(), with_detector])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(colour=1), r"json: unknown field 'colour'; allowed: kind, model, "),
        (lambda d: d["training"].update(lr=1), r"training: unknown field 'lr'; allowed: budget, total_up"),
        (lambda d: d["training"].pop("seed"), r"training\.seed: this field is missing"),
        (lambda d: d["training"].update(seed="0"), r"training\.seed: got '0'; input should be a valid int"),
        (
            lambda d: d["training"].update(budget="long"),
            r"budget: got 'long'; input should be 'smoke', 'short', ",
        ),
        (lambda d: d.update(schema_version=2), r"schema_version is 2; this cgan-bench reads 1"),
        (lambda d: d.pop("schema_version"), r"schema_version is None; this cgan-bench reads 1"),
        (lambda d: d.update(status="undertrained"), r"reason is None with status 'undertrained'; give one"),
        (lambda d: d.update(reason="why"), r"reason is 'why' with status 'valid'"),
        (
            lambda d: d.update(model=None),
            r"kind 'model' has \['training'\]; it must have \['model', 'training'\]",
        ),
        (
            lambda d: d["protocol"].update(n_real=7),
            r"protocol: id is 'iclevr-v2-.{8}', but the other fields give",
        ),
        (lambda d: d["protocol"].pop("id"), r"protocol: id is None, but the other fields give"),
        (
            lambda d: d["protocol"].update(data_digest="abc"),
            r"protocol\.data_digest: got 'abc'; string should",
        ),
        (
            lambda d: d["scores"]["topk_accuracy"].update(value=math.nan),
            r"topk_accuracy\.value: got nan; .*finite",
        ),
        (
            lambda d: d["scores"]["topk_accuracy"]["groups"].update(test=math.inf),
            r"groups\.test: got inf; .*finite",
        ),
        (
            lambda d: d["scores"]["topk_accuracy"].update(interval=[1, 0]),
            r"interval is \[1.0, 0.0\]; its low end",
        ),
        (lambda d: d["model"]["config"].update(x=math.nan), r"model\.config: .*not JSON compliant"),
        (lambda d: d["system"].update(created="today"), r"system\.created: got 'today'; string should match"),
    ],
)
def test_a_wrong_field_is_named_in_one_line(saved, edit, message):
    path = saved(edit)
    with pytest.raises(UsageError, match=message) as caught:
        load_record(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", '{"schema_version": 1,', "\udcff", "[" * 100_000])
def test_a_truncated_or_broken_file_is_named_in_one_line(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=r"broken.json: not a whole JSON file \(.*score the run again") as caught:
        load_record(path)
    assert "\n" not in str(caught.value)


def test_every_cut_of_a_record_is_refused(tmp_path):
    path = model_record().save(tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(UsageError, match="not a whole JSON file"):
            load_record(path)


def test_json_that_is_no_object_is_refused(tmp_path):
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UsageError, match="got JSON of type list; a record is an object"):
        load_record(tmp_path / "list.json")


def test_a_missing_file_and_a_folder_without_records_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*none.json: No such file"):
        load_record(tmp_path / "none.json")
    with pytest.raises(UsageError, match=r"holds no records \(\*\.json\); give a folder"):
        load_records(tmp_path)
    with pytest.raises(UsageError, match=r"away is not a folder"):
        load_records(tmp_path / "away")


def test_a_copy_of_a_record_under_another_name_is_refused(tmp_path):
    path = model_record().save(tmp_path)
    (tmp_path / "copy.json").write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match=f"copy.json: its contents belong in {path.name}; rename it, or remove"):
        load_records(tmp_path)


def test_records_are_immutable():
    with pytest.raises(ValidationError, match="frozen"):
        model_record().status = "undertrained"
    with pytest.raises(ValidationError, match="frozen"):
        model_record().training.seed = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 0.7}, r"value is 0\.7, outside of its own interval \[0\.4, 0\.6\]"),
        ({"value": 0.39}, r"value is 0\.39, outside of its own interval"),
        ({"value": 1.1, "interval": None}, r"value is 1\.1, outside of the evaluator's range 0\.0 to 1\.0"),
        ({"value": -0.1, "interval": None}, r"value is -0\.1, outside of the evaluator's range"),
        ({"interval": (0.4, 1.5)}, r"interval's high end is 1\.5, outside of the evaluator's range"),
        ({"interval": (-0.1, 0.6)}, r"interval's low end is -0\.1, outside of the evaluator's range"),
        ({"groups": {"test": 1.5}}, r"group 'test' is 1\.5, outside of the evaluator's range"),
        ({"second": SECOND | {"value": 2.0}}, r"second judge's value is 2\.0, outside of the evaluator's range"),
        ({"unit": "distance", "value_range": (0.0, None), "value": -3.0, "interval": None}, r"-3\.0, .* 0\.0 to any"),
        ({"unit": "of 64", "value_range": (0.0, 64.0), "value": 65.0, "interval": None}, r"65\.0, .* 0\.0 to 64\.0"),
        ({"unit": "mean F1 of the classes", "value": 5.0, "interval": None}, r"5\.0, .* 0\.0 to 1\.0"),
    ],
)
def test_a_score_that_cannot_be_is_refused_as_nan_is_when_written_and_when_read(saved, changes, message):
    with pytest.raises(ValidationError, match=message):
        model_record(score=changes)
    path = saved(lambda document: document["scores"]["topk_accuracy"].update(changes))
    with pytest.raises(UsageError, match=rf"scores\.topk_accuracy: {'.*' + message}"):
        load_record(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 0.4},
        {"value": 0.6},
        {"value": 1.0, "interval": (0.9, 1.0)},
        {"value": 0.0, "interval": (0.0, 0.1)},
        {"unit": "distance", "value": 120.0, "interval": (0.0, 300.0), "value_range": (0.0, None)},
        {"unit": "squared discrepancy", "value": -0.1, "interval": (-0.2, 0.0), "value_range": (None, None)},
        {"unit": "of 64", "value": 64.0, "interval": None, "value_range": (0.0, 64.0)},
        {"second": SECOND},
    ],
)
def test_a_score_at_the_ends_of_its_range_or_interval_reads_back(tmp_path, changes):
    record = model_record(score=changes)
    assert load_record(record.save(tmp_path)) == record


def test_an_older_record_that_says_slow_is_read_as_undertrained():
    older = model_record(status="undertrained", reason="too short").model_dump(mode="json") | {"status": "slow"}
    assert Record.model_validate_json(json.dumps(older)).status == "undertrained"
    with pytest.raises(ValidationError, match="slower"):
        Record.model_validate_json(json.dumps(older | {"status": "slower"}))


def test_a_score_says_its_evaluators_range_and_an_older_one_reads_without():
    found = Score(value=0.5, n=9, interval=(0.4, 0.6))
    assert score_entry(EVALUATORS["topk_accuracy"], found).value_range == (0.0, 1.0)
    assert score_entry(EVALUATORS["kid_efficientnet_lite0"], found).value_range == (None, None)
    assert score_entry(EVALUATORS["fd_efficientnet_lite0"], found).value_range == (0.0, None)
    assert "value_range" not in json.loads(model_record().to_json())["scores"]["topk_accuracy"]


@pytest.mark.parametrize("name", sorted(EVALUATORS))
def test_a_score_keeps_its_evaluators_declarations_and_its_file_those_that_are_not_the_default(tmp_path, name):
    evaluator = EVALUATORS[name]
    value = max(evaluator.value_range[0], 0.0)
    entry = score_entry(evaluator, Score(value=value, n=9))
    path = model_record(scores={name: entry.model_dump()}).save(tmp_path)
    assert {field: getattr(load_record(path).scores[name], field) for field in DECLARED} == declared(name)
    own = [field for field in DECLARED if getattr(entry, field) != default(field)]
    assert set(DECLARED) & json.loads(path.read_text())["scores"][name].keys() == set(own)


def default(field):
    return ScoreEntry.model_fields[field].default


@pytest.mark.parametrize("start", ["fraction", "mean fraction", "F1", "mean F1", "average precision"])
def test_the_units_of_older_records_tell_shares(start):
    assert bounds_of(None, f"{start} of generated images") == (0.0, 1.0)
    assert bounds_of(None, f"distance in a {start}") == (None, None)


@pytest.mark.parametrize("name", EVALUATORS)
def test_a_unit_that_is_shown_in_percent_has_the_range_of_a_share(name):
    evaluator = EVALUATORS[name]
    assert not is_fraction(evaluator.unit) or evaluator.value_range == (0.0, 1.0)


def test_records_of_one_protocol_compare():
    check_comparable([])
    check_comparable([model_record(), model_record(training={"seed": 1}), reference_record()])


def test_records_of_two_protocols_do_not_compare():
    one, other = model_record(), model_record(protocol={"n_real": 999})
    with pytest.raises(UsageError) as caught:
        check_comparable([one, model_record(training={"seed": 1}), other])
    message = str(caught.value)
    assert f"n_real is 1000 in {one.file_name} and 999 in {other.file_name}" in message


def test_records_of_two_versions_of_an_evaluator_do_not_compare():
    one, other = model_record(), model_record(training={"seed": 1}, score={"version": 2})
    with pytest.raises(UsageError, match=r"scores\.topk_accuracy\.version is 1 in .*seed0.* and 2 in .*seed1"):
        check_comparable([one, other])


def test_reading_records_and_rendering_tables_imports_no_torch():
    code = "import sys, benchmark.records.record, benchmark.leaderboard.output_files, benchmark.leaderboard.render\n"
    code += "print([name for name in ('torch', 'pandas', 'rich', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("n", [1, 3, 7])
@pytest.mark.parametrize("name", TASKS["iclevr"].condition_scores)
def test_scores_of_all_right_and_all_wrong_images_can_be_written(name, n, right):
    """The ends of the range, where rounding may take a value out of its interval."""
    conditions = torch.eye(24, dtype=torch.uint8)[:n]
    logits = (2.0 * conditions - 1.0) * (5.0 if right else -5.0)
    entry = score_entry(EVALUATORS[name], score_of(logits, conditions, name))
    assert entry.interval[0] <= entry.value <= entry.interval[1]


def test_the_bootstrap_interval_of_f1_has_the_value_in_it_however_few_the_resamples(monkeypatch):
    logits = torch.randn(30, 24, generator=torch.Generator().manual_seed(0))
    conditions = torch.eye(24, dtype=torch.uint8)[torch.arange(30) % 24]
    monkeypatch.setattr(EVALUATORS["micro_f1"], "resamples", 1)
    evaluator = EVALUATORS["micro_f1"](lambda _: logits)
    evaluator.update(logits, conditions, real=False)
    entry = score_entry(EVALUATORS["micro_f1"], evaluator.compute())
    assert entry.interval[0] <= entry.value <= entry.interval[1]
    assert entry.interval[0] < entry.interval[1]


def test_packages_are_named_as_their_metadata_parsed_as_an_e_mail_name_them():
    there = list(distributions())
    assert len(there) > 20
    assert [name_and_version(one) for one in there] == [f"{one.name} {one.version}" for one in there]


def test_libraries_within_another_one_which_it_puts_on_the_path_count_for_no_digest(tmp_path, monkeypatch):
    def digest_with(folder):
        found = folder / "brought-1.0.dist-info"
        found.mkdir(parents=True)
        (found / "METADATA").write_text("Name: brought\nVersion: 1.0\n\n")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [*sys.path, str(folder)])
            return own_digest.__wrapped__()

    before = own_digest.__wrapped__()
    assert digest_with(tmp_path / "site-packages" / "ray" / "thirdparty_files") == before
    assert digest_with(tmp_path / "site-packages") != before
