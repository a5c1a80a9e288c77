#!/usr/bin/env python3
"""Makes docs/architecture.svg of docs/architecture.txt, which explains the format.

    architecture.py           writes the picture
    architecture.py --check   exits with 1 if the picture is not that of the text

The picture is readable on light and on dark pages: it has its own background and follows the reader's color scheme.
"""
import html
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
SOURCE, PICTURE = FOLDER / "architecture.txt", FOLDER / "architecture.svg"
BOLD, PLAIN = 8.2, 7.4  # widths of a letter of 14 pixels, on the safe side
STYLE = """
    svg { color-scheme: light dark; }
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328; }
    .page { fill: #ffffff; }
    .group { fill: #f6f8fa; stroke: #d1d9e0; }
    .box { fill: #ffffff; stroke: #818b98; }
    .title { font-weight: 600; }
    .quiet { fill: #59636e; }
    .arrow { fill: none; stroke: #0969da; stroke-width: 1.5; }
    .head { fill: #0969da; }
    .label { fill: #0550ae; font-size: 12px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .page { fill: #0d1117; }
      .group { fill: #151b23; stroke: #3d444d; }
      .box { fill: #0d1117; stroke: #9198a1; }
      .quiet { fill: #9198a1; }
      .arrow { stroke: #4493f8; }
      .head { fill: #4493f8; }
      .label { fill: #79c0ff; stroke: #0d1117; }
    }"""


class Mistake(Exception):
    pass


def text_at(left, top, content, style, anchor="start"):
    return f'<text x="{left:g}" y="{top:g}" class="{style}" text-anchor="{anchor}">{html.escape(content)}</text>'


def rectangle(style, left, top, width, height):
    return f'<rect class="{style}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6"/>'


class Picture:
    def __init__(self):
        self.parts, self.boxes, self.size, self.names = [], {}, None, []

    def draw_size(self, words, _):
        self.size = [int(word) for word in words]

    def draw_group(self, words, title):
        left, top, width, height = self.boxes[words[0]] = tuple(map(int, words[1:]))
        self.parts += [rectangle("group", left, top, width, height), text_at(left + 20, top + 23, title, "quiet title")]

    def draw_box(self, words, content):
        name, (left, top, width, height) = words[0], map(int, words[1:])
        lines = [line.strip() for line in content.split("|")]
        needed = max([len(lines[0]) * BOLD, *(len(line) * PLAIN for line in lines[1:])])
        if 20 * len(lines) > height or needed > width:
            raise Mistake(f"the box {name} is too small for its text")
        self.boxes[name] = (left, top, width, height)
        self.names.append(lines[0])
        self.parts.append(rectangle("box", left, top, width, height))
        line_top = top + height / 2 - 10 * len(lines) + 15
        for number, line in enumerate(lines):
            style = "quiet" if number else "title"
            self.parts.append(text_at(left + width / 2, line_top + 20 * number, line, style, "middle"))

    def end(self, where):
        """A point on the side of a box or a group."""
        name, side, part = re.fullmatch(r"(\w+)\.(\w+)(?:@([\d.]+))?", where).groups()
        if name not in self.boxes:
            raise Mistake(f"nothing is named {name}")
        left, top, width, height = self.boxes[name]
        across, down = left + width * float(part or 0.5), top + height * float(part or 0.5)
        return {"left": (left, down), "right": (left + width, down), "top": (across, top), "bottom": (across, top + height)}[side]

    def draw_arrow(self, words, label):
        (from_x, from_y), (to_x, to_y) = self.end(words[0]), self.end(words[1])
        if words[1].split(".")[1].startswith("top"):
            self.parts += [
                f'<path class="arrow" d="M{from_x:g} {from_y:g}V{to_y - 9:g}"/>',
                f'<path class="head" d="M{from_x:g} {to_y:g}l-5 -10h10z"/>',
                text_at(from_x + 12, (from_y + to_y) / 2 + 4, label, "label")]
            return
        middle = (from_x + to_x) / 2
        toward = 1 if to_x > from_x else -1
        tip = to_x - 9 * toward
        self.parts += [
            f'<path class="arrow" d="M{from_x:g} {from_y:g}C{middle:g} {from_y:g} {middle:g} {to_y:g} {tip:g} {to_y:g}"/>',
            f'<path class="head" d="M{to_x:g} {to_y:g}l{-10 * toward:g} -5v10z"/>',
            text_at(middle, (from_y + to_y) / 2 + 4, label, "label", "middle")]

    def svg(self):
        width, height = self.size
        description = "You declare; defenderd observes, compares, decides, corrects and verifies. " + ", ".join(self.names)
        return "\n  ".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'role="img">', "<title>The architecture of defenderd</title>",
            f"<desc>{html.escape(description)}</desc>", f"<style>{STYLE}\n  </style>",
            rectangle("page", 0, 0, width, height), *self.parts]) + "\n</svg>\n"


def drawn(text):
    picture = Picture()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"(size|group|box|arrow) ([^:]*?)(?:: (.*))?", line)
        if not found:
            raise Mistake(f"{SOURCE.name}:{number}: not understood: {line}")
        try:
            getattr(picture, f"draw_{found[1]}")(found[2].split(), found[3])
        except (Mistake, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Mistake(f"{SOURCE.name}:{number}: {error}") from error
    return picture.svg()


def main():
    try:
        wanted = drawn(SOURCE.read_text())
    except Mistake as mistake:
        sys.exit(str(mistake))
    if sys.argv[1:] == ["--check"]:
        if not PICTURE.exists() or PICTURE.read_text() != wanted:
            sys.exit("docs/architecture.svg is not that of docs/architecture.txt: run docs/architecture.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PICTURE.write_text(wanted)


main()
