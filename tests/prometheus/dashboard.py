"""The dashboards of deploy/grafana as the tests read them: what holds for each of them and their panels, and their queries.

As a program it holds them against what makes them, deploy/prometheus, and each other. dashboard_test.py shows that it
finds what is wrong.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import dashboard_links
import metrics_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/grafana"
RULES = (ROOT / "deploy/prometheus/rules.yaml").read_text()
RECORDED = set(re.findall(r"^ +- record: (\S+)$", RULES, re.M))
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Grafana 10 knows these panels and keys; the older graph, singlestat and table-old are gone in Grafana 12.
TYPES = {"stat", "table", "timeseries", "state-timeline"}
PANEL_KEYS = {"id", "type", "title", "description", "datasource", "gridPos", "targets", "fieldConfig", "options", "transformations"}
KEYS = {"title", "uid", "id", "description", "tags", "schemaVersion", "version", "editable", "graphTooltip", "refresh", "time",
        "timezone", "weekStart", "fiscalYearStartMonth", "liveNow", "timepicker", "links", "annotations", "templating", "panels"}
SCHEMA = 39
# What chooses a fleet: each series is chosen by those that the dashboard has. An owner or a subscription chooses part of it.
CHOICES = ("cluster", "namespace", "job", "instance")
OF_ALL_OWNERS = {"With series"}
# What Grafana puts in for its variables, for a Prometheus that is scraped every second.
VALUES = {"__rate_interval": "10s", "__interval": "1s", "__range": "1h", "__from": "0", "cluster": ".*", "namespace": ".*",
          "job": ".*", "instance": ".*", "owner": ".*", "subscription": "", "status_page": "", "runbooks": ""}
VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


def load():
    return {file.name: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def filled(query, values):
    """With what Grafana puts in for the variables; `values` beside those of VALUES."""
    return VARIABLE.sub(lambda found: {**VALUES, **values}[found[1] or found[2]], query)


def queries(board, **values):
    """(title of the panel, query, whether it is asked for one moment) of each target."""
    return [(panel["title"], filled(target["expr"], values), target["instant"])
            for panel in panels(board) for target in panel["targets"]]


def used_variables(text):
    """Also as ${name:format}, and in the links, whose ${__...} are Grafana's."""
    return set(re.findall(r"\$\{?(?!__)([A-Za-z_]\w*)", text))


def selectors(query):
    """(metric, its labels) of each series that it asks for."""
    return re.findall(r"\b((?:defenderd|process)_\w+|ALERTS|\w+:\w+:\w+)(\{[^}]*\})?", query)


def unknown_metrics(query):
    return metrics_page.unknown(query) + sorted(set(metrics_page.RECORDED.findall(query)) - RECORDED)


def query_problems(board, title, query):
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for metric in unknown_metrics(query):
        yield f"{title}: {metric} is neither in metrics.md nor recorded"
    for gauge in metrics_page.asks_a_standby(query):
        yield f"{title}: {gauge} is a standby's as well"
    for metric, labels in selectors(query):
        for name in CHOICES:
            if name in variables and f'{name}=~"${name}"' not in labels:
                yield f"{title}: {metric} is not chosen by {name}"
        if "subscription" in variables and metric.startswith("defenderd_subscription_") and '"$subscription"' not in labels:
            yield f"{title}: {metric} is not chosen by subscription"
    if "owner" in variables and "subscription" not in variables and title not in OF_ALL_OWNERS and 'owner=~"$owner"' not in query:
        yield f"{title}: it is not chosen by owner"
    for labels in re.findall(r"\bon \(([^)]*)\)", query):
        if not labels.startswith("cluster, namespace, job"):
            yield f"{title}: it joins by {labels}, and several clusters may have one job"


def panel_problems(board, panel):
    title = panel["title"]
    if panel["type"] not in TYPES:
        yield f"{title}: {panel['type']} is no panel of today's Grafana"
    if set(panel) - PANEL_KEYS:
        yield f"{title}: {set(panel) - PANEL_KEYS} is nothing that Grafana 10 knows"
    if panel["datasource"] != DATASOURCE or any(target["datasource"] != DATASOURCE for target in panel["targets"]):
        yield f"{title}: its data source is not the variable's"
    if not panel["description"]:
        yield f"{title}: it does not say what it shows"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield f"{title}: it has no unit"
    if panel["type"] == "stat" and "thresholds" not in panel["fieldConfig"]["defaults"]:
        yield f"{title}: it has no thresholds"
    asked = [target["expr"] for target in panel["targets"]]
    for query in asked:
        yield from query_problems(board, title, query)
    if any("defenderd_subscription_" in query for query in asked) and "perSubscriptionMetrics" not in panel["description"]:
        yield f"{title}: it does not say that it needs series per subscription"
    yield from dashboard_links.problems(board, panel)


