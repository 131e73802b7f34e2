"""A page on 127.0.0.1 whose requests are signed for the HTTP API of a stack.

Run by scripts/dashboard, with the Python that has boto3.
"""

import argparse
import http.server
import os
import sys
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

# The function is given 29 seconds.
TIMEOUT_SECONDS = 30
# What is passed on of a request; and what is not passed on of its answer, because it is of that connection only.
ASKED = ("Accept", "Accept-Encoding", "If-None-Match")
OF_CONNECTION = ("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding")


def fail(message):
    sys.exit(f"dashboard: {message}")


def api_of(session, stack):
    """The URL of the stack's API."""
    if session.region_name is None:
        fail("no region is named: give --region, or set AWS_REGION")
    try:
        found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        fail(f"stack `{stack}`: {error}")
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}["ApiUrl"]


class Page(http.server.BaseHTTPRequestHandler):
    """Signs what it is asked, and passes the answer on."""

    def do_GET(self):
        # A page of elsewhere could reach this port under a name of its own: only this machine's names are answered.
        if (self.headers.get("Host") or "").split(":")[0] not in ("127.0.0.1", "localhost"):
            return self.answer(403, {"Content-Type": "text/plain"}, b"ask for 127.0.0.1")
        request = AWSRequest("GET", self.server.api + self.path)
        SigV4Auth(self.server.session.get_credentials(), "execute-api", self.server.session.region_name).add_auth(request)
        headers = {name: self.headers[name] for name in ASKED if self.headers[name]} | dict(request.headers)
        try:
            found = urllib.request.urlopen(urllib.request.Request(request.url, headers=headers), timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            found = error
        except OSError as error:
            return self.answer(502, {"Content-Type": "text/plain"}, f"{self.server.api}: {error}".encode())
        with found:
            headers = {name: value for name, value in found.headers.items() if name.lower() not in OF_CONNECTION}
            self.answer(found.status, headers, found.read())

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(prog="dashboard")
    parser.add_argument("--stack", default="headroom")
    parser.add_argument("--region")
    parser.add_argument("--port", type=int, default=8080)
    args = parser.parse_args()
    # boto3 by itself reads AWS_DEFAULT_REGION only, and the profile.
    session = boto3.Session(region_name=args.region or os.environ.get("AWS_REGION"))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Page)
    except OSError as error:
        fail(f"port {args.port}: {error.strerror}: give another one by --port")
    server.session, server.api = session, api_of(session, args.stack)
    print(f"dashboard: http://127.0.0.1:{server.server_port} shows {server.api}", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
