"""Sealing that is killed at any of its lines leaves nothing, or a whole private file without a public folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.tasks.sealed.rounds import rows, write_task

from standoff.tasks.sealed.gold import open_sealed, unseal

KILLED_EVERYWHERE = """
import json, os, signal, sys
from pathlib import Path
import standoff.files, standoff.tasks.sealed.public, standoff.tasks.sealed.seal
from standoff.tasks.registry import load_task
from standoff.tasks.sealed.seal import seal

ROOM = Path(standoff.tasks.sealed.seal.__file__).parent
WATCHED = {str(path) for path in ROOM.glob("*.py")} | {standoff.files.__file__}
loaded, base = load_task(sys.argv[1]), Path(sys.argv[2])


def sealed_until(number, folder):
    '''Seal, and be killed before the line of that number: the same line counts anew when reached another way.'''
    seen = set()

    def trace(frame, event, _):
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            way, one = [], frame
            while one is not None:
                if one.f_code.co_filename in WATCHED:
                    way.append((one.f_code.co_filename, one.f_lineno))
                one = one.f_back
            seen.add(tuple(way))
            if len(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    seal(loaded, "test", folder / "public", folder / "private" / "gold.jsonl")
    os._exit(0)


killed, number = True, 0
while killed:
    number += 1
    folder = base / str(number)
    folder.mkdir()
    child = os.fork()
    if child == 0:
        try:
            sealed_until(number, folder)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.WEXITSTATUS(status):
        sys.exit("sealing failed")
print(json.dumps(number))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")
def test_a_kill_at_any_line_leaves_no_public_folder_without_its_private_file(tmp_path: Path) -> None:
    # Without labelled items, no task has to be read back: sealing is quick, and is repeated for each of its lines.
    task = write_task(tmp_path / "data", [row for row in rows() if row["set"] == "test"])
    command = [sys.executable, "-c", KILLED_EVERYWHERE, str(task), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout)
    found = [state(tmp_path / str(number)) for number in range(1, last + 1)]
    # Killed at many lines; each of the three states occurs, in this order, and the last one was not killed.
    assert last > 100
    assert found[-1] == "both"
    order = ["nothing", "private alone", "both"]
    assert set(found) == set(order)
    assert found == sorted(found, key=order.index)


def state(folder: Path) -> str:
    """Return what is there under its name; it has to be whole."""
    public, private = folder / "public", folder / "private" / "gold.jsonl"
    if not public.exists():
        if not private.exists():
            return "nothing"
        assert open_sealed(private).facts.items == 18
        assert private.stat().st_mode & 0o777 == 0o600
        return "private alone"
    gold: Any = unseal(public / "commitment.json", private)
    assert gold.facts.files.keys() | {"commitment.json"} == {path.name for path in public.iterdir()}
    return "both"
