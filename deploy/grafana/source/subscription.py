"""One subscription: its state and reason, since when, what differs, its corrections, and how old the last observation is."""
from source import fleet, grafana
from source.fleet import JOB
from source.grafana import query, section, stat, state_timeline, table, timeseries

FLEET = fleet.Fleet(["cluster", "namespace", "job"])
CHOSEN = 'subscription_id="$subscription"'
SERIES = ("Needs this subscription's series: with server.perSubscriptionMetrics: different they are there only while it differs or "
          "has findings, with off never.")
NO_SERIES = "no series"


RANK = f"max({FLEET.rank(fleet.ONE, fleet.STATES, CHOSEN)})"


def of(metric, more="", over=""):
    return FLEET.of(metric, CHOSEN + ("," + more if more else ""), over)


def age(metric):
    return f"time() - max({of(metric)})"


def zero(condition):
    return f"max({condition}) * 0"


def facts_table():
    labels = f"{JOB}, name, subscription_id"
    declared = f"max by ({labels}, owner, mode, tenant_id) ({of('defenderd_subscription_info')})"
    state = f"max by ({labels}, state, reason) ({of('defenderd_subscription_state')})"
    states = {words: (text, colour) for words, (_, text, colour) in fleet.STATES.items()}
    return table(
        "Subscription", f"What is declared for people, and links to the status page and to the runbook. {SERIES}",
        {"name": "Name", "state": "State", "reason": "Reason", "owner": "Owner", "mode": "Mode", "tenant_id": "Tenant",
         "subscription_id": "Subscription", "cluster": "Cluster", "namespace": "Namespace", "job": "Job", "page": "Status page",
         "runbook": "Runbook"},
        declared, fleet.with_links(state),
        overrides=[fleet.coloured_column("State", states, 140), fleet.owner_column(), fleet.page_column(), fleet.runbook_column(fleet.RUNBOOK_OF)],
        hidden=("Value", "Value #A", "Value #B", *fleet.HIDDEN), no_value=NO_SERIES)


def now_section():
    drift = f"sum(max by (field) ({of('defenderd_subscription_drift')}))"
    findings = f"sum(max by (finding) ({of('defenderd_subscription_findings')}))"
    inspected = f"max by ({JOB}) ({FLEET.leaders(FLEET.of('defenderd_findings_last_completed_timestamp_seconds'))})"
    in_sync = of("defenderd_subscription_in_sync")
    return section(
        1, "Now",
        (4, (2, 24, facts_table())),
        (4,
         (3, 4, stat("State", SERIES, "none", (("green", None),), RANK,
                     mappings=grafana.mapped(fleet.STATE_TEXTS), no_value=NO_SERIES)),
         (4, 4, stat("In this state for", SERIES, "s", (("blue", None),),
                     age("defenderd_subscription_state_since_timestamp_seconds"), no_value=NO_SERIES)),
         (5, 4, stat("Fields that differ", f"No value while that is not known: the last observation failed. {SERIES}", "short",
                     (("green", None), ("orange", 1)), f"{drift} or {zero(in_sync + ' == 1')}", no_value="not known")),
         (6, 4, stat("Last observed, ago", f"Read directly, or shown as declared by Azure Resource Graph. {SERIES}", "s",
                     (("green", None), ("orange", 900), ("red", 1200)),
                     age("defenderd_subscription_last_observed_timestamp_seconds"), no_value="not yet")),
         (7, 4, stat("Last correction, ago", f"When a change was last applied since the start of defenderd. {SERIES}", "s",
                     (("blue", None),), age("defenderd_subscription_last_change_timestamp_seconds"), no_value="none")),
         (8, 4, stat("Findings",
                     f"Findings that are not accepted. No value before the first inspection. {SERIES}",
                     "short", (("green", None), ("orange", 1)),
                     f"{findings} or max(max by ({JOB}) ({in_sync}) * 0 and on ({JOB}) {inspected})", no_value="not known"))))


def time_section():
    observed = of("defenderd_subscription_last_observed_timestamp_seconds")
    change = of("defenderd_subscription_last_change_timestamp_seconds", over="[$__rate_interval]")
    return section(
        9, "Over time",
        (5, (10, 24, state_timeline("States", f"Gaps are times without series. {SERIES}", fleet.STATE_TEXTS,
                                    query(RANK, "state")))),
        (8,
         (11, 12, timeseries("Drift by field",
                             "The fields that differ from their declaration; other counts the extensions without a "
                             f"dedicated key. {SERIES}", "short",
                             query(f"max by (field) ({of('defenderd_subscription_drift')})", "{{field}}"), style="area")),
         (12, 12, state_timeline("Plan and prompt evidence", f"As declared and as last observed. {SERIES}",
                                 {0: ("off", "orange"), 1: ("on", "green")},
                                 query(f"max by (source) ({of('defenderd_plan_enabled')})", "plan, {{source}}"),
                                 query(f"max by (source) ({of('defenderd_prompt_evidence_enabled')})",
                                       "prompt evidence, {{source}}")))),
        (8,
         (13, 8, timeseries("Corrections",
                            "How often a change was applied, per interval, after the first since the start of defenderd; "
                            f"several between two scrapes count as one. {SERIES}", "short",
                            query(f"sum(changes({change}))", "corrections"), style="bars")),
         (14, 8, timeseries("Age of the last observation", f"Read directly, or shown by Azure Resource Graph. {SERIES}", "s",
                            query(f"time() - max by (by) ({observed})", "{{by}}"))),
         (15, 8, timeseries("Findings over time", f"Findings that are not accepted. {SERIES}", "short",
                            query(f"max by (finding) ({of('defenderd_subscription_findings')})", "{{finding}}"), style="area"))))


def dashboard(addresses):
    info = 'defenderd_subscription_info{cluster=~"$cluster",namespace=~"$namespace",job=~"$job",owner=~"$owner"}'
    # Also those whose series have ended within the time that is shown. A name may be empty.
    subscriptions = grafana.choice(
        "subscription", "Subscription", f"query_result(max by (name, subscription_id) (last_over_time({info}[$__range])))",
        multi=False, regex='/(?:name="(?<text>[^"]*)", ?)?subscription_id="(?<value>[^"]*)"/')
    applied = of("defenderd_subscription_last_change_timestamp_seconds")
    return grafana.dashboard(
        "defenderd-subscription", "defenderd: subscription", "One subscription: its state, since when, why, and what to do.",
        [grafana.datasource(), fleet.CLUSTER, fleet.NAMESPACE, fleet.JOBS, fleet.OWNER, subscriptions, *fleet.text_boxes(addresses)],
        [grafana.annotation("Corrected", "a change was applied", f"max({applied}) * 1000 > $__from", "green")],
        [now_section(), time_section()])
