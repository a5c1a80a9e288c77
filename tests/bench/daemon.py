"""A defenderd under measurement: its files, its process, and what it costs."""

import json
import subprocess
import time
from pathlib import Path

from world import PER_TENANT, TOKEN, fetch, free_port, stop, subscription, tenant, wait_for


def write_desired(path, count, changed=0, per_tenant=PER_TENANT):
    """`changed`: so many of the first entries have another reason than in the file before."""
    new = path.with_suffix(".new")
    with new.open("w") as out:
        out.write("apiVersion: defenderd/v1\nkind: DesiredState\n"
                  "defaults: {plan: on, promptEvidence: on, mode: enforce}\nsubscriptions:\n")
        for n in range(count):
            out.write(f"  - id: {subscription(n)}\n    name: team-{n % 97}-service-{n}\n"
                      f"    tenantId: {tenant(n, per_tenant)}\n    owner: team {n % 97}\n")
            if n < changed:
                out.write("    reason: changed by the benchmark\n")
    new.rename(path)


def settings(url, ca, port, auth, poll):
    return (f"apiVersion: defenderd/v1\nkind: Settings\n"
            f"poll: {{{poll}}}\n"
            f"azure:\n  tenantId: {tenant(0)}\n  auth: {auth}\n"
            f"  endpoints: {{resourceManager: '{url}', authority: '{url}', caFile: '{ca}'}}\n"
            f"  budget: {{readsPerSecond: 1000, writesPerSecond: 1000}}\n"
            f"server: {{listen: '127.0.0.1:{port}', lifecycle: on}}\n")


class Daemon:
    def __init__(self, program, folder, arm, count, workers=16, interval="1h", simulated=False, poll="",
                 per_tenant=PER_TENANT):
        self.count = count
        self.port = free_port()
        self.desired = Path(folder) / "desired.yaml"
        write_desired(self.desired, count, per_tenant=per_tenant)
        token = Path(folder) / "token"
        token.write_text(TOKEN)
        auth = "{method: clientSecret}" if simulated else f"{{method: tokenFile, tokenFile: '{token}'}}"
        config = Path(folder) / "settings.yaml"
        keys = f"interval: {interval}, workers: {workers}" + (f", {poll}" if poll else "")
        config.write_text(settings(arm.url, arm.ca, self.port, auth, keys))
        # The simulator's defaults.
        environment = {"AZURE_CLIENT_ID": "b5d1c4a0-0000-4000-8000-9f6d1c2e3a4b",
                       "AZURE_CLIENT_SECRET": "Sim~not.a.secret-8Q~+/=&%"} if simulated else {}
        # A file that was written within the last moments takes effect later, see daemon/desired/at_rest.h.
        time.sleep(0.3)
        self.started = time.monotonic()
        self.log = (Path(folder) / "defenderd.log").open("w")
        self.process = subprocess.Popen(
            [program, "run", "--config", str(config), "--desired", str(self.desired)],
            stdout=self.log, stderr=self.log, env={"PATH": "/usr/bin:/bin", **environment})
        self._clock = (~self.process.pid << 3) | 2  # the process's CPU clock, see clock_getcpuclockid

    def cpu(self):
        """Seconds of CPU so far, to the nanosecond."""
        return time.clock_gettime(self._clock)

    def memory(self):
        """(resident now, most so far) in bytes."""
        values = {}
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                values[key] = int(value.split()[0]) * 1024
        return values["VmRSS"], values["VmHWM"]

    def get(self, path, **more):
        return fetch(f"http://127.0.0.1:{self.port}{path}", **more)

    def status(self):
        return json.loads(self.get("/api/v1/status"))

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"defenderd ended with {self.process.returncode}: see its log")
        try:
            self.get("/readyz")
            return True
        except OSError:
            return False

    def wait_ready(self, seconds=600):
        """Seconds from the start to the end of the first sweep."""
        wait_for("the first sweep", self.is_ready, seconds)
        return time.monotonic() - self.started

    def sweep(self, seconds=600):
        """One whole sweep now: (CPU seconds, wall seconds)."""
        before = self.status()["lastSweep"]
        cpu, start = self.cpu(), time.monotonic()
        self.get("/-/reconcile", method="POST")
        wait_for("a sweep", lambda: self.status()["lastSweep"] != before, seconds, pause=0.05)
        return self.cpu() - cpu, time.monotonic() - start

    def stop(self):
        stop(self.process)
        self.log.close()
