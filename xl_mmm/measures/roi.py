"""What a unit of money brought: ROI in its several meanings.

Conventions
-----------
* ROI is a gross multiple: 1.0 returns the money before margin. Money is that of the window; carry-out counts only in
  `roi_long`.
* Without revenue per KPI every ROI is NaN and the cost per incremental KPI unit leads.
* NaN where nothing was spent. Never infinite.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import channel_number, check_multiples, curves_of
from xl_mmm.measures.draws import carried_out, earned, interval, marginal_revenue, per_spend, window_spend
from xl_mmm.response import outcome_weights

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]


def roi(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return on media by paid channel.

    Parameters
    ----------
    posterior
        Draws of the model.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index `channel`. `spend` money; `contribution` KPI units, carry-out excluded; `roi` with `_low _high _median`;
        `roi_long` with the carry-out, valued at the last week's revenue per KPI; `net_roi` = margin · ROI − 1; `mroi`
        with ends, the revenue of the next unit of money when all weeks' spend grows alike (exact derivative); `cpik`
        money per KPI unit gained; `contribution_share` of the KPI, `effect_share` of the contribution of all media,
        `spend_share`; `p_above_breakeven` = P(ROI > 1 / margin); `data_share`, how much the data narrowed the prior
        of ROI: 1 − Var(ln ROI | data) / Var(ln ROI), 0 to 1 (of mROI or the share of the KPI where the prior is on
        that); NaN for methods without a prior and a fixed size.
    """
    import pandas as pd

    gained, spend = earned(posterior), window_spend(posterior)
    paid = slice(0, len(spend))
    margin, money = posterior.spec.margin, posterior.dataset.revenue_per_kpi is not None
    draws = per_spend(gained.revenue[:, paid], spend) if money else np.full((posterior.n_draws, len(spend)), np.nan)
    marginal = per_spend(marginal_revenue(posterior)[:, paid], spend) if money else draws
    later = outcome_weights(posterior.dataset)[-1] * carried_out(posterior)[:, paid].mean(axis=0)
    low, high = interval(draws, level)
    mroi_low, mroi_high = interval(marginal, level)
    mean = draws.mean(axis=0)
    added = gained.contribution.mean(axis=0)
    effect = added.sum()
    columns = {
        "spend": spend,
        "contribution": added[paid],
        "roi": mean,
        "roi_low": low,
        "roi_high": high,
        "roi_median": np.median(draws, axis=0),
        "roi_long": mean + per_spend(later, spend),
        "net_roi": margin * mean - 1,
        "mroi": marginal.mean(axis=0),
        "mroi_low": mroi_low,
        "mroi_high": mroi_high,
        "cpik": reciprocal(per_spend(added[paid], spend)),
        "contribution_share": added[paid] / posterior.dataset.window_kpi.sum(),
        "effect_share": added[paid] / effect if effect > 0 else np.full(len(spend), np.nan),
        "spend_share": spend / spend.sum() if spend.sum() > 0 else np.full(len(spend), np.nan),
        "p_above_breakeven": np.where(np.isnan(mean), np.nan, (draws > 1 / margin).mean(axis=0)),
        "data_share": data_share(posterior)[paid],
    }
    return pd.DataFrame(columns, index=pd.Index(posterior.dataset.channels, name="channel"))


def mroi(posterior: Posterior, channel: str, spend: float | None = None) -> float:
    """Return the revenue of a paid channel's next unit of money, mean over draws.

    Parameters
    ----------
    posterior
        Draws of the model.
    channel
        Paid channel.
    spend
        Money over the window at which it is taken, today's flighting scaled to it; today's spend when None.

    Returns
    -------
    float
        Money per unit of money; NaN without revenue, or where nothing was spent and there is no flighting to scale.

    Raises
    ------
    PlanError
        Unknown channel, or a spend that is negative or no number.
    """
    k = channel_number(posterior, channel)
    today = float(window_spend(posterior)[k])
    if posterior.dataset.revenue_per_kpi is None or today == 0:
        return float("nan")
    multiples = np.array([1.0 if spend is None else spend / today])
    check_multiples(multiples, channel)
    slope = curves_of(posterior, (k,)).slope(multiples[:, None])
    return float(slope.mean()) / today


