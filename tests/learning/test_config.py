import json
from pathlib import Path

import pytest

from neuroscan.learning import config as configs
from neuroscan.learning.config import Augmentation, Config

SHIPPED = sorted((Path(__file__).parents[2] / "training" / "configs").glob("*.toml"))


def write(folder, text):
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_toml_names_what_differs_from_the_defaults(tmp_path):
    options = 'epochs = 3\nlearning_rate = 1\n[sources]\nown = 1\n[preprocess]\ndenoise = "lee"\n'
    made = configs.read(write(tmp_path, options + "[augmentation]\nflip = 0\n"))
    assert (made.epochs, made.learning_rate, made.sources) == (3, 1, {"own": 1})
    assert made.preprocess.denoise == "lee" and made.preprocess.width == Config().preprocess.width
    assert made.augmentation == Augmentation(flip=0)
    assert made.steps_per_epoch == Config().steps_per_epoch


def test_every_option_is_described():
    assert set(configs.options()) <= set(configs.descriptions())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 3", "unknown option epoch in the top level; known are .*epochs"),
        (
            "[augmentation]\nhaze = 1",
            r"unknown option haze in \[augmentation\]; known are amplitude_mix, aspect, bias_field, blur",
        ),
        ("[augmentation]\nspeckle = -1", r"augmentation.speckle must lie in \[0, 10\], got -1"),
        ("[augmentation]\nrotation = nan", r"augmentation.rotation must lie in \[0, 180\], got nan"),
        ("learning_rate = -1", "learning_rate must lie in .*, got -1"),
        ("unaltered_share = 2", r"unaltered_share must lie in \[0, 1\], got 2"),
        ("[preprocess]\nheight = 0", "network size must be positive, got 0x176"),
        ("epochs = 'ten'", "epochs in the top level must be of type int, got 'ten'"),
        ("epochs = 2.5", "must be of type int, got 2.5"),
        ("epochs = true", "must be of type int, got True"),
        ("[preprocess]\ncrop = 1", r"crop in \[preprocess\] must be of type bool, got 1"),
        ("preprocess = 3", r"\[preprocess\] must be a table of options, got 3"),
        ("[sources]\nown = 'much'", "sources must name data sets with weights"),
        ("[preprocess]\nheight = 1000000000", r"preprocess.height must lie in \[1, 4096\], got 1000000000"),
        ("epochs = ", "not a readable TOML file"),
        ("seed = " + "9" * 5000, "not a readable TOML file"),
        ("a = " + "[" * 5000, "not a readable TOML file"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(text, words, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=words) as error:
        configs.read(path)
    assert str(error.value).startswith(f"{path.name}: ")


def test_a_file_that_an_editor_on_windows_wrote_is_a_config(tmp_path):
    (tmp_path / "run.toml").write_text('epochs = 3\nname = "ä"\n', encoding="utf-8-sig", newline="\r\n")
    made = configs.read(tmp_path / "run.toml")
    assert (made.epochs, made.name) == (3, "ä")


def test_a_file_in_another_encoding_is_no_config(tmp_path):
    (tmp_path / "run.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ValueError, match=r"^run\.toml: not a readable TOML file"):
        configs.read(tmp_path / "run.toml")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"schedule": "step"}, "'cosine' or 'plateau', got 'step'"),
        ({"name": "../unet"}, "plain folder name, got '../unet'"),
        ({"name": ".."}, "plain folder name"),
        ({"name": ""}, "plain folder name"),
        ({"name": "a\0b"}, r"plain folder name, got 'a\\x00b'; it may"),
        ({"name": "a\\b"}, "plain folder name"),
        ({"name": "a\nb"}, "plain folder name"),
        ({"name": "a" * 5000}, r"plain folder name, got 'a{79}; it may hold up to 120 letters"),
        ({"absent_share": 1.0}, r"absent_share must lie in \[0, 0.99\], got 1.0"),
        ({"sources": {}}, "sources must name"),
        ({"sources": {"own": -1.0, "other": 2.0}}, "sources must name"),
        (
            {"sources": {"own": 1.0, "other": 0.0}},
            "sources must name data sets with weights over 0, got .*; leave others",
        ),
        ({"seed": -1}, r"seed must lie in \[0, 2\^32\), got -1"),
        ({"seed": 2**32}, r"seed must lie in \[0, 2\^32\), got 4294967296"),
        (
            {"presence_source_weights": {"usgra": -1.0}},
            "presence_source_weights must name sources with weights of 0 or more",
        ),
        ({"presence_source_weights": {"phantoms": 1.0}}, "presence_source_weights must .*, got {'phantoms': 1.0}"),
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"devices": 0}, "devices must be 1 or more"),
        ({"batch_size": 16, "devices": 3}, "batch_size must be a multiple of devices, got 16 frames for 3 devices"),
        ({"split": "patients"}, "split must be 'subjects', or 'frames' without folds, got 'patients'"),
        ({"split": "frames", "folds": 5, "fold": 1}, "got 'frames' with folds = 5"),
        ({"folds": 5}, r"folds must be 3 or more .* got folds = 5, fold = 0"),
        ({"folds": 2, "fold": 1}, "got folds = 2, fold = 1"),
        ({"fold": 1}, "got folds = 0, fold = 1"),
        ({"frozen_epochs": 2}, "only mobilenet has an encoder"),
        ({"architecture": "mobilenet", "frozen_epochs": 3, "patience": 2}, r"patience must be frozen_epochs \(3\) or"),
        ({"architecture": "mobilenet", "epochs": 3, "frozen_epochs": 3}, r"frozen_epochs must lie in \[0, 3\)"),
    ],
)
def test_values_that_make_no_run_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        Config(**values)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.toml: not a readable TOML file"):
        configs.read(tmp_path / "none.toml")


def test_plain_values_and_back_through_json():
    made = Config(name="own", sources={"own": 1.0}, augmentation=Augmentation(gamma=0.1))
    assert configs.from_dict(json.loads(json.dumps(made.as_dict()))) == made


def test_flags_win_over_the_file_and_leave_the_rest(tmp_path):
    read = configs.read(write(tmp_path, "epochs = 3\nsteps_per_epoch = 4\n[augmentation]\ngamma = 0.2\nflip = 0\n"))
    made = configs.override(read, {"epochs": 9, "augmentation.gamma": 0.7, "preprocess.width": 64})
    assert (made.epochs, made.steps_per_epoch) == (9, 4)
    assert (made.augmentation.gamma, made.augmentation.flip) == (0.7, 0)
    assert (made.preprocess.width, made.preprocess.height) == (64, Config().preprocess.height)
    assert configs.override(read, {}) == read


def test_every_option_is_offered_by_dotted_name_with_its_default():
    offered = configs.options()
    assert configs.override(Config(), offered) == Config()
    assert {"epochs", "sources", "preprocess.denoise", "augmentation.gamma"} <= set(offered)
    assert not {"preprocess", "augmentation"} & set(offered)


@pytest.mark.parametrize("path", SHIPPED, ids=[path.name for path in SHIPPED])
def test_shipped_configs_are_read(path):
    assert configs.read(path).name == path.stem
