"""Made-up necks: one nerve or none, darker where they should be, alike within a subject."""

from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest

from neuroscan.phantom import anatomy
from neuroscan.phantom.anatomy import make_subject, section
from neuroscan.phantom.probe import SIDE, TOP, Pose, make_pose
from neuroscan.phantom.structures import Canvas, bone, lens, muscle, plexus, vessel, wander
from neuroscan.phantom.texture import fill, outline


def still(along=0.5, **changes):
    return Pose(**({"along": along, "shift": 0.0, "tilt": 0.0, "depth_scale": 1.0} | changes))


@pytest.mark.parametrize("number", range(8))
def test_a_nerve_is_one_piece_of_a_size_seen_in_people(number):
    pose = make_pose(np.random.default_rng(number))
    mask = section(make_subject(3, number), pose, nerve=True).nerve
    parts, _ = cv2.connectedComponents(mask.astype(np.uint8))
    assert parts == 2
    # Kaggle's smallest and largest nerve.
    assert 2684 <= mask.sum() <= 17439
    rows, columns = np.nonzero(mask)
    assert rows.min() > 20 and rows.max() < 400 and columns.min() > 0 and columns.max() < 579


def test_without_a_nerve_the_groove_holds_something_else():
    changed = []
    for number in range(6):
        subject = make_subject(4, number)
        with_nerve, without = section(subject, still(), nerve=True), section(subject, still(), nerve=False)
        assert not without.nerve.any()
        far = cv2.dilate(with_nerve.nerve.astype(np.uint8), np.ones((121, 121))) == 0
        assert np.array_equal(with_nerve.echogenicity[far], without.echogenicity[far])
        changed.append(np.abs(with_nerve.echogenicity - without.echogenicity)[with_nerve.nerve].mean())
    assert min(changed) > 1


def test_look_alikes_stand_beside_the_groove_with_a_nerve_as_without(monkeypatch):
    """They must not tell that there is none."""
    monkeypatch.setattr(anatomy, "resample_section", lambda canvas, *_, **__: canvas)
    for part in ("_floor", "_scalenes", "_vessels", "_surface"):
        monkeypatch.setattr(anatomy, part, lambda *_: None)
    for part in ("connective", "plexus"):
        monkeypatch.setattr(anatomy.draw, part, lambda *_: None)
    drawn = []
    monkeypatch.setattr(anatomy, "_lookalike", lambda canvas, rng, center, axis: drawn.append(center))

    def places(number, nerve):
        drawn.clear()
        section(make_subject(4, number), still(), nerve=nerve)
        return list(drawn)

    beside = [places(number, True) for number in range(12)]
    assert beside == [places(number, False)[:-1] for number in range(12)]  # the last stands in for the nerve
    assert 3 <= sum(map(len, beside)) <= 9


@pytest.fixture
def grooves(monkeypatch):
    """The groove of twelve absent sections, before the probe bends them: pairs of without and with look-alike."""
    monkeypatch.setattr(anatomy, "resample_section", lambda canvas, *_, **__: canvas)

    def drawn():
        for number in range(12):
            subject = make_subject(4, number)
            column, row = int(subject.groove[0]) + SIDE, int(subject.groove[1]) + TOP
            # The left half: to the right the section may hold another look-alike.
            part = (slice(row - 80, row + 80), slice(column - 80, column + 8))
            whole = section(subject, still(), nerve=False)
            assert not whole.nerve.any()
            yield Canvas(
                *(field[part] for field in (whole.echogenicity, whole.reflectivity, whole.attenuation, whole.nerve))
            )

    after = list(drawn())
    monkeypatch.setattr(anatomy, "_lookalike", lambda *_: None)
    return list(zip(drawn(), after, strict=True))


def test_absent_frames_hold_a_vessel_a_loop_of_fascia_or_a_muscle(grooves):
    core = (slice(72, 88), slice(72, 88))
    kinds = []
    for before, after in grooves:
        echogenicity = after.echogenicity[core].mean()
        line = after.reflectivity - before.reflectivity
        assert (line > 0.5).sum() > 50, "each has a bright outline"
        if after.attenuation[core].mean() < 0:
            kinds.append("vessel")
            # Hardly an echo inside; that it takes less from the beam than it should brightens what lies behind.
            assert echogenicity == pytest.approx(-16, abs=4) and echogenicity < before.echogenicity[core].mean() - 4
        elif np.array_equal(after.attenuation, before.attenuation):
            kinds.append("loop")
            # Nothing but a line: inside and outside are the tissue that was there.
            assert (
                np.array_equal(after.echogenicity, before.echogenicity)
                and np.all(line[core] == 0)
                and np.all(line >= 0)
            )
        else:
            kinds.append("muscle")
            assert echogenicity == pytest.approx(-10.5, abs=5)
            assert (after.attenuation - before.attenuation)[core] == pytest.approx(0.012, abs=0.002)
    assert set(kinds) == {"vessel", "loop", "muscle"}


