#!/usr/bin/env python3
"""Holds deploy/image/sbom against SPDX 2.3, with a small file system as deploy/image/assemble makes it."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = {
    "libstdc++6": "Package: libstdc++6\nSource: gcc-14\nVersion: 14.2.0-19\nArchitecture: amd64\nHomepage: http://gcc.example/\n",
    "zlib1g": "Package: zlib1g\nSource: zlib (1:1.3)\nVersion: 1:1.3.dfsg+really1.3.1-1+b1\nArchitecture: amd64\n"
              "Description: compression library\n  zlib is a library\n",
}
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def run(root):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1795000000"}
    return subprocess.run([ROOT / "deploy/image/sbom", root, "0.1.0", "4ce2f1a"], check=True, capture_output=True,
                          text=True, env=environment).stdout


def make_root(root):
    for folder in ("etc", "usr/bin", "var/lib/dpkg/status.d"):
        (root / folder).mkdir(parents=True)
    (root / "etc/os-release").write_text('PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="13"\n', encoding="utf-8")
    (root / "usr/bin/defenderd").write_text("program", encoding="utf-8")
    for name, status in PACKAGES.items():
        (root / "var/lib/dpkg/status.d" / name).write_text(status, encoding="utf-8")


with tempfile.TemporaryDirectory() as folder:
    make_root(pathlib.Path(folder))
    text = run(folder)
    expect(run(folder) == text, "the same image gives another document")
document = json.loads(text)
expect(document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0", "the head is not that of SPDX 2.3")
expect(document["creationInfo"]["created"] == "2026-11-18T11:06:40Z", f"created: {document['creationInfo']['created']}")
packages = {package["name"]: package for package in document["packages"]}
expect(set(packages) == {"defenderd", *PACKAGES}, f"packages: {sorted(packages)}")
expect(packages["zlib1g"]["versionInfo"] == "1:1.3.dfsg+really1.3.1-1+b1", "the version of zlib1g")
locator = packages["zlib1g"]["externalRefs"][0]["referenceLocator"]
expect(locator == "pkg:deb/debian/zlib1g@1%3A1.3.dfsg%2Breally1.3.1-1%2Bb1?arch=amd64&distro=debian-13", locator)
expect("source package gcc-14;" in packages["libstdc++6"]["sourceInfo"], "the source of libstdc++6")
expect(packages["defenderd"]["checksums"][0]["checksumValue"] == hashlib.sha256(b"program").hexdigest(), "the checksum")
identifiers = [document["SPDXID"]] + [package["SPDXID"] for package in document["packages"]]
expect(len(set(identifiers)) == len(identifiers), f"an id is used twice: {identifiers}")
for identifier in identifiers:
    expect(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", identifier), f"not an id of SPDX: {identifier}")
for relationship in document["relationships"]:
    for end in ("spdxElementId", "relatedSpdxElement"):
        expect(relationship[end] in identifiers, f"a relationship with an unknown element: {relationship}")
print("\n".join(problems) or "the document is in order")
sys.exit(1 if problems else 0)
