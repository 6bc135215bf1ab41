"""python -m training.export: networks saved elsewhere come in, and what would run code does not."""

import base64
import json
import marshal
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from neuroscan.data.codecs import encode_png, read_mask
from neuroscan.imaging.preprocess import Settings
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning import safe_load
from tests import own_data
from training import evaluate, export

SIZE = (32, 48, 1)


def network(size=SIZE, *, outputs="mask", last="sigmoid"):
    """A network of three layers, as somebody might have trained it."""
    keras.utils.set_random_seed(1)
    image = keras.Input(size)
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    mask = layers.Conv2D(1, 1, activation=last)(x)
    presence = layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling2D()(x))
    model = keras.Model(image, {"mask": mask, "both": [presence, mask], "twice": [mask, mask]}[outputs])
    model.compile("adam", loss="binary_crossentropy")
    return model


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Folders of other subjects each: for validation, and for test."""
    root = tmp_path_factory.mktemp("frames")
    for name, first in (("validation", 1), ("test", 4)):
        own_data.write(root / name / "own", dict.fromkeys(range(first, first + 3), (True, True, False)), seed=first)
    return root


def ask(file, frames, output, *more, name="mine"):
    return ["--file", str(file), "--name", name, "--data", str(frames / "validation"), "--output", str(output), *more]


def refused(given, capsys, output):
    """The sentence with which the command ends, leaving nothing."""
    with pytest.raises(SystemExit) as ended:
        export.main(given)
    assert ended.value.code == 2
    assert not output.exists() or not list(output.iterdir())
    return capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_network_with_a_mask_alone_comes_in_and_is_judged(suffix, frames, tmp_path, capsys):
    model = network()
    model.save(tmp_path / f"mine{suffix}")
    assert export.main(ask(tmp_path / f"mine{suffix}", frames, tmp_path / "weights")) == 0
    assert "6 positive validation frames – own: 6 of 3 subjects" in capsys.readouterr().out
    found, problems = cards.find(tmp_path / "weights")
    card = found["mine"]
    assert problems == [] and (card.architecture, card.presence_from) == ("own", "map")
    assert card.notes["presence_head"] is False
    assert card.subjects == {"train": [], "validation": ["own/1", "own/2", "own/3"], "test": []}
    assert card.parameters == model.count_params() and card.multiply_adds == 32 * 48 * (9 * 4 + 4)
    assert {row["split"] for row in card.scores} == {"validation"}
    assert card.area_share == {}  # of frames that it was trained on nothing is known
    assert "Presence was not tested" not in " ".join(card.limits) and "Trained elsewhere" in card.limits[-1]
    # What the file gives is what comes out, before temperature and flip TTA.
    ready = np.random.default_rng(0).standard_normal((2, *SIZE)).astype(np.float32)
    predictor = Predictor(tmp_path / "weights" / "mine").with_flip_tta(False).with_calibration()
    expected = keras.ops.convert_to_numpy(model(ready))
    maps, heads = predictor.run(ready[..., 0])
    assert maps == pytest.approx(expected[..., 0], abs=1e-5)
    assert heads == pytest.approx(expected.max(axis=(1, 2, 3)), abs=1e-5)


def test_a_network_of_any_size_that_tells_presence_is_scored_on_other_subjects(frames, tmp_path, open_page):
    model = network((None, None, 1), outputs="both")
    model.save(tmp_path / "mine.keras")
    more = ["--height", "32", "--width", "48", "--test", str(frames / "test"), "--trained-on", "a", "b"]
    more += ["--no-crop", "--denoise", "lee", "--label", "2"]
    assert export.main(ask(tmp_path / "mine.keras", frames, tmp_path / "weights", *more)) == 0
    card = cards.read(tmp_path / "weights" / "mine")
    assert card.preprocess == Settings(32, 48, crop=False, denoise="lee")
    assert card.notes["label"] == 2 and card.notes["presence_head"] is True
    ready = np.random.default_rng(0).standard_normal((2, *SIZE)).astype(np.float32)
    expected = [keras.ops.convert_to_numpy(values) for values in model(ready)]
    maps, heads = Predictor(tmp_path / "weights" / "mine").with_flip_tta(False).with_calibration().run(ready[..., 0])
    assert heads == pytest.approx(expected[0][:, 0], abs=1e-5) and maps == pytest.approx(expected[1][..., 0], abs=1e-5)
    assert card.sources == {"a": 1.0, "b": 1.0} and "head 0." in card.chosen_on
    assert card.subjects["test"] == ["own/4", "own/5", "own/6"]
    rows = pd.read_csv(tmp_path / "weights" / "mine" / cards.FRAMES_FILE)
    assert rows["frame"].nunique() == 9
    asked = ["--weights", "mine", "--models", str(tmp_path / "weights"), "--data", str(frames / "test"), "--update"]
    asked += ["--label", "2"]
    assert evaluate.main(asked) == 0
    for page in ("Home.py", "pages/1_Live_Prediction.py", "pages/3_Model_Comparison.py"):
        assert not open_page(page, data=frames / "test", weights=tmp_path / "weights").exception
    # With no training subject at hand there is no average mask, and another model's table of baselines stays.
    assert not (tmp_path / "weights" / cards.BASELINES_FILE).exists()


def test_another_label_of_palette_masks_may_be_the_nerve(frames, tmp_path):
    shutil.copytree(frames / "validation", tmp_path / "data")
    for path in (tmp_path / "data").rglob("*_mask.png"):
        labels = (read_mask(path) * np.uint8(2)).astype(np.uint8)
        labels[:3, :3] = 1  # and something else in a corner
        path.write_bytes(encode_png(labels))
    given = ["--file", "x", "--name", "x", "--data", str(tmp_path / "data"), "--label", "2"]
    samples = export._labelled(export.build_parser().parse_args(given))
    assert (samples["present"] == (samples["frame"].str[-1] != "3")).all()


def test_broken_frames_are_told(frames, tmp_path, capsys):
    broken = tmp_path / "data"
    shutil.copytree(frames / "validation", broken)
    picture = next(path for path in broken.rglob("1_1.*"))
    picture.write_text("not a picture")
    given = export.build_parser().parse_args(["--file", "x", "--name", "x", "--data", str(broken)])
    assert len(export._labelled(given)) == 8
    assert "1 problem in" in (shown := capsys.readouterr().out) and picture.name in shown


def test_a_picture_that_lies_in_both_folders_is_named_whatever_they_are_called(frames, tmp_path, capsys):
    network().save(tmp_path / "mine.keras")
    for name in ("chosen", "held"):
        shutil.copytree(frames / "validation" / "own", tmp_path / name / name)
    given = ["--file", str(tmp_path / "mine.keras"), "--name", "mine", "--output", str(tmp_path / "weights")]
    given += ["--data", str(tmp_path / "chosen"), "--test", str(tmp_path / "held")]
    sentence = refused(given, capsys, tmp_path / "weights")
    assert "--data and --test hold the same picture, chosen/1_1 and held/1_1; test" in sentence


def test_a_clip_cut_across_both_folders_is_named(frames, tmp_path, capsys):
    network().save(tmp_path / "mine.keras")
    random = np.random.default_rng(5)
    image, mask = own_data.frame(True, random)
    for folder, stem in (("data", "b"), ("held", "a")):  # no subject is known: two neighbours of one clip
        for place, picture in (("images", image + random.integers(0, 3, image.shape, np.uint8)), ("masks", 255 * mask)):
            (tmp_path / folder / "clips" / place).mkdir(parents=True)
            path = tmp_path / folder / "clips" / place / f"{stem}.png"
            path.write_bytes(encode_png(picture.astype(np.uint8)))
    given = ["--file", str(tmp_path / "mine.keras"), "--name", "mine", "--output", str(tmp_path / "weights")]
    given += ["--data", str(tmp_path / "data"), "--test", str(tmp_path / "held")]
    assert "subjects in more than one split: clips/like-a;" in refused(given, capsys, tmp_path / "weights")


def test_a_subject_of_both_folders_is_named(frames, tmp_path, capsys):
    network().save(tmp_path / "mine.keras")
    given = ask(tmp_path / "mine.keras", frames, tmp_path / "weights", "--test", str(frames / "validation"))
    assert "subjects in more than one split: own/1, own/2, own/3;" in refused(given, capsys, tmp_path / "weights")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": (32, 48, 3)}, "the network takes (32, 48, 3); expected one grey frame"),
        ({"outputs": "twice"}, "gives (32, 48, 1) and (32, 48, 1); expected a mask (32, 48, 1) of probabilities"),
        ({"last": "linear"}, "expected probabilities in [0, 1]: end it with a sigmoid"),
        ({"last": "tanh"}, "expected probabilities in [0, 1]: end it with a sigmoid"),  # down to -1
        ({"last": "exponential"}, "expected probabilities in [0, 1]: end it with a sigmoid"),  # above 1
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(options, words, frames, tmp_path, capsys):
    network(**options).save(tmp_path / "mine.keras")
    sentence = refused(ask(tmp_path / "mine.keras", frames, tmp_path / "weights"), capsys, tmp_path / "weights")
    assert words in sentence


def test_a_network_that_gives_no_numbers_is_refused(frames, tmp_path, capsys):
    model = network()
    model.set_weights([np.full_like(values, np.nan) for values in model.get_weights()])
    model.save(tmp_path / "mine.keras")
    sentence = refused(ask(tmp_path / "mine.keras", frames, tmp_path / "weights"), capsys, tmp_path / "weights")
    assert "runs from nan to nan; expected probabilities" in sentence


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mine.keras", b"", "mine.keras is damaged, or no network"),
        ("mine.h5", b"not HDF5", "mine.h5 is damaged, or no network"),
        ("mine.pt", b"", "expected a .keras or .h5 file"),
        ("mine.keras", None, "there is no such file"),
    ],
)
def test_files_that_are_none_are_refused(name, content, words, frames, tmp_path, capsys):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert words in refused(ask(tmp_path / name, frames, tmp_path / "weights"), capsys, tmp_path / "weights")


@pytest.mark.parametrize("kind", ["compressed and damaged.keras", "locked.keras", "no text.h5"])
def test_a_description_that_cannot_be_read_is_refused(kind, frames, tmp_path, capsys):
    path = tmp_path / kind
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = 5
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", json.dumps(list(range(100))))
        data = bytearray(path.read_bytes())
        if "damaged" in kind:
            data[41:45] = b"\xff" * 4  # behind the header of 30 bytes and the name
        else:
            data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
    words = refused(ask(path, frames, tmp_path / "weights"), capsys, tmp_path / "weights")
    assert f"{kind} is damaged, or no network that Keras saved whole" in words


def test_other_mistakes_are_named_before_the_file_is_read(frames, tmp_path, capsys):
    (tmp_path / "weights" / "mine").mkdir(parents=True)
    (tmp_path / "empty" / "validation").mkdir(parents=True)
    for given, words in (
        (ask("none.keras", frames, tmp_path / "weights"), "is there already; choose another --name"),
        (ask("none.keras", frames, tmp_path, name="../mine"), "--name must be a plain folder name"),
        (ask("none.keras", frames / "none", tmp_path), "there is no folder"),
        (ask("none.keras", tmp_path / "empty", tmp_path), "holds no labelled frames"),
        ([*ask("none.keras", frames, tmp_path), "--height", "0"], "network size must be positive, got 0x176"),
    ):
        with pytest.raises(SystemExit):
            export.main(given)
        assert words in capsys.readouterr().err


def inside(path, change, target):
    """Write a .keras file again with another description."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, json.dumps(change(json.loads(data))).encode() if name == "config.json" else data)


