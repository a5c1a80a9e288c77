"""Fleets in trouble as Prometheus scrapes them, and every alert that each raises: one for one cause.

A world is well for ten minutes and then has its trouble. check_worlds.py lets promtool evaluate it with one, two and
three replicas, and with and without series per subscription.
"""
import dataclasses

STEP = 2  # minutes between two samples
WELL = 10  # minutes until the trouble begins
LABELS = ("alertname", "severity", "reason", "owner", "scope", "tenant_id", "credential", "instance")
STATES = ("unknown", "in_sync", "drifted", "held", "contested", "failing", "suspended")


@dataclasses.dataclass(frozen=True)
class Subscription:
    """As the board has it; in_sync if nothing else is said."""
    number: int
    owner: str = ""
    mode: str = "enforce"
    state: str = "in_sync"
    reason: str = "AsDeclared"

    @property
    def differs(self):
        return self.state in ("drifted", "held", "contested", "suspended")


def fleet(count, owner="", **changes):
    return [Subscription(number, owner, **changes) for number in range(count)]


def team(first, count, owner, **changes):
    return [Subscription(number, owner, **changes) for number in range(first, first + count)]


@dataclasses.dataclass
class World:
    """A value of `metrics` that is a text is in promtool's notation, from the beginning of the trouble on."""
    name: str
    then: list  # the fleet in its trouble
    alerts: list  # what fires at any time, each with its LABELS
    at_once: int = None  # how many of them fire at the same time; None: all
    metrics: dict = dataclasses.field(default_factory=dict)  # of the leader, {name and labels: value in trouble}
    every_replica: dict = dataclasses.field(default_factory=dict)  # the same, of each replica
    before: list = None  # as long as it is well; None: as `then`, in sync
    leader_dies: bool = False
    poll_interval: int = 300
    minutes: int = 180

    @property
    def healthy(self):
        return self.before or [dataclasses.replace(each, state="in_sync", reason="AsDeclared") for each in self.then]


NETWORK = {"defenderd_graph_unanswered_subscriptions": 40, "defenderd_discovery_last_successful": 0,
           "defenderd_sweep_last_completed_timestamp_seconds": WELL * 60}


def incident(reason, count):
    return {f'defenderd_incident_subscriptions{{reason="{reason}"}}': count,
            f'defenderd_incident_active{{reason="{reason}"}}': 1}


def failing(reason):
    return {"state": "failing", "reason": reason}


TOKENS_FAIL = {'defenderd_token_requests_total{result="failure"}': f"0+{STEP}x200"}

