"""Storage that several workers share: a folder, a URL in memory, and S3 behind a server of this machine."""

import os
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from builders import matrices
from builders.matrices import results, updates_of

from benchmark.cli import main
from benchmark.commands import benchmark
from benchmark.errors import BusyError, UsageError
from benchmark.executors import remote_storage
from benchmark.executors.mirror import Mirror
from benchmark.executors.storage import storage_of

MATRIX = {"profile": "short", "tasks": matrices.TASK, "models": "mlp_gan", "device": "cpu"}
fsspec = pytest.importorskip("fsspec", reason="the extra 'ray' is not installed")


@pytest.fixture(scope="module")
def s3_server():
    """A server of this machine that speaks as S3 does."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server, monkeypatch, tmp_path):
    """A folder of a new bucket of that server."""
    values = {
        "AWS_ENDPOINT_URL": s3_server, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3").clear_instance_cache()
    bucket = tmp_path.name.replace("_", "-").lower()[:60].strip("-")
    fsspec.filesystem("s3").mkdir(bucket)
    return f"s3://{bucket}/one"


@pytest.fixture(params=["folder", "memory", "s3"])
def place(request, tmp_path):
    """The place of a storage, of each kind."""
    if request.param == "s3":
        return request.getfixturevalue("s3")
    return str(tmp_path / "shared") if request.param == "folder" else f"memory://{tmp_path.name}"


@pytest.fixture
def hasty(monkeypatch):
    """Claims that are renewed, and grow stale, within a second."""
    monkeypatch.setattr(remote_storage, "RENEWED", 0.1)
    monkeypatch.setattr(remote_storage, "STALE", 0.5)


def test_a_job_is_claimed_by_one_at_a_time(place, hasty):
    with storage_of(place).claim("job"):
        with pytest.raises(BusyError, match="another pro"), storage_of(place).claim("job"):
            pass
        with storage_of(place).claim("other"):
            pass
    with storage_of(place).claim("job"):
        pass


@pytest.mark.parametrize("place", ["memory", "s3"], indirect=True)
def test_a_claim_that_nobody_renews_is_taken_over(place, hasty):
    storage = storage_of(place)
    storage.write_note("other", {})
    storage._take(f"{storage.root}/jobs/job.claim")  # as by a process that is killed then
    begun = time.monotonic()
    with storage_of(place).claim("job"):
        assert time.monotonic() - begun >= remote_storage.STALE


def test_notes_and_files_are_read_back_and_a_damaged_note_counts_as_none(place):
    storage = storage_of(place)
    storage.check()
    assert storage.read_note("job") is None
    storage.write_note("job", {"record": "a"})
    assert storage_of(place).read_note("job") == {"record": "a"}
    storage.remove_note("job")
    assert storage.read_note("job") is None
    with storage.workspace([]) as folder:
        (folder / "records").mkdir(exist_ok=True)
        (folder / "records" / "a.json").write_text("{}")
    assert storage.sha256("records/a.json") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert storage.sha256("records/b.json") is None
    fs, path = fsspec.core.url_to_fs(place if "://" in place else f"file://{place}")
    fs.pipe_file(f"{path}/jobs/job.json", b'{"rec')
    assert storage.read_note("job") is None


def test_a_copy_goes_back_whole_and_what_is_gone_is_removed(place):
    storage = storage_of(place)
    with storage.workspace(["run"]) as folder:
        (folder / "run" / "checkpoints").mkdir(parents=True)
        (folder / "run" / "config.json").write_text("1")
        (folder / "run" / "checkpoints" / "step_1.json").write_text("old")
        (folder / "run" / ".x.12345678.part").write_text("half")
    with storage.workspace(["run"]) as folder:
        assert (folder / "run" / "config.json").read_text() == "1"
        (folder / "run" / "checkpoints" / "step_1.json").unlink()
        (folder / "run" / "checkpoints" / "step_2.json").write_text("new")
    with storage.workspace(["run"]) as folder:
        assert [path.name for path in (folder / "run" / "checkpoints").iterdir()] == ["step_2.json"]


def test_every_moment_of_sending_is_one_that_a_run_goes_on_from(tmp_path):
    """A run's settings come first, its end last, and the JSON of a checkpoint after its tensors and the log."""
    sent = []

    class System:
        def makedirs(self, *_, **__): ...

        def pipe_file(self, path, *_, **__):
            sent.append(path.removeprefix("x/"))

    names = [
        "records/a.json", "records/a.safetensors", "r/outcome.json", "r/generator.safetensors", "r/config.json",
        "r/log.jsonl", "r/checkpoints/step_2.json", "r/checkpoints/step_2.safetensors",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    Mirror(System(), "x", tmp_path).send()
    assert sorted(sent) == sorted(names)
    places = {name: number for number, name in enumerate(sent)}
    assert places["r/config.json"] == 0
    assert places["r/outcome.json"] == len(names) - 1
    assert places["r/log.jsonl"] < places["r/checkpoints/step_2.safetensors"] < places["r/checkpoints/step_2.json"]
    assert places["records/a.safetensors"] < places["records/a.json"]


@pytest.mark.parametrize("place", ["memory", "s3"], indirect=True)
def test_a_record_that_is_there_stays(place):
    for text in ("first", "second"):
        with storage_of(place).workspace([]) as folder:
            (folder / "records").mkdir()
            (folder / "records" / "a.json").write_text(text)
    with storage_of(place).workspace(["records"]) as folder:
        assert (folder / "records" / "a.json").read_text() == "first"


@pytest.fixture(scope="module")
def in_a_folder(tmp_path_factory):
    """The results of the matrix in a folder."""
    return matrices.results_of(lambda out: benchmark.benchmark(str(out), **MATRIX), tmp_path_factory.mktemp("local"))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["memory", "s3"], indirect=True)
