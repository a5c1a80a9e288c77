"""Grafana's JSON: variables, panels and dashboards as Grafana 10 and newer read them."""
import json

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
GREY, SLATE = "#8e8e8e", "#5f6b7a"


def text(dashboard):
    """A dashboard as it stands in its file."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


# Variables

def datasource():
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1,
            "regex": "", "current": {}, "options": [], "hide": 0, "includeAll": False, "multi": False, "skipUrlSync": False}


def choice(name, label, query, *, all_value=None, multi=True, regex="", description=""):
    """What Prometheus knows, with All if `multi`. `all_value`: what All stands for; None: every known value."""
    result = {"name": name, "label": label, "description": description, "type": "query", "datasource": DATASOURCE,
              "definition": query, "query": {"query": query, "refId": f"var-{name}"}, "regex": regex, "refresh": 2, "sort": 1,
              "multi": multi, "includeAll": multi, "current": {}, "options": [], "hide": 0, "skipUrlSync": False}
    if multi:
        result["current"] = {"selected": True, "text": ["All"], "value": ["$__all"]}
    if all_value is not None:
        result["allValue"] = all_value
    return result


def textbox(name, label, description, value=""):
    option = {"selected": True, "text": value, "value": value}
    return {"name": name, "label": label, "description": description, "type": "textbox", "query": value, "current": option,
            "options": [option], "hide": 0, "skipUrlSync": False}


def annotation(name, title, query, colour):
    """Events at the times that are the values of `query`, in milliseconds."""
    # Grafana up to 11 reads `expr` and `step`, newer ones `target`.
    return {"name": name, "datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": colour, "titleFormat": title,
            "textFormat": "", "tagKeys": "", "useValueForTime": True, "expr": query, "step": "60s",
            "target": {"expr": query, "interval": "60s", "refId": "Anno"}}


# Grafana's own: what people enter on the graphs.
ENTERED = {"builtIn": 1, "name": "Annotations & Alerts", "type": "dashboard", "enable": True, "hide": True,
           "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "iconColor": "rgba(0, 211, 255, 1)"}


# Panels, without their id and place

def query(expr, legend="__auto"):
    return {"expr": expr, "legendFormat": legend}


def targets(queries, **how):
    result = []
    for number, one in enumerate(queries):
        one = query(one) if isinstance(one, str) else one
        result.append({"refId": chr(ord("A") + number), "datasource": DATASOURCE, "editorMode": "code", **one, **how})
    return result


def thresholds(*steps):
    """`steps`: (colour, from), the first from None."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in steps]}


def mapped(values):
    """{value: (text, colour)}"""
    options = {str(value): {"text": words, "color": colour, "index": index}
               for index, (value, (words, colour)) in enumerate(values.items())}
    return [{"type": "value", "options": options}]


def override(field, **properties):
    """`custom_width` is custom.width."""
    return {"matcher": {"id": "byName", "options": field},
            "properties": [{"id": name.replace("custom_", "custom."), "value": value} for name, value in properties.items()]}


def coloured(colours):
    return [override(name, color={"mode": "fixed", "fixedColor": colour}) for name, colour in colours.items()]


def panel(kind, title, description, queries, defaults, options, overrides=()):
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE, "targets": queries,
            "fieldConfig": {"defaults": defaults, "overrides": list(overrides)}, "options": options}


def stat(title, description, unit, steps, *queries, mappings=None, no_value=None):
    defaults = {"unit": unit, "thresholds": thresholds(*steps), "color": {"mode": "thresholds"}}
    if mappings:
        defaults["mappings"] = mappings
    if no_value:
        defaults["noValue"] = no_value
    return panel("stat", title, description, targets(queries, instant=True, range=False, format="time_series"), defaults,
                 {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "background_solid",
                  "graphMode": "none", "justifyMode": "auto", "textMode": "auto", "orientation": "auto"})


def timeseries(title, description, unit, *queries, style="lines", worst="max", colours=None, overrides=()):
    """`style`: lines, area (stacked) or bars (stacked)."""
    stacked = style != "lines"
    custom = {"drawStyle": "bars" if style == "bars" else "line", "lineWidth": 1, "fillOpacity": 60 if stacked else 8,
              "showPoints": "never", "stacking": {"mode": "normal" if stacked else "none", "group": "A"}}
    legend = {"displayMode": "table", "placement": "right", "showLegend": True, "calcs": ["lastNotNull", worst],
              "sortBy": worst.title(), "sortDesc": worst == "max"}
    return panel("timeseries", title, description, targets(queries, instant=False, range=True),
                 {"unit": unit, "min": 0, "custom": custom, "color": {"mode": "palette-classic"}},
                 {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}, [*coloured(colours or {}), *overrides])


def state_timeline(title, description, values, *queries):
    """`values`: {value: (text, colour)}, in rising order."""
    (_, (_, first)), *rest = values.items()
    steps = thresholds((first, None), *((colour, value) for value, (_, colour) in rest))
    return panel("state-timeline", title, description, targets(queries, instant=False, range=True),
                 {"unit": "none", "mappings": mapped(values), "custom": {"lineWidth": 0, "fillOpacity": 70},
                  "color": {"mode": "thresholds"}, "thresholds": steps},
                 {"mergeValues": True, "showValue": "auto", "rowHeight": 0.9, "alignValue": "left",
                  "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
                  "tooltip": {"mode": "single", "sort": "none"}})


def table(title, description, columns, *queries, overrides=(), sort=None, hidden=(), no_value=None):
    """`columns`: {label, or Value #A, or Value of a single query: the column's name}, in this order. The rest is hidden, as
    far as `hidden` names it. Rows of several queries are one row if they have the same labels."""
    # Grafana calls it so if only one of several queries has an answer.
    alone = {"Value": columns["Value #A"]} if "Value #A" in columns else {}
    organize = {"excludeByName": {name: True for name in ("Time", *hidden)},
                "indexByName": {name: index for index, name in enumerate(columns)}, "renameByName": {**columns, **alone}}
    options = {"showHeader": True, "cellHeight": "sm"}
    if sort:
        options["sortBy"] = [{"displayName": sort, "desc": True}]
    defaults = {"unit": "none", "custom": {"align": "left", "filterable": True}}
    if no_value:
        defaults["noValue"] = no_value
    result = panel("table", title, description, targets(queries, instant=True, range=False, format="table"), defaults, options,
                   overrides)
    merge = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    result["transformations"] = [*merge, {"id": "organize", "options": organize}]
    return result


# Dashboards

def section(number, title, *lines):
    """A row with this id, and below it lines of (id, width, panel) or, as the first of a line, its height."""
    return number, title, lines


def placed(sections):
    panels, y = [], 0
    for number, title, lines in sections:
        panels.append({"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        y += 1
        for height, *line in lines:
            x = 0
            for identifier, width, one in line:
                panels.append({"id": identifier, **one, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
                x += width
            y += height
    return panels


def dashboard(uid, title, description, variables, annotations, sections):
    others = {"type": "dashboards", "title": "", "tags": ["defenderd"], "asDropdown": False, "includeVars": True,
              "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}
    return {"title": title, "uid": uid, "id": None, "description": description,
            "tags": ["defenderd", "azure", "defender-for-cloud"], "schemaVersion": 39, "version": 1, "editable": True,
            "graphTooltip": 1, "refresh": "30s", "time": {"from": "now-6h", "to": "now"}, "timezone": "", "weekStart": "",
            "fiscalYearStartMonth": 0, "liveNow": False, "timepicker": {}, "links": [others],
            "annotations": {"list": [ENTERED, *annotations]}, "templating": {"list": variables}, "panels": placed(sections)}
