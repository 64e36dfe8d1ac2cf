"""Transforms: arrays in, arrays out, and plain dicts that say what exists.

`adstock` spreads media over time, `saturation` bends it; each has analytic derivatives in every parameter. A new
family is one kernel, its gradient, and one line in `ADSTOCKS` or `SATURATIONS`.
"""

from __future__ import annotations

from xl_mmm.transforms.adstock import ADSTOCKS
from xl_mmm.transforms.apply import (
    adstock,
    adstock_gradient,
    adstock_weights,
    half_life,
    saturation,
    saturation_derivative,
    saturation_gradient,
)
from xl_mmm.transforms.conventions import CONVENTIONS, Convention
from xl_mmm.transforms.records import Adstock, Parameter, Prior, Saturation
from xl_mmm.transforms.saturation import SATURATIONS

__all__ = [
    "ADSTOCKS",
    "CONVENTIONS",
    "SATURATIONS",
    "Adstock",
    "Convention",
    "Parameter",
    "Prior",
    "Saturation",
    "adstock",
    "adstock_gradient",
    "adstock_weights",
    "half_life",
    "saturation",
    "saturation_derivative",
    "saturation_gradient",
]
