"""Frames that keep or lose their nerve: properties over many seeds, on made frames and on real ones."""

import cv2
import numpy as np
import pytest

from neuroscan.data import dataset
from neuroscan.learning import negatives
from neuroscan.learning.negatives import crop_or_paste

SHAPE = (90, 130)
SEEDS = range(60)


def nerve(row, column, *, shape=SHAPE, radii=(9, 13)):
    """An ellipse as a mask."""
    mask = np.zeros(shape, np.uint8)
    return cv2.ellipse(mask, (column, row), radii[::-1], 0, 0, 360, 1, -1) > 0


def frame(mask, seed=0):
    """Smooth tissue with a bright nerve."""
    random = np.random.default_rng(seed)
    tissue = cv2.GaussianBlur(random.normal(0, 1, mask.shape).astype(np.float32), (0, 0), 3) * 60 + 80
    return np.clip(tissue + 90 * mask, 0, 255).astype(np.uint8)


PLACES = {"middle": nerve(45, 65), "upper left": nerve(20, 30), "deep": nerve(70, 100)}


def both(image, mask, seed, **options):
    """The frame with its nerve kept, and lost, from the same state of chance."""
    return [crop_or_paste(image, mask, absent=a, random=np.random.default_rng(seed), **options) for a in (False, True)]


@pytest.mark.parametrize("mask", PLACES.values(), ids=PLACES)
def test_nerve_is_lost_to_the_last_pixel_or_kept_whole(mask):
    image = frame(mask)
    for seed in SEEDS:
        (kept, kept_mask), (lost, lost_mask) = both(image, mask, seed)
        assert kept.dtype == lost.dtype == np.uint8 and kept_mask.dtype == lost_mask.dtype == bool
        assert kept.shape == kept_mask.shape and lost.shape == lost_mask.shape
        assert kept_mask.sum() == mask.sum()
        assert not lost_mask.any()
        # The picture agrees: the bright nerve is there, unchanged, or nowhere near as bright.
        assert np.array_equal(np.sort(kept[kept_mask]), np.sort(image[mask]))
        assert cv2.blur(lost, (9, 9)).max() < cv2.blur(image, (9, 9))[mask].max() - 30


@pytest.mark.parametrize("mask", PLACES.values(), ids=PLACES)
def test_sizes_and_ways_tell_nothing(mask):
    image = frame(mask)
    shapes = [[made.shape for made, _ in both(image, mask, seed)] for seed in SEEDS]
    assert all(kept == lost for kept, lost in shapes)
    assert len({kept for kept, _ in shapes}) > 10
    assert 0.2 < np.mean([kept == SHAPE for kept, _ in shapes]) < 0.8  # patches leave the size


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_crops_is_the_callers(share):
    mask = PLACES["upper left"]  # with room for either way
    cropped = [kept[0].shape != SHAPE for kept, _ in (both(frame(mask), mask, s, crop_share=share) for s in SEEDS)]
    assert set(cropped) == {share == 1}


def test_a_crop_is_a_part_of_the_frame():
    mask = PLACES["upper left"]
    rows, columns = (np.indices(SHAPE)[axis].astype(np.uint8) for axis in (0, 1))
    for seed in SEEDS:
        for absent in (False, True):
            where = [
                crop_or_paste(values, mask, absent=absent, random=np.random.default_rng(seed), crop_share=1)
                for values in (rows, columns)
            ]
            (down, made_mask), (across, _) = where
            top, left = int(down[0, 0]), int(across[0, 0])
            height, width = down.shape
            assert np.array_equal(down, rows[top : top + height, left : left + width])
            assert np.array_equal(across, columns[top : top + height, left : left + width])
            assert np.array_equal(made_mask, mask[top : top + height, left : left + width])


def test_a_patch_changes_nothing_outside_itself():
    mask = PLACES["middle"]
    image = frame(mask)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    covered, elsewhere = [], []
    for seed in SEEDS:
        (kept, _), (lost, _) = both(image, mask, seed, crop_share=0)
        assert kept.shape == lost.shape == SHAPE
        covered.append(np.abs(lost.astype(int) - image)[mask].mean())
        # Laid beside the nerve, it leaves the nerve alone, and is no larger than the one laid over it.
        assert np.array_equal(kept[mask], image[mask])
        assert 0 < (kept != image).sum() <= near.sum()
        # A lost nerve has a second patch half of the time: where the patch beside a kept one may lie, and as small.
        beside = (lost != image) & ~near
        elsewhere.append(beside.any())
        assert beside.sum() <= near.sum()
        if beside.any():
            rows, columns = (np.flatnonzero(beside.any(axis=axis)) for axis in (1, 0))
            assert (np.ptp(rows), np.ptp(columns)) <= tuple(np.ptp(np.argwhere(near), axis=0))
    assert min(covered) > 40
    assert 0.25 < np.mean(elsewhere) < 0.75


def test_on_even_tissue_a_patch_cannot_be_seen():
    even = np.full(SHAPE, 77, np.uint8)
    for seed in SEEDS:
        for made, _ in both(even, PLACES["middle"], seed, crop_share=0):
            assert np.abs(made.astype(int) - 77).max() <= 1


