"""The installation: what may be installed, when it is skipped, and what a broken environment leads to."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
INSTALL = ROOT / "install"
FILES = ("requirements.txt", "requirements-dev.txt")
PINNED = re.compile(r"([A-Za-z0-9_.-]+)==([A-Za-z0-9_.]+)( ; sys_platform == \"(win32|darwin)\")?")


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", INSTALL / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder with what the environment's state depends on, and nothing to install."""
    (tmp_path / "install").mkdir()
    for name in FILES:
        (tmp_path / "install" / name).write_text("# none\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    return tmp_path


def pins(name: str) -> dict[str, list[str]]:
    """Read a requirements file strictly: normalized package name -> its line and hashes."""
    found: dict[str, list[str]] = {}
    for line in (INSTALL / name).read_text(encoding="utf-8").splitlines():
        text = line.removesuffix("\\").strip()
        if line.startswith("    "):
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text), line
            found[next(reversed(found))].append(text)
        elif not line.startswith("#"):
            match = PINNED.fullmatch(text)
            assert match, f"{name}: {line!r} is not an exact version"
            found[normalized(match[1])] = [text]
    return found


def normalized(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", requirement)[0]).lower()


# ---------------------------------------------------------------- what is installed


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_exact_and_has_a_hash(name: str) -> None:
    assert all(len(lines) >= 2 for lines in pins(name).values())
    assert len(pins(name)) > 20


def test_the_pins_cover_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, development = (set(pins(name)) for name in FILES)
    asked = {normalized(text) for text in [*project["project"]["dependencies"], *project["build-system"]["requires"]]}
    assert asked <= runtime
    assert {normalized(text) for text in project["project"]["optional-dependencies"]["dev"]} <= development
    assert not runtime & development


def test_what_only_one_system_needs_is_pinned_for_it() -> None:
    runtime = {name: lines[0] for name, lines in pins("requirements.txt").items()}
    marked = {name: line.partition(" ; ")[2] for name, line in runtime.items() if ";" in line}
    windows, mac = 'sys_platform == "win32"', 'sys_platform == "darwin"'
    assert marked == {"pywin32": windows, "colorama": windows, "tzdata": windows, "appscript": mac, "psutil": mac}


def test_xlwings_is_exact_because_its_dll_is_named_by_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    exact = next(text for text in project["project"]["dependencies"] if text.startswith("xlwings"))
    assert pins("requirements.txt")["xlwings"][0] == exact


def test_the_version_stands_in_one_place() -> None:
    import xl_mmm

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert "version" not in project
    assert re.fullmatch(r"\d+\.\d+\.\d+", xl_mmm.__version__)


# ---------------------------------------------------------------- the bootstrap


def test_the_bootstrap_uses_the_standard_library_only() -> None:
    tree = ast.parse((INSTALL / "bootstrap.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_pip_must_check_hashes_and_may_not_compile(
    bootstrap: ModuleType, project: Path, calls: list[list[str]]
) -> None:
    bootstrap.install_packages(["install/requirements.txt"], project, project / ".venv")
    (command,) = calls
    assert {"--require-hashes", "--only-binary=:all:", "--compile"} <= set(command)
    assert not [option for option in command if "index" in option or "find-links" in option]


def test_the_project_is_installed_without_an_index(
    bootstrap: ModuleType, project: Path, calls: list[list[str]]
) -> None:
    bootstrap.install_project(project, project / ".venv")
    assert {"--no-deps", "--no-index", "--no-build-isolation"} <= set(calls[0])
    assert "compileall" in calls[1]


@pytest.fixture
def calls(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the steps of an installation instead of running them; the environment has its own pip."""
    recorded: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "call", lambda command, what: recorded.append(command))
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *args, **options: done)
    return recorded


class Installer:
    """Stands in for pip: notes what it was asked for and leaves the program that shows it ran."""

    def __init__(self, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[Any] = []
        self.bootstrap = bootstrap
        monkeypatch.setattr(bootstrap, "install_packages", lambda names, root, environment: self.asked.append(names))
        monkeypatch.setattr(bootstrap, "install_project", self.install_project)
        monkeypatch.setattr(bootstrap, "has_module", lambda name: False)  # no pip in the environment: quicker

    def install_project(self, root: Path, environment: Path) -> None:
        self.bootstrap.program("xl-mmm", environment).touch()

    def runs(self, root: Path, *names: str) -> list[list[str]]:
        """Prepare the environment and return what had to be installed."""
        self.asked.clear()
        self.bootstrap.prepare([f"install/{name}" for name in names], root)
        return list(self.asked)


@pytest.fixture
def installer(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Installer:
    return Installer(bootstrap, monkeypatch)


def test_an_unchanged_environment_is_not_touched(installer: Installer, project: Path) -> None:
    assert installer.runs(project, "requirements.txt") == [["install/requirements.txt"]]
    assert installer.runs(project, "requirements.txt") == []


def test_only_what_changed_is_installed(installer: Installer, project: Path) -> None:
    installer.runs(project, "requirements.txt")
    assert installer.runs(project, *FILES) == [["install/requirements-dev.txt"]]
    assert installer.runs(project, "requirements.txt") == []
    (project / "install" / "requirements.txt").write_text("# changed\n", encoding="utf-8")
    assert installer.runs(project, *FILES) == [["install/requirements.txt"]]
    (project / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert installer.runs(project, *FILES) == [[]]  # the project alone


def test_windows_line_ends_are_no_change(installer: Installer, project: Path) -> None:
    installer.runs(project, "requirements.txt")
    (project / "install" / "requirements.txt").write_bytes(b"# none\r\n")
    assert installer.runs(project, "requirements.txt") == []


def test_an_interrupted_installation_is_repeated(
    installer: Installer, project: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(root: Path, environment: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bootstrap, "install_project", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.prepare(["install/requirements.txt"], project)
    assert installer.runs(project, "requirements.txt") == [["install/requirements.txt"]]


def test_a_sound_environment_of_the_users_own_is_kept(installer: Installer, project: Path) -> None:
    venv.create(project / ".venv", symlinks=os.name != "nt")
    keepsake = project / ".venv" / "keepsake"
    keepsake.touch()
    assert installer.runs(project, "requirements.txt") == [["install/requirements.txt"]]
    assert keepsake.exists()


@pytest.mark.parametrize("damage", ["no python", "python dies", "moved", "other python", "no configuration"])
def test_a_broken_environment_is_made_anew(
    damage: str, installer: Installer, bootstrap: ModuleType, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installer.runs(project, "requirements.txt")
    environment = project / ".venv"
    python, stamp = bootstrap.program("python", environment), bootstrap.stamp(environment)
    noted = json.loads(stamp.read_text(encoding="utf-8"))
    if damage == "no python":
        python.unlink()
    elif damage == "python dies":
        python.unlink()
        python.write_text("no program", encoding="utf-8")
        python.chmod(0o755)
    elif damage == "moved":
        stamp.write_text(json.dumps(noted | {"folder": "elsewhere"}), encoding="utf-8")
    elif damage == "other python":
        stamp.write_text(json.dumps(noted | {"python": "3.10"}), encoding="utf-8")
    else:
        (environment / "pyvenv.cfg").write_text("home = nowhere\n", encoding="utf-8")
        python.unlink()
    capsys.readouterr()
    assert installer.runs(project, "requirements.txt") == [["install/requirements.txt"]]
    assert "cannot be used: it" in capsys.readouterr().err
    assert installer.runs(project, "requirements.txt") == []


def test_a_folder_that_is_no_environment_is_never_removed(
    bootstrap: ModuleType, project: Path, installer: Installer
) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "thesis.txt").write_text("the only copy", encoding="utf-8")
    with pytest.raises(bootstrap.SetupError, match=r"is not a virtual environment .* move it away"):
        installer.runs(project, "requirements.txt")
    assert (project / ".venv" / "thesis.txt").exists()


def test_an_environment_in_use_is_a_sentence(
    bootstrap: ModuleType, project: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(path: Path) -> None:
        raise PermissionError(13, "Access is denied", str(path))

    (project / ".venv").mkdir()
    monkeypatch.setattr(bootstrap.shutil, "rmtree", held)
    with pytest.raises(bootstrap.SetupError, match="Close Excel"):
        installer.runs(project, "requirements.txt")


def test_a_folder_that_cannot_hold_an_environment_is_a_sentence(
    bootstrap: ModuleType, project: Path, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bootstrap.venv, "EnvBuilder", full)
    with pytest.raises(bootstrap.SetupError, match=r"No space left on device.* disk full"):
        installer.runs(project, "requirements.txt")


@pytest.mark.parametrize(
    ("version", "bits", "platform", "message"),
    [
        ((3, 99), 2**63, "linux-x86_64", "newer than this release knows"),
        ((3, 12), 2**31, "win32", "32-bit"),
        ((3, 12), 2**63, "win-arm64", "x64"),
    ],
)
def test_a_python_without_ready_made_packages_is_refused(
    version: tuple[int, int], bits: int, platform: str, message: str, bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(bootstrap.sys, "version_info", version)
    monkeypatch.setattr(bootstrap.sys, "maxsize", bits)
    monkeypatch.setattr(bootstrap.sysconfig, "get_platform", lambda: platform)
    with pytest.raises(bootstrap.SetupError, match=message):
        bootstrap.refuse_unsupported_python()


def test_an_old_python_is_told_so_before_anything_else() -> None:
    old = "import sys, runpy; sys.version_info = (3, 8); runpy.run_path(sys.argv[1], run_name='__main__')"
    command = [sys.executable, "-c", old, str(INSTALL / "bootstrap.py")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "needs Python 3.11 or later" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["deploy"], 2), (["--help"], 0)])
def test_usage_names_the_jobs(
    arguments: list[str], code: int, bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == code
    assert "demo | test" in capsys.readouterr().err


def test_the_jobs_exit_code_is_passed_on(bootstrap: ModuleType) -> None:
    assert bootstrap.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


@pytest.mark.parametrize("failure", ["SetupError", "KeyboardInterrupt"])
def test_a_failed_setup_is_a_sentence(
    failure: str, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = KeyboardInterrupt() if failure == "KeyboardInterrupt" else bootstrap.SetupError("No disk space.")

    def job(arguments: list[str]) -> int:
        raise error

    monkeypatch.setitem(bootstrap.JOBS, "demo", job)
    assert bootstrap.main(["demo"]) == (130 if failure == "KeyboardInterrupt" else 3)
    assert capsys.readouterr().err.strip().endswith(".")


def test_a_failing_step_stops_the_installation(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetupError, match="Could not install the packages"):
        bootstrap.call([sys.executable, "-c", "raise SystemExit(1)"], "install the packages")


@pytest.mark.parametrize(
    ("arguments", "out"), [([], "out"), (["--out", "here"], None), (["--out=here"], None), (["--seed", "2"], "out")]
)
def test_demo_writes_to_the_out_folder_unless_told(
    arguments: list[str], out: str | None, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "prepare", lambda names: None)
    monkeypatch.setattr(bootstrap, "run", lambda command: commands.append(command) or 0)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    bootstrap.demo(arguments)
    where = [] if out is None else ["--out", str(tmp_path / out)]
    assert commands[0][1:] == ["demo", *where, *arguments]


def test_an_earlier_demo_is_kept(bootstrap: ModuleType, tmp_path: Path) -> None:
    assert bootstrap.unused(tmp_path) == tmp_path
    (tmp_path / "demo.xlsx").touch()
    assert bootstrap.unused(tmp_path) == tmp_path / "2"
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "demo.xlsx").touch()
    assert bootstrap.unused(tmp_path) == tmp_path / "3"


def test_foreign_folders_stay_out_of_pythons_path(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "planted")
    monkeypatch.setenv("PYTHONHOME", "planted")
    assert "planted" not in bootstrap.clean_variables().values()


# ---------------------------------------------------------------- Excel


def test_a_store_python_is_refused_with_the_remedy(bootstrap: ModuleType) -> None:
    store = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.13_3.13.2544.0_x64__qbz5n2kfra8p0"
    with pytest.raises(bootstrap.SetupError, match=r"Microsoft Store.*python\.org.*bootstrap\.py excel"):
        bootstrap.refuse_python_that_excel_cannot_start(store)


def test_a_conda_python_is_refused_with_the_remedy(bootstrap: ModuleType, tmp_path: Path) -> None:
    bootstrap.refuse_python_that_excel_cannot_start(str(tmp_path))
    (tmp_path / "conda-meta").mkdir()
    with pytest.raises(bootstrap.SetupError, match=r"conda.*python\.org"):
        bootstrap.refuse_python_that_excel_cannot_start(str(tmp_path))


@pytest.mark.parametrize(("system", "steps"), [("win32", 1), ("linux", 1), ("darwin", 2)])
def test_excel_is_set_up_from_inside_the_environment(
    system: str, steps: int, bootstrap: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "prepare", lambda names: None)
    monkeypatch.setattr(bootstrap, "run", lambda command: jobs.append(command) or 0)
    monkeypatch.setattr(bootstrap.sys, "platform", system)
    assert bootstrap.excel(["my book.xlsm"]) == 0
    assert jobs[0][1:] == ["-I", "-m", "xl_mmm.hosts.setup", "my book.xlsm"]
    assert len(calls) == steps
    assert bootstrap.GUARD_FILE in calls[0]
    assert system != "darwin" or calls[1][1:] == ["runpython", "install"]


def test_excels_python_imports_nothing_from_the_folder_it_starts_in(bootstrap: ModuleType, tmp_path: Path) -> None:
    """The command is the one that xlwings' VBA module builds, with its `prepare_sys_path`."""
    import xlwings

    from xl_mmm.hosts import doctor

    environment, beside = tmp_path / "environment", tmp_path / "beside the workbook"
    venv.EnvBuilder(symlinks=os.name != "nt").create(environment)
    packages = next(environment.rglob("site-packages"))
    (packages / "packages.pth").write_text(f"{Path(xlwings.__file__).parents[1]}\n", encoding="utf-8")
    beside.mkdir()
    for name in ("xlwings", "platformdirs"):
        (beside / f"{name}.py").write_text(f"print('PLANTED {name}')\n")
    command = (
        "import sys, os;import xlwings.utils;xlwings.utils.prepare_sys_path('False;b;b;;;;');"
        "import platformdirs;print('sound')"
    )
    start = [str(bootstrap.program("python", environment)), "-B", "-c", command]
    options: dict[str, Any] = {"capture_output": True, "text": True, "cwd": beside, "env": bootstrap.clean_variables()}
    assert "PLANTED xlwings" in subprocess.run(start, check=False, **options).stdout  # so it is without the guard
    bootstrap.guard_start(environment)
    assert bootstrap.GUARD_FILE == doctor.GUARD
    assert (packages / doctor.GUARD).exists()
    assert subprocess.run(start, check=True, **options).stdout.split() == ["sound"]


def test_the_guard_leaves_other_pythons_alone(bootstrap: ModuleType, tmp_path: Path) -> None:
    line = bootstrap.GUARD.removeprefix("import os, sys; ")
    program = f"import os, sys; sys.orig_argv = ['python', '-m', 'pytest']; {line}; print(os.getcwd())"
    asked = [sys.executable, "-c", program]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(told.strip()).resolve() == tmp_path.resolve()


# ---------------------------------------------------------------- the programs outside Python


def test_a_workbook_is_printed_and_read_back(tmp_path: Path, soffice: Any, pdftoppm: Any, pdftotext: Any) -> None:
    pdf = soffice.to_pdf(small_book(tmp_path / "büro 1.xlsx"), tmp_path)
    assert "media mix" in pdftotext(pdf)
    assert [page.suffix for page in pdftoppm(pdf, tmp_path, dpi=30)] == [".png"]


def test_the_validator_tells_sound_from_broken(tmp_path: Path, validate_ooxml: Any) -> None:
    import zipfile

    sound, broken = small_book(tmp_path / "sound.xlsx"), tmp_path / "broken.xlsx"
    assert validate_ooxml(sound) == []
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<sheetData>", b"<nonsense/><sheetData>"))
    assert any("nonsense" in error for error in validate_ooxml(broken))


def small_book(path: Path) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Data").write("A1", "media mix")
    return path
