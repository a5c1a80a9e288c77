#!/usr/bin/env python3
"""Runs every shell block of the documents for users, from top to bottom, with the real defenderd against the simulated Azure.

    shell_blocks.py DEFENDERD ARMSIM [DOCUMENT...]

guide.py says what is real and what is a stub. docs/ci.md and docs/getting-started.md have tests of their own.
"""
import json
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from documents import blocks, documents_for_users, name_of  # pylint: disable=wrong-import-position  # noqa: E402
from guide import Failed, Guide  # pylint: disable=wrong-import-position  # noqa: E402
from world import World, guid  # pylint: disable=wrong-import-position  # noqa: E402

OTHERS = {"docs/ci.md", "docs/getting-started.md"}
LANGUAGES = {"sh", "yaml", "json", "text", "ini", "promql", "toml", "hcl"}
COMMAND = re.compile(r"^(\$ )?(defenderd|az|kubectl|apt|systemctl) ", re.M)
TENANT = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"  # the documents' example
# The subscriptions of the desired state below, and the documents' examples.
EXAMPLES = [guid(11), guid(12), "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11", "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22",
            "5a1f4a1c-8f9b-4a0e-b7b3-9b8c6d7e5f33"]
SETTINGS = """apiVersion: defenderd/v1
kind: Settings
azure: {auth: {method: azureCli}}
server: {lifecycle: on}
journal: {file: journal.jsonl}
log: {format: text}
"""
DESIRED = """apiVersion: defenderd/v1
kind: DesiredState
defaults: {plan: on, mode: enforce, owner: payments}
subscriptions:
  - {id: 00000000-0000-4000-8000-000000000011, name: chat-prod}
  - {id: 00000000-0000-4000-8000-000000000012, name: chat-test}
"""


def guide_for(world, document):
    """A desk with the files that the document takes for granted, and a daemon that runs."""
    world.start_azure([{"id": number, "name": f"chat-{n}", "plan": "on" if n else "off", "tenant": TENANT,
                        "managementGroups": ["mg-prod", "mg-landing-zones"]} for n, number in enumerate(EXAMPLES)], "--tenant", TENANT)
    guide = Guide(world, {"azure": {"tenantId": TENANT}}, TENANT, guid(11))
    for name in ("config", "deploy", ".ci"):
        shutil.copytree(ROOT / name, guide.folder / name)
    deploys = document.is_relative_to(ROOT / "deploy")
    for folder in ([guide.etc, guide.folder] if deploys else [guide.etc]):
        for name, text in (("defenderd.yaml", SETTINGS), ("subscriptions.yaml", DESIRED)):
            (folder / name).write_text(text)
    if deploys:
        for path in document.parent.iterdir():
            if path.is_file():
                shutil.copy(path, guide.folder)
    guide.complete_settings()
    guide.address.with_suffix(".run").write_text(f"--config\n{guide.etc}/defenderd.yaml\n--desired\n{guide.etc}/subscriptions.yaml\n")
    guide.start()
    return guide


def follow(document, programs):
    """The problems, and how many commands were run."""
    text = document.read_text()
    found = blocks(text)
    problems = [f"{name_of(document)}:{block.line}: the block's language is {block.language or 'missing'}, so nothing checks it"
                for block in found if block.language not in LANGUAGES and (block.language or COMMAND.search(block.text))]
    if not any(block.language == "sh" for block in found):
        return problems, 0
    world = World(*programs)
    commands = 0
    try:
        guide = guide_for(world, document)
        for block in found:
            try:
                if block.language == "yaml":
                    guide.write_block(block)
                elif block.language == "sh":
                    guide.run(block)
                    commands += len(re.findall(r"^[^#\s]", block.text, re.M))
            except Failed as failed:
                problems.append(f"{name_of(document)}:{block.line}: {failed}")
        if name_of(document) == "deploy/azure/README.md":
            problems += check_roles(guide)
    finally:
        world.stop()
    return problems, commands


def check_roles(guide):
    """Each role is created from its file before it is assigned, at the same scope, and the observing one goes last."""
    seen, problems = [], []
    for name, *arguments in guide.called():
        if name != "az" or arguments[:1] != ["role"]:
            continue
        if arguments[1:3] == ["definition", "create"]:
            role = json.loads(pathlib.Path(guide.folder / arguments[-1].removeprefix("@")).read_text())
            seen.append(("created", role["Name"]))
        elif arguments[1] == "assignment" and arguments[2] != "list":
            seen.append((arguments[2], arguments[arguments.index("--role") + 1]))
    once = [("created", "defenderd observer"), ("create", "defenderd observer"), ("created", "defenderd"), ("create", "defenderd"),
            ("delete", "defenderd observer")]
    if seen != 2 * once:
        problems.append(f"deploy/azure/README.md: the roles are assigned in another order: {seen}")
    return problems


def main():
    chosen = sys.argv[3:]
    documents = [path for path in documents_for_users() if name_of(path) not in OTHERS and (not chosen or name_of(path) in chosen)]
    problems, total = [], 0
    for document in documents:
        new, commands = follow(document, sys.argv[1:3])
        problems += new
        total += commands
    if not chosen and total < 100:
        problems.append(f"found only {total} commands")
    print("\n".join(problems) or f"{total} lines of shell work as printed")
    sys.exit(bool(problems))


main()
