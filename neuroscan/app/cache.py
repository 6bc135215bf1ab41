"""What the app keeps between reruns: data sets, models, frames and probabilities.

Arrays never key a cache: Streamlit samples large ones, so that two frames could be taken for one. Digests and the times
of files do.
"""

import hashlib
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from neuroscan import config
from neuroscan.data import codecs, dataset
from neuroscan.data.codecs import Frame
from neuroscan.data.dataset import Dataset
from neuroscan.data.stamps import folder_stamp, stamp
from neuroscan.imaging import preprocess
from neuroscan.inference import card as cards
from neuroscan.inference import uncertainty as views
from neuroscan.inference.card import Card
from neuroscan.inference.predictor import Output, Prediction, Predictor
from neuroscan.inference.uncertainty import Uncertainty
from neuroscan.types import Image, Mask

_THUMBNAIL_PX = (120, 160)


def data_sets() -> Dataset:
    """Read all data sets at hand; read again only when files came, went or were renamed.

    Returns:
        Samples and problems, as `at_hand` finds them.
    """
    return at_hand()[1]


def at_hand() -> tuple[Path, Dataset]:
    """The folder whose data sets are shown, and what it holds.

    Returns:
        `config.data_dir()`, or, while that holds none, the demo's in the cache folder; and samples and problems, both
        tables empty when there is no data.
    """
    folder = config.data_dir()
    found = _data_sets(str(folder), config.nerve_label(), folder_stamp(folder))
    if len(found.samples) or len(found.problems) or not config.demo_wanted():
        return folder, found
    spare = config.demo_places()[1]
    return spare, _data_sets(str(spare), config.nerve_label(), folder_stamp(spare))


def models() -> tuple[dict[str, Card], list[str]]:
    """List the models at hand, each with its ONNX file checked against its card.

    Returns:
        Cards by folder name, and a sentence for each folder that holds no usable model.
    """
    folder = config.weights_dir()
    return _models(str(folder), folder_stamp(folder, with_files=True))


def predictor(name: str) -> Predictor:
    """Load a model once for all visitors.

    Args:
        name: one of `models()`.

    Raises:
        ValueError: the model cannot be loaded.
    """
    folder = config.weights_dir() / name
    return _predictor(str(folder), stamp(folder / cards.CARD_FILE), stamp(folder / cards.ONNX_FILE))


def frame(sample: pd.Series) -> Frame:
    """Decode the frame of one row of the samples table.

    Raises:
        ValueError: the file is not a readable picture.
    """
    return _frame(sample["image"], stamp(sample["image"]))


def expert_mask(sample: pd.Series, shape: tuple[int, int]) -> Mask | None:
    """Decode the expert's mask of one row of the samples table; None when it is unlabelled.

    Args:
        sample: a row of `data_sets().samples`.
        shape: the frame's own size (H, W).

    Raises:
        ValueError: the mask is unreadable or has another size than the frame.
    """
    drawn = (sample["mask"], sample["label"], sample["rle"])
    return _expert_mask(drawn, stamp(sample["mask"]), shape, sample)


def thumbnail(sample: pd.Series) -> bytes | None:
    """Make a small PNG of a data set's frame, fit into 160x120 pixels; None when the frame cannot be read."""
    return _thumbnail(sample["image"], stamp(sample["image"]))


def upload_thumbnail(frame: Frame) -> bytes:
    """Make a small PNG of an uploaded frame, once in the visitor's own session."""
    return _upload_thumbnail(digest(frame.image), frame)


def decoded(file: UploadedFile) -> tuple[tuple[Frame, ...], str | None]:
    """Decode an uploaded file, once in the visitor's own session.

    Returns:
        Its frames, or none and a sentence why not.
    """
    return _decoded(file.file_id, file.name, file)


def digest(image: Image) -> str:
    """Name a frame by its pixels and shape: 32 hexadecimal digits."""
    return hashlib.blake2b(image.tobytes(), digest_size=16, salt=str(image.shape).encode()[:16]).hexdigest()


