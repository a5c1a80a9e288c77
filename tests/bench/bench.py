#!/usr/bin/env python3
"""All measurements on this machine, as Markdown: see run."""

import argparse
import os
import platform
import resource
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import graph
import peers
from daemon import Daemon, write_desired
from world import Nginx, Simulator, make_certificates, subscription, wait_for

WORKERS = 16  # the daemon's own default; the peers get as many connections
INTERVAL = 300  # poll.interval's default, in seconds
LATENCY = "100ms"
LATENT_WORKERS = 64
MIB = 1024 * 1024


def say(text):
    print(text, file=sys.stderr, flush=True)


def us(seconds):
    return f"{seconds * 1e6:.1f}" if seconds < 1e-4 else f"{seconds * 1e6:.0f}"


def ms(seconds):
    return f"{seconds * 1e3:.1f}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def whole_sweep(daemon, requests_so_far, count):
    """One sweep: seconds of CPU and of the wall. The pause lets the budget's burst fill up again."""
    time.sleep(1.3)
    before, cpu, start = requests_so_far(), daemon.cpu(), time.monotonic()
    daemon.get("/-/reconcile", method="POST")
    wait_for("a sweep", lambda: requests_so_far() - before > count, 900, pause=0.01 if count < 5000 else 0.05)
    wall = time.monotonic() - start
    time.sleep(0.1)  # the last answers are judged
    return daemon.cpu() - cpu, wall


def measure_reload(daemon, count):
    """Seconds of CPU, and from an edit of ten entries until it is in force."""
    runs = []
    for run in range(4):
        cpu, start = daemon.cpu(), time.monotonic()
        before = daemon.status()["config"]["desiredHash"]
        write_desired(daemon.desired, count, changed=10 if run % 2 == 0 else 0)
        start = time.monotonic()
        daemon.get("/-/reload", method="POST", timeout=300)
        wait_for("a reload", lambda: daemon.status()["config"]["desiredHash"] != before, 300, pause=0.02)
        wall = time.monotonic() - start
        time.sleep(0.3)
        runs.append((daemon.cpu() - cpu, wall))
    return peers.median(runs)


# All scrapes within a second share one text of the metrics.
SHARED_FOR = 1.1


def measure_scrape(daemon, encoding):
    runs = []
    for _ in range(6):
        time.sleep(SHARED_FOR)
        cpu = daemon.cpu()
        size = len(daemon.get("/metrics", headers={"Accept-Encoding": encoding}, timeout=300))
        time.sleep(0.05)
        runs.append((daemon.cpu() - cpu, size))
    return peers.median(runs[1:])


def against_nginx(program, folder, arm, count, idle_seconds):
    say(f"nginx, {count} subscriptions")
    daemon = Daemon(program, folder, arm, count, WORKERS)
    try:
        result = {"start": daemon.wait_ready()}
        before = daemon_reads(daemon)
        sweeps = [whole_sweep(daemon, arm.requests, count) for _ in range(5)]
        result["requests"] = (daemon_reads(daemon) - before) / len(sweeps)
        result["cpu"], result["wall"] = (value / count for value in peers.median(sweeps))
        result["scrape"], result["scrape_size"] = measure_scrape(daemon, "identity")
        result["gzip"], result["gzip_size"] = measure_scrape(daemon, "gzip")
        result["reload"], result["reload_wall"] = measure_reload(daemon, count)
        whole_sweep(daemon, arm.requests, count)
        time.sleep(1)
        result["idle"] = statistics.median(idle(daemon, idle_seconds / 5) for _ in range(5))
        result["rss"], result["peak"] = daemon.memory()
        return result
    finally:
        daemon.stop()


def idle(daemon, seconds):
    """The share of a core that it takes when nothing is due."""
    cpu = daemon.cpu()
    time.sleep(seconds)
    return (daemon.cpu() - cpu) / seconds


def daemon_reads(daemon):
    """GET requests of plans that were answered, as the daemon counts them."""
    name = 'defenderd_arm_requests_total{operation="read",code="200"}'
    other = 'defenderd_arm_requests_total{code="200",operation="read"}'
    for line in daemon.get("/metrics", timeout=300).decode().splitlines():
        if line.startswith((name, other)):
            return float(line.rpartition(" ")[2])
    raise RuntimeError("no count of requests in /metrics")


