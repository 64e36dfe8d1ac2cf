"""PyMC-Marketing, nutpie: geometric adstock of 8 lags, logistic saturation. `settings`: `chains`, `tune`, `draws`."""

from __future__ import annotations

import warnings

from task import answer, task, timed

warnings.filterwarnings("ignore")


def main() -> None:
    """Fit, answer, save the draws as chains."""
    import numpy as np
    import pandas as pd
    import pymc_marketing
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    given = task()
    frame = pd.read_csv(given["csv"], parse_dates=[given["date"]])
    spend = given["spend"]
    trend = [name for name in given["baseline"] if name.startswith("trend")]
    x, y = frame.drop(columns=given["kpi"]), frame[given["kpi"]]

    def fitted():
        mmm = MMM(
            date_column=given["date"], channel_columns=spend, target_column=given["kpi"],
            adstock=GeometricAdstock(l_max=8), saturation=LogisticSaturation(),
            control_columns=[*given["controls"], *trend], yearly_seasonality=2,
        )  # fmt: skip
        mmm.build_model(x, y)
        mmm.add_original_scale_contribution_variable(var=["channel_contribution"])
        mmm.fit(x, y, nuts_sampler="nutpie", random_seed=1, progressbar=False, **given["settings"])
        return mmm

    mmm, seconds = timed(fitted)
    posterior = mmm.idata.posterior
    earned = posterior["channel_contribution_original_scale"].sum("date")
    roi = {name: float(earned.sel(channel=name).mean() / frame[name].sum()) for name in spend}
    said = answer(seconds, roi, pymc_marketing.__version__)
    parts = {"noise": posterior["y_sigma"]}
    for name in spend:
        parts[f"roi {name}"] = earned.sel(channel=name)
        parts[f"carryover {name}"] = posterior["adstock_alpha"].sel(channel=name)
        parts[f"saturation {name}"] = posterior["saturation_lam"].sel(channel=name)
    np.savez(given["draws"], **{name: values.transpose("chain", "draw").to_numpy() for name, values in parts.items()})
    print(said)


if __name__ == "__main__":
    main()
