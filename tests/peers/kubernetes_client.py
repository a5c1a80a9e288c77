"""Debian's python3-kubernetes against the simulated API server, with a kubeconfig and as in a pod."""
import datetime
import os
import sys
import traceback

from kubernetes import client, config
from kubernetes.config.incluster_config import InClusterConfigLoader

FOLDER = os.environ["PEERS_KUBERNETES"]
NAMESPACE = "defender"
failures = []
passed = 0


def check(body):
    """Runs one check; a failure is shown and counted, and the next check runs all the same."""
    global passed
    try:
        body()
        passed += 1
        print(f"ok      {body.__doc__}")
    except Exception:  # whatever it is
        failures.append(body.__doc__)
        print(f"FAILED  {body.__doc__}\n{traceback.format_exc()}")


def refused(status, reason, action):
    """The message of what must be refused."""
    try:
        action()
    except client.ApiException as error:
        assert error.status == status, error
        assert f'"reason":"{reason}"' in error.body, error.body
        return error.body
    raise AssertionError(f"expected {status} {reason}")


config.load_kube_config(f"{FOLDER}/kubeconfig")
leases = client.CoordinationV1Api()
core = client.CoreV1Api()
now = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.timezone.utc)


def lease(holder):
    # No renewTime: this client writes a time as isoformat() does, without digits that are zero.
    return client.V1Lease(
        metadata=client.V1ObjectMeta(name="by-python"),
        spec=client.V1LeaseSpec(holder_identity=holder, lease_duration_seconds=15,
                                acquire_time=now, lease_transitions=1))


@check
def versions():
    """version: it is 1.32"""
    assert client.VersionApi().get_code().minor == "32"


@check
def makes_a_lease():
    """lease: create and read"""
    leases.create_namespaced_lease(NAMESPACE, lease("a"))
    made = leases.read_namespaced_lease("by-python", NAMESPACE)
    assert made.spec.holder_identity == "a"
    assert made.spec.acquire_time == now, made.spec.acquire_time
    assert made.metadata.uid and made.metadata.resource_version
    assert made.metadata.creation_timestamp.tzinfo is not None


@check
def exists():
    """lease: one that is there is AlreadyExists"""
    refused(409, "AlreadyExists", lambda: leases.create_namespaced_lease(NAMESPACE, lease("b")))


@check
def replaces():
    """lease: replace, and a stale one is a Conflict"""
    mine = leases.read_namespaced_lease("by-python", NAMESPACE)
    other = leases.read_namespaced_lease("by-python", NAMESPACE)
    mine.spec.holder_identity = "b"
    done = leases.replace_namespaced_lease("by-python", NAMESPACE, mine)
    assert done.metadata.resource_version != other.metadata.resource_version
    other.spec.holder_identity = "c"
    body = refused(409, "Conflict",
                   lambda: leases.replace_namespaced_lease("by-python", NAMESPACE, other))
    assert "please apply your changes to the latest version" in body
    assert leases.read_namespaced_lease("by-python", NAMESPACE).spec.holder_identity == "b"


@check
def needs_a_version():
    """lease: a replace without resourceVersion is Invalid"""
    refused(422, "Invalid",
            lambda: leases.replace_namespaced_lease("by-python", NAMESPACE, lease("d")))


@check
def config_maps():
    """configmap: create, list, replace without resourceVersion, conflict, delete"""
    def config_map(data, version=None):
        return client.V1ConfigMap(
            data=data, metadata=client.V1ObjectMeta(name="by-python", resource_version=version))
    made = core.create_namespaced_config_map(NAMESPACE, config_map({"a": "1"}))
    listed = core.list_namespaced_config_map(NAMESPACE)
    assert [item.metadata.name for item in listed.items] == ["by-python"]
    core.replace_namespaced_config_map("by-python", NAMESPACE, config_map({"a": "2"}))
    refused(409, "Conflict", lambda: core.replace_namespaced_config_map(
        "by-python", NAMESPACE, config_map({"a": "3"}, made.metadata.resource_version)))
    read = core.read_namespaced_config_map("by-python", NAMESPACE)
    assert read.data == {"a": "2"}, read.data
    done = core.delete_namespaced_config_map("by-python", NAMESPACE)
    assert done.status == "Success"
    refused(404, "NotFound", lambda: core.read_namespaced_config_map("by-python", NAMESPACE))


@check
def in_a_pod():
    """the files of the service account: as in a pod"""
    host, port = client.Configuration.get_default_copy().host.removeprefix("https://").split(":")
    loader = InClusterConfigLoader(
        token_filename=f"{FOLDER}/token", cert_filename=f"{FOLDER}/ca.crt",
        environ={"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port})
    settings = client.Configuration()
    loader.load_and_set(settings)
    api = client.CoordinationV1Api(client.ApiClient(settings))
    assert api.read_namespaced_lease("by-python", NAMESPACE).spec.holder_identity == "b"
    assert leases.delete_namespaced_lease("by-python", NAMESPACE).status == "Success"


print(f"{passed} passed, {len(failures)} failed")
sys.exit(1 if failures or not passed else 0)
