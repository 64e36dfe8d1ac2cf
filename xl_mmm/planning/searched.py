"""What a search proved, kept beside its plan: a bound holds for the problem that was searched and for no other.

A problem is a model, what a plan may do and what it is for. When one of them changes, the plan can still be judged;
its bound is gone until someone searches again.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.planning.certificate import Cost
from xl_mmm.planning.constraints import Constraints
from xl_mmm.planning.objective import Objective

if TYPE_CHECKING:
    from xl_mmm.planning.plan import Plan
    from xl_mmm.posterior import Posterior

LENGTH = 16  # characters of a problem's name


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search proved.

    Attributes
    ----------
    problem
        The problem's name (`problem_of`).
    upper_bound
        No plan of the problem is worth more; None where that was not proven.
    costs
        What constraints cost that only a search without them can tell.
    refused
        Why there is no plan; empty where one was found.
    """

    problem: str
    upper_bound: float | None
    costs: tuple[Cost, ...]
    refused: str = ""

    @classmethod
    def of(cls, posterior: Posterior, constraints: Constraints, objective: Objective, plan: Plan) -> Searched:
        """Return what the search for a plan proved."""
        proof = plan.certificate
        told = tuple(cost for cost in proof.costs if not math.isnan(cost.in_all))
        return cls(problem_of(posterior, constraints, objective), proof.upper_bound, told)


def problem_of(posterior: Posterior, constraints: Constraints, objective: Objective) -> str:
    """Name a problem: the same model, constraints and objective give the same name, on any machine."""
    digest = hashlib.sha256(posterior.dataset.sha.encode())
    parts = constraints, objective, posterior.spec, posterior.method
    digest.update(repr(parts).encode("utf-8", "surrogatepass"))
    media = posterior.media
    for name, values in (*sorted(media.values.items()), ("coefficient", media.coefficient)):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values, dtype=np.float32).tobytes())
    return digest.hexdigest()[:LENGTH]
