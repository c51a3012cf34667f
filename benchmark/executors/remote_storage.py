"""Storage behind a URL: copies of its parts, sent back file by file, and claims that are renewed while a job works."""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.errors import BusyError, UsageError
from benchmark.executors.mirror import Mirror
from benchmark.executors.storage import JOBS, parse_note
from benchmark.system.terminal import say

RENEWED = 5.0  # seconds between two renewals of a claim, and between two times that a copy is sent back
STALE = 4 * RENEWED  # seconds without a renewal after which a claim counts as abandoned
FAILURES = (OSError, ValueError, ImportError)  # of the file systems behind fsspec; libraries of clouds have others


def remote(url: str) -> Remote:
    """The storage at a URL.

    Raises:
        UsageError: fsspec or one of its parts is missing, or the URL is none.
    """
    try:
        import fsspec

        system, root = fsspec.core.url_to_fs(url.rstrip("/"))
    except FAILURES as error:
        reason = str(error).rstrip(".")
        raise UsageError(f"--out {url} cannot be used ({reason}); install what it needs, or give a folder") from error
    return Remote(url.rstrip("/"), system, root)


@dataclass(frozen=True)
class Remote:
    """A folder of a file system that fsspec knows."""

    url: str
    system: Any  # fsspec.AbstractFileSystem
    root: str
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    def check(self) -> None:
        probe = f"{self.root}/{JOBS}/probe-{self.owner}"
        try:
            self._make(probe)
            self.system.pipe_file(probe, b"")
            self.system.rm_file(probe)
        except Exception as error:  # each cloud's library has errors of its own
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UsageError(f"cannot write in {self.url} ({reason}); fix that or choose another place") from error

    @contextmanager
    def claim(self, name: str) -> Iterator[None]:
        path = f"{self.root}/{JOBS}/{name}.claim"
        self._make(path)
        self._take(path)
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(path, ended), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            with suppress(FileNotFoundError):
                self.system.rm_file(path)

    def _take(self, path: str) -> None:
        """Write the claim, or take over one that is not renewed; ages are measured with this process's clock alone."""
        try:
            return self.system.pipe_file(path, self._stamp(), mode="create")
        except FileExistsError:
            before, since = self._read(path), time.monotonic()
        while time.monotonic() - since < STALE:
            time.sleep(RENEWED / 2)
            now = self._read(path)
            if now is None or now != before:
                raise BusyError(f"another program computes this job, and renews its claim in {self.url}; wait for it")
        with suppress(FileNotFoundError):
            self.system.rm_file(path)
        try:
            self.system.pipe_file(path, self._stamp(), mode="create")
        except FileExistsError:
            raise BusyError(f"another program has taken this job over in {self.url}; wait for it") from None

    def _renew(self, path: str, ended: threading.Event) -> None:
        while not ended.wait(RENEWED):
            with suppress(Exception):  # an outage of the storage: the next renewal may come through
                self.system.pipe_file(path, self._stamp())

    def _stamp(self) -> bytes:
        return json.dumps({"owner": self.owner, "beat": secrets.token_hex(4)}).encode()

    @contextmanager
    def workspace(self, parts: Sequence[str]) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="cgan-bench-") as folder:
            mirror = Mirror(self.system, self.root, Path(folder))
            mirror.fetch(parts)
            ended = threading.Event()
            sending = threading.Thread(target=self._send, args=(mirror, ended), daemon=True)
            sending.start()
            try:
                yield Path(folder)
            finally:
                ended.set()
                sending.join()
                mirror.send()

    def _send(self, mirror: Mirror, ended: threading.Event) -> None:
        while not ended.wait(RENEWED):
            try:
                mirror.send()
            except Exception as error:  # an outage: the next time may come through, and the last one has to
                say(f"{self.url} does not take what was computed ({error}); trying again")

    def read_note(self, name: str) -> dict[str, Any] | None:
        content = self._read(self._note(name))
        return None if content is None else parse_note(content)

    def write_note(self, name: str, note: dict[str, Any]) -> None:
        self._make(self._note(name))
        self.system.pipe_file(self._note(name), json.dumps(note, indent=2, sort_keys=True).encode())

    def remove_note(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self.system.rm_file(self._note(name))

    def sha256(self, part: str) -> str | None:
        content = self._read(f"{self.root}/{part}")
        return None if content is None else hashlib.sha256(content).hexdigest()

    def _note(self, name: str) -> str:
        return f"{self.root}/{JOBS}/{name}.json"

    def _read(self, path: str) -> bytes | None:
        try:
            return self.system.cat_file(path)
        except FileNotFoundError:
            return None

    def _make(self, path: str) -> None:
        """Make the folder of a file, where the file system has folders."""
        self.system.makedirs(path.rpartition("/")[0], exist_ok=True)
