#!/usr/bin/env python3
"""Breaks the dashboards of deploy/grafana, one thing at a time, and lets dashboard.py find each."""
import copy
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import dashboard

BOARDS = dashboard.load()


def panel(boards, title, name="defenderd.json"):
    return next(one for one in boards[name]["panels"] if one["title"] == title)


def variables(boards, name="defenderd.json"):
    return boards[name]["templating"]["list"]


def replace(target, old, new):
    assert old in target["expr"], target
    target["expr"] = target["expr"].replace(old, new)


def links(boards, title, column, name="defenderd.json"):
    found = next(one for one in panel(boards, title, name)["fieldConfig"]["overrides"] if one["matcher"]["options"] == column)
    return next(one["value"] for one in found["properties"] if one["id"] == "links")


def change(where, key, value):
    return lambda boards: where(boards).__setitem__(key, value)


def edit_query(title, old, new, name="defenderd.json"):
    return lambda boards: replace(panel(boards, title, name)["targets"][0], old, new)


def edit_link(column, old, new):
    def edit(boards):
        link = links(boards, "Worst subscriptions", column)[0]
        assert old in link["url"], link
        link["url"] = link["url"].replace(old, new)
    return edit


def drop_variable(boards):
    del variables(boards, "subscription.json")[-1]


def edit_annotation(boards):
    del boards["defenderd.json"]["annotations"]["list"][1]["target"]


def drop_own_annotation(boards):
    del boards["defenderd.json"]["annotations"]["list"][0]


def of_states(boards):
    return panel(boards, "Subscriptions by state")


# (what is wrong, how it is made so, what the check says)
BROKEN = [
    ("one id twice", change(of_states, "id", 2), "ids or titles are not unique"),
    ("one title twice", change(of_states, "title", "CPU"), "ids or titles are not unique"),
    ("one uid twice", change(lambda boards: boards["owners.json"], "uid", "defenderd"), "have one uid"),
    ("a panel on another", change(lambda boards: of_states(boards)["gridPos"], "x", 6), "lies on another"),
    ("a panel beyond the edge", change(lambda boards: of_states(boards)["gridPos"], "w", 25), "beyond the edge"),
    ("no description", change(of_states, "description", ""), "does not say what it shows"),
    ("no unit", change(lambda boards: of_states(boards)["fieldConfig"]["defaults"], "unit", ""), "has no unit"),
    ("no thresholds", lambda boards: panel(boards, "As declared")["fieldConfig"]["defaults"].pop("thresholds"), "no thresholds"),
    ("one Grafana's data source", change(of_states, "datasource", {"type": "prometheus", "uid": "PBFA97CFB590B2093"}),
     "data source is not the variable's"),
    ("the old graph panel", change(of_states, "type", "graph"), "no panel of today's Grafana"),
    ("the old alert of a panel", change(of_states, "alert", {}), "nothing that Grafana 10 knows"),
    ("an old schema", change(lambda boards: boards["defenderd.json"], "schemaVersion", 36), "schemaVersion 36"),
    ("the old style", change(lambda boards: boards["defenderd.json"], "style", "dark"), "['style']"),
    ("a metric that does not exist", edit_query("Subscriptions by state", "defenderd_subscriptions{", "defenderd_subscription{"),
     "defenderd_subscription is neither in metrics.md nor recorded"),
    ("a rule that does not exist", edit_query("Findings by owner", "findings:sum", "findings:max", "owners.json"),
     "job_owner_finding:defenderd_findings:max is neither"),
    ("the standbys' zeros", edit_query("Subscriptions by state", "defenderd_leader", "up"), "is a standby's as well"),
    ("a series of another cluster", edit_query("CPU", 'cluster=~"$cluster",', ""), "process_cpu_seconds_total is not chosen by cluster"),
    ("another owner's", edit_query("Different", ',owner=~"$owner"', "", "owners.json"), "Different: it is not chosen by owner"),
    ("another subscription's", edit_query("In this state for", ',subscription_id="$subscription"', "", "subscription.json"),
     "is not chosen by subscription"),
    ("two clusters in one", edit_query("As declared", "on (cluster, namespace, job, instance)", "on (job, instance)"),
     "it joins by job, instance"),
    ("silence about the series", change(lambda boards: panel(boards, "Worst subscriptions"), "description", "The worst."),
     "does not say that it needs series"),
    ("an unknown variable", edit_query("CPU", '$job"', '$jobs"'), "$jobs is no variable"),
    ("a variable that nothing uses", lambda boards: variables(boards).append({**variables(boards)[1], "name": "region"}),
     "$region is not used"),
    ("a variable before what it asks for", lambda boards: variables(boards).reverse(), "$cluster is not above it"),
    ("All without the targets that have no cluster", change(lambda boards: variables(boards)[1], "allValue", ".+"),
     "All leaves out what has no such label"),
    ("an annotation of before Grafana 12", edit_annotation, "Configuration: Grafana 10 reads its query in expr"),
    ("without Grafana's own annotation", drop_own_annotation, "not Grafana's own"),
    ("a dashboard that is not there", edit_link("Name", "/d/defenderd-subscription?", "/d/defenderd-team?"),
     "no dashboard defenderd-team"),
    ("a misspelt parameter", edit_link("Name", "var-subscription=", "var-subscriptions="), "has no variable subscriptions"),
    ("a column that is not there", edit_link("Name", "fields.Subscription}", "fields.Id}"), "needs the column Id"),
    ("a parameter that the target lacks", drop_variable, "defenderd-subscription has no variable runbooks"),
    ("a link to nowhere", edit_link("Status page", "${__value.text}", "/#/${__data.fields.Subscription}"), "leads nowhere"),
    ("a link also without the address", edit_query("Worst subscriptions", "${status_page}|", "|"), "not made from ${status_page}"),
    ("a runbook that is not there",
     lambda boards: panel(boards, "Firing alerts")["fieldConfig"]["overrides"][2]["properties"][0]["value"][0]["options"].update(
         {"result": {"text": "defenderdmissing"}}), "['defenderdmissing']"),
]


