"""Deploys infra/template.yaml into an emulated account and watches what the deployed functions do there.

Run by scripts/test-deployed.
"""

import argparse
import concurrent.futures
import csv
import io
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile

import boto3
import botocore.exceptions
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from samtranslator.translator.transform import transform

import emulated
import signed_page
from emulated import DAY, MINUTE, STEP, noise, step_start, wave

STACK = "headroom"
ARTIFACTS = "artifacts"
# What is measured of each group: enough of `web` for a model, too little of the others. The emulator forgets metrics after 14 days.
DAYS = {"web": 9, "batch": 1, "api": 0.125}
# `api` has a tick a minute, so that nobody waits long for its next one.
STEPS = {"web": STEP, "batch": STEP, "api": MINUTE}
# Metrics are there ahead of time, so that each step has ended before a function asks for it, however long the test takes.
AHEAD = 3600
# A schedule is looked at every ten seconds, a busy machine trains slowly.
PATIENCE_SECONDS = 240
# `web` is given 2 instances by hand, and needs some 8 at the load that it has now; `api` has 3 that work at 90 %.
FOUND = {"web": 2, "batch": 3, "api": 3}
REQUESTS_PER_INSTANCE = 1000
MAX_UTILIZATION = 0.85
NEVER = "at(2099-01-01T00:00:00)"
EVERY_MINUTE = "cron(* * * * ? *)"
# Each may do what the one before it may.
ROLES = ("viewer", "operator", "admin")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
# What the function answers by, and the gateway does not.
PROBLEM = "application/problem+json"

FLEET = f"""
[defaults]
region = "{emulated.REGION}"

[[group]]
id = "web"
mode = "active"
auto_scaling_group = "web-asg"
max_utilization = {MAX_UTILIZATION}
requests_per_instance = {REQUESTS_PER_INSTANCE}
[group.metrics.request_count]
namespace = "AWS/ApplicationELB"
metric = "RequestCount"
dimensions = {{ TargetGroup = "targetgroup/web/0123456789abcdef" }}
statistic = "Sum"

[[group]]
id = "batch"
mode = "observe"
auto_scaling_group = "batch-asg"

[[group]]
id = "api"
mode = "active"
step_seconds = {MINUTE}
auto_scaling_group = "api-asg"

[[group]]
id = "lost"
mode = "active"
auto_scaling_group = "lost-asg"
"""


# What the dashboard writes, and examples of what it must not.
DASHBOARD_WRITES = (
    "control/fleet.json", "control/group=web.json", "config/business_calendar.json", "audit/date=2026-11-27.jsonl",
    "requests/train/group=web.json", "history/group=web/date=2026-11-27.csv",
)
OTHERS_WRITE = (
    "config/fleet.toml", "history-hourly/group=web/year=2026.csv", "models/group=web/current.json", "state/group=web.json",
    "forecasts/group=web/date=2026-11-27.jsonl", "decisions/group=web/date=2026-11-27.jsonl", "anomalies/group=web/date=2026-11-27.jsonl",
    "backtests/group=web/latest.json", "requests/other.json",
)


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation, such as `!Ref`."""


def intrinsic(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", intrinsic)


class NoManagedPolicies:
    """The template names no managed policy of AWS; the translator would ask an account for them."""

    def load(self):
        return {}


def fail(message):
    sys.exit(f"test-deployed: {message}")


def expect(condition, message):
    if not condition:
        fail(message)


def say(message):
    print(f"test-deployed: {message}", file=sys.stderr)


def wait_for(what, probe):
    """What `probe` gives, once that is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := probe()):
        expect(time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} seconds")
        time.sleep(0.5)
    say(what)
    return found


class Answer:
    """Of an HTTP call."""

    def __init__(self, response):
        with response:
            self.status, self.headers, self.text = response.status, response.headers, response.read().decode(errors="replace")


def answered(method, url, content, headers):
    try:
        return Answer(signed_page.OPENER.open(urllib.request.Request(url, content, headers, method=method), timeout=60))
    except urllib.error.HTTPError as error:
        return Answer(error)


