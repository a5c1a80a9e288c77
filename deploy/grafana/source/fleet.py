"""What the dashboards have in common: how they choose a fleet and ask for its leader, their links and their tables."""
from source import grafana

# One job is one list of subscriptions; two clusters or namespaces may have jobs of one name (deploy/prometheus/rules.yaml).
JOB = "cluster, namespace, job"
REPLICA = JOB + ", instance"
ONE = JOB + ", subscription_id"
RUNBOOKS = "deploy/prometheus/README.md"

# From the worst to the best. Tables and timelines show the number as the text.
STATES = {"failing": (6, "Failing", "red"), "contested": (5, "Contested", "yellow"), "held": (4, "Held", "purple"),
          "drifted": (3, "Drifted", "orange"), "unknown": (2, "Not observed yet", grafana.GREY),
          "suspended": (1, "Suspended", grafana.SLATE), "in_sync": (0, "As declared", "green")}
STATE_COLOURS = {state: colour for state, (_, _, colour) in STATES.items()}
STATE_TEXTS = {number: (words, colour) for number, words, colour in sorted(STATES.values())}
SEVERITY_TEXTS = {"critical": ("critical", "red"), "warning": ("warning", "orange"), "info": ("info", "blue")}

# Which runbook is for a state and reason, of the first pattern that matches. The other states need none.
RUNBOOK_OF = {
    "[a-z]+ CredentialFailed": "DefenderdTokenUnavailable",
    "[a-z]+ Throttled": "DefenderdThrottled",
    "[a-z]+ Frozen": "DefenderdFrozenForLong",
    "[a-z]+ RolloutStopped": "DefenderdRolloutStopped",
    "[a-z]+ (Disable|Enable)Brake": "DefenderdBrakeHeld",
    "[a-z]+ NotLeader": "DefenderdNoLeader",
    "[a-z]+ ObserveMode": "DefenderdObservedDrift",
    "failing [A-Za-z]+": "DefenderdFailing",
    "contested [A-Za-z]+": "DefenderdContested",
    "drifted [A-Za-z]+": "DefenderdDriftNotCorrected",
}
WITH_RUNBOOK = "|".join(RUNBOOK_OF)


class Fleet:
    """Queries of what the variables of a dashboard choose. `labels`: of each series. `owner`: whether an owner is chosen."""

    def __init__(self, labels, owner=False):
        self.labels = ",".join(f'{label}=~"${label}"' for label in labels)
        self.owner = owner

    def of(self, metric, more="", over=""):
        return f"{metric}{{{self.labels}{',' if more else ''}{more}}}{over}"

    def leaders(self, expression):
        """Without the standbys, whose counts of the fleet are zeros."""
        return f"{expression} unless on ({REPLICA}) {self.of('defenderd_leader')} == 0"

    def sum(self, metric, more="", by=""):
        """A gauge of the fleet: the leader's value of each job, added up over the jobs, for each value of the label `by`."""
        labels = JOB + (f", {by}" if by else "")
        return f"sum{f' by ({by}) ' if by else ''}(max by ({labels}) ({self.leaders(self.of(metric, more))}))"

    def total(self, metric, more=""):
        """The same of a metric with several values of a label, which are added up first."""
        added = f"sum by ({REPLICA}) ({self.of(metric, more)})"
        return f"sum(max by ({JOB}) ({self.leaders(added)}))"

    def increase(self, metric, by=""):
        """A counter: every replica counts what it does."""
        return f"sum{f' by ({by}) ' if by else ''}(increase({self.of(metric, over='[$__rate_interval]')}))"

    def rate(self, metric, by=""):
        return self.increase(metric, by).replace("increase(", "rate(")

    def quantile(self, quantile, histogram, by=""):
        labels = f"le, {by}" if by else "le"
        return f"histogram_quantile({quantile}, {self.rate(histogram + '_bucket', labels)})"

    # Series per subscription

    def info(self):
        """One replica's, while two show them."""
        return f"topk by ({ONE}) (1, {self.of('defenderd_subscription_info', self.owned())})"

    def owned(self):
        return 'owner=~"$owner"' if self.owner else ""

    def alert(self):
        return 'alertname=~"Defenderd.+",alertstate="firing"' + (',owner=~"$owner"' if self.owner else "")

    def rank(self, labels, states, more=""):
        """The number of the state of each subscription, with these labels, if it is one of `states`."""
        parts = []
        for state in states:
            chosen = f'state="{state}"' + (f",{more}" if more else "")
            parts.append(f"max by ({labels}) ({self.of('defenderd_subscription_state', chosen)}) * {STATES[state][0]}")
        return " or ".join(parts)


# Links

def linked(expression, label, base, what, value):
    """A label for a cell with a link: `value`, with the text box `base` as $1 and what matches the regular expression of
    `what` (label, expression) as $2. Absent while the text box is empty, so that there is no cell."""
    source, pattern = what
    both = f'label_replace({expression}, "{label}_of", "${{{base}}}|$1", "{source}", "({pattern})")'
    return f'label_replace({both}, "{label}", "{value}", "{label}_of", "(.+?)/*[|](.+)")'


def with_links(expression):
    """With the labels `page` and `runbook` of a subscription whose `state` and `reason` are labels."""
    both = f'label_join({expression}, "why", " ", "state", "reason")'
    page = linked(both, "page", "status_page", ("subscription_id", ".+"), "$1/#/$2")
    return linked(page, "runbook", "runbooks", ("why", WITH_RUNBOOK), "$2")


