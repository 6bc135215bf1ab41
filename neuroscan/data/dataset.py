"""Folders of frames and masks -> one table of samples and one table of what is wrong with them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from neuroscan import config
from neuroscan.data import annotations, codecs, headers, rle
from neuroscan.data.safe_names import file_name
from neuroscan.types import Image, Mask

EXTENSIONS = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp")
RLE_FILE = "train_masks.csv"
NATIVE_SHAPE = (420, 580)
"""Size (H, W) of the frames that Kaggle's run lengths were drawn on."""

_NATIVE = "_native"
_KAGGLE_STEM = re.compile(r"^(?P<subject>[A-Za-z]*\d+)_(?P<number>\d+)$")
_MASK_SUFFIX = "_mask"


@dataclass(frozen=True)
class Dataset:
    """What one or more folders hold.

    Attributes:
        samples: one row a frame. `source` (name of the data set), `subject` (number within the source, None
            when unknown), `frame` (the file's stem), `image` (path), `mask` (path, or None), `label` (which label of
            the mask is the nerve), `rle` (run-length text, or None when there is no such row), `present` (True, False,
            or None when unlabelled), `nerve_share` (share of the subject's labelled frames that show a nerve, with or
            without picture).
        problems: one row a problem: `source`, `file`, `problem`. Listed, never raised.
    """

    samples: pd.DataFrame
    problems: pd.DataFrame


SAMPLE_COLUMNS = ["source", "subject", "frame", "image", "mask", "label", "rle", "present", "nerve_share"]
PROBLEM_COLUMNS = ["source", "file", "problem"]


def find(folder: Path) -> list[Path]:
    """List the data sets in a folder, by name: the folder itself if it is one, else those of its subfolders that are.

    Args:
        folder: any folder; one that does not exist holds no data set.
    """
    if not folder.is_dir():
        return []
    if _layout(folder) is not None:
        return [folder]
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and _layout(path) is not None]


def load(folder: Path, *, label: int = 1, reader: str | None = None) -> Dataset:
    """Read every data set in a folder into one pair of tables.

    A folder `NAME_native` holds frames of the source NAME at their original size: a frame that both hold counts
    once, and the native one wins.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label of a palette mask is the nerve.
        reader: whose drawings in `config.annotations_dir()` stand in place of the data set's own masks, frame by frame;
            frames that the reader has not drawn keep theirs.

    Returns:
        Samples sorted by source, subject and frame number, and problems.
    """
    folders: dict[str, list[Path]] = {}
    for path in find(folder):
        folders.setdefault(path.name.removesuffix(_NATIVE), []).append(path)
    drawn = {s: annotations.masks(config.annotations_dir(), s, reader) if reader else {} for s in folders}
    parts = [_read(source, paths, label, drawn[source]) for source, paths in folders.items()]
    samples = _join([part.samples for part in parts], SAMPLE_COLUMNS)
    order = samples["frame"].astype(str).str.extract(r"(\d+)_(\d+)$").astype(float)
    samples = samples.assign(_s=order[0], _n=order[1]).sort_values(["source", "_s", "_n", "frame"])
    problems = _join([part.problems for part in parts], PROBLEM_COLUMNS)
    return Dataset(samples.drop(columns=["_s", "_n"]).reset_index(drop=True), problems)


def subject_keys(samples: pd.DataFrame) -> pd.Series:
    """Name each sample's subject by source and number together, such as `uns/7`; None when it is unknown."""
    keys = samples["source"].astype(object) + "/" + samples["subject"].astype(object)
    return keys.where(samples["subject"].notna(), None)


def read_frame(sample: pd.Series) -> Image:
    """Decode the picture of one row of the samples table: shape (H, W) uint8.

    Raises:
        ValueError: the file is not a readable picture.
    """
    return codecs.read(Path(sample["image"]))[0].image


