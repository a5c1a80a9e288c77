#!/usr/bin/env python3
"""A real Prometheus scrapes a real defenderd that manages a simulated Azure with every kind of problem.

live_test.py DEFENDERD ARMSIM. Holds the rules, the dashboards and the exposition against it. Exit code
77 (skipped) without prometheus and promtool.
"""
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse

import dashboard

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from world import World, ask, guid, until  # noqa: E402 pylint: disable=wrong-import-position

NO_TENANT = "00000000-0000-4000-8000-0000000000ff"


ON = {"plan": "on", "extensions": {"AIPromptEvidence": "on"}}
OFF = {"plan": "off"}
SWITCHED_OFF = {"aiAccounts": {"prod/chat": {"defenderForAISettings": {"state": "Disabled"}}}}
# name -> what Azure has, what is declared beside the defaults
FLEET = {
    "as-declared": ({**ON, **SWITCHED_OFF}, {"owner": "payments"}),
    "corrected": (OFF, {"owner": "payments"}),
    "acquired": (OFF, {"mode": "observe", "owner": "search"}),
    "legacy": (ON, {"plan": "off"}),
    "archive": ({**ON, "access": "none"}, {}),
    "migration": (OFF, {"suspend": {"until": "2099-12-24T00:00:00Z"}}),
    "fought-over": (ON, {}),
    "busy": ({**ON, "tenant": guid(3)}, {"tenantId": guid(3)}),
    "stranger": (ON, {"tenantId": NO_TENANT}),
}
IDS = {name: guid(100 + number) for number, name in enumerate(FLEET)}
# What this world must raise. The two that are left: a sweep cannot be old so soon, and Prometheus
# misses defenderd only once it has ended.
RAISED = {"DefenderdFailing", "DefenderdBrakeHeld", "DefenderdContested",
          "DefenderdReloadFailed", "DefenderdTokenUnavailable",
          "DefenderdThrottled", "DefenderdJournalFailing",
          "DefenderdStateFailing", "DefenderdObservedDrift", "DefenderdAccountSwitchedOff"}
SILENT = {"DefenderdAbsent", "DefenderdNoLeader", "DefenderdTwoLeaders", "DefenderdStandbyUnavailable",
          "DefenderdLeaderChangesOften",
          "DefenderdSweepTooOld", "DefenderdClockAhead", "DefenderdUndeclaredSubscriptions",
          "DefenderdDiscoveryFailing", "DefenderdLogFailing", "DefenderdScopesDisagree", "DefenderdGraphUnavailable",
          "DefenderdSubscriptionsLeftTheList", "DefenderdSubscriptionsLeftScope", "DefenderdCredentialExpires",
          "DefenderdCredentialExpiresSoon", "DefenderdFreeTrialEnds",
          "DefenderdAccountsUnprotected", "DefenderdContentFilterOptedOut",
          "DefenderdModelScannerNeedsCspm", "DefenderdEvidenceWithoutPlan", "DefenderdFindingsOutdated",
          "DefenderdFindingsDenied", "DefenderdRolloutStopped", "DefenderdFrozenForLong",
          "DefenderdIncident", "DefenderdScopeEmpty",
          "DefenderdDriftNotCorrected",  # the only drift is observed on purpose
          "DefenderdTokenExpiring"}  # DefenderdTokenUnavailable takes over


