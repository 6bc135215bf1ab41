"""Score trained models on labelled frames: python -m training.evaluate --weights unet --data FOLDER.

With --update the scores also land in the models' folders and on their cards, for the Model Comparison page.
"""

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from neuroscan.data import notices, splits
from neuroscan.evaluation import summary
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.inference.publish import publish
from neuroscan.learning import score
from neuroscan.types import Spacing
from training import baselines, frames, models, places, progress

SHOWN = [
    "model",
    "source",
    "gate",
    "n_present",
    "n_absent",
    "dice_frames",
    "dice_subjects",
    "dice_subjects_low",
    "dice_subjects_high",
    "dice_pooled",
    "presence_sensitivity",
    "presence_specificity",
    "presence_auc",
    "kaggle_dice",
    "hd95",
    "hd95_mm",
    "nsd_mm",
    "accuracy",
]


def build_parser() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", nargs="+", default=["unet"], help="models by name, under --models")
    places.add_models(parser)
    places.add_data(parser)
    parser.add_argument(
        "--split",
        choices=(*splits.SPLITS, "all"),
        default="test",
        help="which of the card's subjects; 'all' takes every labelled frame, those of training too",
    )
    parser.add_argument("--label", type=int, default=1, help="which label of a mask is the nerve (%(default)s)")
    parser.add_argument("--reader", default="", help="score against this reader's drawings, where there are any")
    parser.add_argument(
        "--spacing",
        type=float,
        nargs=2,
        metavar=("ROW", "COLUMN"),
        help="mm per pixel of the frames whose files do not tell it: their surface scores are then given in mm, too",
    )
    parser.add_argument("--output", type=places.path, help="also write the table of frames to this CSV file")
    parser.add_argument(
        "--update",
        action="store_true",
        help="write tables and scores of the test subjects to each model's folder and card, and "
        + cards.BASELINES_FILE,
    )
    parser.add_argument(
        "--choose",
        action="store_true",
        help="with --update: first fit the calibration and choose thresholds anew, on the card's validation subjects",
    )
    parser.add_argument("--no-baselines", action="store_true", help="leave out what a model must beat")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Print the headline table; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        _check(args)
        predictors = [Predictor(models.find(args.models, name)) for name in args.weights]
        samples = frames.grouped(args.data, label=args.label, reader=args.reader)
        rows, baseline_rows = [], []
        parts = [chosen(samples, predictor.card, args.split) for predictor in predictors]
        for predictor in predictors if args.update else []:
            _check_masks(predictor.card, args.reader, args.label)
            _check_whole(predictor.card, samples, choose=args.choose)
        if not args.no_baselines:
            training = samples[samples["group"].isin(predictors[0].card.subjects["train"])]
            baseline_rows = baselines.score(training, parts[0])
        for name, predictor, part in zip(args.weights, predictors, parts, strict=True):
            if args.update:
                rows.append(_update(args.models / name, samples, choose=args.choose))
            else:
                rows.append(_evaluate(predictor, part, args.spacing).assign(model=name))
        _report(args, rows, baseline_rows)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    except ModuleNotFoundError as error:
        parser.error(models.NO_KERAS.format(error))
    return 0


def _report(args: argparse.Namespace, rows: list[pd.DataFrame], baseline_rows: list[pd.DataFrame]) -> None:
    """Write what was asked for, and print the scores of models and baselines."""
    table = pd.concat(rows + baseline_rows, ignore_index=True)
    # Before anything is printed, where a pipe may be closed, as by `head`.
    if args.output:
        notices.with_disclaimer(notices.mark_synthetic(table)).to_csv(args.output, index=False, float_format="%.6g")
    if args.update and len(baseline_rows) > 1:
        baselines.keep(pd.concat(baseline_rows), args.models / cards.BASELINES_FILE)
    print(f"\n{args.split} frames of {args.data.name}: {len(table[summary.FRAME].drop_duplicates())}")
    print(_headline(table).to_string(index=False, float_format="%.3f"))
    if len(rows) > 1:
        duels = _duels(pd.concat(rows))
        print("\nPositive-frame Dice, gate off, paired by subject (Wilcoxon, p corrected by Holm within a source):")
        shared = "no frame with a nerve was scored by every model"
        print(shared if duels.empty else duels.to_string(index=False, float_format="%.3f"))
    if args.update and len(baseline_rows) == 1:
        print(
            f"\n{cards.BASELINES_FILE} stays as it was: no frame of the subjects that {args.weights[0]} was trained on "
            "is here, and the average mask is made of those"
        )


