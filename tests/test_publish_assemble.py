"""The tree that is published: production as it was built, previews beside it, the same bytes whatever the order."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from dsdocs.errors import PublishError
from dsdocs.publish.assemble import assemble
from dsdocs.publish.model import DROPPED, INPUTS, PUBLISHED, REFUSED, Refusal, read_inputs, read_report, write_json
from dsdocs.publish.preview import apart
from support.artifacts import MAP, Site, pack, page, read_site, small_site, write_inputs
from support.sites import digests, dsdocs, expect

SENTENCE = "<p>One more sentence.</p>"


def changed(site: Site, **files: bytes) -> bytes:
    return pack(site | files)


def edited(site: Site, name: str, old: str, new: str) -> Site:
    data = site[name]
    assert old.encode() in data
    return site | {name: data.replace(old.encode(), new.encode())}


def with_sentence(site: Site) -> Site:
    return edited(site, "labels.html", "</h1>", f"</h1>{SENTENCE}")


def heavy_entry(data: bytes) -> dict[str, object]:
    return {"path": "details.gz", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def with_heavy(site: Site, name: str = "labels.html") -> Site:
    """Return a build with other heavy data, which its manifest and a link name."""
    data = gzip.compress(hashlib.shake_256(b"other").digest(140_000), mtime=0)
    manifest = json.loads(site["_data/explorer/manifest.json"]) | {"details": heavy_entry(data)}
    return edited(site, name, "</h1>", '</h1><a href="_data/explorer/details.gz">Details</a>') | {
        "_data/explorer/details.gz": data,
        "_data/explorer/manifest.json": json.dumps(manifest).encode(),
    }


@pytest.fixture(scope="module")
def site() -> Site:
    return small_site()


def test_production_is_what_was_built_byte_for_byte(site: Site, tmp_path: Path) -> None:
    report = assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(with_sentence(site))}), tmp_path / "tree")
    found = read_site(tmp_path / "tree")
    assert {name: data for name, data in found.items() if not name.startswith("pr-preview/")} == site
    assert (report.main.files, report.main.bytes) == (len(site), sum(map(len, site.values())))
    assert report.bytes == sum(map(len, found.values()))


def test_a_changed_sentence_costs_pages_and_manifests_alone(site: Site, tmp_path: Path) -> None:
    report = assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(with_sentence(site))}), tmp_path / "tree")
    preview = tmp_path / "tree" / "pr-preview" / "pr-7"
    found = read_site(preview)
    pages = {name for name in site if name.endswith(".html")}
    assert set(found) == pages | {"_data/explorer/manifest.json"}
    (one,) = report.previews
    assert (one.state, one.files, one.bytes) == (PUBLISHED, len(found), sum(map(len, found.values())))
    assert one.url == "https://owner.github.io/repo/pr-preview/pr-7/"
    assert [entry["path"] for entry in one.changes["pages"]["changed"]] == ["labels.html"]
    text = found["labels.html"].decode()
    assert SENTENCE in text
    addresses = (
        'href="../../_static/site.css"', 'src="../../_static/js/map.js?v=1"', 'src="../../_data/maps/places.js"',
        'src="../../_data/thumbs/0.png"', 'href="../../_data/csv/labels.csv"', 'action="search.html"',
    )  # fmt: skip
    for address in addresses:
        assert address in text
    manifest = json.loads(found["_data/explorer/manifest.json"])
    assert manifest["columns"][0]["path"] == "../../../../_data/explorer/column-labels.gz"
    assert manifest["thumbnails"]["path"] == "../../../../_data/explorer/thumbnails.gz"
    assert manifest["statistics"] == "../../../../_data/band-statistics.json"


def test_every_page_says_that_it_is_a_preview_and_has_a_policy_of_ours(site: Site, tmp_path: Path) -> None:
    loose = '<meta http-equiv="Content-Security-Policy" content="script-src *"><meta name="robots" content="all">'
    given = edited(site, "index.html", "<title>", f"{loose}<title>") | {"try/out.html": nested()}
    assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(given)}), tmp_path / "tree")
    preview = tmp_path / "tree" / "pr-preview" / "pr-7"
    pages = sorted(preview.rglob("*.html"))
    assert len(pages) == 5
    for path in pages:
        text = path.read_text(encoding="utf-8")
        first = re.sub(r"\s+", " ", text)[: text.index("<title>")]
        begins = (
            r'<!DOCTYPE html> <html [^>]*><head> ?<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
            r"content=\"default-src 'none'; script-src 'self'; [^\"]*\"><meta name=\"robots\" content=\"noindex\">"
        )
        assert re.match(begins, first), first
        assert text.count("http-equiv") == text.count('"robots"') == text.count("<meta charset") == 1
        body = text[text.index("<body") :]
        assert re.match(r"<body[^>]*><aside class=\"ds-preview\"", body)
        assert "pull request #7 at commit 000000000000," in body
        up = "../" * (2 + path.relative_to(preview).as_posix().count("/"))
        assert 'href="https://github.com/owner/repo/pull/7"' in body
        assert f'href="{up}index.html"' in body


def nested() -> bytes:
    text = page("<h1>Try it</h1>").decode().replace('"./"', '"../"')
    return re.sub(r'(href|src|action)="(?=[_s])', r'\1="../', text).encode()


def test_comments_of_readers_are_taken_out(site: Site, tmp_path: Path) -> None:
    comments = (
        '<p>a</p>b<section data-ds-comments="giscus"><p>Say</p><iframe src="https://giscus.app/"></iframe></section>c'
    )
    given = edited(site, "index.html", "</h1>", f"</h1>{comments}")
    report = assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(given)}), tmp_path / "tree")
    assert report.previews[0].reasons == ()
    text = (tmp_path / "tree" / "pr-preview" / "pr-7" / "index.html").read_text(encoding="utf-8")
    assert "<p>a</p>bc<p>Text.</p>" in text
    assert "giscus" not in text


def test_data_may_change_and_lies_in_the_preview(site: Site, tmp_path: Path) -> None:
    other = MAP.replace("[[[1.5,2.5],[3.5,4.5]]]", "[[[9.5,2.5],[3.5,-4.5],[1,2]]]").replace('"9f8="', '"AAAA"')
    again = other[other.index("var feature_group_0") : other.index("return")].replace("_0", "_17")
    other = other.replace("return {", f"{again}return {{").replace(
        "[feature_group_0, ", "[feature_group_0, feature_group_17, "
    )
    given = site | {
        "_data/maps/places.js": other.encode(),
        "_data/thumbs/0.png": site["_data/thumbs/0.png"] + b"\0",
        "searchindex.js": b'Search.setIndex({"docnames":["index"],"terms":{}})',
        "_static/site.css": b"body { background: url('paper.png') }",
    }
    report = assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(given)}), tmp_path / "tree")
    assert report.previews[0].reasons == ()
    found = read_site(tmp_path / "tree" / "pr-preview" / "pr-7")
    # The list of thumbnails stays with what it names, and the style sheet with the picture that it loads.
    beside = {"_data/explorer/thumbnails.gz", "_static/paper.png"}
    assert {name for name, data in found.items() if given[name] == data} >= beside | {
        name for name in given if given[name] != site[name]
    }
    assert json.loads(found["_data/explorer/manifest.json"])["thumbnails"]["path"] == "thumbnails.gz"
    assert b'src="_data/maps/places.js"' in found["labels.html"]
    assert b'src="_data/thumbs/0.png"' in found["labels.html"]


def test_what_previews_share_lies_there_once(site: Site, tmp_path: Path) -> None:
    previews = {7: pack(with_heavy(site)), 8: pack(with_heavy(site, "index.html")), 9: pack(site)}
    report = assemble(write_inputs(tmp_path / "in", pack(site), previews), tmp_path / "tree")
    assert [one.reasons for one in report.previews] == [(), (), ()]
    found = read_site(tmp_path / "tree" / "pr-preview")
    digest = hashlib.sha256(with_heavy(site)["_data/explorer/details.gz"]).hexdigest()
    place = f"data/{digest}/details.gz"
    assert [name for name in found if name.endswith("details.gz")] == [place]
    for number, name in ((7, "labels.html"), (8, "index.html")):
        assert f'href="../{place}"'.encode() in found[f"pr-{number}/{name}"]
        manifest = json.loads(found[f"pr-{number}/_data/explorer/manifest.json"])
        assert manifest["details"]["path"] == f"../../../{place}"


def test_the_same_bytes_in_any_order_and_with_any_hash_seed(site: Site, tmp_path: Path) -> None:
    previews = {
        5: pack(site), 7: pack(with_heavy(site)), 8: pack(with_heavy(site, "index.html")), 9: pack({"x.txt": b""}),
    }  # fmt: skip
    seen = []
    for seed, order in (("1", (5, 7, 8, 9)), ("2", (9, 8, 7, 5))):
        inputs = write_inputs(tmp_path / f"in{seed}", pack(site), previews, order=order)
        out, report = tmp_path / f"tree{seed}", tmp_path / f"{seed}.json"
        done = dsdocs(
            "publish", "assemble", inputs, "--out", out, "--report", report, variables={"PYTHONHASHSEED": seed}
        )
        expect(done, 3)
        assert "pull request 9: refused" in done.stderr
        assert "no index.html" in done.stderr
        seen.append((digests(out), report.read_text(encoding="utf-8")))
        assert [one.state for one in read_report(report).previews] == [PUBLISHED] * 3 + [REFUSED]
    assert seen[0] == seen[1]


def test_at_most_ten_and_the_oldest_go(site: Site, tmp_path: Path) -> None:
    times = {number: f"2026-02-{29 - number:02}T00:00:00Z" for number in range(1, 14)}
    previews = dict.fromkeys(times, pack(site)) | {1: pack({}), 2: pack(site | {"x.exe": b"MZ"})}
    inputs = write_inputs(tmp_path / "in", pack(site), previews, updated=times)
    report = assemble(inputs, tmp_path / "tree")
    states = {one.number: one.state for one in report.previews}
    # Those that are refused take nobody's place.
    assert states == {1: REFUSED, 2: REFUSED, **dict.fromkeys(range(3, 13), PUBLISHED), 13: DROPPED}
    assert "10 newer previews" in report.previews[-1].reasons[0]
    names = {path.name for path in (tmp_path / "tree" / "pr-preview").iterdir()}
    assert names == {f"pr-{number}" for number in range(3, 13)}


def test_the_budget_is_kept_and_production_comes_first(site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(with_heavy(site)), 8: pack(with_heavy(site))})
    whole = assemble(inputs, tmp_path / "whole")
    least = assemble(inputs, tmp_path / "least", budget=whole.main.bytes)
    assert [one.state for one in least.previews] == [DROPPED, DROPPED]
    assert read_site(tmp_path / "least") == site
    # The second one needs its pages alone: it shares the heavy data of the first.
    one = assemble(inputs, tmp_path / "one", budget=whole.bytes - 1)
    assert [(each.number, each.state) for each in one.previews] == [(7, DROPPED), (8, PUBLISHED)]
    assert "bytes" in one.previews[0].reasons[0]
    assert whole.bytes - one.bytes < 20_000


def test_what_was_refused_before_is_in_the_report(site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(site)})
    given = read_inputs(inputs)
    refusal = Refusal(5, "5" * 40, "Its build failed.")
    write_json(inputs / INPUTS, type(given)(given.repository, given.url, given.main, given.previews, (refusal,)))
    report = assemble(inputs, tmp_path / "tree")
    assert [(one.number, one.state, one.reasons) for one in report.previews] == [
        (5, REFUSED, ("Its build failed.",)), (7, PUBLISHED, ()),
    ]  # fmt: skip


def test_an_artifact_that_was_exchanged_is_refused(site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(site)})
    (inputs / "pr-7.zip").write_bytes(pack(with_sentence(site)))
    (one,) = assemble(inputs, tmp_path / "tree").previews
    assert (one.state, one.reasons[0][:8]) == (REFUSED, "pr-7.zip")
    (inputs / "main.zip").write_bytes(pack({}))
    with pytest.raises(PublishError, match=r"main.zip: is not the file that was fetched"):
        assemble(inputs, tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("files", "words"), [({"../x": b""}, "leads upwards"), ({"pr-preview/pr-1/x.html": b""}, "is for previews")]
)
def test_production_is_unpacked_with_the_same_care(files: Site, words: str, site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site | files), {})
    with pytest.raises(PublishError, match=words):
        assemble(inputs, tmp_path / "tree")
    assert os.listdir(tmp_path) == ["in"]


def test_a_build_that_takes_too_long_to_verify_is_refused_alone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with more attributes than any has, for each of which a parser looks at all those before it."""
    slow = site | {"labels.html": page(f"<p {' '.join(f'data-{number}' for number in range(300_000))}>x</p>")}
    monkeypatch.setattr(apart, "_SECONDS", 1)
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(slow)})
    (one,) = assemble(inputs, tmp_path / "tree", make=apart.make_apart).previews
    assert (one.state, one.reasons[0][:36]) == (REFUSED, "The artifact could not be verified w")
    assert read_site(tmp_path / "tree") == site


