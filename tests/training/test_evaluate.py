"""python -m training.evaluate: a model's own test subjects, beside what it must beat."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neuroscan import config
from neuroscan.data import annotations, codecs, dataset, splits
from neuroscan.data.codecs import encode_png
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning import score
from tests import own_data, scored_models
from training import baselines, evaluate, frames


def ask(models, data, *more, weights=("tiny",)):
    return ["--weights", *weights, "--models", str(models), "--data", str(data), *more]


def refused(capsys, given):
    with pytest.raises(SystemExit) as ended:
        evaluate.main(given)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(scope="module")
def table(trained, tmp_path_factory):
    """Rows of the model and the baselines on its test subjects."""
    output = tmp_path_factory.mktemp("table") / "rows.csv"
    assert evaluate.main(ask(trained.weights, trained.data, "--output", str(output))) == 0
    return pd.read_csv(output)


def test_the_table_carries_the_disclaimer(table):
    assert set(table["note"]) == {config.DISCLAIMER}


def test_test_subjects_alone_are_scored_and_once_with_each_gate(trained, table):
    card = cards.read(trained.weights / "tiny")
    assert set(table["source"] + "/" + table["subject"].astype(str)) == set(card.subjects["test"])
    own = table[table["model"] == "tiny"]
    assert len(own) == 2 * own["frame"].nunique() == 2 * 3 * len(card.subjects["test"])
    assert own.groupby("frame")["gate"].apply(sorted).map(tuple).unique().tolist() == [(False, True)]


def test_scores_are_those_of_the_card_and_of_its_table(trained, table):
    card = cards.read(trained.weights / "tiny")
    own = table[table["model"] == "tiny"].drop(columns="note").reset_index(drop=True)
    kept = pd.read_csv(trained.weights / "tiny" / cards.FRAMES_FILE)
    pd.testing.assert_frame_equal(own, kept, rtol=1e-4, check_dtype=False)
    (scores,) = [row for row in card.scores if row["split"] == "test" and not row["gate"]]
    positive = own[own["present_true"] & ~own["gate"]]
    assert positive["dice"].mean() == pytest.approx(scores["dice_frames"], abs=1e-4)


def test_with_a_spacing_surface_scores_are_in_mm_too(trained, tmp_path, capsys):
    output = tmp_path / "rows.csv"
    given = ask(trained.weights, trained.data, "--no-baselines", "--output", str(output), "--spacing", "0.1", "0.1")
    assert evaluate.main(given) == 0
    rows = pd.read_csv(output)
    assert rows["hd95_mm"].to_numpy() == pytest.approx(0.1 * rows["hd95"].to_numpy())
    assert "hd95_mm" in capsys.readouterr().out
    assert evaluate.main([*given[:-2], "0.1", "0.3"]) == 0
    predictor = Predictor(trained.weights / "tiny")
    samples = evaluate.chosen(frames.grouped(trained.data), predictor.card, "test")
    for column in ("hd95_mm", "nsd_mm"):  # a row is 0.1 mm from the next one, a column 0.3 mm
        expected = score.evaluate(predictor, samples, spacing=(0.1, 0.3)).rows[column]
        assert pd.read_csv(output)[column].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-4)
    assert "--spacing takes two lengths above 0" in refused(capsys, [*given, "--spacing", "0", "0.1"])


def test_each_source_has_an_average_mask_of_its_own(tmp_path):
    """Nerves lie elsewhere on another machine's frames: a mean over all would be too easy to beat."""
    for source, columns in {"left": slice(4, 20), "right": slice(40, 56)}.items():
        (tmp_path / source).mkdir()
        for subject in (1, 2):
            mask = np.zeros((40, 60), np.uint8)
            mask[10:30, columns] = 255
            image = np.random.default_rng([subject, columns.start]).integers(0, 255, mask.shape, np.uint8)
            (tmp_path / source / f"{subject}_1.png").write_bytes(encode_png(image))
            (tmp_path / source / f"{subject}_1_mask.png").write_bytes(encode_png(mask))
            for number in (2, 3, 4):  # which are none to take an average of
                (tmp_path / source / f"{subject}_{number}.png").write_bytes(encode_png(image))
                (tmp_path / source / f"{subject}_{number}_mask.png").write_bytes(encode_png(0 * mask))
    samples = dataset.load(tmp_path).samples
    samples = samples.assign(group=splits.group_keys(samples))
    held = samples["subject"] == "2"
    rows = pd.concat(baselines.score(samples[~held], samples[held]))
    average = rows[(rows["model"] == "average mask") & ~rows["gate"] & rows["present_true"]]
    assert average["source"].tolist() == ["left", "right"] and average["dice"].min() > 0.95


