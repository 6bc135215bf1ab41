"""What a run keeps: the best epoch, the best candidate, the right loss, and the card last."""

import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from neuroscan.evaluation.counts import dice
from neuroscan.imaging.preprocess import normalise
from neuroscan.inference import card as cards
from neuroscan.inference import publish
from neuroscan.learning import fit, precise_bn
from neuroscan.learning.config import Config
from neuroscan.learning.pipeline import ValidationBatches, load, resize_to_input
from tests.learning.test_fit import begun

pytestmark = pytest.mark.usefixtures("quick")


def lived(callbacks, values):
    """Epochs of these validation Dice, each leaving its number in the network; returns the network."""
    waiting = begun(callbacks)
    model = waiting[0].model
    for one in callbacks:
        if isinstance(one, keras.callbacks.ModelCheckpoint):
            one.set_model(model)
            waiting.append(one)
    for epoch, value in enumerate(values):
        model.set_weights([np.full_like(value, epoch) for value in model.get_weights()])
        for one in waiting:
            one.on_epoch_end(epoch, {fit.MONITOR: value})
        if model.stop_training:
            break
    return model, epoch


@pytest.mark.parametrize(
    ("values", "best", "last"),
    [([0.2, 0.5, 0.4, 0.3, 0.9], 1, 3), ([0.2, 0.5, 0.4, 0.6, 0.6], 3, 4), ([0.5, 0.4, 0.3, 0.9], 0, 2)],
)
def test_the_best_epoch_is_kept_and_patience_ends_the_run(values, best, last, tmp_path):
    none = pd.DataFrame({fit.MONITOR: []})
    model, ended = lived(fit._callbacks(Config(patience=2), tmp_path, none, tmp_path), values)
    assert ended == last
    model.load_weights(tmp_path / fit.BEST)
    assert all((value == best).all() for value in model.get_weights())


@pytest.fixture(scope="module")
def run(quick, config, samples, tmp_path_factory):
    """The folder of a run that is over, and its samples."""
    parts = [samples[samples["split"] == name] for name in ("train", "validation")]
    folder = tmp_path_factory.mktemp("kept")
    fit.train(replace(config, epochs=1), *parts, folder)
    return folder, parts


@pytest.mark.filterwarnings("ignore:Skipping variable loading")  # the best weights here have no optimizer
@pytest.mark.parametrize("scores", [(0.9, 0.1, 0.2, 0.3), (0.1, 0.2, 0.3, 0.9), (0.1, 0.9, 0.3, 0.2)])
def test_the_candidate_of_the_best_validation_dice_is_what_a_run_gives(scores, run, config, tmp_path, monkeypatch):
    folder, parts = run
    shutil.copytree(folder, tmp_path / "run")
    best = fit.build(config)
    best.set_weights([np.full_like(value, 7) for value in best.get_weights()])
    best.save_weights(tmp_path / "run" / fit.BEST)
    asked, update, taught = [], fit.update_bn_statistics, []
    monkeypatch.setattr(fit, "_validation_dice", lambda model, _: asked.append(model) or scores[len(asked) - 1])
    monkeypatch.setattr(fit, "update_bn_statistics", lambda *given: taught.append(given[1]) or update(*given))
    monkeypatch.setattr(precise_bn, "FRAMES", 8)
    given = fit.train(replace(config, epochs=1), *parts, tmp_path / "run")
    assert len(asked) == 4 and given is asked[int(np.argmax(scores))]
    # The last epoch and the best, and then both with statistics of training frames.
    assert [all((value == 7).all() for value in model.get_weights()) for model in asked[:2]] == [False, True]
    assert len(taught) == 2 and all(samples is parts[0] for samples in taught)


def test_the_watched_dice_is_a_mean_of_sources_weighed_as_they_are_drawn(run, config):
    """Of a network that takes for nerve what is bright."""
    image = keras.Input((32, 48, 1))
    mask = keras.layers.Activation("sigmoid", name="mask")(keras.layers.Rescaling(1.0, offset=-2.5)(image))
    presence = keras.layers.GlobalMaxPooling2D(name="presence")(mask)
    model = keras.Model(image, {"mask": mask, "presence": presence})
    held = run[1][1]
    uneven = held[(held["source"] == "own") | held["frame"].str.endswith("_1")]
    means = {}
    for source, rows in uneven.groupby("source"):
        pairs = [resize_to_input(*load(row, config.preprocess), config.preprocess) for _, row in rows.iterrows()]
        means[source] = np.mean([dice(mask, normalise(image[None])[0] >= 2.5) for image, mask in pairs])
    assert abs(means["own"] - means["other"]) > 0.01
    found = fit._validation_dice(model, ValidationBatches(uneven, config))
    assert found == pytest.approx(0.75 * means["own"] + 0.25 * means["other"], abs=1e-3)


