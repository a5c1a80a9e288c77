"""The fleet by state and reason, the worst subscriptions, drift and corrections, requests to Azure, and the daemon itself."""
from source import fleet, grafana
from source.grafana import query, section, stat, state_timeline, table, timeseries

FLEET = fleet.Fleet(["cluster", "namespace", "job", "instance"])
JOB_LEGEND = "{{cluster}} {{namespace}} {{job}}"
ENDS = (("red", None), ("orange", 300), ("green", 600))  # seconds that are left
SHARE = (("red", None), ("orange", 0.95), ("green", 1))
ACCOUNT_COLOURS = {"protected": "green", "plan_off": "red", "switched_off": "orange", "unknown": grafana.GREY}


def left(metric, by):
    return f"min{by}({FLEET.leaders(FLEET.of(metric))}) - time()"


def sweep_age():
    ended = FLEET.of("defenderd_sweep_last_completed_timestamp_seconds", over="[30m]")
    return f"time() - max by ({fleet.JOB}) (max_over_time({ended}) > 0)"


def share_of_time(days):
    as_declared, all_time = (FLEET.of("defenderd_subscriptions_known", value, f"[{days}d]") for value in ('value="as_declared"', ""))
    return query(f"sum(sum_over_time({as_declared})) / sum(sum_over_time({all_time}))", f"{days} days")


def fleet_section(alerts):
    return section(
        1, "Fleet",
        (4,
         (2, 4, stat("As declared",
                     "Share of the declared subscriptions that were last observed as declared.", "percentunit", SHARE,
                     FLEET.sum("defenderd_subscriptions", 'state="in_sync"') + " / " + FLEET.total("defenderd_subscriptions"))),
         (3, 4, stat("Not as declared", "Subscriptions that are drifted, held, contested or failing.", "short",
                     (("green", None), ("orange", 1)),
                     FLEET.total("defenderd_subscriptions", 'state=~"drifted|held|contested|failing"'))),
         (4, 4, stat("Held by a brake",
                     "Changes that wait for confirmation; the log (event brake) and the status page have the code.",
                     "short", (("green", None), ("purple", 1)), FLEET.total("defenderd_brake_held_changes"))),
         (5, 4, stat("Last sweep", "Time since a sweep of the whole fleet ended, by whichever replica.", "s",
                     (("green", None), ("orange", 900), ("red", 1200)), f"max({sweep_age()})")),
         (6, 4, stat("Token left",
                     "Time until the first access token expires. Tokens are renewed ten minutes before.", "s", ENDS,
                     left("defenderd_token_expiry_timestamp_seconds", ""))),
         (7, 4, stat("Configuration",
                     "Whether the last files that were read are in force.", "short", (("red", None), ("green", 1)),
                     f"min({FLEET.of('defenderd_config_last_reload_successful')})",
                     mappings=grafana.mapped({0: ("bad edit", "red"), 1: ("in force", "green")})))),
        (9,
         (8, 12, timeseries("Subscriptions by state", "Every declared subscription is in one state.", "short",
                            query(FLEET.sum("defenderd_subscriptions", by="state"), "{{state}}"), style="area",
                            colours=fleet.STATE_COLOURS)),
         (9, 12, timeseries("Why not as declared", "Subscriptions that are not as declared, by reason.", "short",
                            query(FLEET.sum("defenderd_subscriptions_by_reason", 'reason!="AsDeclared"', "reason") + " > 0",
                                  "{{reason}}"), style="area"))),
        (9, (10, 24, fleet.worst_table(FLEET))),
        (6, (48, 24, fleet.alerts_table(FLEET, alerts))))


def drift_section():
    detected = query(FLEET.increase("defenderd_drift_detected_total", "field"), "{{field}}")
    duration = "defenderd_reconcile_duration_seconds"
    return section(
        11, "Drift and corrections",
        (8,
         (12, 8, timeseries("Drift detected",
                            "Fields that differed, per interval; a field that stays different counts at each check.",
                            "short", detected, style="bars")),
         (13, 8, timeseries("Corrections", "Changes written to Azure, by result.", "short",
                            query(FLEET.increase("defenderd_corrections_total", "field, result"), "{{field}} {{result}}"),
                            style="bars")),
         (14, 8, timeseries("Withheld changes by reason",
                            "Changes that were withheld; a change that stays withheld counts at each check.", "short",
                            query(FLEET.increase("defenderd_changes_withheld_total", "reason"), "{{reason}}"), style="bars"))),
        (8,
         (15, 8, timeseries("Failures by reason", "Failed reconciles.", "short",
                            query(FLEET.increase("defenderd_reconcile_failures_total", "reason"), "{{reason}}"), style="bars")),
         (16, 8, timeseries("Reconciles by result", "Per second.", "reqps",
                            query(FLEET.rate("defenderd_reconciles_total", "result"), "{{result}}"))),
         (17, 8, timeseries("Reconcile duration", "Duration of a subscription's reconcile.", "s",
                            query(FLEET.quantile(0.5, duration), "median"), query(FLEET.quantile(0.95, duration), "95%"),
                            query(FLEET.quantile(0.99, duration), "99%")))))


