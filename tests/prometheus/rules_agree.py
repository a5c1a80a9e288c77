#!/usr/bin/env python3
"""Checks deploy/prometheus/rules.yaml with promtool and its unit tests, and against its runbook and the program.

Exit code 77 (skipped) where there is no promtool.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import yaml

import metrics_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
SEVERITIES = {"critical", "warning", "info"}
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"promtool {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


def check_tests(alerts):
    test_files = sorted(FOLDER.glob("*_test.yaml"))
    promtool("test", "rules", *map(str, test_files))
    tests = [case for file in test_files for test in yaml.safe_load(file.read_text())["tests"]
             for case in test.get("alert_rule_test", [])]
    firing = {case["alertname"] for case in tests if case["exp_alerts"]}
    silent = {case["alertname"] for case in tests if not case["exp_alerts"]}
    for name in alerts:
        expect(name in firing, f"{name}: no test makes it fire")
        expect(name in silent, f"{name}: no test finds it silent")
    expect(not (firing | silent) - set(alerts), "tests of alerts that do not exist")


def check_runbook(alerts):
    """Each alert has its section, and the command of the page makes an address of each runbook_url."""
    readme = (FOLDER / "README.md").read_text()
    sections = set(re.findall(r"^## (Defenderd\w+)$", readme, re.M))
    expect(sections == set(alerts), f"README.md has no section of {set(alerts) - sections}, or one of no alert: "
                                    f"{sections - set(alerts)}")
    command, = re.findall(r"^sed -i '([^']+)' rules\.yaml$", readme, re.M)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(shutil.copy(FOLDER / "rules.yaml", folder))
        subprocess.run(["sed", "-i", command, copy], check=True)
        for group in yaml.safe_load(copy.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" not in rule:
                    continue
                url = urllib.parse.urlsplit(rule["annotations"]["runbook_url"])
                expect(url.scheme == "https" and url.netloc and url.path.endswith("/deploy/prometheus/README.md")
                       and url.fragment == rule["alert"].lower(),
                       f"{rule['alert']}: with the page's command its runbook_url is {url.geturl()}")


def check_alert(rule):
    name, annotations = rule["alert"], rule["annotations"]
    expect(set(annotations) == {"summary", "description", "runbook_url"}, f"{name}: its annotations are {set(annotations)}")
    expect(annotations["runbook_url"] == f"deploy/prometheus/README.md#{name.lower()}",
           f"{name}: its runbook_url is not its section's")
    expect(set(rule["labels"]) == {"severity"} and rule["labels"]["severity"] in SEVERITIES,
           f"{name}: its labels are {rule['labels']}")
    expect("observe" not in rule["expr"].lower() or rule["labels"]["severity"] == "info", f"{name}: it looks at observe mode")


def check_expression(name, expression, above):
    """`above`: what the rules above it in its group record and alert. An alert that leaves out what another one explains
    must come after it."""
    words = {word for file in ("core/reason.cc", "telemetry/coverage_board.cc")
             for word in re.findall(r'return "(\w+)";', (ROOT / "daemon" / file).read_text())}
    for metric in metrics_page.unknown(expression):
        problems.append(f"{name}: {metric} is not in metrics.md")
    for gauge in metrics_page.asks_a_standby(expression):
        problems.append(f"{name}: {gauge} is a standby's as well")
    for value in re.findall(r'\b(?:state|reason)[!=]~?"([^"]*)"', expression):
        for word in value.split("|"):
            expect(word in words, f"{name}: {word} is no state or reason")
    used = set(metrics_page.RECORDED.findall(expression)) - {name}
    for value in re.findall(r'\balertname[!=]~?"([^"]*)"', expression):
        used |= set(value.split("|"))
    expect(not used - above, f"{name}: {used - above} is not above it in its group")
    # One job may be in several clusters or namespaces.
    for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
        expect(labels.startswith("cluster, namespace, job"), f"{name}: it joins by {labels}")


if shutil.which("promtool") is None:
    print("promtool is not on PATH (Debian: package prometheus)")
    sys.exit(77)
promtool("check", "rules", "--lint=all", "--lint-fatal", str(FOLDER / "rules.yaml"))
groups = yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"]
all_alerts = [rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule]
for group in groups:
    seen = set()
    for rule in group["rules"]:
        rule_name = rule.get("alert") or rule["record"]
        expect("alert" in rule or metrics_page.RECORDED.fullmatch(rule_name), f"{rule_name}: not level:metric:operations")
        check_expression(rule_name, rule["expr"], seen)
        seen.add(rule_name)
        if "alert" in rule:
            check_alert(rule)
check_tests(all_alerts)
check_runbook(all_alerts)

print("\n".join(problems) or f"{len(all_alerts)} alerts: rules, tests, runbook and metrics agree")
sys.exit(1 if problems else 0)