@pytest.fixture
def drawn_by(monkeypatch):
    """What a part of a section draws, before the probe bends it: `drawn_by("_floor")` gives pairs of without and with.

    Each part has a generator of its own: all else is equal.
    """
    monkeypatch.setattr(anatomy, "resample_section", lambda canvas, *_, **__: canvas)
    monkeypatch.setattr(anatomy, "_lookalike", lambda *_: None)

    def pairs(name):
        whole = [section(make_subject(6, number), still(), nerve=False) for number in range(8)]
        with monkeypatch.context() as patch:
            patch.setattr(anatomy, name, lambda *_: None)
            parts = [section(make_subject(6, number), still(), nerve=False) for number in range(8)]
        return list(zip(parts, whole, strict=True))

    return pairs


def test_most_sections_hold_vessels_without_echo_or_attenuation_and_with_a_bright_wall(drawn_by):
    found = 0
    for before, after in drawn_by("_vessels"):
        lumen = after.attenuation < -0.02
        found += bool(lumen.any())
        if lumen.any():
            assert after.echogenicity[lumen].mean() == pytest.approx(-16, abs=3)
            assert (after.reflectivity - before.reflectivity > 0.5).sum() > 50
    assert found >= 5


def test_a_bone_or_the_pleura_lies_below_and_casts_a_shadow(drawn_by):
    for before, after in drawn_by("_floor"):
        line = after.reflectivity - before.reflectivity > 2
        assert line.sum() > 200 and np.nonzero(line)[0].mean() > TOP + 200
        assert ((after.attenuation - before.attenuation)[-1] > 0.009).sum() > 50


def test_scalenes_lie_on_both_sides_of_the_groove(drawn_by):
    for number, (before, after) in enumerate(drawn_by("_scalenes")):
        muscle = np.nonzero(after.attenuation - before.attenuation > 0.009)[1]
        column = make_subject(6, number).groove[0] + SIDE
        assert (muscle < column).sum() > 2000 and (muscle > column).sum() > 2000


def test_fat_and_the_sternocleidomastoid_lie_over_them_between_bright_fasciae(drawn_by):
    for number, (before, after) in enumerate(drawn_by("_surface")):
        muscle = np.nonzero(after.attenuation - before.attenuation > 0.009)[0]
        assert len(muscle) > 2000 and abs(muscle.mean() - TOP - make_subject(6, number).fat) < 90
        assert (after.reflectivity - before.reflectivity > 1.5).sum() > 500


def test_a_muscle_is_striated_along_its_fibres():
    belly = outline(np.random.default_rng(1), (150, 100), (110, 60))
    core = (slice(75, 125), slice(90, 210))
    plain, striated = Canvas.blank((200, 300)), Canvas.blank((200, 300))
    muscle(plain, np.random.default_rng(0), belly, slope=0.0, striae=0.0)
    muscle(striated, np.random.default_rng(0), belly, slope=0.0, striae=3.0)
    assert not plain.reflectivity[core].any()
    within = np.zeros(striated.reflectivity.shape, np.uint8)
    fill(within, belly)
    assert not striated.reflectivity[cv2.dilate(within, np.ones((25, 25))) == 0].any()
    streaks = striated.reflectivity[core]
    assert 0.01 < (streaks > 0).mean() < 0.6
    assert np.abs(np.diff(streaks, axis=0)).mean() > 2 * np.abs(np.diff(streaks, axis=1)).mean()


def test_fascicles_are_dark_in_a_bright_sheath():
    canvas = Canvas.blank((300, 300))
    plexus(canvas, np.random.default_rng(0), (150, 150), (70, 38), 2.2)
    inner = canvas.nerve > 0
    echogenicity = canvas.echogenicity[inner]
    assert (echogenicity < -8).mean() > 0.15 and (echogenicity > 0).mean() > 0.15
    assert inner.sum() == pytest.approx(np.pi * 70 * 38, rel=0.2)
    assert np.all(canvas.echogenicity[:40] == 0)
    drawn = canvas.echogenicity != 0
    assert np.argwhere(inner).mean(axis=0) == pytest.approx(np.argwhere(drawn).mean(axis=0), abs=3)


def test_lines_and_bellies_by_hand():
    line = wander(np.random.default_rng(0), 200, 50, 10, 0.0)
    assert np.interp([0, 100, 200], *line.T) == pytest.approx([45, 50, 55])
    upper, lower = np.split(lens(line, (40, 160), 20), 2)
    assert upper[[0, -1]].tolist() == lower[[-1, 0]].tolist() == [[40, 47], [160, 53]]
    assert np.max(lower[::-1, 1] - upper[:, 1]) == pytest.approx(20, abs=0.1)


