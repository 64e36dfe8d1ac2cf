"""Hand-set parameters: checked, completed by what the specification fixes, or refused in the analyst's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xl_mmm.errors import SpecError
from xl_mmm.estimation.search_space import check_value
from xl_mmm.spec import ChannelSpec, is_number
from xl_mmm.transforms import ADSTOCKS, SATURATIONS


def hand_set(name: str, choice: ChannelSpec, given: object) -> dict[str, float]:
    """Return a channel's parameters, with the specification's fixed ones filled in.

    Parameters
    ----------
    name
        Channel.
    choice
        Its families, and what is fixed.
    given
        Parameter -> value, `coefficient` included; None for nothing.

    Raises
    ------
    SpecError
        Naming what is missing, unknown, no number or outside its range.
    """
    records = (*ADSTOCKS[choice.adstock].parameters, *SATURATIONS[choice.saturation].parameters)
    wanted = [*(p.name for p in records), "coefficient"]
    if given is not None and not isinstance(given, Mapping):
        raise SpecError(f"{name} is {given!r}; give a mapping of parameter to number, from {', '.join(wanted)}.")
    own = dict(given or {})
    for p in records:
        fixed = getattr(choice, p.name)
        if p.name not in own and isinstance(fixed, float):
            own[p.name] = fixed
    if missing := [p for p in wanted if p not in own]:
        raise SpecError(f"{name} lacks {', '.join(missing)}; {choice.adstock} and {choice.saturation} need them.")
    if foreign := [str(p) for p in own if p not in wanted]:
        raise SpecError(f"{name} has {', '.join(foreign)}; {choice.adstock} and {choice.saturation} know {wanted}.")
    values = {p: _number(f"{name}: {p}", own[p]) for p in wanted}
    for p in records:
        check_value(name, p.name, values[p.name], choice.max_lag)
    return values


def overrides(key: str, given: object, names: Sequence[str], groups: Sequence[str]) -> dict[str, float]:
    """Return column -> coefficient of `"baseline"` or `"controls"`.

    Parameters
    ----------
    key
        Which of the two.
    given
        Column -> coefficient, or None.
    names, groups
        Of the design's columns.

    Raises
    ------
    SpecError
        No mapping, a column that the group lacks, or no finite number.
    """
    if given is None:
        return {}
    group = "control" if key == "controls" else "baseline"
    own = [name for name, g in zip(names, groups, strict=True) if g == group]
    if not isinstance(given, Mapping) or any(name not in own for name in given):
        raise SpecError(f"{key} is {given!r}; give a mapping of column name to coefficient, from {', '.join(own)}.")
    return {str(name): _number(f"{key}: {name}", value) for name, value in given.items()}


def _number(what: str, value: object) -> float:
    if not is_number(value):
        raise SpecError(f"{what} is {value!r}; give a finite number.")
    return float(value)
