"""Believed before, found after: what was typed comes back as typed, and the data's share is what they narrowed."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.estimation.bayes.priors import FAMILIES, terms_of
from xl_mmm.fitting import FittedMMM, evaluate, fit
from xl_mmm.measures import beliefs
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import Prior

MARKET = simulate(weeks=80, channels=4, seed=21, organic=1)
FIRST, SECOND, THIRD, FOURTH = MARKET.dataset.channels
SPEC = ModelSpec({
    FIRST: ChannelSpec(roi=(0.5, 3.0), half_life=(1.0, 3.0), slope=1.0),
    SECOND: ChannelSpec("binomial", "logistic", mroi=(0.5, 2.0), half_effect_spend=(1e4, 1e5)),
    THIRD: ChannelSpec("delayed", "power", share=(0.01, 0.05)),
    FOURTH: ChannelSpec("weibull_pdf", "log", roi=1.0),
})  # fmt: skip


@pytest.fixture(scope="module")
def sampled() -> FittedMMM:
    return fit(MARKET.dataset, SPEC, method="bayes", draws=200)


def test_what_was_typed_comes_back(sampled: FittedMMM) -> None:
    table = sampled.beliefs()
    ends = table[["believed_low", "believed_high"]]
    for row, typed in (
        ((FIRST, "roi"), (0.5, 3.0)), ((FIRST, "half_life"), (1.0, 3.0)), ((SECOND, "mroi"), (0.5, 2.0)),
        ((SECOND, "half_effect_spend"), (1e4, 1e5)), ((THIRD, "share"), (0.01, 0.05)),
    ):  # fmt: skip
        np.testing.assert_allclose(ends.loc[row], typed, rtol=1e-9)
        assert table.loc[row, "belief"] == "yours"
    assert table.loc[(FIRST, "slope"), ["believed_low", "believed_high", "found_mean"]].tolist() == [1.0, 1.0, 1.0]
    assert table.loc[(FOURTH, "roi"), "belief"] == "fixed"
    assert table.loc[(SECOND, "half_life"), "belief"] == "default"
    assert (table.index.get_level_values("unknown") == "half_saturation").sum() == 1  # organic media have no money
    wider = beliefs(sampled.posterior, 0.98)
    assert (wider["believed_low"] < table["believed_low"]).sum() == (table["belief"] != "fixed").sum()


def test_found_is_what_other_tables_say(sampled: FittedMMM) -> None:
    table, roi = sampled.beliefs(), sampled.roi()
    assert table.loc[(FIRST, "roi"), "found_mean"] == pytest.approx(roi.loc[FIRST, "roi"])
    assert table.loc[(SECOND, "mroi"), "found_high"] == pytest.approx(roi.loc[SECOND, "mroi_high"])
    assert table.loc[(THIRD, "share"), "found_mean"] == pytest.approx(roi.loc[THIRD, "contribution_share"])
    sizes = table["from_data"].groupby(level="channel").first()
    np.testing.assert_array_equal(sizes[[FIRST, SECOND, THIRD]], roi["data_share"][[FIRST, SECOND, THIRD]])
    assert np.isnan(table.loc[(FOURTH, "roi"), "from_data"])
    assert table["from_data"].dropna().between(0, 1).all()


def test_classical_methods_say_where_they_searched_and_believe_nothing() -> None:
    table = fit(MARKET.dataset, SPEC, method="ols", draws=20).beliefs()
    assert table.loc[(FIRST, "roi"), "belief"] == "yours, only checked"
    assert table.loc[(FIRST, "half_life"), ["believed_low", "believed_high"]].tolist() == pytest.approx([1.0, 3.0])
    assert table.loc[(SECOND, "half_life"), "belief"] == "default, searched"
    assert table.loc[(MARKET.dataset.organic[0], "share"), "belief"] == "none"
    assert table[["believed_middle", "from_data"]].drop((FIRST, "slope")).isna().all(axis=None)


def test_a_model_by_hand_has_no_beliefs() -> None:
    own = {"decay": 0.5, "half_saturation": 3e4, "slope": 1.0, "coefficient": 1e4}
    given = dict.fromkeys((*MARKET.dataset.channels, *MARKET.dataset.organic), own)
    table = evaluate(MARKET.dataset, None, given).beliefs()
    assert table[["believed_low", "believed_high", "from_data"]].isna().all(axis=None)
    assert table.loc[(FIRST, "half_life"), "found_mean"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("prior", "low", "high"),
    [
        (Prior("log_normal", 0.2, 0.9), 0.0, np.inf), (Prior("logit_normal", -0.6, 0.9), 0.0, 1.0),
        (Prior("gamma", 2.0, 1.3), 0.0, np.inf), (Prior("half_normal", 0.0, 2.0), 0.0, 12.0),
        (Prior("normal", 0.0, 0.3), -1.0, 1.0),
    ],
)  # fmt: skip
def test_quantiles_and_spread_are_those_of_draws(prior: Prior, low: float, high: float) -> None:
    family, terms = FAMILIES[prior.family], terms_of([prior], [low], [high])
    draws = family.draw(np.random.default_rng(0), 100_000, terms)
    shares = np.array([0.05, 0.5, 0.95])
    spread = draws.std()
    np.testing.assert_allclose(family.quantile(shares, terms)[:, 0], np.quantile(draws, shares), atol=0.02 * spread)
    np.testing.assert_allclose(family.spread(terms), family.bell(draws, terms).std(axis=0), rtol=0.015)
