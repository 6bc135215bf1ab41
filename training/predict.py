"""Outline nerves in a folder of pictures: python -m training.predict --weights unet --input FOLDER --output FOLDER."""

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from neuroscan import config as folders
from neuroscan.data import atomic, codecs, layout, notices
from neuroscan.imaging import measure
from neuroscan.inference.predictor import Predictor
from training import models, places

COLUMNS = [
    "file",
    "presence",
    "present",
    "area_px",
    "area_mm2",
    "centroid_row",
    "centroid_col",
    "threshold",
    "seconds",
    "error",
]

TABLE = "predictions.csv"
NOTE = "predictions.txt"
"""Says what made the table, whose columns have no room for it."""

PARTS = {"kaggle": "train", "pairs": "images"}
"""Subfolder that holds frames of a data set, by layout."""


def build_parser() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="unet", help="a model by name, under --models (%(default)s)")
    places.add_models(parser)
    parser.add_argument(
        "--input",
        type=places.path,
        required=True,
        help="folder of pictures, or a data set; other folders in it are passed over",
    )
    parser.add_argument(
        "--output", type=places.path, required=True, help="gets <stem>_mask.png, predictions.csv and a note"
    )
    parser.add_argument("--threshold", type=_share, help="on probability; the card's own if left out")
    parser.add_argument("--presence-threshold", type=_share, help="0 switches the gate off; the card's own if left out")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Predict every frame; returns 0 when any worked, 1 when none did, 2 when nothing could be tried."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        predictor = Predictor(models.find(args.models, args.weights))
        files = _checked(args.input, args.output)
        threshold = predictor.card.threshold if args.threshold is None else args.threshold
        gate = predictor.card.presence_threshold if args.presence_threshold is None else args.presence_threshold
        is_synthetic = notices.is_synthetic(layout.source(args.input))
        synthetic = "The frames are synthetic: no person was scanned.\n" if is_synthetic else ""
        made_by = f"{args.weights} (ONNX file {predictor.card.onnx_sha256[:12]})"
        (args.output / NOTE).write_text(
            f"Masks and {TABLE} are by NeuroScan's model {made_by}, threshold {threshold:g}, presence threshold "
            f"{gate:g}.\n{synthetic}{folders.DISCLAIMER}\n",
            encoding="utf-8",
        )
        # A name on disk can be no text at all; it is written down all the same.
        file = (args.output / TABLE).open("w", newline="", encoding="utf-8", errors="backslashreplace")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    worked = failed = 0
    used_names: set[str] = set()
    try:
        with file:
            table = csv.DictWriter(file, COLUMNS, restval="")
            table.writeheader()
            for path in tqdm(files, unit="file"):
                for row in predict_file(
                    path, predictor, args.output, threshold=threshold, presence_threshold=gate, used_names=used_names
                ):
                    table.writerow(row)
                    file.flush()  # Cut short by whatever, it has a row for each mask.
                    failed += (is_bad := bool(row.get("error")))
                    worked += not is_bad
    except OSError as error:
        parser.error(f"{args.output / TABLE} cannot be written on ({error.strerror}); {worked} frames were outlined")
    except KeyboardInterrupt:
        parser.exit(130, f"\nstopped; {worked} frames were outlined in {args.output} so far\n")
    why = f", {failed} not: {TABLE} says why" if failed else ""
    print(f"{worked} frames outlined in {args.output}{why}. {folders.DISCLAIMER}", file=sys.stderr)
    if stale := [path.name for path in _masks(args.output) if path.name not in used_names]:
        count = f"{len(stale)} masks there are" if len(stale) > 1 else "one mask there is"
        print(f"{count} of an earlier run and not in {TABLE}, such as {stale[0]}", file=sys.stderr)
    return 0 if worked else 1


def _checked(folder: Path, output: Path) -> list[Path]:
    """List the files to be outlined, and make the output folder, once no mask there can be lost."""
    if not folder.is_dir():
        raise ValueError(f"--input {folder} is no folder; name a folder of pictures")
    files = frame_files(folder)
    if not files:
        raise ValueError(f"--input {folder} holds no files; name a folder of pictures")
    if output.exists() and any(map(output.samefile, [folder, *own_folders(folder)])):
        raise ValueError(
            f"--output {output} is where frames or masks of --input lie; name another, or masks in it are overwritten"
        )
    if output.exists() and any(map(output.samefile, own_folders(output))):
        raise ValueError(f"--output {output} belongs to a data set, whose masks would be overwritten; name another")
    output.mkdir(parents=True, exist_ok=True)
    if not (output / TABLE).exists() and (others := _masks(output)):
        raise ValueError(
            f"--output {output} holds masks that this command did not write, such as {others[0].name}, and could "
            "write over them; name another"
        )
    return files