WORLDS = [
    World("all is well", fleet(20, "payments"), []),
    World("outage", fleet(40, "payments", **failing("ConnectionFailed")),
          [{"alertname": "DefenderdIncident", "severity": "critical", "reason": "ConnectionFailed"}],
          metrics={**incident("ConnectionFailed", 40), **NETWORK, **TOKENS_FAIL}),
    World("outage of a small fleet", fleet(8, "payments", **failing("Timeout")),
          [{"alertname": "DefenderdFailing", "severity": "warning", "owner": "payments"}],
          metrics={**NETWORK, **TOKENS_FAIL}),
    World("outage of one tenant", team(0, 40, "payments") + team(40, 20, "search", **failing("CredentialFailed")),
          # The warning ends when the other begins.
          [{"alertname": "DefenderdTokenExpiring", "severity": "warning", "tenant_id": "t2"},
           {"alertname": "DefenderdTokenUnavailable", "severity": "critical"}], 1,
          metrics={**incident("CredentialFailed", 20), "defenderd_discovery_last_successful": 0,
           "defenderd_graph_unanswered_subscriptions": 20, "defenderd_findings_denied": 1,
           'defenderd_token_expiry_timestamp_seconds{tenant_id="t2"}': WELL * 60 + 300,
           # It is refused, so asked for every quarter of an hour.
           'defenderd_token_requests_total{result="failure"}': "1x6 2x7 3x7 4x7 5x7 6x7 7x50"}),
    World("missing role", fleet(300, "payments", **failing("Forbidden")),
          [{"alertname": "DefenderdIncident", "severity": "critical", "reason": "Forbidden"}],
          metrics={**incident("Forbidden", 300), "defenderd_graph_unanswered_subscriptions": 300,
           "defenderd_findings_denied": 1, 'defenderd_scope_subscriptions{scope="prod"}': 0,
           'defenderd_scope_subscriptions{scope="test"}': 0}),
    World("missing role of two teams", team(0, 20, "payments") + team(20, 4, "search", **failing("Forbidden"))
          + team(24, 3, "fraud", **failing("Forbidden")),
          [{"alertname": "DefenderdFailing", "severity": "warning", "reason": "Forbidden", "owner": owner}
           for owner in ("search", "fraud")],
          metrics={"defenderd_graph_unanswered_subscriptions": 7, "defenderd_findings_denied": 1}),
    World("drift not corrected", team(0, 20, "payments") + team(20, 5, "search", state="drifted", reason="UnknownTier"),
          [{"alertname": "DefenderdDriftNotCorrected", "severity": "warning", "reason": "UnknownTier", "owner": "search"}]),
    World("drift that an interval of an hour explains",
          team(0, 20, "payments") + team(20, 5, "search", state="drifted", reason="UnknownTier"), [],
          metrics={"defenderd_sweep_last_completed_timestamp_seconds": 0}, poll_interval=3600, minutes=140),
    World("held by the brake", team(0, 20, "payments") + team(20, 30, "search", state="held", reason="DisableBrake"),
          [{"alertname": "DefenderdBrakeHeld", "severity": "warning", "reason": "DisableBrake"}],
          metrics={'defenderd_brake_held_changes{reason="DisableBrake"}': 30}),
    World("frozen", fleet(20, "payments", state="held", reason="Frozen"),
          [{"alertname": "DefenderdFrozenForLong", "severity": "warning"}],
          metrics={'defenderd_writes_frozen{reason="incident"}': 1, "defenderd_endless_freeze_since_timestamp_seconds": -90000}),
    World("contested", team(0, 20, "payments") + team(20, 2, "search", state="contested", reason="Contested"),
          [{"alertname": "DefenderdContested", "severity": "warning", "owner": "search"}]),
    World("suspended", fleet(20, "payments", state="suspended", reason="Suspended"), []),
    World("leader dead", fleet(20, "payments"), [], leader_dies=True),
    World("observed only", fleet(300, "payments", mode="observe", state="drifted", reason="ObserveMode"),
          [{"alertname": "DefenderdObservedDrift", "severity": "info"}]),
    World("throttled", team(0, 20, "payments") + team(20, 9, "search", state="drifted", reason="Throttled"),
          [{"alertname": "DefenderdThrottled", "severity": "warning"}],
          metrics={"defenderd_arm_throttled_total": f"0+{STEP}x200"}),
    World("a bad edit", fleet(20, "payments"), [{"alertname": "DefenderdReloadFailed", "severity": "warning"}],
          every_replica={"defenderd_config_last_reload_successful": 0}),
    World("half of the list is deleted", fleet(20, "payments"),
          [{"alertname": "DefenderdSubscriptionsLeftTheList", "severity": "warning"}],
          metrics={'defenderd_departed_subscriptions{edit="many"}': 20, "defenderd_subscriptions_undeclared": 20},
          before=fleet(40, "payments")),
    World("a role is gone from a management group", fleet(20, "payments"),
          [{"alertname": "DefenderdSubscriptionsLeftScope", "severity": "warning"}],
          metrics={'defenderd_subscriptions_left_scope{reason="OutOfSight"}': 20}, before=fleet(40, "payments")),
    World("a tag is renamed", fleet(20, "payments"),
          [{"alertname": "DefenderdSubscriptionsLeftScope", "severity": "warning"}],
          metrics={'defenderd_subscriptions_left_scope{reason="LeftScope"}': 20, "defenderd_subscriptions_undeclared": 20},
          before=fleet(40, "payments")),
    World("an expired certificate", fleet(20, "payments", **failing("CredentialFailed")),
          [{"alertname": "DefenderdCredentialExpiresSoon", "severity": "critical", "credential": "client_certificate"}],
          metrics={**incident("CredentialFailed", 20), **TOKENS_FAIL, "defenderd_discovery_last_successful": 0,
           'defenderd_credential_expiry_timestamp_seconds{credential="client_certificate"}': WELL * 60}),
]