def test_what_a_model_must_beat_stands_beside_it(table):
    assert set(table["model"]) == {"tiny", "nothing anywhere", "average mask"}
    nothing = table[table["model"] == "nothing anywhere"]
    assert (nothing["dice"] == (~nothing["present_true"]).astype(float)).all()
    assert not nothing["presence"].any() and not nothing["present_pred"].any()
    average = table[(table["model"] == "average mask") & table["present_true"]]
    assert average["dice"].mean() > 0.1


def test_average_masks_are_those_of_training_subjects(trained, table):
    card, samples = cards.read(trained.weights / "tiny"), frames.grouped(trained.data)
    training, test = (samples[samples["group"].isin(card.subjects[split])] for split in ("train", "test"))
    expected = pd.concat(baselines.score(training, test), ignore_index=True)
    found = table[table["model"] != "tiny"].reset_index(drop=True)
    assert found["dice"].to_numpy() == pytest.approx(expected["dice"].to_numpy(), rel=1e-4)


def test_without_an_update_nothing_is_written_beside_the_models(trained, own_copy):
    def held():
        return {path: path.read_bytes() for path in own_copy.rglob("*") if path.is_file()}

    before = held()
    assert evaluate.main(ask(own_copy, trained.data)) == 0
    assert held() == before


def test_the_headline_is_printed_by_source_and_gate(trained, capsys):
    assert evaluate.main(ask(trained.weights, trained.data, "--no-baselines")) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    number = 3 * len(cards.read(trained.weights / "tiny").subjects["test"])
    assert lines[0] == f"test frames of data: {number}"
    assert lines[1].split()[:3] == ["model", "source", "gate"] and "dice_subjects" in lines[1]
    assert [line.split()[:3] for line in lines[2:]] == [["tiny", "own", "False"], ["tiny", "own", "True"]]
    card = cards.read(trained.weights / "tiny")
    for gate, line in zip((False, True), lines[2:], strict=True):
        found = dict(zip(lines[1].split(), line.split(), strict=True))
        (scores,) = [row for row in card.scores if row["split"] == "test" and row["gate"] == gate]
        presence = [f"presence_{name}" for name in ("sensitivity", "specificity", "auc")]
        for name in ("dice_frames", "dice_subjects", "kaggle_dice", *presence):
            assert float(found[name]) == pytest.approx(scores[name], abs=1e-3)
        assert {"dice_subjects_low", "dice_subjects_high"} <= set(found)  # unknown of one subject


def test_two_models_are_compared_by_source(trained, tmp_path, capsys):
    altered(trained, tmp_path)
    shutil.copytree(tmp_path / "tiny", tmp_path / "twin")  # whose card calls it tiny, too
    given = ["--weights", "tiny", "twin", "--models", str(tmp_path), "--data", str(trained.data), "--no-baselines"]
    assert evaluate.main(given) == 0
    *_, words, names, numbers = capsys.readouterr().out.strip().splitlines()
    assert "paired by subject" in words
    found = dict(zip(names.split(), numbers.split(), strict=True))
    assert (found["source"], found["model_a"], found["model_b"]) == ("own", "tiny", "twin")
    assert (float(found["difference"]), float(found["p_holm"]), found["significant"]) == (0, 1, "False")


def test_models_that_share_no_frame_are_not_compared(trained, tmp_path, capsys):
    subjects = cards.read(trained.weights / "tiny").subjects
    altered(trained, tmp_path)
    twin = {**subjects, "test": subjects["validation"], "validation": subjects["test"]}
    altered(trained, tmp_path / "other", subjects=twin)
    (tmp_path / "other" / "tiny").rename(tmp_path / "twin")
    given = ["--weights", "tiny", "twin", "--models", str(tmp_path), "--data", str(trained.data), "--no-baselines"]
    assert evaluate.main(given) == 0
    assert capsys.readouterr().out.strip().endswith("no frame with a nerve was scored by every model")


