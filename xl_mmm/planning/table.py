"""Responses tabulated: exact at points, smooth in between for seeking a plan, never too low for proving one.

Conventions: money, revenue, means over draws. A table is rectangular; points of a channel may coincide, and a step of
no length counts for nothing. Where a channel's money cannot lie inside a step (between two increments, or below the
minimum if used), the chord itself is a bound there: the step is `closed`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import scan

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEEPEST_CHORDS = 3.0  # a cubic whose end slope is more than three chords is no rising curve
NO_STEP = 1e-12  # share of a channel's range below which a step has no length
ON_INCREMENT = 1e-6  # share of an increment


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a table's numbers come from.

    Attributes
    ----------
    curves
        Responses of the channels in question.
    unit
        (channel,) money at multiple 1.
    bent
        (channel,) whether a curve may be S-shaped; the others are concave.
    proven
        Whether bounds are wanted and can be had.
    minimum, increment
        (channel,) money, zero for none.
    """

    curves: ResponseCurves
    unit: Array
    bent: Flags
    proven: bool
    minimum: Array
    increment: Array


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Tabulated responses.

    Attributes
    ----------
    source
        Where they come from.
    x
        (point, channel) money.
    draws, slopes
        (draw, point, channel) revenue, and marginal revenue per unit of money.
    value
        (point, channel) revenue that is planned with: mean over draws.
    slope
        (point, channel) marginal revenue per unit of money.
    excess
        (step, channel) how far the curve can rise above each chord.
    falling
        (step, channel) whether the curve is concave along the step.
    """

    source: Source
    x: Array
    draws: Array
    slopes: Array
    value: Array
    slope: Array
    excess: Array
    falling: Flags

    @classmethod
    def at(cls, source: Source, x: Array) -> Table:
        """Tabulate at points, (point, channel) money, not decreasing."""
        bent = source.bent if source.proven and source.bent.any() else None
        found = scan(source.curves, x / source.unit, bent)
        slopes = found.slope / source.unit
        return cls(
            source, x, found.draws, slopes, found.draws.mean(axis=0), slopes.mean(axis=0), found.excess, found.falling
        )

    def refined(self, at: Array, inner: int) -> Table:
        """Split the two steps about the point nearest to a plan (channel,) into `inner` + 1 parts each."""
        ends, first, last = [], [], []
        for k, money in enumerate(at):
            x, j = self.x[:, k], int(np.abs(self.x[:, k] - money).argmin())
            tiny = NO_STEP * (x[-1] - x[0])
            left, right = np.flatnonzero(x < x[j] - tiny), np.flatnonzero(x > x[j] + tiny)
            a, b = (left[-1] if left.size else j), (right[0] if right.size else j)
            first.append(int(a))
            last.append(int(b))
            ends.append(x[[a, j, b]])
        a, middle, b = np.array(ends).T
        parts = np.arange(1, inner + 1)[:, None] / (inner + 1)
        points = [a[None], a + parts * (middle - a), middle[None], middle + parts * (b - middle), b[None]]
        return self._with(first, last, np.vstack(points))

    def through(self, plan: Array) -> Table:
        """Put a plan's own point, (channel,) money, into the table."""
        columns = np.arange(len(plan))
        first = np.clip((self.x <= plan).sum(axis=0) - 1, 0, len(self.x) - 2)
        if not (self.source.proven and self.source.bent.any()):  # steps have no bounds to be made anew
            return self._with((first + 1).tolist(), first.tolist(), plan[None])
        points = np.vstack([self.x[first, columns], plan, self.x[first + 1, columns]])
        return self._with(first.tolist(), (first + 1).tolist(), points)

    def _with(self, first: list[int], last: list[int], points: Array) -> Table:
        """Replace each channel's points from `first` to `last` by others; none where `first` follows `last`."""
        new = Table.at(self.source, self._snapped(points))
        size = max(len(self.x) + len(points) - (b - a + 1) for a, b in zip(first, last, strict=True))

        def spliced(old: Array, fresh: Array, steps: bool) -> Array:
            columns = []
            for k, (a, b) in enumerate(zip(first, last, strict=True)):
                parts = [old[..., :a, k], fresh[..., k], old[..., (b if steps else b + 1) :, k]]
                column = np.concatenate(parts, axis=-1)
                short = size - steps - column.shape[-1]  # the last point again, and steps of no length
                fill = np.zeros_like(column[..., :1]) if steps else column[..., -1:]
                columns.append(np.concatenate([column, *[fill] * short], axis=-1))
            return np.stack(columns, axis=-1)

        return Table(
            self.source, spliced(self.x, new.x, False), spliced(self.draws, new.draws, False),
            spliced(self.slopes, new.slopes, False), spliced(self.value, new.value, False),
            spliced(self.slope, new.slope, False), spliced(self.excess, new.excess, True),
            spliced(self.falling.astype(float), new.falling.astype(float), True) > 0,
        )  # fmt: skip

    def on_draws(self, start: int) -> Table:
        """Return the table of every second draw, from `start`."""
        value, slope = self.draws[start::2].mean(axis=0), self.slopes[start::2].mean(axis=0)
        return replace(self, value=value, slope=slope)

    def upper(self, k: int) -> tuple[Array, Array]:
        """Return points (x, y) of a broken line that lies nowhere below a channel's curve."""
        keep = np.concatenate([[True], np.diff(self.x[:, k]) > NO_STEP * max(self.x[-1, k] - self.x[0, k], 1e-300)])
        x, y, slope = self.x[keep, k], self.value[keep, k], self.slope[keep, k]
        if not self.source.proven:
            return x, y
        closed = self._closed(x, k)
        falling = self.falling[keep[1:], k] & ~closed
        excess = np.where(closed | falling, 0.0, self.excess[keep[1:], k])
        h = np.diff(x)
        chord = np.diff(y) / h
        before, after = np.maximum(slope[:-1] - chord, 0.0), np.maximum(chord - slope[1:], 0.0)
        meet = np.flatnonzero((before > 0) & (after > 0) & falling)  # the tangents at both ends meet in between
        at = x[meet] + h[meet] * after[meet] / (before[meet] + after[meet])
        height = y[meet + 1] - slope[meet + 1] * (x[meet + 1] - at)
        raised = y + np.maximum(np.append(excess, 0.0), np.append(0.0, excess))
        order = np.argsort(np.concatenate([x, at]), kind="stable")
        return np.concatenate([x, at])[order], np.concatenate([raised, height])[order]

    def smooth(self, x: Array) -> tuple[Array, Array, Array]:
        """Return value, slope and bend of cubics through the points, each (channel,), at a plan (channel,)."""
        return self._cubic(x, self.value, self.slope)

    def smooth_draws(self, x: Array) -> tuple[Array, Array]:
        """Return value and slope by draw, (draw, channel), at a plan (channel,)."""
        return self._cubic(x, self.draws, self.slopes)[:2]

    def _cubic(self, x: Array, values: Array, slopes: Array) -> tuple[Array, Array, Array]:
        """Return value, slope and bend at a plan of cubics through values and slopes, (..., point, channel)."""
        columns = np.arange(len(x))
        j = np.clip((self.x <= x).sum(axis=0) - 1, 0, len(self.x) - 2)
        a, b = self.x[j, columns], self.x[j + 1, columns]
        h = np.where(b > a, b - a, 1.0)
        t = np.clip((x - a) / h, 0.0, 1.0)
        ya, yb = values[..., j, columns], values[..., j + 1, columns]
        chord = (yb - ya) / h
        most = STEEPEST_CHORDS * np.abs(chord)
        sa, sb = (np.clip(slopes[..., i, columns], -most, most) for i in (j, j + 1))
        p, q = sa - chord, sb - chord  # the cubic is its chord + h t (1 − t) [p (1 − t) − q t]
        value = ya + h * (t * chord + t * (1 - t) * (p * (1 - t) - q * t))
        slope = chord + p * (1 - t) * (1 - 3 * t) + q * t * (3 * t - 2)
        bend = (p * (6 * t - 4) + q * (6 * t - 2)) / h
        return value, slope, bend

    def _closed(self, x: Array, k: int) -> Flags:
        """Return whether a plan cannot stand inside each step of x."""
        closed = np.zeros(len(x) - 1, dtype=bool)
        if (step := self.source.increment[k]) > 0:
            closed |= np.diff(x) < step * (1 + ON_INCREMENT)
        if (least := self.source.minimum[k]) > 0:
            closed |= x[1:] <= least * (1 + ON_INCREMENT)
        return closed

    def _snapped(self, points: Array) -> Array:
        """Move new points onto increments where there are such."""
        step = self.source.increment
        wide = step > 0
        if not wide.any():
            return points
        snapped = points.copy()
        snapped[:, wide] = np.round(points[:, wide] / step[wide]) * step[wide]
        return snapped
