"""What users would run instead, and the limit: each asks the same ARM for N pricings and is measured
by what its process costs. Returns CPU and wall seconds per request."""

import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

from world import TOKEN, target

HERE = Path(__file__).resolve().parent


def measured(command, count, **more):
    """Runs it to its end; `count` may be a function of its output."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True, **more)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    requests = count(done.stdout) if callable(count) else count
    return cpu / requests, wall / requests


def median(runs):
    return tuple(statistics.median(values) for values in zip(*runs))


def wrk(folder, arm, seconds=3, runs=3, connections=16):
    script = folder / "wrk.lua"
    script.write_text(f'wrk.headers["Authorization"] = "Bearer {TOKEN}"\n'
                      f'wrk.headers["Accept"] = "application/json"\n'
                      f'wrk.path = "{target(1)}"\n')

    def requests(output):
        return int(next(line.split()[0] for line in output.splitlines() if " requests in " in line))

    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), arm.url]
    return median([measured(command, requests) for _ in range(runs)])


def node(arm, count, concurrency=16, client_each=False):
    """npm's @azure/arm-security of tests/peers; its own view of its CPU, without starting up."""
    if not (HERE.parent / "peers" / "node_modules" / "@azure" / "arm-security").is_dir():
        return None
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(arm.ca), "BENCH_URL": arm.url, "BENCH_TOKEN": TOKEN,
                   "BENCH_COUNT": str(count), "BENCH_CONCURRENCY": str(concurrency),
                   "BENCH_CLIENT_EACH": "yes" if client_each else ""}
    # Beside the packages, where Node looks for them.
    script = (HERE / "node_sdk.mjs").read_text()
    done = subprocess.run(["node", "--input-type=module", "-"], input=script, cwd=HERE.parent / "peers",
                          env=environment, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["cpu"], answer["wall"]


def _curl_file(folder, arm, count):
    config = folder / "curl.config"
    with config.open("w") as out:
        out.write(f'silent\nfail\ncacert = "{arm.ca}"\nheader = "Authorization: Bearer {TOKEN}"\n')
        for n in range(count):
            out.write(f'url = "{arm.url}{target(n)}"\noutput = /dev/null\n')
    return config


def curl_parallel(folder, arm, count, concurrency=16):
    config = _curl_file(folder, arm, count)
    return measured(["curl", "--parallel", "--parallel-max", str(concurrency), "-K", str(config)], count)


def curl_xargs(folder, arm, count, concurrency=16):
    headers = folder / "headers"
    headers.write_text(f"Authorization: Bearer {TOKEN}\n")
    urls = "\n".join(f"{arm.url}{target(n)}" for n in range(count))
    command = ["xargs", f"-P{concurrency}", "-n1", "curl", "-sf", "-o", "/dev/null", "--cacert", str(arm.ca),
               "-H", f"@{headers}"]
    return measured(command, count, input=urls)
