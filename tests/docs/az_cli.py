"""What azure-cli knows, as az_commands.yaml lists it."""
import pathlib
import re

import yaml

LIST = pathlib.Path(__file__).resolve().parent / "az_commands.yaml"


def known_commands():
    return yaml.safe_load(LIST.read_text())


def complaint(words, known, whole=True):
    """About the arguments of az, or None. Where a sentence names a command, not `whole`, required options may be missing."""
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    command = " ".join(words[:first])
    if command not in known:
        return f"azure-cli has no command {command}, or az_commands.yaml has to name it"
    unknown = [word for word in words[first:] if re.match(r"--[a-z]|-[a-z]$", word)
               and word.split("=")[0] not in known[command]["options"]]
    if unknown:
        return f"az {command} has no option {unknown[0]}"
    missing = [option for option in known[command].get("required", []) if option not in words]
    return f"az {command} needs {', '.join(missing)}" if missing and whole else None
