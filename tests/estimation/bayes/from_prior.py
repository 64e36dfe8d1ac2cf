"""Data that come from a model's own prior: what simulation-based calibration starts from."""

from __future__ import annotations

import dataclasses

import numpy as np

from xl_mmm.estimation.bayes.target import Target


def drawn_from_prior(target: Target, rng: np.random.Generator) -> tuple[Target, np.ndarray, np.ndarray]:
    """Draw the unknowns and the KPI; returns the target with that KPI, (1, coordinate) and (linear,) the truth.

    The scale stays fixed: the mean KPI is one by definition, whatever is drawn.
    """
    truth, n_weeks = target.parameters.prior_draws(rng, 1), len(target.y)
    sigma, rho, smoothness = (float(value[0]) for value in target.noise(truth))
    noise = np.empty(n_weeks)
    noise[0] = sigma / np.sqrt(1 - rho**2) * rng.normal()
    for t in range(1, n_weeks):
        noise[t] = rho * noise[t - 1] + sigma * rng.normal()
    linear = rng.normal(size=target.linear.z.shape[1]) * np.where(target.linear.knots, smoothness, 1.0)
    media = -dataclasses.replace(target, y=np.zeros(n_weeks)).unexplained(truth)[:, 0]
    return dataclasses.replace(target, y=media + target.linear.z @ linear + noise), truth, linear
