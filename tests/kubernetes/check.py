#!/usr/bin/env python3
"""Builds deploy/kubernetes and checks it against the restricted profile and the program.

With --schema FILE (what `kubectl get --raw /openapi/v2` prints) each object is also held against the
API's own schema, unknown fields refused. Exit code 77 (skipped) without kubectl and kustomize.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAY = FOLDER / "overlays/prometheus"
STATE_OVERLAY = FOLDER / "overlays/state"
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret"}
LABELS = {"app.kubernetes.io/name": "defenderd"}
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def build(folder):
    tool = (["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"])
    done = subprocess.run([*tool, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(tool)} {folder}:\n{done.stderr}")
    return list(yaml.safe_load_all(done.stdout))


def check_restricted(pod):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
    security = pod.get("securityContext", {})
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        expect(not pod.get(key), f"the pod has {key}")
    expect(security.get("runAsNonRoot") is True, "the pod may run as root")
    expect(security.get("runAsUser", 0) > 0, "the pod has no numeric user but root")
    expect(security.get("seccompProfile") == {"type": "RuntimeDefault"}, "the pod has no seccomp profile")
    for volume in pod["volumes"]:
        expect(set(volume) - {"name"} <= VOLUMES, f"the volume {volume['name']} is of a refused kind")
    for container in pod["containers"] + pod.get("initContainers", []):
        own, name = container.get("securityContext", {}), container["name"]
        expect(own.get("allowPrivilegeEscalation") is False, f"{name} may gain privileges")
        expect(own.get("readOnlyRootFilesystem") is True, f"{name} can write its root file system")
        expect(own.get("capabilities") == {"drop": ["ALL"]}, f"{name} keeps capabilities")
        expect(not set(own) & {"privileged", "runAsUser", "runAsNonRoot", "seccompProfile", "procMount"},
               f"{name} says otherwise than its pod")
        expect(all("hostPort" not in port for port in container["ports"]), f"{name} has a port of the node")


def check_image(security):
    """What the manifests say about the image; only tests/image builds its Dockerfile."""
    text = (ROOT / "Dockerfile").read_text()
    expect(f"USER {security['runAsUser']}:{security['runAsGroup']}" in text, "the Dockerfile's USER is another")
    expect('ENTRYPOINT ["/usr/bin/defenderd"]' in text, "the image does not start defenderd")
    version = re.search(r"^project\(defenderd VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    expect(f"ARG VERSION={version}\n" in text, f"the Dockerfile's VERSION is not {version}, that of CMakeLists.txt")


def check_program(deployment, config):
    spec, pod = deployment["spec"], deployment["spec"]["template"]["spec"]
    expect(spec["replicas"] == 1 and spec["strategy"] == {"type": "Recreate"}, "two processes may work")
    expect(spec["selector"]["matchLabels"] == LABELS, "the deployment selects other pods")
    grace = re.search(r"Duration grace = std::chrono::seconds\((\d+)\)",
                      (ROOT / "daemon/reconcile/controller.h").read_text())
    expect(grace and pod["terminationGracePeriodSeconds"] >= int(grace[1]) + 5,
           "terminationGracePeriodSeconds leaves no time for an in-flight write (controller.h: grace)")
    container, = pod["containers"]
    port = int(yaml.safe_load(config["defenderd.yaml"])["server"]["listen"].rsplit(":", 1)[1])
    expect(container["ports"] == [{"name": "http", "containerPort": port, "protocol": "TCP"}],
           f"the container's port is not that of server.listen, {port}")
    paths = json.loads((ROOT / "deploy/openapi.json").read_text())["paths"]
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        expect(path in paths, f"the program has no {path}")
        get = container[probe]["httpGet"]
        expect(get == {"path": path, "port": "http"}, f"the {probe} asks {get}")
    check_image(pod["securityContext"])
    mount, = container["volumeMounts"]
    expect("subPath" not in mount, "an edit does not reach a file that is mounted by subPath")
    expect(mount["mountPath"] == "/etc/defenderd" and mount["readOnly"] is True,
           "the configuration is not at /etc/defenderd")
    expect("command" not in container and container["args"] ==
           ["run"] + [f"--{flag}={mount['mountPath']}/{name}"
                      for flag, name in (("config", "defenderd.yaml"), ("desired", "subscriptions.yaml"))],
           f"the container runs {container['args']}, not the image's program")
    volume, = pod["volumes"]
    expect(volume["name"] == mount["name"] and volume["configMap"]["name"] == "defenderd",
           "the mounted volume is not the ConfigMap")
    for name in ("defenderd.yaml", "subscriptions.yaml"):
        expect(config.get(name) == (ROOT / "config" / name).read_text(), f"{name} is not config/{name}")
    return port


def check_base(objects):
    by_kind = {item["kind"]: item for item in objects}
    expect(len(by_kind) == len(objects) == 6, f"the base holds {[item['kind'] for item in objects]}")
    for item in objects:
        expect(item["metadata"]["name"] == "defenderd", f"{item['kind']} has a name of its own")
        expect(item["kind"] == "Namespace" or item["metadata"].get("namespace") == "defenderd",
               f"{item['kind']} is not in the namespace")
    labels = by_kind["Namespace"]["metadata"]["labels"]
    expect(labels.get("pod-security.kubernetes.io/enforce") == "restricted",
           "the namespace does not enforce the restricted profile")
    template = by_kind["Deployment"]["spec"]["template"]
    expect(LABELS.items() <= template["metadata"]["labels"].items(), "nothing selects the pod")
    expect(template["metadata"]["labels"].get("azure.workload.identity/use") == "true"
           and template["spec"]["serviceAccountName"] == by_kind["ServiceAccount"]["metadata"]["name"]
           and "azure.workload.identity/client-id" in by_kind["ServiceAccount"]["metadata"]["annotations"],
           "the pod has no workload identity")
    check_restricted(template["spec"])
    port = check_program(by_kind["Deployment"], by_kind["ConfigMap"]["data"])
    service, policy = by_kind["Service"]["spec"], by_kind["NetworkPolicy"]["spec"]
    expect(service["selector"] == LABELS and service["ports"][0]["targetPort"] == "http",
           "the service does not lead to the pod")
    expect(policy["podSelector"] == {"matchLabels": LABELS}
           and set(policy["policyTypes"]) == {"Ingress", "Egress"}, "the policy does not bind the pod")
    expect(policy["ingress"] == [{"ports": [{"port": port, "protocol": "TCP"}]}], "ingress is not the port's")
    egress = {(str(rule.get("to", "any")), item["port"], item["protocol"])
              for rule in policy["egress"] for item in rule["ports"]}
    imds = str([{"ipBlock": {"cidr": "169.254.169.254/32"}}])
    expect(egress == {("any", 443, "TCP"), ("any", 53, "UDP"), ("any", 53, "TCP"), (imds, 80, "TCP")},
           f"egress is {egress}")


def check_overlay(objects, base):
    expect([item for item in base if item not in objects] == [], "the overlay changes the base")
    added = {item["kind"]: item for item in objects if item not in base}
    expect(set(added) == {"PodMonitor", "PrometheusRule"}, f"the overlay adds {set(added)}")
    expect(added["PrometheusRule"]["spec"] ==
           yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text()),
           "prometheusrule.yaml is not deploy/prometheus/rules.yaml: its first lines say how to renew it")
    monitor = added["PodMonitor"]["spec"]
    endpoint, = monitor["podMetricsEndpoints"]
    expect(monitor["selector"] == {"matchLabels": LABELS} and endpoint["port"] == "http"
           and endpoint["path"] == "/metrics", "the PodMonitor does not scrape the pod")


def check_state_overlay(objects, base):
    added = {item["kind"]: item for item in objects if item not in base}
    expect(set(added) == {"PersistentVolumeClaim", "Deployment"} and len(objects) == len(base) + 1,
           f"the overlay with a volume adds or changes {set(added)}")
    pod = added["Deployment"]["spec"]["template"]["spec"]
    check_restricted(pod)
    container, = pod["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    expect(set(mounts) == {"config", "state"} and mounts["state"]["mountPath"] == "/var/lib/defenderd"
           and not mounts["state"].get("readOnly"), "nothing can be written at /var/lib/defenderd")
    claims = {volume["name"]: volume.get("persistentVolumeClaim") for volume in pod["volumes"]}
    expect(claims["state"] == {"claimName": added["PersistentVolumeClaim"]["metadata"]["name"]},
           "the volume is not the overlay's claim")


def check_schema(objects, path):
    """Kinds that the schema does not know (those of the Prometheus Operator) are named, not checked."""
    definitions = json.loads(pathlib.Path(path).read_text())["definitions"]
    kinds = {}
    for name, definition in definitions.items():
        if "properties" in definition:
            definition.setdefault("additionalProperties", False)
        if definition.get("format") == "int-or-string":
            definition["type"] = ["string", "integer"]
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            key = "/".join(filter(None, (kind["group"], kind["version"])))
            kinds[key, kind["kind"]] = name
    unknown = []
    for item in objects:
        name = kinds.get((item["apiVersion"], item["kind"]))
        if name is None:
            unknown.append(item["kind"])
            continue
        schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
        for error in jsonschema.Draft4Validator(schema).iter_errors(item):
            where = "/".join(map(str, error.absolute_path))
            problems.append(f"{item['kind']} at /{where}: {error.message}")
    print(f"schema: {len(objects) - len(unknown)} objects checked; it does not know {unknown}")


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--schema", metavar="FILE", help="OpenAPI v2 document of a Kubernetes API server")
arguments = parser.parse_args()
if not shutil.which("kubectl") and not shutil.which("kustomize"):
    print("neither kubectl nor kustomize is on PATH")
    sys.exit(77)
base_objects, overlay_objects = build(FOLDER / "base"), build(OVERLAY)
check_base(base_objects)
check_overlay(overlay_objects, base_objects)
state_objects = build(STATE_OVERLAY)
check_state_overlay(state_objects, base_objects)
if arguments.schema:
    check_schema(overlay_objects, arguments.schema)
    check_schema(state_objects, arguments.schema)
print("\n".join(problems) or f"{len(overlay_objects)} objects build and agree with the program")
sys.exit(1 if problems else 0)
