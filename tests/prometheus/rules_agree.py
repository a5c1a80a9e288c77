#!/usr/bin/env python3
"""Checks deploy/prometheus/rules.yaml with promtool and its unit tests, and against its runbook and the program.

Exit code 77 (skipped) where there is no promtool.
"""
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

import metrics_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"promtool {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


if shutil.which("promtool") is None:
    print("promtool is not on PATH (Debian: package prometheus)")
    sys.exit(77)
promtool("check", "rules", "--lint=all", "--lint-fatal", str(FOLDER / "rules.yaml"))
test_files = sorted(FOLDER.glob("*_test.yaml"))
promtool("test", "rules", *map(str, test_files))

rules = [rule for group in yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"]
         for rule in group["rules"] if "alert" in rule]
tests = [case for file in test_files for test in yaml.safe_load(file.read_text())["tests"]
         for case in test.get("alert_rule_test", [])]
firing = {case["alertname"] for case in tests if case["exp_alerts"]}
silent = {case["alertname"] for case in tests if not case["exp_alerts"]}
readme = (FOLDER / "README.md").read_text()
sections = set(re.findall(r"^## (Defenderd\w+)$", readme, re.M))
metrics = metrics_page.names()
words = set(re.findall(r'return "(\w+)";', (ROOT / "daemon/core/reason.cc").read_text()))

for rule in rules:
    name, expression = rule["alert"], rule["expr"]
    expect(name in firing, f"{name}: no test makes it fire")
    expect(name in silent, f"{name}: no test finds it silent")
    expect(name in sections, f"{name}: README.md has no section ## {name}")
    expect(rule["annotations"]["runbook_url"] == f"deploy/prometheus/README.md#{name.lower()}",
           f"{name}: its runbook_url is not its section's")
    for metric in re.findall(r"\b(?:defenderd|process)_\w+", expression):
        expect(metric in metrics, f"{name}: {metric} is not in metrics.md")
    for gauge in metrics_page.asks_a_standby(expression):
        problems.append(f"{name}: {gauge} is a standby's as well")
    for value in re.findall(r'(?:state|reason)[!=]~?"([^"]*)"', expression):
        for word in value.split("|"):
            expect(word in words, f"{name}: {word} is no state or reason")
names = {rule["alert"] for rule in rules}
expect(not sections - names, f"README.md describes alerts that do not exist: {sections - names}")
expect(not (firing | silent) - names, "tests of alerts that do not exist")

print("\n".join(problems) or f"{len(rules)} alerts: rules, tests, runbook and metrics agree")
sys.exit(1 if problems else 0)