def role_of(operation):
    """The lowest role that an operation of the contract is for. What is for everyone still takes a signature."""
    roles = [role for way in operation.get("security", []) for role in way.get("bearer", [])]
    return roles[0] if roles else "viewer"


def stamp(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


class Deployed:
    """The stack, and whoever looks at it."""

    def __init__(self, account, binaries, work):
        self.account, self.binaries, self.work = account, binaries, work
        self.s3, self.functions = account.client("s3"), account.client("lambda")
        self.now = step_start(time.time())
        # The sale of this morning is over; each measured step of it says that there was one.
        self.sale = range(self.now - 3 * 3600, self.now - 2 * 3600, STEP)

    # What is measured

    def measured(self):
        """The columns of each group, a value a step."""
        steps = {group: range(self.now - int(days * DAY), self.now + AHEAD, STEPS[group]) for group, days in DAYS.items()}
        requests = {step: round(7000 + 4000 * wave(step, self.now) + 300 * noise(step)) for step in steps["web"]}
        return {
            "web": {
                "request_count": requests,
                "cpu_utilization": {step: round(count / 100, 2) for step, count in requests.items()},
                "network_in": {step: 1000 * count for step, count in requests.items()},
                "in_service_instances": {step: FOUND["web"] for step in requests},
            },
            "batch": {
                "cpu_utilization": {step: round(40 + 20 * wave(step, self.now) + 4 * noise(step), 2) for step in steps["batch"]},
                "network_in": {step: 5_000_000 for step in steps["batch"]},
                "in_service_instances": {step: FOUND["batch"] for step in steps["batch"]},
            },
            "api": {
                "cpu_utilization": {step: 90 for step in steps["api"]},
                "network_in": {step: 1_000_000 for step in steps["api"]},
                "in_service_instances": {step: FOUND["api"] for step in steps["api"]},
            },
        }

    def put_groups(self):
        self.columns = self.measured()
        for group, columns in self.columns.items():
            self.account.make_group(f"{group}-asg", FOUND[group])
            self.account.put_metrics(group, columns)

    # What is deployed

    def template(self):
        """Where the template is as CloudFormation gets it, with the functions in the same bucket of the account."""
        template = yaml.load(pathlib.Path("infra/template.yaml").read_text(encoding="utf-8"), Loader)
        # It allows nothing without TLS, which the emulator does not speak.
        del template["Resources"]["BucketPolicy"]
        self.account.make_bucket(ARTIFACTS)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                function = pathlib.Path(resource["Properties"]["CodeUri"]).parent.name
                self.s3.upload_file(self.zipped(function), ARTIFACTS, f"{function}.zip")
                resource["Properties"]["CodeUri"] = f"s3://{ARTIFACTS}/{function}.zip"
        # Through JSON, because the anchors of YAML make shared objects, which the translator changes.
        body = json.dumps(transform(json.loads(json.dumps(template)), {}, NoManagedPolicies()))
        # By way of a bucket, as sam does: CloudFormation takes a large one in no other way.
        self.s3.put_object(Bucket=ARTIFACTS, Key="template.json", Body=body.encode())
        return f"{self.account.url}/{ARTIFACTS}/template.json"

    def zipped(self, function):
        """The function as it is uploaded; what a debugger needs is left out."""
        bare, path = self.work / "bootstrap", self.work / f"{function}.zip"
        subprocess.run(["strip", "-o", bare, self.binaries / function], check=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(bare, "bootstrap")
        return str(path)

    def deploy(self, **given):
        """Creates the stack, or changes it. Schedules that are not given are of no day to come."""
        stacks = self.account.client("cloudformation")
        group = f"arn:aws:autoscaling:{emulated.REGION}:{emulated.ACCOUNT}:autoScalingGroup:*:autoScalingGroupName"
        values = {
            "Architecture": "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64",
            "EndpointUrl": self.account.url,
            "WritableGroups": f"{group}/web-asg,{group}/api-asg",
            **{f"{function}Schedule": NEVER for function in ("Collector", "Scaler", "Trainer")},
        } | given
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        change, self.url = (stacks.update_stack, self.url) if hasattr(self, "url") else (stacks.create_stack, self.template())
        change(
            StackName=STACK, TemplateURL=self.url, Parameters=parameters,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        while (stack := stacks.describe_stacks(StackName=STACK)["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.2)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = stacks.describe_stack_events(StackName=STACK)["StackEvents"]
            reasons = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events if "FAILED" in event["ResourceStatus"]]
            fail("\n".join([f"the stack is {stack['StackStatus']}", *reasons]))
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def put_config(self):
        calendar = {
            "time_zone": "UTC",
            "events": [{"name": "sale", "kind": "sale", "start": stamp(self.sale.start)[:-4], "duration_minutes": 60, "intensity": 1.0}],
        }
        self.s3.put_object(Bucket=self.outputs["BucketName"], Key="config/fleet.toml", Body=FLEET.encode())
        self.s3.put_object(Bucket=self.outputs["BucketName"], Key="config/business_calendar.json", Body=json.dumps(calendar).encode())

    # What came of it

    def keys(self, prefix):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.outputs["BucketName"], Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def text(self, key):
        return self.s3.get_object(Bucket=self.outputs["BucketName"], Key=key)["Body"].read().decode()

    def history(self, group):
        """Its rows, by their time."""
        parsed = [csv.DictReader(io.StringIO(self.text(key))) for key in self.keys(f"history/group={group}/")]
        return {row["timestamp"]: row for rows in parsed for row in rows}

    def journal(self, kind, group):
        """The records of `decisions` or `forecasts`, in order."""
        return [json.loads(line) for key in self.keys(f"{kind}/group={group}/") for line in self.text(key).splitlines()]

    def decided(self, group):
        """The decisions that were carried out as far as they are to be; a tick is recorded before that."""
        return [decision for decision in self.journal("decisions", group) if decision["outcome"]["kind"] != "pending"]

    def invoke(self, function, event):
        answer = self.functions.invoke(FunctionName=self.outputs[function], Payload=json.dumps(event).encode())
        payload = json.loads(answer["Payload"].read())
        expect("FunctionError" not in answer, f"{function} failed on {event}: {payload}")
        return payload

    def log_lines(self, function):
        pages = self.account.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{STACK}-{function}")
        return [event["message"] for page in pages for event in page["events"]]

    def api_id(self):
        return self.outputs["ApiUrl"].split("://")[1].split(".")[0]

    def ask(self, method, path, who=None, body=None, **headers):
        """What the HTTP API answers, which is found by the name of its host; `who` signs, nobody by default."""
        host = f"{self.api_id()}.execute-api.localhost:{self.account.port}"
        content = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method, f"http://{host}{path}", data=content, headers={"Content-Type": "application/json"} if content else {})
        if who:
            SigV4Auth(self.people[who], "execute-api", emulated.REGION).add_auth(request)
        return answered(method, self.account.url + path, content, {**dict(request.headers), "Host": host, **headers})

    def told(self, method, path, who, body=None, status=200):
        """The same as JSON, where it is as it should be."""
        answer = self.ask(method, path, who, body)
        expect(answer.status == status, f"{who}: {method} {path} got {answer.status}, not {status}: {answer.text}")
        return json.loads(answer.text)

    def make_people(self):
        """One of each policy, with a key of their own."""
        iam = self.account.client("iam")
        self.people = {}
        for role in ROLES:
            iam.create_user(UserName=role)
            iam.attach_user_policy(UserName=role, PolicyArn=self.outputs[f"{role.capitalize()}PolicyArn"])
            key = iam.create_access_key(UserName=role)["AccessKey"]
            self.people[role] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def may(self, who, action, resource):
        """Whether IAM lets them."""
        found = self.account.client("iam").simulate_principal_policy(PolicySourceArn=who, ActionNames=[action], ResourceArns=[resource])
        return found["EvaluationResults"][0]["EvalDecision"] == "allowed"

    # What has to hold

    def check_history(self, group, days):
        """Every step of the last days is there as it was measured, and nothing else."""
        rows = self.history(group)
        # A run begins somewhat later than `now`, and so does what it reads.
        wanted = range(self.now - int(days * DAY) + 4 * STEP, self.now, STEPS[group])
        missing = [stamp(step) for step in wanted if stamp(step) not in rows]
        expect(not missing, f"history of `{group}` has no row for {missing[:5]} and {len(missing)} steps in all")
        columns = self.columns[group]
        for step in columns["cpu_utilization"]:
            row = rows.pop(stamp(step), None)
            if row is None:
                continue
            for column, values in columns.items():
                expect(
                    math.isclose(float(row[column]), values[step], rel_tol=1e-6),
                    f"history of `{group}` at {stamp(step)}: {column} is {row[column]!r}, measured was {values[step]}",
                )
            is_sale = float(row["is_sale_active"] or 0)
            expect(is_sale == (self.sale.start <= step < self.sale.stop), f"history of `{group}` at {stamp(step)}: is_sale_active is {is_sale}")
        expect(not rows, f"history of `{group}` has rows that nobody measured: {list(rows)[:5]}")

    def check_decision(self, decision):
        """`web` got what it needs, at once, by the model that was trained."""
        group = "web"
        expect(decision["outcome"] == {"kind": "applied"}, f"the decision of `{group}` came to {decision['outcome']}: {decision['sentence']}")
        desired = self.account.desired("web-asg")
        expect(desired == decision["desired"], f"`web-asg` has {desired} instances, decided were {decision['desired']}")
        load = self.columns[group]["request_count"][step_start(time.time()) - STEP] / REQUESTS_PER_INSTANCE
        # One step later or earlier is as good.
        needed = math.floor(load * 0.9 / MAX_UTILIZATION)
        expect(needed <= desired <= 3 * needed, f"`web-asg` has {desired} instances, its load of {load} takes {needed}")
        current = json.loads(self.text(f"models/group={group}/current.json"))
        made = self.journal("forecasts", group)[-1]["model"]
        expect(made["version"] == current["version"], f"the forecast is of model {made}, {current['version']} serves")

    def check_duplicates(self):
        """What is delivered twice does nothing new, not even against a hand that set the group meanwhile."""
        # All of it within one step.
        while STEP - time.time() % STEP < 30:
            time.sleep(1)
        self.invoke("ScalerName", {})
        before = {group: self.journal("decisions", group) for group in FOUND if STEPS[group] == STEP}
        self.account.client("autoscaling").set_desired_capacity(AutoScalingGroupName="web-asg", DesiredCapacity=FOUND["web"])
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda _: self.invoke("ScalerName", {}), range(3)))
        for group, decisions in before.items():
            after = self.journal("decisions", group)
            expect(after == decisions, f"`{group}` had {len(decisions)} decisions, and has {len(after)} after the same event came again")
            ticks = [decision["tick"] for decision in after]
            expect(len(set(ticks)) == len(ticks), f"`{group}` has two decisions for one tick: {ticks}")
        expect(self.account.desired("web-asg") == FOUND["web"], "the same event set `web-asg` a second time")
        sentence = before["web"][-1]["sentence"]
        expect(all(answer["done"]["web"] == sentence for answer in answers), f"not the decision that was made: {answers}")

    def check_rights(self):
        """Each operation of the API lets in whose role it is for, and nobody else."""
        contract = self.told("GET", "/api/openapi.json", "viewer")
        expect(contract["openapi"].startswith("3.1"), f"the contract is of OpenAPI {contract['openapi']}")
        operations = [
            (method.upper(), path, role_of(operation))
            for path, item in contract["paths"].items() for method, operation in item.items() if method in METHODS
        ]
        for what, wanted, found in (
            ("methods", {"GET", "PUT", "POST", "DELETE"}, {method for method, _, _ in operations}),
            ("roles", set(ROLES), {role for _, _, role in operations}),
        ):
            expect(found == wanted, f"the contract has the {what} {found}, not {wanted}")
        for method, path, role in operations:
            # Of a group that there is not, and without what has to be told: nothing comes of it.
            path = path.replace("{id}", "nobody")
            needed = ROLES.index(role)
            for who in (None, *ROLES):
                answer = self.ask(method, path, who)
                expect(answer.status < 500, f"{who}: {method} {path} got {answer.status}: {answer.text}")
                is_let_in = answer.status != 403 or answer.headers["Content-Type"] == PROBLEM
                expected = who is not None and ROLES.index(who) >= needed
                expect(is_let_in == expected, f"{who or 'a call without a signature'}: {method} {path} got {answer.status}: {answer.text}")
        for path in ("/", "/groups/web", "/groups/web/backtest", "/calendar", "/icon.svg"):
            answer = self.ask("GET", path, "viewer")
            expect(answer.status == 200, f"viewer: {path} of the page got {answer.status}: {answer.text[:200]}")
            expect(self.ask("GET", path).status == 403, f"{path} of the page is open")
        ids = [group["id"] for group in self.told("GET", "/api/groups", "viewer")["groups"]]
        expect(ids == ["web", "batch", "api", "lost"], f"the dashboard shows {ids}")

    def check_dashboard_role(self):
        """It writes orders and their records, and no more; and it may set no group."""
        bucket = f"arn:aws:s3:::{self.outputs['BucketName']}"
        role = self.functions.get_function_configuration(FunctionName=self.outputs["DashboardApiName"])["Role"]

        def may(action, resource):
            return self.may(role, action, resource)

        for key in (*DASHBOARD_WRITES, *OTHERS_WRITE):
            expect(may("s3:PutObject", f"{bucket}/{key}") == (key in DASHBOARD_WRITES), f"what the dashboard may do with {key} is not what it has to")
            expect(not may("s3:DeleteObject", f"{bucket}/{key}"), f"the dashboard may delete {key}")
        for action in ("autoscaling:SetDesiredCapacity", "autoscaling:UpdateAutoScalingGroup", "lambda:InvokeFunction"):
            expect(not may(action, "*"), f"the dashboard may {action}")

    def check_kill_switch(self):
        """It keeps `api` from being changed, and no longer once it is taken back."""
        self.told("PUT", "/api/stop", "operator", {"why": "a drill"})
        answer = self.invoke("ScalerName", {"groups": ["api"]})
        outcome = self.journal("decisions", "api")[-1]["outcome"]
        expect(outcome["kind"] == "stopped", f"`api` was decided for while everything was stopped, and that came to {outcome}: {answer}")
        expect(self.account.desired("api-asg") == FOUND["api"], "`api-asg` was changed while everything was stopped")
        expect(self.told("GET", "/api/groups/api", "viewer")["stopped"] == "fleet", "the dashboard does not say that everything is stopped")
        self.told("DELETE", "/api/stop", "operator")
        # A tick that was decided stays so: the next one, of the next minute, may act again.
        ticked = len(self.journal("decisions", "api"))

        def next_tick():
            self.invoke("ScalerName", {"groups": ["api"]})
            return self.journal("decisions", "api")[ticked:]

        decision = wait_for("the tick after the stop was made", next_tick)[-1]
        expect(decision["outcome"] == {"kind": "applied"}, f"the decision after the stop came to {decision['outcome']}: {decision['sentence']}")
        desired = self.account.desired("api-asg")
        expect(desired == decision["desired"] > FOUND["api"], f"`api-asg` has {desired} instances, decided were {decision['desired']}")

    def check_training(self):
        """A training that is asked for is done, once."""
        key = "requests/train/group=web.json"
        runs = lambda: sum(line.startswith("END ") for line in self.log_lines("trainer"))
        versions = lambda: self.s3.list_object_versions(Bucket=self.outputs["BucketName"], Prefix=key).get("Versions", [])
        before = runs()
        self.told("POST", "/api/predictions/train", "admin", {"group": "web"}, status=202)
        expect(self.keys("requests/") == [key], f"asked for a training, the store has {self.keys('requests/')}")
        wait_for("the training that was asked for is done", lambda: self.told("GET", "/api/groups/web", "viewer")["training"]["done"])
        # Each version of the request is an event, and each event a run. Only the first has something to do.
        wait_for("the trainer came to rest", lambda: runs() - before >= len(versions()))
        expect(len(versions()) == 2, f"the request has {len(versions())} versions: it was written by more than who asked and who did it")
        self.invoke("TrainerName", {"asked": True})
        expect(len(versions()) == 2, "the trainer wrote something, and nobody had asked")

    def check_audit(self):
        """Each write left its record, which nobody but an admin reads."""
        records = self.told("GET", "/api/audit", "admin")["records"]
        found = {(record["by"].rsplit("/", 1)[-1], record["action"]) for record in records}
        wanted = {("operator", "stop"), ("operator", "resume"), ("admin", "train")}
        expect(wanted <= found, f"the audit has {found}, and not {wanted - found}")

    def check_signed_page(self):
        """What scripts/dashboard passes on, and what not."""
        operator = self.people["operator"]
        session = boto3.Session(operator.access_key, operator.secret_key, region_name=emulated.REGION)
        server = signed_page.server_of(session, f"{self.account.url}/_aws/execute-api/{self.api_id()}/$default", 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = f"http://127.0.0.1:{server.server_port}"

        def asked(method, path, body=None, status=200, **headers):
            content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            headers = {"Content-Type": "application/json", "Cookie": key, **headers}
            answer = answered(method, page + path, content, headers)
            expect(answer.status == status, f"the signed page: {method} {path} with {headers} got {answer.status}: {answer.text[:300]}")
            return answer

        key = f"headroom-{server.server_port}={server.key}"
        asked("GET", "/api/groups/web/decisions?hours=24&limit=2")
        # Whoever else is on the machine has no key; the address that is printed has one, and leaves it in the browser.
        for wrong in ("", "headroom-1=x", f"{key}x", key.replace(str(server.server_port), "1"), '"'):
            asked("GET", "/api/groups", status=401, Cookie=wrong)
        for path in ("/?key=", f"/?key={server.key}x", f"/api/groups?key={server.key}"):
            asked("GET", path, status=401, Cookie="")
        let_in = asked("GET", f"/?key={server.key}", status=303, Cookie="")
        expect((let_in.headers["Location"], let_in.headers["Set-Cookie"].split(";")[0]) == ("/", key), "the printed address lets nobody in")
        asked("GET", "/api/audit", status=403)
        calendar = asked("GET", "/api/calendar")
        asked("GET", "/api/calendar", status=304, If_None_Match=calendar.headers["ETag"])
        sent = {name: json.loads(calendar.text)[name] for name in ("time_zone", "events")}
        asked("PUT", "/api/calendar", sent, status=412, If_Match='"of another day"')
        asked("PUT", "/api/calendar", sent, If_Match=calendar.headers["ETag"], Origin=page, Sec_Fetch_Site="same-origin")
        # Of another page, of another name, and too much.
        why = {"why": "another page said so"}
        asked("PUT", "/api/stop", why, status=403, Origin="https://example.com")
        asked("PUT", "/api/stop", why, status=403, Sec_Fetch_Site="cross-site")
        asked("PUT", "/api/stop", why, status=403, Origin=f"http://localhost:{server.server_port}")
        asked("PUT", "/api/stop", why, status=403, Host=f"example.com:{server.server_port}")
        asked("GET", "/api/groups", status=403, Host="example.com")
        asked("PUT", "/api/stop", b"x" * ((1 << 20) + 1), status=413)
        expect(self.told("GET", "/api/groups", "viewer")["fleet"]["stop"] is None, "another page stopped everything")
        asked("PUT", "/api/groups/batch/stop", {"why": "no browser"})
        asked("DELETE", "/api/groups/batch/stop")
        server.shutdown()
        server.server_close()

    def check_tokens(self):
        """Where tokens open the dashboard, nothing about a group is to be had without one."""
        # Nobody is there, so that no token has a key: what comes without one is turned away before that.
        self.deploy(JwtIssuer="https://127.0.0.1:9/", JwtAudience="headroom")
        for path in ("/", "/groups/web", "/api/health", "/api/auth", "/api/openapi.json", "/api/docs"):
            answer = self.ask("GET", path)
            expect(answer.status == 200, f"without a token, {path} got {answer.status}: {answer.text[:200]}")
        asked = [("GET", path) for path in ("/api/groups", "/api/session", "/api/audit", "//api/groups", "/api/groups/web/history")]
        asked += [("PUT", "/api/stop"), ("DELETE", "/api/stop"), ("POST", "/api/metrics")]
        # By hand: a header {"alg":"none"} with the role that would be liked.
        forged = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovLzEyNy4wLjAuMTo5LyIsImF1ZCI6ImhlYWRyb29tIiwicm9sZXMiOlsiYWRtaW4iXSwiZXhwIjo0MTAyNDQ0ODAwfQ."
        for method, path in asked:
            for headers in ({}, {"Authorization": f"Bearer {forged}"}):
                answer = self.ask(method, path, **headers)
                expect(answer.status == 401, f"with {headers or 'no token'}, {method} {path} got {answer.status}: {answer.text[:200]}")
        asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
        allowed = self.ask("OPTIONS", "/api/stop", **asked).headers["Access-Control-Allow-Origin"]
        expect(allowed is None, f"a page of elsewhere is told that {allowed} may call")

    def check_metric_line(self):
        """The line that CloudWatch makes metrics of."""
        lines = [json.loads(line) for line in self.log_lines("scaler") if line.startswith("{") and '"_aws"' in line]
        expect(lines, "the scaler's log has no line of metrics")
        last = lines[-1]
        found = {name: last.get(name) for name in ("Function", "Heartbeat", "Groups", "Failed", "Blind")}
        wanted = {"Function": self.outputs["ScalerName"], "Heartbeat": 1, "Groups": len(FOUND), "Failed": 1, "Blind": 0}
        expect(found == wanted, f"the scaler's metrics are {found}, not {wanted}")

    def check_doctor(self):
        """Whoever has the policy for the commands is told of an alarm that is raised, and lacks no right to look."""
        iam, alarm = self.account.client("iam"), f"{STACK}-throttled"
        user = iam.create_user(UserName="commands")["User"]["Arn"]
        iam.attach_user_policy(UserName="commands", PolicyArn=self.outputs["CommandsPolicyArn"])
        key = iam.create_access_key(UserName="commands")["AccessKey"]
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        self.account.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="for a test")
        doctor = [self.binaries / "headroom", "doctor", "--store", self.outputs["StoreUrl"], "--stack", STACK, "--json", "-"]
        ran = subprocess.run(doctor, env=os.environ | keys, capture_output=True, text=True)
        expect(ran.returncode in (0, 1), f"the doctor ended with {ran.returncode}: {ran.stderr}")
        findings = json.loads(ran.stdout)["findings"]
        raised = [found for found in findings if found["thing"] == "alarms" and found["severity"] == "error"]
        named = any(f"`{alarm}` is raised since" in found["what"] and found["runbook"] == "throttled" for found in raised)
        expect(named, f"the doctor does not tell of the alarm that is raised: {ran.stdout}")
        # AWS asks for it on this resource; the emulator lets everyone look at alarms.
        alarms = f"arn:aws:cloudwatch:{emulated.REGION}:{emulated.ACCOUNT}:alarm:*"
        expect(self.may(user, "cloudwatch:DescribeAlarms", alarms), "the policy for the commands has no right to look at alarms")
        # Whether the scaler may write cannot be tried, and the objects of the functions are not theirs to write.
        unknown = [found for found in findings if found["severity"] == "unknown" and found["thing"] != "rights"]
        denied = [found for found in findings if "allow `" in found["what"] and found["thing"] != "store"]
        expect(not unknown and not denied, f"the policy for the commands lacks a right of the doctor: {unknown} {denied}")

    def check_nothing_failed(self):
        queue = self.account.client("sqs").get_queue_attributes(QueueUrl=self.outputs["FailuresUrl"], AttributeNames=["All"])
        waiting = queue["Attributes"]["ApproximateNumberOfMessages"]
        expect(waiting == "0", f"{waiting} runs are in the queue of failures")


def play(stack):
    stack.put_groups()
    stack.deploy(CollectorSchedule=EVERY_MINUTE)
    stack.put_config()
    stack.make_people()
    say("deployed")

    wait_for("the collector ran by its schedule", lambda: all(stack.history(group) for group in FOUND))
    for group in FOUND:
        stack.check_history(group, days=min(1, DAYS[group]))
    expect(not stack.keys("history/group=lost/"), "rows were made up for a group that has no metrics")
    answer = stack.invoke("CollectorName", {"groups": ["web"]})
    expect(set(answer["done"]) == {"web"} and not answer["failed"], f"the collector, asked for `web`, answered {answer}")

    store = ["--store", stack.outputs["StoreUrl"]]
    imported = [stack.binaries / "trainer", "import", *store, "--days", str(DAYS["web"]), "--hourly-days", "0"]
    done = subprocess.run(imported, capture_output=True, text=True)
    # It says so of `lost`, which has nothing to import.
    expect("web" in done.stdout + done.stderr, f"`trainer import` said {done.stdout} {done.stderr}")
    for group in FOUND:
        stack.check_history(group, days=DAYS[group])
    say("older history was imported")

    stack.deploy(CollectorSchedule=EVERY_MINUTE, TrainerSchedule=f"at({stamp(time.time())[:-1]})")
    wait_for("the trainer ran by its schedule", lambda: "models/group=web/current.json" in stack.keys("models/"))
    for group in ("batch", "api"):
        expect(not stack.keys(f"models/group={group}/"), f"`{group}` has a model, and {DAYS[group]} days of history")

    answer = stack.invoke("ScalerName", {"groups": ["batch"]})
    expect(set(answer["done"]) == {"batch"} and not answer["failed"], f"the scaler, asked for `batch`, answered {answer}")
    expect(not stack.keys("decisions/group=web/"), "the scaler, asked for `batch`, decided for `web`")
    stack.check_kill_switch()
    say("the kill switch held, and was taken back")
    stack.deploy(CollectorSchedule=EVERY_MINUTE, ScalerSchedule=f"at({stamp(time.time())[:-1]})")
    decisions = wait_for("the scaler ran by its schedule", lambda: stack.decided("web"))
    stack.check_decision(decisions[-1])
    expect(stack.account.desired("batch-asg") == FOUND["batch"], "`batch` is in mode `observe`, and was changed")

    answer = stack.invoke("ScalerName", {})
    expect(set(answer["done"]) == set(FOUND), f"the scaler did not go on past a group that is not there: {answer}")
    expect("lost-asg" in answer["failed"].get("lost", ""), f"the scaler did not tell of the group that is not there: {answer}")
    stack.check_duplicates()
    say("what came twice was done once")
    stack.check_training()
    stack.check_rights()
    stack.check_dashboard_role()
    stack.check_audit()
    say("everyone may do what their policy says, and nothing else")
    stack.check_doctor()
    say("the doctor told of an alarm")
    stack.check_signed_page()
    say("the signed page passed on what it should")
    stack.check_metric_line()
    stack.check_tokens()
    say("tokens close what has to be closed")
    stack.check_nothing_failed()


def main():
    parser = argparse.ArgumentParser(prog="deployed_test.py")
    parser.add_argument("binaries", type=pathlib.Path, help="where the functions, `trainer` and `headroom` were built")
    binaries = parser.parse_args().binaries.resolve()
    started = time.monotonic()
    with emulated.Account(enforces=True) as account:
        stack = Deployed(account, binaries, pathlib.Path(account.folder.name))
        try:
            play(stack)
        except (SystemExit, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            for function in ("collector", "trainer", "scaler", "dashboard-api"):
                try:
                    print(f"log of {function}:", *stack.log_lines(function)[-20:], sep="\n  ", file=sys.stderr)
                except botocore.exceptions.ClientError:
                    pass
            raise
    say(f"all passed in {time.monotonic() - started:.0f} s")


main()