def frame_files(folder: Path) -> list[Path]:
    """List the files of a folder that could be frames: all but hidden files and masks of a picture that is there.

    The table and the note that this command writes and Kaggle's table are none either; other tables are told of as
    broken frames.

    Of a data set (see `layout.kind`) those are its pictures, broken ones too, with those in its `train/` or `images/`;
    notes beside them are none.
    """
    kind = layout.kind(folder)
    places = [folder, folder / PARTS[kind]] if kind else [folder]
    paths = [path for place in places if place.is_dir() for path in sorted(place.iterdir()) if _could_be_frame(path)]
    if kind:
        paths = [path for path in paths if layout.is_picture(path)]
    # Wherever in the data set: its frames may lie in train/ and its masks beside that, or the other way round.
    mask_names = {path.stem + layout.MASK_SUFFIX for path in paths if layout.is_picture(path)}
    return [path for path in paths if path.stem not in mask_names]


def own_folders(folder: Path) -> list[Path]:
    """List the folders of frames and masks of the data set that a folder is or lies in; masks alone are none."""
    sets = [place for place in (folder, folder.resolve().parent) if layout.kind(place) and layout.files(place)[0]]
    candidates = [place / part for place in sets for part in ("", "train", "images", "masks")]
    return [place for place in candidates if place.is_dir()]


def _masks(output: Path) -> list[Path]:
    """List the masks in a folder, by name."""
    return sorted(output.glob(f"*{layout.MASK_SUFFIX}.png"))


def _could_be_frame(path: Path) -> bool:
    """Tell whether a path is a file that may be meant as a frame; so may a link to a file that is not to be had."""
    if path.name.startswith(".") or path.name in (layout.RLE_FILE, TABLE, NOTE):
        return False
    try:
        return not path.is_dir()
    except PermissionError:  # A link to where one may not look.
        return True


def predict_file(
    path: Path,
    predictor: Predictor,
    output: Path,
    *,
    threshold: float,
    presence_threshold: float,
    used_names: set[str],
) -> Iterator[dict[str, Any]]:
    """Predict the frames of one file and write their masks.

    Args:
        path: of the file.
        predictor: the model.
        output: gets the masks.
        threshold, presence_threshold: what is nerve, and what is present.
        used_names: of the masks written so far; grows.

    Yields:
        A row of predictions.csv for each frame, one with `error` alone for what cannot be read or written.
    """
    start = time.perf_counter()
    try:
        if layout.is_kaggle(path) and path.stem.endswith(layout.MASK_SUFFIX):
            raise ValueError(f"{path.name}: a mask without its frame; put the frame beside it or rename the file")
        frames = codecs.read(path)
    except ValueError as error:
        yield {"file": path.name, "error": str(error)}
        return
    for frame in frames:
        name = path.name if len(frames) == 1 else frame.name
        target = output / f"{layout.bare_name(name)}_mask.png"
        if target.name in used_names:
            yield {"file": name, "error": f"{name}: {target.name} is the mask of another frame; rename one of the two"}
            continue
        used_names.add(target.name)
        prediction = predictor.predict(frame.image)
        mask = prediction.mask(threshold, presence_threshold)
        measurement = measure.measure(mask, frame.spacing)
        try:
            atomic.write(target, codecs.encode_png(mask.astype("uint8") * 255, comment=folders.DISCLAIMER))
        except OSError as error:
            yield {"file": name, "error": f"{name}: its mask cannot be written ({error.strerror})"}
            continue
        yield {
            "file": name,
            "presence": f"{prediction.presence:.4f}",
            "present": "true" if prediction.presence >= presence_threshold else "false",
            "area_px": measurement.area_px,
            "area_mm2": "" if measurement.area_mm2 is None else f"{measurement.area_mm2:.2f}",
            "centroid_row": "" if measurement.centroid is None else f"{measurement.centroid[0]:.1f}",
            "centroid_col": "" if measurement.centroid is None else f"{measurement.centroid[1]:.1f}",
            "threshold": threshold,
            "seconds": f"{time.perf_counter() - start:.4f}",
        }
        start = time.perf_counter()


def _share(text: str) -> float:
    """Read a number in [0, 1]."""
    with suppress(ValueError):
        if 0 <= (value := float(text)) <= 1:
            return value
    raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")


if __name__ == "__main__":
    raise SystemExit(main())