def azure_section():
    return section(
        18, "Azure",
        (8,
         (19, 8, timeseries("Requests", "By operation, and by HTTP status or the reason why there was none.", "reqps",
                            query(FLEET.rate("defenderd_arm_requests_total", "operation, code") + " > 0", "{{operation}} {{code}}"))),
         (20, 8, timeseries("Latency, 95%", "Of the requests to ARM, by operation.", "s",
                            query(FLEET.quantile(0.95, "defenderd_arm_request_duration_seconds", "operation"), "{{operation}}"))),
         (21, 8, timeseries("Throttling", "429 responses from ARM, per second.", "reqps",
                            query(FLEET.rate("defenderd_arm_throttled_total"), "throttled")))),
        (8,
         (22, 8, timeseries("Remaining quota", "Last reported by Azure.", "short",
                            query(f"min by (kind) ({FLEET.leaders(FLEET.of('defenderd_arm_ratelimit_remaining'))})", "{{kind}}"),
                            worst="min")),
         (23, 8, timeseries("Token requests", "By result, per interval.", "short",
                            query(FLEET.increase("defenderd_token_requests_total", "result"), "{{result}}"), style="bars")),
         (24, 8, timeseries("Token left by tenant", "By tenant; the default tenant has no name.", "s",
                            query(left("defenderd_token_expiry_timestamp_seconds", " by (tenant_id) "), "tenant {{tenant_id}}"),
                            worst="min"))),
        (8,
         (34, 8, timeseries("Observed by",
                            "How each subscription was last observed: read directly, or shown as declared by Azure Resource Graph.",
                            "short", query(FLEET.sum("defenderd_subscriptions_observed", by="by"), "{{by}}"), style="area")),
         (35, 8, timeseries("Azure Resource Graph",
                            "Subscriptions without an answer in the last query, which are read directly, and "
                            "drift that the graph did not show.", "short",
                            query(FLEET.sum("defenderd_graph_unanswered_subscriptions"), "without an answer"),
                            query(FLEET.increase("defenderd_graph_disagreements_total"), "drift not shown"))),
         (36, 8, timeseries("Unmanaged subscriptions", "Subscriptions that are visible but unmanaged.", "short",
                            query(FLEET.sum("defenderd_subscriptions_undeclared"), "undeclared")))))


def daemon_section():
    oldest = FLEET.leaders(FLEET.of("defenderd_workqueue_oldest_age_seconds"))
    return section(
        25, "The daemon",
        (8,
         (26, 8, timeseries("Sweep age", "Time since a sweep of the whole fleet ended, by whichever replica; of each job.", "s",
                            query(sweep_age(), JOB_LEGEND))),
         (27, 8, timeseries("Work queue", "Subscriptions that are due and wait for a worker.", "short",
                            query(FLEET.sum("defenderd_workqueue_depth"), "due"), query(f"max({oldest})", "oldest waits"),
                            overrides=[grafana.override("oldest waits", unit="s", custom_axisPlacement="right")])),
         (28, 8, timeseries("Configuration age", "Time since files last took effect.", "s",
                            query(f"time() - {FLEET.of('defenderd_config_last_reload_success_timestamp_seconds')}", "{{instance}}")))),
        (8,
         (29, 6, timeseries("CPU", "Cores in use.", "short",
                            query(f"rate({FLEET.of('process_cpu_seconds_total', over='[$__rate_interval]')})", "{{instance}}"))),
         (30, 6, timeseries("Memory", "Resident.", "bytes", query(FLEET.of("process_resident_memory_bytes"), "{{instance}}"))),
         (31, 6, timeseries("Files and threads", "Open file descriptors and threads.", "short",
                            query(FLEET.of("process_open_fds"), "files {{instance}}"),
                            query(FLEET.of("process_threads"), "threads {{instance}}"))),
         (32, 6, timeseries("Journal and state write errors",
                            "Failed attempts to write the journal or to save the state file.", "short",
                            query(FLEET.increase("defenderd_journal_write_errors_total"), "journal"),
                            query(FLEET.increase("defenderd_state_write_errors_total"), "state"), style="bars"))),
        (8,
         (46, 12, state_timeline("Leader",
                                 "Which replica leads; the others are ready to take over. One that runs alone leads always.",
                                 {0: ("standby", "blue"), 1: ("leader", "green")},
                                 query(f"max by ({fleet.REPLICA}) ({FLEET.of('defenderd_leader')})", "{{instance}}"))),
         (47, 12, timeseries("Leader changes and lease errors",
                             "How often a replica became the leader, and how often the API server "
                             "did not let one get or renew the lease.", "short",
                             query(FLEET.increase("defenderd_leader_transitions_total"), "became leader"),
                             query(FLEET.increase("defenderd_lease_renew_errors_total"), "not renewed"), style="bars"))),
        (4,
         (33, 24, table("Builds", "Versions in use.",
                        {"cluster": "Cluster", "namespace": "Namespace", "job": "Job", "instance": "Instance", "version": "Version",
                         "revision": "Revision"},
                        f"max by ({fleet.REPLICA}, version, revision) ({FLEET.of('defenderd_build_info')})", hidden=("Value",)))))


