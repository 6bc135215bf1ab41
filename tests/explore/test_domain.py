"""Out-of-distribution detection: by hand on numbers, and on real frames, photographs, noise and another machine."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from neuroscan.data import codecs, dataset
from neuroscan.explore import domain, domain_card
from neuroscan.imaging.preprocess import Settings
from tests import own_data

SETTINGS = Settings()
PLAIN = Settings(64, 88, crop=False)


def values(count=300, seed=0):
    """Rows of 12 numbers that lean on each other; ten subjects."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 12))
    rows[:, 1] = rows[:, 0] + 0.1 * rows[:, 1]
    return 50 + 3 * rows, np.repeat(np.arange(10), count // 10)


def distance(row, reference):
    return float(domain._distances(np.atleast_2d(row), reference)[0])


def test_distance_knows_which_numbers_go_together():
    rows, groups = values()
    reference = domain.fit(rows, groups)
    centre = np.array(reference.centre)
    along, across = centre.copy(), centre.copy()
    along[:2] += 6
    across[:2] += 6, -6
    assert distance(along, reference) < reference.threshold < distance(across, reference)


def test_the_threshold_holds_for_subjects_that_were_left_out():
    rows, groups = values(3000)
    reference = domain.fit(rows, groups)
    fresh, _ = values(3000, seed=1)
    share = np.mean([distance(row, reference) > reference.threshold for row in fresh])
    assert share == pytest.approx(0.05, abs=0.015)
    assert (reference.frames, reference.subjects) == (3000, 10)


def test_subjects_that_differ_widen_the_threshold():
    rows, groups = values()
    apart = rows + np.random.default_rng(2).normal(0, 6, (10, 12))[groups]
    one_by_one = domain.fit(apart, groups)
    mixed = domain.fit(apart, np.random.default_rng(0).permutation(groups))
    assert one_by_one.threshold > 1.1 * mixed.threshold


def test_a_fit_repeats():
    rows, groups = values()
    apart = rows + np.random.default_rng(2).normal(0, 6, (10, 12))[groups]
    assert domain.fit(apart, groups) == domain.fit(apart, groups)


@pytest.mark.parametrize("count", [2, 3])
def test_few_frames_of_one_subject_still_make_a_reference(count):
    reference = domain.fit(values()[0][:count], np.zeros(count))
    assert reference.subjects == 1 and np.isfinite(reference.threshold)


def test_one_frame_is_too_few():
    with pytest.raises(ValueError, match="received 1"):
        domain.fit(values()[0][:1], np.zeros(1))


def test_where_all_training_frames_are_alike_nothing_is_said_of_others():
    frame = own_data.frame(True, np.random.default_rng(0))[0]
    same = domain.fit(np.stack([domain.features(frame, PLAIN)] * 4), np.arange(4))
    assert not domain.compare(frame, PLAIN, {"own": same}).is_ood
    assert not domain.compare(255 - frame, PLAIN, {"own": same}).is_ood


def test_numbers_that_never_change_do_not_divide_by_zero():
    rows, groups = values()
    rows[:, 4] = 7.3  # whose standard deviation is 4e-15 by rounding
    reference = domain.fit(rows, groups)
    rows[:, 4] += 0.01
    assert distance(rows[0], reference) < 2 * reference.threshold


def test_distance_is_from_the_mean_where_it_is_not_the_median():
    rows, groups = values()
    reference = domain.fit(np.exp(rows / 30), groups)
    assert distance(np.exp(rows / 30).mean(axis=0), reference) == pytest.approx(0, abs=1e-4)
    assert distance(reference.centre, reference) > 0.1


def test_scale_is_a_robust_standard_deviation_and_a_card_holds_six_digits():
    rows, groups = values(3000)
    rows[:, 4] = np.where(np.arange(3000) % 10 == 0, 40, 60)  # standard deviation 6, both quartiles 60
    reference = domain.fit(rows, groups)
    assert reference.scale[2] == pytest.approx(3, rel=0.1) and reference.scale[4] == 1.5
    for part in (reference.centre, reference.scale, reference.offset, *reference.precision):
        assert part == [float(f"{value:.6g}") for value in part]


@pytest.mark.parametrize(
    ("z", "words"),
    [
        ({"p05": 9, "edges": 5, "contrast": 3, "mean": -2.5}, ("higher in contrast", "darker", "more edges")),
        ({"p95": -8, "depth4": 9, "sharpness": 2.1}, ("sharper", "brighter in the depth", "duller highlights")),
        ({"speckle_snr": -1.9, "edges": 1.5}, ("grainier",)),
        ({"edges": -3, "speckle_snr": 4, "sharpness": -5}, ("blurrier", "smoother", "fewer edges")),
        ({"p50": 3, "depth1": -4, "depth2": 2.5}, ("darker near the skin", "brighter mid-tones")),
    ],
)
def test_words_by_hand(z, words):
    assert domain._words(np.array([z.get(name, 0.0) for name in domain.WORDS]))[: len(words)] == words


def test_numbers_of_a_frame_in_four_bands():
    levels = (10, 60, 110, 210)
    image = np.repeat(np.array(levels, np.uint8), 16)[:, None].repeat(88, axis=1)
    found = dict(zip(domain.WORDS, domain.features(image, PLAIN), strict=True))
    expected = {"mean": 97.5, "contrast": np.std(levels), "p05": 10, "p50": 85, "p95": 210}
    expected |= {f"depth{part}": level for part, level in enumerate(levels, start=1)}
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    samples = dataset.load(own_data.write(tmp_path_factory.mktemp("own") / "set", shape=(90, 120))).samples
    return samples, domain.of_training(samples, dataset.subject_keys(samples), PLAIN)


def test_each_source_is_described_by_its_own_frames_and_subjects(tmp_path):
    for name, height in (("one", 60), ("two", 90)):
        own_data.write(tmp_path / name, seed=height, shape=(height, 80))
    samples = dataset.load(tmp_path).samples.sample(frac=1, random_state=0)
    subjects = dataset.subject_keys(samples)
    found = domain.of_training(samples, subjects.sample(frac=1, random_state=1), PLAIN)
    assert list(found) == ["one", "two"]
    for source, reference in found.items():
        rows = samples[samples["source"] == source].sort_index()
        frames = np.stack([domain.features(dataset.read_image(row), PLAIN) for _, row in rows.iterrows()])
        assert reference == domain.fit(frames, subjects[rows.index].to_numpy())


def test_of_a_large_source_the_same_frames_are_drawn_every_time(own, monkeypatch):
    samples, references = own
    monkeypatch.setattr(domain, "_MAX_FRAMES", 7)
    one, same = (domain.of_training(samples, dataset.subject_keys(samples), PLAIN) for _ in range(2))
    assert one == same and [reference.frames for reference in one.values()] == [7]
    monkeypatch.setattr(domain, "_MAX_FRAMES", len(samples))
    assert domain.of_training(samples, dataset.subject_keys(samples), PLAIN) == references


def test_a_frame_is_ood_past_a_distance_of_one():
    near, far = (domain.OodResult(distance, ("darker", "grainier")) for distance in (1.0, 1.01))
    assert (near.is_ood, near.sentence) == (False, "")
    assert far.is_ood and far.sentence == "Unlike the frames this model was trained on: darker, grainier."


def test_distance_is_in_units_of_the_sources_threshold(own):
    samples, references = own
    ((name, reference),) = references.items()
    image = dataset.read_image(samples.iloc[0])
    found = domain.compare(image, PLAIN, references).distance
    assert found * reference.threshold == pytest.approx(distance(domain.features(image, PLAIN), reference))
    wider = {name: dataclasses.replace(reference, threshold=2 * reference.threshold)}
    assert domain.compare(image, PLAIN, wider).distance == pytest.approx(found / 2)


def test_a_card_keeps_plain_numbers(own):
    samples, references = own
    noted = json.loads(json.dumps(domain_card.to_card(references)))
    assert domain_card.from_card(noted) == references
    image = dataset.read_image(samples.iloc[0])
    assert domain.compare(image, PLAIN, domain_card.from_card(noted)) == domain.compare(image, PLAIN, references)


@pytest.mark.parametrize("noted", [{}, {"statistics": ["mean"], "sources": {}}, {"statistics": list(domain.WORDS)}])
def test_a_card_of_other_statistics_is_refused(noted):
    with pytest.raises(ValueError, match="cannot be used"):
        domain_card.from_card(noted)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("scale", None),
        ("scale", [0.0] * 12),
        ("scale", [-1.0] * 12),
        ("scale", [1.0] * 11),
        ("centre", "x"),
        ("centre", ["1"] * 12),
        ("centre", [10**400] * 12),
        ("offset", [[0.0] * 12] * 12),
        ("precision", [0.0] * 12),
        ("precision", [[float("nan")] * 12] * 12),
        ("precision", [[0.0] * 12] * 11 + [[0.0]]),
        ("threshold", 0),
        ("threshold", "x"),
        ("threshold", True),
        ("threshold", 10**400),
        ("threshold", float("inf")),
        ("unknown", 1),
    ],
)
def test_a_card_of_numbers_that_nothing_can_be_compared_with_is_refused(part, value):
    noted = domain_card.to_card({"own": domain.fit(*values())})
    assert domain_card.from_card(noted)
    noted["sources"]["own"][part] = value
    with pytest.raises(ValueError, match=r"^The card's domain statistics cannot be used: .*Write them anew"):
        domain_card.from_card(noted)


