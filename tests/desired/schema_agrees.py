#!/usr/bin/python3
"""Validates the corpus and the sample files with the JSON Schemas under config/schema.

The reader is tested on the same corpus (corpus_test.cc), so this shows that both agree. A bad file
whose fault no schema can see says so in its .expected: "# schema: silent" must be accepted here,
"# schema: not asked" is not YAML as the reader understands it.

Needs Debian's python3-jsonschema and python3-yaml, hence Debian's own interpreter.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/data/desired"


def loader_with(bools):
    """A loader of YAML 1.2's core schema, but for the words that it takes for booleans."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in [
        ("bool", bools, "tTfFoOyYnN"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        (
            "float",
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)",
            "-+.0123456789",
        ),
    ]:
        Loader.add_implicit_resolver(
            "tag:yaml.org,2002:" + tag, re.compile("^(?:" + pattern + ")$"), list(first)
        )
    Loader.add_constructor(
        "tag:yaml.org,2002:int",
        lambda _, node: int(node.value, 0 if node.value[:2] in ("0o", "0x") else 10),
    )
    Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: number(node.value))
    return Loader


TRUE_FALSE = "true|True|TRUE|false|False|FALSE"
EDITOR = loader_with(TRUE_FALSE)  # on and yes are text
YAML_1_1 = loader_with(TRUE_FALSE + "|on|On|ON|off|Off|OFF|yes|Yes|YES|no|No|NO")


def number(text):
    return float(text.lower().replace(".inf", "inf"))


def validator(name):
    schema = json.loads((ROOT / "config/schema" / name).read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


SETTINGS = validator("settings.schema.json")
DESIRED = validator("desired-state.schema.json")


def faults(case, loader):
    """The schema's errors for the case, one per line."""
    asked = SETTINGS if case.name.startswith("settings_") else DESIRED
    result = []
    for path in sorted(case.iterdir()) if case.is_dir() else [case]:
        try:
            document = yaml.load(path.read_text("utf-8-sig"), loader)
        except yaml.YAMLError as error:
            result.append(f"{path.name}: cannot be loaded: {error}")
            continue
        result += [f"{path.name}: {e.json_path}: {e.message}" for e in asked.iter_errors(document)]
    return result


def mark(case):
    expected = case.parent / (case.stem + ".expected")
    first = expected.read_text("utf-8").split("\n", 1)[0]
    return first[len("# schema: ") :] if first.startswith("# schema: ") else ""


def main():
    wrong = []
    for case in sorted((CORPUS / "good").iterdir()):
        for fault in faults(case, EDITOR) + faults(case, YAML_1_1):
            wrong.append(f"the reader accepts it, the schema does not: {fault}")
    for case in sorted((CORPUS / "bad").iterdir()):
        if case.suffix == ".expected" or mark(case).startswith("not asked"):
            continue
        found = faults(case, EDITOR)
        if mark(case).startswith("silent") and found:
            wrong.append(f"{case.name}: marked as silent, but the schema says: {found[0]}")
        if not mark(case) and not found:
            wrong.append(f"{case.name}: the reader refuses it, the schema does not")
    for sample, asked in [("defenderd.yaml", SETTINGS), ("subscriptions.yaml", DESIRED)]:
        document = yaml.load((ROOT / "config" / sample).read_text("utf-8"), EDITOR)
        wrong += [f"{sample}: {error.message}" for error in asked.iter_errors(document)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
