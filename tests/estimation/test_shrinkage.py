"""The weight of ridge and lasso is chosen by prediction."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.errors import FitError
from xl_mmm.estimation.shrinkage import PATH, choose_weight


def market(strength: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(150, 4))
    baseline = np.linalg.qr(np.column_stack([np.ones(150), np.linspace(-1, 1, 150)]))[0]
    y = 50 + strength * x @ np.array([1.0, 0.8, 0.6, 0.4]) + rng.normal(size=150)
    return (x - x.mean(0)) / x.std(0), baseline, y


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
def test_noise_is_shrunk_more_than_signal(kind: str) -> None:
    def relative(strength: float) -> float:
        x, _, y = market(strength)
        top = len(y) if kind == "ridge" else np.abs(x.T @ (y - y.mean())).max()
        return choose_weight(kind, *market(strength)) / top

    assert relative(0.0) == pytest.approx(PATH[-1], rel=0.5)
    assert relative(3.0) < relative(0.0) / 3


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
def test_a_baseline_column_that_has_not_occurred_yet_is_harmless(kind: str) -> None:
    x, baseline, y = market(3.0)
    event = np.zeros((150, 1))
    event[-2] = 1
    assert np.isfinite(choose_weight(kind, x, np.column_stack([baseline, event]), y))


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
def test_short_series_have_fewer_origins_or_are_refused(kind: str) -> None:
    x, _, y = market(3.0)
    trend = np.linalg.qr(np.column_stack([np.ones(32), np.linspace(-1, 1, 32)]))[0]
    assert choose_weight(kind, x[:32], trend, y[:32]) > 0
    with pytest.raises(FitError, match=f"20 periods are too few to choose the weight of {kind}: use ols"):
        choose_weight(kind, x[:20], trend[:20], y[:20])
