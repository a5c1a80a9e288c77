#!/usr/bin/env python3
"""Two builds of defenderd side by side: see run."""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import bench
import graph
from daemon import Daemon
from world import Nginx, make_certificates

# What a figure is called, the key of bench.against_nginx, and how it is shown.
DIRECT = [
    ("CPU of a sweep, per subscription", "cpu", lambda v: f"{v * 1e6:.1f} us"),
    ("resident, steady", "rss", lambda v: f"{v / bench.MIB:.1f} MiB"),
    ("resident, peak", "peak", lambda v: f"{v / bench.MIB:.1f} MiB"),
    ("CPU of a scrape", "scrape", lambda v: f"{v * 1e3:.2f} ms"),
    ("CPU of a scrape with gzip", "gzip", lambda v: f"{v * 1e3:.2f} ms"),
    ("CPU of a reload that changes 10", "reload", lambda v: f"{v * 1e3:.1f} ms"),
    ("from the edit until it is in force", "reload_wall", lambda v: f"{v * 1e3:.1f} ms"),
    ("start to the end of the first sweep", "start", lambda v: f"{v:.2f} s"),
    ("requests of a sweep", "requests", lambda v: f"{v:,.0f}"),
]
SCRAPERS = 10  # at once


def scrapes_at_once(daemon):
    """CPU of each of several scrapes within one second."""
    runs = []
    for _ in range(3):
        time.sleep(bench.SHARED_FOR)
        cpu = daemon.cpu()
        for _ in range(SCRAPERS):
            daemon.get("/metrics", headers={"Accept-Encoding": "gzip"}, timeout=300)
        time.sleep(0.05)
        runs.append((daemon.cpu() - cpu) / SCRAPERS)
    return statistics.median(runs)


def direct(programs, folder, count, rounds):
    """The medians of each program, measured in turns."""
    results = {name: [] for name in programs}
    for number in range(rounds):
        order = list(programs.items())
        for name, program in order if number % 2 == 0 else reversed(order):
            arm = Nginx(folder)
            try:
                result = bench.against_nginx(program, folder, arm, count, 2)
                daemon = Daemon(program, folder, arm, count, bench.WORKERS)
                try:
                    daemon.wait_ready()
                    result["crowd"] = scrapes_at_once(daemon)
                finally:
                    daemon.stop()
                results[name].append(result)
            finally:
                arm.stop()
    return {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            for name, runs in results.items()}


def bulk(programs, simulator, folder, count, passes, idle):
    """The cost of a pass by Azure Resource Graph: both programs run at the same time, and each pass is a run."""
    fleets = {}
    try:
        for name, program in programs.items():
            own = Path(folder) / name
            own.mkdir()
            fleets[name] = graph.Fleet(program, simulator, own, count)
        for fleet in fleets.values():
            fleet.begin()
        costs = {name: [] for name in fleets}
        for number in range(1, passes + 1):
            for name, fleet in fleets.items():
                time.sleep(max(0.0, fleet.began + number * fleet.interval - time.monotonic()))
                costs[name].append((fleet.daemon.cpu(), time.monotonic()))
        figures = {}
        for name, fleet in fleets.items():
            samples = [(fleet.cpu, fleet.began), *costs[name]]
            each = [(b[0] - a[0] - idle[name] * (b[1] - a[1])) for a, b in zip(samples, samples[1:])]
            figures[name] = statistics.median(each) / count
        return figures
    finally:
        for fleet in fleets.values():
            fleet.stop()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run --compare")
    parser.add_argument("--program", required=True)
    parser.add_argument("--simulator", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=6, help="of Azure Resource Graph; 0: none")
    parser.add_argument("--count", type=int, default=10_000, help="subscriptions")
    parser.add_argument("other", help="the program before: another checkout's build/release/daemon/defenderd")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    programs = {"before": options.other, "now": options.program}
    with tempfile.TemporaryDirectory(prefix="defenderd-bench-") as name:
        folder = Path(name)
        make_certificates(folder)
        print(f"{options.count:,} subscriptions, medians of {options.rounds} rounds in turns, {bench.environment()}.\n")
        results = direct(programs, folder, options.count, options.rounds)
        before, now = results["before"], results["now"]
        rows = [[label, show(before[key]), show(now[key]), f"{now[key] / before[key]:.3f}"]
                for label, key, show in [*DIRECT, (f"CPU of each of {SCRAPERS} gzip scrapes in a second", "crowd",
                                                   lambda v: f"{v * 1e3:.2f} ms")]]
        rows.append(["CPU when nothing is due", *(f"{r['idle'] * 100:.3f}%" for r in (before, now)), ""])
        if options.passes:
            bench.say(f"graph, {options.passes} passes")
            costs = bulk(programs, options.simulator, folder, options.count, options.passes,
                         {name: result["idle"] for name, result in results.items()})
            rows.append(["CPU of a pass by Resource Graph with its direct reads, per subscription",
                         *(f"{costs[name] * 1e6:.1f} us" for name in ("before", "now")),
                         f"{costs['now'] / costs['before']:.3f}"])
        print(bench.table(["", "before", "now", "now / before"], rows))


if __name__ == "__main__":
    sys.exit(main())
