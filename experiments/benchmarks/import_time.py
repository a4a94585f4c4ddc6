# ruff: noqa: INP001 - a script, in no package
"""How long ``import standoff`` takes: medians over fresh interpreters, beside a bare one and ``import pandas``.

Run: ``uv run python experiments/benchmarks/import_time.py``
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

RUNS = 9
CASES = {"a bare interpreter": "pass", "import standoff": "import standoff", "import pandas": "import pandas"}


def seconds(statement: str) -> float:
    """Return the wall time of one fresh interpreter that runs ``statement``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603 - the statements above
    return time.perf_counter() - start


def main() -> None:
    """Print the medians; the cases take turns, so that a busy moment does not fall on one of them."""
    for statement in CASES.values():
        seconds(statement)  # compile the bytecode, fill the file cache
    rounds = [{name: seconds(statement) for name, statement in CASES.items()} for _ in range(RUNS)]
    medians = {name: median(one[name] for one in rounds) for name in CASES}
    bare = medians["a bare interpreter"]
    for name, value in medians.items():
        print(f"{name:<20} {value * 1000:7.1f} ms   above bare {(value - bare) * 1000:7.1f} ms")  # noqa: T201
    ratio = (medians["import standoff"] - bare) / (medians["import pandas"] - bare)
    print(f"import standoff costs {ratio:.3f} of import pandas (median of {RUNS} runs each)")  # noqa: T201


if __name__ == "__main__":
    main()
