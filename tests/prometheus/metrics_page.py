"""deploy/prometheus/metrics.md as the tests read it."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLEET = ("The fleet", "Incidents", "AI accounts and findings", "Coverage and scopes")
TEXT = (ROOT / "deploy/prometheus/metrics.md").read_text()
RECORDED = re.compile(r"\b\w+:\w+:\w+")  # level:metric:operations


def names():
    return set(re.findall(r"^\| `(\w+)`", TEXT, re.M))


def unknown(query):
    """The metrics in a query that the program does not have. What rules record does not count."""
    used = re.findall(r"\b(?:defenderd|process)_\w+", RECORDED.sub("", query))
    return sorted(name for name in set(used) if name not in names() and name.removesuffix("_bucket") not in names())


def asks_a_standby(query):
    """The gauges of the fleet in a query that does not leave standbys out: there these are zeros, or old.

    A function over a time needs no leader: it remembers one that has died, and zeros do not count in it.
    """
    gauges = [name for section in re.split(r"^## ", TEXT, flags=re.M) if section.startswith(FLEET)
              for name in re.findall(r"^\| `(\w+)` \| gauge", section, re.M)]
    if "defenderd_leader" in query:
        return []
    return [name for name in gauges if re.search(rf"(?<!_over_time\()\b{name}\b", RECORDED.sub("", query))]
