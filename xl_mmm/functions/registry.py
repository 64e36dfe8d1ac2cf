"""Every function by name. A new one is one record and one line here."""

from __future__ import annotations

from xl_mmm.functions import transforms
from xl_mmm.functions.record import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        transforms.ADSTOCK,
        transforms.SATURATE,
        transforms.VERSION,
    )
}