def test_a_patch_is_as_bright_as_its_place():
    """Tissue gets brighter with depth: laid as it is, a patch from above or below would stand out."""
    mask = PLACES["middle"]
    rows = np.indices(SHAPE)[0].astype(np.uint8) + 60
    for seed in SEEDS:
        _, (lost, _) = both(rows, mask, seed, crop_share=0)
        assert lost[mask].mean() == pytest.approx(rows[mask].mean(), abs=2)


def test_patches_come_from_a_similar_depth_and_lie_at_one():
    # Even as far as a fifth of the frame above and below the widest patch, which is rows 31 to 59.
    band = np.full(SHAPE, 255, np.uint8)
    band[31 - 18 : 60 + 18] = 77
    for seed in SEEDS:
        for made, _ in both(band, PLACES["middle"], seed, crop_share=0):
            assert np.abs(made.astype(int) - band).max() <= 1


def test_a_patch_fades_out_towards_its_outline():
    mask = PLACES["middle"]
    image = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)  # no pixel is like its neighbour
    seams, middles = [], []
    for seed in SEEDS:
        _, (lost, _) = both(image, mask, seed, crop_share=0)
        step = np.abs(lost.astype(int) - image)
        changed = cv2.morphologyEx((step > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        seams.append(step[(changed - cv2.erode(changed, np.ones((3, 3), np.uint8))) > 0].mean())
        middles.append(step[mask].mean())
    assert np.mean(seams) < np.mean(middles) / 2


def test_half_of_the_patches_are_flipped():
    mask = PLACES["middle"]
    columns = np.indices(SHAPE)[1].astype(np.uint8)
    patches = [both(columns, mask, seed, crop_share=0)[1][0][45, 54:77] for seed in SEEDS]
    assert 0.3 < np.mean([patch[0] > patch[-1] for patch in patches]) < 0.7


@pytest.mark.parametrize("place", [(8, 65), (82, 65), (45, 12), (45, 118)], ids=["top", "bottom", "left", "right"])
def test_a_nerve_at_the_edge_is_cropped_away_and_never_half_patched(place):
    mask = nerve(*place)
    assert mask[1:-1, 1:-1].sum() < mask.sum()
    for seed in SEEDS:
        (kept, kept_mask), (lost, lost_mask) = both(frame(mask), mask, seed, crop_share=0)
        assert kept.shape == lost.shape != SHAPE
        assert kept_mask.sum() == mask.sum() and not lost_mask.any()


@pytest.mark.parametrize("shape", [(90, 130), (1, 1), (2, 300)])
def test_a_nerve_that_fills_the_frame_comes_back_as_it_was(shape):
    image, mask = np.full(shape, 50, np.uint8), np.ones(shape, bool)
    for seed in range(10):
        for made, made_mask in both(image, mask, seed):
            assert np.array_equal(made, image) and made_mask.all()


def test_frames_that_never_had_a_nerve_are_altered_like_those_that_have_one():
    """Else a crop, or its size, would tell frames apart that were labelled empty."""
    sizes: dict[str, list[float]] = {"empty": [], "full": []}
    for seed in range(200):
        random = np.random.default_rng(seed)
        full = nerve(int(random.integers(25, 65)), int(random.integers(35, 95)), radii=(8, 15))
        for name, mask in (("empty", np.zeros(SHAPE, bool)), ("full", full)):
            made, made_mask = crop_or_paste(frame(full), mask, absent=True, random=random)
            assert not made_mask.any()
            sizes[name].append(made.size / full.size)
    empty, full = (np.array(sizes[name]) for name in ("empty", "full"))
    assert np.mean(empty == 1) == pytest.approx(np.mean(full == 1), abs=0.1)
    assert np.median(empty[empty < 1]) == pytest.approx(np.median(full[full < 1]), abs=0.06)


def test_a_frame_without_a_nerve_is_patched_as_if_it_kept_one_half_of_the_time(monkeypatch):
    place = PLACES["middle"]
    monkeypatch.setattr(negatives, "_pseudo_mask", lambda *_: place)
    image, empty = frame(place), np.zeros(SHAPE, bool)
    made = [crop_or_paste(image, empty, absent=True, random=np.random.default_rng(s), crop_share=0)[0] for s in SEEDS]
    assert 0.3 < np.mean([np.array_equal(patched[place], image[place]) for patched in made]) < 0.7


def test_what_stands_in_for_a_nerve_is_as_large_as_one():
    for seed in SEEDS:
        mask = negatives._pseudo_mask((200, 400), np.random.default_rng(seed))
        height, width = mask.any(axis=1).mean(), mask.any(axis=0).mean()
        assert 0.1 < height < 0.26 and 0.15 < width < 0.31 and 0.01 < mask.mean() < 0.06


def test_real_nerves_can_nearly_all_be_lost(real_data):
    samples = dataset.load(real_data).samples
    for source, least in (("uns", 0.97), ("usgra", 0.75)):
        rows = samples[(samples["source"] == source) & samples["present"].eq(True)].iloc[::12][:100]
        lost = []
        for number, (_, row) in enumerate(rows.iterrows()):
            image = dataset.read_image(row)
            mask = dataset.read_mask(row, image.shape)
            (_, kept), (_, without) = both(image, mask, number)
            assert kept.sum() == mask.sum()
            lost.append(not without.any())
        assert np.mean(lost) >= least
