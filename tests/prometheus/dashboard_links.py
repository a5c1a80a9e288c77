"""Where the links of the dashboards lead: to a dashboard that is there, with variables that it has, or to an address that the
user has entered."""
import pathlib
import re
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTIONS = {name.lower() for name in re.findall(
    r"^## (\w+)$", (ROOT / "deploy/prometheus/README.md").read_text(), re.M)}
RUNBOOK = "${runbooks}/deploy/prometheus/README.md#${__value.text}"
CELL = "${__value.text}"  # the cell has the whole address


def overrides(panel):
    """(column, its properties)"""
    for one in panel["fieldConfig"]["overrides"]:
        yield one["matcher"]["options"], {each["id"]: each["value"] for each in one["properties"]}


def links(panel):
    """(column or None, link)"""
    for link in panel.get("links", []) + panel["fieldConfig"]["defaults"].get("links", []):
        yield None, link
    for column, properties in overrides(panel):
        for link in properties.get("links", []):
            yield column, link


def columns(panel):
    """{name of a column: label or value that it shows}"""
    for transformation in panel.get("transformations", []):
        if transformation["id"] == "organize":
            return {name: source for source, name in transformation["options"]["renameByName"].items()}
    return {}


def texts(mappings):
    """What a cell may show."""
    for mapping in mappings:
        options = mapping["options"]
        for result in [options["result"]] if mapping["type"] == "regex" else options.values():
            yield result["text"]


def problems(board, panel):
    title, shown = panel["title"], columns(panel)
    sources = " ".join(target["expr"] for target in panel["targets"])
    if panel["type"] == "table":
        for column, _ in overrides(panel):
            if column not in shown:
                yield f"{title}: there is no column {column}"
    for column, link in links(panel):
        url = link["url"]
        for field in re.findall(r"\$\{__data\.fields\.([^}]+)\}", url):
            if field not in shown:
                yield f"{title}: a link needs the column {field}"
        if url.startswith("/d/"):
            continue
        # Without the address there is no such label, and no link.
        if url == CELL:
            if f'"{shown.get(column)}", "$1/' not in sources or "${status_page}|" not in sources:
                yield f"{title}: the cells of {column} are not made from ${{status_page}}"
        elif url == RUNBOOK:
            if f'"{shown.get(column)}", "$2"' not in sources or "${runbooks}|" not in sources:
                yield f"{title}: the cells of {column} are there without ${{runbooks}}"
            mapped = set(texts(dict(overrides(panel))[column].get("mappings", [])))
            if not mapped or mapped - SECTIONS:
                yield f"{title}: no section of the runbook: {sorted(mapped - SECTIONS)}"
        else:
            yield f"{title}: {url} leads nowhere"


def target_problems(board, boards):
    """Of the links from one dashboard to another."""
    variables = {one["uid"]: {variable["name"] for variable in one["templating"]["list"]} for one in boards.values()}
    for panel in board["panels"]:
        if panel["type"] == "row":
            continue
        for _, link in links(panel):
            if not link["url"].startswith("/d/"):
                continue
            path, _, given = link["url"].partition("?")
            uid = path.removeprefix("/d/")
            if uid not in variables:
                yield f"{panel['title']}: there is no dashboard {uid}"
                continue
            passed = re.findall(r"\$\{(\w+):queryparam\}", given)
            named = [name.removeprefix("var-") for name, _ in urllib.parse.parse_qsl(given) if name.startswith("var-")]
            for name in passed + named:
                if name not in variables[uid]:
                    yield f"{panel['title']}: {uid} has no variable {name}"
            for name in set(passed) - variables[board["uid"]]:
                yield f"{panel['title']}: it has no variable {name} to pass on"
