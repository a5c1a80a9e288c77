#!/usr/bin/env python3
"""Does what deploy/kubernetes/README.md prints: its overlay and patches are built, its commands run.

kubectl's commands that need a cluster are sent to a port where nothing listens: they fail because of that, and not
because kubectl does not understand them. Exit code 77 (skipped) without kubectl and its kustomize 5.
"""
import copy
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import yaml
from support import COMPONENTS, FOLDER, ROOT, build, by_kind, expect, finish

README = (FOLDER / "README.md").read_text()
PASSWORD = "correct horse"


def blocks():
    return [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", README, re.M | re.S)]


def commands():
    return re.findall(r"^    (\S.*)$", re.sub(r"^```.*?^```$", "", README, flags=re.M | re.S), re.M)


class User:
    """A folder like that of a user who follows the page."""

    def __init__(self, folder, port):
        self.folder = pathlib.Path(folder)
        self.server = f"http://127.0.0.1:{port}"
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "KUBECONFIG": os.devnull}
        self.secrets = {}

    def shell(self, command):
        command = command.replace("<this repository>", str(ROOT))
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def run(self, command):
        if " create secret " in command:
            done = self.shell(f"{command} --dry-run=client -o yaml")
            secret = yaml.safe_load(done.stdout) if done.returncode == 0 else {"metadata": {"name": ""}, "data": {}}
            self.secrets[secret["metadata"]["name"]] = set(secret["data"])
        elif command.startswith("kubectl ") and command != "kubectl kustomize .":
            done = self.shell(command.replace("kubectl ", f"kubectl --server={self.server} ", 1))
            expect("refused" in done.stderr and done.returncode != 0, f"{command}: {done.stderr or done.stdout}")
            return
        else:
            done = self.shell(command)
        expect(done.returncode == 0, f"{command}: {done.stderr}")


def check_overlay(user):
    found = by_kind(build(user.folder))
    expect(all(item["metadata"].get("namespace") == "defenderd" for kind, item in found.items() if kind != "Namespace"),
           "the overlay's objects are not in its namespace")
    expect(found["Namespace"]["metadata"]["name"] == "defenderd", "the overlay has another Namespace")
    container, = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    version = re.search(r"^project\(defenderd VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    expect(container["image"] == f"registry.example.com/defenderd:{version}",
           f"the overlay's image is {container['image']}")
    for name in ("defenderd.yaml", "subscriptions.yaml"):
        expect(found["ConfigMap"]["data"][name] == (user.folder / name).read_text(), f"{name} is not the user's")
    expect(found["ServiceAccount"]["metadata"]["annotations"] == {"azure.workload.identity/client-id": "<client id>"},
           "the client id is not the user's")
    return found


def check_release(before, after):
    for kind in ("PodMonitor", "PrometheusRule"):
        expect(after[kind]["metadata"]["labels"]["release"] == "<your release>",
               f"the {kind} has the label of another release")


def admitted(found):
    """The namespaces that may connect."""
    rule, = found["NetworkPolicy"]["spec"]["ingress"]
    return [source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for source in rule["from"]]


def check_managed_prometheus(before, after):
    expect(after["PodMonitor"]["apiVersion"] == "azmonitoring.coreos.com/v1" and "PrometheusRule" not in after
           and after["PodMonitor"]["spec"] == before["PodMonitor"]["spec"], "the PodMonitor is not Azure Monitor's")
    expect(admitted(after) == ["kube-system"], f"{admitted(after)} are admitted")


def check_ingress(before, after):
    expect(admitted(after) == admitted(before) + ["ingress-nginx"], f"{admitted(after)} are admitted")


def check_priority(before, after):
    after["Deployment"]["spec"]["template"]["spec"].pop("priorityClassName")
    expect(after == before, "the priority changes something else")


