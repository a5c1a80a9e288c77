#!/usr/bin/env python3
"""Writes az_commands.yaml anew from an installed azure-cli: the options of the commands that it has already.

    list_az_commands.py AZ [COMMAND...]     COMMAND: one more, such as 'role definition update'

Commands of extensions that are not installed keep their options.
"""
import pathlib
import re
import subprocess
import sys

import yaml

LIST = pathlib.Path(__file__).resolve().parent / "az_commands.yaml"
HEAD = """# The commands of azure-cli that the documents use, and their options. `list_az_commands.py` writes this file;
# those of containerapp, an extension, are from https://learn.microsoft.com/cli/azure/containerapp.
"""


def options_of(az, command):
    """None if azure-cli has no such command."""
    text = subprocess.run([az, *command.split(), "--help"], capture_output=True, text=True, check=False).stdout
    if f"az {command} :" not in text:
        return None
    found = re.findall(r"^    ((?:--?[a-z][\w-]*,? ?)+)(\[Required\])? *:", text, re.M)
    words = {option for options, _ in found for option in options.split()}
    required = sorted(options.split()[0] for options, needed in found if needed)
    return {"options": sorted(words), **({"required": required} if required else {})}


def main():
    known = yaml.safe_load(LIST.read_text()) or {}
    for command in sorted({*known, *sys.argv[2:]}):
        options = options_of(sys.argv[1], command)
        if options is not None:
            known[command] = options
        elif command not in known:
            sys.exit(f"az {command}: there is no such command")
    LIST.write_text(HEAD + yaml.safe_dump(dict(sorted(known.items())), width=130, default_flow_style=None))


main()
