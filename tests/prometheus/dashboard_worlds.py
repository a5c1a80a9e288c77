#!/usr/bin/env python3
"""Lets promtool ask the panels of deploy/grafana about fleets of worlds.py, each kept by several jobs.

With three replicas, with two that lead at the moment, and with the labels cluster and namespace, each panel shows the same
as with one. With series of only those subscriptions that differ, or of none, no panel counts too few: it shows the same or
nothing. Exit code 77 (skipped) where there is no promtool.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import dashboard
import worlds

NAMES = ("drift not corrected", "missing role of two teams", "held by the brake", "contested", "suspended")
MIXED = worlds.World("owners of whom some subscriptions differ",
                     worlds.team(0, 20, "payments") + worlds.team(20, 4, "payments", state="drifted", reason="UnknownTier")
                     + worlds.team(24, 3, "payments", **worlds.failing("Forbidden")) + worlds.team(27, 5, "search")
                     + worlds.team(32, 2, "search", state="held", reason="DisableBrake") + worlds.team(34, 3, ""), [])
PLACE = ',cluster="west",namespace="security"'
# Job: (its replicas: 0 leads, series per subscription, labels of its targets)
JOBS = {"one": ((0,), "all", ""), "three": ((0, 1, 2), "all", ""), "handover": ((0, 0), "all", ""), "west": ((0,), "all", PLACE),
        "different": ((0, 1), "different", ""), "none": ((0, 1), "none", "")}
AT = worlds.WELL + 60  # minutes
# These show each replica.
OF_REPLICAS = {"Configuration", "Configuration age", "CPU", "Memory", "Files and threads", "Leader", "Builds"}
SAYS_IT = {"With series"}  # how many subscriptions have series
# With server.perSubscriptionMetrics: different these have the same values as with all, and the rest of what needs series, none.
OF_DIFFERENT = {"Worst subscriptions", "Different", "Held", "Failing"}
AT_LEAST = 12  # panels that show something in each world


def series(world):
    for job, (replicas, kind, labels) in JOBS.items():
        for instance, number in enumerate(replicas):
            for name, phases in worlds.replica(world, number, kind).items():
                own = f'job="{job}",instance="{job}{instance}"{labels}'
                yield {"series": worlds.labelled(name, number).replace(f'job="d",instance="{number}"', own),
                       "values": worlds.values(*phases, world)}


def alike(expression):
    """Without the labels of the targets."""
    for label in ("job", "cluster", "namespace"):
        expression = f'label_replace({expression}, "{label}", "", "", "")'
    return expression


def number(expression):
    return f"(count({expression}) or vector(0))"


def asked(world, boards):
    """(panel, query of JOB in CLUSTER)"""
    subscription = str(next(each.number for each in world.then if each.state != "in_sync"))
    for name, board in boards.items():
        for title, query, _ in dashboard.queries(board, subscription=subscription, job="JOB", cluster="CLUSTER"):
            if title not in OF_REPLICAS:
                yield f"{name}: {title}", query


def of_job(query, job, cluster=".*"):
    return alike(query.replace("JOB", job).replace("CLUSTER", cluster))


def tests(world, boards):
    """Each as promql_expr_test, all of which must be 0."""
    at = f"{AT}m"
    for title, query in asked(world, boards):
        one = of_job(query, "one")
        # Counters are what each replica does.
        handover = [] if re.search(r"(rate|increase)\(", query) else [("handover", ".*")]
        for job, cluster in (("three", ".*"), ("west", ".*"), (".*", "west"), *handover):
            other = of_job(query, job, cluster)
            yield f"{title}, of job {job} in {cluster}", f"{number(f'{one} == {other}')} - {number(one)}", at
            yield f"{title}, of job {job} in {cluster}", f"{number(other)} - {number(one)}", at
        short = title.partition(": ")[2]
        if short in SAYS_IT:
            continue
        for job in ("different", "none"):
            other = of_job(query, job)
            yield f"{title}, with series: {job}", f"{number(other)} - {number(f'{one} == {other}')}", at
            if job == "different" and short in OF_DIFFERENT:
                yield f"{title}, with series: {job}", f"{number(other)} - {number(one)}", at


def main():
    if shutil.which("promtool") is None:
        print("promtool is not on PATH (Debian: package prometheus)")
        sys.exit(77)
    boards = dashboard.load()
    groups, told = [], {}
    for world in [MIXED, *(world for world in worlds.WORLDS if world.name in NAMES)]:
        expected = []
        for title, expression, at in tests(world, boards):
            told[expression] = title
            expected.append({"expr": expression, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 0}]})
        shown = (number(of_job(query, "one")) for _, query in asked(world, boards))
        counts = " or ".join(f"label_replace({one} > 0, `n`, `{index}`, ``, ``)" for index, one in enumerate(shown))
        some = f"count({counts}) >= bool {AT_LEAST}"
        told[some] = "panels that show something"
        expected.append({"expr": some, "eval_time": f"{AT}m", "exp_samples": [{"labels": "{}", "value": 1}]})
        groups.append({"name": world.name, "interval": f"{worlds.STEP}m", "input_series": list(series(world)),
                       "promql_expr_test": expected})
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "dashboards.yaml"  # JSON is YAML
        file.write_text(json.dumps({"evaluation_interval": f"{worlds.STEP}m", "tests": groups}))
        done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    for expression, title in told.items():
        output = output.replace(json.dumps(expression), title).replace(expression, title)
    print(f"{len(told)} comparisons in {len(groups)} worlds" if done.returncode == 0 else output)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
