#!/usr/bin/env python3
"""Holds deploy/prometheus/rules.yaml against every world of worlds.py with promtool.

check_worlds.py [NAME...]: only the worlds of these names. Exit code 77 (skipped) where there is no promtool.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import worlds

RULES = pathlib.Path(__file__).resolve().parents[2] / "deploy/prometheus/rules.yaml"
# Replicas, series per subscription.
VARIANTS = ((1, "all"), (3, "all"), (2, "different"), (2, "none"))


def cases(names):
    chosen = [world for world in worlds.WORLDS if not names or world.name in names]
    return [worlds.test_case(world, *variant) for world in chosen for variant in VARIANTS]


def main():
    if shutil.which("promtool") is None:
        print("promtool is not on PATH (Debian: package prometheus)")
        sys.exit(77)
    tests = cases(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "worlds.yaml"  # JSON is YAML
        file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": f"{worlds.STEP}m", "tests": tests}))
        done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    print(f"{len(tests)} worlds" if done.returncode == 0 else done.stdout + done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
