"""Meridian's budget optimizer on its own fit: the whole window, each channel within `bound` of today.

`settings`: `n_chains`, `n_adapt`, `n_burnin`, `n_keep` of the fit, and `bound` of the plan. The answer is the plan as
multiples of today's spend, and the seconds from a fitted model to it.
"""

from __future__ import annotations

import json
import os
import warnings

from task import task, timed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")


def main() -> None:
    """Fit, plan, answer."""
    import meridian
    import pandas as pd
    from meridian.analysis import optimizer
    from meridian.data import data_frame_input_data_builder
    from meridian.model import model, spec

    given = task()
    frame = pd.read_csv(given["csv"])
    spend, settings = given["spend"], given["settings"]
    bound = settings.pop("bound")
    made = data_frame_input_data_builder.DataFrameInputDataBuilder(kpi_type="revenue")
    made = made.with_kpi(frame, kpi_col=given["kpi"], time_col=given["date"])
    made = made.with_controls(frame, [*given["controls"], *given["baseline"]], time_col=given["date"])
    made = made.with_media(frame, spend, spend, spend, time_col=given["date"])
    mmm = model.Meridian(input_data=made.build(), model_spec=spec.ModelSpec())
    mmm.sample_posterior(seed=1, **settings)

    def planned():
        return optimizer.BudgetOptimizer(mmm).optimize(
            fixed_budget=True, spend_constraint_lower=bound, spend_constraint_upper=bound
        )

    found, seconds = timed(planned)
    table = found.optimized_data["spend"]
    today = found.nonoptimized_data["spend"]
    multiples = {name: float(table.sel(channel=name)) / float(today.sel(channel=name)) for name in spend}
    print(json.dumps({**seconds, "multiples": multiples, "version": meridian.__version__}))


if __name__ == "__main__":
    main()
