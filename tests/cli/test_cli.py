"""The command line: exit codes, one-line errors, JSON, and a --help that does not load torch."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import benchmark
import evaluators
import reference_models
from benchmark.cli import GROUPS, VERBS, machine, main
from benchmark.grading.sandbox.confine import WALLS


def run(capsys, *arguments):
    code = main(list(map(str, arguments)))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *arguments):
    """The command exits with 2, prints nothing on stdout and one line on stderr."""
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("cgan-bench: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture
def listed(capsys):
    """The lists lie in the cache, so that a program prints them without importing torch."""
    assert run(capsys, "list", "models")[0] == 0


def test_help_does_not_import_torch():
    code = "import sys; from benchmark.cli import main; main(['--help']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "leaderboard" in done.stdout


def verbs():
    """All verbs, as words."""
    groups = [(group, verb) for group, (_, members) in GROUPS.items() for verb in members]
    return [(verb,) for verb in VERBS] + groups


@pytest.mark.parametrize("words", verbs(), ids=" ".join)
def test_help_has_neither_options_that_empty_others_nor_defaults_of_python(words, capsys):
    code, out, _ = run(capsys, *words, "--help")
    assert (code, words[-1] in out) == (0, True)
    assert "--empty" not in out
    assert not re.search(r"default: \(", out)


def test_a_device_that_is_not_there_is_refused_where_nothing_would_be_trained(tmp_path, capsys):
    places = "--out", tmp_path / "runs", "--records", tmp_path / "records", "--dry-run"
    assert "device is 'gpu'" in refused(capsys, "claims", "run", "2.3", *places, "--device", "gpu")
    assert run(capsys, "claims", "run", "2.3", *places, "--device", "cpu")[0] == 0


def test_python_m_benchmark_is_the_command():
    done = subprocess.run([sys.executable, "-m", "benchmark", "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0.1.0"


def test_an_unknown_command_offers_the_nearest(capsys):
    assert '"train"' in refused(capsys, "trian")


def test_an_unknown_option_is_refused(capsys):
    assert "--colour" in refused(capsys, "data", "info", "--task", "iclevr", "--colour", "red")


def test_a_file_whose_name_begins_with_a_dash_gets_the_words_that_mean_it(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("score", "-a.npz", "--task", "iclevr", "--out", "records")
    assert "write ./-a.npz" not in refused(capsys, *words)
    (tmp_path / "-a.npz").touch()
    assert "-a.npz begins as an option does; to mean that file, write ./-a.npz" in refused(capsys, *words)
    assert "-a.npz" not in refused(capsys, "score", "./-a.npz", "--task", "iclevr", "--out", "records", "--seed", "1")


def test_names_that_no_record_takes_are_refused_before_any_work(capsys, tmp_path):
    (tmp_path / "drawn").mkdir()
    words = ("score", tmp_path / "drawn", "--task", "iclevr", "--out", tmp_path / "records", "--name")
    assert "the row's name has 120 letters; give --name with 100 at most" in refused(capsys, *words, 120 * "n")
    model = "dcgan:latent_dim=100:channels=8:batch_size=64:learning_rate=0.000" + "2" * 100
    err = refused(capsys, "train", "--task", "anime-faces-unconditional", "--model", model, "--out", tmp_path / "run")
    assert "has 159 letters of variants and settings; give 100 at most" in err
    assert not (tmp_path / "run").exists()


def test_an_unknown_task_offers_the_nearest(capsys):
    err = refused(capsys, "data", "info", "--task", "iclever")
    assert "did you mean 'iclevr'? Bundled: anime-faces, anime-faces-unconditional, anime-transfer," in err


def test_a_model_too_large_for_any_memory_is_refused_before_anything_is_made(capsys, tmp_path):
    name = "modern_cgan:channels=1000000"
    err = refused(capsys, "train", "--task", "iclevr", "--model", name, "--out", tmp_path / "run")
    assert f"{name} takes up to " in err
    assert not (tmp_path / "run").exists()


def test_an_unknown_model_offers_the_nearest(capsys, tmp_path):
    err = refused(capsys, "train", "--task", "iclevr", "--model", "cdcgan_iclever", "--out", tmp_path / "run")
    assert "no model is called 'cdcgan_iclever'; did you mean 'cdcgan_iclevr'?" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("n_critic=0", "n_critic is 0; it must be from 1 to 1,000"),
        ("n_generator=0", "n_generator is 0; it must be from 1 to 1,000"),
        ("batch_size=0", "batch_size is 0; it must be from 1"),
        ("n_generator=null", "n_generator: got None; input should be a valid integer"),
        ("n_generator=two", "n_generator: got 'two'; input should be a valid integer"),
        ("image_size=48", "cdcgan_iclevr has no setting 'image_size'; it has: latent_dim"),
    ],
)
@pytest.mark.parametrize("budget", ["short", "report"])
def test_a_setting_that_no_training_can_have_is_refused(capsys, tmp_path, setting, words, budget):
    name = f"cdcgan_iclevr:{setting}"
    arguments = ("--task", "iclevr", "--model", name, "--budget", budget, "--out", tmp_path / "run")
    assert words in refused(capsys, "train", *arguments)
    assert not (tmp_path / "run").exists()


def test_an_unknown_variant_lists_all(capsys, tmp_path):
    err = refused(capsys, "train", "--task", "iclevr", "--model", "cdcgan_iclevr:five", "--out", tmp_path / "run")
    assert "no variant of cdcgan_iclevr is called 'five'" in err
    assert "four_generator_steps" in err


def test_a_model_that_cannot_take_the_tasks_conditions_is_refused(capsys, tmp_path):
    err = refused(capsys, "train", "--task", "anime-faces", "--model", "cdcgan_iclevr", "--out", tmp_path / "run")
    assert "takes conditions of kind multi_label" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("budget", ["0", "-3", "long", "1.5"])
def test_a_wrong_budget_is_refused(capsys, tmp_path, budget):
    err = refused(
        capsys,
        "train",
        "--task",
        "iclevr",
        "--model",
        "cdcgan_iclevr",
        "--out",
        tmp_path / "run",
        f"--budget={budget}",
    )
    assert f"budget is {budget!r}; give smoke, short, report, or a number" in err


@pytest.mark.parametrize("seed", ["-1", str(2**63)])
def test_a_wrong_seed_is_refused(capsys, tmp_path, seed):
    arguments = ("train", "--task", "iclevr", "--model", "cdcgan_iclevr", "--out", tmp_path / "run", f"--seed={seed}")
    assert f"--seed is {seed}; give 0 or more" in refused(capsys, *arguments)


def test_a_device_that_is_not_there_is_refused(capsys, tmp_path):
    arguments = (
        "train",
        "--task",
        "iclevr",
        "--model",
        "cdcgan_iclevr",
        "--out",
        tmp_path / "run",
        "--device",
        "abacus",
    )
    assert "device is 'abacus'; give auto, cpu, cuda, mps, or one of several" in refused(capsys, *arguments)


@pytest.mark.parametrize("kind", ["models", "tasks", "evaluators", "datasets"])
def test_lists_are_json_for_machines_and_lines_for_people(capsys, kind):
    code, out, _ = run(capsys, "list", kind, "--json")
    rows = json.loads(out)
    assert code == 0
    assert rows
    _, text, _ = run(capsys, "list", kind)
    assert all(str(next(iter(row.values()))) in text for row in rows)


def test_info_counts_a_folder(capsys, faces):
    code, out, _ = run(capsys, "data", "info", "--task", "anime-faces", "--data", faces, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["images"] == 6
    assert document["images per hair"]["pink"] == 2
    assert document["training"] + document["held out"] == 6


def test_pack_names_the_file(capsys, faces):
    _, out, _ = run(capsys, "data", "pack", "--task", "anime-faces", "--data", faces, "--json")
    assert json.loads(out)["images"] == 6


def test_preview_draws_a_sheet(capsys, faces, tmp_path):
    code, _, _ = run(
        capsys, "data", "preview", "--task", "anime-faces", "--data", faces, "--out", tmp_path / "sheet.png"
    )
    assert code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 8 * 128
        assert len(sheet.getcolors(1 << 24)) > 6


def test_preview_wants_a_png(capsys, faces, tmp_path):
    err = refused(capsys, "data", "preview", "--task", "anime-faces", "--data", faces, "--out", tmp_path / "sheet.gif")
    assert "ending in .png" in err


def test_render_refuses_a_folder_with_files(capsys, faces):
    assert "is not an empty folder" in refused(
        capsys, "data", "render", "--task", "anime-faces", "--out", faces, "--count", "2"
    )


def test_bad_data_leaves_no_run_folder(capsys, tmp_path):
    arguments = (
        "train",
        "--task",
        "iclevr",
        "--model",
        "cdcgan_iclevr",
        "--out",
        tmp_path / "run",
        "--data",
        tmp_path / "no",
    )
    assert "does not exist" in refused(capsys, *arguments)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_refused(capsys, tmp_path):
    assert "holds no run" in refused(capsys, "sample", tmp_path, "--out", tmp_path / "drawn")


def test_leaderboard_without_records_is_refused(capsys, tmp_path):
    assert "is not a folder" in refused(capsys, "leaderboard", tmp_path / "none", "--out", tmp_path)


def test_check_and_write_exclude_each_other(capsys, tmp_path):
    assert "exclude each other" in refused(capsys, "leaderboard", tmp_path, "--out", tmp_path, "--check", "--write")


def test_a_reader_that_has_seen_enough_is_no_error(listed):
    command = f"{sys.executable} -m benchmark list models | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("model ")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("data", "info", "--task", "iclevr"), "cgan-bench: interrupted\n"),
        (("benchmark",), "interrupted; the same command goes on from the last checkpoint, if there was one\n"),
        (("train", "--no-resume"), "interrupted; the same command without --no-resume goes on"),
        (("grade", "in", "--out", "out"), "interrupted; the same command goes on: what was graded is kept\n"),
        (("grade", "in", "--afresh"), "interrupted; the same command without --afresh goes on"),
        (("grade", "in", "--check"), "cgan-bench: interrupted\n"),
    ],
)
def test_an_interruption_is_said_and_ends_with_130(capsys, monkeypatch, words, message):
    monkeypatch.setattr("benchmark.cli.build", lambda: lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(list(words)) == 130
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_a_program_that_is_told_to_end_leaves_nothing_half_written(tmp_path):
    """SIGTERM while images are written into a folder; without a handler the half-filled folder would stay."""
    slowly = (  # as a disk that takes a tenth of a second for an image
        "import runpy, time; from PIL.Image import Image; save = Image.save; "
        "Image.save = lambda *given, **named: (time.sleep(0.1), save(*given, **named)); "
        "runpy.run_module('benchmark', run_name='__main__', alter_sys=True)"
    )
    arguments = ["data", "render", "--task", "anime-faces", "--count", "200", "--out", str(tmp_path / "new")]
    command = [sys.executable, "-c", slowly, *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        wait_until(lambda: list(tmp_path.glob(".new.*.part")))
        program.terminate()
        err = program.communicate(timeout=120)[1]
    assert (program.returncode, list(tmp_path.iterdir())) == (130, [])
    assert "interrupted" in err


def wait_until(happened, seconds=120):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["models", "tasks", "evaluators", "datasets"])
def test_what_is_listed_is_strict_json(capsys, kind):
    _, out, _ = run(capsys, "list", kind, "--json")
    json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_snapshots_that_would_never_be_taken_are_refused(capsys, tmp_path):
    options = ("--task", "iclevr", "--model", "cdcgan_iclevr", "--out", tmp_path / "run")
    err = refused(capsys, "train", *options, "--budget", 2, "--snapshot-every", 5)
    assert "--snapshot-every is 5, more than its 2 updates" in err


@pytest.mark.parametrize("seed", ["1.5", "0.5", "1e0", "one"])
def test_a_number_that_is_not_whole_is_refused_not_rounded(capsys, tmp_path, seed):
    options = ("--task", "iclevr", "--model", "cdcgan_iclevr", "--out", tmp_path / "run")
    assert f"'{seed}' is no whole number; give one" in refused(capsys, "train", *options, "--seed", seed)
    assert not (tmp_path / "run").exists()


def test_an_option_that_is_missing_is_told_from_one_without_a_value(capsys, tmp_path):
    words = ("train", "--task", "iclevr", "--out", tmp_path / "run")
    assert "train needs --model; give it" in refused(capsys, *words)
    assert "--model requires an argument" in refused(capsys, *words, "--model")


def test_an_empty_word_is_refused_for_it_would_be_the_current_folder(capsys):
    assert "argument 7 is empty" in refused(capsys, "train", "--task", "iclevr", "--model", "x", "--out", "")


@pytest.mark.parametrize("verb", ["train", "score", "references"])
def test_a_place_that_cannot_be_written_is_refused_before_any_work(capsys, tmp_path, verb, monkeypatch):
    monkeypatch.setattr("benchmark.commands.train.open_data", lambda *_: pytest.fail("opened the data"))
    (tmp_path / "file").write_text("")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    words = {
        "train": ("--task", "iclevr", "--model", "cdcgan_iclevr"), "score": (tmp_path / "run",),
        "references": ("--task", "iclevr"),
    }[verb]  # fmt: skip
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        err = refused(capsys, verb, *words, "--out", out)
        assert f"cannot write in {out}: {tmp_path / 'file'} is no folder; choose another folder" in err


def test_the_doctor_names_every_wall(capsys):
    code, out, _ = run(capsys, "doctor", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["grading: reading"] == "yes"
    assert {f"grading: {wall}" for wall in WALLS} <= set(found)
    assert found["torch"].startswith("2.")
    assert re.fullmatch(r"onnxruntime \(they differ by \d\.\de-0[5-9] of their length; .*\)", found["backbone"])


def test_the_doctor_says_why_submissions_cannot_be_read(capsys, monkeypatch):
    monkeypatch.setattr("benchmark.grading.sandbox.reading_test.READING_TEST", "no.such:main")
    code, out, _ = run(capsys, "doctor", "--json")
    assert code == 0
    assert json.loads(out)["grading: reading"].startswith("no (no process can read submissions on this machine (")


def test_every_file_of_the_packages_can_be_imported():
    for package in (benchmark, reference_models, evaluators):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def test_models_are_listed_with_defaults_as_they_are_written_in_a_name(capsys):
    _, out, _ = run(capsys, "list", "models", "--json")
    rows = {row["model"]: row for row in json.loads(out)}
    assert "betas=[0.5,0.999]" in rows["dcgan"]["settings"]
    assert "betas" not in rows["wgan"]["settings"]
    assert "latent_dim" not in rows["stargan"]["settings"]
    assert rows["stargan"]["draws"] == "given images anew"
    assert rows["stargan"]["tasks"] == "anime-transfer, celeba-transfer"


def test_variants_are_listed_with_their_reports_updates_where_these_are_others(capsys):
    _, out, _ = run(capsys, "list", "models", "--json")
    (r4,) = (row for row in json.loads(out) if row["model"] == "cdcgan_iclevr")
    assert r4["variants"].split(", cdcgan_iclevr:") == [
        "cdcgan_iclevr:four_generator_steps (published code, 225600 chosen updates)",
        "c_dim_100 (no report tried it)",
        "c_dim_400",
    ]
    assert (r4["report updates"], r4["updates stated by the report"]) == (56_400, True)


def test_links_in_a_circle_are_one_line(capsys, faces):
    (faces / "images" / "again").symlink_to(faces / "images" / "again")
    err = refused(capsys, "data", "info", "--task", "anime-faces", "--data", faces)
    assert "again: Too many levels of symbolic links; fix that" in err


def test_a_link_to_a_folder_above_is_named(capsys, faces):
    (faces / "images" / "up").symlink_to(faces)
    err = refused(capsys, "data", "info", "--task", "anime-faces", "--data", faces)
    assert "images/up is a link to a folder that it lies in; remove it" in err
    assert len(err) < 300


def test_a_link_to_a_folder_elsewhere_is_followed(capsys, faces, tmp_path):
    (faces / "images").rename(tmp_path / "elsewhere")
    (faces / "images").symlink_to(tmp_path / "elsewhere")
    assert main(["data", "info", "--task", "anime-faces", "--data", str(faces)]) == 0
    capsys.readouterr()


def test_a_name_that_is_no_utf_8_is_one_line(capsys, faces):
    odd = faces.with_name("faces\udcff")
    faces.rename(odd)
    assert "is no UTF-8; rename" in refused(capsys, "data", "info", "--task", "anime-faces", "--data", odd)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_output_that_finds_no_room_is_one_line(listed):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "benchmark", "list", "tasks"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "cgan-bench: No space left on device; fix that or choose another place\n"


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), 2), (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate"), 2)]
)
def test_a_lack_of_memory_is_one_line_in_every_command(capsys, monkeypatch, error, code):
    def refuse(*_):
        raise error

    monkeypatch.setattr("benchmark.commands.catalogue.tasks", refuse)
    assert main(["list", "tasks"]) == code
    assert capsys.readouterr().err == (
        "cgan-bench: the memory does not suffice; end other programs, or choose --device cpu\n"
    )


def test_other_errors_of_torch_are_shown_whole(monkeypatch):
    def refuse(*_):
        raise RuntimeError("inconsistent tensor size")

    monkeypatch.setattr("benchmark.commands.catalogue.tasks", refuse)
    with pytest.raises(RuntimeError, match="inconsistent"):
        main(["list", "tasks"])


def test_a_benchmark_says_that_it_loads_pytorch_where_that_takes_long(monkeypatch):
    class LoadingError(Exception):
        pass

    def raised(message):
        raise LoadingError(message)

    monkeypatch.setattr(machine, "say_if_slow", raised)
    with pytest.raises(LoadingError, match="loading PyTorch"):
        main(["benchmark"])