def test_a_simulated_source_is_called_synthetic_wherever_it_is_printed():
    rows = pd.concat([scored_models.frames(name, 0.7, source="phantom_demo", subjects=2) for name in ("one", "two")])
    assert (
        set(evaluate._headline(rows)["source"]) == set(evaluate._duels(rows)["source"]) == {"phantom_demo (synthetic)"}
    )


def test_models_meet_on_the_frames_with_a_nerve_that_all_of_them_share():
    one, two, three = (scored_models.frames(name, dice) for name, dice in (("one", 0.8), ("two", 0.7), ("three", 0.6)))
    lost = two[two["frame"] != "4_1"]  # of subject 4 its other frame is left
    extra = scored_models.frames("one", 0.9, source="alone")
    absent = pd.concat([scored_models.frames(name, 0.5, source="empty") for name in ("one", "two")])
    absent = absent[~absent["present_true"]]
    found = evaluate._duels(pd.concat([one[one["subject"] != "9"], lost, three, extra, absent]))
    assert found["source"].tolist() == 3 * ["many"] and found["n_subjects"].tolist() == [9, 9, 9]
    pairs = list(zip(found["model_a"], found["model_b"], strict=True))
    assert pairs == [("one", "two"), ("one", "three"), ("two", "three")]
    assert found["difference"].to_numpy() == pytest.approx([0.1, 0.2, 0.1])


def test_another_label_of_palette_masks_may_be_the_nerve(trained, table, tmp_path):
    shutil.copytree(trained.data, tmp_path / "data")
    for path in (tmp_path / "data").rglob("*_mask.png"):
        labels = (codecs.read_mask(path) * np.uint8(2)).astype(np.uint8)
        labels[:3, :3] = 1  # and something else in a corner
        path.write_bytes(encode_png(labels))
    output = tmp_path / "rows.csv"
    assert evaluate.main(ask(trained.weights, tmp_path / "data", "--label", "2", "--output", str(output))) == 0
    pd.testing.assert_frame_equal(pd.read_csv(output), table)


@pytest.mark.parametrize(("split", "subjects"), [("validation", None), ("train", None), ("all", 6)])
def test_another_split_by_name(split, subjects, trained, tmp_path):
    output = tmp_path / "rows.csv"
    given = ask(trained.weights, trained.data, "--split", split, "--no-baselines", "--output", str(output))
    assert evaluate.main(given) == 0
    card = cards.read(trained.weights / "tiny")
    assert pd.read_csv(output)["subject"].nunique() == (subjects or len(card.subjects[split]))


def altered(trained, folder, **changes):
    """The model with another card."""
    shutil.copytree(trained.weights / "tiny", folder / "tiny")
    path = folder / "tiny" / cards.CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


@pytest.mark.parametrize("side", ["train", "validation"])
def test_a_test_subject_that_was_trained_on_fails_by_name(side, trained, tmp_path, capsys):
    subjects = cards.read(trained.weights / "tiny").subjects
    torn = subjects["test"][0]
    models = altered(trained, tmp_path, subjects=subjects | {side: [*subjects[side], torn]})
    assert f"test subjects were trained on: {torn}" in refused(capsys, ask(models, trained.data))


@pytest.fixture
def own_copy(trained, tmp_path):
    """The model in a folder of its own, without its tables, and with a test score that is wrong."""
    card = json.loads((trained.weights / "tiny" / cards.CARD_FILE).read_text())
    rows = [row | {"dice_frames": 0.123} if row["split"] == "test" else row for row in card["scores"]]
    altered(trained, tmp_path, scores=rows, latency={})
    for path in (tmp_path / "tiny").glob("*.csv"):
        path.unlink()
    return tmp_path


def test_an_update_leaves_the_scores_in_the_folder_on_the_card_and_beside_the_models(trained, own_copy, table):
    assert evaluate.main(ask(own_copy, trained.data, "--update")) == 0
    before, after = (cards.read(folder / "tiny") for folder in (trained.weights, own_copy))
    assert replace(after, latency=before.latency) == before  # thresholds locked, scores mended
    assert set(after.latency) == set(before.latency) and after.latency["p95_ms"] > 0  # it was timed anew
    for name in (cards.FRAMES_FILE, cards.CURVES_FILE, cards.RELIABILITY_FILE):
        found, kept = (pd.read_csv(folder / "tiny" / name) for folder in (own_copy, trained.weights))
        pd.testing.assert_frame_equal(found, kept, check_dtype=False)
    kept = pd.read_csv(own_copy / cards.BASELINES_FILE)
    expected = table[table["model"] != "tiny"].drop(columns="note").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, expected, rtol=1e-3, check_dtype=False)
    assert set(kept["model"]) == {"nothing anywhere", "average mask"}


