"""The fleet by owner: who has how many subscriptions, as declared or not, since when, and which alerts fire."""
from source import fleet, grafana
from source.fleet import JOB, ONE
from source.grafana import query, section, stat, table, timeseries

FLEET = fleet.Fleet(["cluster", "namespace", "job"], owner=True)
NO_OWNER = "(none)"
ALL_SERIES = "Needs server.perSubscriptionMetrics: all; empty otherwise."
SOME_SERIES = "Needs series per subscription: all or different. Empty with server.perSubscriptionMetrics: off."
BAD = (("green", None), ("orange", 1))
NO_SERIES = "no series"

DRIFT = f"max by ({ONE}) ({FLEET.of('defenderd_subscription_drift')})"
AS_DECLARED = f"max by ({ONE}) ({FLEET.of('defenderd_subscription_in_sync')} == 1)"
NOT_KNOWN = f"(max by ({ONE}) ({FLEET.of('defenderd_subscription_in_sync')} == 0) unless on ({ONE}) {DRIFT})"
WITH_SERIES = f"count by ({JOB}, owner) ({FLEET.info()})"


def in_state(state):
    chosen = f'state="{state}"'
    return f"max by ({ONE}) ({FLEET.of('defenderd_subscription_state', chosen)})"


def counted(subscriptions):
    """How many of each owner, and 0 for an owner of others. Right for what always has series: what is different or fails."""
    return f"count by ({JOB}, owner) ({subscriptions} * on ({ONE}) group_left (owner) {FLEET.info()}) or {WITH_SERIES} * 0"


def complete(expression):
    """Only of jobs that have series of every subscription: otherwise those that are as declared are not counted."""
    of_series = f"count by ({JOB}) (max by ({ONE}) ({FLEET.of('defenderd_subscription_info')}))"
    declared = f"sum by ({fleet.REPLICA}) ({FLEET.of('defenderd_subscriptions')})"
    return f"({expression}) and on ({JOB}) {of_series} == on ({JOB}) max by ({JOB}) ({FLEET.leaders(declared)})"


def longest():
    since = f"max by ({ONE}) ({FLEET.of('defenderd_subscription_state_since_timestamp_seconds')})"
    each = f"(time() - {since} and on ({ONE}) {DRIFT})"
    return f"max by ({JOB}, owner) ({each} * on ({ONE}) group_left (owner) {FLEET.info()}) or {WITH_SERIES} * 0"


def named(expression):
    return f'label_replace({expression}, "owner", "{NO_OWNER}", "owner", "")'


def by_owner(expression):
    return query(f"sum by (owner) ({named(expression)})", "{{owner}}")


def owners_table():
    alerts = FLEET.of("ALERTS", FLEET.alert() + ',owner!=""')
    share = f"({complete(counted(AS_DECLARED))}) / on ({JOB}, owner) {WITH_SERIES}"
    different = fleet.linked(counted(DRIFT), "page", "status_page", ("owner", ".+"), "$1/?owner=$2")
    columns = {"owner": "Owner", "cluster": "Cluster", "namespace": "Namespace", "job": "Job", "Value #A": "Subscriptions",
               "Value #B": "As declared", "Value #C": "Different", "Value #D": "Not known", "Value #E": "Held",
               "Value #F": "Failing", "Value #G": "Share as declared", "Value #H": "Longest different", "Value #I": "Alerts",
               "page": "Status page"}
    queries = [complete(WITH_SERIES), complete(counted(AS_DECLARED)), different, complete(counted(NOT_KNOWN)),
               counted(in_state("held")), counted(in_state("failing")), share, longest(),
               f"count by ({JOB}, owner) ({alerts}) or {WITH_SERIES} * 0"]
    coloured = [grafana.override(name, thresholds=grafana.thresholds(("text", None), (colour, 1)),
                                 custom_cellOptions={"type": "color-text"})
                for name, colour in (("Different", "orange"), ("Not known", "orange"), ("Held", "purple"), ("Failing", "red"),
                                     ("Alerts", "red"))]
    return table(
        "Owners",
        "A row for each owner and job. Held subscriptions are different as well. Longest different: how long the one that has been "
        "longest in its present state is in it. Needs series per subscription; with server.perSubscriptionMetrics: different only "
        "owners of such subscriptions have a row, and Subscriptions, As declared, Not known and Share as declared, which would "
        "count too few, are empty. Alerts need the rules of deploy/prometheus.",
        columns, *(named(one) for one in queries),
        overrides=[*coloured, grafana.override("Share as declared", unit="percentunit"),
                   grafana.override("Longest different", unit="s"), fleet.page_column()],
        sort="Different", hidden=("page_of",), no_value=NO_SERIES)


