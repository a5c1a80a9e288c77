#!/usr/bin/env python3
"""Follows docs/getting-started.md to the letter against the simulated Azure: every command and every file as printed.

    getting_started.py DEFENDERD ARMSIM

What it adds to the settings is in guide.py, and an interval of 30 s in place of 5 minutes.
"""
import json
import pathlib
import re
import sys
import urllib.error

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from documents import blocks  # pylint: disable=wrong-import-position  # noqa: E402
from guide import Failed, Guide  # pylint: disable=wrong-import-position  # noqa: E402
from world import World, ask, guid, until  # pylint: disable=wrong-import-position  # noqa: E402

TEXT = (ROOT / "docs/getting-started.md").read_text()
TENANT = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"
PILOTS = ["6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11", "5a1f4a1c-8f9b-4a0e-b7b3-9b8c6d7e5f33"]
CLIENT_FILES = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22"
TEST, PRODUCTION = [guid(n) for n in range(1001, 1098)], [guid(n) for n in range(2001, 2201)]
SECTIONS = dict(zip(["", "one", "many"], re.split(r"^## ", TEXT, flags=re.M)))


def expect(holds, problem):
    if not holds:
        raise AssertionError(problem)


class Reader:
    """Somebody who does what the document says, section by section."""

    def __init__(self, world, tenant, subscription=""):
        self.world = world
        self.guide = Guide(world, {"poll": {"interval": "30s"}}, tenant, subscription)
        self.done = []

    def follow(self, text):
        for block in blocks(text):
            if block.language == "yaml":
                self.guide.write_block(block)
            elif block.language == "sh":
                self.guide.run(block)
                self.done.append(block.text)
        return self.guide.output

    def plans(self):
        """Whether the plan and the evidence are on, by subscription."""
        found = json.loads(ask(f"{self.world.azure}/_control/subscriptions"))
        return {one["id"]: (one["plan"], one["extensions"].get("AIPromptEvidence")) for one in found["subscriptions"]}

    def written(self):
        """The subscriptions that were written, in the order of their first write."""
        found = json.loads(ask(f"{self.world.azure}/_control/requests?operation=write"))
        return list(dict.fromkeys(one["subscription"] for one in found["requests"]))

    def is_ready(self):
        try:
            return ask(self.guide.address.read_text() + "/readyz")
        except urllib.error.HTTPError:
            return False

    def api(self, path):
        return json.loads(ask(self.guide.address.read_text() + path))


def follow_one(world):
    one = guid(11)
    world.start_azure([{"id": one, "name": "mine", "plan": "off"}])
    reader = Reader(world, guid(2), one)
    before, after = SECTIONS["one"].split("To let defenderd correct the drift")
    expect("off -> on" in reader.follow(before.split("Run the daemon.")[0]), f"diff shows no drift: {reader.guide.output}")
    reader.follow("Run the daemon." + before.split("Run the daemon.")[1])
    until("the drift is reported", lambda: reader.api("/api/v1/status")["byState"].get("drifted") == 1)
    expect(reader.plans()[one][0] == "off" and not reader.written(), "it was written while the mode was observe")
    edit, last = (block for block in blocks(after) if block.language == "sh")
    reader.guide.run(edit)
    until("the plan is on", lambda: reader.plans()[one] == ("on", "on"))
    until("it is in sync", lambda: reader.api("/api/v1/status")["byState"].get("in_sync") == 1)
    reader.guide.run(last)
    expect("in sync" in reader.guide.output, reader.guide.output)


def fleet():
    """300 subscriptions. The plan is off at the pilots, 40 of test and 30 of production, evidence at 5 more."""
    def one(number, name, group, plan, evidence="on"):
        return {"id": number, "name": name, "tenant": TENANT, "plan": plan, "access": "read",
                "managementGroups": [group, "mg-landing-zones"], "extensions": {"AIPromptEvidence": evidence} if plan == "on" else {}}
    return [*(one(pilot, f"pilot-{n}", "mg-test", "off") for n, pilot in enumerate(PILOTS)),
            one(CLIENT_FILES, "client-files", "mg-prod", "on"),
            *(one(number, f"test-{n}", "mg-test", "off" if n < 40 else "on") for n, number in enumerate(TEST)),
            *(one(number, f"prod-{n}", "mg-prod", "off" if n < 30 else "on", "off" if n > 194 else "on")
              for n, number in enumerate(PRODUCTION))]


