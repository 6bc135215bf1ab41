"""Names in folders: which folder is a data set, which of its files are frames and masks, and which nobody reads."""

import os
import re
from pathlib import Path, PurePath

from neuroscan.data import notices
from neuroscan.data.refusals import ACCEPTED, PICTURES

MASKS = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp")
"""Endings of the files that masks are read from."""
DICOM = (".dcm", ".dicom")
FRAMES = MASKS + DICOM
"""Endings of the files that frames are read from."""
OTHER_PICTURES = (".gif", ".webp", ".jp2", ".heic", ".nii", ".mha", ".nrrd")
"""Endings of pictures that data sets hold at times and that are not read: they are listed, unlike notes and tables."""

RLE_FILE = "train_masks.csv"
PLANTED_FILE = "planted.csv"
"""Near-duplicates that the simulator planted: the mark of a data set of phantoms, whatever its folder's name."""

NATIVE = "_native"

KAGGLE_STEM = re.compile(r"^(?P<subject>[A-Za-z]*\d+)_(?P<number>\d+)$")
MASK_SUFFIX = "_mask"

_PARTS = ("train", "test", "images", "masks")
_EXPECTED = (
    "expected pictures named SUBJECT_NUMBER, such as 7_12.tif, in the folder or its train/, or images/ beside masks/"
)
_CLOSED = "folder may not be opened; change its permissions"


def find(folder: Path) -> list[Path]:
    """List the data sets in a folder: the folder itself if it is one, then its subfolders that are, by name.

    Args:
        folder: any folder; one that does not exist holds no data set.
    """
    if not is_open(folder):
        return []
    data_sets, parts = ([folder], _PARTS) if kind(folder) else ([], ())
    below = [path for path in listed(folder) if path.name not in parts]
    return data_sets + [path for path in below if not _is_hidden(path) and is_text(path.name) and kind(path)]


def kind(folder: Path) -> str | None:
    """Tell which layout a folder has: "pairs" (images/ and masks/), "kaggle", or None."""
    if not is_open(folder):
        return None
    if (folder / "images").is_dir() and (folder / "masks").is_dir():
        return "pairs"
    return "kaggle" if any(is_kaggle(path) for path in _readable(folder, folder / "train")) else None


def is_open(folder: Path) -> bool:
    """Tell whether there is a folder, and what it holds may be listed."""
    return os.access(folder, os.R_OK | os.X_OK) and folder.is_dir()


def is_closed(folder: Path) -> bool:
    """Tell whether there is a folder that may not be opened, or a path or link to where one may not look."""
    try:
        return folder.is_dir() and not is_open(folder)
    except PermissionError:
        return True


def is_text(name: str) -> bool:
    """Tell whether a file's name is text: one that came in another encoding than UTF-8 is bytes that no table takes."""
    return printable(name) == name


def printable(name: str) -> str:
    """Write a file's name so that it can be shown, bytes that are no text as \\udc00 and such."""
    return name.encode(errors="backslashreplace").decode()


def bare_name(name: str) -> str:
    r"""Cut the ending off a picture's name, and nothing else: DICOM files are often named by numbers with dots.

    Example:
        >>> bare_name("1_2.tif"), bare_name("1.2.840.55.3.1")
        ('1_2', '1.2.840.55.3.1')
    """
    path = PurePath(name)
    return path.stem if path.suffix.lower() in FRAMES + OTHER_PICTURES else path.name


def source(folder: Path) -> str:
    """Name a data set: as its folder, without `_native`; one that the simulator made gets a name that says so.

    The `train/` of a data set is that data set.
    """
    location = folder.resolve() if folder.name == ".." else folder.absolute()
    location = location.parent if location.name == "train" else location
    name = printable(location.name).removesuffix(NATIVE)
    simulated = is_open(location) and (location / PLANTED_FILE).is_file() and not notices.is_synthetic(name)
    return f"phantom_{name}" if simulated else name


def is_kaggle(path: Path) -> bool:
    """Tell whether a picture or mask is named as Kaggle names them."""
    return bool(KAGGLE_STEM.match(path.stem.removesuffix(MASK_SUFFIX)))


def is_pair(image: Path) -> bool:
    """Tell whether a picture is the image of a data set of images/ and masks/."""
    return image.parent.name == "images" and kind(image.parents[1]) == "pairs"


def is_picture(path: Path) -> bool:
    """Tell whether a file is named as a picture, of a kind that is read or not."""
    return path.suffix.lower() in FRAMES + OTHER_PICTURES and not _is_hidden(path)


