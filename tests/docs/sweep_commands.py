#!/usr/bin/env python3
"""Runs each `defenderd diff`, `apply` and `findings` in a sentence of a document or in a --help, against the simulated Azure.
shell_blocks.py runs the blocks.

    sweep_commands.py DEFENDERD ARMSIM

A command works if it ends with 0 or 1: there may be drift, and no error. Where it leaves out a file, it is given one of
the test's, because the usual places are not for tests. Whoever asks is answered with y, on a terminal.
"""
import os
import pathlib
import pty
import re
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from documents import prose  # pylint: disable=wrong-import-position  # noqa: E402
from world import World, guid  # pylint: disable=wrong-import-position  # noqa: E402

DOCUMENTS = ["README.md", "config/README.md", "deploy/README.md", "deploy/azure/README.md", "deploy/prometheus/README.md",
             "docs/getting-started.md", "docs/operations.md", "docs/recipes.md", "docs/faq.md", "docs/how-it-works.md"]
COMMANDS = ("diff", "apply", "findings")
PLACEHOLDERS = {"--confirm CODE": "--confirm 3f2a91bc", "--from OLD": "--from old/teams",
                "--only ID|NAME|PATTERN": "--only 'chat-*'", "--owner OWNER": "--owner platform", "--max N": "--max 5"}
STUB = """#!/bin/bash
command=$1; shift
[[ " $* " = *" --config"* ]] || set -- --config defenderd.yaml "$@"
[[ " $* " = *" --desired"* ]] || set -- --desired subscriptions.yaml "$@"
exec "$PROGRAM" "$command" "$@"
"""
DESIRED = f"""apiVersion: defenderd/v1
kind: DesiredState
defaults: {{mode: enforce, plan: on, owner: platform}}
subscriptions:
  - {{id: {guid(11)}, name: chat-prod}}
  - {{id: {guid(12)}, name: chat-test}}
"""


def printed_by_documents():
    for name in DOCUMENTS:
        text = prose((ROOT / name).read_text())
        for found in re.finditer(rf"defenderd ((?:{'|'.join(COMMANDS)})\b[^`\n]*)", text):
            # A shell's comment, or the end of a table's cell.
            command = re.split(r"\s#|\s\|\s", found[1])[0]
            # Only what is marked as code is a command.
            if "`" in text[text.rfind("\n", 0, found.start()) + 1:found.start()]:
                yield name, f"defenderd {command.strip()}"


def printed_by_help(program):
    for name in COMMANDS:
        text = subprocess.run([program, name, "--help"], capture_output=True, text=True, check=True).stdout
        for found in re.finditer(r"^  (defenderd .*)$", text, re.M):
            yield f"{name} --help", re.split(r"\s#", found[1])[0].rstrip()


def answer(master):
    """Types y where a question waits."""
    shown = b""
    while True:
        try:
            shown += os.read(master, 4096)
        except OSError:  # the other side is closed
            return
        if shown.endswith(b"[y/N] "):
            os.write(master, b"y\n")
            shown = b""


def run(command, world, environment):
    master, program_side = pty.openpty()
    typist = threading.Thread(target=answer, args=(master,))
    typist.start()
    try:
        # With pipefail, the exit code of a pipe is defenderd's.
        return subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=world.folder, env=environment,
                              stdin=program_side, stdout=subprocess.PIPE, stderr=program_side, text=True, timeout=60,
                              check=False)
    finally:
        os.close(program_side)
        typist.join()
        os.close(master)


def prepare(world):
    world.start_azure([{"id": guid(11), "name": "chat-prod", "plan": "off"},
                       {"id": guid(12), "name": "chat-test", "plan": "on"}])
    world.write_settings()
    settings = (world.folder / "defenderd.yaml").read_text()
    for folder in ("config", "teams", "old/teams", "bin"):
        (world.folder / folder).mkdir(parents=True)
    (world.folder / "config/defenderd.yaml").write_text(settings)
    for name in ("subscriptions.yaml", "config/subscriptions.yaml", "teams/a.yaml", "old/teams/a.yaml", "before.yaml"):
        (world.folder / name).write_text(DESIRED)
    # What reads the JSON is not under test, and need not be installed.
    for name, text in (("defenderd", STUB), ("jq", "#!/bin/sh\nexec cat >/dev/null\n")):
        stub = world.folder / "bin" / name
        stub.write_text(text)
        stub.chmod(0o755)
    return {"PATH": f"{world.folder}/bin:{os.environ['PATH']}", "PROGRAM": world.defenderd}


def main():
    world = World(sys.argv[1], sys.argv[2])
    problems = []
    commands = dict.fromkeys([*printed_by_documents(), *printed_by_help(world.defenderd)])
    try:
        environment = prepare(world)
        for place, command in commands:
            typed = command
            for placeholder, value in PLACEHOLDERS.items():
                typed = typed.replace(placeholder, value)
            ended = run(typed, world, environment)
            if ended.returncode not in (0, 1):
                problems.append(f"{place}: {command}: ended with {ended.returncode}: {ended.stdout}")
    finally:
        world.stop()
    if len(commands) < 15:
        problems.append(f"found only {len(commands)} commands")
    print("\n".join(problems) or f"{len(commands)} commands work as printed")
    sys.exit(bool(problems))


main()
