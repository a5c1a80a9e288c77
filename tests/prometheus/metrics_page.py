"""deploy/prometheus/metrics.md as the tests read it."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLEET = ("The fleet", "Incidents", "AI accounts and findings", "Coverage and scopes")
TEXT = (ROOT / "deploy/prometheus/metrics.md").read_text()


def names():
    return set(re.findall(r"^\| `(\w+)`", TEXT, re.M))


def asks_a_standby(query):
    """The gauges of the fleet in a query that does not leave standbys out: there these are zeros, or old.

    A function over a time needs no leader: it remembers one that has died, and zeros do not count in it.
    """
    gauges = [name for section in re.split(r"^## ", TEXT, flags=re.M) if section.startswith(FLEET)
              for name in re.findall(r"^\| `(\w+)` \| gauge", section, re.M)]
    if "defenderd_leader" in query:
        return []
    return [name for name in gauges if re.search(rf"(?<!_over_time\(){name}\b", query)]
