#!/usr/bin/env python3
"""Makes the links of installed Markdown pages lead somewhere: doc_links.py FOLDER [OLD=NEW...]

A link to a file that is not in FOLDER becomes its text. OLD=NEW: a file of FOLDER that was renamed, to which links
lead from then on.

    doc_links.py --check FOLDER: prints the links that lead nowhere, and exits with 1 if there are any
"""
import os
import pathlib
import re
import sys

# Text and target; blocks and spans of code are left as they are.
LINK = re.compile(r"(?ms)^ *```.*?^ *```$|`[^`\n]*`|(?<!\\)!?\[((?:`[^`]*`|[^\[\]])*)\]\(([^)\s]+)\)")


def is_local(target):
    return not re.match(r"[a-z]+:|#", target)


def links_of(folder):
    """Each page with its links to files."""
    for page in sorted(folder.rglob("*.md")):
        yield page, [match for match in LINK.finditer(page.read_text(encoding="utf-8"))
                     if match[2] and is_local(match[2])]


def mend(folder, renamed):
    for page, links in links_of(folder):
        text = page.read_text(encoding="utf-8")
        for match in reversed(links):
            file, hash_mark, anchor = match[2].partition("#")
            path = os.path.normpath(page.parent / file)
            new = renamed.get(os.path.relpath(path, folder))
            if new:
                link = match[0].replace(f"({match[2]})", f"({os.path.relpath(folder / new, page.parent)}{hash_mark}{anchor})")
            elif os.path.exists(path) and pathlib.Path(path).is_relative_to(folder):
                continue
            else:
                link = match[1]
            text = text[:match.start()] + link + text[match.end():]
        page.write_text(text, encoding="utf-8")


def check(folder):
    dead = [f"{page.relative_to(folder)}: {match[2]}" for page, links in links_of(folder) for match in links
            if not (page.parent / match[2].partition("#")[0]).exists()]
    print("\n".join(dead))
    return bool(dead)


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--check"]:
        return check(pathlib.Path(arguments[1]).resolve())
    if not arguments:
        raise SystemExit(__doc__)
    if not pathlib.Path(arguments[0]).is_dir():
        raise SystemExit(f"{arguments[0]} is not a folder")
    mend(pathlib.Path(arguments[0]).resolve(), dict(pair.split("=", 1) for pair in arguments[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