def against_simulator(program, simulator_program, folder, count):
    """Sweeps with the latency of a real ARM, and how long a drift lasts once it is checked for."""
    say(f"simulator with {LATENCY}, {count} subscriptions")
    arm = Simulator(simulator_program, folder, count, LATENCY)
    daemon = Daemon(program, folder, arm, count, LATENT_WORKERS, simulated=True)
    try:
        result = {"start": daemon.wait_ready()}
        sweeps = []
        for _ in range(3):
            time.sleep(1.5)
            sweeps.append(daemon.sweep())
        result["cpu"], result["wall"] = (value / count for value in peers.median(sweeps))
        result["corrected"] = statistics.median(drift(daemon, arm, n) for n in range(min(count, 5)))
        return result
    finally:
        daemon.stop()
        arm.stop()


def drift(daemon, arm, n):
    """Switches a plan off outside the daemon; seconds from the check until it is on again."""
    state = f"{arm.url}/_control/subscriptions/{subscription(n)}"
    arm.control("POST", state, {"plan": "off"})
    start = time.monotonic()
    daemon.get(f"/-/reconcile?subscription={subscription(n)}", method="POST")
    wait_for("a correction", lambda: arm.control("GET", state)["plan"] == "on", 60, pause=0.01)
    return time.monotonic() - start


def environment():
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    system = next((line.partition("=")[2].strip('"') for line in Path("/etc/os-release").read_text().splitlines()
                   if line.startswith("PRETTY_NAME=")), platform.system())
    load = os.getloadavg()[0]
    return f"{time.strftime('%Y-%m-%d')}, {system}, {os.cpu_count()} x {model}, load {load:.1f} at the start"


def sweep_rows(results, others, limit):
    rows = []
    for count, result in results.items():
        rows.append([f"defenderd, {count:,} subscriptions", us(result["cpu"]), us(result["wall"]),
                     f"{result['cpu'] / limit:.1f}"])
    for name, figures in others:
        if figures is None:
            rows.append([name, "not installed", "", ""])
        else:
            rows.append([name, us(figures[0]), us(figures[1]), f"{figures[0] / limit:.1f}"])
    return rows


def size_rows(results):
    lines = [
        ("CPU of a sweep, per subscription", lambda r: us(r["cpu"]) + " us"),
        ("resident, steady", lambda r: f"{r['rss'] / MIB:.1f} MiB"),
        ("resident, peak of start, sweeps, scrapes and reloads", lambda r: f"{r['peak'] / MIB:.1f} MiB"),
        ("CPU of a scrape", lambda r: ms(r["scrape"]) + " ms"),
        ("its size", lambda r: f"{r['scrape_size'] / 1e6:.2f} MB"),
        ("CPU of a scrape with gzip", lambda r: ms(r["gzip"]) + " ms"),
        ("CPU of a reload that changes 10", lambda r: ms(r["reload"]) + " ms"),
        ("from the edit until it is in force, asked for by POST /-/reload", lambda r: ms(r["reload_wall"]) + " ms"),
        ("start to the end of the first sweep", lambda r: f"{r['start']:.2f} s"),
        ("CPU when nothing is due", lambda r: f"{r['idle'] * 100:.3f}% of a core"),
        ("requests of a sweep", lambda r: f"{r['requests']:,.0f}"),
        (f"requests an hour at {INTERVAL // 60} minutes", lambda r: f"{r['requests'] * 3600 / INTERVAL:,.0f}"),
    ]
    return [[name, *(line(result) for result in results.values())] for name, line in lines]


