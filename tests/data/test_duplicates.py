"""Near-duplicates: distances by hand, what one is and is not, groups, real pairs."""

import cv2
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from neuroscan.data import codecs, duplicates


def texture(seed, shape=(210, 290)):
    """Smoothed noise, as coarse as tissue."""
    noise = np.random.default_rng(seed).normal(size=shape)
    wide = cv2.GaussianBlur(noise, (0, 0), 6) + 0.5 * cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(110 + 45 * wide / wide.std(), 0, 255).astype(np.uint8)


def moved(image, rows, columns):
    matrix = np.array([[1, 0, columns], [0, 1, rows]], np.float32)
    return cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def near_duplicate(image, seed=9):
    """The next frame of a clip: a little aside, a little brighter, noisier."""
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(moved(image, 1.0, -2.5) * 1.04 + noise, 0, 255).astype(np.uint8)


def near_duplicate_pairs(images):
    return duplicates.near_duplicate_pairs(
        np.stack([duplicates.block_histograms(image) for image in images]),
        np.stack([duplicates.pattern(image) for image in images]),
    )


@pytest.mark.parametrize(("share", "distance"), [(0, 0), (1, 1), (0.5, np.sqrt(0.5))])
def test_distance_is_the_root_mean_square_of_the_blocks(share, distance):
    # Blocks that differ have nothing in common: their Hellinger distance is 1.
    one = np.zeros((120, 160), np.uint8)
    other = one.copy()
    other[: int(120 * share)] = 255
    found = np.linalg.norm(duplicates.block_histograms(one) - duplicates.block_histograms(other))
    assert found == pytest.approx(distance, abs=1e-6)


def test_histograms_do_not_see_a_shift_within_blocks():
    image = texture(1, (120, 160))
    shuffled = image.copy()
    shuffled[:20, :20] = np.random.default_rng(0).permutation(image[:20, :20].ravel()).reshape(20, 20)
    assert np.array_equal(duplicates.block_counts(image), duplicates.block_counts(shuffled))


def test_counts_add_up_and_give_the_histograms():
    counts = duplicates.block_counts(texture(2))
    assert counts.dtype == np.uint16 and counts.shape == (768,)
    assert (counts.reshape(48, 16).sum(axis=1) == 400).all()
    assert np.array_equal(duplicates.from_counts(counts), duplicates.block_histograms(texture(2)))


