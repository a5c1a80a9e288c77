#!/usr/bin/env python3
"""Checks what deploy/compose.yaml mounts and publishes, and replays its first minute without containers.

    check.py DEFENDERD ARMSIM      the built programs

No engine is needed: the simulator gets the arguments, the files and the secret that its container
would get, `defenderd apply` those of its own, and then everything must be as declared.
"""
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
FOLDER = ROOT / "deploy"
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def mounts(service):
    for volume in service.get("volumes", []):
        source, target, *_ = volume.split(":")
        yield source, pathlib.PurePosixPath(target)


def check_services(services, volumes):
    for name, service in services.items():
        expect(service.get("read_only") is True and service["cap_drop"] == ["ALL"], f"{name} is not hardened")
        expect(re.fullmatch(r"[1-9]\d*:\d+", service["user"]), f"{name} runs as {service['user']}")
        expect(":" in service["image"] or "build" in service, f"{name}: its image has no version")
        for source, target in mounts(service):
            expect(source in volumes or (FOLDER / source).exists(), f"{name} mounts {source}, which is not there")
            expect(source in volumes or f"{source}:{target}:ro" in service["volumes"], f"{name} may write {source}")
        for port in service.get("ports", []):
            expect(port.startswith("127.0.0.1:"), f"{name} opens {port} to the network")
    used = {source for service in services.values() for source, _ in mounts(service)}
    expect(set(volumes) <= used, f"nothing uses the volumes {set(volumes) - used}")


def host_path(service, inside):
    """The local path of a file in the container."""
    for source, target in mounts(service):
        if pathlib.PurePosixPath(inside).is_relative_to(target):
            return str(FOLDER / source / pathlib.PurePosixPath(inside).relative_to(target))
    return inside


def arguments_here(service):
    """The container's arguments with the files of this checkout."""
    result = []
    for argument in service["command"]:
        flag, equals, value = argument.partition("=")
        result.append(flag + equals + host_path(service, value) if equals else argument)
    return result


def check_scrape(services):
    config = yaml.safe_load((FOLDER / "compose/prometheus.yml").read_text())
    target, = config["scrape_configs"][0]["static_configs"][0]["targets"]
    name, port = target.split(":")
    settings = yaml.safe_load((FOLDER / "compose/defenderd/defenderd.yaml").read_text())
    expect(name in services and settings["server"]["listen"].endswith(":" + port), f"nothing listens on {target}")
    files = {host_path(services["prometheus"], f"/etc/prometheus/{name}") for name in config["rule_files"]}
    expect(files == {str(FOLDER / "prometheus/rules.yaml")}, f"the rules are {files}")
    grafana = yaml.safe_load((FOLDER / "compose/grafana/datasources.yaml").read_text())["datasources"][0]
    expect(grafana["url"] == "http://prometheus:9090" and "prometheus" in services, "Grafana asks somebody else")
    boards = yaml.safe_load((FOLDER / "compose/grafana/dashboards.yaml").read_text())["providers"][0]
    for file in (FOLDER / "grafana").glob("*.json"):
        expect(host_path(services["grafana"], f"{boards['options']['path']}/{file.name}") == str(FOLDER / "grafana" / file.name),
               f"{file.name} is not where Grafana looks for it")
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    expect(pathlib.Path(host_path(services["grafana"], home)).is_file(), f"Grafana begins with {home}, which is not there")


def play(services, defenderd, armsim, folder):
    """Starts the simulator as composed, on a free port, and lets defenderd correct the drift."""
    azure, keeper = services["azure"], services["defenderd"]
    listen = next(one for one in azure["command"] if one.startswith("--listen="))
    port = listen.rsplit(":", 1)[1]
    command = [one if one != listen else "--listen=127.0.0.1:0" for one in arguments_here(azure)]
    with subprocess.Popen([armsim, *command], stdout=subprocess.PIPE, text=True) as simulator:
        try:
            url = simulator.stdout.readline().strip()
            settings = pathlib.Path(host_path(keeper, "/etc/defenderd/defenderd.yaml")).read_text()
            expect(f"http://127.0.0.1:{port}" in settings, f"the settings do not ask the simulator on {port}")
            own = pathlib.Path(folder) / "defenderd.yaml"
            own.write_text(settings.replace(f"http://127.0.0.1:{port}", url))
            desired = host_path(keeper, "/etc/defenderd/subscriptions.yaml")
            done = subprocess.run([defenderd, "apply", "--yes", f"--config={own}", f"--desired={desired}", "-o", "json"],
                                  env={"PATH": os.environ["PATH"], **keeper["environment"]},
                                  capture_output=True, text=True, check=False, timeout=60)
            # One subscription is only observed, and stays as it is.
            expect(done.returncode == 1, f"apply ended with {done.returncode}: {done.stdout}{done.stderr}")
            summary = json.loads(done.stdout)["summary"]
            expect(summary["notObserved"] == 0 and summary["changesFailed"] == 0 and summary["differ"] == 1
                   and summary["changesApplied"] >= 3, f"apply came to {summary}")
        finally:
            simulator.terminate()


document = yaml.safe_load((FOLDER / "compose.yaml").read_text())
check_services(document["services"], document["volumes"])
check_scrape(document["services"])
if shutil.which("promtool"):
    with tempfile.TemporaryDirectory() as place:
        for source in ("compose/prometheus.yml", "prometheus/rules.yaml"):
            shutil.copy(FOLDER / source, place)
        checked = subprocess.run(["promtool", "check", "config", f"{place}/prometheus.yml"], capture_output=True,
                                 text=True, check=False)
        expect(checked.returncode == 0, f"promtool check config:\n{checked.stdout}{checked.stderr}")
with tempfile.TemporaryDirectory() as place:
    play(document["services"], sys.argv[1], sys.argv[2], place)
print("\n".join(problems) or "compose.yaml mounts what is there, and its defenderd corrects what drifted")
sys.exit(1 if problems else 0)