@pytest.mark.parametrize("sources", [{}, [], None, {"own": None}])
def test_a_card_without_a_source_is_refused(sources):
    with pytest.raises(ValueError, match="cannot be used"):
        domain_card.from_card({"statistics": list(domain.WORDS), "sources": sources})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda image: image // 4, "darker"),
        (lambda image: np.clip(image.astype(int) + 80, 0, 255).astype(np.uint8), "brighter"),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 4), "smoother"),
        (lambda image: (image // 8 + 60).astype(np.uint8), "smoother"),
    ],
)
def test_words_say_what_was_changed(own, change, word):
    samples, references = own
    image = dataset.read_image(samples.iloc[0])
    assert not domain.compare(image, PLAIN, references).is_ood
    found = domain.compare(change(image), PLAIN, references)
    assert found.is_ood and word in found.words and len(found.words) <= 3
    assert found.sentence == f"Unlike the frames this model was trained on: {', '.join(found.words)}."


def test_a_frame_is_like_the_source_it_is_nearest_to(own):
    _, references = own
    random = np.random.default_rng(0)
    bright = np.stack([domain.features(random.integers(180, 220, (64, 88), dtype=np.uint8), PLAIN) for _ in range(40)])
    both = references | {"bright": domain.fit(bright, np.arange(40))}
    image = random.integers(180, 220, (64, 88), dtype=np.uint8)
    assert domain.compare(image, PLAIN, references).is_ood
    found = domain.compare(image, PLAIN, both)
    assert (found.is_ood, found.words, found.sentence) == (False, (), "")


