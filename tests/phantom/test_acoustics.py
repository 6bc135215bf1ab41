"""Speckle statistics, the beam, interfaces, shadows: what physics says about each."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscan.phantom import acoustics
from neuroscan.phantom.acoustics import (
    Machine,
    Tissue,
    beam_width,
    envelope,
    lee_filter_db,
    scan,
    specular_directivity,
    transmission,
)

SHAPE = (420, 580)


def uniform(**maps):
    flat = np.zeros(SHAPE, np.float32)
    return Tissue(**({"echogenicity": flat, "reflectivity": flat, "attenuation": flat, "nerve": flat > 0} | maps))


def width_of_speckle(band, axis):
    """Lag in pixels at which the autocorrelation of a band falls to one half."""
    centred = band - band.mean()
    power = np.abs(np.fft.fft(centred, axis=axis)) ** 2
    correlation = np.fft.ifft(power.mean(axis=1 - axis)).real
    correlation /= correlation[0]
    lag = int(np.argmax(correlation < 0.5))
    return lag - (0.5 - correlation[lag]) / (correlation[lag - 1] - correlation[lag])


@pytest.mark.parametrize("frequency", [10.0, 12.0, 13.5])
@pytest.mark.parametrize("rows", [slice(20, 120), slice(150, 250), slice(300, 400)])
def test_uniform_tissue_gives_rayleigh_speckle(frequency, rows):
    amplitude = envelope(uniform(), Machine(frequency=frequency), np.random.default_rng(3))[rows]
    assert amplitude.mean() / amplitude.std() == pytest.approx(1.91, abs=0.1)
    # The median of a Rayleigh variable is sqrt(2 ln 2) sigma, its root mean square sqrt(2) sigma.
    assert np.median(amplitude) / np.sqrt((amplitude**2).mean()) == pytest.approx(np.sqrt(np.log(2)), abs=0.02)


def test_speckle_is_wider_than_deep_and_widens_away_from_the_focus():
    machine = Machine(focus=0.3)
    amplitude = envelope(uniform(), machine, np.random.default_rng(0))
    focus, deep = amplitude[96:156], amplitude[350:410]
    assert width_of_speckle(focus, 1) > 1.3 * width_of_speckle(focus, 0)
    expected = beam_width(machine, 420)[350:410].mean() / beam_width(machine, 420)[96:156].mean()
    assert width_of_speckle(deep, 1) / width_of_speckle(focus, 1) == pytest.approx(expected, rel=0.12)


def test_higher_frequency_gives_finer_speckle():
    coarse, fine = (envelope(uniform(), Machine(frequency=f), np.random.default_rng(0))[150:250] for f in (10, 13.5))
    assert width_of_speckle(coarse, 1) > 1.15 * width_of_speckle(fine, 1)
    assert width_of_speckle(coarse, 0) > 1.15 * width_of_speckle(fine, 0)


def test_scatterers_twenty_decibel_weaker_are_ten_times_darker():
    echogenicity = np.zeros(SHAPE, np.float32)
    echogenicity[:, 290:] = -20
    amplitude = envelope(uniform(echogenicity=echogenicity), Machine(), np.random.default_rng(0))
    assert amplitude[:, :270].mean() / amplitude[:, 310:].mean() == pytest.approx(10, rel=0.05)


def test_an_interface_is_brightest_square_to_the_beam():
    rows, columns = np.mgrid[0:420, 0:580]
    strength = []
    for degrees in (0, 20, 40, 70):
        tilt = np.deg2rad(degrees)
        far = np.abs((rows - 210) * np.cos(tilt) - (columns - 290) * np.sin(tilt))
        line = (far < 2).astype(np.float32)
        strength.append(
            specular_directivity(line)[(far < 1) & (np.abs(columns - 290) < 40) & (np.abs(rows - 210) < 40)].mean()
        )
    assert strength[0] == pytest.approx(1, abs=0.03)
    assert np.all(np.diff(strength) < -0.05)
    # Steering the beam onto the slope makes it bright again.
    tilt = np.deg2rad(20)
    far = np.abs((rows - 210) * np.cos(tilt) - (columns - 290) * np.sin(tilt))
    line = (far < 2).astype(np.float32)
    inner = (far < 1) & (np.abs(columns - 290) < 40)
    assert max(specular_directivity(line, s)[inner].mean() for s in (-tilt, tilt)) == pytest.approx(1, abs=0.03)


def test_attenuation_adds_up_along_depth_only():
    attenuation = np.zeros(SHAPE, np.float32)
    attenuation[100:200, 200:380] = 0.1
    left = transmission(attenuation)
    assert left[300, 290] == pytest.approx(-10, abs=0.05)
    assert left[50, 290] == pytest.approx(0, abs=0.05)
    assert left[300, 60] == pytest.approx(0, abs=0.05)


def test_fluid_brightens_and_bone_darkens_what_lies_behind():
    attenuation = np.full(SHAPE, 0.05, np.float32)
    attenuation[150:220, 60:160] = 0
    attenuation[150:220, 400:500] = 0.4
    image = scan(uniform(attenuation=attenuation), Machine(), np.random.default_rng(0)).astype(float)
    behind = image[260:380]
    beside = behind[:, 230:340].mean()
    assert behind[:, 80:140].mean() > beside + 10
    assert behind[:, 420:480].mean() < beside - 30


def test_compensation_evens_out_depth():
    attenuation = np.full(SHAPE, 0.05, np.float32)
    fall = []
    for share in (0.0, 1.0):
        image = scan(uniform(attenuation=attenuation), Machine(compensation=share), np.random.default_rng(0)).astype(
            float
        )
        fall.append(image[60:120].mean() - image[340:400].mean())
    assert fall[0] > 40 and abs(fall[1]) < 12


@pytest.mark.parametrize("target_mean", [90.0, 101.0, 115.0])
def test_automatic_gain_meets_its_target_mean(target_mean):
    echogenicity = np.random.default_rng(1).normal(0, 6, SHAPE).astype(np.float32)
    image = scan(uniform(echogenicity=echogenicity), Machine(target_mean=target_mean), np.random.default_rng(0))
    assert image.dtype == np.uint8 and image.shape == SHAPE
    assert image.mean() == pytest.approx(target_mean, abs=2)


def test_a_wider_dynamic_range_gives_a_flatter_picture():
    echogenicity = np.zeros(SHAPE, np.float32)
    echogenicity[:, 290:] = -10
    machine = Machine(dynamic_range=45)
    near, far = (
        scan(uniform(echogenicity=echogenicity), m, np.random.default_rng(0)).astype(float)
        for m in (machine, replace(machine, dynamic_range=70))
    )
    assert near[:, :250].mean() - near[:, 330:].mean() > 1.2 * (far[:, :250].mean() - far[:, 330:].mean())


def test_compounding_and_the_lee_filter_thin_the_speckle_but_keep_a_step():
    one, three = (
        scan(uniform(), Machine(compounding_angles=n), np.random.default_rng(0))[100:300].astype(float).std()
        for n in (1, 3)
    )
    assert three < 0.75 * one
    level = np.random.default_rng(0).normal(0, 3, SHAPE).astype(np.float32)
    level[:, 290:] += 40
    filtered = lee_filter_db(level)
    assert filtered[:, :280].std() < 0.75 * level[:, :280].std()
    assert filtered[:, 291].mean() - filtered[:, 288].mean() > 35


def test_a_frame_shows_tissue_where_it_lies_and_a_mark_over_the_middle_of_the_probe():
    """A frame that is a few pixels off its mask would teach a wrong outline."""
    echogenicity = np.full(SHAPE, -30, np.float32)
    echogenicity[190:231, 140:181] = 0
    image = scan(uniform(echogenicity=echogenicity), Machine(), np.random.default_rng(0))
    rows, columns = np.nonzero(image > 200)
    assert (rows.mean(), columns.mean()) == pytest.approx((210, 160), abs=2)
    assert (image[6, 301], image[17, 301]) == (150, 20)


def test_speckle_is_drawn_anew_for_each_frame():
    one, same, other = (scan(uniform(), Machine(), np.random.default_rng(seed))[30:].ravel() for seed in (0, 0, 1))
    assert np.array_equal(one, same) and abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_a_steered_beam_meets_a_slope_squarely_and_compounding_steers_to_both_sides(monkeypatch):
    rows, columns = np.mgrid[0:420, 0:580]
    slope = np.abs((rows - 210) * np.cos(0.7) - (columns - 290) * np.sin(0.7)) < 2
    tissue = uniform(reflectivity=10 * slope.astype(np.float32))
    square, upright, along = (
        envelope(tissue, Machine(), np.random.default_rng(0), steer=steer)[slope].mean() for steer in (-0.7, 0, 0.7)
    )
    assert square > 1.5 * upright > 2 * along
    angles = []
    monkeypatch.setattr(acoustics, "envelope", lambda *_, steer: angles.append(steer) or np.ones(SHAPE, np.float32))
    scan(uniform(), Machine(), np.random.default_rng(0))
    assert angles == pytest.approx([-0.14, 0, 0.14])
