"""Fixtures that every test may use."""

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from neuroscan.imaging.preprocess import Settings
from neuroscan.inference import card as cards

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def packages_searched_once() -> Iterator[None]:
    """AppTest looks for components in all installed packages whenever it opens a page, in half of the time it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """Give `__main__` back: AppTest leaves a page's script there, and a spawned process would load that again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what asks for the real labelled frames as `real`."""
    if "real_data" in getattr(item, "fixturenames", ()):
        item.add_marker("real")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real labelled frames (uns, uns_native, usgra); skips where it is absent."""
    folder = Path(os.environ.get("NEUROSCAN_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "uns" / "train").is_dir():
        pytest.skip(f"real labelled frames are not at hand ({folder.name}); set NEUROSCAN_TEST_DATA")
    return folder


@dataclass(frozen=True)
class StandIn:
    """A small world for the app: a folder of data sets and a folder of models, made from nothing.

    Attributes:
        data: holds `tiny` (Kaggle's layout, subjects 1 and 2, three frames each, the third without a nerve) and
            `pairs` (images/ + masks/, one frame).
        weights: holds the models `blob`, which outlines what is bright, and `shy`, which never finds a nerve.
    """

    data: Path
    weights: Path


def stand_in_frame(seed: int, *, nerve: bool, shape: tuple[int, int] = (120, 160)) -> tuple[np.ndarray, np.ndarray]:
    """A noisy frame with a bright ellipse, or without, and its mask: (H, W) uint8 and (H, W) bool."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, np.uint8)
    if nerve:
        centre = (int(rng.integers(50, shape[1] - 50)), int(rng.integers(40, shape[0] - 40)))
        cv2.ellipse(mask, centre, (26, 15), 0, 0, 360, 1, cv2.FILLED)
    values = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 4) * 120 + rng.normal(70, 12, shape)
    return values.clip(0, 255).astype(np.uint8), mask.astype(bool)


def write_stand_in_model(folder: Path, *, presence_shift: float = 0.0, **card: object) -> None:
    """Write a model of four operations: mean filter, then a sigmoid; presence from the brightest spot."""
    nodes = [
        helper.make_node("Transpose", ["frames"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["first"], ["mean"], kernel_shape=[5, 5], pads=[2, 2, 2, 2]),
        helper.make_node("Sub", ["mean", "level"], ["over"]),
        helper.make_node("Sigmoid", ["over"], ["likely"]),
        helper.make_node("Transpose", ["likely"], ["mask"], perm=[0, 2, 3, 1]),
        helper.make_node("ReduceMax", ["over"], ["brightest"], axes=[2, 3], keepdims=0),
        helper.make_node("Add", ["brightest", "shift"], ["shifted"]),
        helper.make_node("Sigmoid", ["shifted"], ["presence"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand_in",
        [helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["n", 64, 88, 1])],
        [
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["n", 64, 88, 1]),
            helper.make_tensor_value_info("presence", TensorProto.FLOAT, ["n", 1]),
        ],
        [
            helper.make_tensor("level", TensorProto.FLOAT, [], [1.0]),
            helper.make_tensor("shift", TensorProto.FLOAT, [], [presence_shift]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / cards.ONNX_FILE).write_bytes(data)
    values: dict[str, object] = {
        "name": folder.name,
        "architecture": "stand-in",
        "parameters": 2,
        "multiply_adds": 0,
        "preprocess": Settings(64, 88, crop=False),
        "sources": {"tiny": 1.0},
        "subjects": {"train": ["tiny/1"], "validation": [], "test": ["tiny/2"]},
        "seed": 0,
        "commit": "none",
        "threshold": 0.5,
        "presence_threshold": 0.6,
        "area_share": {"tiny": [0.02, 0.06, 0.12]},
        "onnx_sha256": hashlib.sha256(data).hexdigest(),
    }
    cards.write(cards.Card(**(values | card)), folder)  # type: ignore[arg-type]  # values of many types


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    """Data sets and models small enough for every test; read only."""
    root = tmp_path_factory.mktemp("stand_in")
    kaggle, pairs = root / "data" / "tiny", root / "data" / "pairs"
    for folder in (kaggle, pairs / "images", pairs / "masks"):
        folder.mkdir(parents=True)
    for subject in (1, 2):
        for number in (1, 2, 3):
            frame, mask = stand_in_frame(10 * subject + number, nerve=number < 3)
            cv2.imwrite(str(kaggle / f"{subject}_{number}.tif"), frame)
            cv2.imwrite(str(kaggle / f"{subject}_{number}_mask.tif"), mask.astype(np.uint8) * 255)
    frame, mask = stand_in_frame(99, nerve=True, shape=(150, 130))
    cv2.imwrite(str(pairs / "images" / "0001.png"), frame)
    cv2.imwrite(str(pairs / "masks" / "0001.png"), mask.astype(np.uint8) * 255)
    write_stand_in_model(root / "weights" / "blob")
    write_stand_in_model(root / "weights" / "shy", presence_shift=-20.0, threshold=0.4)
    return StandIn(root / "data", root / "weights")


@pytest.fixture
def open_page(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch):
    """Open a page of the app on the stand-in's data and models: `open_page("Home.py", sample="tiny/1_1")`.

    Where there is no data, none is made, unless `demo` says so.
    """

    def opened(
        page: str,
        *,
        data: Path = stand_in.data,
        weights: Path = stand_in.weights,
        demo: bool = False,
        **query: str,
    ) -> AppTest:
        monkeypatch.setenv("NEUROSCAN_DEMO", str(int(demo)))
        monkeypatch.setenv("NEUROSCAN_DATA", str(data))
        monkeypatch.setenv("NEUROSCAN_WEIGHTS", str(weights))
        test = AppTest.from_file(str(ROOT / page), default_timeout=240 if demo else 60)
        for name, value in query.items():
            test.query_params[name] = value
        return test.run()

    return opened
