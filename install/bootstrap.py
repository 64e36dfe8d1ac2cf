"""Make the environment, then run one job in it. Any OS, standard library only.

    python3 install/bootstrap.py demo [options of `xl-mmm demo`]
    python3 install/bootstrap.py test [options of pytest]
    python3 install/bootstrap.py excel [WORKBOOK]

The environment is `.venv` in the project's folder; making it writes nothing elsewhere but pip's own cache.
Every package is exact and checked against its sha256 (requirements*.txt); an unchanged environment is not touched.

Exit codes: the job's own; 2 usage; 3 the environment could not be made.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (an older Python that starts this must say so, not fail below)
    sys.exit(
        f"xl_mmm needs Python 3.11 or later; {sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]}.\n"
        "Install a newer one (install/README.md says where from) and start it by name, such as python3.13."
    )

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sysconfig
import time
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # the pinned packages have ready-made files for these
USAGE, FAILED, INTERRUPTED = 2, 3, 130

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
RUNTIME = "install/requirements.txt"
DEVELOPMENT = "install/requirements-dev.txt"
PROJECT = "pyproject.toml"

Stamp = dict[str, str]  # what an environment was made of: "folder", "python", and file -> sha256


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do."""


# ---------------------------------------------------------------- the jobs


def demo(arguments: list[str]) -> int:
    """Build the demo workbook, fit it and write the results into `out` (an earlier demo's are kept)."""
    prepare([RUNTIME])
    given = any(argument == "--out" or argument.startswith("--out=") for argument in arguments)
    where = [] if given else ["--out", str(unused(ROOT / "out"))]
    return run([str(program("xl-mmm")), "demo", *where, *arguments])


def test(arguments: list[str]) -> int:
    """Run the tests on two processes."""
    prepare([RUNTIME, DEVELOPMENT])
    return run([str(program("python")), "-m", "pytest", "-n", "2", *arguments], folder=ROOT)


def excel(arguments: list[str]) -> int:
    """Set Excel up: place the workbook, or set up the one that is named, and judge the result (`xl-mmm doctor`)."""
    refuse_python_that_excel_cannot_start(sys.base_prefix)
    prepare([RUNTIME])
    guard_start()
    if sys.platform == "darwin":
        call([str(program("xlwings")), "runpython", "install"], "install the script that Excel's buttons start")
    return run([str(program("python")), "-I", "-m", "xl_mmm.hosts.setup", *arguments])


def refuse_python_that_excel_cannot_start(base_prefix: str) -> None:
    """Stop on the Pythons of the Microsoft Store and of conda; an environment made from one inherits the fault."""
    if "windowsapps" in base_prefix.lower() or "pythonsoftwarefoundation" in base_prefix.lower():
        whose = "of the Microsoft Store, whose files Excel cannot see"
    elif (Path(base_prefix) / "conda-meta").is_dir():
        whose = "of conda, which Excel would have to activate first"
    else:
        return
    raise SetupError(
        f"This is the Python {whose} ({base_prefix}). Install Python from python.org (64-bit; for you alone is enough)"
        " and start this again with it, on Windows by its version: py -3.13 install\\bootstrap.py excel"
    )


# Excel starts Python in the folder it last opened, and `python -c` imports from there first: a numpy.py beside a
# workbook would run. This line runs before any import and leaves that folder, for Excel's Pythons only.
GUARD = 'import os, sys; any("prepare_sys_path" in word for word in sys.orig_argv) and os.chdir(sys.prefix)'
GUARD_FILE = "xl_mmm_start.pth"


def guard_start(environment: Path = ENVIRONMENT) -> None:
    """Keep Pythons that Excel starts from importing what lies in Excel's folder."""
    write = (
        "import pathlib, sys, sysconfig;"
        " pathlib.Path(sysconfig.get_path('purelib'), sys.argv[1]).write_text(sys.argv[2])"
    )
    command = [str(program("python", environment)), "-I", "-c", write, GUARD_FILE, f"{GUARD}\n"]
    call(command, "guard the start of Python in Excel")