def test_a_matrix_behind_a_url_is_as_in_a_folder_and_goes_on_from_checkpoints_there(
    place, toy_matrix, in_a_folder, hasty, monkeypatch, capsys
):
    kept = matrices.housekeeping_of()
    monkeypatch.setattr("benchmark.training.runs.Housekeeping.__call__", interrupted(kept, 7))
    with pytest.raises(KeyboardInterrupt):
        benchmark.benchmark(place, **MATRIX)
    monkeypatch.setattr("benchmark.training.runs.Housekeeping.__call__", kept)
    found = benchmark.benchmark(place, **MATRIX)
    assert found["failed"] == {}
    assert all(name.startswith(place) for name in (*found["records"], *found["tables"], *found["grids"]))
    with storage_of(place).workspace([""]) as folder:
        assert results(folder) == in_a_folder
        (steps,) = [[step for _, step in lines] for lines in updates_of(folder).values()]
        assert steps == [*range(7, matrices.UPDATES + 1)]  # of the second process: the last checkpoint was update 6
    assert benchmark.benchmark(place, **MATRIX)["runs"][0]["status"] == "kept"


def interrupted(kept, step):
    def housekeeping(self, state):
        kept(self, state)
        if state.step == step:
            raise KeyboardInterrupt

    return housekeeping


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("nowhere://x", "Protocol not known"),
        ("s3://no-such-bucket-of-ours/x", "cannot write in s3://no-such-bucket-of-ours/x"),
        ("/proc/nothing", "cannot write in /proc/nothing"),
    ],
)
def test_storage_that_cannot_be_written_is_one_line_before_any_work(toy_matrix, s3, capsys, monkeypatch, out, words):
    if "bucket" in out:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        fsspec.filesystem("s3").clear_instance_cache()
    options = ["--profile", "short", "--tasks", matrices.TASK, "--models", "mlp_gan", "--out", out]
    assert main(["benchmark", *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.fixture
def forbidding(monkeypatch):
    """The URL of a server that speaks as S3 does to somebody without any permission."""

    class Forbidding(BaseHTTPRequestHandler):
        def answer(self):
            content = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(403)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - names of the base class

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Forbidding) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_bucket_without_permission_is_one_line_before_any_work(toy_matrix, s3, forbidding, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", forbidding)
    fsspec.filesystem("s3").clear_instance_cache()
    options = ["--profile", "short", "--tasks", matrices.TASK, "--models", "mlp_gan", "--out", "s3://theirs/sweep"]
    assert main(["benchmark", *options]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "cannot write in s3://theirs/sweep (" in said
    assert said.endswith("); fix that or choose another place")


@contextmanager
def ordinary_user():
    """Be a user without special permissions: root becomes one for the time being."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_without_permission_is_one_line_before_any_work_to_an_ordinary_user(toy_matrix, capsys):
    with tempfile.TemporaryDirectory() as folder:  # others may not enter that of pytest
        Path(folder).chmod(0o555)
        options = ["--profile", "short", "--tasks", matrices.TASK, "--models", "mlp_gan", "--out", f"{folder}/sweep"]
        with ordinary_user():
            assert main(["benchmark", *options]) == 2
        assert capsys.readouterr().err == (
            f"cgan-bench: cannot write in {folder}/sweep: no permission; choose another folder\n"
        )
        assert list(Path(folder).iterdir()) == []


def test_several_processes_do_not_write_into_the_memory_of_one(toy_matrix):
    from benchmark.executors.request import ExecutorRequest

    with pytest.raises(UsageError, match="lies in this process alone"):
        benchmark.benchmark("memory://x", profile="short", executor=ExecutorRequest(jobs=2))
