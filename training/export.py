"""Bring in a network of one's own: python -m training.export --file mine.keras --name mine --data FOLDER.

FOLDER holds labelled frames of subjects that the network was not trained on: calibration and thresholds are chosen on
them. The network takes grey frames, normalised one by one to mean 0 and standard deviation 1, and gives a mask of
probabilities, and perhaps a presence. Nothing in the file is run.
"""

import argparse
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from neuroscan import config as folders
from neuroscan.data import dataset, splits
from neuroscan.imaging.preprocess import DENOISE, Settings
from neuroscan.inference import card as cards
from neuroscan.inference.publish import publish
from neuroscan.learning import score
from training import frames, models, places, progress
from training.train import commit

SIZE = Settings()


def build_parser() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=places.path, required=True, help="the network, .keras or .h5")
    parser.add_argument("--name", required=True, help="what to call it; its folder under --output")
    parser.add_argument(
        "--data", type=places.path, required=True, help="folder of data sets that decides its thresholds"
    )
    parser.add_argument("--test", type=places.path, help="folder of data sets of other subjects, to score it on")
    parser.add_argument("--label", type=int, default=1, help="which label of a mask is the nerve (%(default)s)")
    parser.add_argument(
        "--output", type=places.path, default=folders.weights_dir(), help="where models lie (%(default)s)"
    )
    parser.add_argument("--trained-on", nargs="+", default=["data not known here"], help="for the card: data sets")
    parser.add_argument("--architecture", default="own", help="for the card (%(default)s)")
    parser.add_argument("--height", type=int, default=SIZE.height, help="if it takes any size (%(default)s)")
    parser.add_argument("--width", type=int, default=SIZE.width, help="if it takes any size (%(default)s)")
    parser.add_argument("--no-crop", action="store_true", help="frames are not cut to their scanned area first")
    parser.add_argument(
        "--denoise", choices=DENOISE, default="none", help="of frames, before it sees them (%(default)s)"
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Check, export and judge the network; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        card = run(args)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    except ModuleNotFoundError as error:
        parser.error(models.NO_KERAS.format(error))
    models.tell(args.output / args.name, card)
    return 0


def run(args: argparse.Namespace) -> cards.Card:
    """Bring the network in.

    Raises:
        ValueError: the file is not accepted, there is such a model already, or the frames do not decide anything.
    """
    if Path(args.name).name != args.name or args.name.startswith("."):
        raise ValueError(f"--name must be a plain folder name, got {args.name!r}")
    if (args.output / args.name).exists():
        raise ValueError(f"{args.output / args.name} is there already; choose another --name, or remove it")
    asked = Settings(args.height, args.width, crop=not args.no_crop, denoise=args.denoise)
    samples = _labelled(args)
    validation, test = (samples[samples["split"] == name] for name in ("validation", "test"))
    if not validation["present"].eq(True).any():
        raise ValueError(f"{args.data} holds no labelled frame that shows a nerve, which thresholds are chosen on")

    places.make_writable(args.output, "--output")

    # Keras takes seconds to import: only once all else is known to be right.
    from neuroscan.learning import export, finish, safe_load

    finish.check_disjoint(samples)
    loaded = safe_load.load_model(args.file)
    model, tells_presence = safe_load.wrap_outputs(loaded, height=asked.height, width=asked.width)
    height, width, _ = model.input_shape[1:]
    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder) / args.name
        export.write(model, staging)
        card = cards.Card(
            name=args.name,
            architecture=args.architecture,
            parameters=model.count_params(),
            multiply_adds=export.multiply_adds(model),
            preprocess=replace(asked, height=height, width=width),
            sources=dict.fromkeys(args.trained_on, 1.0),
            subjects=splits.lists(samples),
            seed=0,
            commit=commit(),
            threshold=0.5,
            presence_threshold=0.5,
            onnx_sha256=cards.sha256(staging / cards.ONNX_FILE),
            limits=[
                *finish.LIMITS,
                "Trained elsewhere: whether it saw the subjects it is scored on is not known.",
            ],
            notes=({"label": args.label} if args.label != 1 else {})
            | {
                "file": args.file.name,
                "file_sha256": cards.sha256(args.file),
                "presence_head": tells_presence,
            },
        )
        with progress.bar("scoring") as step:
            card, _ = score.judge(card, staging, validation, test, progress=step)
        publish(staging, args.output / args.name)
    return card


def _labelled(args: argparse.Namespace) -> pd.DataFrame:
    """Labelled frames of both folders, with `split` and `group`.

    A subject is known by its data set's name and its number: grouped as one, the halves of a data set cut in two are
    seen to share people and clips. Of data sets of different names the same picture in both is seen.

    Raises:
        ValueError: a folder holds no labelled frames, or a picture lies in both.
    """
    parts = []
    for split, folder in (("validation", args.data), ("test", args.test)):
        if folder:
            parts.append(frames.labelled(folder, label=args.label).assign(split=split))
    samples = pd.concat(parts, ignore_index=True)
    samples = samples.assign(group=splits.group_keys(samples))
    if not args.test:
        return samples
    pixels = [hashlib.sha256(dataset.read_image(row).tobytes()).hexdigest() for _, row in samples.iterrows()]
    names = dataset.frame_names(samples)
    for _, same in samples.groupby(pixels, sort=False):
        if same["split"].nunique() > 1 and same["group"].nunique() > 1:
            pair = " and ".join(names[same.index[[0, -1]]])
            raise ValueError(f"--data and --test hold the same picture, {pair}; test on others")
    return samples


if __name__ == "__main__":
    pd.set_option("display.width", 120)
    raise SystemExit(main())
