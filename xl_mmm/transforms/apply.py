"""The public face of the transforms: check the parameters, line up the axes, apply.

Conventions
-----------
* media is (week, channel), "week" being one period of the data's grain; a parameter is a number, (channel,) or
  (draw, channel); the result is (week, channel), or (draw, week, channel) when any parameter has draws.
* Parameters of time are in weeks; `period_weeks` is the length of a period (1/7, 1, 365.25/12/7).
* Results with draws are views of (week, channel, draw) arrays: kernels walk through memory once, in long strides.
* Parameters are checked here and nowhere else; media is checked by `Dataset`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from xl_mmm.errors import SpecError
from xl_mmm.transforms.adstock import ADSTOCKS, SMALLEST
from xl_mmm.transforms.conventions import CONVENTIONS, Convention
from xl_mmm.transforms.records import Adstock, Array, Parameter, Saturation
from xl_mmm.transforms.saturation import SATURATIONS

OWN = "xl_mmm"
HALF = 0.5
ROUNDING = 1e-9  # periods; 12 weeks of days are 84 periods although 12 / (1/7) may fall short


def adstock_weights(
    family: str,
    parameters: Mapping[str, ArrayLike],
    *,
    max_lag: float = 12,
    period_weeks: float = 1.0,
    convention: str | Convention = OWN,
    n_lags: int | None = None,
) -> Array:
    """Return the weight of each lag.

    Parameters
    ----------
    family
        Key of `ADSTOCKS`.
    parameters
        Name -> value; the values broadcast to a batch shape.
    max_lag
        Last lag with weight, weeks; the geometric family has none.
    period_weeks
        Weeks in a period.
    convention
        `"xl_mmm"`, or a peer's way (`CONVENTIONS`), which counts lags in periods.
    n_lags
        How many lags to show, without changing their weights (default: those within `max_lag`). In a peer's
        convention, the length of the series where the kernel depends on it.

    Returns
    -------
    Array
        (*batch, n_lags).

    Raises
    ------
    SpecError
        Unknown family or convention, or a parameter out of range.

    Examples
    --------
    >>> adstock_weights("geometric", {"decay": 0.5}, n_lags=4).tolist()
    [0.5, 0.25, 0.125, 0.0625]
    """
    record = _record("adstock", family, ADSTOCKS)
    values = _checked(record, parameters, max_lag, convention)
    if convention != OWN:
        return _peer(convention, family).weights(family, values, n_lags or int(max_lag) + 1, max_lag)
    weeks, missing = _lags(record, max_lag, period_weeks, n_lags)
    weights = record.weights(values, weeks, max_lag)[..., : n_lags or None]
    return np.concatenate([weights, np.zeros((*weights.shape[:-1], missing))], axis=-1) if missing else weights


def adstock(
    media: ArrayLike,
    family: str,
    parameters: Mapping[str, ArrayLike],
    *,
    max_lag: float = 12,
    period_weeks: float = 1.0,
    convention: str | Convention = OWN,
) -> Array:
    """Return effective media: what earlier and present weeks add up to.

    Parameters
    ----------
    media
        (week, channel), zero or more.
    family, parameters, max_lag, period_weeks, convention
        As in `adstock_weights`; each parameter a number, (channel,) or (draw, channel).

    Returns
    -------
    Array
        (week, channel) or (draw, week, channel), unit of media. One unit in is one unit out, spread over time.

    Raises
    ------
    SpecError
        Unknown family or convention, or a parameter out of range.

    Examples
    --------
    >>> adstock([[100.0], [0.0], [0.0]], "geometric", {"decay": 0.5}).ravel().tolist()
    [50.0, 25.0, 12.5]
    """
    media = np.asarray(media, dtype=float)
    record = _record("adstock", family, ADSTOCKS)
    values = _per_channel(_checked(record, parameters, max_lag, convention), media.shape[1])
    if convention != OWN:
        peer = _peer(convention, family)
        weights = peer.weights(family, values, len(media), max_lag)
        return _convolved(media, weights, peer.offset(weights.shape[-1]))
    if not record.finite:
        return _draws_first(_recursion(media, *_kept_and_lost(_draws_last(values["decay"]), period_weeks)))
    weeks, _ = _lags(record, max_lag, period_weeks, None)
    return _convolved(media, record.weights(values, weeks, max_lag))


def adstock_gradient(
    media: ArrayLike,
    family: str,
    parameters: Mapping[str, ArrayLike],
    *,
    max_lag: float = 12,
    period_weeks: float = 1.0,
) -> dict[str, Array]:
    """Return the derivative of effective media in each parameter, by name; shapes as `adstock`."""
    media = np.asarray(media, dtype=float)
    record = _record("adstock", family, ADSTOCKS)
    values = _per_channel(_checked(record, parameters, max_lag, OWN), media.shape[1])
    if not record.finite:
        return {"decay": _draws_first(_recursion_gradient(media, _draws_last(values["decay"]), period_weeks))}
    weeks, _ = _lags(record, max_lag, period_weeks, None)
    slopes = record.weights_gradient(values, weeks, max_lag)
    return {name: _convolved(media, slope) for name, slope in slopes.items()}


def saturation(
    u: ArrayLike, family: str, parameters: Mapping[str, ArrayLike], *, convention: str | Convention = OWN
) -> Array:
    """Return S(u).

    Parameters
    ----------
    u
        (..., week, channel), effective media per calendar week.
    family
        Key of `SATURATIONS`.
    parameters
        Name -> number, (channel,) or (draw, channel).
    convention
        `"robyn"` reads Hill's half_saturation as a share of the largest u; the other peers differ
        from ours by a factor or a rewritten parameter only.

    Returns
    -------
    Array
        Shape of u, with a draw axis first when a parameter has one. A share of the limit, where there is one.

    Raises
    ------
    SpecError
        Unknown family or convention, or a parameter out of range.

    Examples
    --------
    >>> saturation([[50.0], [100.0], [300.0]], "hill", {"half_saturation": 100, "slope": 2}).ravel().round(9).tolist()
    [0.2, 0.5, 0.9]
    """
    u, record, values = _lined_up(u, family, parameters)
    if convention != OWN and _peer(convention).hill_of_maximum and family == "hill":
        values = {**values, "half_saturation": values["half_saturation"] * u.max(axis=-2, keepdims=True)}
    return record.function(u, values)


def saturation_derivative(u: ArrayLike, family: str, parameters: Mapping[str, ArrayLike]) -> Array:
    """Return u S'(u), the change of S per proportional change of u: exact, and zero at u = 0; shapes as `saturation`.

    Examples
    --------
    >>> saturation_derivative([[100.0]], "hill", {"half_saturation": 100, "slope": 2}).ravel().tolist()
    [0.5]
    """
    u, record, values = _lined_up(u, family, parameters)
    return record.derivative(u, values)


def saturation_gradient(u: ArrayLike, family: str, parameters: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """Return the derivative of S in each parameter, by name; shapes as `saturation`."""
    u, record, values = _lined_up(u, family, parameters)
    return record.gradient(u, values)


def half_life(family: str, parameters: Mapping[str, ArrayLike], *, max_lag: float = 12) -> Array:
    """Return the weeks until half of the weight has passed, the batch shape of the parameters.

    The weight of lag l passes between l and l + 1; inside that week what remains falls at a constant rate, so that
    the geometric family has ln(1/2) / ln(decay) at every decay.

    Examples
    --------
    >>> float(half_life("geometric", {"decay": 0.5}))
    1.0
    """
    record = _record("adstock", family, ADSTOCKS)
    values = _checked(record, parameters, max_lag, OWN)
    if not record.finite:
        return np.asarray(np.log(HALF) / np.log(np.maximum(values["decay"], SMALLEST))) * (values["decay"] > 0)
    weeks, _ = _lags(record, max_lag, 1.0, None)
    weights = record.weights(values, weeks, max_lag)
    remaining = np.cumsum(weights[..., ::-1], axis=-1)[..., ::-1]
    remaining = np.concatenate([remaining, np.zeros((*remaining.shape[:-1], 1))], axis=-1)
    lag = np.argmax(remaining[..., 1:] <= HALF, axis=-1)[..., None]
    before = np.take_along_axis(remaining, lag, axis=-1)
    after = np.maximum(np.take_along_axis(remaining, lag + 1, axis=-1), SMALLEST)
    return np.asarray(lag + np.log(before / HALF) / np.log(before / after))[..., 0]


def _record(what: str, family: str, records: Mapping[str, Adstock | Saturation]):  # type: ignore[no-untyped-def]
    """Look up a family."""
    if family not in records:
        raise SpecError(f"{what} is {family!r}; choose one of {', '.join(records)}.")
    return records[family]


def _peer(convention: str | Convention, family: str | None = None) -> Convention:
    """Look up a convention that knows `family`."""
    if isinstance(convention, str):
        if convention not in CONVENTIONS:
            raise SpecError(f"convention is {convention!r}; choose one of {', '.join((OWN, *CONVENTIONS))}.")
        convention = CONVENTIONS[convention]
    if family is not None and family not in convention.kernels:
        known = ", ".join(convention.kernels)
        raise SpecError(f"The convention {convention.name!r} has no adstock {family!r}; it has {known}.")
    return convention


def _checked(
    record: Adstock | Saturation, parameters: Mapping[str, ArrayLike], max_lag: float, convention: str | Convention
) -> dict[str, Array]:
    """Return the parameters as arrays of one shape, each in its range."""
    names = [parameter.name for parameter in record.parameters]
    if set(parameters) != set(names):
        raise SpecError(f"{record.name} takes {' and '.join(names)}; given: {', '.join(parameters) or 'nothing'}.")
    values = {name: np.asarray(parameters[name], dtype=float) for name in names}
    for parameter in record.parameters:
        _check_range(record.name, parameter, values[parameter.name], max_lag, closed=convention != OWN)
    return dict(zip(names, np.broadcast_arrays(*values.values()), strict=True))


def _check_range(family: str, parameter: Parameter, value: Array, max_lag: float, *, closed: bool) -> None:
    """Refuse a value out of range; peers allow the upper end (decay = 1), and a peak after the last lag."""
    good = parameter.holds(value) | (closed & (value == parameter.high))
    allowed = parameter.allowed
    if parameter.name == "peak_lag" and not closed:
        good &= value <= max_lag
        allowed += f" <= max_lag = {max_lag:g}"
    if not np.all(good & np.isfinite(value)):
        wrong = value[~(good & np.isfinite(value))].flat[0]
        raise SpecError(f"{parameter.name} of {family} is {float(wrong)!r}; allowed: {allowed}.")


def _per_channel(values: dict[str, Array], n_channels: int) -> dict[str, Array]:
    """Give every parameter a channel axis."""
    return {
        name: np.broadcast_to(value, np.broadcast_shapes(value.shape, (n_channels,))) for name, value in values.items()
    }


def _lined_up(
    u: ArrayLike, family: str, parameters: Mapping[str, ArrayLike]
) -> tuple[Array, Saturation, dict[str, Array]]:
    """Return u, the family, and its checked parameters with a week axis between draw and channel."""
    record = _record("saturation", family, SATURATIONS)
    values = _checked(record, parameters, np.inf, OWN)
    values = {name: value[:, None, :] if value.ndim > 1 else value for name, value in values.items()}
    return np.asarray(u, dtype=float), record, values


def _lags(record: Adstock, max_lag: float, period_weeks: float, n_lags: int | None) -> tuple[Array, int]:
    """Return the lags that have weight, in weeks, and how many of the lags asked for lie beyond them."""
    if not max_lag >= 0 or not period_weeks > 0:
        raise SpecError(f"max_lag is {max_lag!r} and period_weeks {period_weeks!r}; give zero or more, and above zero.")
    own = int(max_lag / period_weeks + ROUNDING) + 1
    if not record.finite and n_lags is not None:
        own = n_lags
    weeks: Array = np.arange(own, dtype=float) * period_weeks
    if record.finite:
        weeks = np.asarray(np.minimum(weeks, max_lag))
    return weeks, max(0, (n_lags or own) - own)


def _draws_last(parameter: Array) -> Array:
    """Turn (draw, channel) into (channel, draw), packed; leave (channel,)."""
    return np.ascontiguousarray(parameter.T)


def _kept_and_lost(decay: Array, period_weeks: float) -> tuple[Array, Array]:
    """Return the share kept from one period to the next, and the rest without cancellation."""
    if period_weeks == 1:
        return decay, 1 - decay
    log_kept = period_weeks * np.log(np.maximum(decay, SMALLEST))
    return decay**period_weeks, -np.expm1(log_kept)


def _recursion(media: Array, kept: Array, lost: Array) -> Array:
    """Return u_t = kept u_(t-1) + lost x_t, (week, channel, ...), for kept and lost (channel, ...)."""
    u = np.empty((len(media), *kept.shape))
    carried = np.zeros(kept.shape)
    for x, row in zip(_trailing(media, kept), u, strict=True):
        np.multiply(lost, x, out=row)
        row += carried
        np.multiply(kept, row, out=carried)
    return u


def _recursion_gradient(media: Array, decay: Array, period_weeks: float) -> Array:
    """Return du_t/d decay = kept du_(t-1) + kept' (u_(t-1) - x_t), (week, channel, ...)."""
    kept, lost = _kept_and_lost(decay, period_weeks)
    slope = period_weeks * np.maximum(decay, SMALLEST) ** (period_weeks - 1)
    before = np.zeros((len(media), *kept.shape))
    before[1:] = _recursion(media[:-1], kept, lost)
    gradient = np.empty_like(before)
    carried = np.zeros(kept.shape)
    for x, u, row in zip(_trailing(media, kept), before, gradient, strict=True):
        np.multiply(slope, u - x, out=row)
        row += carried
        np.multiply(kept, row, out=carried)
    return gradient


def _trailing(media: Array, parameter: Array) -> Array:
    """Give media, (week, channel), the trailing axes of a (channel, ...) parameter."""
    return media.reshape(*media.shape, *(1,) * (parameter.ndim - 1))


def _convolved(media: Array, weights: Array, offset: int = 0) -> Array:
    """Return u_t = sum_l w_l x_(t + offset - l): lagged media times weights, (.., channel, lag)."""
    n_lags = weights.shape[-1]
    padded = np.pad(media, ((n_lags - 1 - offset, offset), (0, 0)))
    lagged = sliding_window_view(padded, n_lags, axis=0).transpose(1, 0, 2)  # (channel, week, oldest lag first)
    draws = weights.reshape(-1, media.shape[1], n_lags)[..., ::-1].transpose(1, 2, 0)  # (channel, lag, draw)
    u = np.ascontiguousarray((lagged @ draws).transpose(1, 0, 2))  # (week, channel, draw)
    return _draws_first(u if weights.ndim > 2 else u[..., 0])


def _draws_first(u: Array) -> Array:
    """Turn (week, channel, draw) into (draw, week, channel), a view."""
    return u if u.ndim == 2 else u.transpose(2, 0, 1)
