"""Kept draws on changed data, and parameters by hand in every draw."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import SpecError
from xl_mmm.measures import contribution, roi
from xl_mmm.posterior import Posterior
from xl_mmm.posterior_moves import by_hand, on_data, other_layout, with_margin
from xl_mmm.spec import ModelSpec

SPEND = {"tv": [100.0, 0.0, 50.0, 80.0] * 15, "search": [20.0, 30.0, 0.0] * 20}
SHAPE = {"decay": [0.3, 0.5], "half_saturation": [60.0, 70.0], "slope": 1.0, "coefficient": [400.0, 500.0]}


@pytest.fixture
def model() -> Posterior:
    return market(60, 3, 12)


def small(spend: dict[str, list[float]] = SPEND, **options: object) -> Posterior:
    data = dataset(spend, controls={"price": list(np.linspace(9, 11, 60))}, **options)
    return posterior(data, dict.fromkeys(spend, SHAPE), ModelSpec(seasonality=1))


def test_draws_stay_and_follow_the_data() -> None:
    model = small()
    richer = small(SPEND | {"tv": [200.0, *SPEND["tv"][1:]]})
    moved = on_data(model, richer.dataset)
    assert moved.media is model.media
    assert moved.linear is model.linear
    assert contribution(moved)["tv"].iloc[0] > contribution(model)["tv"].iloc[0]
    np.testing.assert_allclose(contribution(moved).sum(axis=1), moved.dataset.window_kpi, rtol=1e-12)
    back = on_data(moved, model.dataset)
    np.testing.assert_array_equal(roi(back).to_numpy(), roi(model).to_numpy())


def test_references_of_controls_stay_the_model_s_own() -> None:
    model, data = small(), small().dataset
    dearer = dataclasses.replace(data, control_values=data.control_values + 1.0, control_reference=np.array([11.0]))
    moved = on_data(model, dearer)
    np.testing.assert_array_equal(moved.dataset.control_reference, model.dataset.control_reference)
    np.testing.assert_allclose(moved.design.matrix[:, -1], model.design.matrix[:, -1] + 1.0, atol=1e-12)


def test_what_differs_is_named() -> None:
    data = small().dataset
    assert other_layout(data, small(kpi=np.arange(60.0) + 5).dataset) == ""
    assert other_layout(data, small(start="2023-01-02").dataset) == "dates"
    assert other_layout(data, small(history=4).dataset) == "dates"
    assert other_layout(data, small({"tv": SPEND["tv"], "radio": SPEND["search"]}).dataset) == "channels"
    assert other_layout(data, dataset(SPEND)) == "controls"
    assert other_layout(data, dataclasses.replace(data, roles=dataclasses.replace(data.roles, kpi="orders"))) == "KPI"
    assert other_layout(data, dataclasses.replace(data, media_units=("money", "clicks"))) == "channels"
    with pytest.raises(SpecError, match="other controls"):
        on_data(small(), dataset(SPEND))


def test_the_margin_moves_nothing_but_profit(model: Posterior) -> None:
    moved = with_margin(model, 0.5)
    assert moved.spec.margin == 0.5
    np.testing.assert_array_equal(roi(moved)["roi"], roi(model)["roi"])
    assert (roi(moved)["net_roi"] != roi(model)["net_roi"]).all()


def test_baseline_and_controls_are_least_squares_given_the_media(model: Posterior) -> None:
    moved = by_hand(model, {"channel0": {"decay": 0.5, "coefficient": 300.0}, "channel2": {"slope": 1.4}})
    np.testing.assert_array_equal(moved.media.values["decay"][:, 0], 0.5)
    np.testing.assert_array_equal(moved.media.coefficient[:, 0], 300.0)
    np.testing.assert_array_equal(moved.media.values["slope"][:, 2], np.float32(1.4))
    np.testing.assert_array_equal(moved.media.values["decay"][:, 1:], np.float32(model.media.values["decay"][:, 1:]))
    z = model.design.matrix[model.dataset.window]
    for draw in range(0, 12, 5):
        one = moved.take(slice(draw, draw + 1))
        parts = contribution(one)
        left = parts["residual"].to_numpy()
        np.testing.assert_allclose(z.T @ left / np.linalg.norm(z, axis=0), 0, atol=1e-2)  # draws are float32
        np.testing.assert_allclose(parts.sum(axis=1), model.dataset.window_kpi, rtol=1e-12)
        freedom = 60 - z.shape[1] - (3 * 3 + 3 - 3)
        assert one.sigma[0] == pytest.approx(np.sqrt((left**2).sum() / freedom), rel=1e-6)


def test_blocks_of_draws_give_the_same_numbers(model: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"channel1": {"half_saturation": 120.0}}
    whole = by_hand(model, values)
    monkeypatch.setattr("xl_mmm.posterior_moves.BLOCK_CELLS", 600)
    np.testing.assert_array_equal(by_hand(model, values).linear, whole.linear)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"radio": {"decay": 0.5}}, "no channel 'radio'"),
        ({"channel0": {"exponent": 0.5}}, "exponent has no meaning in this model, which has geometric and hill"),
        ({"channel0": {"decay": 1.5}}, "decay"),
    ],
)
def test_what_the_model_does_not_know_is_refused(model: Posterior, values: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        by_hand(model, values)