def cpik(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Cost per incremental KPI unit by paid channel: the reciprocal of KPI per money, ends swapped.

    Returns
    -------
    DataFrame
        Index `channel`; `cpik cpik_low cpik_high`, money per KPI unit. `cpik_high` is NaN (no upper end) where the
        range of the effect reaches zero; all three are NaN where nothing was spent or nothing gained.
    """
    import pandas as pd

    spend = window_spend(posterior)
    draws = per_spend(earned(posterior).contribution[:, : len(spend)], spend)
    low, high = interval(draws, level)
    columns = {"cpik": reciprocal(draws.mean(axis=0)), "cpik_low": reciprocal(high), "cpik_high": reciprocal(low)}
    return pd.DataFrame(columns, index=pd.Index(posterior.dataset.channels, name="channel"))


def elasticity(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Percent of revenue gained by one percent more exposure in every week, by medium.

    Elasticity = mROI · spend / revenue of the window; in KPI where there is no revenue.

    Returns
    -------
    DataFrame
        Index `channel`, organic media included; `elasticity elasticity_low elasticity_high`.
    """
    import pandas as pd

    dataset = posterior.dataset
    draws = marginal_revenue(posterior) / (outcome_weights(dataset) @ dataset.window_kpi)
    low, high = interval(draws, level)
    return pd.DataFrame(
        {"elasticity": draws.mean(axis=0), "elasticity_low": low, "elasticity_high": high},
        index=pd.Index(posterior.media.names, name="channel"),
    )


def share_distance(effect: Array, spend: Array) -> float:
    """Return DECOMP.RSSD: √Σ (effect share − spend share)² over paid channels, both among paid channels (Robyn)."""
    if not (effect.sum() > 0 and spend.sum() > 0):
        return float("nan")
    return float(np.sqrt(((effect / effect.sum() - spend / spend.sum()) ** 2).sum()))


def sizes_on(posterior: Posterior) -> list[str]:
    """Tell for each medium what the belief about its size is on; only `bayes` takes beliefs from lift tests."""
    from xl_mmm.bayesian.unknowns import sized_by

    spec = posterior.spec
    if posterior.method != "bayes":
        spec = dataclasses.replace(spec, lift_tests=())
    return sized_by(posterior.dataset, spec)


def size_draws(posterior: Posterior) -> Array:
    """Return (draw, column) of what `sizes_on` names: ROI or mROI (of KPI without revenue), or share of the KPI."""
    dataset, gained = posterior.dataset, earned(posterior)
    spend = np.concatenate([window_spend(posterior), np.zeros(len(dataset.organic))])
    on = np.array(sizes_on(posterior))
    share = gained.contribution / dataset.window_kpi.sum()
    draws: Array = np.where(on == "share", share, per_spend(gained.revenue, spend))
    if (on == "mroi").any():
        draws = np.where(on == "mroi", per_spend(marginal_revenue(posterior), spend), draws)
    return draws


def data_share(posterior: Posterior) -> Array:
    """Return (column,) 1 − Var(ln size | data) / Var(ln size), clipped to [0, 1]: 0 when only the prior speaks."""
    if posterior.method != "bayes" or posterior.n_draws < 2:
        return np.full(len(posterior.media.names), np.nan)
    from xl_mmm.bayesian.unknowns import prior_sd_of_size

    prior_sd, draws = prior_sd_of_size(posterior.dataset, posterior.spec), size_draws(posterior)
    learned = np.full(len(prior_sd), np.nan)
    known = ~np.isnan(prior_sd) & (draws > 0).all(axis=0)
    learned[known] = 1 - (np.log(draws[:, known]).std(axis=0) / prior_sd[known]) ** 2
    return np.asarray(np.clip(learned, 0.0, 1.0))


def reciprocal(values: Array) -> Array:
    """Return 1 / values, NaN where they are not above zero."""
    return np.divide(1.0, values, out=np.full_like(values, np.nan), where=values > 0)