def test_curves_and_reliability_are_those_of_the_rows(trained):
    folder = trained.weights / "tiny"
    card, rows = cards.read(folder), pd.read_csv(folder / cards.FRAMES_FILE)
    curves = pd.read_csv(folder / cards.CURVES_FILE)
    positive = rows[rows["present_true"] & ~rows["gate"]]
    nearest = curves.iloc[(curves["threshold"] - card.threshold).abs().argmin()]
    assert nearest["dice"] == pytest.approx(positive["dice"].mean(), abs=2e-3)
    assert nearest["recall"] == pytest.approx(positive["tp"].sum() / positive["area_true_px"].sum(), abs=2e-3)
    reliability = pd.read_csv(folder / cards.RELIABILITY_FILE)
    pixels = rows.loc[~rows["gate"], ["tp", "fp", "fn", "tn"]].to_numpy().sum()
    for _, stage in reliability.groupby("stage"):
        assert stage["count"].sum() == pixels
        nerve = np.nansum(stage["observed"] * stage["count"])
        assert nerve == pytest.approx(rows.loc[~rows["gate"], "area_true_px"].sum(), rel=1e-3)
    assert set(reliability["stage"]) == {"before", "after"}


def test_an_update_may_choose_anew(trained, own_copy):
    altered_card = json.loads((own_copy / "tiny" / cards.CARD_FILE).read_text()) | {"threshold": 0.99, "chosen_on": ""}
    (own_copy / "tiny" / cards.CARD_FILE).write_text(json.dumps(altered_card))
    assert evaluate.main(ask(own_copy, trained.data, "--update", "--choose", "--no-baselines")) == 0
    kept, before = cards.read(own_copy / "tiny"), cards.read(trained.weights / "tiny")
    assert replace(kept, latency=before.latency) == before
    assert not (own_copy / cards.BASELINES_FILE).exists()


