#!/usr/bin/env python3
"""Runs what was built for arm64 as a user does, against the simulated Azure.

    program.py DEFENDERD ARMSIM      the built programs, which the kernel starts with qemu
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from world import World, ask, guid, until  # noqa: E402 pylint: disable=wrong-import-position

# Kernels for arm64 have pages of 4, 16 or 64 KiB. The programs cannot be run with the larger ones here: qemu has an option
# for them, but maps less behind a library's data than a kernel does, and the dynamic linker crashes.
LARGEST_PAGE = 64 * 1024


def expect(holds, problem):
    if not holds:
        raise SystemExit(f"failed: {problem}")


def output_of(*command, code=0, **environment):
    done = subprocess.run(command, env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
    expect(done.returncode == code, f"{' '.join(command)} ended with {done.returncode}, not {code}:\n{done.stdout}")
    return done.stdout


def check_pages(defenderd):
    """What a kernel with large pages needs: segments that begin at its pages, and an allocator made for them."""
    header = output_of("readelf", "--file-header", "--program-headers", "--wide", defenderd)
    expect("AArch64" in header, f"{defenderd} is for another processor")
    aligned = [int(align, 16) for align in re.findall(r"(?m)^ +LOAD .* (0x[0-9a-f]+)$", header)]
    expect(aligned and min(aligned) >= LARGEST_PAGE, f"segments are aligned to {aligned}, not to {LARGEST_PAGE}")
    statistics = output_of(defenderd, "version", MALLOC_CONF="stats_print:true")
    page = re.search(r"(?m)^Page size: (\d+)$", statistics)
    expect(page is not None, f"jemalloc does not name its page size:\n{statistics}")
    expect(int(page[1]) >= LARGEST_PAGE, f"jemalloc is built for pages of {page[1]}, and kernels have {LARGEST_PAGE}")


def check_commands(defenderd):
    expect(re.search(r"(?m)^defenderd \d+\.\d+\.\d+ ", output_of(defenderd, "version")), "version")
    expect("Subcommands:" in output_of(defenderd, "--help"), "--help")
    samples = ROOT / "config"
    checked = output_of(defenderd, "check", "--config", str(samples / "defenderd.yaml"),
                        "--desired", str(samples / "subscriptions.yaml"))
    expect("valid: " in checked, f"check says: {checked}")


def corrects_drift(defenderd, armsim):
    """The service finds drift, corrects it, answers, and ends on SIGTERM."""
    world = World(defenderd, armsim)
    try:
        drifted, right = guid(11), guid(12)
        world.start_azure([{"id": drifted, "name": "chat-prod", "plan": "off"},
                           {"id": right, "name": "sandbox", "plan": "on", "extensions": {"AIPromptEvidence": "on"}}])
        world.declare([{"id": drifted, "name": "chat-prod"}, {"id": right, "name": "sandbox"}])
        world.write_settings()
        files = ("--config", str(world.folder / "defenderd.yaml"), "--desired", str(world.folder / "subscriptions.yaml"))
        difference = output_of(defenderd, "diff", *files, code=1)
        expect("chat-prod" in difference and "sandbox" not in difference, f"diff says: {difference}")
        world.start_defenderd()
        in_sync = 'defenderd_subscriptions{state="in_sync"} 2\n'
        until(lambda: "both in sync\n" + world.output("defenderd"), lambda: in_sync in ask(f"{world.daemon}/metrics"))
        ask(f"{world.daemon}/healthz")
        healthy = output_of(defenderd, "healthcheck", "--url", world.daemon)
        expect("healthy: " in healthy, f"healthcheck says: {healthy}")
        expect("in sync" in output_of(defenderd, "diff", *files), "diff still finds drift")
        daemon = world.children["defenderd"]
        daemon.terminate()
        expect(daemon.wait(60) == 0, f"defenderd ended with {daemon.returncode}:\n{world.output('defenderd')}")
    finally:
        world.stop()


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    defenderd, armsim = sys.argv[1:]
    check_pages(defenderd)
    check_commands(defenderd)
    corrects_drift(defenderd, armsim)
    print("defenderd for arm64 corrects drift, and is made for kernels with pages of up to 64 KiB")


main()
