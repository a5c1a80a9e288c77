"""Bulk observation by Azure Resource Graph in its steady state: nothing has drifted, each interval
brings a pass of queries, and every subscription is read directly once in poll.fullInterval."""

import math
import statistics
import time
from datetime import datetime
from pathlib import Path

from daemon import Daemon
from world import Simulator

ALLOWED_PER_QUERY = 300  # subscriptions: the goal allows one query for so many, the program makes fewer
FULL = 12  # poll.fullInterval in intervals, as 1h is by default 12 times 5m
SHORTEST = 30  # seconds, of poll.interval
NEVER = "7d"  # as poll.fullInterval: the graph alone


class Fleet:
    """A defenderd that asks the graph of a simulator of its own, over TLS."""

    def __init__(self, program, simulator_program, folder, count, full=True):
        self.count = count
        # As short as it may be, and long enough for a pass of as many queries as are allowed: the graph's quota is
        # fifteen in five seconds.
        self.interval = SHORTEST * math.ceil(count / ALLOWED_PER_QUERY / 3 / (SHORTEST - 5))
        name = Path(folder) / f"graph-{count}{'' if full else '-alone'}"
        name.mkdir()
        self.arm = Simulator(simulator_program, name, count, "0ms", per_tenant=count)
        self.daemon = None
        try:
            poll = f"strategy: resourceGraph, fullInterval: {f'{FULL * self.interval}s' if full else NEVER}"
            self.daemon = Daemon(program, name, self.arm, count, interval=f"{self.interval}s", simulated=True,
                                 poll=poll, per_tenant=count)
        except BaseException:
            self.stop()
            raise

    def counters(self):
        return self.arm.control("GET", f"{self.arm.url}/_control/counters")

    def begin(self):
        """Once the first looks are over: a small fleet is read directly at the start, and once more after an
        interval and its jitter, because nothing but that is known of it yet."""
        self.daemon.wait_ready()
        time.sleep(max(0.0, self.daemon.started + 1.2 * self.interval - time.monotonic()))
        self.before, self.cpu, self.began = self.counters(), self.daemon.cpu(), time.monotonic()

    def end(self, passes):
        """Whole intervals after begin()."""
        time.sleep(max(0.0, self.began + passes * self.interval - time.monotonic()))
        self.cpu, self.after, self.passes = self.daemon.cpu() - self.cpu, self.counters(), passes

    def figures(self, idle):
        """What one pass costs. `idle` is the share of a core that a daemon of this size takes when nothing is
        due, which is no part of it."""
        cpu, after, passes = self.cpu - idle * self.passes * self.interval, self.after, self.passes
        made = {name: (after[name] - self.before[name]) / passes for name in ("requests", "graphQueries", "reads")}
        refused = {status: count for status, count in after["byStatus"].items() if not status.startswith("2")}
        if refused or after["writes"]:
            raise RuntimeError(f"not a quiet fleet: {after}")
        return {"cpu": cpu / passes / self.count, "wall": self.wall(round(made["graphQueries"])), **made}

    def wall(self, queries):
        """From the first to the last query of a pass, of which each has so many."""
        log = self.arm.control("GET", f"{self.arm.url}/_control/requests?operation=graph")["requests"]
        times = [datetime.fromisoformat(entry["received"].replace("Z", "+00:00")) for entry in log]
        starts = range(queries, len(times) - queries + 1, queries)  # without the first pass
        return statistics.median((times[at + queries - 1] - times[at]).total_seconds() for at in starts)

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop()
        self.arm.stop()


def measure(program, simulator_program, folder, counts, idle, say):
    """Figures by the number of subscriptions, and of the graph alone for the largest that ends within minutes.
    Those run at the same time: each is busy for a moment of an interval."""
    small = [count for count in counts if count <= 10_000]
    results, alone = {}, None
    rounds = [(small, True, 4)] + [([count], False, 1) for count in counts if count > 10_000]
    for group, with_alone, passes in rounds:
        fleets = []
        try:
            for count in group:
                fleets.append((count, Fleet(program, simulator_program, folder, count)))
            if with_alone:
                fleets.append((None, Fleet(program, simulator_program, folder, group[-1], full=False)))
            say(f"graph, {', '.join(f'{count:,}' for count in group)} subscriptions: {passes} of its passes in "
                f"{passes * fleets[0][1].interval} s")
            for _, fleet in fleets:
                fleet.begin()
            for _, fleet in fleets:
                fleet.end(passes)
            for count, fleet in fleets:
                if count is None:
                    alone = fleet.figures(idle[fleet.count])
                else:
                    results[count] = fleet.figures(idle[count])
        finally:
            for _, fleet in fleets:
                fleet.stop()
    return results, alone


def most_requests(count):
    """What the goal allows in one pass of a fleet in which nothing has drifted."""
    return math.ceil(count / ALLOWED_PER_QUERY) + math.ceil(count / FULL)


def rows(results, limit, interval):
    lines = []
    for count, result in results.items():
        lines.append([f"{count:,}", f"{result['cpu'] * 1e6:.1f}", f"{result['cpu'] / limit:.2f}",
                      f"{result['graphQueries']:,.0f}", f"{result['reads']:,.0f}", f"{most_requests(count):,.0f}",
                      f"{result['requests'] * 3600 / interval:,.0f}", f"{result['wall']:.1f} s"])
    return lines
