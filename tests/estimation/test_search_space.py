"""Coordinates, ranges from the specification, grids within their limit."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.errors import SpecError
from xl_mmm.estimation.search_space import LINKS, search_space

GEOMETRIC_HILL = ["decay", "half_saturation", "slope"]


def one(choices: dict[str, object], reference: float = 1000.0):
    return search_space([GEOMETRIC_HILL], [choices], np.array([reference]), [12], ["tv"])


def test_defaults_follow_the_scale_of_the_data() -> None:
    small, large = one({}), one({}, 1e6)
    at = [c.parameter for c in small.coordinates].index("half_saturation")
    np.testing.assert_allclose(large.low[at] - small.low[at], np.log(1000))
    values = small.values(small.centre[None])
    assert values["half_saturation"][0, 0] == pytest.approx(1000.0)
    assert values["slope"][0, 0] == pytest.approx(np.exp(0.1))


def test_a_number_is_fixed_and_a_tuple_is_searched() -> None:
    space = one({"decay": 0.5, "slope": (0.8, 1.6)})
    assert [c.parameter for c in space.coordinates] == ["half_saturation", "slope"]
    np.testing.assert_allclose(np.exp([space.low[1], space.high[1]]), [0.8, 1.6])
    assert space.values(space.centre[None])["decay"][0, 0] == 0.5


@pytest.mark.parametrize("name", LINKS)
def test_links_invert_and_their_slopes_are_differences(name: str) -> None:
    link, p = LINKS[name], np.array([0.05, 0.4, 0.9])
    q = link.forward(p)
    np.testing.assert_allclose(link.inverse(q), p, rtol=1e-12)
    np.testing.assert_allclose((link.inverse(q + 1e-6) - link.inverse(q - 1e-6)) / 2e-6, link.slope(p), rtol=1e-8)


@pytest.mark.parametrize("limit", [1, 2, 7, 30, 500])
def test_candidates_stay_within_the_limit_and_the_bounds(limit: int) -> None:
    space = one({})
    grid = space.candidates(0, limit)
    assert 1 <= len(grid) <= limit
    assert len(np.unique(grid, axis=0)) == len(grid)
    assert (grid >= space.low).all()
    assert (grid <= space.high).all()


def test_a_peak_beyond_the_last_lag_is_not_searched() -> None:
    space = search_space([["decay", "peak_lag"]], [{}], np.array([1.0]), [3], ["tv"])
    assert space.high[1] == 3.0


def test_impossible_ranges_are_refused() -> None:
    with pytest.raises(SpecError, match=r"tv: slope runs from -1\.0 to 2\.0; both ends must be above zero"):
        one({"slope": (-1.0, 2.0)})
    with pytest.raises(SpecError, match=r"tv: decay runs from 0\.9995 to 1\.0; no value that can be searched"):
        one({"decay": (0.9995, 1.0)})


@pytest.mark.parametrize("choice", [(-0.5, 0.5), (0.5, 2.0)])
def test_a_range_beyond_what_the_transform_knows_is_refused_and_never_cut(choice: tuple[float, float]) -> None:
    with pytest.raises(SpecError, match=r"tv: decay runs from .*; allowed: 0 <= decay < 1\."):
        one({"decay": choice})


@pytest.mark.parametrize("value", [-0.1, 1.0, 0.99999999])  # the last is 1 once it is stored as float32
def test_a_fixed_value_beyond_what_the_transform_knows_names_its_channel(value: float) -> None:
    with pytest.raises(SpecError, match=r"tv: decay is .*; allowed: 0 <= decay < 1\."):
        one({"decay": value})


@pytest.mark.parametrize(("choice", "said"), [((0.0, 20.0), "runs from 0.0 to 20.0"), (20.0, "is 20.0")])
def test_a_peak_chosen_beyond_the_last_lag_is_refused(choice: object, said: str) -> None:
    with pytest.raises(SpecError, match=rf"tv: peak_lag {said}; allowed: 0 <= peak_lag <= max_lag = 12\."):
        search_space([["decay", "peak_lag"]], [{"peak_lag": choice}], np.array([1.0]), [12], ["tv"])


def test_a_range_that_runs_to_zero_or_one_is_centred_on_shares_that_somebody_means() -> None:
    for choice, least, most in (((0.0, 0.5), 0.01, 0.5), ((0.9, 1.0), 0.9, 0.95), ((0.0, 0.005), 0.0001, 0.005)):
        coordinate = one({"decay": choice}).coordinates[0]
        ends = LINKS["logit"].forward(np.array([least, most]))
        assert coordinate.centre == pytest.approx(ends.mean())
        assert coordinate.low <= ends[0]  # what is searched still runs to the edge
        assert coordinate.high >= ends[1]
        assert len(coordinate.grid) == 5


def test_ranges_of_high_decay_are_honoured() -> None:
    coordinate = one({"decay": (0.98, 0.99)}).coordinates[0]
    np.testing.assert_allclose(LINKS["logit"].inverse(np.array([coordinate.low, coordinate.high])), [0.98, 0.99])
