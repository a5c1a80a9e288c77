#!/usr/bin/env python3
"""Writes the manual page of a configuration file from its JSON schema.

    schema_man.py SCHEMA PAGE VERSION >PAGE.5

PAGE is "defenderd.yaml" or "defenderd-desired". The texts are the descriptions of the schema, which editors show too.
"""

import json
import sys

PAGES = {
    "defenderd.yaml": {
        "name": "settings of defenderd",
        "file": "/etc/defenderd/defenderd.yaml",
        "intro": "The settings control how \\fBdefenderd\\fR(8) works. The file is YAML in UTF-8, and is read again when it "
        "changes. An edit with a problem never takes effect: the last good version stays in force. Every key except "
        "apiVersion and kind has a default. Secrets are never stored here.",
        "kind": "Settings",
        "check": "defenderd check --config",
    },
    "defenderd-desired": {
        "name": "desired state of Azure subscriptions for defenderd",
        "file": "/etc/defenderd/subscriptions.yaml",
        "intro": "The desired state lists the Azure subscriptions that \\fBdefenderd\\fR(8) manages. It is a file, or a "
        "folder of which every *.yaml and *.yml is read. The files are YAML in UTF-8, and are read again when they change. "
        "An edit with a problem never takes effect: the last good version stays in force.",
        "kind": "DesiredState",
        "check": "defenderd check --desired",
    },
}

VALUES = {
    "switch": "on or off",
    "guid": "a GUID",
    "duration": "a duration, such as 1h30m",
    "extensions": "names of extensions, each with on or off",
}


def roff(text):
    """A text of one line that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def reference(node):
    """The name of the definition that a key refers to, or None."""
    for part in [node, *node.get("allOf", []), *node.get("anyOf", [])]:
        if "$ref" in part:
            return part["$ref"].rsplit("/", 1)[1]
    return None


def value_of(node):
    """What a key takes, in a few words; "" for what has keys of its own."""
    name = reference(node)
    if name in VALUES:
        return VALUES[name]
    # The first is how it is usually written.
    first = (node.get("anyOf") or [node])[0]
    if "enum" in first:
        return " or ".join(first["enum"])
    if "const" in first:
        return str(first["const"]).lower() if isinstance(first["const"], bool) else first["const"]
    kind = first.get("type", node.get("type"))
    if kind == "integer":
        return f"{first['minimum']} to {first['maximum']}" if "maximum" in first else "a whole number"
    if kind == "number":
        return "a number"
    if kind == "string":
        return f"a text of at most {node['maxLength']} characters" if "maxLength" in node else "a text"
    if kind == "array":
        return "a list"
    return ""


def keys(prefix, node, lines, definitions):
    """The entries of an object's keys, and of those below them."""
    required = node.get("required", [])
    for key, child in node.get("properties", {}).items():
        path = prefix + key
        lines.append(".TP")
        value = value_of(child)
        lines.append(f"\\fB{roff(path)}\\fR" + (f": {roff(value)}" if value else ""))
        text = child.get("description", "")
        if not text:
            raise SystemExit(f"{path} has no description")
        if key in required:
            text += " Required."
        if "default" in child:
            default = child["default"]
            shown = default if isinstance(default, str) else json.dumps(default)
            text += f" Default: {shown}."
        lines.append(roff(text))
        items = child.get("items", {})
        if reference(items) not in definitions or reference(items) in VALUES:
            keys(path + "[].", items, lines, definitions)
        keys(path + ".", child, lines, definitions)


def same_keys(node, definitions):
    """Whether all keys of an object are those of a subscription: they are listed there."""
    listed = definitions.get("subscription", {}).get("properties", {})
    return bool(node.get("properties")) and all(key in listed for key in node["properties"])


def page(schema, name, version):
    about = PAGES[name]
    definitions = schema.get("definitions", {})
    lines = [
        f'.\\" Written by cmake/schema_man.py from {schema["$id"]}.',
        f'.TH {roff(name).upper()} 5 "" "defenderd {roff(version)}" "File Formats"',
        ".SH NAME",
        f"{roff(name)} \\- {about['name']}",
        ".SH SYNOPSIS",
        f".I {roff(about['file'])}",
        ".SH DESCRIPTION",
        about["intro"],
        ".PP",
        "Unknown keys are errors. These commands validate the file, and print the JSON schema that editors read:",
        ".PP",
        ".RS 4",
        ".EX",
        roff(f"{about['check']} {about['file']}"),
        "defenderd schema " + ("settings" if about["kind"] == "Settings" else "desired"),
        ".EE",
        ".RE",
        ".SH KEYS",
    ]
    top = dict(schema)
    top["properties"] = dict(schema["properties"])
    if same_keys(schema["properties"].get("defaults", {}), definitions):
        shared = schema["properties"]["defaults"]
        words = ", ".join(shared["properties"])
        top["properties"]["defaults"] = {"description": f"{shared['description']} It takes these keys of a subscription: {words}."}
    keys("", top, lines, definitions)
    for title in ("subscription", "scope"):
        if title in definitions:
            lines += [f".SH KEYS OF A {title.upper()}", roff(definitions[title]["description"])]
            keys("", definitions[title], lines, definitions)
    lines += [".SH SEE ALSO", ".BR defenderd (8),"]
    other = "defenderd\\-desired" if name == "defenderd.yaml" else "defenderd.yaml"
    lines.append(f".BR {other} (5)")
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in PAGES:
        raise SystemExit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(page(json.load(file), sys.argv[2], sys.argv[3]))


main()