def values(well, trouble, world):
    """A series: its value while all is well, and then. None: it is not there."""
    samples = (world.minutes - WELL) // STEP

    def part(value, count):
        return value if isinstance(value, str) else f"{'_' if value is None else value}x{count}"
    return f"{part(well, WELL // STEP - 1)} {part(trouble, samples)}"


def of_the_fleet(subscriptions):
    """The counts of a fleet, {name and labels: value}."""
    counts = {f'defenderd_subscriptions{{state="{state}"}}': 0 for state in STATES}
    counts.update({f'defenderd_subscriptions_by_reason{{reason="{reason}"}}': 0 for reason in ("ObserveMode", "Throttled")})
    for each in subscriptions:
        counts[f'defenderd_subscriptions{{state="{each.state}"}}'] += 1
        by_reason = f'defenderd_subscriptions_by_reason{{reason="{each.reason}"}}'
        counts[by_reason] = counts.get(by_reason, 0) + 1
    return counts


def of_each(subscriptions, series, since):
    """The series per subscription; `series` is all, different (only of those that are not in sync) or none."""
    result = {}
    for each in subscriptions:
        if series == "none" or (series == "different" and each.state == "in_sync"):
            continue
        labels = f'subscription_id="{each.number}",name="s{each.number}"'
        result[f'defenderd_subscription_info{{{labels},owner="{each.owner}",mode="{each.mode}",tenant_id=""}}'] = 1
        result[f'defenderd_subscription_in_sync{{{labels}}}'] = int(each.state == "in_sync")
        result[f'defenderd_subscription_state{{{labels},state="{each.state}",reason="{each.reason}"}}'] = 1
        result[f'defenderd_subscription_state_since_timestamp_seconds{{{labels}}}'] = since
        if each.differs:
            result[f'defenderd_subscription_drift{{{labels},field="plan",mode="{each.mode}"}}'] = 1
    return result


def leaders_own(world):
    """What a leader shows beside its fleet while all is well."""
    interval = world.poll_interval // 60
    sweeps = " ".join(str((at - at % interval) * 60) for at in range(WELL, world.minutes, STEP))
    return {"defenderd_leader": 1, "defenderd_sweep_last_completed_timestamp_seconds": (0, sweeps),
            "defenderd_findings_denied": 0, "defenderd_graph_unanswered_subscriptions": 0,
            "defenderd_discovery_last_successful": 1, "defenderd_subscriptions_undeclared": 0,
            'defenderd_departed_subscriptions{edit="many"}': 0, "defenderd_scope_covered_subscriptions": 10,
            'defenderd_subscriptions_left_scope{reason="LeftScope"}': 0,
            'defenderd_subscriptions_left_scope{reason="OutOfSight"}': 0, 'defenderd_brake_held_changes{reason="DisableBrake"}': 0,
            'defenderd_scope_subscriptions{scope="prod"}': 7, 'defenderd_scope_subscriptions{scope="test"}': 3,
            'defenderd_token_requests_total{result="failure"}': 0, "defenderd_arm_throttled_total": 0,
            'defenderd_token_expiry_timestamp_seconds{tenant_id=""}': 99999,
            'defenderd_arm_requests_total{operation="read",code="200"}': (0, f"0+{20 * STEP}x200"),
            'defenderd_credential_expiry_timestamp_seconds{credential="client_certificate"}': 9999999}