class Live(World):
    def declare_fleet(self, **changes):
        self.declare([{"id": IDS[name], "name": name, **declared, **changes.get(name, {})}
                      for name, (_, declared) in FLEET.items()])

    def start(self):
        # A token with such a short life is always close to its expiry, and still in use.
        self.start_azure([{"id": IDS[name], "name": name, **azure} for name, (azure, _) in FLEET.items()],
                         "--tenant", guid(3), "--behaviour", "token_lifetime=250s")
        self.control("faults", {"operation": "read", "subscription": IDS["busy"], "status": 429,
                                "code": "TooManyRequests", "retryAfter": 1, "times": 0, "probability": 0.7})
        self.declare_fleet()
        (self.folder / "journal").mkdir()
        self.start_defenderd(safety={"maxDisablesPerSweep": 0,
                                     "contestedAfter": {"corrections": 1, "within": "1h"}},
                             journal={"file": "journal/journal.jsonl"})
        shutil.rmtree(self.folder / "journal")
        self.start_prometheus()

    def start_prometheus(self):
        """With the rules as they are shipped, but for how long each must hold and how often it is evaluated."""
        rules = (ROOT / "deploy/prometheus/rules.yaml").read_text()
        self.write("rules.yaml", re.sub(r"(?m)^( +(?:for|interval):) .*$", r"\1 1s", rules))
        self.write("prometheus.yml", {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "defenderd",
                                "static_configs": [{"targets": [self.daemon.removeprefix("http://")]}]}]})
        self.launch("prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                    "--web.listen-address=127.0.0.1:0")
        self.found("prometheus", "(Server is ready)")
        self.prometheus = "http://" + self.found("prometheus", r'"Listening on" address=(\S+)')

    def api(self, what, **parameters):
        try:
            answer = ask(f"{self.prometheus}/api/v1/{what}?{urllib.parse.urlencode(parameters)}")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{what} {parameters}: {error.read().decode()}") from error
        return json.loads(answer)["data"]

    def value(self, query):
        result = self.api("query", query=query)["result"]
        return float(result[0]["value"][1]) if result else None

    def alerts(self):
        return {(alert["labels"]["alertname"], alert["labels"].get("name"))
                for alert in self.api("alerts")["alerts"] if alert["state"] == "firing"}


def has_number(series):
    samples = series.get("values") or [series["value"]]
    return any(math.isfinite(float(value)) for _, value in samples)


def has_data(live, query, instant):
    end = time.time()
    data = (live.api("query", query=query) if instant
            else live.api("query_range", query=query, start=end - 15, end=end, step=1))
    return any(has_number(series) for series in data["result"])


def empty_panels(live):
    """A panel about one subscription must have data of one of them."""
    empty = []
    for name, board in dashboard.load().items():
        of_each = [dashboard.queries(board, subscription=one) for one in IDS.values()]
        for asked in zip(*of_each):
            title, query, instant = asked[0]
            if not any(has_data(live, one, instant) for one in {each for _, each, _ in asked}):
                empty.append(f"{name}: {title}: {query}")
    return empty


def cause_trouble(live):
    """Counters must move between two scrapes, and a field must drift back after it was corrected."""
    state = f'defenderd_subscription_state{{subscription_id="{IDS["fought-over"]}",state="contested"}}'
    if live.value(state) is None:
        live.control(f"subscriptions/{IDS['fought-over']}", {"plan": "off"})
    ask(f"{live.daemon}/-/reconcile", "POST")


def cells(live, board, title, label, **values):
    """The values of a label in what a panel shows."""
    found = [live.api("query", query=query)["result"] for panel, query, _ in dashboard.queries(board, **values) if panel == title]
    return {series["metric"][label] for result in found for series in result if label in series["metric"]}


def options(live, variable):
    """What Grafana offers for a variable that asks Prometheus, {text: value}."""
    query = dashboard.filled(variable["query"]["query"], {})
    function, _, inner = query.removesuffix(")").partition("(")
    if function == "label_values":
        metric, _, label = inner.rpartition(", ")
        return {one: one for one in live.api(f"label/{label}/values", **{"match[]": metric})}
    assert function == "query_result", query
    regex = re.compile(variable["regex"].strip("/").replace("(?<", "(?P<"))
    lines = ["{" + ",".join(f'{name}="{value}"' for name, value in series["metric"].items()) + "} 1 0"
             for series in live.api("query", query=inner)["result"]]
    found = [regex.search(line) for line in lines]
    return {one["text"] or one["value"]: one["value"] for one in found}


def check_dashboards(live):
    """What the variables offer, where the links lead, and that the owners' rows add up to the fleet."""
    boards = dashboard.load()
    offered = {variable["name"]: options(live, variable) for board in boards.values()
               for variable in board["templating"]["list"] if variable["type"] == "query"}
    assert offered["cluster"] == offered["namespace"] == {}, offered  # the targets have no such labels
    assert set(offered["job"]) == {"defenderd"} and len(offered["instance"]) == 1, offered
    assert set(offered["owner"]) == {"payments", "search"} and offered["subscription"] == IDS, offered

    page, runbooks = "https://defenderd.example/", "https://git.example/defenderd/blob/main"
    for name, title, given in (("defenderd.json", "Worst subscriptions", {}), ("owners.json", "Worst subscriptions", {}),
                               ("subscription.json", "Subscription", {"subscription": IDS["acquired"]})):
        board = boards[name]
        assert not cells(live, board, title, "page", **given) | cells(live, board, title, "runbook", **given), name
        shown = cells(live, board, title, "page", status_page=page, **given)
        assert f"https://defenderd.example/#/{IDS['acquired']}" in shown, shown
        assert "drifted ObserveMode" in cells(live, board, title, "runbook", runbooks=runbooks, **given), name
    assert cells(live, boards["owners.json"], "Owners", "page", status_page=page) == {
        "https://defenderd.example/?owner=payments", "https://defenderd.example/?owner=search"}
    alerts = cells(live, boards["defenderd.json"], "Firing alerts", "runbook", runbooks=runbooks)
    assert RAISED <= alerts, alerts

    columns = [query for title, query, _ in dashboard.queries(boards["owners.json"]) if title == "Owners"]
    known = ["defenderd_subscriptions", *(f'defenderd_subscriptions_known{{value="{value}"}}'
                                          for value in ("as_declared", "different", "not_known")),
             *(f'defenderd_subscriptions{{state="{state}"}}' for state in ("held", "failing"))]
    for column, of_fleet in zip(columns, known):
        until(lambda one=column, all_of=of_fleet: f"sum({one}) to be {live.value(f'sum({all_of})')}",
              lambda one=column, all_of=of_fleet: live.value(f"sum({one}) == sum({all_of})") is not None)


def check_trouble(live):
    until("a scrape", lambda: live.value("defenderd_build_info"))
    until("the observed drift", lambda: live.value('defenderd_subscription_drift{name="acquired"}'))
    live.write("subscriptions.yaml", "apiVersion: defenderd/v1\nkind: DesiredState\nsubscriptions: [{plam: on}]\n")

    def missing():
        return RAISED - {name for name, _ in live.alerts()}

    def all_raised():
        cause_trouble(live)
        return not missing()
    until(lambda: f"the alerts that this world raises, without {missing()}", all_raised)
    raised = live.alerts()
    assert not {name for name, _ in raised} & SILENT, raised
    until(lambda: f"data in every panel, without {empty_panels(live)}", lambda: not empty_panels(live))
    check_dashboards(live)

    rules = [rule for group in live.api("rules")["groups"] for rule in group["rules"]]
    alerts = {rule["name"] for rule in rules if rule["type"] == "alerting"}
    assert alerts == RAISED | SILENT, rules
    # The share is recorded every five minutes.
    sick = [rule for rule in rules if rule["health"] not in
            (("ok",) if rule["type"] == "alerting" else ("ok", "unknown"))]
    assert not sick, sick


def check_exposition(live):
    target, = live.api("targets")["activeTargets"]
    assert target["health"] == "up" and not target["lastError"], target
    lint = subprocess.run(["promtool", "check", "metrics"], input=ask(f"{live.daemon}/metrics"),
                          capture_output=True, text=True, check=False)
    assert lint.returncode == 0 and not lint.stdout + lint.stderr, lint


def check_correction(live):
    """The observed drift is corrected, and every trace of it disappears."""
    live.declare_fleet(acquired={"mode": "enforce"})
    until("the correction", lambda: live.value('defenderd_subscription_in_sync{name="acquired"}') == 1)
    until("the end of the drift", lambda: live.value('defenderd_subscription_drift{name="acquired"}') is None)
    assert live.value('defenderd_plan_enabled{name="acquired",source="observed"}') == 1
    until("the end of the alert on the edit",
          lambda: "DefenderdReloadFailed" not in {name for name, _ in live.alerts()})


def check_absence(live):
    live.children["defenderd"].terminate()
    assert live.children["defenderd"].wait(60) == 0
    until("its absence", lambda: ("DefenderdAbsent", None) in live.alerts())


def main():
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        print("prometheus or promtool is not on PATH (Debian: package prometheus; tests/run unpacks it)")
        sys.exit(77)
    live = Live(*sys.argv[1:])
    try:
        live.start()
        for check in (check_trouble, check_exposition, check_correction, check_absence):
            start = time.monotonic()
            check(live)
            print(f"{check.__name__}: {time.monotonic() - start:.1f} s")
    except AssertionError:
        for name in live.children:
            print(f"--- {name}\n" + live.output(name)[-6000:])
        raise
    finally:
        live.stop()


if __name__ == "__main__":
    main()
