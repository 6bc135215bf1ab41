"""Folders of frames and masks -> one table of samples and one table of what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from neuroscan import config
from neuroscan.data import annotations, codecs, headers, layout, rle
from neuroscan.data.layout import RLE_FILE, find
from neuroscan.data.safe_names import file_name
from neuroscan.types import Image, Mask

NATIVE_SHAPE = (420, 580)
"""Size (H, W) of the frames that Kaggle's run lengths were drawn on."""

_MAX_NERVE_SHARE = 0.5
"""Share of a frame over which a mask may be its own negative: some programs write 0 for white."""


@dataclass(frozen=True)
class Dataset:
    """What one or more folders hold.

    Attributes:
        samples: one row a frame. `source` (name of the data set), `subject` (number within the source, None
            when unknown), `frame` (the file's stem), `image` (path), `mask` (path, or None), `label` (which label of
            the mask is the nerve), `rle` (run-length text, or None when there is no such row), `present` (True, False,
            or None when unlabelled), `prevalence` (share of the subject's labelled frames that show a nerve, with or
            without picture).
        problems: one row a problem: `source`, `file`, `problem`. Listed, never raised.
    """

    samples: pd.DataFrame
    problems: pd.DataFrame


SAMPLE_COLUMNS = ["source", "subject", "frame", "image", "mask", "label", "rle", "present", "prevalence"]
PROBLEM_COLUMNS = ["source", "file", "problem"]


def load(folder: Path, *, label: int = 1, reader: str = "", verify: bool = False) -> Dataset:
    """Read every data set in a folder into one pair of tables.

    A folder `NAME_native` holds frames of the source NAME at their original size: a frame that both hold counts
    once, and the native one wins. A folder that the simulator wrote is a source with "phantom" in its name.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label is the nerve, in masks that hold labels.
        reader: whose drawings in `config.annotations_dir()` stand in place of the data set's own masks, frame by frame;
            frames that the reader has not drawn keep theirs; "" for nobody's.
        verify: decode every frame and mask, at about 6 ms a frame, and not the headers alone: what cannot be decoded
            is then a problem and no sample, and a mask that contradicts its run lengths is a problem too.

    Returns:
        Samples sorted by source, subject and frame number, and problems.

    Raises:
        ValueError: the folder's path is not UTF-8, which no table takes.
    """
    if not layout.is_text(str(folder)):
        raise ValueError(f"{layout.printable(str(folder))} is a path that is not UTF-8; rename the folder")
    folders: dict[str, list[Path]] = {}
    for path in find(folder):
        folders.setdefault(layout.source(path), []).append(path)
    drawn = {s: annotations.masks(config.annotations_dir(), s, reader) if reader else {} for s in folders}
    parts = [_read(source, paths, label, drawn[source], verify=verify) for source, paths in folders.items()]
    samples = _join([part.samples for part in parts], SAMPLE_COLUMNS)
    order = samples["frame"].astype(str).str.extract(r"(\d+)_(\d+)$").astype(float)
    samples = samples.assign(_s=order[0], _n=order[1]).sort_values(["source", "_s", "_n", "frame"])
    unread = [
        (layout.source(source), layout.printable(f"{place.relative_to(source.parent).as_posix()}/"), why)
        for source, place, why in layout.unread(folder)
    ]
    tables = [part.problems for part in parts] + [pd.DataFrame(unread, columns=PROBLEM_COLUMNS)]
    problems = _join(tables, PROBLEM_COLUMNS)
    return Dataset(samples.drop(columns=["_s", "_n"]).reset_index(drop=True), problems)


def frame_names(samples: pd.DataFrame) -> pd.Series:
    """Name each sample by source and frame, such as `uns/7_12`, as links do."""
    return samples["source"].astype(object) + "/" + samples["frame"].astype(object)


def subject_keys(samples: pd.DataFrame) -> pd.Series:
    """Name each sample's subject by source and number together, such as `uns/7`; None when it is unknown."""
    keys = samples["source"].astype(object) + "/" + samples["subject"].astype(object)
    return keys.where(samples["subject"].notna(), None)


