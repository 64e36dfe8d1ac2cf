"""The house: what stands where, who may import whom, and what is never done.

Imports inside functions count like those at the top of a module. Imports under `TYPE_CHECKING` do not: they never run.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "xl_mmm"

# A module imports from its own floor and from those above it in this list, never from below.
FLOORS = (
    ("errors",),
    ("rules", "dataset", "spec"),
    ("transforms", "design"),
    ("response", "resolution", "experiments"),
    ("estimation",),
    ("posterior", "posterior_text"),
    ("classical", "bayesian", "posterior_moves", "posterior_regions"),
    ("measures", "planning"),
    ("diagnostics",),
    ("fitting", "comparison", "regions"),
    ("simulation",),
    ("tables",),
    ("report",),
    ("functions",),
    ("book",),
    ("hosts",),
    ("cli",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}

KERNELS = ("transforms", "response")  # NumPy and SciPy only
ONLY_IN = {
    "xlwings": ("hosts",),
    "uno": ("hosts",),
    "unohelper": ("hosts",),
    "com": ("hosts",),  # com.sun.star, LibreOffice's types
    "openpyxl": ("book",),
    "xlsxwriter": ("book",),
    "lxml": ("book",),
    "defusedxml": ("book",),
    "typer": ("cli",),
    "rich": ("cli",),
}
AT_THE_TOP = {"": {"numpy"}, "cli": {"numpy", "typer"}, "hosts": {"numpy", "xlwings", "uno", "unohelper"}}

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code", "codeop"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
FORBIDDEN_METHODS = {"query", "eval", "read_pickle", "to_pickle"}  # of a DataFrame or of pandas
FORBIDDEN_SWITCHES = {"allow_pickle", "shell"}

TOP_LEVEL = {"pyproject.toml", "xl_mmm", "workbook", "tests", "README.md", "install", "LICENSE", "CHANGELOG.md"}
MADE_HERE = {"out", "build", "dist", "__pycache__"}  # in .gitignore


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement's target.

    Attributes
    ----------
    module
        Dotted name: `xl_mmm.tables.names`, `numpy.typing`.
    line
        Where it stands.
    top
        Whether it runs when the module is imported.
    """

    module: str
    line: int
    top: bool


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """Return the module name of a file: `xl_mmm.tables.names`, `xl_mmm.book` for the folder's __init__."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(path): path for path in sources()}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.Module, module: str = "", *, package: bool = False) -> list[Import]:
    """List what a module imports when it runs, inside functions too."""
    return list(_imports(tree, module, package, top=True))


def _imports(node: ast.AST, module: str, package: bool, *, top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _imports(other, module, package, top=top)
        elif isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, top) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = child.module or ""
            if child.level:
                parents = module.split(".")[: len(module.split(".")) - child.level + package]
                base = ".".join([*parents, base]).rstrip(".")
            for alias in child.names:  # `from xl_mmm.book import names` means the module, where there is one
                full = f"{base}.{alias.name}"
                yield Import(full if full in MODULES else base, child.lineno, top)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, module, package, top=top and not inside)


def imports_of(path: Path) -> list[Import]:
    return imports(tree_of(path), dotted(path), package=path.name == "__init__.py")


def room(module: str) -> str:
    """Return the part of the house a module belongs to: `book` for `xl_mmm.tables.names`, empty for `xl_mmm` itself."""
    return module.partition(".")[2].partition(".")[0]


def faults(judge: Callable[[str, Import], str | None]) -> list[str]:
    """Return a sentence for every import that `judge` finds fault with."""
    return [
        f"{path.relative_to(ROOT).as_posix()}:{found.line}: {fault}"
        for path in sources()
        for found in imports_of(path)
        if (fault := judge(dotted(path), found))
    ]


# ---------------------------------------------------------------- rules about imports


def against_the_direction(module: str, found: Import) -> str | None:
    target = room(found.module)
    if not found.module.startswith("xl_mmm") or not room(module):  # the package itself is the public face
        return None
    if not target:
        outside = room(module) in ("functions", "book", "hosts", "cli")
        return None if outside else "imports the package's own face"
    below = FLOOR[target] > FLOOR[room(module)]
    return f"{room(module)} imports {target}, which stands below it" if below else None


def third_party(module: str, found: Import) -> str | None:
    """Return the name of the outside package that is imported, if it is one."""
    name = found.module.partition(".")[0]
    return None if name == "xl_mmm" or name in sys.stdlib_module_names else name


def out_of_its_place(module: str, found: Import) -> str | None:
    name = found.module.partition(".")[0]
    rooms = ONLY_IN.get(name)
    return f"{name} belongs to {', '.join(rooms)}" if rooms and room(module) not in rooms else None


def beside_numpy_and_scipy(module: str, found: Import) -> str | None:
    name = third_party(module, found)
    return f"a kernel imports {name}" if room(module) in KERNELS and name not in (None, "numpy", "scipy") else None


def slow_at_the_top(module: str, found: Import) -> str | None:
    name = third_party(module, found)
    allowed = AT_THE_TOP.get(room(module), AT_THE_TOP[""])
    return (
        f"{name} is imported at the top; import it where it is used"
        if found.top and name and name not in allowed
        else None
    )


def unsafe(module: str, found: Import) -> str | None:
    name = found.module.partition(".")[0]
    return f"{name} can run what a file says" if name in FORBIDDEN_MODULES else None


RULES = (against_the_direction, out_of_its_place, beside_numpy_and_scipy, slow_at_the_top, unsafe)


@pytest.mark.parametrize("rule", RULES)
def test_imports(rule: Callable[[str, Import], str | None]) -> None:
    assert faults(rule) == []


@pytest.mark.parametrize(
    ("rule", "module", "text"),
    [
        (against_the_direction, "xl_mmm.errors", "def f():\n    from xl_mmm.book import names"),
        (against_the_direction, "xl_mmm.response", "import xl_mmm.posterior"),
        (against_the_direction, "xl_mmm.transforms.adstock", "from xl_mmm.estimation.linear import solve"),
        (against_the_direction, "xl_mmm.measures.roi", "from xl_mmm import fit"),
        (out_of_its_place, "xl_mmm.cli", "def f():\n    import openpyxl.utils"),
        (out_of_its_place, "xl_mmm.book.reader", "from xlwings import func"),
        (beside_numpy_and_scipy, "xl_mmm.transforms.adstock", "def f():\n    import pandas as pd"),
        (slow_at_the_top, "xl_mmm.estimation.search", "from scipy.optimize import minimize"),
        (slow_at_the_top, "xl_mmm.book.reader", "try:\n    import openpyxl\nexcept ImportError:\n    raise"),
        (unsafe, "xl_mmm.posterior", "class A:\n    def f(self):\n        import pickle"),
    ],
)
def test_each_rule_finds_what_it_is_for(rule: Callable[[str, Import], str | None], module: str, text: str) -> None:
    assert [rule(module, found) for found in imports(ast.parse(text), module)] != [None]


def test_what_never_runs_and_what_is_late_is_allowed() -> None:
    text = "if TYPE_CHECKING:\n    import pandas\n    from xl_mmm.cli import main\ndef f():\n    import scipy.optimize"
    assert [found.module for found in imports(ast.parse(text))] == ["scipy.optimize"]
    assert slow_at_the_top("xl_mmm.estimation.search", imports(ast.parse(text))[0]) is None


def test_every_module_has_a_floor() -> None:
    assert {room(module) for module in MODULES} - {""} <= FLOOR.keys()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        graph[module] = {found.module for found in imports_of(path) if found.module in MODULES and module != "xl_mmm"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


# ---------------------------------------------------------------- rules about text and files


def unsafe_calls(tree: ast.Module) -> list[tuple[int, str]]:
    """List calls that run text as a program or load pickles, with their lines."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in FORBIDDEN_CALLS or (isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_METHODS):
            found.append((node.lineno, name))
        for keyword in node.keywords:
            off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg in FORBIDDEN_SWITCHES and not off:
                found.append((node.lineno, f"{name}({keyword.arg}=)"))
    return found


