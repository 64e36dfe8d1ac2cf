"""LibreOffice as a live spreadsheet: an add-in written as text from the registry.

The add-in binds every function under its own name, so that the Excel workbook recalculates unmodified. Its one program
(`component.py`) runs inside LibreOffice's Python and knows nothing of media mix models: it hands each call to a worker
(`worker.py`), a process of the environment's Python, over a pipe.
"""

from __future__ import annotations

from xl_mmm.hosts.libreoffice.addin import write_addin

__all__ = ["write_addin"]
