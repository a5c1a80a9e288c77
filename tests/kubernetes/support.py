"""What the tests of deploy/kubernetes share: building with kubectl or kustomize, and collecting problems."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
COMPONENTS = sorted(path.name for path in (FOLDER / "components").iterdir())
LABELS = {"app.kubernetes.io/name": "defenderd"}
# Not the name that the manifests have, so that one that is spelled out is seen.
NAMESPACE = "security"
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def finish(summary):
    print("\n".join(problems) or summary)
    sys.exit(1 if problems else 0)


def kustomize():
    """The command that builds a folder. Ends the test as skipped without kustomize 5."""
    if shutil.which("kubectl"):
        version = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, check=False).stdout
        tool = ["kubectl", "kustomize"]
    elif shutil.which("kustomize"):
        version = subprocess.run(["kustomize", "version"], capture_output=True, text=True, check=False).stdout
        tool = ["kustomize", "build"]
    else:
        version, tool = "", []
    found = re.search(r"v(\d+)\.\d+\.\d+\s*$", version)
    if not found or int(found[1]) < 5:
        print(f"no kustomize 5 on PATH: {version.strip() or 'neither kubectl nor kustomize'}")
        sys.exit(77)
    return tool


TOOL = kustomize()


def build(folder):
    """The objects of a folder's kustomization; ends the test if it does not build."""
    done = subprocess.run([*TOOL, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(TOOL)} {folder}:\n{done.stderr}")
    return list(yaml.safe_load_all(done.stdout))


def build_overlay(components, **more):
    """The base with the components in this order, and with the ConfigMap that is the user's."""
    with tempfile.TemporaryDirectory() as folder:
        up = os.path.relpath(FOLDER, os.path.realpath(folder))
        (pathlib.Path(folder) / "kustomization.yaml").write_text(json.dumps({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": NAMESPACE,
            "resources": [f"{up}/base"], "components": [f"{up}/components/{name}" for name in components],
            "configMapGenerator": [{"name": "defenderd", "literals": ["defenderd.yaml=", "subscriptions.yaml="],
                                    "options": {"disableNameSuffixHash": True}}], **more}))
        return build(folder)


def by_kind(objects):
    """Every object has the name defenderd, so its kind is enough."""
    found = {item["kind"]: item for item in objects}
    expect(len(found) == len(objects), f"a kind appears twice: {[item['kind'] for item in objects]}")
    return found