def grid_problems(board):
    occupied = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        if occupied & cells or place["x"] + place["w"] > 24:
            yield f"{panel['title']}: it lies on another or beyond the edge"
        occupied |= cells


def variable_problems(board):
    variables = board["templating"]["list"]
    names = [variable["name"] for variable in variables]
    elsewhere = json.dumps([board[key] for key in ("panels", "annotations", "links")])
    for variable in variables:
        name, query = variable["name"], json.dumps(variable.get("query", ""))
        if variable["type"] == "query" and variable["datasource"] != DATASOURCE:
            yield f"${name}: its data source is not the variable's"
        for used in sorted(used_variables(query)):
            if used not in names[:names.index(name)]:
                yield f"${name}: ${used} is not above it"
        for metric in unknown_metrics(query):
            yield f"${name}: {metric} is not in metrics.md"
        if name in ("cluster", "namespace", "owner") and variable.get("allValue") != ".*":
            yield f"${name}: All leaves out what has no such label"
        others = json.dumps([other for other in variables if other is not variable])
        if name not in used_variables(elsewhere + others):
            yield f"${name} is not used"
    for used in sorted(used_variables(elsewhere) - set(names)):
        yield f"${used} is no variable of the dashboard"


def annotation_problems(board):
    first, *others = board["annotations"]["list"]
    if (first.get("builtIn"), first.get("type"), first["datasource"]) != (
            1, "dashboard", {"type": "grafana", "uid": "-- Grafana --"}):
        yield "the first annotation is not Grafana's own"
    for one in others:
        if one["datasource"] != DATASOURCE:
            yield f"{one['name']}: its data source is not the variable's"
        if "target" not in one or one["target"]["expr"] != one.get("expr") or not one["target"].get("refId"):
            yield f"{one['name']}: Grafana 10 reads its query in expr, and Grafana 12 in target.expr"
        yield from query_problems(board, one["name"], one["expr"])


def board_problems(board):
    ids = [panel["id"] for panel in board["panels"]]
    titles = [panel["title"] for panel in board["panels"]]
    if len(set(ids)) != len(ids) or len(set(titles)) != len(titles):
        yield "ids or titles are not unique"
    if board["id"] is not None:
        yield "the dashboard has the number of one Grafana"
    if board["schemaVersion"] != SCHEMA or set(board) - KEYS:
        yield f"not a dashboard as Grafana 10 saves it: schemaVersion {board['schemaVersion']}, {sorted(set(board) - KEYS)}"
    yield from variable_problems(board)
    yield from annotation_problems(board)
    yield from grid_problems(board)
    for panel in panels(board):
        yield from panel_problems(board, panel)


def problems(boards):
    """Of all dashboards, {name of the file: dashboard}."""
    found = [f"{name}: {problem}" for name, board in boards.items() for problem in board_problems(board)]
    uids = [board["uid"] for board in boards.values()]
    if len(set(uids)) != len(uids):
        found.append(f"two dashboards have one uid: {uids}")
    return found + [f"{name}: {problem}" for name, board in boards.items()
                    for problem in dashboard_links.target_problems(board, boards)]


def syntax_problems(boards):
    """What promtool says about each query."""
    asked = [(f"{name}: {title}", query) for name, board in boards.items() for title, query, _ in queries(board)]
    asked += [(f"{name}: {one['name']}", filled(one["expr"], {})) for name, board in boards.items()
              for one in board["annotations"]["list"][1:]]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "queries.yaml"  # JSON is YAML
        rules = [{"record": f"query:of:{number}", "expr": query} for number, (_, query) in enumerate(asked)]
        file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
        done = subprocess.run(["promtool", "check", "rules", "--lint=none", str(file)], capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [re.sub(
        r'"query:of:(\d+)"', lambda found: asked[int(found[1])][0], line) for line in done.stderr.splitlines()]


def main():
    boards = load()
    made = subprocess.run([FOLDER / "generate", "--check"], capture_output=True, text=True, check=False)
    trouble = problems(boards) + ([] if made.returncode == 0 else [made.stdout + made.stderr])
    if shutil.which("promtool"):
        trouble += syntax_problems(boards)
    print("\n".join(trouble) or "\n".join(f"{name}: {len(panels(board))} panels, {len(queries(board))} queries"
                                          for name, board in boards.items()))
    sys.exit(1 if trouble else 0)


if __name__ == "__main__":
    main()
