"""Follows a document: runs its shell blocks in order, with the real defenderd against the simulated Azure and stubs for the
programs that reach out of this machine.

What a block sets is known to the next one. `defenderd run` goes on in the background until the end. The settings that a
document writes get what the simulator needs in addition: its address, its credential and a free port.
"""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import threading

import yaml

from documents import ROOT
from world import guid

FOLDER = pathlib.Path(__file__).resolve().parent
STUBS = ["az", "kubectl", "docker", "systemctl", "systemd-sysusers", "systemd-tmpfiles", "systemd-analyze", "journalctl", "apt",
         "apt-get", "cmake", "install", "promtool", "jq", "jsonschema", "gpg", "git", "dpkg", "sha256sum"]
DEFENDERD = r"""#!/bin/bash
# Names the files where a document relies on the usual places, and takes drift for what it is: no error.
command=$1; shift
case $command in
  check | diff | apply | findings | run | import | journal | healthcheck | freeze | thaw | report)
    if [[ " $* " = *" --url http://127.0.0.1:8080"* ]]; then set -- "${@//http:\/\/127.0.0.1:8080/$(cat "$ADDRESS")}"; fi
    [[ " $* " = *" --config"* || " $* " = *" -c "* || " $* " = *" --url"* || " $* " = *" --from"* ]] || set -- --config "$ETC/defenderd.yaml" "$@" ;;&
  check | diff | apply | findings | run | report)
    [[ " $* " = *" --desired"* || " $* " = *" -d "* || " $* " = *" --url"* ]] || set -- --desired "$ETC/subscriptions.yaml" "$@" ;;
esac
if [ "$command" = run ]; then exec "$GUIDE_RUN" "$@"; fi
"$PROGRAM" "$command" "$@"
code=$?
[ $code = 1 ] && [[ " check diff apply findings report " = *" $command "* ]] && exit 0
exit $code
"""
# A path of the repository, such as ./tests/run: it must be there and know its options.
SCRIPT = r"""#!/bin/bash
for argument; do
  [[ $argument != -* ]] || grep -q -e "$argument" "$ROOT/$0" || { echo "$0 does not know $argument" >&2; exit 97; }
done
"""
CURL = r"""#!/bin/bash
address=$(cat "$ADDRESS" 2>/dev/null)
case " $* " in
  *" http://localhost:8080"* | *" http://127.0.0.1:8080"*) ;;
  *) exec "$CURL_STUB" "$@" ;;
esac
arguments=()
for argument; do
  argument=${argument/#http:\/\/localhost:8080/$address}
  arguments+=("${argument/#http:\/\/127.0.0.1:8080/$address}")
done
exec "$CURL_REAL" --disable --silent --show-error --fail --noproxy '*' --output /dev/null "${arguments[@]}"
"""


class Failed(Exception):
    """A block that did not do what it is printed for."""


def merged(value, more):
    for key, inner in more.items():
        if isinstance(inner, dict) and isinstance(value.get(key), dict):
            merged(value[key], inner)
        else:
            value[key] = inner
    return value


