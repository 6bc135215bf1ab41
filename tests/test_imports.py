"""Who may import whom: the arrows of DESIGN.md, read from the code itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOW = {"types", "config", "processes"}
ALLOWED = {
    "types": set(),
    "config": set(),
    "processes": set(),
    "data": LOW,
    "imaging": LOW | {"data"},
    "phantom": LOW | {"data", "imaging"},
    "evaluation": LOW | {"data", "imaging"},
    "inference": LOW | {"data", "imaging"},
    "explore": LOW | {"data", "imaging", "phantom", "evaluation"},
    "figures": LOW | {"data", "imaging", "evaluation", "explore"},
    "models": LOW,
    "learning": LOW | {"data", "imaging", "inference", "evaluation", "models"},
    "app": LOW | {"data", "imaging", "phantom", "evaluation", "inference", "explore", "figures"},
}
PACKAGE = sorted((ROOT / "neuroscan").rglob("*.py"))
PAGES = [ROOT / "Home.py", *sorted((ROOT / "pages").glob("*.py"))]
COMMANDS = sorted((ROOT / "training").glob("*.py"))
HEAVY = {"keras", "tensorflow", "torch", "jax", "tf2onnx"}


def imported(path):
    """Dotted names that a file imports, wherever in it; `from a import b` is a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tops(path):
    return {name.partition(".")[0] for name in imported(path)}


def room(path):
    return path.relative_to(ROOT / "neuroscan").parts[0].removesuffix(".py")


def rooms_of(path):
    """Rooms of neuroscan/ that a file imports."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("neuroscan.")}


def ids(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def test_the_table_itself_points_one_way():
    placed = set()
    while len(placed) < len(ALLOWED):
        free = {name for name, below in ALLOWED.items() if below <= placed} - placed
        assert free, f"these rooms import one another: {set(ALLOWED) - placed}"
        placed |= free


@pytest.mark.parametrize("path", PACKAGE, ids=ids(PACKAGE))
def test_a_room_imports_only_rooms_below_it(path):
    own = room(path)
    if own != "__init__":
        assert rooms_of(path) - {own} <= ALLOWED[own]


@pytest.mark.parametrize("path", PAGES, ids=ids(PAGES))
def test_a_page_imports_what_the_app_may(path):
    assert rooms_of(path) <= ALLOWED["app"] | {"app"}


@pytest.mark.parametrize("path", COMMANDS, ids=ids(COMMANDS))
def test_a_command_imports_what_commands_may(path):
    assert rooms_of(path) <= LOW | {"data", "imaging", "learning", "evaluation", "inference", "explore", "phantom"}


@pytest.mark.parametrize("path", PACKAGE + PAGES + COMMANDS, ids=ids(PACKAGE + PAGES + COMMANDS))
def test_nothing_imports_pages_or_commands(path):
    own = {"training"} if path in COMMANDS else set()
    assert not tops(path) & ({"pages", "training", "Home", "tests"} - own)


@pytest.mark.parametrize("path", PACKAGE + PAGES + COMMANDS, ids=ids(PACKAGE + PAGES + COMMANDS))
def test_keras_in_models_and_learning_alone_streamlit_in_the_app_alone(path):
    inside = room(path) if path in PACKAGE else "page" if path in PAGES else "command"
    if inside not in ("models", "learning"):
        assert not tops(path) & HEAVY
    if inside not in ("app", "page"):
        assert not {name for name in tops(path) if name.startswith("streamlit")}


@pytest.mark.parametrize("path", COMMANDS, ids=ids(COMMANDS))
def test_commands_import_learning_only_where_they_need_it(path):
    """At the top, only what does not cost seconds: its config, and what scores a finished model."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    above = {
        f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("neuroscan.learning")
        for alias in node.names
    }
    assert above <= {"neuroscan.learning.config", "neuroscan.learning.config.Config", "neuroscan.learning.score"}


@pytest.mark.parametrize("package", sorted({path.parent for path in PACKAGE}), ids=lambda path: path.name)
def test_every_room_says_what_it_is(package):
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))


def test_rooms_without_keras_load_none_of_it():
    names = ["data.dataset", "data.splits", "imaging.overlay", "evaluation.run", "evaluation.summary"]
    names += ["inference.predictor", "inference.card", "inference.latency", "learning.config", "learning.score"]
    code = "import sys\n" + "\n".join(f"import neuroscan.{name}" for name in names)
    code += "\nimport training.train, training.evaluate, training.predict, training.export"
    code += f"\nprint(sorted({HEAVY | {'streamlit'}!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
