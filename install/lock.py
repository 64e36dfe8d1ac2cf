"""Write requirements.txt and requirements-dev.txt anew from pyproject.toml. For maintainers only.

    python -m pip install "pip-tools>=7.6,<8"
    python install/lock.py              keeps every pinned version that still fits
    python install/lock.py --upgrade    takes the newest versions (further options go to pip-compile)

Run it on Linux with Python 3.11. Every version is exact, and each lists the sha256 of all its published files, so
one list serves every platform and a file that was tampered with is refused. No index address is written: pip asks
whichever index the machine is set up for. What only Windows or macOS need, pip-compile on Linux leaves out;
`ELSEWHERE` holds it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "pyproject.toml"
RUNTIME, DEVELOPMENT = HERE / "requirements.txt", HERE / "requirements-dev.txt"

ELSEWHERE = {  # requirement -> where it is needed
    "appscript==1.5.0": 'sys_platform == "darwin"',  # xlwings
    "colorama==0.4.6": 'sys_platform == "win32"',  # typer, pytest
    "psutil==7.2.2": 'sys_platform == "darwin"',  # xlwings
    "pywin32==312": 'sys_platform == "win32"',  # xlwings
    "tzdata==2026.6": 'sys_platform == "win32"',  # pandas
}

Pins = dict[str, list[str]]  # requirement, marker included -> its --hash options


def read(path: Path) -> Pins:
    """Read the pins of a requirements file; none when it does not exist."""
    pins: Pins = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        text = line.removesuffix("\\").strip()
        if text.startswith("--hash="):
            pins[next(reversed(pins))].append(text)
        elif text and not text.startswith("#"):
            pins[text] = []
    return pins


def render(pins: Pins, title: str) -> str:
    """Return the text of a requirements file."""
    entries = [" \\\n    ".join([name, *sorted(hashes)]) for name, hashes in sorted(pins.items())]
    return "\n".join([f"# {title} Written by install/lock.py; do not edit.", *entries, ""])


def compiled(seed: Pins, options: list[str]) -> Pins:
    """Resolve the project with pip-compile, starting from the pins of `seed`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "requirements.txt"
        out.write_text(render({name: hashes for name, hashes in seed.items() if ";" not in name}, ""), encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--no-emit-options"]
        command += ["--no-header", "--no-annotate", "--strip-extras", "--allow-unsafe", "--build-deps-for=editable"]
        subprocess.run([*command, *options, "--output-file", str(out), str(PROJECT)], check=True, cwd=folder)
        return read(out)


def elsewhere() -> Pins:
    """Return the pins that only other platforms need."""
    from pip._internal.req.constructors import install_req_from_line
    from piptools.repositories import PyPIRepository

    with tempfile.TemporaryDirectory() as cache:
        index = PyPIRepository([], cache_dir=cache)
        with index.allow_all_wheels():
            return {
                f"{requirement} ; {where}": [
                    f"--hash={value}" for value in index.get_hashes(install_req_from_line(requirement))
                ]
                for requirement, where in ELSEWHERE.items()
            }


def main(options: list[str]) -> None:
    """Resolve and write both files."""
    runtime = compiled(read(RUNTIME), options)
    everything = compiled(read(RUNTIME) | read(DEVELOPMENT) | runtime, [*options, "--extra=dev"])
    moved = [name for name in runtime if name not in everything]
    if moved:
        sys.exit(f"The two resolutions disagree on {', '.join(moved)}; loosen the dev extra in pyproject.toml.")
    development = {name: hashes for name, hashes in everything.items() if name not in runtime}
    RUNTIME.write_text(render(runtime | elsewhere(), "What xl_mmm runs on."), encoding="utf-8")
    DEVELOPMENT.write_text(render(development, "What its tests need on top."), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
