"""Ask the API which sites there are, and fetch them: ``inputs.json`` and a zip for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from dsdocs.errors import PublishError
from dsdocs.publish import answers
from dsdocs.publish.answers import Artifact, Pull, Run
from dsdocs.publish.associate import ARTIFACT, GONE, MAIN_EVENTS, WORKFLOW, main_runs, right_artifact, right_run
from dsdocs.publish.github import Api, ApiError, RateLimitError
from dsdocs.publish.model import DROPPED, INPUTS, Candidate, Inputs, Main, Refusal, Repository, write_json

LOOKED_AT = 100  # open pull requests, those changed last; each costs some requests of the thousand in an hour
FETCHED = 20  # previews; more than are published, because some may be refused
MAIN_LIMIT = 2**30  # bytes of a zip: what Pages takes unpacked
PREVIEW_LIMIT = 300 * 2**20  # bytes of a zip; `FETCHED` of them fit on the disk of a runner
_RUNS = 50  # of the default branch for each event, the newest first

_GONE = frozenset({404, 410, 422})  # statuses of what is no longer there

Tell = Callable[[str], None]
_Choice = tuple[Pull, Run, Artifact]


def collect(api: Api, name: str, out: Path, *, url: str = "", tell: Tell | None = None) -> Inputs:
    """Fetch the newest site of the default branch and that of each open pull request.

    Parameters
    ----------
    api
        The API; the token has to allow reading contents, actions and pull requests.
    name
        ``owner/name`` of the repository.
    out
        Folder to write, which must not hold anything yet.
    url
        Where the site is published; default: the address that GitHub Pages gives to the repository.
    tell
        Called with a line for each thing that was found.

    Raises
    ------
    PublishError
        The folder is in use, the API refuses, or there is no site of the default branch.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PublishError(f"{out}: is in use; name a new folder with --out")
    tell = tell or _silent
    place = f"/repos/{quote(name)}"
    found = api.get(place)
    repository = Repository(
        answers.number(found, "id"), answers.text(found, "full_name"), answers.text(found, "default_branch")
    )
    workflow = answers.number(api.get(f"{place}/actions/workflows/{Path(WORKFLOW).name}"), "id")
    out.mkdir(parents=True, exist_ok=True)
    main = _main(api, place, repository, workflow, out)
    tell(f"{repository.default_branch}: run {main.run} of commit {main.sha[:12]}")
    refused: list[Refusal] = []
    chosen: list[_Choice] = []
    for pull in _pulls(api, place, repository):
        match _choice(api, place, repository, workflow, pull):
            case Refusal() as refusal:
                refused.append(refusal)
            case choice:
                chosen.append(choice)
    chosen.sort(key=lambda one: (one[2].created, one[0].number), reverse=True)
    previews: list[Candidate] = []
    for one in chosen[:FETCHED]:
        match _fetched(api, place, *one, out):
            case Refusal() as refusal:
                refused.append(refusal)
            case candidate:
                previews.append(candidate)
    refused += [_too_many(pull) for pull, *_ in chosen[FETCHED:]]
    inputs = Inputs(
        repository, url or pages_address(repository.full_name), main,
        tuple(sorted(previews, key=lambda one: one.number)), tuple(sorted(refused, key=lambda one: one.number)),
    )  # fmt: skip
    for preview in inputs.previews:
        tell(f"pull request {preview.number}: run {preview.run} of commit {preview.sha[:12]}")
    for refusal in inputs.refused:
        tell(f"pull request {refusal.number}: {refusal.state}: {refusal.reason}")
    write_json(out / INPUTS, inputs)
    return inputs


def pages_address(full_name: str) -> str:
    """Return where GitHub Pages publishes the site of a repository without a domain of its own."""
    owner, _, repository = full_name.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if repository.lower() == host else f"https://{host}/{repository}/"