def test_previews_that_take_all_the_time_leave_production_its_own(site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(site)})
    (one,) = assemble(inputs, tmp_path / "tree", make=apart.Maker(seconds=0)).previews
    assert (one.state, one.reasons[0][:36]) == (DROPPED, "Newer previews took all the time the")
    assert read_site(tmp_path / "tree") == site


@pytest.mark.parametrize(
    "markup",
    ['<a href="https://[x/a.csv">x</a>', f'<script type="application/ld+json">"<img src={"a" * 5000}>"</script>'],
)
def test_addresses_that_are_none_hold_nothing_up(markup: str, site: Site, tmp_path: Path) -> None:
    odd = edited(site, "labels.html", "</h1>", f'</h1><figure class="ds-view" id="f">{markup}</figure>')
    (one,) = assemble(write_inputs(tmp_path / "in", pack(site), {7: pack(odd)}), tmp_path / "tree").previews
    assert (one.state, len(one.changes["figures"])) == (PUBLISHED, 1)


def test_a_comparison_that_fails_is_one_previews_alone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads pages of strangers, so that it has to happen within bounds, too."""
    monkeypatch.setattr("dsdocs.publish.changes.compare", lambda *_: pytest.fail("compared in this process"))
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(with_sentence(site))})
    (one,) = assemble(inputs, tmp_path / "tree", make=apart.make_apart).previews
    assert [entry["path"] for entry in one.changes["pages"]["changed"]] == ["labels.html"]


def test_a_folder_with_something_in_it_is_left_alone(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "mine.txt").write_text("x")
    with pytest.raises(PublishError, match="is there already"):
        assemble(write_inputs(tmp_path / "in", pack(site), {}), tmp_path / "tree")
    assert os.listdir(tmp_path / "tree") == ["mine.txt"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("url", "javascript:alert(1)"), ("url", "https://x/../"), ("main", {"run": 1}), ("format", 2), ("previews", {})],
)
def test_inputs_that_make_no_sense_are_refused(key: str, value: object, site: Site, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in", pack(site), {7: pack(site)})
    found = json.loads((inputs / INPUTS).read_text())
    (inputs / INPUTS).write_text(json.dumps(found | {key: value}))
    with pytest.raises(PublishError, match=INPUTS):
        read_inputs(inputs)