def unused(folder: Path) -> Path:
    """Return `folder`, or the first of its numbered subfolders, that holds no workbooks yet."""
    candidates = itertools.chain([folder], (folder / str(number) for number in itertools.count(2)))
    return next(candidate for candidate in candidates if not any(candidate.glob("*.xlsx")))


JOBS = {"demo": demo, "test": test, "excel": excel}


# ---------------------------------------------------------------- the environment


def prepare(requirements: list[str], root: Path = ROOT) -> None:
    """Make or complete the environment; return at once when nothing it is made of has changed."""
    refuse_unsupported_python()
    environment = root / ENVIRONMENT.name
    fault = fault_of(environment)
    if fault and os.path.lexists(environment):
        discard(environment, fault)
    wanted = {name: sha256(root / name) for name in [*requirements, PROJECT]}
    have = {} if fault else read_stamp(environment)
    stale = [name for name in wanted if have.get(name) != wanted[name]]
    if not stale:
        return
    started = time.monotonic()
    if fault:
        say(f"Making the environment {environment} with Python {sys.version.split()[0]}.")
        try:
            venv.EnvBuilder(with_pip=has_module("ensurepip"), symlinks=os.name != "nt").create(environment)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(
                f"Could not make the environment: {error}. Is the folder writable, the disk full?"
            ) from error
    install_packages([name for name in stale if name != PROJECT], root, environment)
    install_project(root, environment)
    identity = {"folder": str(environment), "python": asked(environment)[1]}
    stamp(environment).write_text(json.dumps(have | wanted | identity, indent=1), encoding="utf-8")  # the last step
    say(f"The environment is ready ({time.monotonic() - started:.0f} s).")


def refuse_unsupported_python() -> None:
    """Stop before pip would look for files that nobody publishes."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info[:2] > NEWEST:
        newest = ".".join(map(str, NEWEST))
        raise SetupError(f"Python {version} is newer than this release knows; use Python 3.11 to {newest}.")
    if sys.maxsize < 2**32:
        raise SetupError(f"This Python {version} is a 32-bit program; install the 64-bit one.")
    if sysconfig.get_platform() == "win-arm64":
        raise SetupError(f"This Python {version} is built for ARM; install the x64 one, which runs there too.")


def fault_of(environment: Path) -> str:
    """Say why an environment cannot be used; the empty string when it can."""
    if not program("python", environment).exists():
        return "it has no Python"
    try:
        prefix, version = asked(environment)
    except (OSError, ValueError, subprocess.SubprocessError):
        return "its Python does not start"
    if Path(prefix).resolve() != environment.resolve():  # pip would install into that Python instead
        return f"its Python answers for {prefix}"
    if not OLDEST <= tuple(map(int, version.split("."))) <= NEWEST:
        return f"it has Python {version}"
    have = read_stamp(environment)
    if have and have.get("python") != version:
        return f"it was made with Python {have.get('python')} and now has {version}"
    if have and have.get("folder") != str(environment):
        return f"it was made in {have.get('folder')}"
    return ""


def asked(environment: Path) -> tuple[str, str]:
    """Ask an environment's Python for its prefix and version."""
    question = "import sys; print(sys.prefix); print('%d.%d' % sys.version_info[:2])"
    command = [str(program("python", environment)), "-I", "-c", question]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    prefix, version = answer.stdout.splitlines()
    return prefix, version


def discard(environment: Path, fault: str) -> None:
    """Remove an environment that cannot be used, but never a folder that is something else."""
    ours = environment.is_dir() and ((environment / "pyvenv.cfg").exists() or not any(environment.iterdir()))
    if environment.is_symlink() or not ours:
        raise SetupError(f"{environment} is not a virtual environment ({fault}); move it away and start again.")
    say(f"{environment} cannot be used: {fault}. Making it anew.")
    try:
        shutil.rmtree(environment)
    except OSError as error:  # Windows keeps the files of running programs
        raise SetupError(
            f"{error}. Close Excel and whatever else runs from {environment}, then start again."
        ) from error


