"""Which run belongs to which pull request, and which artifact to which run: decided by what the API says alone.

A pull request controls the files of its branch, the workflow too, and so all that a run of it prints and uploads: the
artifact, its name and anything in it, branch and title. None of that tells whose preview it is. Names of branches and
commits can be had twice as well; only the numbers that GitHub gives to repositories, owners, workflows and runs cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsdocs.publish.answers import Artifact, Head, Pull, Run
from dsdocs.publish.model import WAITING, Refusal, Repository

WORKFLOW = ".github/workflows/site.yml"
ARTIFACT = "site"
# None of these can be caused from a fork. The last two build again what is there, because artifacts expire.
MAIN_EVENTS = ("push", "schedule", "workflow_dispatch")
GONE = "The repository of its branch is gone."
_UNDECIDED = frozenset({"", "action_required"})  # the latter: somebody has to allow the run of a newcomer


def right_run(repository: Repository, workflow: int, pull: Pull, runs: Iterable[Run]) -> Run | Refusal:
    """Find the newest good run of a pull request.

    Parameters
    ----------
    repository
        The repository whose site is published.
    workflow
        Number of its workflow `WORKFLOW`.
    pull
        A pull request, as the API tells it now.
    runs
        Any runs; those for the head's commit are enough.

    Returns
    -------
    Run or Refusal
        The run, or why there is none. One that has not ended is waited for.
    """
    reason = _wrong_pull(repository, pull)
    if reason or pull.head is None:
        return Refusal(pull.number, pull.sha, reason or GONE)
    found: list[Run] = []
    wrong: list[str] = []
    waiting = False
    for run in runs:
        differences = list(_run_differences(repository, workflow, "pull_request", pull.head, run))
        if differences:
            # Of other runs for this commit, those of a push for example, there is nothing to tell.
            if run.event == "pull_request":
                wrong.append(f"Run {run.id} is not taken: {'; '.join(differences)}.")
        elif run.status != "completed" or run.conclusion in _UNDECIDED:
            waiting = True
        elif run.conclusion != "success":
            wrong.append(f"Run {run.id} of its build ended with {run.conclusion!r}, not with 'success'.")
        else:
            found.append(run)
    if found:
        return max(found, key=_age)
    if waiting:
        return Refusal(pull.number, pull.sha, f"The build of commit {pull.sha[:12]} has not ended yet.", WAITING)
    if wrong:
        return Refusal(pull.number, pull.sha, " ".join(sorted(set(wrong))[:5]))
    return Refusal(pull.number, pull.sha, f"Commit {pull.sha[:12]} has not been built yet.", WAITING)


def main_runs(repository: Repository, workflow: int, runs: Iterable[Run]) -> list[Run]:
    """Return the good runs for the default branch, the newest first.

    A tag may be named as the branch is: whether a run's commit lies on the branch has to be asked besides.
    """
    branch = repository.default_branch
    good = [
        run
        for run in runs
        if run.head is not None
        and run.event in MAIN_EVENTS
        and run.head.branch == branch
        and run.head.repository_id == repository.id
        and run.status == "completed"
        and run.conclusion == "success"
        and not list(_run_differences(repository, workflow, run.event, run.head, run))
    ]
    return sorted(good, key=_age, reverse=True)


def right_artifact(repository: Repository, run: Run, artifacts: Iterable[Artifact], *, limit: int) -> Artifact | str:
    """Find the site that a run has uploaded; where it was run again, the newest.

    Returns
    -------
    Artifact or str
        The artifact, or why there is none, as a sentence.
    """
    named = [artifact for artifact in artifacts if artifact.name == ARTIFACT]
    wrong = {difference for artifact in named for difference in _artifact_differences(repository, run, artifact)}
    own = [artifact for artifact in named if not list(_artifact_differences(repository, run, artifact))]
    here = [artifact for artifact in own if not artifact.expired]
    if not here:
        if own:
            return f"The artifact of run {run.id} has expired; run its build again."
        said = f": {'; '.join(sorted(wrong))}" if wrong else ""
        return f"Run {run.id} has no artifact named {ARTIFACT!r} of its own{said}."
    newest = max(here, key=lambda artifact: (artifact.created, artifact.id))
    if newest.size > limit:
        return f"The artifact of run {run.id} has {newest.size:,} bytes; at most {limit:,} are taken."
    return newest


def _wrong_pull(repository: Repository, pull: Pull) -> str:
    if pull.state != "open":
        return "It is not open."
    if pull.base_repository_id != repository.id:
        return "It is for another repository."
    if pull.base_branch != repository.default_branch:
        return f"It is not for the branch {repository.default_branch}."
    return ""


def _run_differences(repository: Repository, workflow: int, event: str, head: Head, run: Run) -> Iterator[str]:
    """Say in which way a run is none of an event for a head in a repository."""
    if run.event != event:
        yield f"its event is {run.event!r}, not {event!r}"
    if run.workflow_id != workflow or run.path.partition("@")[0] != WORKFLOW:
        yield f"its workflow is {run.path!r}, not {WORKFLOW!r}"
    if run.repository_id != repository.id:
        yield f"it ran in the repository {run.repository_id}, not {repository.id}"
    if run.sha != head.sha:
        yield f"it built commit {run.sha[:12]}, not {head.sha[:12]}"
    if run.head is None:
        yield "the repository of its branch is gone"
        return
    if run.head.branch != head.branch:
        yield f"it built the branch {run.head.branch!r}, not {head.branch!r}"
    if run.head.repository_id != head.repository_id:
        yield f"its branch is in the repository {run.head.repository_id}, not {head.repository_id}"
    if (run.head.owner, run.head.owner_id) != (head.owner, head.owner_id):
        yield f"its branch is of {run.head.owner!r}, not {head.owner!r}"


def _artifact_differences(repository: Repository, run: Run, artifact: Artifact) -> Iterator[str]:
    if artifact.run_id != run.id:
        yield f"it is of run {artifact.run_id}"
    if artifact.repository_id != repository.id:
        yield f"it is of the repository {artifact.repository_id}, not {repository.id}"
    if artifact.sha != run.sha:
        yield f"it is of commit {artifact.sha[:12]}, not {run.sha[:12]}"
    if run.head is None:
        return
    if artifact.head_repository_id != run.head.repository_id:
        yield f"its branch is in the repository {artifact.head_repository_id}, not {run.head.repository_id}"
    if artifact.branch != run.head.branch:
        yield f"its branch is {artifact.branch!r}, not {run.head.branch!r}"


def _age(run: Run) -> tuple[str, int]:
    return run.created, run.id
