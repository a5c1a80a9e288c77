#!/usr/bin/env python3
"""Runs what docs/ci.md prints, as the pipelines would, and the hook of .pre-commit-hooks.yaml.

    recipes.py DEFENDERD      the built program

The repository is a clone of two commits whose HEAD merges an edit, as both systems check it out. docker, gh and curl
are stubs: docker runs the built program in the folder that it mounts, the others record what they were called with.
The commands in the help of `check` and `diff --from` are run too.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


STUBS = {
    "docker": """#!/usr/bin/env python3
import os, sys
run, rm, net, none, user, ids, v, mount, w, folder, image, *rest = sys.argv[1:]
assert (run, rm, net, none, user, v, w, folder, image) == (
    "run", "--rm", "--network", "none", "--user", "-v", "-w", "/work", "the-image"), sys.argv
source, inside, mode = mount.split(":")
assert (inside, mode) == (folder, "ro") and ids == f"{os.getuid()}:{os.getgid()}", sys.argv
os.chdir(source)
os.execv(os.environ["PROGRAM"], ["defenderd", *rest])
""",
    "gh": """#!/usr/bin/env python3
import json, os, pathlib, sys
pr, comment, number, flag, body, *rest = sys.argv[1:]
assert (pr, comment, flag, rest) == ("pr", "comment", "--body-file", ["--edit-last", "--create-if-none"]), sys.argv
assert os.environ["GH_TOKEN"] == "a-token"
pathlib.Path(os.environ["SENT"]).write_text(json.dumps([number, pathlib.Path(body).read_text()]))
""",
    "curl": """#!/usr/bin/env python3
import json, os, pathlib, sys
arguments = sys.argv[1:]
assert "--fail" in arguments and "Authorization: Bearer a-token" in arguments, arguments
data = arguments[arguments.index("--data") + 1]
assert data.startswith("@")
pathlib.Path(os.environ["SENT"]).write_text(json.dumps([arguments[-1], pathlib.Path(data[1:]).read_text()]))
""",
    "defenderd": """#!/bin/sh
exec "$PROGRAM" "$@"
""",
}
# What the systems put in place of their expressions.
VALUES = {
    "${{ vars.DEFENDERD_IMAGE }}": "the-image",
    "${{ github.token }}": "a-token",
    "${{ github.event.pull_request.number }}": "7",
    "$(System.AccessToken)": "a-token",
    "$(System.CollectionUri)": "https://dev.example/org/",
    "$(System.TeamProjectId)": "project",
    "$(Build.Repository.ID)": "repository",
    "$(System.PullRequest.PullRequestId)": "7",
}
OLD = """apiVersion: defenderd/v1
kind: DesiredState
defaults: {plan: on, mode: enforce}
subscriptions:
  - {id: 00000000-0000-4000-8000-000000000001, name: chat-prod}
"""
NEW = OLD.replace("chat-prod}", "chat-prod, plan: off}")
BAD = OLD.replace("plan: on", "plan: onn")


def blocks(text):
    """The fenced blocks of a document: language and content."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)


def git(*arguments, cwd):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments], cwd=cwd, check=True,
                   capture_output=True)


class Place:
    """A clone as a pipeline has it, whose HEAD merges `edited`, and what a runner provides."""

    def __init__(self, folder, edited):
        self.folder = pathlib.Path(folder)
        origin = self.folder / "origin"
        (origin / "teams").mkdir(parents=True)
        git("init", "--initial-branch=main", cwd=origin)
        self.commit(origin, OLD)
        git("checkout", "-b", "edit", cwd=origin)
        self.commit(origin, edited)
        git("checkout", "main", cwd=origin)
        git("merge", "--no-ff", "edit", "-m", "merge", cwd=origin)
        self.work = self.folder / "work"
        git("clone", "--depth", "2", f"file://{origin}", str(self.work), cwd=self.folder)
        stubs = self.folder / "stubs"
        stubs.mkdir()
        for name, text in STUBS.items():
            (stubs / name).write_text(text)
            (stubs / name).chmod(0o755)
        self.sent = self.folder / "sent"
        self.summary = self.folder / "summary"
        (self.folder / "temp").mkdir()
        self.environment = {
            "PATH": f"{stubs}:{os.environ['PATH']}", "PROGRAM": PROGRAM, "SENT": str(self.sent),
            "DEFENDERD_IMAGE": "the-image", "RUNNER_TEMP": str(self.folder / "temp"),
            "AGENT_TEMPDIRECTORY": str(self.folder / "temp"), "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_PATH": str(self.folder / "path")}

    @staticmethod
    def commit(repository, text):
        (repository / "teams" / "a.yaml").write_text(text)
        git("add", "-A", cwd=repository)
        git("commit", "--allow-empty", "-m", "edit", cwd=repository)

    def run(self, script, variables=None):
        return subprocess.run(["bash", "-e", "-c", script], cwd=self.work, env={**self.environment, **(variables or {})},
                              capture_output=True, text=True, check=False, timeout=60)

    def prepend(self, folder):
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"


def filled(text):
    for expression, value in VALUES.items():
        text = text.replace(expression, value)
    expect("${{" not in text and "$(" not in text, f"nobody knows the value of {text}")
    return text