def generate(*arguments):
    return subprocess.run([dashboard.FOLDER / "generate", *arguments], capture_output=True, text=True, check=False)


def generator_failures():
    """It puts addresses into the text boxes, and finds what was edited beside its source."""
    page, runbooks = "https://defenderd.example", "https://git.example/defenderd/blob/main"
    with tempfile.TemporaryDirectory() as folder:
        made = generate("--status-page", page + "/", "--runbooks", runbooks, folder)
        if made.returncode != 0:
            return [made.stdout + made.stderr]
        boxes = [variable["current"]["value"] for file in pathlib.Path(folder).glob("*.json")
                 for variable in json.loads(file.read_text())["templating"]["list"] if variable["type"] == "textbox"]
        found = [] if set(boxes) == {page, runbooks} and len(boxes) == 2 * len(BOARDS) else [f"its text boxes are {boxes}"]
        checked = generate("--check", folder)
        if checked.returncode != 1 or f"{folder}/defenderd.json is not what" not in checked.stdout:
            found.append(f"an edited file: --check ended with {checked.returncode}: {checked.stdout}{checked.stderr}")
        return found


def main():
    failures = generator_failures()
    failures += [f"unbroken: {problem}" for problem in dashboard.problems(BOARDS)]
    for name, break_it, expected in BROKEN:
        boards = copy.deepcopy(BOARDS)
        break_it(boards)
        found = dashboard.problems(boards)
        if not any(expected in problem for problem in found):
            failures.append(f"{name}: expected '{expected}', found {found}")
    if shutil.which("promtool"):
        boards = copy.deepcopy(BOARDS)
        edit_query("CPU", "rate(", "rate((")(boards)
        found = dashboard.syntax_problems(boards)
        if not any("defenderd.json: CPU" in problem for problem in found):
            failures.append(f"a parenthesis that is not closed: found {found}")
    print("\n".join(failures) or f"{len(BROKEN) + 1} broken dashboards are found")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