def test_no_text_becomes_a_program() -> None:
    assert [f"{path.name}:{line} {what}" for path in sources() for line, what in unsafe_calls(tree_of(path))] == []


@pytest.mark.parametrize(
    "text",
    [
        "eval(x)",
        "os.system(x)",
        "exec(x)",
        "np.load(f, allow_pickle=True)",
        "frame.query(x)",
        "run(x, shell=True)",
        "pd.read_pickle(f)",
    ],
)
def test_unsafe_calls_are_found(text: str) -> None:
    assert unsafe_calls(ast.parse(text))


def test_the_top_level_is_as_fixed() -> None:
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - MADE_HERE
    assert names <= TOP_LEVEL
    assert names >= {"pyproject.toml", "xl_mmm", "tests", "install", "LICENSE"}


def test_every_tests_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_machine_path_and_no_index_address_is_written_down() -> None:
    words = ["/".join(("", "work", "main")), "/".join(("", "root", "")), "pypi" + ".org", "pythonhosted" + ".org"]
    words += ["npmjs" + ".org", "deb." + "debian", "--index" + "-url", "--extra-index" + "-url"]
    suffixes = {".py", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", ""}
    files = [
        path
        for folder in ("xl_mmm", "tests", "install", "workbook", ".ci", ".")
        for path in sorted((ROOT / folder).glob("*" if folder == "." else "**/*"))
        if path.is_file() and path.suffix in suffixes and not {"__pycache__", ".git"}.intersection(path.parts)
    ]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in files
        for word in words
        if word in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert len(files) > 20
    assert found == []
