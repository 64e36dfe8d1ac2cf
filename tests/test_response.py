"""The forward model by hand: adstock, saturation, carry-in, carry-out, plans."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests import posteriors
from xl_mmm.response import carry_out, carry_out_weeks, immediate_contribution, marginal, media_contribution

DECAY, HALF, SIZE = 0.5, 100.0, 60.0


def model(spend: list[float], history: int = 0):
    data = posteriors.dataset({"tv": spend}, history=history)
    shape = {"tv": {"decay": DECAY, "half_saturation": HALF, "slope": 1.0, "coefficient": SIZE}}
    return posteriors.posterior(data, shape)


def by_hand(spend: list[float]) -> np.ndarray:
    u, out = 0.0, []
    for x in spend:
        u = DECAY * u + (1 - DECAY) * x
        out.append(SIZE * u / (u + HALF))
    return np.array(out)


SPEND = [0.0, 200.0, 100.0, 0.0, 0.0, 300.0, 50.0] + [20.0] * 53


def test_contribution_by_hand() -> None:
    contribution, carry_in = media_contribution(model(SPEND))
    np.testing.assert_allclose(contribution[0, :, 0], by_hand(SPEND), rtol=1e-12)
    assert not carry_in.any()


def test_history_is_carried_in_and_the_channel_is_credited_with_the_rest() -> None:
    contribution, carry_in = media_contribution(model(SPEND, history=3))
    alone = by_hand([*SPEND[:3], *[0.0] * 57])[3:]
    np.testing.assert_allclose(carry_in[0, :, 0], alone, rtol=1e-12)
    np.testing.assert_allclose(contribution[0, :, 0], by_hand(SPEND)[3:] - alone, rtol=1e-9, atol=1e-12)


def test_a_plan_moves_its_own_carryover() -> None:
    plan = np.array([1.5])
    contribution, _ = media_contribution(model(SPEND), plan)
    np.testing.assert_allclose(contribution[0, :, 0], by_hand([1.5 * x for x in SPEND]), rtol=1e-12)
    nothing, _ = media_contribution(model(SPEND, history=3), np.array([0.0]))
    np.testing.assert_allclose(nothing, 0.0, atol=1e-12)


@pytest.mark.parametrize("history", [0, 3])
def test_marginal_is_the_derivative_of_scaling_the_window(history: int) -> None:
    one, step = model(SPEND, history), 1e-5
    up, down = (media_contribution(one, np.array([1 + s]))[0] for s in (step, -step))
    np.testing.assert_allclose(marginal(one), (up - down) / (2 * step), rtol=1e-6, atol=1e-9)


def test_carry_out_is_what_later_weeks_still_earn() -> None:
    later = by_hand([*SPEND, *[0.0] * 60])[60:]
    assert carry_out(model(SPEND))[0, 0] == pytest.approx(later.sum(), rel=2e-3)
    assert carry_out(model(SPEND))[0, 0] < later.sum()


@pytest.mark.parametrize("decay", [0.95, 0.985])
def test_carry_out_leaves_out_a_thousandth_of_a_long_carryover_at_most(decay: float) -> None:
    spend = [1.0] * 60
    shape = {"tv": {"decay": decay, "saturation": "power", "exponent": 1.0, "coefficient": 1.0}}
    one = posteriors.posterior(posteriors.dataset({"tv": spend}, kpi=np.arange(60.0)), shape)
    earned = media_contribution(one)[0].sum()
    assert earned + carry_out(one)[0, 0] == pytest.approx(60.0, rel=1.1e-3)  # S(u) = u: a unit of spend earns one


def test_carry_out_is_as_long_as_the_mean_of_the_draws_needs() -> None:
    decay = np.array([[0.9, 0.5], [0.1, 0.5]])
    media = SimpleNamespace(max_lag=(0, 0), adstock=("geometric", "geometric"), values={"decay": decay})
    weeks = int(carry_out_weeks(media))
    assert (decay**weeks).mean(axis=0).max() <= 1e-3 < (decay ** (weeks - 1)).mean(axis=0).max()


def test_the_same_week_earns_its_share_of_the_effective_media() -> None:
    immediate = immediate_contribution(model(SPEND))[0, :, 0]
    np.testing.assert_allclose(immediate[1], by_hand(SPEND)[1], rtol=1e-12)  # nothing came before
    assert immediate[3] == 0.0  # nothing was spent
    u = 0.5 * 100 + 0.25 * 200
    np.testing.assert_allclose(immediate[2], SIZE * u / (u + HALF) * 50 / u, rtol=1e-12)
