"""Parameters, half-life and saturation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.measures import half_life, parameters, saturation_level


def test_parameters_of_every_part() -> None:
    model = market()
    table = parameters(model)
    assert table.index.names == ["channel", "parameter"]
    assert list(table.columns) == ["mean", "low", "high", "unit"]
    own = table.loc["channel0"]
    assert list(own.index) == ["decay", "half_saturation", "slope", "coefficient"]
    assert own.loc["half_saturation", "unit"] == "money a week"
    assert own.loc["decay", "mean"] == pytest.approx(model.media.values["decay"][:, 0].mean())
    low, high = np.quantile(model.media.coefficient[:, 0], [0.1, 0.9])
    narrow = parameters(model, level=0.8).loc[("channel0", "coefficient")]
    assert (narrow["low"], narrow["high"]) == (pytest.approx(low), pytest.approx(high))
    assert ("controls", "price") in table.index
    assert ("baseline", "trend") in table.index
    assert ("noise", "rho") in table.index


def test_half_life_of_a_geometric_carryover() -> None:
    model = market()
    decay = model.media.values["decay"][:, 1]
    assert half_life(model).loc["channel1", "half_life"] == pytest.approx((np.log(0.5) / np.log(decay)).mean())


def test_saturation_at_mean_effective_spend() -> None:
    shapes = {
        "tv": {"decay": 0.0, "saturation": "michaelis_menten", "half_saturation": 100.0, "coefficient": 1.0},
        "radio": {"decay": 0.0, "saturation": "power", "exponent": 0.5, "coefficient": 1.0},
    }
    table = saturation_level(posterior(dataset({"tv": [100.0, 500.0] * 10, "radio": [1.0, 2.0] * 10}), shapes))
    assert table.loc["tv", "saturation"] == pytest.approx(0.75)  # mean 300: 300 / (100 + 300)
    assert table.loc["radio"].isna().all()  # a power curve has no limit
