"""Deploys infra/template.yaml into an emulated account and watches what the deployed functions do there.

Run by scripts/test-deployed.
"""

import argparse
import concurrent.futures
import csv
import io
import json
import math
import pathlib
import platform
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

import boto3
import botocore.exceptions
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from samtranslator.translator.transform import transform

import emulated
from emulated import DAY, STEP, noise, step_start, wave

STACK = "headroom"
ARTIFACTS = "artifacts"
# What is measured of each group: enough of `web` for a model, too little of `batch`. The emulator forgets metrics after 14 days.
DAYS = {"web": 9, "batch": 1}
# Metrics are there ahead of time, so that each step has ended before a function asks for it, however long the test takes.
AHEAD = 3600
# A schedule is looked at every ten seconds, a busy machine trains slowly.
PATIENCE_SECONDS = 240
# `web` is given 2 instances by hand, and needs some 8 at the load that it has now.
FOUND = {"web": 2, "batch": 3}
REQUESTS_PER_INSTANCE = 1000
MAX_UTILIZATION = 0.85
NEVER = "at(2099-01-01T00:00:00)"

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
id = "lost"
mode = "active"
auto_scaling_group = "lost-asg"
"""


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
        steps = {group: range(self.now - days * DAY, self.now + AHEAD, STEP) for group, days in DAYS.items()}
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
        }

    def put_groups(self):
        self.columns = self.measured()
        for group, columns in self.columns.items():
            self.account.make_group(f"{group}-asg", FOUND[group])
            self.account.put_metrics(group, columns)

    # What is deployed

    def template(self):
        """The template as CloudFormation gets it, with the functions in a bucket of the account."""
        template = yaml.load(pathlib.Path("infra/template.yaml").read_text(encoding="utf-8"), Loader)
        self.account.make_bucket(ARTIFACTS)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                function = pathlib.Path(resource["Properties"]["CodeUri"]).parent.name
                self.s3.upload_file(self.zipped(function), ARTIFACTS, f"{function}.zip")
                resource["Properties"]["CodeUri"] = f"s3://{ARTIFACTS}/{function}.zip"
        # Through JSON, because the anchors of YAML make shared objects, which the translator changes.
        return json.dumps(transform(json.loads(json.dumps(template)), {}, NoManagedPolicies()))

    def zipped(self, function):
        """The function as it is uploaded; what a debugger needs is left out."""
        bare, path = self.work / "bootstrap", self.work / f"{function}.zip"
        subprocess.run(["strip", "-o", bare, self.binaries / function], check=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(bare, "bootstrap")
        return str(path)

    def deploy(self, **schedules):
        """Creates the stack, or changes its schedules."""
        stacks = self.account.client("cloudformation")
        group = f"arn:aws:autoscaling:{emulated.REGION}:{emulated.ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/web-asg"
        architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
        values = {"Architecture": architecture, "EndpointUrl": self.account.url, "WritableGroups": group} | schedules
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        change, self.body = (stacks.update_stack, self.body) if hasattr(self, "body") else (stacks.create_stack, self.template())
        change(
            StackName=STACK, TemplateBody=self.body, Parameters=parameters,
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

    def ask(self, path, signed):
        """Status and body of a call of the HTTP API, which is found by the name of its host."""
        host = self.outputs["ApiUrl"].split("://")[1].split(".")[0] + f".execute-api.localhost:{self.account.port}"
        request = AWSRequest("GET", f"http://{host}{path}")
        if signed:
            SigV4Auth(boto3.Session().get_credentials(), "execute-api", emulated.REGION).add_auth(request)
        asked = urllib.request.Request(self.account.url + path, headers={**dict(request.headers), "Host": host})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    # What has to hold

    def check_history(self, group, days):
        """Every step of the last days is there as it was measured, and nothing else."""
        rows = self.history(group)
        # A run begins somewhat later than `now`, and so does what it reads.
        wanted = range(self.now - days * DAY + 4 * STEP, self.now, STEP)
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
            expect(is_sale == (step in self.sale), f"history of `{group}` at {stamp(step)}: is_sale_active is {is_sale}")
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
        before = {group: self.journal("decisions", group) for group in FOUND}
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

    def check_dashboard(self):
        status, body = self.ask("/api/groups", signed=False)
        expect(status == 403, f"an unsigned call of the dashboard got {status}: {body}")
        status, body = self.ask("/api/groups", signed=True)
        expect(status == 200, f"a signed call of the dashboard got {status}: {body}")
        ids = [group["id"] for group in json.loads(body)["groups"]]
        expect(ids == ["web", "batch", "lost"], f"the dashboard shows {ids}")
        status, body = self.ask("/", signed=True)
        expect(status == 200 and "<html" in body, f"the page of the dashboard got {status}: {body[:200]}")

    def check_metric_line(self):
        """The line that CloudWatch makes metrics of."""
        lines = [json.loads(line) for line in self.log_lines("scaler") if line.startswith("{") and '"_aws"' in line]
        expect(lines, "the scaler's log has no line of metrics")
        last = lines[-1]
        found = {name: last.get(name) for name in ("Function", "Heartbeat", "Groups", "Failed", "Blind")}
        wanted = {"Function": self.outputs["ScalerName"], "Heartbeat": 1, "Groups": 2, "Failed": 1, "Blind": 0}
        expect(found == wanted, f"the scaler's metrics are {found}, not {wanted}")

    def check_nothing_failed(self):
        queue = self.account.client("sqs").get_queue_attributes(QueueUrl=self.outputs["FailuresUrl"], AttributeNames=["All"])
        waiting = queue["Attributes"]["ApproximateNumberOfMessages"]
        expect(waiting == "0", f"{waiting} runs are in the queue of failures")


def play(stack):
    stack.put_groups()
    stack.deploy(CollectorSchedule="cron(* * * * ? *)", ScalerSchedule=NEVER, TrainerSchedule=NEVER)
    stack.put_config()
    say("deployed")

    wait_for("the collector ran by its schedule", lambda: all(stack.history(group) for group in FOUND))
    for group in FOUND:
        stack.check_history(group, days=1)
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

    stack.deploy(CollectorSchedule="cron(* * * * ? *)", ScalerSchedule=NEVER, TrainerSchedule=f"at({stamp(time.time())[:-1]})")
    wait_for("the trainer ran by its schedule", lambda: "models/group=web/current.json" in stack.keys("models/"))
    expect(not stack.keys("models/group=batch/"), "`batch` has a model, and a day of history")

    answer = stack.invoke("ScalerName", {"groups": ["batch"]})
    expect(set(answer["done"]) == {"batch"} and not answer["failed"], f"the scaler, asked for `batch`, answered {answer}")
    expect(not stack.keys("decisions/group=web/"), "the scaler, asked for `batch`, decided for `web`")
    stack.deploy(CollectorSchedule="cron(* * * * ? *)", ScalerSchedule=f"at({stamp(time.time())[:-1]})", TrainerSchedule=NEVER)
    decisions = wait_for("the scaler ran by its schedule", lambda: stack.decided("web"))
    stack.check_decision(decisions[-1])
    expect(stack.account.desired("batch-asg") == FOUND["batch"], "`batch` is in mode `observe`, and was changed")

    answer = stack.invoke("ScalerName", {})
    expect(set(answer["done"]) == {"web", "batch"}, f"the scaler did not go on past a group that is not there: {answer}")
    expect("lost-asg" in answer["failed"].get("lost", ""), f"the scaler did not tell of the group that is not there: {answer}")
    stack.check_duplicates()
    say("what came twice was done once")
    stack.check_dashboard()
    say("the dashboard answered")
    stack.check_metric_line()
    stack.check_nothing_failed()


def main():
    parser = argparse.ArgumentParser(prog="deployed_test.py")
    parser.add_argument("binaries", type=pathlib.Path, help="where the functions and `trainer` were built")
    binaries = parser.parse_args().binaries.resolve()
    started = time.monotonic()
    with emulated.Account() as account:
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
