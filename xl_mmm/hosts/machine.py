"""What a check of the installation must know about this computer, gathered once.

A frozen record, so that a check reads as a sentence and a test can describe any computer.
"""

from __future__ import annotations

import os
import platform
import shutil
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOWS, MAC, LINUX = "Windows", "Darwin", "Linux"
# what the program cannot do without, by the name of its import
PACKAGES = (
    "numpy", "scipy", "pandas", "statsmodels", "xlwings", "openpyxl", "xlsxwriter", "lxml", "defusedxml",
    "platformdirs", "threadpoolctl", "holidays", "arviz_stats", "typer", "rich",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer and the Python on it.

    Attributes
    ----------
    system
        `"Windows"`, `"Darwin"` (macOS) or `"Linux"`.
    version
        Python's version, such as (3, 13).
    bits
        32 or 64.
    executable, prefix, base_prefix
        Python's program, its environment, and the installation that the environment was made of.
    package_root
        Folder that holds the package `xl_mmm`.
    origins
        Package -> file that an import would run; None where there is none.
    xlwings_version
        Of the installed xlwings; empty without one.
    home, documents, cache
        The user's folders; `cache` is where Windows keeps temporary files.
    variables
        Environment variables.
    free_bytes
        Free space where the user's data go.
    excel
        Where Excel is; empty when it was not found, None where there is no Excel for the system.
    office
        LibreOffice's program; None without it.
    """

    system: str
    version: tuple[int, int]
    bits: int
    executable: Path
    prefix: Path
    base_prefix: Path
    package_root: Path
    origins: Mapping[str, Path | None]
    xlwings_version: str
    home: Path
    documents: Path
    cache: Path
    variables: Mapping[str, str]
    free_bytes: int
    excel: str | None
    office: str | None

    @property
    def clouds(self) -> list[Path]:
        """Folders that OneDrive synchronizes."""
        names = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
        return sorted({Path(self.variables[name]) for name in names if self.variables.get(name)})


def this_machine() -> Machine:
    """Gather what is true here; nothing is changed."""
    from importlib.metadata import PackageNotFoundError, version
    from tempfile import gettempdir

    from platformdirs import user_documents_path

    try:
        xlwings = version("xlwings")
    except PackageNotFoundError:
        xlwings = ""
    return Machine(
        platform.system(), sys.version_info[:2], struct.calcsize("P") * 8, Path(sys.executable), Path(sys.prefix),
        Path(sys.base_prefix), Path(__file__).resolve().parents[2], {name: _origin(name) for name in PACKAGES}, xlwings,
        Path.home(), user_documents_path(), Path(gettempdir()), dict(os.environ), shutil.disk_usage(Path.home()).free,
        _excel(), _office(),
    )  # fmt: skip


def _origin(name: str) -> Path | None:
    from importlib.util import find_spec

    spec = find_spec(name)
    return Path(spec.origin) if spec is not None and spec.origin else None


def _excel() -> str | None:
    """Return where Excel is, an empty text when it is not there, None where there is none for the system."""
    if sys.platform == "win32":
        import winreg

        try:
            key = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
            return winreg.QueryValue(winreg.HKEY_LOCAL_MACHINE, key)
        except OSError:
            return ""
    if sys.platform == "darwin":
        found = Path("/Applications/Microsoft Excel.app")
        return str(found) if found.exists() else ""
    return None


def _office() -> str | None:
    usual = {
        WINDOWS: r"C:\Program Files\LibreOffice\program\soffice.exe",
        MAC: "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    }.get(platform.system())
    return shutil.which("soffice") or (usual if usual and Path(usual).exists() else None)
