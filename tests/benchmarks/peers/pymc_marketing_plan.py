"""PyMC-Marketing's budget optimizer on its own fit: the next year, even spend, each channel within `bounds`.

`settings`: `chains`, `tune`, `draws` of the fit, and `weeks`, `bounds` of the plan. The answer is the plan as multiples
of the mean week's spend, and the seconds from a fitted model to it, its compilation included as for any first plan.
"""

from __future__ import annotations

import json
import warnings

from task import task, timed

warnings.filterwarnings("ignore")


def main() -> None:
    """Fit, plan, answer."""
    import pandas as pd
    import pymc_marketing
    import xarray as xr
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM, MultiDimensionalBudgetOptimizerWrapper

    given = task()
    frame = pd.read_csv(given["csv"], parse_dates=[given["date"]])
    spend, settings = given["spend"], given["settings"]
    weeks, bounds = settings.pop("weeks"), settings.pop("bounds")
    trend = [name for name in given["baseline"] if name.startswith("trend")]
    x, y = frame.drop(columns=given["kpi"]), frame[given["kpi"]]
    mmm = MMM(
        date_column=given["date"], channel_columns=spend, target_column=given["kpi"],
        adstock=GeometricAdstock(l_max=8), saturation=LogisticSaturation(),
        control_columns=[*given["controls"], *trend], yearly_seasonality=2,
    )  # fmt: skip
    mmm.build_model(x, y)
    mmm.add_original_scale_contribution_variable(var=["channel_contribution"])
    mmm.fit(x, y, nuts_sampler="nutpie", random_seed=1, progressbar=False, **settings)
    mean = frame[spend].mean()
    last = frame[given["date"]].max()
    start, end = last + pd.Timedelta(weeks=1), last + pd.Timedelta(weeks=weeks)
    limits = xr.DataArray(
        [[low, high] for low, high in zip(bounds[0] * mean, bounds[1] * mean, strict=True)],
        dims=("channel", "bound"), coords={"channel": spend, "bound": ["lower", "upper"]},
    )  # fmt: skip

    def planned():
        wrapper = MultiDimensionalBudgetOptimizerWrapper(mmm, start_date=str(start.date()), end_date=str(end.date()))
        return wrapper.optimize_budget(budget=float(mean.sum()), budget_bounds=limits)

    found, seconds = timed(planned)
    plan = found[0]
    multiples = {name: float(plan.sel(channel=name)) / float(mean[name]) for name in spend}
    print(json.dumps({**seconds, "multiples": multiples, "version": pymc_marketing.__version__}))


if __name__ == "__main__":
    main()