def test_candidates_are_all_pairs_within_the_radius():
    random = np.random.default_rng(5)
    # More frames than are searched at once.
    features = random.random((700, 768), np.float32) * 0.02 + random.integers(0, 30, (700, 1)) * 0.02
    pairs, distances = duplicates.candidate_pairs(features.astype(np.float32))
    square = cdist(features, features)
    expected = {(a, b) for a, b in zip(*np.nonzero(square < duplicates.HELLINGER_RADIUS), strict=True) if a < b}
    assert {tuple(map(int, pair)) for pair in pairs} == expected
    assert distances == pytest.approx(square[pairs[:, 0], pairs[:, 1]], abs=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_frames_for_a_pair(count):
    pairs, distances = duplicates.candidate_pairs(np.zeros((count, 768), np.float32))
    assert pairs.shape == (0, 2) and distances.shape == (0,)
    pairs, _, ncc = duplicates.near_duplicate_pairs(
        np.zeros((count, 768), np.float32), np.zeros((count, *duplicates.PATTERN), np.int8)
    )
    assert pairs.shape == (0, 2) and ncc.shape == (0,)


def test_near_duplicates_are_found_among_strangers():
    bases = [texture(seed) for seed in range(12)]
    images = [*bases, near_duplicate(bases[2]), near_duplicate(bases[7])]
    pairs, distances, ncc = near_duplicate_pairs(images)
    assert {tuple(map(int, pair)) for pair in pairs} == {(2, 12), (7, 13)}
    assert (distances < duplicates.HELLINGER_RADIUS).all() and (ncc > 0.9).all()


def test_ncc_is_a_correlation():
    image = texture(3)
    pairs, distances, ncc = near_duplicate_pairs([image, image, moved(image, 0, 4)])
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert distances[0] == pytest.approx(0, abs=1e-5) and ncc[0] == pytest.approx(1, abs=1e-5)
    # 4 px of 290 are 1.1 of 80: found by moving one over the other.
    assert ncc[1] == pytest.approx(ncc[2])
    assert 0.85 < ncc[1] < 1
    alike = [near_duplicate_pairs([texture(seed)] * 2)[2] for seed in range(12)]
    assert np.max(alike) == 1


@pytest.mark.parametrize(("rows", "columns"), [(0, 7.25), (0, -7.25), (7, 0), (-7, 0)])
def test_a_shift_of_up_to_a_fortieth_of_the_width_is_the_same_view(rows, columns):
    image = texture(3)
    assert near_duplicate_pairs([image, moved(image, rows, columns)])[2][0] > 0.99


@pytest.mark.parametrize(("share", "is_pair"), [(0.75, False), (0.85, True)])
@pytest.mark.parametrize("offset", [0, 30])
def test_a_correlation_of_four_fifths_confirms_a_pair_whatever_the_level(share, offset, is_pair):
    one, noise = np.random.default_rng(0).normal(0, 20, (2, *duplicates.PATTERN))
    other = share * one + np.sqrt(1 - share**2) * noise + offset
    patterns = np.rint(np.stack([one, other])).astype(np.int8)
    _, _, ncc = duplicates.near_duplicate_pairs(np.zeros((2, 768), np.float32), patterns)
    assert ncc.tolist() == ([pytest.approx(share, abs=0.02)] if is_pair else [])


def test_equal_histograms_with_other_structures_are_no_pair():
    image = texture(4, (120, 160))
    blocks = image.reshape(6, 20, 8, 20).swapaxes(1, 2).copy()
    mirrored = blocks[..., ::-1, ::-1].swapaxes(1, 2).reshape(120, 160)
    candidates, _ = duplicates.candidate_pairs(
        np.stack([duplicates.block_histograms(one) for one in (image, mirrored)])
    )
    assert candidates.tolist() == [[0, 1]]
    assert near_duplicate_pairs([image, mirrored])[0].shape == (0, 2)


def test_a_probe_that_moved_on_is_no_pair():
    image = texture(5, (210, 400))
    assert near_duplicate_pairs([image[:, :290], image[:, 25:315]])[0].shape == (0, 2)


def test_size_and_gain_do_not_count_in_patterns():
    image = texture(6)
    small = cv2.resize(image, (160, 120), interpolation=cv2.INTER_AREA)
    dim = (small * 0.6).astype(np.uint8)
    one, other = (duplicates.pattern(picture).astype(float) for picture in (small, dim))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.99
    assert one.std() == pytest.approx(other.std(), rel=0.05)


def test_an_even_frame_has_no_pattern():
    assert not duplicates.pattern(np.full((50, 60), 80, np.uint8)).any()


def test_groups_link_through_others():
    image = texture(7)
    chain = [image, near_duplicate(image), texture(8)]
    assert duplicates.groups(chain).tolist() == [0, 0, 1]
    assert duplicates.groups([texture(1)]).tolist() == [0]


def test_real_near_duplicates_and_strangers(real_data):
    # 31_52 and 31_71 are one picture, so are 17_7 and 18_44, though filed under two subjects; 31_1 is another view.
    stems = ["31_52", "31_71", "17_7", "18_44", "31_1", "3_6"]
    images = [codecs.read(real_data / "uns" / "train" / f"{stem}.jpg")[0].image for stem in stems]
    pairs, _, ncc = near_duplicate_pairs(images)
    assert {tuple(map(int, pair)) for pair in pairs} == {(0, 1), (2, 3)}
    assert (ncc > 0.99).all()