def read_frame(sample: pd.Series) -> codecs.Frame:
    """Decode the picture of one row of the samples table, the first where its file holds several.

    Raises:
        ValueError: the file is not a readable picture.
    """
    return codecs.read(Path(sample["image"]))[0]


def read_image(sample: pd.Series) -> Image:
    """Decode the pixels of `read_frame`, shape (H, W), and leave spacing and name behind."""
    return read_frame(sample).image


def read_mask(sample: pd.Series, shape: tuple[int, int]) -> Mask | None:
    """Decode the expert's mask of one row of the samples table.

    Args:
        sample: a row of `Dataset.samples`.
        shape: the frame's own size (H, W), which an empty run-length row does not hold.

    Returns:
        Mask of the given shape, or None when the sample is unlabelled.

    Raises:
        ValueError: the mask is unreadable or has another size than the frame.
    """
    if isinstance(sample["mask"], str):
        mask = codecs.read_mask(Path(sample["mask"]), label=sample["label"])
        if mask.shape != shape:
            raise ValueError(f"{Path(sample['mask']).name}: mask is {_size(mask.shape)}, frame is {_size(shape)}")
        return mask
    if isinstance(sample["rle"], str):
        return rle.decode(sample["rle"], shape)
    return None


def _read(source: str, folders: list[Path], label: int, drawn: dict[str, Path], *, verify: bool) -> Dataset:
    """Read the folders of one source; `drawn` masks, by safe name of the frame, win."""
    images, masks, runs, problems = _files(source, folders, drawn)
    rows = []
    for stem, path in images.items():
        try:
            row, notes = _sample(source, path, masks.get(stem), runs.get(stem), label)
            if verify:
                notes += _verify(row)
        except ValueError as error:
            problems.append((source, path.name, str(error)))
            continue
        problems += [(source, path.name, note) for note in notes]
        if row["rle"] is None:
            runs.pop(stem, None)
        rows.append(row)
    samples = _join([pd.DataFrame(rows, columns=SAMPLE_COLUMNS)], SAMPLE_COLUMNS)
    samples["prevalence"] = samples["subject"].map(_prevalence(runs, samples)).astype(float)
    return Dataset(samples, pd.DataFrame(problems, columns=PROBLEM_COLUMNS))


def _files(
    source: str, folders: list[Path], drawn: dict[str, Path]
) -> tuple[dict[str, Path], dict[str, Path], dict[str, str], list[tuple[str, str, str]]]:
    """Choose the picture, mask and run lengths of each frame of a source, by stem; and say what is wrong with them."""
    problems: list[tuple[str, str, str]] = []
    images: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    runs: dict[str, str] = {}
    places: dict[str, Path] = {}
    # Native folders first: of a frame that several hold, the first labelled picture and the first row count.
    folders = sorted(folders, key=lambda path: not _is_native(path))
    for folder in folders:
        own_runs, complaint = _read_runs(folder)
        runs = own_runs | runs
        problems += [(source, RLE_FILE, text) for text in complaint]
    for folder in folders:
        own_images, own_masks, unused = layout.files(folder)
        problems += [(source, path.name, why) for path, why in unused]
        problems += [(source, p.name, "mask without image") for s, p in own_masks.items() if s not in own_images]
        for stem, path in own_images.items():
            taken = places.get(stem)
            if taken and _is_native(taken) == _is_native(folder):
                problems.append((source, path.name, f"the same frame twice: that in {taken.name}/ is used"))
            elif taken is None or (stem in own_masks and stem not in masks and stem not in runs):
                images[stem], places[stem] = path, folder
                masks |= {stem: own_masks[stem]} if stem in own_masks else {}
    for stem in images:
        if drawn_mask := drawn.get(file_name(stem)):
            masks[stem] = drawn_mask
            runs.pop(stem, None)
    if alone := sum(stem not in images for stem in runs):
        words = f"{alone:,} rows have" if alone > 1 else "1 row has"
        problems.append((source, RLE_FILE, f"{words} no picture here"))
    return images, masks, runs, problems