def growth_rows(results):
    """By what each figure grows where N grows tenfold."""
    counts = list(results)
    rows = []
    for name, key in (("CPU of a sweep", "cpu"), ("resident, steady", "rss"), ("resident, peak", "peak"),
                      ("scrape", "scrape"), ("reload", "reload"), ("start", "start")):
        cells = []
        for low, high in zip(counts, counts[1:]):
            factor = results[high][key] / results[low][key]
            if key == "cpu":  # it is per subscription
                factor *= high / low
            cells.append(f"x {factor:.1f}")
        rows.append([name, *cells])
    return rows


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--program", required=True)
    parser.add_argument("--simulator", required=True)
    parser.add_argument("--full", action="store_true", help="100,000 subscriptions too")
    parser.add_argument("--quick", action="store_true", help="100 and 1,000 only, to try the command out")
    options = parser.parse_args()
    # Ended from outside, it still takes down what it started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    counts = [100, 1000] if options.quick else [100, 1000, 10_000] + ([100_000] if options.full else [])
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    with tempfile.TemporaryDirectory(prefix="defenderd-bench-") as name:
        folder = Path(name)
        print(f"Measured {environment()}.\n")
        make_certificates(folder)
        arm = Nginx(folder)
        try:
            say("wrk")
            limits = [peers.wrk(folder, arm, runs=2)]
            direct = {count: against_nginx(options.program, folder, arm, count, 20) for count in counts}
            limits.append(peers.wrk(folder, arm, runs=2))
            limit = statistics.median(cpu for cpu, _ in limits)
            say("peers")
            others = [
                ("wrk, the limit of one request each", peers.median(limits)),
                ("Node, @azure/arm-security, one client for all", peers.node(arm, 5000, WORKERS)),
                ("Node, a client per subscription (how the SDK is made)", peers.node(arm, 2000, WORKERS, True)),
                ("one curl --parallel (reads nothing of the answers)", peers.curl_parallel(folder, arm, 2000, WORKERS)),
                ("xargs curl", peers.curl_xargs(folder, arm, 200, WORKERS)),
            ]
        finally:
            arm.stop()
        print("Against nginx over TLS, keep-alive, 16 at a time:\n")
        print(table(["", "CPU us each", "wall us each", "x wrk's CPU"], sweep_rows(direct, others, limit)), "\n")
        node = next((figures for name, figures in others if name.startswith("Node") and figures), None)
        largest = max(count for count in counts if count <= 10_000)
        print(f"Of {largest:,}: {direct[largest]['cpu'] / limit:.2f} times wrk's CPU", end="")
        print(f", {node[0] / direct[largest]['cpu']:.1f} times less than Node's.\n" if node else ".\n")
        heads = [f"{count:,}" for count in counts]
        print(table(["subscriptions", *heads], size_rows(direct)), "\n")
        if len(counts) > 1:
            print("Growth where N grows tenfold:\n")
            print(table(["", *(f"{a} to {b}" for a, b in zip(heads, heads[1:]))], growth_rows(direct)), "\n")

        bulk, alone = graph.measure(options.program, options.simulator, folder, counts,
                                    {count: direct[count]["idle"] for count in counts}, say)
        print("With poll.strategy: resourceGraph, against the simulator over TLS, nothing drifted, each subscription "
              f"read directly once in {graph.FULL} passes:\n")
        print(table(["subscriptions", "CPU us each, of a pass with its direct reads", "x wrk's CPU",
                     "queries", "direct reads", "N/300 + N/12",
                     f"requests an hour at {INTERVAL // 60} minutes", "wall of the queries"],
                    graph.rows(bulk, limit, INTERVAL)), "\n")
        print(f"Of {largest:,}: {alone['cpu'] * 1e6:.1f} us or {alone['cpu'] / limit:.2f} times wrk's CPU for what the "
              f"graph shows, {bulk[largest]['cpu'] / limit:.2f} times with the direct reads that lie between two "
              "passes.\n")

        latent = {count: against_simulator(options.program, options.simulator, folder, count)
                  for count in counts if count <= 10_000}
        print(f"Against the simulator, {LATENCY} for each answer, {LATENT_WORKERS} workers:\n")
        print(table(["subscriptions", "CPU us each", "wall of a sweep", "start to first sweep done",
                     "drift to corrected, once looked for"],
                    [[f"{count:,}", us(r["cpu"]), f"{r['wall'] * count:.2f} s", f"{r['start']:.2f} s",
                      f"{r['corrected']:.2f} s"] for count, r in latent.items()]))


if __name__ == "__main__":
    main()