def read_mask(sample: pd.Series, shape: tuple[int, int]) -> Mask | None:
    """Decode the expert's mask of one row of the samples table.

    Args:
        sample: a row of `Dataset.samples`.
        shape: the frame's own size (H, W), which an empty run-length row does not tell.

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


def _layout(folder: Path) -> str | None:
    """Tell which layout a folder has: 'pairs' (images/ + masks/), 'kaggle', or None."""
    if (folder / "images").is_dir() and (folder / "masks").is_dir():
        return "pairs"
    return "kaggle" if any(map(_is_kaggle, _pictures(folder, folder / "train"))) else None


def _is_kaggle(path: Path) -> bool:
    """Tell whether a picture or mask is named as Kaggle names them."""
    return bool(_KAGGLE_STEM.match(path.stem.removesuffix(_MASK_SUFFIX)))


def _pictures(*folders: Path) -> list[Path]:
    """Picture files of folders, by name; none of a folder that does not exist."""
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return [path for path in paths if path.suffix.lower() in EXTENSIONS]


def _read(source: str, folders: list[Path], label: int, drawn: dict[str, Path]) -> Dataset:
    """Read the folders of one source; `drawn` masks, by safe name of the frame, win."""
    problems: list[tuple[str, str, str]] = []
    images: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    runs: dict[str, str] = {}
    # Native folders first: the first picture of a frame is the one that counts.
    for folder in sorted(folders, key=lambda path: not path.name.endswith(_NATIVE)):
        own_images, own_masks, unused = _files(folder)
        problems += [(source, path.name, why) for path, why in unused]
        problems += [(source, p.name, "mask without image") for s, p in own_masks.items() if s not in own_images]
        masks |= {s: p for s, p in own_masks.items() if s in own_images and s not in images}
        images = own_images | images
        own_runs, complaint = _read_runs(folder)
        runs |= own_runs
        problems += [(source, RLE_FILE, text) for text in complaint]
    for stem in images:
        if path := drawn.get(file_name(stem)):
            masks[stem] = path
            runs.pop(stem, None)
    if alone := sum(stem not in images for stem in runs):
        problems.append((source, RLE_FILE, f"{alone} run-length rows without a picture"))

    rows = []
    for stem, path in images.items():
        try:
            row = _sample(source, path, masks.get(stem), runs.get(stem), label)
        except ValueError as error:
            problems.append((source, path.name, str(error)))
            continue
        if row["present"] is None:
            problems.append((source, path.name, "image without mask"))
        rows.append(row)
    samples = _join([pd.DataFrame(rows, columns=SAMPLE_COLUMNS)], SAMPLE_COLUMNS)
    samples["nerve_share"] = samples["subject"].map(_nerve_share(runs, samples)).astype(float)
    return Dataset(samples, pd.DataFrame(problems, columns=PROBLEM_COLUMNS))


def _files(folder: Path) -> tuple[dict[str, Path], dict[str, Path], list[tuple[Path, str]]]:
    """Images and masks of one folder by stem, and the pictures that are not used, with the reason."""
    if _layout(folder) == "pairs":
        image_files, mask_files = _pictures(folder / "images"), _pictures(folder / "masks")
        unused = []
    else:
        files = _pictures(folder, folder / "train")
        mask_files = [path for path in files if path.stem.endswith(_MASK_SUFFIX) and _is_kaggle(path)]
        image_files = [path for path in files if not path.stem.endswith(_MASK_SUFFIX) and _is_kaggle(path)]
        unused = [(path, "name is not SUBJECT_NUMBER, such as 7_12") for path in files if not _is_kaggle(path)]
    images: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    for paths, kept in ((image_files, images), (mask_files, masks)):
        for path in paths:
            first = kept.setdefault(path.stem.removesuffix(_MASK_SUFFIX), path)
            if first is not path:
                unused.append((path, f"the same frame twice: {first.name} is used"))
    return images, masks, unused


def _sample(source: str, image: Path, mask: Path | None, run: str | None, label: int) -> dict[str, object]:
    """One row of the samples table. Raises ValueError for what cannot be used."""
    shape = headers.read_shape(image)
    present = None if run is None else bool(run)
    if mask is not None:
        if (mask_shape := headers.read_shape(mask)) != shape:
            raise ValueError(f"sizes differ: image is {_size(shape)}, mask {mask.name} is {_size(mask_shape)}")
        if present is None:
            present = bool(codecs.read_mask(mask, label=label).any())
    elif run:
        if shape != NATIVE_SHAPE:
            raise ValueError(f"sizes differ: image is {_size(shape)}, its run lengths need {_size(NATIVE_SHAPE)}")
        rle.decode(run, shape)
    name = _KAGGLE_STEM.match(image.stem)
    return {
        "source": source,
        "subject": name["subject"] if name else None,
        "frame": image.stem,
        "image": str(image),
        "mask": str(mask) if mask else None,
        "label": label,
        "rle": run,
        "present": present,
        "nerve_share": None,
    }


def _read_runs(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Run lengths by stem (empty text = no nerve) from `train_masks.csv`, and what is wrong with it."""
    path = next((p for p in (folder / RLE_FILE, folder / "train" / RLE_FILE) if p.is_file()), None)
    if path is None:
        return {}, []
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        stems = table["subject"] + "_" + table["img"]
        twice = sorted(set(stems[stems.duplicated()]))
        complaint = [f"the same frame twice: {', '.join(twice)}; the last row is used"] if twice else []
        return dict(zip(stems, table["pixels"].str.strip(), strict=True)), complaint
    except (KeyError, ValueError, OSError) as error:
        return {}, [f"unreadable: expected the columns subject, img, pixels ({type(error).__name__}: {error})"]


def _nerve_share(runs: dict[str, str], samples: pd.DataFrame) -> pd.Series:
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
    joined = joined.astype({c: object for c in columns if c != "nerve_share"})
    return joined.where(joined.notna(), None) if len(joined) else joined
