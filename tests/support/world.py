"""The real programs in a temporary folder: the simulated Azure and a defenderd that manages it, each on a
free port. What runs is ended by stop(). For the tests in Python, as world.mjs is for those in JavaScript.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

PATIENCE = 60
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def guid(number):
    return f"00000000-0000-4000-8000-{number:012}"


def ask(url, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    with DIRECT.open(urllib.request.Request(url, data, method=method), timeout=30) as answer:
        return answer.read().decode()


def until(what, holds):
    """Retries until `holds` returns something true, and returns it. `what` is a text or creates one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s for: {what() if callable(what) else what}")
        time.sleep(0.1)


class World:
    def __init__(self, defenderd, armsim):
        self.defenderd, self.armsim = os.path.abspath(defenderd), os.path.abspath(armsim)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="defenderd-world."))
        self.children = {}

    def write(self, name, content):
        """Replaces it like an editor. JSON is YAML."""
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        (self.folder / f"{name}.new").write_text(text)
        (self.folder / f"{name}.new").rename(self.folder / name)

    def launch(self, name, *command):
        """With its own environment, so that the user's credentials and proxy have no effect."""
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            self.children[name] = subprocess.Popen(  # pylint: disable=consider-using-with
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"]})

    def output(self, name):
        return (self.folder / f"{name}.log").read_text()

    def found(self, name, pattern):
        """What the pattern finds in the output of a program."""
        def look():
            match = re.search(pattern, self.output(name))
            if not match and self.children[name].poll() is not None:
                raise AssertionError(f"{name} has ended")
            return match and match[1]
        return until(f"{name}: {pattern}", look)

    def start_azure(self, subscriptions, *options):
        self.write("secret", "world~not.a.secret")
        self.write("azure.yaml", {"subscriptions": subscriptions})
        self.launch("armsim", self.armsim, "--http", "--listen", "127.0.0.1:0", "--state", "azure.yaml",
                    "--tenant", guid(2), "--client-id", guid(1), "--client-secret-file", "secret",
                    "--behaviour", "write_cool_down=0s", *options)
        self.azure = self.found("armsim", r"(?m)^(http:\S+)")

    def write_settings(self, **settings):
        """defenderd.yaml, with these sections beside the usual ones."""
        self.write("defenderd.yaml", {
            "apiVersion": "defenderd/v1", "kind": "Settings",
            "azure": {"tenantId": guid(2),
                      "auth": {"method": "clientSecret", "clientId": guid(1),
                               "clientSecretFile": str(self.folder / "secret")},
                      "endpoints": {"resourceManager": self.azure, "authority": self.azure},
                      "budget": {"readsPerSecond": 1000, "writesPerSecond": 1000}},
            "server": {"listen": "127.0.0.1:0", "lifecycle": True},
            "log": {"format": "text"}, **settings})

    def start_defenderd(self, **settings):
        """On subscriptions.yaml."""
        self.write_settings(**settings)
        self.launch("defenderd", self.defenderd, "run", "--config", "defenderd.yaml",
                    "--desired", "subscriptions.yaml")
        self.daemon = "http://" + self.found("defenderd", r"listening on (\S+)")

    def declare(self, entries):
        self.write("subscriptions.yaml", {
            "apiVersion": "defenderd/v1", "kind": "DesiredState", "subscriptions": entries,
            "defaults": {"plan": "on", "promptEvidence": "on", "mode": "enforce"}})

    def control(self, what, body):
        ask(f"{self.azure}/_control/{what}", "POST", body)

    def stop(self):
        for child in reversed(self.children.values()):
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
