"""What the model would say without its experiments: sampled beside the fit, so that each test's effect can be shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.bayesian.fit import bayes
from xl_mmm.bayesian.unknowns import sized_by, unknowns
from xl_mmm.classical import media_families
from xl_mmm.estimation.bayes.parameters import SIZE
from xl_mmm.experiments import changed_media, lift_effect
from xl_mmm.posterior import Before, Posterior, rounded
from xl_mmm.response import media_contribution, outcome_weights

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

NORMAL_999 = 3.2905267314919255  # standard deviations from the middle of a normal to the ends of its 99.9 % range
DRAWS = 256  # handled at once


def bayes_and_before(
    dataset: Dataset, spec: ModelSpec, seed: int, draws: int, progress: Progress | None
) -> tuple[Posterior, Posterior]:
    """Sample the posterior as `bayes` does, and again without the experiments where it uses any.

    The mode alone (`draws` 1) is left without.
    """
    if draws == 1 or not spec.lift_tests or spec.lift_route == "none":
        return bayes(dataset, spec, seed, draws, progress)
    halves = _Halves(progress)
    posterior, estimate = bayes(dataset, spec, seed, draws, halves.first)
    without = bayes(dataset, dataclasses.replace(spec, lift_tests=()), seed, draws, halves.second)[0]
    return dataclasses.replace(posterior, before=_before(without, spec)), estimate


def _before(without: Posterior, spec: ModelSpec) -> Before:
    """Return what the model without the experiments says of them, and of the channels they are about."""
    dataset = without.dataset
    tested = [changed_media(dataset, test) for test in spec.lift_tests]
    columns = [one.column for one in tested]
    spend = dataset.spend[dataset.window].sum(axis=0)[columns]
    parts = []
    for some in without.blocks(DRAWS):
        effect = np.stack([lift_effect(one, some.media, dataset.period_weeks) for one in tested], axis=1)
        earned = np.einsum("dtk,t->dk", media_contribution(some)[0], outcome_weights(dataset))
        parts.append((effect, earned[:, columns] / spend))
    effects, rois = (rounded(np.concatenate(part)) for part in zip(*parts, strict=True))
    return Before(effects, rois, rounded(_believed(dataset, without.spec)[columns]))


def _believed(dataset: Dataset, spec: ModelSpec) -> Array:
    """Return (column, 2) ends of the 99.9 % range of what was believed of ROI; NaN where it is fixed."""
    families = media_families(dataset, spec)
    ends = np.full((len(families.names), 2), np.nan)
    for c in unknowns(dataset, spec, families).coordinates:
        if c.name == SIZE:
            ends[c.column] = np.exp(c.prior.location + c.prior.scale * NORMAL_999 * np.array([-1.0, 1.0]))
    spend, kpi = dataset.spend[dataset.window].sum(axis=0), float(outcome_weights(dataset) @ dataset.window_kpi)
    for k, quantity in enumerate(sized_by(dataset, spec)[: len(spend)]):
        if quantity == "share" and spend[k] > 0:
            ends[k] *= kpi / spend[k]
    return ends


class _Halves:
    """Turns the progress of two fits into that of one."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.expected = progress, 0

    def first(self, done: int, expected: int) -> None:
        """Report the first fit; the second is expected to take as long."""
        self.expected = expected
        if self.progress is not None:
            self.progress(done, 2 * expected)

    def second(self, done: int, expected: int) -> None:
        """Report the second fit."""
        if self.progress is not None:
            self.progress(self.expected + done, self.expected + expected)