def _main(api: Api, place: str, repository: Repository, workflow: int, out: Path) -> Main:
    branch = repository.default_branch
    # One event at a time: a fork may have a branch of that name, and fill a list with its pull request.
    queries = ({"branch": branch, "event": event, "status": "success"} for event in MAIN_EVENTS)
    listed = (run for query in queries for run in islice(_runs(api, place, query), _RUNS))
    runs = main_runs(repository, workflow, listed)
    reasons: list[str] = []
    tip = answers.text(api.get(f"{place}/branches/{quote(branch, safe='')}"), "commit.sha") if runs else ""
    for run in runs:
        if not _is_on(api, place, tip, run.sha):
            reasons.append(f"Commit {run.sha[:12]} of run {run.id} is not on the branch.")
            continue
        artifact = right_artifact(repository, run, _artifacts(api, place, run), limit=MAIN_LIMIT)
        if isinstance(artifact, str):
            reasons.append(artifact)
            continue
        name = "main.zip"
        digest = _downloaded(api, place, artifact, out / name, limit=MAIN_LIMIT)
        return Main(run.id, run.sha, name, digest)
    said = "; ".join(reasons[:3]) or f"{branch} has no good run of {WORKFLOW}"
    raise PublishError(f"{repository.full_name}: there is no site to publish: {said}; run that workflow on {branch}")


def _is_on(api: Api, place: str, tip: str, sha: str) -> bool:
    """Decide whether a commit lies on the branch that ends with ``tip``."""
    if sha == tip:
        return True
    try:
        compared = api.get(f"{place}/compare/{quote(tip)}...{quote(sha)}", {"per_page": "1"})
    except ApiError as error:
        if error.status == 404:
            return False  # the commit is gone
        raise
    return answers.text(compared, "status") in ("behind", "identical")


def _choice(api: Api, place: str, repository: Repository, workflow: int, pull: Pull) -> _Choice | Refusal:
    try:
        # Asked for by commit: nobody can push the runs of a pull request out of a list by starting many others.
        run = right_run(repository, workflow, pull, _runs(api, place, {"head_sha": pull.sha}))
        if isinstance(run, Refusal):
            return run
        artifact = right_artifact(repository, run, _artifacts(api, place, run), limit=PREVIEW_LIMIT)
    except ApiError as error:
        if error.status not in _GONE:
            raise  # without an answer, what is published stays as it is
        return Refusal(pull.number, pull.sha, f"Its run was deleted: {error}.")
    except PublishError as error:  # of one pull request, which must not stop the others
        return Refusal(pull.number, pull.sha, f"Its build cannot be told: {error}.")
    return Refusal(pull.number, pull.sha, artifact) if isinstance(artifact, str) else (pull, run, artifact)


def _fetched(api: Api, place: str, pull: Pull, run: Run, artifact: Artifact, out: Path) -> Candidate | Refusal:
    name, head = f"pr-{pull.number}.zip", pull.head
    if head is None:
        return Refusal(pull.number, pull.sha, GONE)
    try:
        digest = _downloaded(api, place, artifact, out / name, limit=PREVIEW_LIMIT)
    except RateLimitError:
        raise  # of all of them
    except PublishError as error:  # of one pull request, which must not stop the others
        (out / name).unlink(missing_ok=True)
        return Refusal(pull.number, pull.sha, f"The artifact of run {run.id} could not be fetched: {error}.")
    return Candidate(
        pull.number, pull.sha, head.owner, head.branch, head.repository_id, run.id, artifact.created, name, digest
    )


def _downloaded(api: Api, place: str, artifact: Artifact, target: Path, *, limit: int) -> str:
    digest = api.download(f"{place}/actions/artifacts/{artifact.id}/zip", target, limit=limit)
    if artifact.digest and artifact.digest != f"sha256:{digest}":
        raise PublishError(f"it has the digest {digest}, but was uploaded with {artifact.digest}")
    return digest


def _pulls(api: Api, place: str, repository: Repository) -> list[Pull]:
    query = {"state": "open", "base": repository.default_branch, "sort": "updated", "direction": "desc"}
    return [answers.pull(one) for one in islice(api.pages(f"{place}/pulls", query), LOOKED_AT)]


def _runs(api: Api, place: str, query: dict[str, str]) -> Iterable[Run]:
    path = f"{place}/actions/workflows/{Path(WORKFLOW).name}/runs"
    return (answers.run(one) for one in api.pages(path, query, key="workflow_runs"))


def _artifacts(api: Api, place: str, run: Run) -> list[Artifact]:
    found = api.pages(f"{place}/actions/runs/{run.id}/artifacts", {"name": ARTIFACT}, key="artifacts")
    return [answers.artifact(one) for one in found]


def _too_many(pull: Pull) -> Refusal:
    return Refusal(
        pull.number, pull.sha, f"The {FETCHED} newest builds are looked at; a new build comes first again.", DROPPED
    )


def _silent(_: str) -> None:
    """Report nothing."""
