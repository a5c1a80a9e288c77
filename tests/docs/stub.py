#!/usr/bin/env python3
"""Stands for a program that a document calls and that a test must not run: az, kubectl, docker, systemctl and the like.

It fails if an argument is empty or still has a placeholder, if a file that it names is not there, and, as az, if azure-cli
does not know the command or an option. It appends its arguments to $CALLS.
"""
import json
import os
import pathlib
import re
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import az_cli  # pylint: disable=wrong-import-position  # noqa: E402

NAME, ARGUMENTS = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
SOMETHING = "00000000-0000-4000-8000-000000000042"  # what a query of az returns


def fail(problem):
    sys.exit(f"{NAME} {' '.join(ARGUMENTS)}: {problem}")


def check_arguments():
    for argument in ARGUMENTS:
        if not argument.strip():
            fail("an argument is empty: is a variable not set?")
        if re.search(r"<[a-z][\w -]*>|\$\w|\bSCOPE\b", argument):
            fail(f"{argument} still has a placeholder")
        if argument.startswith("@"):
            file = pathlib.Path(argument[1:])
            if not file.exists():
                fail(f"{file} does not exist")
            if "SCOPE" in file.read_text():
                fail(f"{file} still has a placeholder")


def token():
    """Of the simulated Entra, as the user who is logged in."""
    azure = os.environ["AZURE_SIMULATED"]
    form = {"grant_type": "client_credentials", "client_id": os.environ["CLIENT_ID"], "scope": f"{azure}/.default",
            "client_secret": pathlib.Path(os.environ["SECRET_FILE"]).read_text()}
    url = f"{azure}/{os.environ['TENANT_ID']}/oauth2/v2.0/token"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, urllib.parse.urlencode(form).encode(), timeout=30) as answer:
        given = json.load(answer)
    return json.dumps({"accessToken": given["access_token"], "tenant": os.environ["TENANT_ID"], "expiresOn": "2100-01-01 00:00:00"})


def az_answer():
    if ARGUMENTS[:2] == ["account", "get-access-token"]:
        return token()
    if ARGUMENTS[:2] == ["account", "show"]:
        return os.environ["TENANT_ID" if "tenantId" in ARGUMENTS else "SUBSCRIPTION_ID"]
    return SOMETHING


def main():
    check_arguments()
    with open(os.environ["CALLS"], "a", encoding="utf-8") as calls:
        calls.write(json.dumps([NAME, *ARGUMENTS]) + "\n")
    if NAME == "az":
        problem = az_cli.complaint(ARGUMENTS, az_cli.known_commands())
        if problem:
            fail(problem)
        print(az_answer())
    elif NAME in ("jq", "tee") and not sys.stdin.isatty():
        sys.stdin.read()


main()