def check_two_secrets(before, after):
    volumes = {item["name"]: item for item in after["Deployment"]["spec"]["template"]["spec"]["volumes"]}
    sources = [item["secret"]["name"] for item in volumes["web-config"].get("projected", {}).get("sources", [])]
    expect(set(volumes["web-config"]) == {"name", "projected"}
           and sources == ["defenderd-web", "<cert-manager's secret>"], f"the volume is {volumes['web-config']}")


PATCHES = {"<your release>": check_release, "azmonitoring": check_managed_prometheus, "ingress-nginx": check_ingress,
           "priorityClassName": check_priority, "cert-manager's": check_two_secrets}


def check_patches(user, overlay, patches):
    """Each is added to the overlay, which has web-config as well because one is about it."""
    def built(more):
        document = copy.deepcopy(overlay)
        document["components"].append("upstream/components/web-config")
        document["patches"] += more
        (user.folder / "kustomization.yaml").write_text(yaml.safe_dump(document))
        return by_kind(build(user.folder))
    before = built([])
    for phrase, check in PATCHES.items():
        block, = [patch for patch in patches if phrase in str(patch)]
        check(before, built(block["patches"]))
    expect(len(patches) == len(PATCHES), f"of {len(patches)} patches, {len(PATCHES)} are checked")
    return before


def check_secrets(user, found):
    """The Secrets that the page's commands make have the keys that the manifests read."""
    endpoint, = found["PodMonitor"]["spec"]["podMetricsEndpoints"]
    ca, basic = endpoint["tlsConfig"]["ca"]["secret"], endpoint["basicAuth"]
    expect(user.secrets == {"defenderd-web": {"web-config.yaml", "tls.crt", "tls.key"},
                            "defenderd-scrape": {ca["key"], basic["username"]["key"], basic["password"]["key"]}},
           f"the secrets are {user.secrets}")
    names = user.shell("openssl x509 -in tls.crt -noout -ext subjectAltName").stdout
    expect(f"DNS:{endpoint['tlsConfig']['serverName']}\n" in names, f"the certificate is for {names}")


def check_examples():
    source, flux = yaml.safe_load_all((FOLDER / "examples/flux/defenderd.yaml").read_text())
    argo = yaml.safe_load((FOLDER / "examples/argocd/defenderd.yaml").read_text())
    expect(flux["spec"]["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
           and flux["metadata"]["namespace"] == source["metadata"]["namespace"], "Flux's source is another")
    expect(source["spec"]["url"] == argo["spec"]["source"]["repoURL"]
           and flux["spec"]["path"] == f"./{argo['spec']['source']['path']}", "the examples apply different folders")
    expect(flux["spec"]["wait"] and "healthChecks" not in flux["spec"], "Flux does not wait for every object")
    # Argo CD hands its destination to objects without a namespace only.
    expect(argo["spec"]["destination"]["namespace"] == "defenderd",
           "Argo CD's destination is not the overlay's namespace")


def main():
    if not shutil.which("kubectl"):
        print("kubectl is not on PATH")
        sys.exit(77)
    for name in COMPONENTS:
        expect(f"| `{name}` |" in README, f"the table of components has no {name}")
    refused = re.search(r"neither AZURE_CLIENT_ID [^`]*", README)[0]
    expect(refused in (ROOT / "daemon/app/credential_maker.cc").read_text(), f"the program does not say: {refused}")
    overlay, *others = blocks()
    web_config, = [block for block in others if "patches" not in block]
    with tempfile.TemporaryDirectory() as folder, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        user = User(folder, nobody.getsockname()[1])
        for name in ("defenderd.yaml", "subscriptions.yaml"):
            shutil.copy(ROOT / "config" / name, folder)
        for name, content in (("kustomization.yaml", overlay), ("web-config.yaml", web_config), ("password", PASSWORD)):
            (user.folder / name).write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        for command in commands():
            user.run(command)
        check_overlay(user)
        check_secrets(user, check_patches(user, overlay, [block for block in others if "patches" in block]))
    check_examples()
    finish(f"{len(commands())} commands, the overlay and {len(PATCHES)} patches of the README work")


if __name__ == "__main__":
    main()
