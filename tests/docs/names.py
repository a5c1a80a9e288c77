#!/usr/bin/env python3
"""Fails on a name in a document that the program does not know: a key of the settings or of the desired state, an option,
a metric, an alert, an event of the log, a reason, a path of the API, a variable of the environment.

    names.py DEFENDERD

Blocks of YAML that are settings or a desired state are given to `defenderd check`, parts of them with the rest added.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import az_cli
from documents import ROOT, blocks, documents_for_users, line_of, name_of, prose

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
# What looks like one of ours and is somebody else's: Kubernetes, Prometheus, Azure, Debian and the protocols.
FOREIGN_KEYS = {"automountServiceAccountToken", "scrape_interval", "for", "runbook_url", "rule_files", "isEnabled", "pricingTier",
                "reason", "kind", "apiVersion", "newTag", "images", "location", "name", "role", "scope", "area", "withheld", "release"}
FOREIGN_COMMANDS = {"observer"}  # the name of a role
FOREIGN_OPTIONS = {"--init", "--image", "--build-arg", "--target", "--arm64", "--browser", "--peers", "--soak", "--fuzz", "--all", "--e2e",
                   "--once", "--ha", "--schema", "--no-analyzer", "--previous", "--as", "--subscription", "--preset"}
FOREIGN_WORDS = {"ConfigMap", "PodMonitor", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount", "OpenMetrics", "GitHub",
                 "PrometheusRule", "ServiceMonitor", "PascalCase", "CamelCase", "AzureCloud", "AzureUSGovernment",
                 "AzureChinaCloud", "CognitiveServices", "AIServices", "AssignableScopes", "ReadOnlyDisabledSubscription",
                 "DesiredState", "DesiredDiff", "FullyCovered", "PartiallyCovered", "NotCovered", "PastDue", "LoadCredential",
                 "TimeoutStopSec", "OutOfMemory", "DeployIfNotExists", "AuditIfNotExists", "ImagePullBackOff"}


def spans(text):
    """The code in a text that is no block, with its position."""
    for match in re.finditer(r"(?<!`)`([^`\n]+)`(?!`)", prose(text)):
        yield match[1], match.start()


class Names:
    """What the program knows."""

    def __init__(self):
        schemas = [json.loads((ROOT / f"config/schema/{name}.schema.json").read_text()) for name in ("settings", "desired-state")]
        self.settings, self.desired = (self.paths_of(schema, schema) for schema in schemas)
        self.paths = self.settings | self.desired | {path.split(".", 1)[1] for path in self.desired if "." in path}
        self.roots = {path.split(".")[0] for path in self.paths}
        self.words = {word for path in self.paths for word in path.split(".")}
        self.metrics = set(re.findall(r"^\| `(defenderd_\w+)`", self.text("deploy/prometheus/metrics.md"), re.M))
        rules = self.text("deploy/prometheus/rules.yaml") + self.parts("deploy/prometheus/rules", "*.yaml")
        self.records = set(re.findall(r"record: (\S+)", rules))
        self.alerts = set(re.findall(r"alert: (\w+)", rules))
        self.events = set(re.findall(r"^\| `(\w+)`", self.text("deploy/logs.md"), re.M))
        api = json.loads(self.text("deploy/openapi.json"))
        self.endpoints = set(api["paths"])
        self.reasons = set(self.listed(api))
        self.sources = self.parts("daemon", "*.cc") + self.parts("daemon", "*.h")
        self.az = az_cli.known_commands()
        self.options = {}
        for command in re.findall(r"^  ([a-z]+) {2,}", self.help().split("ubcommands:")[1], re.M):
            self.options[command] = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", self.help(command)))

    @staticmethod
    def help(*command):
        return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True).stdout

    @staticmethod
    def text(path):
        return (ROOT / path).read_text()

    @staticmethod
    def parts(folder, pattern):
        return "".join(path.read_text() for path in sorted((ROOT / folder).rglob(pattern)))

    @classmethod
    def paths_of(cls, schema, root, prefix=""):
        """The keys below a schema, with dots between them."""
        found = set()
        if "$ref" in schema:
            target = root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            found |= cls.paths_of(target, root, prefix)
        for key, inner in schema.get("properties", {}).items():
            found.add(prefix + key)
            if isinstance(inner, dict):
                found |= cls.paths_of(inner, root, f"{prefix}{key}.")
        for inner in [schema.get("items"), *schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
            if isinstance(inner, dict):
                found |= cls.paths_of(inner, root, prefix)
        return found

    @classmethod
    def listed(cls, value):
        """Every value of an enumeration below."""
        if isinstance(value, dict):
            yield from (word for word in value.get("enum", []) if isinstance(word, str))
            value = value.values()
        if not isinstance(value, (str, int, float, type(None))):
            for inner in value:
                yield from cls.listed(inner)


def unknown_key(span, names):
    """The path of a key that the program does not know, or None."""
    found = re.match(r"([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)*)(?:: .+|)$", span)
    if not found:
        return None
    path, first = found[1], found[1].split(".")[0]
    if "." in path:
        is_file = re.search(r"\.(json|yaml|md|py|cc|h|damaged)$", path)
        return None if is_file or first not in names.roots or path in names.paths else path
    if ": " not in span or first in FOREIGN_KEYS:
        return None
    if first not in names.words:
        return path
    try:
        value = yaml.safe_load(span)
    except yaml.YAMLError:
        return None  # a part of a line, such as `subscriptions: [...]`
    return next((key for key in keys_in(value) if key not in names.words | FOREIGN_KEYS), None)


def keys_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            if key not in ("tags", "extensions"):
                yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def unknown_options(command, names):
    """Of `defenderd COMMAND ...` as typed."""
    words = re.split(r"\s+", re.split(r"\s[|#>;]|\s&&", command)[0])
    if len(words) < 2 or not re.fullmatch(r"[a-z]+", words[1]):
        return []
    if words[1] not in names.options:
        return [words[1]] if words[1] not in FOREIGN_COMMANDS else []
    return [word.split("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)
            and word.split("=")[0] not in names.options[words[1]] and not re.match(r"--?h(elp)?$", word)]


def unknown_in_span(span, names):
    key = unknown_key(span, names)
    if key:
        yield f"the key {key}"
    if span.startswith("defenderd "):
        yield from (f"defenderd {span.split()[1]} {option}" for option in unknown_options(span, names))
    if span.startswith("az ") and re.match(r"az [a-z]", span):
        problem = az_cli.complaint(span.split()[1:], names.az, whole=False)
        if problem:
            yield f"{span}: {problem}"
    all_options = set().union(*names.options.values()) | FOREIGN_OPTIONS
    if span.startswith("--") and re.split(r"[ =]", span)[0] not in all_options:
        yield f"the option {span}"
    if re.fullmatch(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+", span) and span not in names.reasons | FOREIGN_WORDS | names.alerts:
        yield f"the reason {span}"
    for path in re.findall(r"(/api/v1/\w+|/-/\w+)", span):
        if path not in names.endpoints and f"/-/{path}" not in names.endpoints:
            yield f"the path {path}"


def unknown_in_text(text, names):
    """With its position."""
    for match in re.finditer(r"\b(?:job\w*:)?defenderd_[a-z]\w*(?::\w+)?", text):
        metric = re.sub(r"_(bucket|sum|count)$", "", match[0])
        if not {match[0], metric} & (names.metrics | names.records) and not text[match.end():].startswith(("*", ".")):
            yield f"the metric {match[0]}", match.start()
    for match in re.finditer(r"\bDefenderd[A-Z]\w+", text):
        if match[0] not in names.alerts:
            yield f"the alert {match[0]}", match.start()
    for match in re.finditer(r"\b(?:event (`\w+`)|events ((?:`\w+`(?:, | and )?)+))", text):
        for event in re.findall(r"`(\w+)`", match[1] or match[2]):
            if event not in names.events:
                yield f"the event {event}", match.start()
    for match in re.finditer(r"\b(?:AZURE|DEFENDERD)_[A-Z_]*[A-Z]\b", text):
        if match[0] not in names.sources and not re.search(rf"\b{match[0]}(=|: )", text) and not text[match.end():].startswith("_*"):
            yield f"the variable {match[0]}", match.start()


HEADS = {"settings": ("apiVersion: defenderd/v1\nkind: Settings\n", "--config"),
         "desired": ("apiVersion: defenderd/v1\nkind: DesiredState\n", "--desired")}


def completed(block):
    """What kind of file a block of YAML is, and its text as a whole file; None if it is somebody else's."""
    value = yaml.safe_load(block.text)
    if not isinstance(value, dict):
        return None
    keys = set(value)
    if value.get("apiVersion") == "defenderd/v1":
        return {"Settings": "settings", "DesiredState": "desired"}[value["kind"]], block.text
    if keys <= {"poll", "azure", "safety", "findings", "server", "journal", "state", "log", "coordination"}:
        return "settings", HEADS["settings"][0] + block.text
    if keys <= {"defaults", "subscriptions", "scopes"}:
        text = HEADS["desired"][0] + block.text
        if "defaults" not in keys:
            text += "defaults: {plan: on, mode: observe}\n"
        if not keys & {"subscriptions", "scopes"}:
            text += "scopes: [{allVisible: true, plan: on, mode: observe}]\n"
        return "desired", text
    return None


