"""Media mix modelling that lives in the Excel workbook.

The public names are loaded when they are first used, so importing the package costs little more than importing NumPy.

>>> from xl_mmm import fit, simulate
>>> market = simulate(weeks=104, channels=3, seed=1)
>>> model = fit(market.dataset, method="ols", draws=50)
>>> model.roi().index.name
'channel'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xl_mmm.comparison import compare
    from xl_mmm.dataset import Dataset
    from xl_mmm.errors import CellError, DatasetError, FitError, MmmError, PlanError, SpecError
    from xl_mmm.fitting import FittedMMM, evaluate, fit
    from xl_mmm.planning import Constraints, Group, Objective, optimize, optimize_regions
    from xl_mmm.regions import fit_regions
    from xl_mmm.simulation import simulate
    from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec

__version__ = "0.2.0"

HOMES = {
    "Dataset": "dataset", "CellError": "errors", "DatasetError": "errors", "FitError": "errors", "MmmError": "errors",
    "PlanError": "errors", "SpecError": "errors", "FittedMMM": "fitting", "evaluate": "fitting", "fit": "fitting",
    "compare": "comparison", "Constraints": "planning", "Group": "planning", "Objective": "planning",
    "optimize": "planning", "optimize_regions": "planning", "fit_regions": "regions", "simulate": "simulation",
    "ChannelSpec": "spec", "LiftTest": "spec", "ModelSpec": "spec",
}  # fmt: skip

__all__ = [
    "CellError",
    "ChannelSpec",
    "Constraints",
    "Dataset",
    "DatasetError",
    "FitError",
    "FittedMMM",
    "Group",
    "LiftTest",
    "MmmError",
    "ModelSpec",
    "Objective",
    "PlanError",
    "SpecError",
    "compare",
    "evaluate",
    "fit",
    "fit_regions",
    "optimize",
    "optimize_regions",
    "simulate",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
