"""Replicas of the real program on the simulated Azure and the simulated API server of Kubernetes."""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from world import World, ask, guid  # noqa: E402 pylint: disable=wrong-import-position

PATIENCE = 60


def soon(what, holds, patience=PATIENCE):
    """Like until(), every ten milliseconds."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s for: {what}")
        time.sleep(0.01)


def is_ready(address):
    try:
        return ask(f"{address}/readyz")
    except OSError:
        return False


class Replicas(World):
    def start_fleet(self, count, **plan):
        self.start_azure([{"id": guid(1000 + n), "name": f"sub-{n}", "tenant": guid(2), **plan}
                          for n in range(count)])
        self.declare([{"id": guid(1000 + n), "name": f"sub-{n}"} for n in range(count)])

    def start_cluster(self, kubesim, **settings):
        (self.folder / "cluster").mkdir()
        self.launch("kubesim", str(pathlib.Path(kubesim).resolve()), "--folder", "cluster")
        url = self.found("kubesim", r"(?m)^(https:\S+)")
        cluster = self.folder / "cluster"
        self.write_settings(
            coordination={"lease": {"namespace": "defender"},
                          "kubernetes": {"server": url, "caFile": str(cluster / "ca.crt"),
                                         "tokenFile": str(cluster / "token")}}, **settings)

    def start(self, name):
        self.launch(name, self.defenderd, "run", "--config", "defenderd.yaml",
                    "--desired", "subscriptions.yaml")
        return "http://" + self.found(name, r"listening on (\S+)")

    def leads(self, address):
        return "\ndefenderd_leader 1\n" in ask(f"{address}/metrics")

    def is_on(self, subscription):
        return '"plan":"on"' in ask(f"{self.azure}/_control/subscriptions/{subscription}")

    def switch_off(self, subscription):
        self.control(f"subscriptions/{subscription}", {"plan": "off"})

    def state_saves(self):
        """How often the ConfigMap was written, as the API server counts it, and the bytes of the last time."""
        control = (self.folder / "cluster/control_url").read_text().strip()
        bodies = [request["body"] for request in json.loads(ask(f"{control}/requests"))["requests"]
                  if request["resource"] == "configmaps" and request["verb"] in ("create", "update")]
        return len(bodies), len(bodies[-1])
