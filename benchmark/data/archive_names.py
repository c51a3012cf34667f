"""Names of files as their packer meant them, where neither encoding nor separator is declared.

A zip entry without the UTF-8 flag, a tar entry and a file name on Linux are bytes. Big5 and Shift-JIS have characters
that hold the byte 5C, a backslash in ASCII; some packers on Windows write that byte between folders.

Source: APPNOTE.TXT 6.3.10, 4.4.17 and appendix D (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Sequence

UTF_8 = 1 << 11  # flag of a zip entry whose name's encoding is declared
ENCODINGS = ("utf-8", "cp950", "cp932")  # cp950 is Big5, cp932 Shift-JIS, as Windows has them
SPACE = "Zs"  # Unicode's category of spaces, of which Python calls one printable; macOS' screenshots have another
JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"  # in Persian and Indian words, and in emoji
ORIGINAL = "cp437"  # the zip format's own; every byte is a character of it


def plain_names(names: Sequence[str | bytes]) -> list[str]:
    """Names as text: bytes are read in the one encoding that fits all of them."""
    encoding = _encoding([name for name in names if isinstance(name, bytes)])
    return [name.decode(encoding) if isinstance(name, bytes) else name for name in names]


def _encoding(names: Sequence[bytes]) -> str:
    return next((encoding for encoding in ENCODINGS if _fits(names, encoding)), ORIGINAL)


def _fits(names: Sequence[bytes], encoding: str) -> bool:
    try:
        return all(is_printable(name.decode(encoding)) for name in names)
    except UnicodeDecodeError:
        return False


def is_printable(name: str) -> bool:
    """True for a name without control characters; neither spaces of any width nor the joiners of letters are such."""
    return all(one.isprintable() or one in JOINERS or is_space(one) for one in name)


def is_space(character: str) -> bool:
    """True for a space of any width."""
    return unicodedata.category(character) == SPACE


def with_slashes(names: Sequence[str]) -> list[str]:
    """Names with slashes between folders; a backslash separates only where no name has a slash."""
    if any("/" in name for name in names):
        return list(names)
    return [name.replace("\\", "/") for name in names]


def name_of(entry: zipfile.ZipInfo) -> str | bytes:
    """The name of a zip entry if its encoding is declared, else its bytes."""
    if entry.flag_bits & UTF_8:
        return entry.filename
    try:
        return entry.filename.encode(ORIGINAL)  # as which zipfile has read it
    except UnicodeEncodeError:  # it took the name of another field
        return entry.filename


def undecoded(name: str) -> str | bytes:
    """A name of the file system or a tar; its bytes where they are no UTF-8."""
    return name if _is_text(name) else name.encode("utf-8", "surrogateescape")


def _is_text(name: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in name)
