"""``cgan-bench judge fetch``: third-party files with known hashes, downloaded into the cache folder."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.registry import find
from benchmark.system.cache import cache_folder
from benchmark.system.files import file_sha256, replacing
from evaluators.features.inception_v3 import WEIGHTS_NAME, WEIGHTS_SHA256

TIMEOUT = 60.0  # seconds without an answer


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A third-party file that this project does not distribute itself."""

    url: str
    sha256: str
    size: int  # bytes
    use: str  # the option that needs it
    licence: str


KNOWN_FILES: dict[str, KnownFile] = {
    "lbpcascade_animeface.xml": KnownFile(
        url="https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml",
        sha256="9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30",
        size=246_945,
        use="--detector lbp",
        licence="MIT, nagadomi 2011",
    ),
    WEIGHTS_NAME: KnownFile(
        url=f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{WEIGHTS_NAME}",
        sha256=WEIGHTS_SHA256,
        size=95_628_359,
        use="--inception FILE, for fid",
        licence="Apache 2.0, the TensorFlow authors 2015; converted by pytorch-fid",
    ),
}


def fetch(name: str, url: str | None = None) -> dict[str, Any]:
    """Download a known file, unless it is there already; it appears whole and with the right hash, or not at all.

    Args:
        name: of :data:`KNOWN_FILES`.
        url: another place to get it from, such as a mirror or ``file:///...``.

    Raises:
        UsageError: the name is unknown, the place does not answer, or the content is another one.
    """
    known, path = find("file", name, KNOWN_FILES), fetched_path(name)
    found = {"file": str(path), "sha256": known.sha256, "for": known.use, "licence": known.licence}
    if path.exists() and file_sha256(path) == known.sha256:
        return found | {"fetched": "before"}
    content = _download(url or known.url, known, path)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return found | {"fetched": "now"}


def fetched_file(name: str) -> Path:
    """Path of a known file in the cache.

    Raises:
        UsageError: it is not there, or is another file.
    """
    known, path = find("file", name, KNOWN_FILES), fetched_path(name)
    if not path.exists():
        raise UsageError(f"{name} is not here; run 'cgan-bench judge fetch {name}', or give the path of a copy")
    if file_sha256(path) != known.sha256:
        raise UsageError(f"{path} is damaged; delete it and run 'cgan-bench judge fetch {name}' again")
    return path


def fetched_path(name: str) -> Path:
    """Path that a known file would have in the cache."""
    return cache_folder() / "files" / name


def _download(url: str, known: KnownFile, path: Path) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            content = answer.read(known.size + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is an answer too
        reason = getattr(error, "reason", error)
        raise UsageError(
            f"cannot fetch {url} ({reason}); without internet, put a copy with sha256 {known.sha256} at {path}, "
            "or name a mirror with --url"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != known.sha256:
        size = f"more than {known.size:,}" if len(content) > known.size else f"{len(content):,}"
        raise UsageError(
            f"{url} gave {size} bytes with sha256 {digest}, expected {known.size:,} with {known.sha256}; "
            "nothing was kept: name another place with --url"
        )
    return content
