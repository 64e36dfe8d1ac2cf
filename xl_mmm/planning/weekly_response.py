"""Revenue of a plan by period with its slope, and the concave envelope of its saturation curves.

The numbers are those of `xl_mmm.response`. Arrays inside are (week, channel, draw): memory is walked in long strides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.carryover import held
from xl_mmm.estimation.bayes.forward import grouped
from xl_mmm.estimation.bayes.saturated import Saturated, saturated
from xl_mmm.response import carried_in_media, media_block, outcome_weights
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, adstock

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

HALVINGS = 40  # of the stretch that the envelope's tangent point lies in
TINY = 1e-12  # share of the largest effective spend that stands for none: slopes are infinite at zero


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """Straight lines below the points where tangents from the reachable ends touch the curves.

    Attributes
    ----------
    start, touch
        (week, channel, draw) effective spend: where reach begins, and where the line meets the curve.
    level, slope
        (week, channel, draw) S at the start, and the line's slope.
    """

    start: Array
    touch: Array
    level: Array
    slope: Array


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyResponse:
    """Draws of the response, made ready for plans of the window's first periods.

    Attributes
    ----------
    kernel
        (lag, channel, draw) effective spend a calendar week, per unit of money, `lag` periods later.
    before
        (week, channel, draw) effective spend that history alone leaves.
    earned_before
        (week, channel, draw) S of it.
    families, parameters
        Saturation of each channel; parameter -> (channel, draw).
    coefficient
        (channel, draw) times weights of the weeks is revenue.
    weights
        (week,) money per KPI unit.
    periods
        Periods that are planned.
    envelope
        Lines that replace the curves where they bend upwards; None for the curves themselves.
    """

    kernel: Array
    before: Array
    earned_before: Array
    families: tuple[str, ...]
    parameters: dict[str, Array]
    coefficient: Array
    weights: Array
    periods: int
    envelope: Envelope | None = None

    @classmethod
    def of(cls, posterior: Posterior, rate: Array, periods: int) -> WeeklyResponse:
        """Make the draws of a posterior ready; `rate` (channel,) is exposure per money."""
        dataset, media = posterior.dataset, posterior.media
        n, weeks = len(dataset.channels), dataset.n_weeks
        impulse = np.zeros((weeks, n))
        impulse[0] = rate / dataset.period_weeks
        kernel = np.empty((weeks, n, posterior.n_draws))
        for k in range(n):
            family = media.adstock[k]
            own = {p.name: media.values[p.name][:, k : k + 1] for p in ADSTOCKS[family].parameters}
            answer = adstock(
                impulse[:, k : k + 1], family, own, max_lag=media.max_lag[k], period_weeks=dataset.period_weeks
            )
            kernel[:, k] = answer.reshape(-1, weeks, 1)[..., 0].T if answer.ndim == 3 else answer
        before = np.ascontiguousarray(carried_in_media(media_block(dataset), media)[:, :, :n].transpose(1, 2, 0))
        parameters = {name: np.ascontiguousarray(value[:, :n].T) for name, value in media.values.items()}
        made = cls(
            kernel, before, np.zeros_like(before), media.saturation[:n], parameters,
            np.ascontiguousarray(media.coefficient[:, :n].T), outcome_weights(dataset), periods,
        )  # fmt: skip
        return replace(made, earned_before=made._curves(before)[0])

    @property
    def bent(self) -> bool:
        """Whether a line replaces a curve anywhere."""
        return self.envelope is not None and bool((self.envelope.touch > self.envelope.start).any())

    def by_draw(self, plan: Array) -> Array:
        """Return revenue by draw, (draw,)."""
        earned = self._curves(self._effective(plan))[0] - self.earned_before
        return np.asarray(np.einsum("tkd,kd,t->d", earned, self.coefficient, self.weights))

    def mean(self, plan: Array) -> tuple[float, Array]:
        """Return mean revenue over draws, and its slope in every cell of the plan, (period, channel)."""
        u = self._effective(plan)
        s, slope = self._curves(u)
        weighted = self.coefficient * self.weights[:, None, None]
        n_draws = u.shape[2]
        total = float(np.einsum("tkd,tkd->", s - self.earned_before, weighted)) / n_draws
        slope *= weighted
        by_week = np.empty((self.periods, u.shape[1]))
        for period in range(self.periods):  # what a unit of money does from its period on
            later = slope[period:]
            by_week[period] = np.einsum("tkd,tkd->k", self.kernel[: len(later)], later) / n_draws
        return total, by_week

    def enveloped(self, low: Array, high: Array) -> WeeklyResponse:
        """Return the response with concave envelopes between what limits (period, channel) can reach."""
        start, end = self._effective(low), self._effective(high)
        level, bend = self._curves(start)[0], self._inflection()
        low_touch, high_touch = np.maximum(start, np.minimum(bend, end)), end.copy()
        for _ in range(HALVINGS):
            middle = (low_touch + high_touch) / 2
            value, slope = self._curves(middle)
            short = value - level < slope * (middle - start)  # the tangent still passes below the start
            low_touch, high_touch = np.where(short, middle, low_touch), np.where(short, high_touch, middle)
        touch = np.where(bend > start, high_touch, start)
        value, slope = self._curves(touch)
        width = np.maximum(touch - start, 1e-300)
        line = np.where(touch > start, np.maximum((value - level) / width, slope * (touch < end)), 0.0)
        return replace(self, envelope=Envelope(start, touch, level, line))

    def _effective(self, plan: Array) -> Array:
        """Return effective spend a calendar week, (week, channel, draw)."""
        u = self.before.copy()
        for period in range(self.periods):
            u[period:] += self.kernel[: len(u) - period] * plan[period][:, None]
        return u

    def _inflection(self) -> Array:
        """Return the effective spend below which a curve bends upwards, (channel, draw)."""
        bend = np.zeros_like(self.coefficient)
        for k, family in enumerate(self.families):
            if family == "hill":
                slope, half = self.parameters["slope"][k], self.parameters["half_saturation"][k]
                steep = np.maximum(slope, 1.0)
                bend[k] = half * ((steep - 1) / (steep + 1)) ** (1 / steep)
        return bend

    def _curves(self, u: Array) -> tuple[Array, Array]:
        """Return S, or its envelope, and the slope at effective spend."""
        s, slope = np.empty_like(u), np.empty_like(u)
        for first, columns in grouped(self.families):
            own = {p.name: self.parameters[p.name][columns] for p in SATURATIONS[self.families[first]].parameters}
            at = np.array(columns)
            part: Saturated = saturated(held(u[:, at]), self.families[first], own)
            s[:, at] = part.s
            slope[:, at] = part.elastic / np.maximum(u[:, at], TINY * max(float(u.max()), 1e-300))
        if self.envelope is None:
            return s, slope
        lines = self.envelope
        below = u < lines.touch
        straight = lines.level + lines.slope * (u - lines.start)
        return np.where(below, straight, s), np.where(below, lines.slope, slope)