def hostile(kind, folder, trap):
    """A file that would make the trap's folder, if it could run anything."""
    code = f"import os; os.mkdir({str(trap)!r})"
    if kind == "lambda.keras" or kind == "lambda.h5":
        image = keras.Input(SIZE)
        x = layers.Lambda(lambda x: x, output_shape=SIZE)(image)
        model = keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))
        model.save(folder / f"plain{kind[6:]}")
        compiled = compile(f"(lambda x: (exec({code!r}), x)[1])", "trap", "eval").co_consts[0]
        encoded = base64.b64encode(marshal.dumps(compiled)).decode()
        if kind == "lambda.keras":
            text = json.loads(zipfile.ZipFile(folder / "plain.keras").read("config.json"))
            layer = next(part for part in text["config"]["layers"] if part["class_name"] == "Lambda")
            value = {"code": encoded, "defaults": None, "closure": None}
            layer["config"]["function"] = {"class_name": "__lambda__", "config": value}
            inside(folder / "plain.keras", lambda _: text, folder / kind)
        else:
            with h5py.File(folder / "plain.h5", "a") as file:
                text = json.loads(file.attrs["model_config"])
                layer = next(part for part in text["config"]["layers"] if part["class_name"] == "Lambda")
                layer["config"]["function"] = [encoded, None, None]
                layer["config"]["function_type"] = "lambda"
                file.attrs["model_config"] = json.dumps(text)
            (folder / "plain.h5").rename(folder / kind)
        return folder / kind
    network().save(folder / "plain.keras")

    def change(text):
        layer = text["config"]["layers"][1]
        if kind == "module.keras":
            layer["module"], layer["class_name"], layer["registered_name"] = "os", "mkdir", "mkdir"
            layer["config"] = {"path": str(trap)}
        elif kind == "nested.keras":
            call = {"module": "os", "class_name": "function", "config": "mkdir", "registered_name": "mkdir"}
            layer["config"]["kernel_initializer"] = {"module": "keras.initializers", "class_name": "Constant"}
            layer["config"]["kernel_initializer"]["config"] = {"value": call}
        elif kind == "function.keras":
            call = {"module": "keras.models", "class_name": "function", "config": "load_model"}
            layer["config"]["kernel_initializer"] = call
        elif kind == "elsewhere.keras":
            layer["module"] = "os"
        elif kind == "registered.keras":
            layer["registered_name"] = "Own>Layer"
        else:
            layer["class_name"], layer["config"] = "TFSMLayer", {"filepath": str(folder / "saved")}
        return text

    inside(folder / "plain.keras", change, folder / kind)
    return folder / kind


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("lambda.keras", "__lambda__, keras.layers.Lambda"),
        ("lambda.h5", "Lambda"),
        ("module.keras", "os.mkdir"),
        ("nested.keras", "os.function"),
        ("function.keras", "keras.models.function"),
        ("elsewhere.keras", "os.Conv2D"),
        ("registered.keras", "Own>Layer"),
        ("graph.keras", "keras.layers.TFSMLayer"),
    ],
)
def test_nothing_in_a_hostile_file_is_run(kind, named, frames, tmp_path, capsys):
    trap = tmp_path / "trap"
    file = hostile(kind, tmp_path, trap)
    sentence = refused(ask(file, frames, tmp_path / "weights"), capsys, tmp_path / "weights")
    assert f"{kind} names {named}: code of its own" in sentence and "Traceback" not in sentence
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["lambda.keras", "lambda.h5"])
def test_keras_own_guard_stands_behind_the_list(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(safe_load, "_disallowed", lambda _: [])
    with pytest.raises(ValueError, match="cannot be read by Keras"):
        safe_load.load_model(hostile(kind, tmp_path, tmp_path / "trap"))


def test_what_would_compile_a_network_is_not_read(tmp_path):
    network().save(tmp_path / "plain.keras")
    call = {"module": "os", "class_name": "mkdir", "config": {"path": str(tmp_path / "trap")}}
    inside(tmp_path / "plain.keras", lambda text: text | {"compile_config": {"loss": call}}, tmp_path / "mine.keras")
    assert not safe_load.load_model(tmp_path / "mine.keras").compiled
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize("kind", ["lambda.keras", "lambda.h5"])
def test_the_trap_is_a_real_one(kind, tmp_path):
    """Read by Keras with its guard off, the same files run."""
    trap = tmp_path / "trap"
    file = hostile(kind, tmp_path, trap)
    model = keras.saving.load_model(file, compile=False, safe_mode=False)
    model(np.zeros((1, *SIZE), np.float32))
    assert trap.exists()


def test_an_archive_with_more_than_a_network_is_refused(frames, tmp_path, capsys):
    network().save(tmp_path / "mine.keras")
    with zipfile.ZipFile(tmp_path / "mine.keras", "a") as file:
        file.writestr("assets/run.py", "raise SystemExit")
    sentence = refused(ask(tmp_path / "mine.keras", frames, tmp_path / "weights"), capsys, tmp_path / "weights")
    assert "holds assets/run.py beside the network" in sentence
