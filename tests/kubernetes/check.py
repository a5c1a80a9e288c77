#!/usr/bin/env python3
"""Builds deploy/kubernetes and checks it against the restricted profile and the program.

With --schema FILE (what `kubectl get --raw /openapi/v2` prints) each object is also held against the
API's own schema, unknown fields refused. Exit code 77 (skipped) without kubectl and kustomize.
"""
import argparse
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
OVERLAY = FOLDER / "overlays/prometheus"
STATE_OVERLAY = FOLDER / "overlays/state"
HA_OVERLAY = FOLDER / "overlays/ha"
# Where every client of the Kubernetes API in a pod finds its credential.
API_FILES = "/var/run/secrets/kubernetes.io/serviceaccount"
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


def check_ha_settings(config, base):
    """Those of config/, with a lease and a journal in the log; returns the lease."""
    expect(config["subscriptions.yaml"] == base["subscriptions.yaml"], "the component has a list of its own")
    settings = yaml.safe_load(config["defenderd.yaml"])
    lease = settings.pop("coordination")["lease"]
    expect(settings.pop("journal") == {"file": "-"}, "the journal is not on standard output")
    expect(settings == yaml.safe_load(base["defenderd.yaml"]),
           "overlays/ha/defenderd.yaml is not config/defenderd.yaml with a lease and a journal")
    return lease


def check_ha_rights(added, lease):
    role, binding = added["Role"], added["RoleBinding"]
    granted = {(group, resource, verb, name) for rule in role["rules"] for group in rule["apiGroups"]
               for resource in rule["resources"] for verb in rule["verbs"]
               for name in rule.get("resourceNames", ["any"])}
    # The API server does not know a new object's name when it authorizes `create`.
    wanted = {(group, resource, verb, "any" if verb == "create" else name)
              for group, resource, name in (("coordination.k8s.io", "leases", lease["name"]),
                                            ("", "configmaps", f"{lease['name']}-state"))
              for verb in ("get", "update", "create")}
    expect(granted == wanted, f"the role grants {granted}, not {wanted}")
    expect(binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                                  "name": role["metadata"]["name"]}
           and binding["subjects"] == [{"kind": "ServiceAccount", "name": "defenderd", "namespace": "defenderd"}],
           "the role is not bound to the pod's service account")
    for item in (role, binding):
        expect(item["metadata"]["namespace"] == lease.get("namespace", "defenderd"),
               f"the {item['kind']} is not in the lease's namespace")


def check_ha_pod(deployment, base):
    """What two replicas need, and apart from that the base's deployment."""
    rest = copy.deepcopy(deployment)
    pod = rest["spec"]["template"]["spec"]
    check_restricted(pod)
    expect(rest["spec"]["replicas"] == 2, "there are not two replicas")
    # A new pod is ready before an old one ends, so that there is always one that can take over.
    expect(rest["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
           "a roll-out leaves too few replicas ready")
    container, = pod["containers"]
    # The leader releases the lease by itself once its last write has ended.
    expect("lifecycle" not in container, "something delays the stop")
    port = container["ports"][0]["containerPort"]
    expect(container.pop("env") == [
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "DEFENDERD_URL", "value": f"http://$(POD_IP):{port}"}], "the replica's own address is not said")
    for constraint in pod.pop("topologySpreadConstraints"):
        expect(constraint["labelSelector"] == {"matchLabels": LABELS}, "it is spread among other pods")
    mount = next(item for item in container["volumeMounts"] if item["mountPath"] == API_FILES)
    volume = next(item for item in pod["volumes"] if item["name"] == mount["name"])
    container["volumeMounts"].remove(mount)
    pod["volumes"].remove(volume)
    files = {name: source for entry in volume["projected"]["sources"] for name, source in entry.items()}
    expect(mount["readOnly"] is True and set(files) == {"serviceAccountToken", "configMap", "downwardAPI"}
           and files["serviceAccountToken"]["path"] == "token"
           and files["serviceAccountToken"]["expirationSeconds"] >= 600
           and "audience" not in files["serviceAccountToken"]
           and files["configMap"] == {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
           and files["downwardAPI"]["items"] == [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}],
           f"{API_FILES} is not what a client of the API expects")
    for key in ("replicas", "strategy"):
        rest["spec"][key] = base["spec"][key]
    expect(rest == base, "the component changes more of the deployment than two replicas need")


def check_ha_overlay(objects, base):
    before = {item["kind"]: item for item in base}
    added = {item["kind"]: item for item in objects if item not in base}
    expect(set(added) == {"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding"}
           and len(objects) == len(base) + 3, f"the overlay with two replicas adds or changes {set(added)}")
    lease = check_ha_settings(added["ConfigMap"]["data"], before["ConfigMap"]["data"])
    check_ha_rights(added, lease)
    check_ha_pod(added["Deployment"], before["Deployment"])
    policy = copy.deepcopy(added["NetworkPolicy"])
    # The base allows 443. Most policies see a connection after it was redirected to where the API server listens.
    expect(policy["spec"]["egress"].pop() == {"ports": [{"port": 6443, "protocol": "TCP"}]}
           and policy == before["NetworkPolicy"], "the API server is not reached on port 6443")
    expect(added["PodDisruptionBudget"]["spec"] == {
        "maxUnavailable": 1, "selector": {"matchLabels": LABELS}, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
           "evictions are not one at a time")


def check_own_overlay(ha_objects):
    """The overlay that deploy/README.md describes: one's own files and image, with both the alerts and the component."""
    readme = (ROOT / "deploy/README.md").read_text()
    component = re.search(r"components: \[<this repository>/(\S+)\]", readme)
    expect(component, "deploy/README.md does not say how to add the component")
    with tempfile.TemporaryDirectory() as folder:
        up = os.path.relpath(ROOT, os.path.realpath(folder))
        for name in ("defenderd.yaml", "subscriptions.yaml"):
            (pathlib.Path(folder) / name).write_text(f"# own {name}\n")
        (pathlib.Path(folder) / "kustomization.yaml").write_text(json.dumps({
            "resources": [f"{up}/deploy/kubernetes/overlays/prometheus"], "components": [f"{up}/{component[1]}"],
            "configMapGenerator": [{"name": "defenderd", "namespace": "defenderd", "behavior": "replace",
                                    "files": ["defenderd.yaml", "subscriptions.yaml"],
                                    "options": {"disableNameSuffixHash": True}}]}))
        objects = build(folder)
    own = next(item for item in objects if item["kind"] == "ConfigMap")
    expect(own["data"]["defenderd.yaml"] == "# own defenderd.yaml\n", "one's own settings are lost")
    expect([item["kind"] for item in ha_objects if item not in objects] == ["ConfigMap"],
           "the component does something else in one's own overlay")


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
ha_objects = build(HA_OVERLAY)
check_ha_overlay(ha_objects, base_objects)
check_own_overlay(ha_objects)
if arguments.schema:
    for built in (overlay_objects, state_objects, ha_objects):
        check_schema(built, arguments.schema)
print("\n".join(problems) or f"{len(overlay_objects)} objects build and agree with the program")
sys.exit(1 if problems else 0)