HIDDEN = ("page_of", "runbook_of", "why")


def to_dashboard(uid, title, row, passed):
    """`row`: {variable: column of the row}. `passed`: variables that stay as they are."""
    given = [f"var-{name}=${{__data.fields.{column}}}" for name, column in row.items()]
    given += [f"${{{name}:queryparam}}" for name in ("datasource", "cluster", "namespace", *passed, "status_page", "runbooks")]
    return {"title": title, "targetBlank": False, "url": f"/d/{uid}?{'&'.join(given)}&${{__url_time_range}}"}


def subscription_columns():
    link = to_dashboard("defenderd-subscription", "Show the subscription", {"subscription": "Subscription", "job": "Job"}, ())
    return [grafana.override("Name", links=[link]), grafana.override("Subscription", links=[link])]


def owner_column():
    return grafana.override("Owner", links=[
        to_dashboard("defenderd-owners", "Show the subscriptions of the owner", {"owner": "Owner"}, ("job",))])


def page_column():
    return grafana.override("Status page", links=[{"title": "Open the status page", "url": "${__value.text}", "targetBlank": True}],
                            custom_width=160)


def runbook_column(section_of):
    """`section_of`: {pattern of the value: alert}. The cell shows the section, for the link to lead to it."""
    mappings = []
    for index, (pattern, alert) in enumerate(section_of.items()):
        result = {"text": alert.lower(), "index": index}
        mappings.append({"type": "regex", "options": {"pattern": f"/^{pattern}$/", "result": result}})
    return grafana.override("Runbook", mappings=mappings, custom_width=220, links=[
        {"title": "Open the runbook", "url": "${runbooks}/" + RUNBOOKS + "#${__value.text}", "targetBlank": True}])


def coloured_column(name, texts, width):
    return grafana.override(name, mappings=grafana.mapped(texts), custom_cellOptions={"type": "color-text"}, custom_width=width)


# Tables of two dashboards

def worst_table(fleet):
    labels = f"{ONE}, name, state, reason"
    ranks = fleet.rank(labels, [state for state in STATES if state != "in_sync"])
    worst = f"topk(100, ({ranks}) * on ({ONE}) group_left (owner) {fleet.info()})"
    observed = f"max by ({ONE}) ({fleet.of('defenderd_subscription_last_observed_timestamp_seconds')})"
    return grafana.table(
        "Worst subscriptions",
        "At most a hundred, worst first; its name leads to its dashboard. Needs series per subscription: all or different. "
        "Empty with server.perSubscriptionMetrics: off.",
        {"Value #A": "State", "reason": "Reason", "name": "Name", "owner": "Owner", "cluster": "Cluster", "namespace": "Namespace",
         "job": "Job", "subscription_id": "Subscription", "Value #B": "Last observed, ago", "page": "Status page",
         "runbook": "Runbook"},
        with_links(worst), f"time() - {observed} and on ({ONE}) {worst}",
        overrides=[coloured_column("State", STATE_TEXTS, 140), grafana.override("Last observed, ago", unit="s", custom_width=160),
                   *subscription_columns(), owner_column(), page_column(), runbook_column(RUNBOOK_OF)],
        sort="State", hidden=("state", *HIDDEN))


def alerts_table(fleet, alerts):
    firing = f"max by ({JOB}, alertname, severity, owner, reason) ({fleet.of('ALERTS', fleet.alert())})"
    return grafana.table(
        "Firing alerts",
        "Of the rules in deploy/prometheus, if Prometheus has loaded them.",
        {"alertname": "Alert", "severity": "Severity", "owner": "Owner", "reason": "Reason", "cluster": "Cluster",
         "namespace": "Namespace", "job": "Job", "runbook": "Runbook"},
        linked(firing, "runbook", "runbooks", ("alertname", ".+"), "$2"),
        overrides=[coloured_column("Severity", SEVERITY_TEXTS, 120), owner_column(), runbook_column({name: name for name in alerts})],
        hidden=("Value", "runbook_of"), no_value="None")

# Variables

CLUSTER = grafana.choice("cluster", "Cluster", "label_values(defenderd_build_info, cluster)", all_value=".*")
NAMESPACE = grafana.choice("namespace", "Namespace", 'label_values(defenderd_build_info{cluster=~"$cluster"}, namespace)',
                           all_value=".*")
# No .* for these: every target has them, and `process_*` is not of defenderd alone.
JOBS = grafana.choice("job", "Job", 'label_values(defenderd_build_info{cluster=~"$cluster",namespace=~"$namespace"}, job)')
INSTANCE = grafana.choice(
    "instance", "Instance",
    'label_values(defenderd_build_info{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}, instance)')
OWNER = grafana.choice(
    "owner", "Owner", 'label_values(defenderd_subscription_info{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}, owner)',
    all_value=".*")


def text_boxes(addresses):
    """`addresses`: {name of the text box: its first value}"""
    return [grafana.textbox("status_page", "Status page", "The address of defenderd's status page, for links to it; empty: none.",
                            addresses.get("status_page", "")),
            grafana.textbox("runbooks", "Runbooks", "The address of what has deploy/prometheus/README.md, without deploy/; the "
                            "same as in the alerts. For links to runbooks; empty: none.", addresses.get("runbooks", ""))]