def everybodys(world):
    return {'defenderd_build_info{version="1"}': 1, "process_start_time_seconds": 0, "defenderd_scopes": 2,
            "defenderd_poll_interval_seconds": world.poll_interval, "defenderd_findings_interval_seconds": 1800,
            "defenderd_config_last_reload_successful": 1}


def two_phases(well, trouble):
    return {name: (well.get(name), trouble.get(name)) for name in {**well, **trouble}}


def replica(world, instance, series):
    """{name and labels: (well, trouble)} of one replica; the first one leads, and a standby shows zeros."""
    leads = instance == 0
    own = leaders_own(world)
    if not leads:
        own = {name: 0 for name in own if "expiry" not in name}
        own["defenderd_discovery_last_successful"] = 0
    own = {**everybodys(world), **own}
    result = {name: value if isinstance(value, tuple) else (value, value) for name, value in own.items()}
    counts = of_the_fleet(world.healthy), of_the_fleet(world.then)
    if not leads:
        counts = tuple({name: 0 for name in each} for each in counts)
    for name, (well, trouble) in two_phases(*counts).items():
        result[name] = (well or 0, trouble or 0)
    changes = {**(world.metrics if leads else {}), **world.every_replica}
    for name, value in changes.items():
        result[name] = (result.get(name, (0, 0))[0], value)
    if "defenderd_endless_freeze_since_timestamp_seconds" in changes:
        result["defenderd_endless_freeze_since_timestamp_seconds"] = (None, changes[
            "defenderd_endless_freeze_since_timestamp_seconds"])
    if leads:
        result.update(two_phases(of_each(world.healthy, series, 0), of_each(world.then, series, WELL * 60)))
        if world.leader_dies:
            result = {name: (well, f"stale _x{world.minutes // STEP}") for name, (well, _) in result.items()}
    return result


def labelled(name, instance):
    metric, _, labels = name.rstrip("}").partition("{")
    return f'{metric}{{{",".join(filter(None, (labels, f"""job="d",instance="{instance}" """.strip())))}}}'


def expected(world, replicas, series):
    alerts = world.alerts
    if world.leader_dies:
        alerts = [{"alertname": "DefenderdAbsent" if replicas == 1 else "DefenderdNoLeader", "severity": "critical"}]
    if series == "none":  # then nothing tells the owner, nor why a subscription has drifted
        dropped = {"owner", "reason"} if world.name.startswith("drift") else {"owner"}
        alerts = [{label: value for label, value in alert.items() if label not in dropped} for alert in alerts]
    return {tuple(sorted(alert.items())) for alert in alerts}


def test_case(world, replicas, series):
    """As `promtool test rules` takes it: every alert that has fired at any time, and no other."""
    samples = [{"labels": "{" + ",".join(f'{label}="{value}"' for label, value in alert) + "}", "value": 1}
               for alert in sorted(expected(world, replicas, series))]
    fired = f'group by ({", ".join(LABELS)}) (last_over_time(ALERTS{{alertstate="firing"}}[{world.minutes}m]))'
    at_once = f'max_over_time(count(ALERTS{{alertstate="firing"}})[{world.minutes}m:{STEP}m])'
    most = len(samples) if world.at_once is None else world.at_once
    return {"name": f"{world.name}, replicas: {replicas}, series per subscription: {series}", "interval": f"{STEP}m",
            "input_series": [{"series": labelled(name, instance), "values": values(*phases, world)}
                             for instance in range(replicas)
                             for name, phases in replica(world, instance, series).items()],
            "promql_expr_test": [{"expr": fired, "eval_time": f"{world.minutes - STEP}m", "exp_samples": samples},
                                 {"expr": at_once, "eval_time": f"{world.minutes - STEP}m",
                                  "exp_samples": [{"labels": "{}", "value": most}] if most else []}]}