def more_section():
    accepted = FLEET.total("defenderd_findings_accepted")
    return section(
        37, "Who, for how long, and what expires",
        (8,
         (38, 8, stat("Time as declared",
                      "Share of the fleet's time in which subscriptions were observed as declared, over 7 and 30 "
                      "days. Time in which no leader was scraped does not count.", "percentunit", SHARE, share_of_time(7),
                      share_of_time(30))),
         (39, 8, timeseries("Changed by",
                            "New drifts by who changed the subscription, according to Azure's activity log; none: no "
                            "actor is known.", "short", query(FLEET.rate("defenderd_drift_attributed_total", "actor"), "{{actor}}"),
                            style="bars")),
         (40, 8, timeseries("Time to correction, 95%",
                            "From when a drift was first observed to when its correction was verified.", "s",
                            query(FLEET.quantile(0.95, "defenderd_drift_correction_duration_seconds", "field"), "{{field}}")))),
        (8,
         (41, 8, stat("Credential left",
                      "How long the credential is valid, where that is known: a client certificate, a federated "
                      "token, and the first access token to expire.", "s", ENDS,
                      query(left("defenderd_credential_expiry_timestamp_seconds", " by (credential) "), "{{credential}}"))),
         (42, 8, timeseries("Suspensions and free trials",
                            "Declared suspensions, and plans that are on and still free: active, ending "
                            "(within a day; a trial within five), or expired.", "short",
                            query(FLEET.sum("defenderd_suspensions", by="status"), "suspension {{status}}"),
                            query(FLEET.sum("defenderd_free_trials", by="status"), "trial {{status}}"), style="area")),
         (43, 8, timeseries("Subscriptions by mode and coverage",
                            "Declared subscriptions by mode, and observed ones by how many of "
                            "their resources the plan covers.", "short",
                            query(FLEET.sum("defenderd_subscriptions_by_mode", by="mode"), "mode {{mode}}"),
                            query(FLEET.sum("defenderd_subscriptions_by_coverage", by="coverage"), "coverage {{coverage}}")))),
        (8,
         (44, 12, timeseries("AI accounts", "AI accounts of the visible subscriptions by how they are protected: by their "
                             "subscription's plan and their own Defender switch.", "short",
                             query(FLEET.sum("defenderd_ai_accounts", by="state"), "{{state}}"), style="area",
                             colours=ACCOUNT_COLOURS)),
         (45, 12, timeseries("Findings",
                             "Findings about the protection, which defenderd never changes; accepted: the desired state "
                             "accepts them for a time.", "short", query(FLEET.sum("defenderd_findings", by="finding"), "{{finding}}"),
                             query(accepted, "accepted")))))


def dashboard(addresses, alerts):
    took_effect = FLEET.of("defenderd_config_last_reload_success_timestamp_seconds")
    return grafana.dashboard(
        "defenderd", "defenderd", "Whether the fleet is as declared, since when not, why, and what to do.",
        [grafana.datasource(), fleet.CLUSTER, fleet.NAMESPACE, fleet.JOBS, fleet.INSTANCE, *fleet.text_boxes(addresses)],
        [grafana.annotation("Configuration", "files took effect", f"max by ({fleet.JOB}) ({took_effect}) * 1000 > $__from", "blue")],
        [fleet_section(alerts), drift_section(), azure_section(), daemon_section(), more_section()])
