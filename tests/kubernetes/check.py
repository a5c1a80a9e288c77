#!/usr/bin/env python3
"""Builds deploy/kubernetes with every set of components, and checks it against the restricted profile and the program.

With --schema FILE (what `kubectl get --raw /openapi/v2` prints) each object is also held against the
API's own schema, unknown fields refused. Exit code 77 (skipped) without kustomize 5.
"""
import argparse
import concurrent.futures
import copy
import itertools
import json
import os
import pathlib
import re

import jsonschema
import yaml
from invariants import KINDS, check_any
from support import COMPONENTS, FOLDER, LABELS, NAMESPACE, ROOT, build, build_overlay, by_kind, expect, finish, problems

# Where every client of the Kubernetes API in a pod finds its credential.
API_FILES = "/var/run/secrets/kubernetes.io/serviceaccount"
# The components that an object depends on. Of any other kind, it is the one that adds it.
CHANGED_BY = {"Deployment": {"ha", "journal", "web-config"}, "NetworkPolicy": {"ha"}, "Service": {"web-config"},
              "PodMonitor": {"prometheus", "web-config"}}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def check_image(security):
    """What the manifests say about the image; only tests/image builds its Dockerfile."""
    text = (ROOT / "Dockerfile").read_text()
    expect(f"USER {security['runAsUser']}:{security['runAsGroup']}" in text, "the Dockerfile's USER is another")
    expect('ENTRYPOINT ["/usr/bin/defenderd"]' in text, "the image does not start defenderd")
    version = re.search(r"^project\(defenderd VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    expect(f"ARG VERSION={version}\n" in text, f"the Dockerfile's VERSION is not {version}, that of CMakeLists.txt")


def check_program(deployment):
    pod = deployment["spec"]["template"]["spec"]
    grace = re.search(r"Duration grace = std::chrono::seconds\((\d+)\)",
                      (ROOT / "daemon/reconcile/controller.h").read_text())
    expect(grace and pod["terminationGracePeriodSeconds"] >= int(grace[1]) + 5,
           "terminationGracePeriodSeconds leaves no time for an in-flight write (controller.h: grace)")
    container, = pod["containers"]
    settings = yaml.safe_load((ROOT / "config/defenderd.yaml").read_text())
    port = int(settings["server"]["listen"].rsplit(":", 1)[1])
    expect(container["ports"] == [{"name": "http", "containerPort": port, "protocol": "TCP"}],
           f"the container's port is not that of server.listen, {port}")
    paths = json.loads((ROOT / "deploy/openapi.json").read_text())["paths"]
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        expect(path in paths, f"the program has no {path}")
        get = container[probe]["httpGet"]
        expect(get == {"path": path, "port": "http", "scheme": "HTTP"}, f"the {probe} asks {get}")
    check_image(pod["securityContext"])
    mount, = container["volumeMounts"]
    expect(mount["mountPath"] == "/etc/defenderd" and mount["readOnly"] is True,
           "the configuration is not at /etc/defenderd")
    expect("command" not in container and container["args"] ==
           ["run"] + [f"--{flag}={mount['mountPath']}/{name}"
                      for flag, name in (("config", "defenderd.yaml"), ("desired", "subscriptions.yaml"))],
           f"the container runs {container['args']}, not the image's program")
    volume, = pod["volumes"]
    expect(volume["name"] == mount["name"] and volume["configMap"] == {"name": "defenderd"},
           "the mounted volume is not the ConfigMap")
    expect([item["name"] for item in container["env"]] == ["POD_IP", "DEFENDERD_URL"]
           and container["env"][0]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}},
           "the pod's own address is not said")
    return port


def check_base(base):
    """What the base grants and leaves to the user."""
    template = base["Deployment"]["spec"]["template"]
    expect(template["metadata"]["labels"].get("azure.workload.identity/use") == "true",
           "the pod has no workload identity")
    expect("annotations" not in base["ServiceAccount"]["metadata"], "the base has somebody's identity")
    expect(template["spec"]["automountServiceAccountToken"] is False
           and base["ServiceAccount"]["automountServiceAccountToken"] is False, "the pod has a token of the cluster")
    image = template["spec"]["containers"][0]["image"]
    expect(image == "defenderd", f"the base has somebody's image, {image}")
    port = check_program(base["Deployment"])
    service, policy = base["Service"]["spec"], base["NetworkPolicy"]["spec"]
    expect(service["ports"][0]["targetPort"] == "http" and service["ports"][0]["port"] == port,
           "the service does not lead to the pod")
    expect(set(policy["policyTypes"]) == {"Ingress", "Egress"}, "the policy does not bind both directions")
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    expect(policy["ingress"] == [{"from": [monitoring], "ports": [{"port": port, "protocol": "TCP"}]}],
           "others than monitoring are admitted")
    egress = {(str(rule.get("to", "any")), item["port"], item["protocol"])
              for rule in policy["egress"] for item in rule["ports"]}
    imds = str([{"ipBlock": {"cidr": "169.254.169.254/32"}}])
    expect(egress == {("any", 443, "TCP"), ("any", 53, "UDP"), ("any", 53, "TCP"), (imds, 80, "TCP")},
           f"egress is {egress}")