def test_an_update_that_is_cut_short_changes_nothing(trained, own_copy, monkeypatch):
    def held():
        return {path.name: path.read_bytes() for path in (own_copy / "tiny").iterdir()}

    def killed(*_args, **_options):
        raise KeyboardInterrupt

    before = held()
    monkeypatch.setattr(evaluate.score, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        evaluate.main(ask(own_copy, trained.data, "--update", "--choose", "--no-baselines"))
    assert held() == before


def test_a_model_that_changed_while_it_was_scored_is_kept(trained, own_copy, monkeypatch, capsys):
    card = cards.read(own_copy / "tiny")
    write = evaluate.score.write

    def meanwhile(*given):
        cards.write(replace(card, notes=card.notes | {"domain": "described"}), own_copy / "tiny")
        return write(*given)

    monkeypatch.setattr(evaluate.score, "write", meanwhile)
    words = refused(capsys, ask(own_copy, trained.data, "--update", "--no-baselines"))
    assert "tiny was changed while it was scored; its new state is kept: run this again" in words
    assert cards.read(own_copy / "tiny").notes["domain"] == "described"
    assert not (own_copy / "tiny" / cards.FRAMES_FILE).exists()


def test_of_several_models_none_is_updated_where_one_is_refused(trained, own_copy, capsys):
    shutil.copytree(own_copy / "tiny", own_copy / "copy")
    card = cards.read(own_copy / "copy")
    cards.write(replace(card, notes=card.notes | {"label": 2}), own_copy / "copy")
    before = (own_copy / "tiny" / cards.CARD_FILE).read_bytes()
    words = refused(capsys, ask(own_copy, trained.data, "--update", "--no-baselines", weights=("tiny", "copy")))
    assert "learnt label 2 of its masks" in words and "--label 2" in words
    assert (own_copy / "tiny" / cards.CARD_FILE).read_bytes() == before


def test_a_card_that_names_no_label_learnt_label_1(trained):
    card = replace(cards.read(trained.weights / "tiny"), notes={})
    evaluate._check_masks(card, "", 1)
    with pytest.raises(ValueError, match="tiny learnt label 1 of its masks"):
        evaluate._check_masks(card, "", 2)


def test_a_table_that_cannot_be_written_is_one_sentence(trained, capsys):
    words = refused(capsys, ask(trained.weights, trained.data, "--no-baselines", "--output", "/dev/full"))
    assert "No space left on device" in words and "Traceback" not in words


def test_a_pipe_that_is_closed_costs_no_table(trained, tmp_path, capsys, monkeypatch):
    def closed(_):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(evaluate, "_headline", closed)
    given = ask(trained.weights, trained.data, "--no-baselines", "--output", str(tmp_path / "rows.csv"))
    assert "Broken pipe" in refused(capsys, given)
    assert len(pd.read_csv(tmp_path / "rows.csv"))


def test_a_copied_model_goes_by_its_folders_name(trained, own_copy, capsys):
    shutil.copytree(own_copy / "tiny", own_copy / "copy")
    assert evaluate.main(ask(own_copy, trained.data, "--no-baselines", "--update", weights=("tiny", "copy"))) == 0
    assert cards.read(own_copy / "copy").name == "copy"
    assert set(pd.read_csv(own_copy / "copy" / cards.FRAMES_FILE)["model"]) == {"copy"}
    assert evaluate.main(ask(own_copy, trained.data, "--no-baselines", weights=("tiny", "copy"))) == 0
    assert "names tiny twice" in refused(capsys, ask(own_copy, trained.data, weights=("tiny", "copy", "tiny")))


def test_a_network_without_a_head_is_chosen_anew_from_its_map(trained, tmp_path):
    notes = cards.read(trained.weights / "tiny").notes | {"presence_head": False}
    models = altered(trained, tmp_path, notes=notes)
    assert evaluate.main(ask(models, trained.data, "--update", "--choose", "--no-baselines")) == 0
    found = cards.read(models / "tiny")
    assert found.presence_from == "map" and "head" not in found.chosen_on


def test_an_update_with_a_part_of_the_test_subjects_is_refused(trained, own_copy, capsys):
    card = json.loads((own_copy / "tiny" / cards.CARD_FILE).read_text())
    card["subjects"]["test"].append("own/77")
    (own_copy / "tiny" / cards.CARD_FILE).write_text(json.dumps(card))
    sentence = refused(capsys, ask(own_copy, trained.data, "--update"))
    assert "1 of " in sentence and "are not here (own/77…); name a --data with all sources" in sentence
    assert not (own_copy / "tiny" / cards.FRAMES_FILE).exists()


def test_an_update_that_chooses_with_a_part_of_the_validation_subjects_is_refused(trained, own_copy, capsys):
    card = json.loads((own_copy / "tiny" / cards.CARD_FILE).read_text())
    card["subjects"]["validation"].append("own/77")
    (own_copy / "tiny" / cards.CARD_FILE).write_text(json.dumps(card))
    sentence = refused(capsys, ask(own_copy, trained.data, "--update", "--choose", "--no-baselines"))
    assert "every test and validation subject of the card, but 1 of " in sentence and "(own/77…)" in sentence
    assert json.loads((own_copy / "tiny" / cards.CARD_FILE).read_text()) == card


def test_subjects_that_are_not_here_are_told(trained, tmp_path, capsys):
    models = altered(trained, tmp_path, subjects={"train": [], "validation": [], "test": ["uns/1"]})
    sentence = refused(capsys, ask(models, trained.data))
    assert "no labelled frame of its test subjects is here; sources at hand: own" in sentence


@pytest.mark.parametrize(
    ("more", "weights", "words"),
    [
        ([], "nowhere", "--weights nowhere: no such model lies in"),
        (["--output", "nowhere/rows.csv"], "tiny", "there is no folder nowhere"),
        (["--output", "."], "tiny", "--output . is a folder; name a CSV file"),
        (["--spacing", "inf", "0.1"], "tiny", "--spacing takes two lengths above 0 and no --update"),
        (["--update", "--spacing", "0.1", "0.1"], "tiny", "--spacing takes two lengths above 0 and no --update"),
        (["--update", "--split", "all"], "tiny", "--update is for test subjects, got --split all"),
        (["--choose"], "tiny", "--choose changes the card: add --update"),
        (["--reader", "Nobody"], "tiny", "reader 'Nobody' has drawn no frame of these data sets; who has: "),
    ],
)
def test_what_cannot_be_evaluated_is_refused(more, weights, words, trained, capsys):
    assert words in refused(capsys, ask(trained.weights, trained.data, *more, weights=(weights,)))


def test_a_readers_drawings_stand_in_place_of_masks(trained, table, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path))
    frame = table.loc[table["present_true"], "frame"].iloc[0]
    drawn = annotations.Annotation("own", frame, "Ann", (), own_data.SHAPE, "0" * 64)
    annotations.save(drawn, tmp_path)
    output = tmp_path / "rows.csv"
    assert evaluate.main(ask(trained.weights, trained.data, "--reader", "Ann", "--output", str(output))) == 0
    found = pd.read_csv(output)
    changed = found["present_true"].to_numpy() != table["present_true"].to_numpy()
    assert set(found.loc[changed, "frame"]) == {frame}


