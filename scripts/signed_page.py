"""A page on 127.0.0.1 whose requests are signed for the HTTP API of a stack.

Run by scripts/dashboard, with the Python that has boto3.
"""

import argparse
import hmac
import http.cookies
import http.server
import json
import os
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

# The function is given 29 seconds.
TIMEOUT_SECONDS = 30
# Who asks has as long to say what.
READ_SECONDS = 30
# The API takes no more in one request.
BODY_BYTES_MAX = 1 << 20
NAMES = ("127.0.0.1", "localhost")
# What is passed on of a request: signed, because it changes what is done; and as it is.
SIGNED = ("Content-Type", "If-Match", "If-None-Match")
ASKED = ("Accept", "Accept-Encoding")
# What is not passed on of an answer, because it is of that connection only.
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


class Refused(Exception):
    """A request that is not passed on: status, what is wrong with it, what to do."""


class AsItIs(urllib.request.HTTPRedirectHandler):
    """Passes a redirection on: followed, it would take the signature elsewhere."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(AsItIs)


class Page(http.server.BaseHTTPRequestHandler):
    """Signs what it is asked, and passes the answer on."""

    timeout = READ_SECONDS

    def pass_on(self):
        try:
            # The body first: whoever is refused before it was read may see the connection break instead of the answer.
            body = self.body()
            self.check_origin()
            status, headers, content = self.let_in() or self.asked(body)
        except Refused as refused:
            status, detail, cure = refused.args
            headers = [("Content-Type", "application/problem+json")]
            problem = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "detail": detail, "cure": cure}
            content = json.dumps(problem).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = pass_on

    def body(self):
        if "Transfer-Encoding" in self.headers:
            raise Refused(411, "the request does not say how long it is", "send Content-Length")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Refused(400, f"Content-Length is {length!r}", "send the number of bytes")
        left = int(length)
        if left <= BODY_BYTES_MAX:
            return self.rfile.read(left)
        while left > 0 and (piece := self.rfile.read(min(left, BODY_BYTES_MAX))):
            left -= len(piece)
        raise Refused(413, f"the request has {length} bytes, at most {BODY_BYTES_MAX} are taken", "send it in parts")

    def check_origin(self):
        """Refuses what a page of elsewhere asks in its visitor's name: whoever comes through here has the rights of these credentials."""
        host = self.headers.get("Host") or ""
        # Such a page could reach this port under a name of its own.
        if host.split(":")[0] not in NAMES:
            raise Refused(403, f"this is not {host!r}", "ask for 127.0.0.1")
        # What it reads it may not see; what it writes would be done all the same. Programs that are no browsers send neither header.
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site", "none")
        if self.command != "GET" and (origin not in (None, f"http://{host}") or site not in ("same-origin", "none")):
            raise Refused(403, "the request comes from another page", f"ask from http://{host}/ itself")

    def let_in(self):
        """Where the address has the key: the answer that leaves it in a cookie. Other users of this machine, who reach the port too, have none."""
        cookie = f"headroom-{self.server.server_port}"
        path, _, query = self.path.partition("?")
        given = urllib.parse.parse_qs(query).get("key")
        if given is not None and path == "/" and self.is_key(given[0]):
            kept = f"{cookie}={self.server.key}; Path=/; HttpOnly; SameSite=Strict"
            return 303, [("Location", "/"), ("Set-Cookie", kept), ("Cache-Control", "no-store")], b""
        try:
            sent = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get(cookie)
        except http.cookies.CookieError:
            sent = None
        if sent is None or not self.is_key(sent.value):
            raise Refused(401, "the request does not have the key of this page", "open the address that scripts/dashboard printed")
        return None

    def is_key(self, given):
        return hmac.compare_digest(given.encode(), self.server.key.encode())

    def asked(self, body):
        """Status, headers and content of what the API answers."""
        path, _, query = self.path.partition("?")
        if not (path.startswith("/") and path.isascii()):
            raise Refused(400, f"{path!r} is no path", "ask for /")
        # AWS compares the query as it writes it itself: each name and value by RFC 3986, a blank as %20. What is signed is not changed on the way.
        query = urllib.parse.urlencode(urllib.parse.parse_qsl(query, keep_blank_values=True), quote_via=urllib.parse.quote, safe="")
        url = self.server.api + path + (f"?{query}" if query else "")
        headers = {name: self.headers[name] for name in SIGNED if self.headers[name]}
        if body:
            # Without one, urllib would say that it is a form.
            headers.setdefault("Content-Type", "application/octet-stream")
        request = AWSRequest(self.command, url, data=body or None, headers=headers)
        SigV4Auth(self.server.session.get_credentials(), "execute-api", self.server.session.region_name).add_auth(request)
        headers = {name: self.headers[name] for name in ASKED if self.headers[name]} | dict(request.headers)
        asked = urllib.request.Request(url, data=body or None, headers=headers, method=self.command)
        try:
            found = OPENER.open(asked, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            found = error
        except OSError as error:
            raise Refused(502, f"{self.server.api}: {error}", "is the stack there, and the network?") from error
        with found:
            kept = [(name, value) for name, value in found.headers.items() if name.lower() not in OF_CONNECTION]
            return found.status, kept, found.read()

    def log_message(self, *_):
        pass


def server_of(session, api, port):
    """What answers on 127.0.0.1, on any free port for 0, once someone serves it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    server.session, server.api, server.key = session, api, secrets.token_urlsafe(32)
    return server


def main():
    parser = argparse.ArgumentParser(prog="dashboard")
    parser.add_argument("--stack", default="headroom")
    parser.add_argument("--region")
    parser.add_argument("--port", type=int, default=8080)
    args = parser.parse_args()
    # boto3 by itself reads AWS_DEFAULT_REGION only, and the profile.
    session = boto3.Session(region_name=args.region or os.environ.get("AWS_REGION"))
    try:
        server = server_of(session, api_of(session, args.stack), args.port)
    except OSError as error:
        fail(f"port {args.port}: {error.strerror}: give another one by --port")
    print(f"dashboard: http://127.0.0.1:{server.server_port}/?key={server.key}", file=sys.stderr)
    print(f"It shows {server.api}. Whoever has this address has the rights of your credentials there, until it ends.", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
