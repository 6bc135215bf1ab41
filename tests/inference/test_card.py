"""Cards: written whole, read back the same, and refused in one sentence when they are none."""

import json
import os
import shutil
from dataclasses import replace

import pytest

from neuroscan.imaging.preprocess import Settings
from neuroscan.inference import card as cards
from neuroscan.inference.card import Card
from neuroscan.inference.publish import publish
from tests.closed import close

CARD = Card(
    name="unet",
    architecture="unet",
    parameters=950_000,
    multiply_adds=870_000_000,
    preprocess=Settings(64, 96, crop=False, denoise="lee"),
    sources={"uns": 0.7, "usgra": 0.3},
    subjects={"train": ["uns/2"], "validation": ["uns/3"], "test": ["uns/1", "usgra/like-0001"]},
    seed=1,
    commit="abc+",
    threshold=0.47,
    presence_threshold=0.31,
    onnx_sha256="00",
    presence_from="map",
    temperature=1.3,
    bias=-0.4,
    chosen_on="12 frames of 3 subjects – pooled",
    scores=[{"split": "test", "source": "uns", "gate": True, "n_present": 12, "dice_frames": 0.76}],
    area_share={"uns": [0.01, 0.03, 0.07]},
    steadiness={"unsteady": [2, 3], "steady": [1, 40]},
    latency={"p50_ms": 12.5, "real_time": True},
    limits=["Research only."],
    terms={"uns": "Kaggle’s terms"},
    notes={"more": [1, 2, {"deep": None}]},
)


def test_a_card_comes_back_as_it_was(tmp_path):
    cards.write(CARD, tmp_path)
    assert cards.read(tmp_path) == CARD
    assert [path.name for path in tmp_path.iterdir()] == [cards.CARD_FILE]  # nothing half-written beside it
    cards.write(replace(CARD, seed=2), tmp_path)
    assert cards.read(tmp_path).seed == 2


def test_a_card_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    cards.write(CARD, tmp_path)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        cards.write(replace(CARD, seed=2), tmp_path)
    assert cards.read(tmp_path) == CARD


def test_thresholds_may_be_any_probability():
    card = replace(CARD, threshold=1.0, presence_threshold=0)
    assert (card.threshold, card.presence_threshold) == (1, 0)


