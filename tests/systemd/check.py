#!/usr/bin/env python3
"""Checks deploy/systemd with systemd's tools, in a separate root directory, and against the program.

Exit code 77 (skipped) where there is no systemd-analyze.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/systemd/defenderd.service"
# In tenths of systemd's own measure: 0 is locked up, 100 is open. systemd 252 gives the unit 12.
EXPOSURE = "15"
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def make_root(root):
    for folder in ("usr/bin", "bin", "etc", "usr/lib/systemd/system", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d",
                   "var/lib", "run"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for program in ("usr/bin/defenderd", "bin/kill"):
        (root / program).write_text("#!/bin/true\n")
        (root / program).chmod(0o755)
    shutil.copy(UNIT, root / "usr/lib/systemd/system/defenderd.service")
    shutil.copy(ROOT / "deploy/systemd/sysusers.conf", root / "usr/lib/sysusers.d/defenderd.conf")
    shutil.copy(ROOT / "deploy/systemd/tmpfiles.conf", root / "usr/lib/tmpfiles.d/defenderd.conf")
    for target in ("network-online", "multi-user", "sysinit", "basic", "shutdown"):
        (root / f"usr/lib/systemd/system/{target}.target").write_text("[Unit]\nDescription=a target\n")
    (root / "usr/lib/systemd/system/-.slice").write_text("[Slice]\n")


def check_unit(root):
    code, text = run("systemd-analyze", "verify", "--man=no", f"--root={root}", "defenderd.service")
    said = [line for line in text.splitlines() if "defenderd" in line]
    expect(code == 0 and not said, f"systemd-analyze verify:\n{text}")
    code, text = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager",
                     f"--root={root}", "defenderd.service")
    expect(code == 0, f"systemd-analyze security finds it too open:\n{text}")
    level = re.search(r"exposure level for defenderd.service: ([\d.]+)", text)
    expect(level is not None, f"systemd-analyze security reported no level:\n{text}")
    return level[1] if level else "?"


def check_user(root):
    if os.geteuid() != 0:
        return
    code, text = run("systemd-sysusers", f"--root={root}")
    expect(code == 0 and "defenderd" in (root / "etc/passwd").read_text(), f"systemd-sysusers:\n{text}")
    code, text = run("systemd-tmpfiles", "--create", f"--root={root}", "defenderd.conf")
    expect(code == 0, f"systemd-tmpfiles:\n{text}")
    for folder in ("etc/defenderd", "var/lib/defenderd"):
        mode = (root / folder).stat().st_mode & 0o777
        expect(mode == 0o750, f"{folder} has mode {mode:o}")


def check_program():
    unit = UNIT.read_text()
    grace = re.search(r"Duration grace = std::chrono::seconds\((\d+)\)",
                      (ROOT / "daemon/reconcile/controller.h").read_text())
    stop = re.search(r"^TimeoutStopSec=(\d+)s$", unit, re.M)
    expect(grace and stop and int(stop[1]) >= int(grace[1]) + 5,
           "TimeoutStopSec leaves no time for an in-flight write (controller.h: grace)")
    # The program notifies (tests/e2e/service_manager_test.cc); only that, and not what it starts.
    expect("\nType=notify\n" in unit and "\nNotifyAccess=main\n" in unit, "the unit does not wait for READY=1")
    # A stop that takes its full time must not look like a hang.
    watchdog = re.search(r"^WatchdogSec=(\d+)s$", unit, re.M)
    expect(watchdog and stop and int(watchdog[1]) >= int(stop[1]), "WatchdogSec is missing or shorter than a stop")
    # process_start_time_seconds needs /proc/stat, which this would hide.
    expect("ProcSubset=pid" not in unit, "ProcSubset=pid hides what the process metrics need")


if shutil.which("systemd-analyze") is None:
    print("systemd-analyze is not on PATH (Debian: package systemd)")
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    make_root(pathlib.Path(folder))
    exposure = check_unit(folder)
    check_user(pathlib.Path(folder))
check_program()
print("\n".join(problems) or f"the unit is in order; exposure level {exposure}")
sys.exit(1 if problems else 0)
