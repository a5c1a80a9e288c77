"""The Markdown files of the repository as the tests of this folder read them."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", "node_modules", ".git", ".cache", "corpus"}
# What people read who use defenderd. The other pages are for those who work on it.
FOR_USERS = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "config/README.md", "deploy/**/*.md", "docs/*.md"]


def all_documents():
    return sorted(path for path in ROOT.rglob("*.md") if not SKIPPED & set(path.relative_to(ROOT).parts))


def documents_for_users():
    return sorted({path for pattern in FOR_USERS for path in ROOT.glob(pattern)})


def name_of(path):
    return str(path.relative_to(ROOT))


class Block:
    """A fenced block: its language, its content and the line of its first line of content."""

    def __init__(self, language, text, line):
        self.language, self.text, self.line = language, text, line

    def file(self):
        """The file that a block of YAML is: its first line names it, as in `# subscriptions.yaml`."""
        found = re.match(r"# ([\w./-]+\.ya?ml)\n", self.text)
        return found and found[1]


def blocks(text):
    """Also those in a list, without their indentation."""
    found = []
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.M | re.S):
        indent = len(match[1])
        content = "".join(line[indent:] if line.strip() else line for line in match[3].splitlines(True))
        found.append(Block(match[2], content, text.count("\n", 0, match.start(3)) + 1))
    return found


def prose(text):
    """The text with its blocks blanked, so that lines keep their numbers."""
    def blank(match):
        return "\n" * match[0].count("\n")
    return re.sub(r"^( *)```\w*\n.*?^\1```$", blank, text, flags=re.M | re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def anchors(text):
    """Of headings, as GitHub and GitLab make them."""
    found = {}
    for match in re.finditer(r"^#{1,6} (.+)$", prose(text), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        number = found[anchor] = found.get(anchor, -1) + 1
        if number:
            found[f"{anchor}-{number}"] = 0
    return set(found)
