"""deploy/grafana/defenderd.json as the tests read it: what holds for every panel, and its queries.

As a program it holds the dashboard against deploy/prometheus/metrics.md.
"""
import json
import pathlib
import re
import sys

import metrics_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# What Grafana puts in for its variables, for a Prometheus that is scraped every second.
VARIABLES = {"$__rate_interval": "10s", "$job": ".*", "$instance": ".*"}


def load():
    return json.loads((ROOT / "deploy/grafana/defenderd.json").read_text())


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard):
    """(title of the panel, query, whether it is asked for one moment) of each target."""
    result = []
    for panel in panels(dashboard):
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            result.append((panel["title"], query, target["instant"]))
    return result


def problems(dashboard):
    found = []
    ids = [panel["id"] for panel in dashboard["panels"]]
    titles = [panel["title"] for panel in dashboard["panels"]]
    if len(set(ids)) != len(ids) or len(set(titles)) != len(titles):
        found.append("ids or titles are not unique")
    if dashboard["id"] is not None:
        found.append("the dashboard has the number of one Grafana")
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = json.dumps(dashboard)
    for used in re.findall(r"\$\{?(?!__)(\w+)", text):
        if used not in variables:
            found.append(f"${used} is no variable of the dashboard")
    metrics = metrics_page.names()
    for used in sorted(set(re.findall(r"\b(?:defenderd|process)_\w+", text))):
        if used not in metrics and used.removesuffix("_bucket") not in metrics:
            found.append(f"{used} is not in metrics.md")
    occupied = set()
    for panel in panels(dashboard):
        title, place = panel["title"], panel["gridPos"]
        if panel["datasource"] != DATASOURCE or any(t["datasource"] != DATASOURCE for t in panel["targets"]):
            found.append(f"{title}: its data source is not the variable's")
        if not panel["description"]:
            found.append(f"{title}: it does not say what it shows")
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        if occupied & cells or place["x"] + place["w"] > 24:
            found.append(f"{title}: it lies on another or beyond the edge")
        occupied |= cells
        for target in panel["targets"]:
            selectors = re.findall(r"(?:defenderd|process)_\w+(\{[^}]*\})?", target["expr"])
            if not all('job=~"$job",instance=~"$instance"' in selector for selector in selectors):
                found.append(f"{title}: a metric is not chosen by job and instance")
            for gauge in metrics_page.asks_a_standby(target["expr"]):
                found.append(f"{title}: {gauge} is a standby's as well")
    return found


if __name__ == "__main__":
    board = load()
    trouble = problems(board)
    print("\n".join(trouble) or f"{len(panels(board))} panels, {len(queries(board))} queries")
    sys.exit(1 if trouble else 0)