def test_what_a_card_need_not_say_has_a_default(tmp_path):
    needed = ["name", "architecture", "parameters", "multiply_adds", "preprocess", "sources", "subjects", "seed"]
    needed += ["commit", "threshold", "presence_threshold", "onnx_sha256"]
    cards.write(CARD, tmp_path)
    values = json.loads((tmp_path / cards.CARD_FILE).read_text())
    (tmp_path / cards.CARD_FILE).write_text(json.dumps({name: values[name] for name in needed}))
    found = cards.read(tmp_path)
    assert (found.presence_from, found.temperature, found.bias, found.scores) == ("head", 1.0, 0.0, [])
    for name in needed:
        less = {other: values[other] for other in needed if other != name}
        (tmp_path / cards.CARD_FILE).write_text(json.dumps(less))
        with pytest.raises(ValueError, match=name):
            cards.read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"threshold": 1.5}, r"threshold must lie in \[0, 1\], got 1.5"),
        ({"presence_threshold": -0.1}, "presence_threshold must lie"),
        ({"threshold": "high"}, "no model card"),
        ({"threshold": float("nan")}, "it holds the number NaN"),
        ({"presence_from": "tail"}, "'head', 'map' or 'both', got 'tail'"),
        ({"presence_from": "both"}, "presence_coefficients must be three numbers"),
        ({"presence_coefficients": [1, 2, 3]}, "presence_coefficients must be three numbers"),
        ({"temperature": 0}, "temperature must be positive and finite, got 0"),
        ({"temperature": float("inf")}, "it holds the number Infinity"),
        ({"colour": "red"}, "unknown entries colour"),
        ({"preprocess": {"height": 64, "width": 96, "denoise": "magic"}}, "denoise must be one of"),
        ({"preprocess": {"depth": 3}}, "depth"),
        ({"preprocess": {"height": 64.5}}, "whole numbers of pixels"),
        ({"preprocess": {"crop": "no"}}, "crop true or false"),
        ({"preprocess": None}, "no model card"),
        ({"sources": None}, "sources must be of type dict.str, float., got None"),
        ({"limits": "abc"}, "limits must be of type list.str., got 'abc'"),
        ({"scores": [{}]}, "rows with source, split and gate"),
        ({"scores": [3]}, r"scores must be of type list.dict.str, Any.., got .3."),
        ({"subjects": {"test": None}}, "subjects must be of type dict.str, list.str.., got"),
        ({"subjects": {"test": [3]}}, "subjects must be of type"),
        ({"limits": [3]}, "limits must be of type"),
        ({"sources": {"uns": "much"}}, "sources must be of type"),
        ({"latency": {"p50_ms": "quick"}}, "latency must be of type"),
        ({"threshold": True}, r"threshold must lie in .0, 1., got True"),
        ({"bias": 10**400}, "it holds the number 10000000000000000000;"),
        ({"scores": [{"source": "a", "split": "test"}]}, "rows with source, split and gate"),
        *(
            ({"scores": [{"source": "a", "split": "test", "gate": True, name: "many"}]}, f"{name} must be a number")
            for name in ("n_absent", "n_subjects_absent", "presence_specificity", "dice_subjects")
        ),
        ({"limits": ["\ud800"]}, "text that cannot be written out"),
        ({"area_share": {"uns": [0.1, 0.2]}}, "area_share must be three numbers a source"),
        ({"steadiness": {"steady": [3]}}, "steadiness must be two counts a kind"),
        ({"steadiness": {"steady": [1, 2, 3]}}, "steadiness must be two counts a kind"),
        ({"steadiness": {"unsteady": [0, 2], "steady": [4, 3]}}, "wrong and all, got"),
        ({"steadiness": {"steady": [-1, 3]}}, "steadiness must be two counts a kind"),
        ({"steadiness": {"steady": [0.5, 3]}}, "steadiness must be of type"),
    ],
)
def test_a_card_with_a_wrong_entry_is_refused(changes, words, tmp_path):
    cards.write(CARD, tmp_path)
    values = json.loads((tmp_path / cards.CARD_FILE).read_text())
    (tmp_path / cards.CARD_FILE).write_text(json.dumps(values | changes))
    with pytest.raises(ValueError, match=words) as error:
        cards.read(tmp_path)
    assert f"{tmp_path.name}/card.json is no model card" in str(error.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"3", b"null", b'"card"', b"\xff\xfe{}", b'["name"]'])