def check_observing(reader, before):
    status = reader.api("/api/v1/status")
    expect(status["subscriptions"] == 300, f"{status['subscriptions']} subscriptions are declared")
    expect(reader.api("/api/v1/undeclared")["undeclared"] == 0, "subscriptions are unmanaged")
    expect(reader.plans() == before and not reader.written(), "something was written while everything is observed")


def check_waves(reader):
    order = reader.written()
    places = {wave: [order.index(one) for one in order if one in members]
              for wave, members in enumerate([PILOTS, TEST, [*PRODUCTION, CLIENT_FILES]])}
    expect([len(found) for found in places.values()] == [2, 40, 36], f"written were {places}")
    expect(max(places[0]) < min(places[1]) and max(places[1]) < min(places[2]), f"the waves are not one after the other: {places}")


def follow_many(world):
    world.start_azure(fleet(), "--tenant", TENANT)
    reader = Reader(world, TENANT)
    steps = re.split(r"^### \d\. ", SECTIONS["many"], flags=re.M)
    expect(len(steps) == 8, f"{len(steps) - 1} steps")
    before = reader.plans()
    for step in steps[:4]:
        reader.follow(step)
    imported = yaml.safe_load((reader.guide.folder / "before.yaml").read_text())["subscriptions"]
    expect(len(imported) == 300, f"import wrote {len(imported)} subscriptions")
    reader.follow(steps[4])
    expect("78" in reader.guide.output, f"diff shows something else: {reader.guide.output}")
    run, ask_it = (block for block in blocks(steps[5]) if block.language == "sh")
    reader.guide.run(run)
    until("everything is observed", reader.is_ready)
    reader.guide.run(ask_it)
    check_observing(reader, before)

    for one in before:
        world.control(f"subscriptions/{one}", {"access": "write"})
    edit, = (block for block in blocks(steps[6]) if block.language == "yaml")
    journal, = (block for block in blocks(steps[6]) if block.language == "sh")
    reader.guide.write_block(edit)
    until("the pilots are corrected", lambda: all(reader.plans()[pilot] == ("on", "on") for pilot in PILOTS))
    expect(set(reader.written()) == set(PILOTS), f"others than the pilots were written: {reader.written()}")
    reader.guide.run(journal)
    expect("pilot-chat" in reader.guide.output, f"the journal has no pilot: {reader.guide.output}")

    wanted = {one: ("on", "off" if one == CLIENT_FILES else "on") for one in before}
    edit, = (block for block in blocks(steps[7]) if block.language == "yaml")
    freeze, last = (block for block in blocks(steps[7]) if block.language == "sh")
    reader.guide.write_block(edit)
    reader.guide.run(freeze)
    # Each step waits for the next check of a subscription, and the last one for the pace, too.
    for what, members in (("wave 1", TEST), ("the first of wave 2", PRODUCTION[:1]), ("everything", before)):
        until(lambda what=what: f"{what} is as declared: {reader.api('/api/v1/status')['byReason']}",
              lambda members=members: all(reader.plans()[one] == wanted[one] for one in members))
    until("everything is in sync", lambda: reader.api("/api/v1/status")["byState"]["in_sync"] == 300)
    check_waves(reader)
    reader.guide.run(last)
    expect("in sync" in reader.guide.output, reader.guide.output)


def main():
    for follow in (follow_one, follow_many):
        world = World(sys.argv[1], sys.argv[2])
        try:
            follow(world)
        except (AssertionError, Failed) as problem:
            if "defenderd" in world.children:
                print(world.output("defenderd")[-3000:])
            sys.exit(f"{follow.__name__}: {problem}")
        finally:
            world.stop()
    print("docs/getting-started.md leads where it says")


main()
