"""Train a network: python -m training.train --config training/configs/unet.toml."""

import argparse
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from neuroscan import config as folders
from neuroscan.data import atomic, notices, splits
from neuroscan.inference import card as cards
from neuroscan.learning import config as configs
from neuroscan.phantom import refuse_demo
from training import domain, frames, models, places, progress

SPLIT_FILE = "split.csv"
RUN_FILE = "run.json"
LOCK_FILE = ".lock"


def build_parser() -> argparse.ArgumentParser:
    """Command line: a config file, and a flag for each of its options."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", type=places.path, help="TOML file; flags win over it")
    places.add_data(parser)
    parser.add_argument(
        "--runs", type=places.path, default=folders.ROOT / "runs", help="where run folders lie (%(default)s)"
    )
    parser.add_argument(
        "--output", type=places.path, default=folders.weights_dir(), help="where models lie (%(default)s)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the interrupted run of this name")
    described = configs.descriptions()
    for name, default in configs.options().items():
        text = f"{described.get(name, '').rstrip('.')} (default: {default!r})".replace("%", "%%")
        metavar = "NAME=WEIGHT,..." if isinstance(default, dict) else "VALUE"
        parser.add_argument(f"--{name}", type=_reader(default), help=text, metavar=metavar)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Train, export and evaluate; returns the exit code."""
    parser = build_parser()
    args = vars(parser.parse_args(argv))
    folder = None
    try:
        config = configs.read(args["config"]) if args["config"] else configs.Config()
        overrides = {name: args[name] for name in configs.options() if args[name] is not None}
        config = configs.override(config, overrides)
        given = {name: getattr(config, name) for name in ("start", "encoder_weights")}
        config = configs.override(config, {name: str(places.path(text)) for name, text in given.items() if text})
        folder = args["runs"] / config.name
        run(config, args["data"], folder, output=args["output"], resume=args["resume"])
    except (ValueError, OSError, argparse.ArgumentTypeError) as error:
        parser.error(str(error))
    except ModuleNotFoundError as error:
        parser.error(models.NO_KERAS.format(error))
    except KeyboardInterrupt:
        begun = folder and (folder / RUN_FILE).is_file()
        advice = "the same command with --resume goes on after the last whole epoch" if begun else "nothing was begun"
        parser.exit(130, f"\nstopped; {advice}\n")
    return 0


def run(config: configs.Config, data: Path, folder: Path, *, output: Path, resume: bool) -> None:
    """Train one network in a run folder, export it, choose its thresholds and score it.

    Args:
        config: the run.
        data: folder of data sets.
        folder: keeps config, split, log and checkpoints.
        output: such as weights/; gets the finished model.
        resume: go on with what the folder holds.

    Raises:
        ValueError: there is a run already and `resume` is not asked for, or none or another one where it is; a source
            has no labelled frame; the demo's phantoms are among the frames; a split lacks frames with a nerve; the
            network cannot be built, or its start has seen subjects of validation or test.
    """
    has_run = (folder / RUN_FILE).is_file()
    if has_run and not resume:
        raise ValueError(f"{folder} holds a run already; add --resume to go on with it, or remove it")
    if resume and not has_run:
        raise ValueError(f"{folder} holds no run to go on with; leave --resume out")
    samples = frames.labelled(data, label=config.label, reader=config.reader)
    at_hand = sorted(samples["source"].unique())
    if missing := [name for name in config.sources if name not in at_hand]:
        raise ValueError(
            f"{data} holds no labelled frames of {', '.join(missing)}, only of {', '.join(at_hand)}; bring "
            "them, or draw from others by --sources"
        )
    samples = samples[samples["source"].isin(config.sources)]
    # Whatever the folder is called by now: their subjects tell the demo's frames.
    refuse_demo(samples["subject"].dropna())
    samples = samples.join(_split(samples, config))
    parts = {name: samples[samples["split"] == name] for name in splits.SPLITS}
    if bare := ", ".join(name for name in splits.SPLITS if not parts[name]["present"].eq(True).any()):
        raise ValueError(
            f"no subject whose frames show a nerve is left for {bare}; five or more such subjects are needed"
        )
    named = samples["source"].map(notices.display_name)
    print(samples.groupby([named, "split"])["group"].agg(frames="size", subjects="nunique").to_string())

    # Keras takes seconds to import: only once all else is known to be right.
    from neuroscan.learning import finish, fit, warm_start

    finish.check_disjoint(samples)
    if config.start:
        warm_start.check(config, samples)
    fit.check(config, parts["train"])  # Refuses what could not be trained, before the folder is made.
    places.make_writable(folder.parent, "--runs")
    places.make_writable(output, "--output")
    if (output / config.name).exists():
        print(f"{output / config.name} is there already: what this run makes takes its place when it ends")
    code_commit = commit()  # Of the code that is loaded: hours later the checkout may be another.
    with _held(folder):
        if (folder / RUN_FILE).is_file() != resume:
            raise ValueError(f"{folder} was begun or removed by another command meanwhile; look what became of that")
        code_commit = _begin(config, samples, folder, code_commit)
        model = fit.train(config, parts["train"], parts["validation"], folder)
        with progress.bar("scoring") as step:
            card = finish.finish(model, config, samples, folder, commit=code_commit, output=output, progress=step)
        domain.note(output / config.name, parts["train"])
    models.tell(output / config.name, card)