def take(pod, path):
    """Removes what is mounted at this path from the pod; returns the mount and the volume."""
    container, = pod["containers"]
    mount = next(item for item in container["volumeMounts"] if item["mountPath"] == path)
    volume = next(item for item in pod["volumes"] if item["name"] == mount["name"])
    container["volumeMounts"].remove(mount)
    pod["volumes"].remove(volume)
    return mount, volume


def check_namespace(found, _):
    labels = found["Namespace"]["metadata"]["labels"]
    expect(labels.get("pod-security.kubernetes.io/enforce") == "restricted",
           "the namespace does not enforce the restricted profile")
    check_kept(found["Namespace"])


def check_kept(item):
    """The journal is a record, so a pipeline does not delete what contains it."""
    annotations = item["metadata"]["annotations"]
    expect(annotations.get("kustomize.toolkit.fluxcd.io/prune") == "disabled", f"Flux prunes the {item['kind']}")
    expect(annotations.get("argocd.argoproj.io/sync-options") == "Prune=false,Delete=false",
           f"Argo CD prunes the {item['kind']}")


def check_prometheus(found, _):
    expect(found["PrometheusRule"]["spec"] == yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text()),
           "prometheusrule.yaml is not deploy/prometheus/rules.yaml: its first lines say how to renew it")
    endpoint, = found["PodMonitor"]["spec"]["podMetricsEndpoints"]
    expect(endpoint["port"] == "http" and endpoint["path"] == "/metrics", "the PodMonitor does not scrape the pod")
    for kind in ("PodMonitor", "PrometheusRule"):
        expect(found[kind]["metadata"]["labels"] == {**LABELS, "release": "kube-prometheus-stack"},
               f"kube-prometheus-stack does not select the {kind}")


def check_journal(found, base):
    rest = copy.deepcopy(found["Deployment"])
    mount, volume = take(rest["spec"]["template"]["spec"], "/var/lib/defenderd")
    expect(not mount.get("readOnly"), "nothing can be written at /var/lib/defenderd")
    expect(volume.get("persistentVolumeClaim") == {"claimName": "defenderd"}, "the volume is not the component's claim")
    expect(rest == base["Deployment"], "the component changes more of the deployment than its volume")
    check_kept(found["PersistentVolumeClaim"])


def check_web_config(found, base):
    rest = copy.deepcopy(found["Deployment"])
    mount, volume = take(rest["spec"]["template"]["spec"], "/etc/defenderd/web")
    expect(mount["readOnly"] is True and volume["secret"] == {"secretName": "defenderd-web", "defaultMode": 0o440},
           f"the secret is mounted as {mount}, {volume}")
    container, = rest["spec"]["template"]["spec"]["containers"]
    for probe in ("livenessProbe", "readinessProbe"):
        container[probe]["httpGet"]["scheme"] = "HTTP"
    for variable in container["env"]:
        if variable["name"] == "DEFENDERD_URL":
            variable["value"] = variable["value"].replace("https:", "http:")
    expect(rest == base["Deployment"], "the component changes more of the deployment than TLS needs")


