"""Known files are fetched whole and with the right hash, or not at all."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.scoring import downloads

NAME, CONTENT = "known.xml", b"<known/>" * 100


class Handler(BaseHTTPRequestHandler):
    """Serves the file, another of the same length, an endless one, or nothing."""

    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write({"/known.xml": CONTENT, "/other": CONTENT[::-1], "/long": CONTENT * 50}[self.path])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def known(server, monkeypatch):
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = downloads.KnownFile(url=f"{server}/{NAME}", sha256=digest, size=len(CONTENT), use="tests", licence="none")
    monkeypatch.setattr(downloads, "KNOWN_FILES", {NAME: file})
    return file


def test_a_file_is_fetched_once(known, cache, capsys):
    for fetched in ("now", "before"):
        assert main(["judge", "fetch", NAME, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["fetched"] == fetched
        assert document["sha256"] == known.sha256
    assert downloads.fetched_file(NAME).read_bytes() == CONTENT
    assert downloads.fetched_file(NAME).is_relative_to(cache)


def test_a_mirror_may_be_a_file(known, tmp_path):
    (tmp_path / "copy").write_bytes(CONTENT)
    assert downloads.fetch(NAME, (tmp_path / "copy").as_uri())["fetched"] == "now"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("/other", r"/other gave 800 bytes with sha256 [0-9a-f]{64}, expected 800 with [0-9a-f]{64}; nothing was kept"),
        ("/long", r"/long gave more than 800 bytes"),
        ("/missing", r"cannot fetch http.*/missing \(Not Found\); without internet, put a copy with sha256"),
    ],
)
def test_another_content_leaves_nothing_behind(known, server, cache, place, message):
    with pytest.raises(UsageError, match=message) as caught:
        downloads.fetch(NAME, server + place)
    assert "\n" not in str(caught.value)
    assert not list(cache.rglob("*.*"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/known.xml", "file:///no/such/file", "nonsense", "gopher://x/y"])
def test_a_place_that_does_not_answer_is_named_with_what_to_do(known, capsys, url):
    assert main(["judge", "fetch", NAME, "--url", url]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"cannot fetch {url}" in err
    assert f"put a copy with sha256 {known.sha256} at " in err


def test_a_fetch_that_fails_leaves_the_file_that_was_there(known, server):
    path = downloads.fetched_path(NAME)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    with pytest.raises(UsageError, match=r"is damaged; delete it and run 'cgan-bench judge fetch known\.xml' again"):
        downloads.fetched_file(NAME)
    with pytest.raises(UsageError, match="nothing was kept"):
        downloads.fetch(NAME, f"{server}/other")
    assert path.read_bytes() == b"damaged"
    assert downloads.fetch(NAME)["fetched"] == "now"


def test_an_unknown_file_offers_the_nearest(known, capsys):
    assert main(["judge", "fetch", "know.xml"]) == 2
    assert "no file is called 'know.xml'; did you mean 'known.xml'?" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"known\.xml is not here; run 'cgan-bench judge fetch known\.xml'"):
        downloads.fetched_file(NAME)


def test_the_cascade_of_the_courses_is_the_one_that_is_known(shared):
    known, path = downloads.KNOWN_FILES["lbpcascade_animeface.xml"], shared / "lbpcascade_animeface.xml"
    if not path.exists():
        pytest.skip("the cascade is not next to this checkout")
    content = path.read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (known.sha256, known.size)
