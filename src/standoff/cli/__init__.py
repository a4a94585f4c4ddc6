"""The command line: parse and print; everything else is in the rooms below."""

from __future__ import annotations

import os
import sys
import warnings

from standoff.errors import StandoffError, printable


def main() -> None:
    """Run the command line; an error that the user can mend is printed without a traceback, exit code 1."""
    warnings.showwarning = _show_warning
    try:
        from standoff.cli.app import app

        app()
    except StandoffError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)  # noqa: T201 - this is the command line
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # also while the libraries are imported
    except BrokenPipeError:
        # The reader (head, less) closed early. Point stdout away, or Python complains again while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {printable(str(message))}", file=sys.stderr)  # noqa: T201 - this is the command line