def test_the_dice_that_an_epoch_is_kept_by_is_that_which_candidates_are_chosen_by(run, config):
    best = fit.build(config)
    best.load_weights(run[0] / fit.BEST)
    log = pd.read_csv(run[0] / fit.LOG)
    assert log[fit.MONITOR][0] == pytest.approx(
        fit._validation_dice(best, ValidationBatches(run[1][1], config)), abs=1e-4
    )


def test_the_loss_is_that_of_the_mask_and_its_share_of_that_of_presence(run, config):
    log = pd.read_csv(run[0] / fit.LOG)
    expected = log["mask_loss"] + config.presence_weight * log["presence_loss"]
    assert log["loss"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-4)


def test_bn_statistics_are_of_sources_as_they_are_drawn(run, config, monkeypatch):
    load, seen = precise_bn.load, []
    monkeypatch.setattr(precise_bn, "load", lambda row, settings: seen.append(row["source"]) or load(row, settings))
    monkeypatch.setattr(precise_bn, "FRAMES", 60)
    training = run[1][0]
    more = pd.concat([training, *4 * [training[training["source"] == "other"]]])
    precise_bn.update_bn_statistics(fit.build(config), more, config)
    # Drawn three to one, although the other source has five times as many frames.
    assert len(seen) == 60 and seen.count("own") > 35


@pytest.fixture
def made_and_target(tmp_path):
    """A finished model, and an older one where it goes; each file says which of the two it is of."""
    folders = tmp_path / "made", tmp_path / "target"
    for folder in folders:
        folder.mkdir()
        for name in (cards.CARD_FILE, cards.KERAS_FILE, cards.ONNX_FILE):
            (folder / name).write_text(folder.name)
    return folders


def test_a_published_model_takes_the_olds_place_its_card_last(made_and_target, monkeypatch):
    made, target = made_and_target
    replaced, order = Path.replace, []
    monkeypatch.setattr(Path, "replace", lambda part, to: order.append(to.name) or replaced(part, to))
    publish.publish(made, target)
    assert order[-1] == cards.CARD_FILE
    assert {path.name: path.read_text() for path in target.iterdir()} == dict.fromkeys(order, "made")


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_where_a_file_cannot_be_written_the_old_model_stays_whole(made_and_target, monkeypatch, fails_at):
    made, target = made_and_target
    copy, copied = shutil.copy, []

    def full(path, to):
        if len(copied) == fails_at:
            to.write_text("half of it")
            raise OSError("No space left on device")
        copied.append(copy(path, to))

    monkeypatch.setattr(publish.shutil, "copy", full)
    with pytest.raises(OSError, match="No space"):
        publish.publish(made, target)
    held = {cards.CARD_FILE, cards.KERAS_FILE, cards.ONNX_FILE}
    assert {path.name: path.read_text() for path in target.iterdir()} == dict.fromkeys(held, "target")


def test_a_run_with_a_start_may_give_an_interpolation_with_it(run, config, tmp_path, monkeypatch):
    folder, parts = run
    shutil.copytree(folder, tmp_path / "run")
    start = fit.build(config)
    start.set_weights([value + 1 for value in start.get_weights()])
    monkeypatch.setattr(fit.warm_start, "load", lambda model, _: model.set_weights(start.get_weights()))
    asked = []
    monkeypatch.setattr(fit, "_validation_dice", lambda model, _: asked.append(model) or len(asked) % 7)
    monkeypatch.setattr(precise_bn, "FRAMES", 8)
    given = fit.train(replace(config, epochs=1, start="start"), *parts, tmp_path / "run")
    assert len(asked) == 12 and given is asked[5]
    for best, interpolated, alpha in ((0, 2, 1 / 3), (0, 3, 1 / 2), (1, 4, 1 / 3), (1, 5, 1 / 2)):
        for trained, initial, both in zip(asked[best].weights, start.weights, asked[interpolated].weights, strict=True):
            trained, initial, both = map(keras.ops.convert_to_numpy, (trained, initial, both))
            assert both == pytest.approx(alpha * trained + (1 - alpha) * initial, abs=1e-5)