def now_section():
    share = f"sum({complete(counted(AS_DECLARED))}) / sum({complete(WITH_SERIES)})"
    series = f"count(max by ({ONE}) ({FLEET.of('defenderd_subscription_info')})) or vector(0)"
    return section(
        1, "Now",
        (4,
         (2, 4, stat("Share as declared", f"Of the chosen owners' subscriptions. {ALL_SERIES}", "percentunit",
                     (("red", None), ("orange", 0.95), ("green", 1)), share, no_value="not known")),
         (3, 4, stat("Different", f"Subscriptions that differ from their declaration. {SOME_SERIES}", "short", BAD,
                     f"sum({counted(DRIFT)})", no_value=NO_SERIES)),
         (4, 4, stat("Held", f"Subscriptions whose changes are held. {SOME_SERIES}", "short", (("green", None), ("purple", 1)),
                     f"sum({counted(in_state('held'))})", no_value=NO_SERIES)),
         (5, 4, stat("Failing",
                     f"Subscriptions that cannot be read, or a change of which has no effect. {SOME_SERIES}", "short",
                     (("green", None), ("red", 1)), f"sum({counted(in_state('failing'))})", no_value=NO_SERIES)),
         (6, 4, stat("Alerts",
                     "Alerts that fire and have a chosen owner; with All also those without an owner. Needs the rules of "
                     "deploy/prometheus.", "short", (("green", None), ("red", 1)),
                     f"count({FLEET.of('ALERTS', FLEET.alert())}) or vector(0)")),
         (7, 4, stat("With series", "How many of the declared subscriptions of all owners have series. Below 100% "
                     "(server.perSubscriptionMetrics: different or off), those that are as declared are not counted here.",
                     "percentunit", (("orange", None), ("green", 1)),
                     f"({series}) / {FLEET.total('defenderd_subscriptions')}"))),
        (9, (8, 24, owners_table())),
        (9, (9, 24, fleet.worst_table(FLEET))))


def time_section(alerts):
    share = f"sum by (owner) ({named(complete(counted(AS_DECLARED)))}) / sum by (owner) ({named(complete(WITH_SERIES))})"
    return section(
        10, "Over time",
        (8,
         (11, 12, timeseries("Share as declared by owner", f"Of each owner's subscriptions. {ALL_SERIES}", "percentunit",
                             query(share, "{{owner}}"), worst="min")),
         (12, 12, timeseries("Different by owner", f"Subscriptions that differ from their declaration. {SOME_SERIES}", "short",
                             by_owner(counted(DRIFT)), style="area"))),
        (8,
         (13, 12, timeseries("Failing by owner",
                             f"Subscriptions that cannot be read, or a change of which has no effect. {SOME_SERIES}",
                             "short", by_owner(counted(in_state("failing"))), style="area")),
         (14, 12, timeseries("Findings by owner",
                             "Findings that are not accepted; recorded by the rules of "
                             "deploy/prometheus. Without series per subscription, findings have no owner.", "short",
                             query(f"sum by (owner, finding) ({FLEET.of('job_owner_finding:defenderd_findings:sum', FLEET.owned())})",
                                   "{{owner}} {{finding}}")))),
        (8, (15, 24, fleet.alerts_table(FLEET, alerts))))


def dashboard(addresses, alerts):
    return grafana.dashboard(
        "defenderd-owners", "defenderd: owners", "Subscriptions of each owner: as declared, different, held or failing.",
        [grafana.datasource(), fleet.CLUSTER, fleet.NAMESPACE, fleet.JOBS, fleet.OWNER, *fleet.text_boxes(addresses)], [],
        [now_section(), time_section(alerts)])
