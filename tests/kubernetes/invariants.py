"""What holds for the base with any set of components."""
from support import FOLDER, LABELS, NAMESPACE, expect

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret"}
# Those of the cluster, and those that deploy/kubernetes/README.md leaves to the user.
MADE_BY_THE_CLUSTER = {("ConfigMap", "kube-root-ca.crt")}
MADE_BY_THE_USER = {("Secret", "defenderd-web"), ("Secret", "defenderd-scrape")}
# Kinds that are in the base or added, by the component.
KINDS = {"": {"ConfigMap", "Deployment", "NetworkPolicy", "Service", "ServiceAccount"}, "namespace": {"Namespace"},
         "ha": {"PodDisruptionBudget", "Role", "RoleBinding"}, "journal": {"PersistentVolumeClaim"},
         "prometheus": {"PodMonitor", "PrometheusRule"}, "web-config": set()}


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


def volume_references(pod):
    """(kind, name) of what the pod's volumes come from."""
    for volume in pod["volumes"]:
        for source in [volume, *volume.get("projected", {}).get("sources", [])]:
            if "configMap" in source:
                yield "ConfigMap", source["configMap"]["name"]
            if "secret" in source:
                yield "Secret", source["secret"].get("secretName", source["secret"].get("name"))
            if "persistentVolumeClaim" in source:
                yield "PersistentVolumeClaim", source["persistentVolumeClaim"]["claimName"]


def references(found):
    """(kind, name) of every object that another one names."""
    pod = found["Deployment"]["spec"]["template"]["spec"]
    yield "ServiceAccount", pod["serviceAccountName"]
    yield from volume_references(pod)
    for container in pod["containers"]:
        expect("envFrom" not in container, "references of envFrom are not checked")
        for variable in container.get("env", []):
            expect(set(variable.get("valueFrom", {})) <= {"fieldRef"},
                   f"the source of {variable['name']} is not checked")
    if "RoleBinding" in found:
        yield found["RoleBinding"]["roleRef"]["kind"], found["RoleBinding"]["roleRef"]["name"]
        for subject in found["RoleBinding"]["subjects"]:
            yield subject["kind"], subject["name"]
            expect(subject.get("namespace") == NAMESPACE, "the role is bound to an account of another namespace")
    if "PodMonitor" in found:
        for endpoint in found["PodMonitor"]["spec"]["podMetricsEndpoints"]:
            if "tlsConfig" in endpoint:
                yield "Secret", endpoint["tlsConfig"]["ca"]["secret"]["name"]
            for secret in endpoint.get("basicAuth", {}).values():
                yield "Secret", secret["name"]


def check_references(found):
    named = set(references(found))
    there = {(kind, item["metadata"]["name"]) for kind, item in found.items()}
    expect(named <= there | MADE_BY_THE_CLUSTER | MADE_BY_THE_USER,
           f"nobody makes {named - there - MADE_BY_THE_CLUSTER - MADE_BY_THE_USER}")
    readme = (FOLDER / "README.md").read_text()
    for kind, name in named & MADE_BY_THE_USER:
        expect(f"{kind} `{name}`" in readme, f"README.md does not say that the {kind} {name} is the user's")
    to_be_used = ("ConfigMap", "PersistentVolumeClaim", "Role", "ServiceAccount")
    unused = {entry for entry in there - named if entry[0] in to_be_used}
    expect(not unused, f"nothing uses {unused}")


def check_names(found):
    for kind, item in found.items():
        metadata = item["metadata"]
        if kind == "Namespace":
            expect(metadata["name"] == NAMESPACE, f"the Namespace is {metadata['name']}, not the overlay's")
        else:
            expect(metadata["name"] == "defenderd", f"{kind} has a name of its own")
            expect(metadata.get("namespace") == NAMESPACE, f"{kind} is not in the overlay's namespace")
        if kind != "ConfigMap":
            expect(LABELS.items() <= metadata.get("labels", {}).items(), f"{kind} has not the common label")
        expect(not {"strategy", "scheme"} & set(metadata.get("annotations", {})), f"{kind} keeps a helper's annotation")


def selectors(found):
    """(where, selector) of all that select the pod."""
    deployment = found["Deployment"]["spec"]
    yield "the Deployment", deployment["selector"]
    yield "the Service", {"matchLabels": found["Service"]["spec"]["selector"]}
    yield "the NetworkPolicy", found["NetworkPolicy"]["spec"]["podSelector"]
    for kind in ("PodDisruptionBudget", "PodMonitor"):
        if kind in found:
            yield f"the {kind}", found[kind]["spec"]["selector"]
    for constraint in deployment["template"]["spec"].get("topologySpreadConstraints", []):
        yield "a topologySpreadConstraint", constraint["labelSelector"]


def check_selectors(found):
    template = found["Deployment"]["spec"]["template"]
    expect(LABELS.items() <= template["metadata"]["labels"].items(), "nothing selects the pod")
    for where, selector in selectors(found):
        expect(selector == {"matchLabels": LABELS}, f"{where} selects {selector}")


def check_container(pod):
    container, = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    expect(len(mounts) == len(container["volumeMounts"]) and len(volumes) == len(pod["volumes"])
           and set(mounts.values()) == volumes, f"mounts {mounts} of volumes {volumes}")
    expect(all("subPath" not in mount for mount in container["volumeMounts"]),
           "an edit does not reach a file that is mounted by subPath")
    # Kubernetes expands a variable only in those after it.
    known = set()
    for variable in container.get("env", []):
        for name in known_names(variable.get("value", "")):
            expect(name in known, f"{variable['name']} refers to {name}, which is not before it")
        known.add(variable["name"])
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    port, = container["ports"]
    scheme = container["readinessProbe"]["httpGet"]["scheme"]
    expect(environment["DEFENDERD_URL"] == f"{scheme.lower()}://$(POD_IP):{port['containerPort']}",
           f"DEFENDERD_URL is {environment['DEFENDERD_URL']}, the probes use {scheme}")


def known_names(value):
    return [part.split(")")[0] for part in value.split("$(")[1:]]


def check_scheme(found, components):
    """Whoever asks the port does it with or without TLS."""
    container, = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    scheme = "HTTPS" if "web-config" in components else "HTTP"
    for probe in ("livenessProbe", "readinessProbe"):
        expect(container[probe]["httpGet"]["scheme"] == scheme, f"the {probe} does not use {scheme}")
    port, = found["Service"]["spec"]["ports"]
    expect(port.get("appProtocol", "http") == scheme.lower(), f"the Service's port is not {scheme}")
    if "PodMonitor" in found:
        endpoint, = found["PodMonitor"]["spec"]["podMetricsEndpoints"]
        expect(endpoint.get("scheme", "http") == scheme.lower() and ("tlsConfig" in endpoint) == (scheme == "HTTPS")
               and ("basicAuth" in endpoint) == (scheme == "HTTPS"), f"the PodMonitor does not use {scheme}: {endpoint}")


def check_any(found, components):
    """Holds for each set of components."""
    expected = set().union(KINDS[""], *(KINDS[name] for name in components))
    if "ha" in components:
        expected -= {"PersistentVolumeClaim"}  # it belongs to one node
    expect(set(found) == expected, f"there are {sorted(found)}")
    spec = found["Deployment"]["spec"]
    expect(spec["replicas"] == 2 if "ha" in components else
           spec["replicas"] == 1 and spec["strategy"] == {"type": "Recreate"}, "two processes may work")
    check_names(found)
    check_selectors(found)
    check_restricted(spec["template"]["spec"])
    check_container(spec["template"]["spec"])
    check_scheme(found, components)
    check_references(found)
