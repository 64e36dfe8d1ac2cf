"""Bayesian estimation from data and choices to draws (`MATH.md`, "Model").

`unknowns` resolves priors from the choices and the data's scale, `problem` lines up the data, `bayes` samples,
`loo` leaves each week out; `experiments` brings lift tests in, and `bayes_and_before` samples once more without them.
"""

from __future__ import annotations

from xl_mmm.bayesian.before import bayes_and_before
from xl_mmm.bayesian.fit import bayes

__all__ = ["bayes", "bayes_and_before"]
