#!/usr/bin/env python3
"""Writes az_commands.yaml from an installed azure-cli.

    list_az_commands.py AZ               the commands that are in the list, anew
    list_az_commands.py AZ COMMAND...    these, such as 'role definition update'

Commands that it does not have keep their options, and options that were added by hand are written again by hand.
"""
import pathlib
import re
import subprocess
import sys

import yaml

LIST = pathlib.Path(__file__).resolve().parent / "az_commands.yaml"


def options_of(az, command):
    """None if azure-cli has no such command."""
    text = subprocess.run([az, *command.split(), "--help"], capture_output=True, text=True, check=False).stdout
    if f"az {command} :" not in text:
        return None
    found = re.findall(r"^    ((?:--?[a-z][\w-]* ?)+?) *(?:\[Preview\] *|\[Experimental\] *)?(\[Required\])? *:", text, re.M)
    words = {option for options, _ in found for option in options.split()}
    required = sorted(options.split()[0] for options, needed in found if needed)
    return {"options": sorted(words), **({"required": required} if required else {})}


def main():
    text = LIST.read_text()
    known = yaml.safe_load(text) or {}
    head = re.match(r"(?:#.*\n)*", text)[0]
    for command in sorted(sys.argv[2:] or known):
        options = options_of(sys.argv[1], command)
        if options is not None:
            known[command] = options
        elif command not in known:
            sys.exit(f"az {command}: there is no such command")
    LIST.write_text(head + yaml.safe_dump(dict(sorted(known.items())), width=130, default_flow_style=None))


main()
