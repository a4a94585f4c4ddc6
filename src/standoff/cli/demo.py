"""``standoff annotate demo``: a toy campaign from nothing to judgements, by the commands that a real one takes."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from standoff.annotation.campaign.campaign import Round

OUT = Path("standoff-demo")


def demo_command(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The project's folder; it must not exist.", file_okay=False)] = OUT,
    keep_server: Annotated[
        bool, typer.Option("--keep-server", help="Let the server run on, to look at its pages.")
    ] = False,
) -> None:
    """Run a toy campaign on a real server: made-up articles, simulated coders, everything else as it is.

    Each step is a command that you could type. What the coders hand in has kind `model`: they are programs.

    Example: standoff annotate demo --out standoff-demo
    """
    from standoff.annotation.campaign.campaign import Round
    from standoff.annotation.demo import CAMPAIGN, make_project

    standoff = context.find_root().command

    def run(*command: str) -> None:
        """Show a command and run it."""
        typer.secho(f"\n$ standoff {shlex.join(command)}", bold=True)
        standoff.main(list(command), standalone_mode=False)

    make_project(out)
    typer.echo(f"{out}: a project with made-up articles on two made-up conflicts")
    at = ["--root", str(out)]
    run("corpus", "check", *at)
    try:
        run("annotate", "serve", "--detach", *at)
        for coder_id in ("rules-strict", "rules-lenient", "rules-judge"):
            run("annotate", "coders", "add", coder_id, *at)
        practice = str(out / "annotations" / "practice.jsonl")
        run(
            *(
                "annotate",
                "plan",
                CAMPAIGN,
                "--conflict",
                "sudmark-2001",
                "--repeats",
                "0.2",
                "--practice",
                practice,
            ),
            *("--coder", "rules-strict", "--coder", "rules-lenient", "--adjudicator", "rules-judge", *at),
        )
        for round_ in (Round.PRACTICE, Round.MAIN):
            _code(out, round_, run)
        run("annotate", "practice", CAMPAIGN, *at)
        run("annotate", "progress", CAMPAIGN, *at)
        run("annotate", "agree", "--campaign", CAMPAIGN, *at)
        run("annotate", "adjudicate", CAMPAIGN, *at)
        _code(out, Round.ADJUDICATION, run)
        run("annotate", "confusions", "sudmark-2001", *at)
        run("corpus", "check", *at)
    finally:
        if not keep_server:
            run("annotate", "stop", *at)
    typer.echo(f"\nThe labels are in {out}/annotations/judgements and {out}/annotations/adjudicated; kind: model.")


def _code(out: Path, round_: Round, run: Callable[..., None]) -> None:
    """Push a round, let the simulated coders work on it, and pull."""
    from standoff.annotation.campaign.campaign import read_campaign, read_plan_by_coder
    from standoff.annotation.demo import CAMPAIGN, code
    from standoff.annotation.studio.client import connect
    from standoff.annotation.studio.projects import find_project
    from standoff.annotation.studio.seats import find_seats
    from standoff.annotation.studio.server import open_desk
    from standoff.cli.studio import data_folder

    which = (CAMPAIGN, round_.value, "--root", str(out))
    run("annotate", "push", *which)
    campaign = read_campaign(out, CAMPAIGN)
    coders = read_plan_by_coder(out, CAMPAIGN, round_)
    for coder_id, seat in find_seats(open_desk(data_folder(out, None)), coders).items():
        with connect(seat) as studio:
            project = find_project(studio, campaign, round_, coder_id)
        done = 0 if project is None else code(out, seat, project.project_id)
        typer.echo(f"\n(the simulated coder {coder_id} does {done} tasks)")
    run("annotate", "status", *which)
    run("annotate", "pull", *which)