def _check(args: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if repeated := sorted({name for name in args.weights if args.weights.count(name) > 1}):
        raise ValueError(f"--weights names {', '.join(repeated)} twice; name each model once")
    if args.output and args.output.is_dir():
        raise ValueError(f"--output {args.output} is a folder; name a CSV file")
    if args.output and not args.output.parent.is_dir():
        raise ValueError(f"--output {args.output}: there is no folder {args.output.parent}; make it first")
    if args.update and args.split != "test":
        raise ValueError(f"--update is for test subjects, got --split {args.split}; leave one of them out")
    if args.choose and not args.update:
        raise ValueError("--choose changes the card: add --update")
    if args.spacing and (args.update or not all(0 < step < float("inf") for step in args.spacing)):
        raise ValueError(f"--spacing takes two lengths above 0 and no --update, got {args.spacing}")


def _check_masks(card: cards.Card, reader: str, label: int) -> None:
    """Refuse to write scores against others' masks, or another label of them, than the card speaks of."""
    if (card_reader := card.notes.get("reader", "")) != reader:
        advice = f"add --reader {card_reader}" if card_reader else "leave --reader out"
        owner = card_reader or "the data sets"
        raise ValueError(f"{card.name} learnt from {owner}'s masks, and --update scores against them: {advice}")
    if (card_label := card.notes.get("label", 1)) != label:
        raise ValueError(
            f"{card.name} learnt label {card_label} of its masks, and --update scores that: --label {card_label}"
        )


def _check_whole(card: cards.Card, samples: pd.DataFrame, *, choose: bool) -> None:
    """Refuse to write scores of a part of the subjects that the card names."""
    needed = [*card.subjects["test"], *(card.subjects["validation"] if choose else [])]
    if missing := sorted(set(needed) - set(samples["group"])):
        raise ValueError(
            f"{card.name}: --update needs every test {'and validation ' if choose else ''}subject of the card, but "
            f"{len(missing)} of {len(needed)} are not here ({', '.join(missing[:3])}…); name a --data with all sources"
        )


def chosen(samples: pd.DataFrame, card: cards.Card, split: str) -> pd.DataFrame:
    """The samples of one of the card's splits.

    Args:
        samples: labelled, with the column `group`.
        card: of the model.
        split: 'train', 'validation', 'test' or 'all'.

    Raises:
        ValueError: a test subject was also trained on, or no sample belongs to the split.
    """
    if leaked := sorted(set(card.subjects["test"]) & set(card.subjects["train"] + card.subjects["validation"])):
        raise ValueError(f"{card.name}: test subjects were trained on: {', '.join(leaked)}; its scores mean nothing")
    subset = samples if split == "all" else samples[samples["group"].isin(card.subjects[split])]
    if subset.empty:
        raise ValueError(
            f"{card.name}: no labelled frame of its {split} subjects is here; sources at hand: "
            f"{', '.join(sorted(samples['source'].unique()))}; --split all scores every frame"
        )
    return subset


def _evaluate(predictor: Predictor, samples: pd.DataFrame, spacing: Spacing | None) -> pd.DataFrame:
    """Score a model at its card's thresholds; returns the rows."""
    with progress.bar(predictor.card.name) as step:
        return score.evaluate(predictor, samples, spacing=spacing, progress=step).rows


def _update(folder: Path, samples: pd.DataFrame, *, choose: bool) -> pd.DataFrame:
    """Score and time a model on its test subjects, all of them, and write it down in its folder; returns the rows.

    In a copy of it that takes its place at the end: cut short, it leaves thresholds and scores that go together.
    """
    before = (folder / cards.CARD_FILE).read_bytes()
    card = replace(cards.read(folder), name=folder.name)
    validation = chosen(samples, card, "validation") if choose else samples.iloc[:0]
    test = chosen(samples, card, "test")
    with tempfile.TemporaryDirectory() as temporary:
        staging = shutil.copytree(folder, Path(temporary) / folder.name)
        with progress.bar(folder.name) as step:
            _, rows = score.judge(card, staging, validation, test, choose=choose, progress=step)
        if (folder / cards.CARD_FILE).read_bytes() != before:
            raise ValueError(f"{folder.name} was changed while it was scored; its new state is kept: run this again")
        publish(staging, folder)
    return rows


def _headline(rows: pd.DataFrame) -> pd.DataFrame:
    """The headline table, by source."""
    table = summary.headline(rows, by=("model", "source", "gate"))
    table["source"] = table["source"].map(notices.display_name)
    return table[[name for name in SHOWN if name in table.columns]]


def _duels(rows: pd.DataFrame) -> pd.DataFrame:
    """Every two models against each other, by source, on the frames that all of them were scored on."""
    parts = []
    for source, part in rows[rows["present_true"].astype(bool)].groupby("source"):
        shared = part.groupby(summary.FRAME)["model"].transform("nunique") == part["model"].nunique()
        if shared.any() and part.loc[shared, "model"].nunique() > 1:
            duels = summary.compare(part[shared])
            duels.insert(0, "source", notices.display_name(str(source)))
            parts.append(duels)
    return pd.concat(parts) if parts else pd.DataFrame()


if __name__ == "__main__":
    pd.set_option("display.width", 200)
    raise SystemExit(main())