def files(folder: Path) -> tuple[dict[str, Path], dict[str, Path], list[tuple[Path, str]]]:
    """Sort the pictures of a data set.

    Args:
        folder: one of `find`.

    Returns:
        Images by stem, masks by stem (without `_mask`), and the pictures that are not used, with the reason.
    """
    places = _places(folder)
    unused = [
        (path, f"a picture of a kind that is not read; accepted are {ACCEPTED}")
        for path in _pictures(*places)
        if path.suffix.lower() not in FRAMES
    ]
    unused += [
        (path.with_name(printable(path.name)), "a name that is not UTF-8; rename the file")
        for place in places
        for path in listed(place)
        if is_picture(path) and not is_text(path.name)
    ]
    if kind(folder) == "pairs":
        image_files, mask_files = (_readable(place) for place in places)
    else:
        readable = _readable(*places)
        named = [path for path in readable if is_kaggle(path)]
        mask_files = [path for path in named if path.stem.endswith(MASK_SUFFIX)]
        image_files = [path for path in named if not path.stem.endswith(MASK_SUFFIX)]
        unused += [(path, "name is not SUBJECT_NUMBER, such as 7_12") for path in readable if not is_kaggle(path)]
    no_masks = [path for path in mask_files if path.suffix.lower() not in MASKS]
    mask_files = [path for path in mask_files if path not in no_masks]
    unused += [(path, f"masks are read from {PICTURES}, not from DICOM files") for path in no_masks]
    images: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    for paths, by_stem in ((image_files, images), (mask_files, masks)):
        for path in paths:
            first = by_stem.setdefault(path.stem.removesuffix(MASK_SUFFIX), path)
            if first is not path:
                used = first.name if first.name != path.name else f"that in {first.parent.name}/"
                unused.append((path, f"the same frame twice: {used} is used"))
    return images, masks, unused


def unread(folder: Path) -> list[tuple[Path, Path, str]]:
    """List the folders from `folder` down that are closed, or whose pictures or run lengths belong to no set of `find`.

    Links are followed. Hidden folders are passed over, and so is Kaggle's own `test/`, which has no masks; what lies
    more than three folders down is not looked into, and said to be there.

    Returns:
        The data set that each lies in (else the folder of `folder` that it lies in), the folder, and what is wrong
        with it.
    """
    if is_closed(folder):
        return [(folder, folder, _CLOSED)]
    sets = find(folder)
    read = {place for path in sets for place in _places(path)}
    read |= {path / "test" for path in sets if not kind(path / "test")}
    tables = {place / RLE_FILE for path in sets for place in (path, path / "train")}
    entries = []
    for name, below, names in os.walk(folder, followlinks=True):
        current = Path(name)
        below[:] = sorted(one for one in below if not one.startswith("."))
        holds = []
        for half, other in (("images", "masks"), ("masks", "images")):
            if current not in sets and other not in below and _pictures(current / half):
                below.remove(half)
                holds.append(f"{half}/ without {other}/")
        # Pictures of a data set lie two folders down at most; one more is looked into, not a whole disk.
        inside = current.relative_to(folder).parts
        if below and len(inside) > 2:
            below.clear()
            holds.append("folders too deep to be looked into")
        if current not in read and (count := sum(is_picture(current / one) for one in names)):
            holds.append(f"{count} {'picture' if count == 1 else 'pictures'} in no known layout")
        elif RLE_FILE in names and current / RLE_FILE not in tables:
            holds.append(f"{RLE_FILE} without pictures")
        reasons = [(current, f"folder not read: found {' and '.join(holds)}; {_EXPECTED}")] if holds else []
        # A link into a closed folder seems to be a file.
        others = [one for one in names if not one.startswith(".") and not is_picture(current / one)]
        reasons += [(current / one, _CLOSED) for one in below + others if is_closed(current / one)]
        for at, why in reasons:
            inside = at.relative_to(folder).parts
            source = next((path for path in at.parents if path in sets), folder.joinpath(*inside[:1]))
            entries.append((source, at, why))
    return entries


def _places(folder: Path) -> list[Path]:
    """Folders whose pictures a data set is made of."""
    return [folder / name for name in (("images", "masks") if kind(folder) == "pairs" else ("", "train"))]


def _readable(*folders: Path) -> list[Path]:
    """Pictures of the kinds that are read."""
    return [path for path in _pictures(*folders) if path.suffix.lower() in FRAMES]


def _pictures(*folders: Path) -> list[Path]:
    """Files named as pictures, by name, in text; none of a folder that does not exist or may not be opened."""
    return [path for folder in folders for path in listed(folder) if is_picture(path) and is_text(path.name)]


def listed(folder: Path) -> list[Path]:
    """What a folder holds, by name; nothing of one that does not exist or may not be opened."""
    return sorted(folder.iterdir()) if is_open(folder) else []


def _is_hidden(path: Path) -> bool:
    """Tell hidden files and folders, among them the `._` shadows that macOS leaves."""
    return path.name.startswith(".")