def _is_native(folder: Path) -> bool:
    """Whether a folder holds frames at their original size."""
    return folder.name.endswith(layout.NATIVE)


def _sample(
    source: str, image: Path, mask: Path | None, run: str | None, label: int
) -> tuple[dict[str, object], list[str]]:
    """One row of the samples table, and what to note about it. Raises ValueError for what cannot be used."""
    header = headers.read(image)
    shape = header.shape
    present = None if run is None else bool(run)
    notes = [f"{header.pages} pictures: the first is used"] if header.pages > 1 else []
    if mask is not None:
        mask_header = headers.read(mask)
        if mask_header.shape != shape:
            raise ValueError(f"sizes differ: image is {_size(shape)}, mask {mask.name} is {_size(mask_header.shape)}")
        # Run lengths say whether there is a nerve; the mask is decoded all the same where it may be refused.
        if present is None or mask_header.pages > 1 or not mask_header.is_grey:
            drawn = codecs.read_mask(mask, label=label)
            present = bool(drawn.any()) if present is None else present
            if drawn.mean() > _MAX_NERVE_SHARE:
                notes.append(f"mask {mask.name} covers {drawn.mean():.0%} of the frame; look whether it is inverted")
    elif run:
        if shape != NATIVE_SHAPE:
            raise ValueError(f"sizes differ: image is {_size(shape)}, its run lengths need {_size(NATIVE_SHAPE)}")
        rle.decode(run, shape)
    name = layout.KAGGLE_STEM.match(image.stem)
    row: dict[str, object] = {
        "source": source,
        "subject": name["subject"] if name else None,
        "frame": image.stem,
        "image": str(image),
        "mask": str(mask) if mask else None,
        "label": label,
        "rle": run,
        "present": present,
        "prevalence": None,
    }
    return row, (["image without mask"] if present is None else []) + notes


def _verify(row: dict[str, object]) -> list[str]:
    """Decode a sample; where its mask contradicts its run lengths, note it and let the mask decide.

    Raises ValueError for what cannot be decoded.
    """
    sample = pd.Series(row, dtype=object)
    mask = read_mask(sample, shape := read_image(sample).shape)
    if mask is None or row["mask"] is None or row["rle"] is None:
        return []
    try:
        drawn = rle.decode(sample["rle"], NATIVE_SHAPE)
        if shape == NATIVE_SHAPE and (count := int((mask != drawn).sum())):
            why = f"differs in {count:,} pixels from"
        elif mask.any() != drawn.any():
            why = "contradicts the presence of a nerve in"
        else:
            return []
    except ValueError as error:
        why = f"cannot be compared ({error}) with"
    row |= {"rle": None, "present": bool(mask.any())}
    return [f"mask {Path(sample['mask']).name} {why} its run-length row; the mask is used"]


def _read_runs(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Run lengths by stem from `train_masks.csv`, where there is one, and what is wrong with it."""
    names = [p / RLE_FILE for p in (folder, folder / "train") if layout.is_open(p)]
    # A link that leads nowhere, or where one may not look, is no file, and to be told.
    path = next((path for path in names if path.is_symlink() or path.is_file()), None)
    return ({}, []) if path is None else rle.read_table(path)


def _prevalence(runs: dict[str, str], samples: pd.DataFrame) -> pd.Series:
    """Share of each subject's labelled frames that show a nerve; run lengths count without their picture too."""
    known = dict(zip(samples["frame"], samples["present"], strict=True))
    known |= {stem: bool(text) for stem, text in runs.items()}
    labels = pd.Series({stem: value for stem, value in known.items() if value is not None}, dtype=float)
    return labels.groupby(lambda stem: stem.rpartition("_")[0]).mean()


def _size(shape: tuple[int, ...]) -> str:
    """Size as people write it: width x height."""
    return f"{shape[1]}x{shape[0]}"


def _join(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Join tables; missing values of the object columns are None."""
    joined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    joined = joined.astype({c: object for c in columns if c != "prevalence"})
    return joined.where(joined.notna(), None) if len(joined) else joined
