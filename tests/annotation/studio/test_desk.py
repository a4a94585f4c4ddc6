"""Which server is meant: that of a folder, or any Label Studio at an address."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.annotation.studio.commands import OtherServer

from standoff.annotation.studio.server import Desk, open_desk
from standoff.errors import InputError, NotFoundError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "something else answers there"),
        (b"[]", "something else answers there"),
        (b"{}", "something else answers there"),
        (b'{"release": 1}', "something else answers there"),
        (b'{"release": "1.13.1"}', "too old"),
        (b'{"release": "0.9"}', "too old"),
        (b'{"release": "dev"}', "too old"),
        (b'{"release": "1.18.0"}', None),
        (b'{"release": "2.0"}', None),
    ],
)
def test_another_server_must_be_a_label_studio(tmp_path: Path, body: bytes, message: str | None) -> None:
    with OtherServer(0, body) as other:
        url = f"http://127.0.0.1:{other.port}"
        if message is None:
            assert open_desk(tmp_path, url=f"127.0.0.1:{other.port}/") == Desk(tmp_path, url, own=False)
        else:
            with pytest.raises(InputError, match=message):
                open_desk(tmp_path, url=url)


def test_a_server_that_sends_us_elsewhere_or_is_not_there(tmp_path: Path) -> None:
    with OtherServer(0, b'{"release": "1.23.2"}', redirect_to="http://localhost:{}/there") as other:
        pass
    with pytest.raises(NotFoundError, match="nothing answers"):
        open_desk(tmp_path, url=f"http://127.0.0.1:{other.port}")
    with (
        OtherServer(0, b'{"release": "1.23.2"}') as there,
        OtherServer(0, b"", redirect_to=f"http://127.0.0.1:{there.port}/there") as other,
        pytest.raises(InputError, match=f"(?s)something else.*127.0.0.1:{there.port}/there"),
    ):
        open_desk(tmp_path, url=f"http://127.0.0.1:{other.port}")


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://host", "file:///etc/passwd", "http://host/?a=b", "http://h/#a"]
)
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="is not the address of a server"):
        open_desk(tmp_path, url=url)


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="STANDOFF_LABEL_STUDIO_TOKEN") as caught:
        open_desk(tmp_path, url="http://anna:swordfish@host")
    assert "swordfish" not in str(caught.value)