@pytest.mark.parametrize("level", [0, 90, 255])
def test_an_even_frame_is_ood_and_breaks_nothing(own, level):
    found = domain.compare(np.full((300, 400), level, np.uint8), PLAIN, own[1])
    assert found.is_ood and np.isfinite(found.distance) and found.words
    values = dict(zip(domain.WORDS, domain.features(np.full((300, 400), level, np.uint8), PLAIN), strict=True))
    assert values["speckle_snr"] == np.log(255), "as smooth as can be"


@pytest.fixture(scope="module")
def real(real_data):
    """References of 60 % of the UNS subjects, and the values of the others, three times dealt; every fourth frame."""
    samples = dataset.load(real_data / "uns").samples.iloc[::4]
    rows = np.stack([domain.features(dataset.read_image(row), SETTINGS) for _, row in samples.iterrows()])
    subjects = samples["subject"].to_numpy(str)
    deals = []
    for seed in range(3):
        training = np.random.default_rng(seed).permutation(np.unique(subjects))[:23]
        inside = np.isin(subjects, training)
        deals.append((domain.fit(rows[inside], subjects[inside]), rows[~inside]))
    return deals


def shares_flagged(real, images):
    """Share of frames flagged at a false-alarm rate of 5 % or less on held-out subjects, for each deal."""
    rows = np.stack([domain.features(image, SETTINGS) for image in images])
    shares = []
    for reference, held_out in real:
        five_percent = np.quantile(domain._distances(held_out, reference), 0.95)
        shares.append((domain._distances(rows, reference) > max(reference.threshold, five_percent)).mean())
    return shares


def test_false_alarms_on_subjects_held_out(real):
    rates = [(domain._distances(held_out, reference) > reference.threshold).mean() for reference, held_out in real]
    assert np.mean(rates) < 0.1 and max(rates) < 0.2


def test_photographs_are_flagged(real):
    folder = Path(skimage.__file__).parent / "data"
    images = [codecs.read(path)[0].image for path in sorted(folder.glob("*.png")) + sorted(folder.glob("*.jpg"))]
    assert len(images) > 20
    assert min(shares_flagged(real, images)) >= 0.9


def test_inverted_frames_are_flagged(real, real_data):
    paths = sorted((real_data / "uns" / "train").glob("*.jpg"))[::60]
    assert min(shares_flagged(real, [255 - codecs.read(path)[0].image for path in paths])) >= 0.9


def test_noise_is_flagged(real):
    random = np.random.default_rng(0)
    images = []
    for shape in ((420, 580), (185, 256)) * 5:
        images += [random.integers(0, 256, shape), random.normal(90, 60, shape), random.rayleigh(60, shape)]
        images += [100 + 300 * cv2.GaussianBlur(random.normal(size=shape), (0, 0), scale) for scale in (1.0, 2.0, 5.0)]
    assert min(shares_flagged(real, [np.clip(image, 0, 255).astype(np.uint8) for image in images])) >= 0.9


def test_another_machine_is_flagged(real, real_data):
    paths = sorted((real_data / "usgra" / "images").glob("*.jpg"))[::4]
    assert min(shares_flagged(real, [codecs.read(path)[0].image for path in paths])) >= 0.9


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda image: image // 8 + 60, "lower in contrast"),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 3), "blurrier"),
    ],
)
def test_words_say_what_was_changed_of_real_frames(real, real_data, change, word):
    for path in sorted((real_data / "uns" / "train").glob("*.jpg"))[::400]:
        image = change(codecs.read(path)[0].image)
        for reference, _ in real:
            assert word in domain.compare(image, SETTINGS, {"uns": reference}).words


def test_native_frames_are_no_more_ood_than_their_reduced_copies(real, real_data):
    small = {path.stem: path for path in (real_data / "uns").rglob("1_*.jpg")}
    pairs = [(path, small[path.stem]) for path in (real_data / "uns_native").rglob("1_*.tif") if path.stem in small]
    assert len(pairs) > 20
    rows = [
        np.stack([domain.features(codecs.read(path)[0].image, SETTINGS) for path in paths])
        for paths in zip(*pairs, strict=True)
    ]
    for reference, _ in real:
        native, reduced = ((domain._distances(part, reference) > reference.threshold).mean() for part in rows)
        assert native <= reduced + 0.1