def test_an_update_scores_against_the_masks_that_the_model_learnt_from(
    trained, own_copy, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path / "drawn"))
    annotations.save(annotations.Annotation("own", "1_1", "Ann", (), own_data.SHAPE, "0" * 64), tmp_path / "drawn")
    given = ask(own_copy, trained.data, "--update", "--no-baselines")
    assert "leave --reader out" in refused(capsys, [*given, "--reader", "Ann"])
    card = cards.read(own_copy / "tiny")
    cards.write(replace(card, notes=card.notes | {"reader": "Ann"}), own_copy / "tiny")
    assert "add --reader Ann" in refused(capsys, given)
    assert evaluate.main([*given, "--reader", "Ann"]) == 0


def test_baselines_of_other_sources_stay(trained, own_copy):
    path = own_copy / cards.BASELINES_FILE
    assert evaluate.main(ask(own_copy, trained.data, "--update")) == 0
    first = pd.read_csv(path, dtype=str)
    pd.concat([first.assign(source="elsewhere"), first.assign(dice="0.123")]).to_csv(path, index=False)
    assert evaluate.main(ask(own_copy, trained.data, "--update")) == 0
    found = pd.read_csv(path, dtype=str)
    pd.testing.assert_frame_equal(found[found["source"] == "own"].reset_index(drop=True), first)
    others = found[found["source"] == "elsewhere"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, first.assign(source="elsewhere"))


def test_tables_call_a_simulated_source_synthetic(tmp_path, capsys):
    rows = [scored_models.frames("average mask", 0.4, source=source) for source in ("phantom_demo", "own")]
    baselines.keep(pd.concat(rows), tmp_path / "baselines.csv")
    given = evaluate.build_parser().parse_args(["--output", str(tmp_path / "rows.csv")])
    evaluate._report(given, rows, [])
    for name in ("baselines.csv", "rows.csv"):
        found = pd.read_csv(tmp_path / name)
        assert (found["synthetic"] == (found["source"] == "phantom_demo")).all()
        assert len(found) == 2 * len(rows[0])


def test_an_update_says_so_where_no_average_mask_could_be_made(capsys):
    rows = [scored_models.frames(name, 0.4) for name in ("own", "nothing anywhere")]
    given = evaluate.build_parser().parse_args(["--update", "--weights", "own"])
    evaluate._report(given, rows[:1], rows[1:])
    assert "baselines.csv stays as it was: no frame of the subjects that own was trained on" in capsys.readouterr().out


def test_an_average_mask_outlives_its_training_subjects(trained, own_copy, tmp_path):
    path = own_copy / cards.BASELINES_FILE
    assert evaluate.main(ask(own_copy, trained.data, "--update")) == 0
    first = path.read_text()
    shutil.copytree(trained.data, tmp_path / "less")
    for name in cards.read(own_copy / "tiny").subjects["train"]:
        for frame in (tmp_path / "less").rglob(f"{name.removeprefix('own/')}_*"):
            frame.unlink()
    assert evaluate.main(ask(own_copy, tmp_path / "less", "--update")) == 0
    assert path.read_text() == first


def test_frames_that_nobody_labelled_are_not_scored(tmp_path):
    own_data.write(tmp_path / "own", {1: (True, False)})
    (tmp_path / "own" / "1_2_mask.png").unlink()
    assert frames.grouped(tmp_path)["frame"].tolist() == ["1_1"]


@pytest.mark.parametrize("split", ["test", "all"])
def test_a_folder_without_data_is_refused(split, trained, tmp_path, capsys):
    sentence = refused(capsys, ask(trained.weights, tmp_path, "--split", split))
    assert f"{tmp_path} holds no labelled frames; see data/README.md" in sentence
