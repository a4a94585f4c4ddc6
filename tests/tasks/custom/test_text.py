"""Encodings, byte-order marks and gzip."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.tasks.custom.text import file_text

if TYPE_CHECKING:
    from pathlib import Path

DANISH = "Elbæk går imod\r\nforslaget\n"
RUSSIAN = "Россия против санкций\n"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (DANISH.encode(), None, DANISH),
        (DANISH.encode(), "utf-8", DANISH),
        (DANISH.encode("utf-8-sig"), None, DANISH),
        (DANISH.encode("utf-8-sig"), "utf-8", DANISH),
        (DANISH.encode("utf-16"), None, DANISH),
        (DANISH.encode("utf-16"), "utf-16", DANISH),
        (b"\xfe\xff" + DANISH.encode("utf-16-be"), None, DANISH),
        (b"\xff\xfe" + DANISH.encode("utf-16-le"), "utf-16-le", DANISH),
        (DANISH.encode("utf-16-le"), "utf-16-le", DANISH),
        (DANISH.encode("utf-32"), None, DANISH),
        (DANISH.encode("cp1252"), "cp1252", DANISH),
        (RUSSIAN.encode("koi8-r"), "koi8-r", RUSSIAN),
        (RUSSIAN.encode("cp1251"), "cp1251", RUSSIAN),
        (b"", None, ""),
    ],
)
def test_text_is_decoded_and_left_as_it_stands(
    tmp_path: Path, data: bytes, encoding: str | None, text: str
) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    assert file_text(plain, encoding) == text
    assert file_text(packed, encoding) == text


def test_nothing_is_normalised(tmp_path: Path) -> None:
    decomposed = "Elbae\u0308k \u2028 \x0c"
    (tmp_path / "a.txt").write_text(decomposed, encoding="utf-8")
    assert file_text(tmp_path / "a.txt", None) == decomposed


def test_a_wrong_encoding_is_named_with_byte_line_and_a_guess(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"text\n" + ("Президент выступил против новых санкций. " * 20).encode("cp1251"))
    with pytest.raises(InputError) as caught:
        file_text(file, None)
    message = str(caught.value)
    assert f"{file}: is not utf-8 at byte 5 (line 2)" in message
    assert 'encoding = "cp1251" (a guess from the bytes)' in message


def test_without_the_detector_the_remedy_is_general(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_bytes("går".encode("cp1252"))
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    monkeypatch.setattr("standoff.tasks.custom.text.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r'as in: encoding = "cp1252"$'):
        file_text(tmp_path / "a.csv", None)


def test_utf_16_without_a_mark_is_suspected(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("a\nb".encode("utf-16-le"))
    with pytest.raises(InputError, match=r"NUL character \(line 1\)[\s\S]*utf-16-le"):
        file_text(tmp_path / "a.csv", None)


@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: data[:12], lambda _: b"plain"])
def test_damaged_gzip_is_refused(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    file = tmp_path / "a.csv.gz"
    file.write_bytes(damage(gzip.compress(b"text\n" * 100)))
    with pytest.raises(InputError, match="is not a whole gzip file"):
        file_text(file, None)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"a\.csv: no such file"):
        file_text(tmp_path / "a.csv", None)
