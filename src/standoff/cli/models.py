"""``standoff train`` and ``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from standoff.cli.options import DataDir, SplitSet  # noqa: TC001 - typer evaluates the annotations


def train_command(
    system: Annotated[str, typer.Argument(help="Name of a baseline, or a TOML file (see docs/runs.md).")],
    task: Annotated[str | None, typer.Option(help="A task, in place of the file's.")] = None,
    split_set: SplitSet = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the model.", show_default="models/BASELINE-TASK", file_okay=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Fit a baseline, score it, and keep it: model, facts and card in one folder.

    Example: standoff train tfidf_svm --task seesaw --out models/seesaw
    """
    from standoff.errors import InputError
    from standoff.experiments.config import configs, is_folder_of_configs
    from standoff.files import make_folder, refuse_existing
    from standoff.tasks.registry import parse_address

    if is_folder_of_configs(system):
        raise InputError(
            "one model is trained at a time",
            got=system,
            expected="a baseline, or one TOML file",
            remedy="name a file in that folder; `standoff run` takes a whole folder",
        )
    ((_, config),) = configs(system, [task] if task else [], split_set)
    folder = out or Path("models") / config.name
    # train refuses these too, but takes seconds to import, and comes to the folder last.
    refuse_existing(folder, remedy="name another folder with --out")
    parse_address(config.task)
    make_folder(folder.parent)

    from standoff.cli.tables_text import print_tables
    from standoff.experiments.evaluation_tables import evaluation_tables
    from standoff.experiments.training import train

    done = train(config, folder, data_dir=data_dir)
    print_tables(evaluation_tables(done.evaluation))
    typer.echo(f"written: {done.folder}")


def predict_command(
    model: Annotated[Path, typer.Argument(help="A folder that standoff train wrote.")],
    file: Annotated[
        Path, typer.Argument(help="Items: JSONL, CSV or Parquet, with id, text, actor and target.", dir_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="Where the predictions go.", dir_okay=False)] = Path(
        "predictions.jsonl"
    ),
    probabilities: Annotated[
        bool,
        typer.Option(
            "--probabilities",
            help="Write the probability of each label too. Of standoff_linear, the most probable label may be "
            "another than the predicted one: it decides in favour of rarer labels, for macro-F1.",
        ),
    ] = False,
) -> None:
    """Predict the items of a file with a saved model; standoff evaluate reads what is written.

    Example: standoff predict models/seesaw items.jsonl --out predictions.jsonl
    """
    from standoff.baselines.saving import load_model
    from standoff.experiments.item_files import check_file, predict_file
    from standoff.files import make_folder, refuse_existing, write_jsonl

    refuse_existing(out, remedy="name another file with --out")
    check_file(file)  # before the model is read, which takes seconds
    loaded = load_model(model)
    make_folder(out.parent)  # before the items are predicted, which may take minutes
    write_jsonl(out, predict_file(loaded, file, probabilities=probabilities))
    typer.echo(f"written: {out}")
