"""An archive in a bucket, read by a real Dask cluster: the summary is that of the folder on disk, to the byte."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsdocs.config import ArchiveSection, Config
from dsdocs.engine import open_engine
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.summarize import summarize
from dsdocs.summary import fingerprint
from support.cluster import Cluster, cluster
from support.containers import write_container
from support.s3 import ENVIRONMENT, S3, fake_keys, s3_server  # noqa: F401


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("archive") / "a", patches=32, layout="bigearthnet-v1-s2")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, environment=ENVIRONMENT) as running:
        yield running


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEAST": 20, "MOST": 60, "ODDS": 2}.items():
        monkeypatch.setattr(f"dsdocs.summary.cut.{name}", value)


@pytest.mark.parametrize("container", ["directory", "tar", "zip"])
def test_a_cluster_reads_a_bucket_and_a_lost_worker_changes_nothing(
    s3: S3, keys: None, archive: Path, workers: Cluster, tmp_path: Path, container: str
) -> None:
    files = {path.relative_to(archive).as_posix(): path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    (packed,) = write_container(container, files, tmp_path / "packed")
    bucket = f"public-cluster-{container}"
    s3.put(bucket, files if container == "directory" else {packed.name: packed.read_bytes()})
    address = f"s3://{bucket}" + ("" if container == "directory" else f"/{packed.name}")
    options = {"anon": True, "endpoint_url": s3.url}
    config = Config(archive=ArchiveSection(path=address, options=options))
    state = tmp_path / "state"

    def lose_a_worker() -> None:
        """Wait until parts have come back, then end a worker."""
        while len(list((state / "parts").glob("*.arrow"))) < 3:
            if stopped.wait(0.02):
                return
        workers.kill_a_worker()

    stopped = threading.Event()
    killer = threading.Thread(target=lose_a_worker)
    killer.start()
    try:
        engine = open_engine(workers.address, workers=1)
        summarize(Project(Locations(config, None, (address,), state)), engine=engine)
    finally:
        stopped.set()
        killer.join()
    assert len(workers.workers) == 1, "no worker was lost while the archive was read"
    here = tmp_path / "here"
    summarize(Project(Locations(Config(), None, (str(archive),), here)))
    assert fingerprint(state / "summary.parquet") == fingerprint(here / "summary.parquet")
