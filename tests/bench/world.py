"""What a benchmark needs around the program: a CA, files, nginx as the cheapest possible ARM, and
the ARM simulator. Everything lives in one temporary folder and listens on 127.0.0.1."""

import json
import socket
import ssl
import subprocess
import time
import urllib.request

PER_TENANT = 100  # at 1,000 reads a second its share of a sweep takes a tenth of a second
TOKEN = "bench." + "t" * 1394  # as long as a token of Entra

# As long as what ARM answers: 811 bytes.
PRICING = {
    "id": "$plan",  # nginx: what was asked for
    "name": "AI",
    "type": "Microsoft.Security/pricings",
    "properties": {
        "pricingTier": "Standard",
        "freeTrialRemainingTime": "PT0S",
        "enablementTime": "2026-01-01T00:00:00.1234567Z",
        "resourcesCoverageStatus": "FullyCovered",
        "extensions": [
            {"name": "AIPromptEvidence", "isEnabled": "True", "additionalExtensionProperties": None,
             "operationStatus": {"code": "Succeeded", "message": "Successfully enabled extension"}},
            {"name": "AIPromptSharingWithPurview", "isEnabled": "False", "additionalExtensionProperties": None,
             "operationStatus": {"code": "Succeeded", "message": "Successfully disabled extension"}},
            {"name": "AIModelScanner", "isEnabled": "False", "operationStatus": {"code": "Succeeded"}},
        ],
    },
}

ARM_HEADERS = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "x-ms-ratelimit-remaining-subscription-reads": "249",
    "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
    "x-ms-request-id": "a4f7a2d1-52a7-4a7c-9c3f-3d9f5d3d2f10",
    "x-ms-correlation-request-id": "a4f7a2d1-52a7-4a7c-9c3f-3d9f5d3d2f10",
    "x-ms-routing-request-id": "WESTEUROPE:20261124T000000Z:a4f7a2d1-52a7-4a7c-9c3f-3d9f5d3d2f10",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.3; large_client_header_buffers 4 16k;
    location ~ ^(?<plan>/subscriptions/[^/]+/providers/Microsoft.Security/pricings/AI)$ {{
{headers}
      return 200 '{pricing}';
    }}
  }}
  server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""


def subscription(n):
    return f"00000000-0000-4000-8000-{n:012d}"


def tenant(n, per_tenant=PER_TENANT):
    return f"10000000-0000-4000-8000-{n // per_tenant:012d}"


def target(n):
    return f"/subscriptions/{subscription(n)}/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=60.0, pause=0.02):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(pause)


def fetch(url, method="GET", headers=None, body=None, timeout=60, ca=None):
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    context = ssl.create_default_context(cafile=ca) if ca else None
    with urllib.request.urlopen(request, timeout=timeout, context=context) as answer:
        return answer.read()


def make_certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench CA", "-days", "2",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "server.key",
            "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "ext", "-out", "server.pem")


class Nginx:
    """Answers every GET of a pricing with the same one, under the id that was asked for; counts them."""

    def __init__(self, folder):
        self.port, self.status = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.ca = folder / "ca.pem"
        headers = "\n".join(f"      add_header {k} '{v}';" for k, v in ARM_HEADERS.items())
        config = NGINX.format(folder=folder, port=self.port, status=self.status, headers=headers,
                              pricing=json.dumps(PRICING, separators=(",", ":")))
        (folder / "nginx.conf").write_text(config)
        self.process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")],
                                        stderr=(folder / "nginx.out").open("w"))
        wait_for("nginx", self._is_up)

    def _is_up(self):
        try:
            self.requests()
            return True
        except OSError:
            return False

    def requests(self):
        # Counts this look too, which the caller takes off by the difference of two looks.
        return int(fetch(f"http://127.0.0.1:{self.status}/").split()[9])

    def stop(self):
        stop(self.process)


class Simulator:
    """tests/armsim with N subscriptions in sync and so much latency."""

    def __init__(self, program, folder, count, latency, per_tenant=PER_TENANT):
        state = folder / f"state-{count}.yaml"
        with state.open("w") as out:
            out.write("subscriptions:\n")
            for n in range(count):
                out.write(f"- {{id: {subscription(n)}, tenant: {tenant(n, per_tenant)}, plan: on, "
                          "extensions: {AIPromptEvidence: on}}\n")
        self.ca = folder / f"sim-{count}-ca.pem"
        self.process = subprocess.Popen(
            [program, "--ca-out", str(self.ca), "--state", str(state), "--latency", latency,
             "--tenant", tenant(0), "--behaviour", "write_cool_down=0s"],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the simulator did not start")

    def control(self, method, url, body=None):
        data = None if body is None else json.dumps(body).encode()
        return json.loads(fetch(url, method=method, body=data, ca=str(self.ca)))

    def stop(self):
        stop(self.process)


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