def play(place, steps, key):
    """Runs the steps until one fails, and returns that, or the last one."""
    done = None
    for step in steps:
        if key not in step:
            continue
        expect("${{" not in step[key] and "$(System" not in step[key] and "$(Build" not in step[key],
               f"an expression in a script, where it could be code: {step[key]}")
        done = place.run(step[key], {name: filled(value) for name, value in step.get("env", {}).items()})
        if done.returncode != 0:
            return done
        path = pathlib.Path(place.environment["GITHUB_PATH"])
        if path.exists():
            place.prepend(path.read_text().strip())
        for command, value in re.findall(r"^##vso\[(\S+)\](.*)$", done.stdout, re.M):
            if command == "task.prependpath":
                place.prepend(value)
            else:
                expect(command == "task.uploadsummary", f"{command} is unknown")
                place.summary.write_text(pathlib.Path(value).read_text())
    return done


def play_edits(what, steps, key, error):
    """Each pipeline reviews a dangerous edit, one without a meaning, and a bad one."""
    for edited, title in ((NEW, "#### Switches protection off (1)"), ("# a comment\n" + OLD, "Nothing changes")):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(folder, edited)
            done = play(place, steps, key)
            if done.returncode != 0:
                expect(False, f"{what}: {done.stdout}{done.stderr}")
                continue
            expect(title in place.summary.read_text(), f"{what}: the summary has no {title}")
            address, body = json.loads(place.sent.read_text())
            if key == "script":
                body = json.loads(body)["comments"][0]["content"]
            expect(body == place.summary.read_text(), f"{what}: the comment is {body}")
            expect(address in ("7", "https://dev.example/org/project/_apis/git/repositories/repository/pullRequests/7"
                               "/threads?api-version=7.1"), f"{what}: the comment went to {address}")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder, BAD)
        done = play(place, steps, key)
        expect(done.returncode == 2 and error in done.stdout + done.stderr and not place.sent.exists(),
               f"{what}: a bad file ended with {done.returncode}: {done.stdout}{done.stderr}")


def check_hooks(config):
    hook, = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    wanted, = config["repos"][0]["hooks"]
    expect(wanted["id"] == hook["id"] and hook["pass_filenames"] is False, "the hook is another one")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder, NEW)
        for arguments, file in ((hook["args"], "subscriptions.yaml"), (wanted["args"], "teams/a.yaml")):
            expect(re.search(hook["files"], file), f"the hook does not run for {file}")
            for text, code in ((NEW, 0), (BAD, 2)):
                (place.work / file).write_text(text)
                done = place.run(shlex.join([*shlex.split(hook["entry"]), *arguments]))
                expect(done.returncode == code, f"the hook ended with {done.returncode}: {done.stderr}")


def check_shell(scripts):
    """Each edit through each block of shell commands: the code of the last one that knows it."""
    gate, own_hook = scripts
    for edited, code in ((NEW, 1), ("# a comment\n" + OLD, 0)):
        with tempfile.TemporaryDirectory() as folder:
            done = Place(folder, edited).run(gate)
            expect(done.returncode == code, f"the gate ended with {done.returncode}: {done.stderr}")
    for text, works in ((NEW, True), (BAD, False)):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(folder, OLD)
            expect(place.run(own_hook).returncode == 0, "the hook of git cannot be written")
            (place.work / "teams/a.yaml").write_text(text)
            done = place.run("git -c user.name=a -c user.email=a@example.com commit -qam edit")
            expect((done.returncode == 0) == works, f"the hook of git: {done.stderr}")


def check_help():
    """The examples that need no Azure."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder, NEW)
        git("worktree", "add", "--detach", "old", "HEAD^1", cwd=place.work)
        examples = []
        for command in ("check", "diff"):
            text = place.run(f"defenderd {command} --help").stdout
            examples += [line.strip() for line in text.splitlines()
                         if re.match(r"  defenderd (check|diff --from)", line)]
        expect(len(examples) >= 4, f"the help has only {examples}")
        for example in examples:
            done = place.run(example)
            expected = 1 if "diff" in example else 0
            expect(done.returncode == expected, f"{example} ended with {done.returncode}: {done.stderr}")


documents = blocks((ROOT / "docs/ci.md").read_text())
parsed = [yaml.safe_load(text) for language, text in documents if language == "yaml"]
github, azure, pre_commit = parsed
# YAML 1.1 reads the key `on` as true.
expect(list(github[True]) == ["pull_request"], "the workflow runs on other events")
job = github["jobs"]["review"]
expect([step["uses"].split("@")[0] for step in job["steps"] if "uses" in step] == ["actions/checkout"],
       "the workflow uses actions of others")
for value in job["env"].values():
    filled(value)
play_edits("GitHub", job["steps"], "run", "::error file=teams/a.yaml,line=3,col=")
play_edits("Azure DevOps", azure["steps"], "script", "teams/a.yaml:3:")
check_hooks(pre_commit)
check_shell([text for language, text in documents if language == "sh"])
check_help()
print("\n".join(problems) or "the recipes and the help do what they say")
sys.exit(1 if problems else 0)
