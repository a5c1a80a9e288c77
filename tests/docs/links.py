#!/usr/bin/env python3
"""Fails on a relative link or an anchor of a Markdown file that leads nowhere, and on a page that no other page links to."""
import re
import sys

from documents import ROOT, all_documents, anchors, documents_for_users, line_of, name_of, prose

LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?\)|^\[[^\]]+\]: (\S+)$", re.M)


def problems_of(path, known, linked):
    text = re.sub(r"`[^`\n]*`", lambda match: " " * len(match[0]), prose(path.read_text()))
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        where = f"{name_of(path)}:{line_of(text, match.start())}"
        file, _, anchor = target.partition("#")
        to = (path.parent / file).resolve() if file else path
        if not to.exists():
            yield f"{where}: {target} does not exist"
            continue
        if ROOT not in (to, *to.parents):
            yield f"{where}: {target} is outside of the repository"
        linked.add((to / "README.md" if to.is_dir() else to, path))
        if anchor and to.suffix == ".md" and anchor not in known.setdefault(to, anchors(to.read_text())):
            yield f"{where}: {target}: there is no such heading"


def main():
    known, linked, problems = {}, set(), []
    paths = all_documents()
    for path in paths:
        problems += problems_of(path, known, linked)
    reached = {to for to, by in linked if to != by}
    problems += [f"{name_of(path)}: no other page links to it" for path in documents_for_users()
                 if path not in reached and path != ROOT / "README.md"]
    if len(linked) < 50:
        problems.append(f"found only {len(linked)} links")
    print("\n".join(problems) or f"every link of {len(paths)} pages leads somewhere")
    sys.exit(bool(problems))


main()
