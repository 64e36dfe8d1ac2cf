"""Meridian, national model, its default priors and lags. `settings`: `n_chains`, `n_adapt`, `n_burnin`, `n_keep`."""

from __future__ import annotations

import os
import warnings

from task import answer, task, timed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")


def main() -> None:
    """Fit, answer, save the draws as chains."""
    import meridian
    import numpy as np
    import pandas as pd
    from meridian.analysis import analyzer
    from meridian.data import data_frame_input_data_builder
    from meridian.model import model, spec

    given = task()
    frame = pd.read_csv(given["csv"])
    spend = given["spend"]

    def fitted():
        made = data_frame_input_data_builder.DataFrameInputDataBuilder(kpi_type="revenue")
        made = made.with_kpi(frame, kpi_col=given["kpi"], time_col=given["date"])
        made = made.with_controls(frame, [*given["controls"], *given["baseline"]], time_col=given["date"])
        made = made.with_media(frame, spend, spend, spend, time_col=given["date"])
        mmm = model.Meridian(input_data=made.build(), model_spec=spec.ModelSpec())
        mmm.sample_posterior(seed=1, **given["settings"])
        return mmm

    mmm, seconds = timed(fitted)
    draws = np.asarray(analyzer.Analyzer(mmm).roi())  # (chain, draw, channel)
    roi = dict(zip(spend, draws.mean(axis=(0, 1)).tolist(), strict=True))
    said = answer(seconds, roi, meridian.__version__)
    posterior = mmm.inference_data.posterior
    parts = {"noise": posterior["sigma"].to_numpy()}
    for k, name in enumerate(spend):
        parts[f"roi {name}"] = draws[:, :, k]
        parts[f"carryover {name}"] = posterior["alpha_m"].to_numpy()[:, :, k]
        parts[f"saturation {name}"] = posterior["ec_m"].to_numpy()[:, :, k]
    np.savez(given["draws"], **{name: values.reshape(values.shape[:2]) for name, values in parts.items()})
    print(said)


if __name__ == "__main__":
    main()