def test_a_file_that_is_no_card_is_refused(data, tmp_path):
    (tmp_path / cards.CARD_FILE).write_bytes(data)
    with pytest.raises(ValueError, match="is no model card"):
        cards.read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"threshold": float("nan")}, "threshold must lie"),
        (
            {"presence_from": "both", "presence_coefficients": [1, float("nan"), 0]},
            "presence_coefficients must be three numbers",
        ),
        ({"temperature": float("nan")}, "temperature must be positive"),
        ({"temperature": float("inf")}, "temperature must be positive"),
        ({"bias": float("nan")}, "bias must be finite"),
        ({"bias": -float("inf")}, "bias must be finite"),
    ],
)
def test_no_card_is_made_with_a_number_that_is_none(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(CARD, **changes)


def test_no_card_is_refused_too(tmp_path):
    with pytest.raises(ValueError, match=r"card\.json is no model card") as error:
        cards.read(tmp_path / "nowhere")
    assert str(error.value) == "nowhere/card.json is no model card: No such file or directory"  # and no path


def test_a_file_nested_beyond_reading_is_refused_too(tmp_path):
    (tmp_path / cards.CARD_FILE).write_text("[" * 100_000)
    with pytest.raises(ValueError, match="is no model card"):
        cards.read(tmp_path)


@pytest.mark.parametrize(
    ("sources", "synthetic"),
    [({"uns": 1.0}, False), ({"uns": 0.5, "phantom": 0.5}, True), ({"demo_phantoms": 1.0}, True)],
)
def test_a_model_of_simulated_frames_says_so(sources, synthetic):
    assert replace(CARD, sources=sources).synthetic is synthetic


def test_false_alarms_are_counted_by_source_at_the_cards_thresholds():
    def row(**values):
        return {"split": "test", "source": "uns", "gate": True, "n_absent": 26, "presence_specificity": 0.1154} | values

    others = [
        row(gate=False, presence_specificity=1.0),
        row(split="validation", n_absent=9),
        row(source="usgra", n_absent=0),
    ]
    scores = [row(n_subjects_absent=1), *others]
    scores.append(row(source="phantom", n_absent=4, n_subjects_absent=2, presence_specificity=0.75))
    assert replace(CARD, scores=scores).false_alarms == {"uns": (23, 26, 1), "phantom": (1, 4, 2)}
    assert CARD.false_alarms == {}


@pytest.mark.parametrize(
    "change",
    [
        {"onnx_sha256": "11"},
        {"flip_tta": True},
        {"coarse_to_fine": True},
        {"temperature": 2.0},
        {"bias": 0.5},
        {"preprocess": Settings(64, 88)},
        {"presence_from": "head"},
        {"presence_from": "both", "presence_coefficients": [1.0, 2.0, 3.0]},
    ],
    ids=lambda change: " ".join(change),
)
def test_what_changes_a_prediction_changes_its_key(change):
    assert replace(CARD, **change).prediction_key != CARD.prediction_key


@pytest.mark.parametrize("change", [{"name": "b"}, {"limits": []}, {"threshold": 0.6}, {"presence_threshold": 0.9}])
def test_what_changes_no_prediction_does_not(change):
    assert replace(CARD, **change).prediction_key == CARD.prediction_key


@pytest.mark.parametrize(("temperature", "bias", "calibrated"), [(1, 0, False), (1, -0.4, True), (1.3, 0, True)])
def test_a_bias_alone_is_a_calibration_too(temperature, bias, calibrated):
    assert replace(CARD, temperature=temperature, bias=bias).is_calibrated is calibrated


def test_a_fused_presence_score_follows_from_coefficients_and_threshold_too():
    fused = replace(CARD, presence_from="both", presence_coefficients=[1.0, 2.0, 3.0])
    others = [replace(fused, presence_coefficients=[1.0, 2.0, 4.0]), replace(fused, threshold=0.6)]
    assert len({card.prediction_key for card in (fused, *others)}) == 3


def test_a_split_that_a_card_leaves_out_has_nobody():
    assert replace(CARD, subjects={"test": ["uns/1"]}).subjects == {"train": [], "validation": [], "test": ["uns/1"]}


def test_what_is_not_known_of_false_alarms_is_not_counted():
    row = {"split": "test", "source": "uns", "gate": True, "n_absent": 5}
    known = row | {"source": "own", "presence_specificity": 0.8, "n_subjects_absent": None}
    assert replace(CARD, scores=[row, known]).false_alarms == {"own": (1, 5, 0)}


@pytest.mark.parametrize(("notes", "seen"), [({}, None), ({"frames_seen": "many"}, None), ({"frames_seen": 512}, 512)])
def test_frames_seen_are_a_number_or_unknown(notes, seen):
    assert replace(CARD, notes=notes).frames_seen == seen


def test_a_folder_inside_a_models_folder_is_passed_over_in_publishing(tmp_path):
    (tmp_path / "made" / ".ipynb_checkpoints").mkdir(parents=True)
    cards.write(CARD, tmp_path / "made")
    publish(tmp_path / "made", tmp_path / "unet")
    assert [path.name for path in (tmp_path / "unet").iterdir()] == [cards.CARD_FILE]


def test_a_card_is_replaced_last_and_nothing_half_written_is_left(tmp_path):
    """Until then it speaks of another network than lies beside it, which the app says."""
    for folder in ("made", "unet"):
        (tmp_path / folder).mkdir()
    cards.write(replace(CARD, seed=2), tmp_path / "made")
    (tmp_path / "made" / cards.ONNX_FILE).write_bytes(b"new")
    cards.write(CARD, tmp_path / "unet")
    (tmp_path / "unet" / cards.ONNX_FILE).mkdir()  # so that it cannot be replaced
    with pytest.raises(OSError, match=cards.ONNX_FILE):
        publish(tmp_path / "made", tmp_path / "unet")
    assert cards.read(tmp_path / "unet") == CARD
    assert {path.name for path in (tmp_path / "unet").iterdir()} == {cards.CARD_FILE, cards.ONNX_FILE}


def test_test_dice_is_that_over_subjects_with_the_gate_off():
    def row(**values):
        return {"split": "test", "source": "uns", "gate": False, "dice_subjects": 0.7} | values

    others = [row(gate=True, dice_subjects=0.1), row(split="validation", dice_subjects=0.2)]
    without = [row(source="absent", dice_subjects=None), {"split": "test", "source": "bare", "gate": False}]
    assert replace(CARD, scores=[row(), *others, *without]).test_dice == {"uns": 0.7}
    assert CARD.test_dice == {}


def test_models_are_listed_by_folder_and_the_rest_is_told(stand_in, tmp_path):
    shutil.copytree(stand_in.weights / "blob", tmp_path / "b")
    shutil.copytree(stand_in.weights / "blob", tmp_path / "a")
    for name in ("cardless", "broken", "empty"):
        shutil.copytree(stand_in.weights / "blob", tmp_path / name)
    (tmp_path / "cardless" / cards.CARD_FILE).unlink()
    (tmp_path / "broken" / cards.CARD_FILE).write_text("{")
    (tmp_path / "empty" / cards.ONNX_FILE).unlink()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.txt").write_text("nothing of ours")
    found, problems = cards.find(tmp_path)
    assert list(found) == ["a", "b"] == [card.name for card in found.values()]  # both cards say blob
    assert len(problems) == 3
    assert problems[0].startswith("broken/card.json is no model card")
    assert problems[1].startswith("cardless/card.json is no model card")
    assert problems[2] == "empty has a card but no model.onnx"
    assert cards.find(tmp_path / "nowhere") == ({}, [])


def test_a_folder_whose_name_is_no_text_is_told_and_hides_no_model(stand_in, tmp_path):
    shutil.copytree(stand_in.weights / "blob", tmp_path / "a")
    shutil.copytree(stand_in.weights / "blob", tmp_path / os.fsdecode(b"\xff"))
    found, problems = cards.find(tmp_path)
    assert list(found) == ["a"]
    assert problems == [r"\udcff: the folder's name is no text; give it another one"]


def test_a_closed_folder_is_told_and_hides_no_model(stand_in, tmp_path, monkeypatch):
    for name in ("a", "lost"):
        shutil.copytree(stand_in.weights / "blob", tmp_path / name)
    (tmp_path / "lost" / "inside").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "lost" / "inside")
    shutil.copytree(stand_in.weights / "blob", tmp_path / "hollow")
    (tmp_path / "hollow" / "model.onnx").unlink()
    (tmp_path / "hollow" / "model.onnx").symlink_to(tmp_path / "lost" / "model.onnx")
    close(monkeypatch, tmp_path / "lost")
    found, problems = cards.find(tmp_path)
    assert list(found) == ["a"]
    why = "is a folder that may not be opened; change its permissions"
    assert problems == ["hollow has a card but no model.onnx", f"linked {why}", f"lost {why}"]
    close(monkeypatch, tmp_path)
    assert cards.find(tmp_path) == ({}, [f"{tmp_path.name} is a folder that may not be opened; change its permissions"])


def test_a_network_that_is_not_the_cards_is_told(tmp_path):
    path = tmp_path / cards.ONNX_FILE
    with pytest.raises(ValueError, match=r"has a card but no model\.onnx$"):
        cards.check_onnx(tmp_path, CARD)
    path.write_bytes(b"abc")
    cards.check_onnx(tmp_path, replace(CARD, onnx_sha256=cards.sha256(path)))
    with pytest.raises(ValueError, match=r"model\.onnx is not the file .* ba7816bf8f01…, card says 00…\); export"):
        cards.check_onnx(tmp_path, CARD)
    path.unlink()
    path.mkdir()  # which is opened no more than what one may not read
    with pytest.raises(ValueError, match=r"model\.onnx cannot be read: "):
        cards.check_onnx(tmp_path, CARD)


def test_sha256_of_a_known_text(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert cards.sha256(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