def _split(samples: pd.DataFrame, config: configs.Config) -> pd.DataFrame:
    """Split by the config: plainly by subject, by a fold of cross-validation, or by frames, which leaks and says so."""
    if config.split == "frames":
        print("split = frames: frames of one person stand on both sides; the scores claim more than they should")
        return splits.by_frame(samples, seed=config.seed)
    if config.folds:
        return splits.by_fold(samples, seed=config.seed, folds=config.folds, fold=config.fold)
    return splits.by_subject(samples, seed=config.seed)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a run folder, made if need be, for this process: two would write over each other's log and backups.

    Raises:
        ValueError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK_FILE, timeout=0):  # Let go of by the system, whatever ends the process.
            yield
    except Timeout as error:
        raise ValueError(f"{folder} is being trained in by another process; wait for it, or end it") from error


def _begin(config: configs.Config, samples: pd.DataFrame, folder: Path, code_commit: str) -> str:
    """Record the config, commit, start and split of a run, or check a resumed run against its record.

    A run resumed with another split would be tested on subjects that it was trained on.

    Returns:
        The commit of the training: where it was begun with another one, both.
    """
    split = samples[["source", "subject", "frame", "group", "split"]].to_csv(index=False, lineterminator="\n")
    # The interpolation at the end reads the start again: it must still be what the run began with.
    start = cards.sha256(Path(config.start) / cards.KERAS_FILE) if config.start else ""
    if not (folder / RUN_FILE).is_file():
        (folder / SPLIT_FILE).write_text(split, encoding="utf-8")
        run_record = {"config": config.as_dict(), "commit": code_commit, "start": start}
        atomic.write(folder / RUN_FILE, json.dumps(run_record, indent=2).encode())
        return code_commit
    try:
        recorded = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        recorded_config = configs.from_dict(recorded["config"]).as_dict()
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{folder / RUN_FILE} cannot be used ({error}); remove {folder} and begin anew") from error
    if changed := sorted(name for name, value in config.as_dict().items() if recorded_config[name] != value):
        raise ValueError(f"{folder} was begun with another {', '.join(changed)}; go on as it was begun, or remove it")
    if recorded.get("start", start) != start:
        raise ValueError(f"{folder} was begun with other weights in {config.start}; put them back, or begin anew")
    if (folder / SPLIT_FILE).read_text(encoding="utf-8") != split:
        raise ValueError(f"{folder} was begun with other frames or another split of them; remove it and begin anew")
    first_commit = recorded.get("commit", code_commit)
    return code_commit if first_commit == code_commit else f"{first_commit}, then {code_commit}"


def commit() -> str:
    """The code's commit, with a plus when files differ from it, or 'unknown' outside a checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=folders.ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _reader(default: Any) -> Any:
    """Choose what parses a flag's text to the type of its default."""
    if isinstance(default, dict):
        return _weights
    if isinstance(default, bool):
        return _boolean
    return type(default)


def _boolean(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"expected true or false, got {text!r}")
    return text.lower() == "true"


def _weights(text: str) -> dict[str, float]:
    """Read weights such as uns=0.7,usgra=0.3."""
    try:
        return {name: float(weight) for name, weight in (part.split("=") for part in text.split(","))}
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected NAME=WEIGHT,NAME=WEIGHT, got {text!r}") from error


if __name__ == "__main__":
    pd.set_option("display.width", 120)
    raise SystemExit(main())
