"""The planner's words become the parameters they stand for, and nothing typed means what it meant."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from xl_mmm.errors import SpecError
from xl_mmm.fitting import evaluate, fit
from xl_mmm.posterior_moves import by_hand
from xl_mmm.resolution import decay_of_half_life, resolved, typical_week, unit_cost
from xl_mmm.simulation import simulate
from xl_mmm.spec import FADING, HALVED, ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, half_life

DATA = simulate(weeks=60, channels=2, seed=6, organic=1, history=6).dataset
FIRST = DATA.channels[0]


def with_unit(cost: float):
    """The first channel bought at `cost` a unit of exposure."""
    media = DATA.media.copy()
    media[:, 0] = DATA.spend[:, 0] / cost
    return dataclasses.replace(DATA, media=media, media_units=("GRP", *DATA.media_units[1:]))


def test_the_families_named_are_those_of_the_transforms() -> None:
    assert tuple(s.name for s in SATURATIONS.values() if s.limited) == HALVED
    one_parameter = [a.name for a in ADSTOCKS.values() if [p.name for p in a.parameters] == ["decay"]]
    assert sorted(FADING) == sorted(one_parameter)


def test_a_half_life_is_a_decay() -> None:
    assert decay_of_half_life(1.0, "geometric", 12) == 0.5
    assert decay_of_half_life(2.0, "geometric", 12) == pytest.approx(2**-0.5)
    assert decay_of_half_life(0.0, "geometric", 12) == 0.0
    for adstock in FADING:
        for weeks in (0.3, 1.0, 3.7):
            decay = decay_of_half_life(weeks, adstock, 9)
            assert float(half_life(adstock, {"decay": decay}, max_lag=9)) == pytest.approx(weeks, rel=1e-9)
    with pytest.raises(SpecError, match="out of reach of binomial carryover that ends at week 4"):
        decay_of_half_life(6.0, "binomial", 4)


def test_ranges_and_fixed_values_keep_their_form() -> None:
    spec = ModelSpec({FIRST: ChannelSpec(half_life=(1.0, 2.0), half_effect_spend=3e4)})
    own = resolved(DATA, spec).channel(FIRST)
    assert own.decay == (0.5, pytest.approx(2**-0.5))
    assert own.half_saturation == 3e4
    assert (own.half_life, own.half_effect_spend) == (None, None)


def test_money_becomes_media_at_what_a_unit_cost() -> None:
    bought = with_unit(250.0)
    assert unit_cost(bought)[0] == pytest.approx(250.0)
    own = resolved(bought, ModelSpec({FIRST: ChannelSpec(half_effect_spend=(1e4, 5e4))})).channel(FIRST)
    assert own.half_saturation == (pytest.approx(40.0), pytest.approx(200.0))


def test_a_typical_week_is_the_mean_of_active_weeks_per_calendar_week() -> None:
    media = DATA.media.copy()
    media[DATA.n_history :, 0] = 0.0
    media[DATA.n_history + 3, 0], media[DATA.n_history + 9, 0] = 100.0, 300.0
    media[DATA.n_history :, 1] = 0.0
    typical = typical_week(dataclasses.replace(DATA, media=media))
    assert typical[:2].tolist() == [200.0, 1.0]


@pytest.mark.parametrize("method", ["ols", "bayes"])
def test_the_computed_number_typed_changes_nothing_and_another_one_does(method: str) -> None:
    names, typical = (*DATA.channels, *DATA.organic), typical_week(DATA)

    def halves(times: float | None) -> np.ndarray:
        weeks = [None if times is None else times * week for week in typical]
        spec = ModelSpec({name: ChannelSpec(typical_week=week) for name, week in zip(names, weeks, strict=True)})
        return fit(DATA, spec, method=method, draws=1).posterior.media.values["half_saturation"]

    np.testing.assert_array_equal(halves(1.0), halves(None))
    assert (halves(8.0) > 1.5 * halves(None)).any()


def test_a_fixed_half_life_is_kept_by_every_method() -> None:
    spec = ModelSpec(default=ChannelSpec(half_life=2.0, half_effect_spend=(2e4, 4e4)))
    for method in ("ols", "bayes"):
        values = fit(DATA, spec, method=method, draws=1).posterior.media.values
        np.testing.assert_allclose(values["decay"], 2**-0.5, rtol=1e-6)
        assert ((values["half_saturation"][:, :2] > 1e4) & (values["half_saturation"][:, :2] < 8e4)).all()
    own = {"half_saturation": 3e4, "slope": 1.0, "coefficient": 1e4}
    given = dict.fromkeys((*DATA.channels, *DATA.organic), own)
    given_decay = evaluate(DATA, spec, given).posterior.media.values["decay"]
    np.testing.assert_allclose(given_decay, 2**-0.5, rtol=1e-6)


def test_planner_s_forms_may_be_set_by_hand() -> None:
    model = fit(DATA, method="ols", draws=3).posterior
    moved = by_hand(model, {FIRST: {"half_life": 2.0, "half_effect_spend": 3e4}}).media.values
    np.testing.assert_allclose(moved["decay"][:, 0], 2**-0.5, rtol=1e-6)
    np.testing.assert_allclose(moved["half_saturation"][:, 0], 3e4, rtol=1e-6)
    with pytest.raises(SpecError, match="half_life and decay are both set by hand"):
        by_hand(model, {FIRST: {"half_life": 2.0, "decay": 0.5}})


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(SpecError, match=f"{FIRST}: a half-life of 9 weeks"):
        resolved(DATA, ModelSpec({FIRST: ChannelSpec("binomial", half_life=9.0)}))
    with pytest.raises(SpecError, match="nothing was spent on it; give half_saturation"):
        resolved(DATA, ModelSpec({DATA.organic[0]: ChannelSpec(half_effect_spend=1e4)}))