def prediction(model: str, image: Image, *, private: bool = False) -> Prediction:
    """Predict a frame once per model; what a visitor uploads stays in the visitor's own session.

    Args:
        model: one of `models()`.
        image: shape (H, W).
        private: True for uploads, False for frames of a data set.

    Raises:
        ValueError: the model cannot be loaded.
    """
    loaded = predictor(model)
    keep = _private_output if private else _shared_output
    return keep(loaded.card.prediction_key, digest(image), loaded, image).at(image.shape)


def uncertainty(model: str, image: Image, *, private: bool = False) -> Uncertainty:
    """Ask a model about moved views of a frame, once; arguments and errors as of `prediction`."""
    loaded = predictor(model)
    keep = _private_views if private else _shared_views
    return keep(loaded.card.prediction_key, digest(image), loaded, image)


def forget() -> None:
    """Drop data sets, cards and pictures that were read from folders, so that they are read again."""
    for kept in (_data_sets, _models, _frame, _expert_mask, _thumbnail):
        kept.clear()


@st.cache_data(max_entries=4, show_spinner="Reading the data sets…")
def _data_sets(folder: str, label: int, stamp: str) -> Dataset:
    return dataset.load(Path(folder), label=label)


@st.cache_data(max_entries=4, show_spinner="Reading the model cards…")
def _models(folder: str, stamp: str) -> tuple[dict[str, Card], list[str]]:
    found, problems = cards.find(Path(folder))
    for name, card in list(found.items()):
        try:
            cards.check_onnx(Path(folder) / name, card)
        except ValueError as error:
            problems.append(str(error))
            del found[name]
    return found, problems


@st.cache_resource(max_entries=8, show_spinner="Loading the model…")
def _predictor(folder: str, card_stamp: str, onnx_stamp: str) -> Predictor:
    return Predictor(Path(folder))


@st.cache_data(max_size="128MB", show_spinner=False)
def _frame(path: str, stamp: str) -> Frame:
    return codecs.read(Path(path))[0]


@st.cache_data(max_size="128MB", show_spinner=False)
def _expert_mask(
    drawn: tuple[str | None, int, str | None], stamp: str, shape: tuple[int, int], _sample: pd.Series
) -> Mask | None:
    return dataset.read_mask(_sample, shape)


@st.cache_data(max_size="512MB", show_spinner="Reading the picture…", scope="session")
def _decoded(file_id: str, name: str, _file: UploadedFile) -> tuple[tuple[Frame, ...], str | None]:
    try:
        return codecs.decode(_file.getvalue(), name), None
    except ValueError as error:
        return (), str(error)


@st.cache_data(max_entries=512, show_spinner=False)
def _thumbnail(path: str, stamp: str) -> bytes | None:
    try:
        image = codecs.read(Path(path))[0].image
    except ValueError:
        return None
    return _small(image)


@st.cache_data(max_entries=512, show_spinner=False, scope="session")
def _upload_thumbnail(frame_digest: str, _frame: Frame) -> bytes:
    return _small(_frame.image)


def _small(image: Image) -> bytes:
    """PNG of a frame, fit into a thumbnail's size."""
    scale = min(_THUMBNAIL_PX[0] / image.shape[0], _THUMBNAIL_PX[1] / image.shape[1], 1)
    height, width = (max(1, round(side * scale)) for side in image.shape)
    return codecs.encode_png(preprocess.resize(image, height, width))


def _ask(prediction_key: str, frame_digest: str, _predictor: Predictor, _image: Image) -> Output:
    return _predictor.infer(_image)


_shared_output = st.cache_data(max_size="256MB", show_spinner="Outlining…")(_ask)
_private_output = st.cache_data(max_size="256MB", show_spinner="Outlining…", scope="session")(_ask)


def _ask_about_views(prediction_key: str, frame_digest: str, _predictor: Predictor, _image: Image) -> Uncertainty:
    return views.predict(_predictor, _image)


_shared_views = st.cache_data(max_size="256MB", show_spinner="Asking about moved views…")(_ask_about_views)
_private_views = st.cache_data(max_size="256MB", show_spinner="Asking about moved views…", scope="session")(
    _ask_about_views
)
