"""The dataset as JSON facts and named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset.panel import FIGURES, GeoPanel, figures
from xl_mmm.dataset.record import Dataset, as_panel, assemble
from xl_mmm.rules import Fault, Roles


def to_arrays(dataset: Dataset) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the dataset as JSON facts and named arrays, from which `from_arrays` makes the same dataset."""
    roles = dataset.roles
    panel = as_panel(dataset)
    facts = {
        "roles": {name: getattr(roles, name) for name in Roles.__slots__} | {"media": dict(roles.media)},
        "grain": dataset.grain,
        "n_history": dataset.n_history,
        "geo": list(panel.names),
        "references": dict(zip(dataset.controls, dataset.control_reference.tolist(), strict=True)),
        "given_references": dict(dataset.given_references),
        "faults": [asdict(f) | {"value": f.value if isinstance(f.value, (int, float, str)) else str(f.value)}
                   for f in dataset.faults],
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {"dates": dataset.dates.astype("datetime64[D]").astype(np.int64)}
    named = zip(FIGURES, figures(panel), strict=True)
    return facts, arrays | {name: array for name, array in named if array is not None}


def from_arrays(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    """Return the dataset that `to_arrays` described."""
    panel = GeoPanel(tuple(facts["geo"]), *(arrays.get(name) for name in FIGURES))  # type: ignore[arg-type]
    dates = np.asarray(arrays["dates"]).astype(np.int64).astype("datetime64[D]")
    made = assemble(
        panel, dates, Roles(**facts["roles"]), facts["grain"], int(facts["n_history"]),
        tuple(Fault(**f) for f in facts["faults"]), facts["references"],
    )  # fmt: skip
    return replace(made, given_references=dict(facts["given_references"]))