def complaint_about(block):
    """Of `defenderd check`, or None."""
    whole = completed(block)
    if whole is None:
        return None
    kind, text = whole
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{kind}.yaml"
        path.write_text(text)
        done = subprocess.run([PROGRAM, "check", HEADS[kind][1], str(path)], capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else done.stderr.replace(str(path), kind)


def problems_of(path, names):
    text, name = path.read_text(), name_of(path)
    for span, position in spans(text):
        for what in unknown_in_span(span, names):
            yield f"{name}:{line_of(text, position)}: the program does not know {what}"
    for what, position in unknown_in_text(text, names):
        yield f"{name}:{line_of(text, position)}: the program does not know {what}"
    for block in blocks(text):
        if block.language == "yaml":
            try:
                complaint = complaint_about(block)
            except yaml.YAMLError as error:
                complaint = str(error)
            if complaint:
                yield f"{name}:{block.line}: {complaint}"
        if block.language == "sh":
            joined = block.text.replace("\\\n", " ")
            for command in re.findall(r"(?:^|[;&|(]|-- )\s*(defenderd [^\n]*)", joined, re.M):
                for option in unknown_options(command, names):
                    yield f"{name}:{block.line}: the program does not know {option} in: {command}"


def main():
    names = Names()
    for what, found, least in (("keys", names.paths, 100), ("metrics", names.metrics, 60), ("alerts", names.alerts, 20),
                               ("events", names.events, 30), ("reasons", names.reasons, 30), ("commands", names.options, 10)):
        if len(found) < least:
            sys.exit(f"found only {len(found)} {what}")
    problems = [problem for path in documents_for_users() for problem in problems_of(path, names)]
    print("\n".join(problems) or "the program knows every name in the documents")
    sys.exit(bool(problems))


main()