def check_ha_rights(found):
    lease = "defenderd"  # the default of coordination.lease.name
    granted = {(group, resource, verb, name) for rule in found["Role"]["rules"] for group in rule["apiGroups"]
               for resource in rule["resources"] for verb in rule["verbs"]
               for name in rule.get("resourceNames", ["any"])}
    # The API server does not know a new object's name when it authorizes `create`.
    wanted = {(group, resource, verb, "any" if verb == "create" else name)
              for group, resource, name in (("coordination.k8s.io", "leases", lease),
                                            ("", "configmaps", f"{lease}-state"))
              for verb in ("get", "update", "create")}
    expect(granted == wanted, f"the role grants {granted}, not {wanted}")
    expect(found["RoleBinding"]["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io", "the role is not bound")


def check_ha(found, base):
    """What two replicas need, and apart from that the base's deployment."""
    check_ha_rights(found)
    rest = copy.deepcopy(found["Deployment"])
    pod = rest["spec"]["template"]["spec"]
    # A new pod is ready before an old one ends, so that there is always one that can take over.
    expect(rest["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
           "a roll-out leaves too few replicas ready")
    # The leader releases the lease by itself once its last write has ended.
    expect("lifecycle" not in pod["containers"][0], "something delays the stop")
    expect(pod.pop("topologySpreadConstraints"), "the replicas are not spread")
    mount, volume = take(pod, API_FILES)
    files = {name: source for entry in volume["projected"]["sources"] for name, source in entry.items()}
    expect(mount["readOnly"] is True and set(files) == {"serviceAccountToken", "configMap", "downwardAPI"}
           and files["serviceAccountToken"]["path"] == "token"
           and files["serviceAccountToken"]["expirationSeconds"] >= 600
           and "audience" not in files["serviceAccountToken"]
           and files["configMap"] == {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
           and files["downwardAPI"]["items"] == [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}],
           f"{API_FILES} is not what a client of the API expects")
    for key in ("replicas", "strategy"):
        rest["spec"][key] = base["Deployment"]["spec"][key]
    expect(rest == base["Deployment"], "the component changes more of the deployment than two replicas need")
    policy = copy.deepcopy(found["NetworkPolicy"])
    # The base allows 443. Most policies see a connection after it was redirected to where the API server listens.
    expect(policy["spec"]["egress"].pop() == {"ports": [{"port": 6443, "protocol": "TCP"}]}
           and policy == base["NetworkPolicy"], "the API server is not reached on port 6443")
    expect(found["PodDisruptionBudget"]["spec"] == {
        "maxUnavailable": 1, "selector": {"matchLabels": LABELS}, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
           "evictions are not one at a time")


def in_order(item):
    """The object without the order of its mounts and volumes, which means nothing."""
    if item["kind"] == "Deployment":
        item = copy.deepcopy(item)
        pod = item["spec"]["template"]["spec"]
        for listed in (pod["volumes"], pod["containers"][0]["volumeMounts"]):
            listed.sort(key=json.dumps)
    return item


def check_together(built, components):
    """A component does beside others what it does without them."""
    for kind, item in built[components].items():
        changed_by = CHANGED_BY.get(kind) or {name for name in COMPONENTS if kind in KINDS[name]}
        fewer = tuple(name for name in components if name in changed_by)
        expect(item == built[fewer][kind], f"the {kind} is another than with {', '.join(fewer) or 'the base'} alone")


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
    print(f"schema: {len(objects) - len(unknown)} objects checked; it does not know {sorted(set(unknown))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", metavar="FILE", help="OpenAPI v2 document of a Kubernetes API server")
    arguments = parser.parse_args()
    expect(set(COMPONENTS) == set(KINDS) - {""}, f"the components are {COMPONENTS}")
    subsets = [names for size in range(len(COMPONENTS) + 1) for names in itertools.combinations(COMPONENTS, size)]
    reverse = [names[::-1] for names in subsets if len(names) == 2] + [tuple(COMPONENTS[::-1])]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        built = dict(zip(subsets + reverse, map(by_kind, pool.map(build_overlay, subsets + reverse))))
    base = built[()]
    check_base(base)
    expect(all("namespace" not in item["metadata"] for item in build(FOLDER / "base")), "the base chooses a namespace")
    for name, check in (("ha", check_ha), ("journal", check_journal), ("namespace", check_namespace),
                        ("prometheus", check_prometheus), ("web-config", check_web_config)):
        check(built[name,], base)
    for names in subsets:
        before = len(problems)
        check_any(built[names], names)
        check_together(built, names)
        expect(not GUID.search(json.dumps(built[names])), "there is a GUID, which can only be somebody's")
        problems[before:] = [f"{', '.join(names) or 'the base'}: {problem}" for problem in problems[before:]]
    for names in reverse:
        one, other = ([in_order(item) for item in built[listed].values()] for listed in (names, names[::-1]))
        expect(one == other, f"the order of {', '.join(names)} matters")
    if arguments.schema:
        distinct = {json.dumps(item, sort_keys=True) for found in built.values() for item in found.values()}
        check_schema([json.loads(text) for text in sorted(distinct)], arguments.schema)
    finish(f"{len(subsets)} sets of components, in {len(built)} orders, build in {NAMESPACE} and agree with the program")


if __name__ == "__main__":
    main()
