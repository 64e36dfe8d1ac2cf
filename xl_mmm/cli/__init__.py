"""`xl-mmm`: the command line."""

from __future__ import annotations

from xl_mmm.cli.commands import app, main

__all__ = ["app", "main"]
