"""Media mix modelling that lives in the Excel workbook."""

from __future__ import annotations

__version__ = "0.1.0"
