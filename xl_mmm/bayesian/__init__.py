"""Bayesian estimation from data and choices to draws (`MATH.md`, "Model").

`unknowns` resolves priors from the choices and the data's scale, `problem` lines up the data, `bayes` samples,
`loo` leaves each week out.
"""

from __future__ import annotations

from xl_mmm.bayesian.fit import bayes

__all__ = ["bayes"]