def test_a_vessel_is_dark_and_attenuates_nothing_and_a_bone_casts_a_shadow():
    canvas = Canvas.blank((300, 300))
    before = canvas.attenuation[0, 0]
    vessel(canvas, np.random.default_rng(0), outline(np.random.default_rng(1), (150, 120), (40, 36)), wall=1.5)
    assert canvas.echogenicity[110:130, 140:160].mean() < -10
    assert canvas.attenuation[120, 150] < 0 < before
    line = np.array([[60, 240], [150, 230], [240, 240]], np.float32)
    bone(canvas, np.random.default_rng(2), line, shadow=0.2)
    assert canvas.attenuation[280, 150] > before + 0.15
    assert canvas.attenuation[200, 150] == pytest.approx(before, abs=0.01)


def test_pressing_the_probe_squeezes_and_shifting_moves():
    subject = make_subject(9, 1)
    rows, columns = (np.nonzero(section(subject, still(), nerve=True).nerve)[i] for i in (0, 1))
    pressed = np.nonzero(section(subject, still(depth_scale=0.9), nerve=True).nerve)
    moved = np.nonzero(section(subject, still(shift=40.0), nerve=True).nerve)
    assert pressed[0].mean() < rows.mean() - 5
    assert columns.mean() - moved[1].mean() == pytest.approx(40, abs=12)


def test_pressing_the_probe_flattens_the_vein_and_not_the_artery(monkeypatch):
    heights = []
    monkeypatch.setattr(anatomy.draw, "vessel", lambda _, rng, points, wall: heights.append(np.ptp(points[:, 1])))
    for depth_scale in (1.0, 0.95):
        anatomy._vessels(Canvas.blank((9, 9)), np.random.default_rng(0), (300, 200), still(depth_scale=depth_scale), 1)
    artery, vein, pressed_artery, pressed_vein = heights
    assert pressed_artery == artery and pressed_vein / vein == pytest.approx(0.6)


def angle_of(mask):
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    return 0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])


def test_tilting_the_probe_turns_what_is_seen():
    left, right = (angle_of(section(make_subject(9, 1), still(tilt=tilt), nerve=True).nerve) for tilt in (-0.1, 0.1))
    assert left - right == pytest.approx(0.2, abs=0.08)


def test_every_trait_of_a_subject_shows_in_its_sections():
    subject = make_subject(9, 1)

    def cut(**traits):
        return section(replace(subject, **traits), still(), nerve=True)

    usual = cut()
    for name in ("fat", "scale", "richness", "reach"):
        other = cut(**{name: 0.8 * getattr(subject, name)})
        assert not np.array_equal(other.reflectivity, usual.reflectivity), name
    larger = cut(size=(1.2 * subject.size[0], 1.2 * subject.size[1])).nerve
    assert larger.sum() / usual.nerve.sum() == pytest.approx(1.2**2, rel=0.05)
    assert angle_of(cut(lean=subject.lean + 0.4).nerve) - angle_of(usual.nerve) == pytest.approx(0.4, abs=0.1)


def test_anatomy_is_the_subjects_own_and_texture_belongs_to_a_stretch_of_it(monkeypatch):
    drawn = {}
    for part in ("_floor", "_scalenes", "_vessels", "_surface"):
        monkeypatch.setattr(anatomy, part, lambda _, rng, *__, part=part: drawn.update({part: rng.random()}))

    def parts(number, along):
        section(make_subject(4, number), still(along), nerve=True)
        return dict(drawn)

    usual, same_stretch, next_stretch, other_subject = parts(1, 0.34), parts(1, 0.49), parts(1, 0.51), parts(2, 0.34)
    assert same_stretch == usual
    assert [part for part in usual if next_stretch[part] != usual[part]] == ["_scalenes"]
    assert not set(other_subject.values()) & set(usual.values())


def test_a_nerve_drifts_along_the_neck(monkeypatch):
    monkeypatch.setattr(anatomy, "resample_section", lambda canvas, *_, **__: canvas)
    for number in range(3):
        low, high = (section(make_subject(4, number), still(along), nerve=True).nerve for along in (0.1, 0.9))
        assert np.hypot(*(np.argwhere(low).mean(axis=0) - np.argwhere(high).mean(axis=0))) > 10


def test_each_subject_is_scanned_by_a_machine_of_its_own():
    machines = [asdict(make_subject(7, number).machine) for number in range(20)]
    for name in set(machines[0]) - {"compounding_angles"}:
        settings = [machine[name] for machine in machines]
        assert len(set(settings)) == 20 and np.ptp(settings) > 0.1 * np.mean(settings), name


def test_frames_of_a_subject_are_more_alike_than_those_of_two():
    def blurred(subject, along):
        return cv2.GaussianBlur(
            section(make_subject(2, subject), still(along), nerve=True).echogenicity, (0, 0), 6
        ).ravel()

    within = np.mean([np.corrcoef(blurred(s, 0.45), blurred(s, 0.49))[0, 1] for s in range(4)])
    between = np.mean([np.corrcoef(blurred(s, 0.45), blurred(s + 1, 0.45))[0, 1] for s in range(4)])
    assert within > between + 0.3


def test_equal_seeds_give_equal_tissue():
    one, two = (section(make_subject(5, 2), still(), nerve=True) for _ in range(2))
    for name in ("echogenicity", "reflectivity", "attenuation", "nerve"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