def install_packages(requirements: list[str], root: Path, environment: Path) -> None:
    """Install the pinned packages, each file checked against its sha256, none compiled here."""
    if not requirements:
        return
    say("Installing the packages, each file checked against its sha256. This takes a minute or two.")
    files = [option for name in requirements for option in ("-r", str(root / name))]
    pip(environment, ["--require-hashes", "--only-binary=:all:", "--compile", *files])


def install_project(root: Path, environment: Path) -> None:
    """Install xl_mmm in place, so that a new version of the folder is a new version of the program."""
    say("Installing xl_mmm itself.")
    # flit_core, its only build requirement, is pinned with the rest: no second download, no index
    pip(environment, ["--no-deps", "--no-index", "--no-build-isolation", "--editable", str(root)])
    # start-up is two to four times slower without bytecode; pip compiles the packages, this the project
    call([str(program("python", environment)), "-I", "-m", "compileall", "-q", str(root / "xl_mmm")], "compile it")


def pip(environment: Path, arguments: list[str]) -> None:
    """Run `pip install`, the environment's own or, where Python came without ensurepip, the starting Python's."""
    python = str(program("python", environment))
    own = subprocess.run([python, "-I", "-c", "import pip"], capture_output=True, check=False).returncode == 0
    if not own and not has_module("pip"):
        raise SetupError(
            f"The Python at {sys.executable} came without pip and ensurepip. Install them (on Debian and Ubuntu:"
            " apt install python3-venv) or use a Python that has them (install/README.md)."
        )
    start = [python, "-I", "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", python]
    options = ["-qq", "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--no-user"]
    call([*start, "install", *options, *arguments], "install the packages")


def program(name: str, environment: Path = ENVIRONMENT) -> Path:
    """Return the path of one of an environment's programs."""
    return environment / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name)


def has_module(name: str) -> bool:
    """Whether the starting Python has a module, asked in a process of its own (Debian's answers by failing)."""
    command = [sys.executable, "-c", f"import {name}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# ---------------------------------------------------------------- what was installed


def read_stamp(environment: Path) -> Stamp:
    """Return what was installed last; nothing when the installation did not finish."""
    path = stamp(environment)
    if not path.exists() or not program("xl-mmm", environment).exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def stamp(environment: Path) -> Path:
    """Return the file that tells what an environment was made of."""
    return environment / "xl_mmm_installed.json"


def sha256(path: Path) -> str:
    """Return the hash of a file, the same whichever line ends the checkout has."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


# ---------------------------------------------------------------- running programs


def call(command: list[str], what: str) -> None:
    """Run a step of the installation, saying every 15 seconds that it still runs."""
    started = time.monotonic()
    with subprocess.Popen(command, env=clean_variables(), stdin=subprocess.DEVNULL) as process:
        while True:
            try:
                code = process.wait(timeout=15)
                break
            except subprocess.TimeoutExpired:
                say(f"  still at it ({time.monotonic() - started:.0f} s)")
    if code:
        raise SetupError(f"Could not {what}: pip's or Python's own message stands above. Nothing else was started.")


def run(command: list[str], folder: Path | None = None) -> int:
    """Run the job and return its exit code (128 + the number of the signal that ended it)."""
    code = subprocess.run(command, env=clean_variables(), cwd=folder, check=False).returncode
    return 128 - code if code < 0 else code


def clean_variables() -> dict[str, str]:
    """Return the environment variables without those that let foreign folders into Python's path."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def say(sentence: str) -> None:
    """Tell the planner what happens, on standard error, at once."""
    print(sentence, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run the job that the arguments name."""
    if not arguments or arguments[0] not in JOBS:
        say(f"usage: python3 install/bootstrap.py {' | '.join(JOBS)} [options]")
        for name, job in JOBS.items():
            say(f"  {name}  {(job.__doc__ or '').strip()}")
        return 0 if arguments[:1] in (["-h"], ["--help"]) else USAGE
    try:
        return JOBS[arguments[0]](arguments[1:])
    except SetupError as error:
        say(str(error))
        return FAILED
    except KeyboardInterrupt:
        say("Stopped. Start the same command again to go on.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
