"""What the fit statistics are called on a sheet."""

from __future__ import annotations

LABELS = {  # statistic -> its name on the sheet
    "n_weeks": "Periods", "n_parameters": "Parameters", "r_squared": "R2", "adjusted_r_squared": "Adjusted R2",
    "mape": "MAPE", "wmape": "wMAPE", "nrmse": "NRMSE", "nrmse_mean": "NRMSE by mean", "decomp_rssd": "DECOMP.RSSD",
    "durbin_watson": "Durbin-Watson", "loo_elpd": "LOO", "loo_se": "LOO standard error",
    "loo_parameters": "LOO parameters", "largest_k": "Largest Pareto k",
}  # fmt: skip