class Guide:
    """`world` has a running Azure. `more` is added to every settings file; az is logged in to `tenant` and `subscription`."""

    def __init__(self, world, more=None, tenant=guid(2), subscription=""):
        self.world, self.folder = world, world.folder / "desk"
        self.stubs, self.address = world.folder / "stubs", world.folder / "address"
        self.folder.mkdir()
        self.stubs.mkdir()
        self.etc = self.folder / "etc/defenderd"
        self.places = {"/etc/defenderd": self.etc, "/var/lib/defenderd": self.folder / "var/lib/defenderd",
                       "/var/backups/defenderd": self.folder / "var/backups/defenderd"}
        for place in self.places.values():
            place.mkdir(parents=True)
        self.calls, self.state = world.folder / "calls", world.folder / "variables"
        self.calls.touch()
        self.output = ""
        self.more = merged({"azure": {"endpoints": {"resourceManager": world.azure, "authority": world.azure},
                                      "budget": {"readsPerSecond": 1000, "writesPerSecond": 1000}},
                            "server": {"listen": "127.0.0.1:0"}}, more or {})
        for name in STUBS:
            self.executable(name, None)
        self.executable("defenderd", DEFENDERD)
        self.executable("curl", CURL)
        self.executable("curl-stub", None)
        self.executable("sudo", '#!/bin/bash\nexec "$@"\n')
        self.executable("runuser", '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')
        self.environment = {
            "PATH": f"{self.stubs}:{os.environ['PATH']}", "HOME": str(self.folder), "PROGRAM": world.defenderd, "ROOT": str(ROOT),
            "CALLS": str(self.calls), "ADDRESS": str(self.address), "ETC": str(self.etc), "CURL_STUB": str(self.stubs / "curl-stub"), "CURL_REAL": shutil.which("curl"),
            "GUIDE_RUN": str(self.stubs / "in_background"), "AZURE_SIMULATED": world.azure, "CLIENT_ID": guid(1),
            "SECRET_FILE": str(world.folder / "secret"), "TENANT_ID": tenant, "SUBSCRIPTION_ID": subscription}
        self.executable("in_background", '#!/bin/bash\nprintf "%s\\n" "$@" >"$ADDRESS.run"\n')

    def executable(self, name, text):
        path = self.stubs / name
        if text is None:
            path.symlink_to(FOLDER / "stub.py")
        else:
            path.write_text(text)
            path.chmod(0o755)

    def have_scripts(self, text):
        """Stubs for the programs of the repository that the text calls by their path."""
        for name in set(re.findall(r"(?:^|[;&|(]) *\./([\w./-]+)", text, re.M)):
            if not os.access(ROOT / name, os.X_OK):
                raise Failed(f"./{name} is no program of the repository")
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SCRIPT)
            path.chmod(0o755)

    def write(self, name, text):
        """A file of the document, at once and under its name, as an editor does it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / f".{path.name}.new").write_text(text)
        (path.parent / f".{path.name}.new").rename(path)
        self.complete_settings()

    def write_block(self, block):
        """A block of YAML that names its file: the whole file, or the parts of it that it says to replace."""
        name, body = block.file(), block.text
        if not name:
            match = re.match(r"# ([\w./-]+\.ya?ml): replace this part\n", body)
            if not match:
                return
            name, part = match[1], body[match.end():]
            body = (self.folder / name).read_text()
            for key in yaml.safe_load(part):
                new = re.search(rf"^{key}:.*?(?=^\w|\Z)", part, re.M | re.S)[0]
                body, count = re.subn(rf"^{key}:.*?(?=^\w|\Z)", lambda _, new=new: new, body, flags=re.M | re.S)
                if count != 1:
                    raise Failed(f"{name} has no part {key} to replace")
        self.write(name, body)

    def complete_settings(self):
        for path in self.folder.rglob("*.yaml"):
            try:
                value = yaml.safe_load(path.read_text())
            except yaml.YAMLError:
                continue
            if isinstance(value, dict) and value.get("kind") == "Settings" and "endpoints" not in (value.get("azure") or {}):
                path.write_text(json.dumps(merged(value, self.more), indent=1, default=lambda time: time.isoformat()))

    def run(self, block):
        """Raises Failed if a command of the block fails."""
        text = block.text
        self.have_scripts(text)
        for place, there in self.places.items():
            text = text.replace(place, str(there))
        self.complete_settings()
        self.state.touch()
        script = f"set -euo pipefail -a\nsource {self.state}\n{text}\ndeclare -px >{self.state}\n"
        if subprocess.run(["bash", "-n"], input=text, text=True, check=False, capture_output=True).returncode != 0:
            raise Failed("it is no shell script")
        self.output = ""
        code = self.typed(script)
        self.complete_settings()
        if code != 0:
            raise Failed(f"ended with {code}: {self.output}")
        if (self.address.parent / "address.run").exists():
            self.start()

    def typed(self, script):
        """Runs it on a terminal, where a question is answered with y."""
        master, program_side = pty.openpty()
        reader = threading.Thread(target=self.read, args=(master,))
        reader.start()
        try:
            return subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, stdin=program_side,
                                  stdout=program_side, stderr=program_side, timeout=120, check=False).returncode
        finally:
            os.close(program_side)
            reader.join()
            os.close(master)

    def read(self, master):
        while True:
            try:
                shown = os.read(master, 65536).decode(errors="replace")
            except OSError:  # the other side is closed
                return
            self.output += shown.replace("\r\n", "\n")
            if self.output.endswith("[y/N] "):
                os.write(master, b"y\n")

    def start(self):
        """What `defenderd run` was called with; it listens when this returns."""
        told = self.address.parent / "address.run"
        arguments = told.read_text().splitlines()
        told.unlink()
        if "defenderd" in self.world.children:
            self.world.children.pop("defenderd").terminate()
        self.world.launch("defenderd", "env", "-C", str(self.folder), f"PATH={self.environment['PATH']}",
                          *(f"{name}={self.environment[name]}" for name in
                            ("CALLS", "AZURE_SIMULATED", "CLIENT_ID", "SECRET_FILE", "TENANT_ID", "SUBSCRIPTION_ID")),
                          self.world.defenderd, "run", *arguments)
        listen = self.world.found("defenderd", r"listening on (\S+?)[\"\s]")
        self.address.write_text(f"http://{listen}")
        # From now on the file says where the daemon listens, as it would with a port of its own.
        for path in self.folder.rglob("*.yaml"):
            text = path.read_text()
            if '"Settings"' in text and "127.0.0.1:0" in text:
                path.write_text(text.replace("127.0.0.1:0", listen))

    def called(self):
        return [json.loads(line) for line in self.calls.read_text().splitlines()]

