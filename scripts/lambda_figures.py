"""Sizes and times of the built functions, each run by Lambda's runtime interface emulator against an emulated account.

Run by scripts/lambda-figures.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

import emulated
from emulated import DAY, STEP, noise, step_start, wave

BUCKET = "headroom"
GROUP = "web"
# `headroom demo` plays the last fifth of a trace: 28 days are history, then a week is decided tick by tick.
DAYS = 35
# What each function may take, beside the trainer's time, which has no target: Megabytes of zip and of memory, milliseconds.
ZIP_MAX, INIT_MAX, OWN_MAX, MEMORY_MAX = 6.0, 40.0, 25.0, 48.0
PAGE = json.loads(pathlib.Path("data/events/dashboard-groups.json").read_text(encoding="utf-8"))
FLEET = f"""
[[group]]
id = "{GROUP}"
region = "{emulated.REGION}"
mode = "active"
auto_scaling_group = "web-asg"
max_instances = 40
[group.metrics.request_count]
namespace = "AWS/ApplicationELB"
metric = "RequestCount"
dimensions = {{ TargetGroup = "targetgroup/web/0123456789abcdef" }}
statistic = "Sum"
"""


def say(message):
    print(f"lambda-figures: {message}", file=sys.stderr)


# A store as it is after a week of ticks


def rows(steps):
    """A day's wave and noise, a row a step."""
    for step in steps:
        requests = round(7000 + 4000 * wave(step, 0) + 300 * noise(step))
        yield step, {"cpu_utilization": requests / 200, "network_in": 1000 * requests, "request_count": requests, "in_service_instances": 12}


def play(headroom, folder, end):
    """What `headroom demo` leaves in the folder `store`."""
    trace, store = folder / "trace.csv", folder / "store"
    with trace.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, (step, row) in enumerate(rows(range(end - DAYS * DAY, end, STEP))):
            if number == 0:
                writer.writerow(["timestamp", *row])
            writer.writerow([time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(step)), *row.values()])
    command = [headroom, "demo", "--headless", "--trace", trace, "--store", f"file://{store}", "--peak-instances", "12"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (store / "config/fleet.toml").write_text(FLEET, encoding="utf-8")
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file() and path.name[0] != "."}


class Place:
    """The account with that store, the group, and its metrics up to now."""

    def __init__(self, account, objects, end):
        self.account, self.objects, self.s3 = account, objects, account.client("s3")
        # What S3 gives as the tag of an object.
        self.digests = {key: hashlib.md5(body).hexdigest() for key, body in objects.items()}
        account.make_bucket(BUCKET)
        for key, body in objects.items():
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        today = objects[max(key for key in objects if key.startswith("decisions/"))].splitlines()
        self.ticks_today, self.desired = len(today), json.loads(today[-1])["desired"]
        account.make_group("web-asg", self.desired)
        # The steps that end while the figures are taken are there too.
        recent = dict(rows(range(end - 2 * DAY, end + DAY, STEP)))
        columns = {column: {step: row[column] for step, row in recent.items()} for column in emulated.METRICS}
        account.put_metrics(GROUP, columns)

    def undo(self):
        """Everything that a tick changes, as it was before: a tick that was recorded is not decided again."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for found in page.get("Contents", []):
                key = found["Key"]
                if key not in self.objects:
                    self.s3.delete_object(Bucket=BUCKET, Key=key)
                elif found["ETag"].strip('"') != self.digests[key]:
                    self.s3.put_object(Bucket=BUCKET, Key=key, Body=self.objects[key])
        self.account.client("autoscaling").set_desired_capacity(AutoScalingGroupName="web-asg", DesiredCapacity=self.desired)


# A function, run as Lambda runs it


class Function:
    """A process of its own, from its start to the end of the `with`."""

    def __init__(self, rie, bootstrap):
        self.rie, self.bootstrap = rie, bootstrap

    def __enter__(self):
        api, runtime = emulated.free_port(), emulated.free_port()
        self.url = f"http://127.0.0.1:{api}/2015-03-31/functions/function/invocations"
        self.log = tempfile.TemporaryFile("w+")
        environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name == "PATH"}
        environment |= {"HEADROOM_STORE": f"s3://{BUCKET}", "HEADROOM_ACCESS": "gateway", "AWS_LAMBDA_FUNCTION_TIMEOUT": "900"}
        addresses = [f"--runtime-interface-emulator-address=127.0.0.1:{api}", f"--runtime-api-address=127.0.0.1:{runtime}"]
        self.process = subprocess.Popen([self.rie, *addresses, self.bootstrap], env=environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{api}/", timeout=5)
            except urllib.error.HTTPError:
                return self
            except OSError:
                if time.monotonic() > deadline:
                    self.__exit__()
                    sys.exit(f"lambda-figures: the runtime interface emulator does not start: {self.text()}")
                time.sleep(0.02)

    def __exit__(self, *_):
        for pid in [*self.children(), self.process.pid]:
            os.kill(pid, 9)
        self.process.wait()
        self.log.close()

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def children(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.glob("*/children") for pid in task.read_text().split()]

    def invoke(self, event):
        """Milliseconds of one invocation: all of them, and those that the function's own threads worked."""
        before = self.own_seconds()
        request = urllib.request.Request(self.url, json.dumps(event).encode())
        answer = json.loads(urllib.request.urlopen(request, timeout=900).read())
        if "errorMessage" in answer or answer.get("failed") or answer.get("statusCode", 200) != 200:
            sys.exit(f"lambda-figures: the invocation failed: {answer}\n{self.text()[-3000:]}")
        # Written after the answer was sent.
        while len(durations := re.findall(r"INVOKE RTDONE\(.*duration: ([0-9.]+)ms\)", self.text())) < getattr(self, "invoked", 0) + 1:
            time.sleep(0.005)
        self.invoked = len(durations)
        return float(durations[-1]), 1000 * (self.own_seconds() - before)

    def own_seconds(self):
        """Processor time of the whole process; none before its first invocation, which starts it."""
        found = self.children()
        # The clock of a process, as clock_getcpuclockid(3) gives it.
        return time.clock_gettime(~found[0] << 3 | 2) if found else 0.0

    def init(self):
        return float(re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", self.text())[1])

    def memory(self):
        """Megabytes that are resident now, and that were at most."""
        status = pathlib.Path(f"/proc/{self.children()[0]}/status").read_text()
        return [int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")]


def measure(name, archive, rie, place, event, starts, ticks):
    """The figures of one function."""
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(archive).extract("bootstrap", folder)
        bootstrap = pathlib.Path(folder, "bootstrap")
        bootstrap.chmod(0o755)
        inits = []
        for _ in range(starts):
            place.undo()
            with Function(rie, bootstrap) as function:
                function.invoke(event)
                inits.append(function.init())
        with Function(rie, bootstrap) as function:
            times = []
            # The first is cold.
            for _ in range(ticks + 1):
                place.undo()
                times.append(function.invoke(event))
            resident, peak = function.memory()
    wall, own = (statistics.median(column) for column in zip(*times[1:]))
    return {
        "function": name, "zip": archive.stat().st_size / 1e6, "init": statistics.median(inits), "cold": times[0][0],
        "wall": wall, "own": own, "resident": resident, "peak": peak,
    }


def table(figures):
    """As in docs/lambda.md."""
    print("| function | zip, MB | init, ms | first invocation, ms | warm invocation, ms | of it own work, ms | resident, MB | at most, MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in figures:
        number = lambda key, digits: f"{row[key]:,.{digits}f}"
        cells = [
            row["function"], number("zip", 2), number("init", 1), number("cold", 0), number("wall", 1), number("own", 1),
            number("resident", 1), number("peak", 1),
        ]
        print("| " + " | ".join(cells) + " |")


def over(figures):
    """What is larger than it may be."""
    for row in figures:
        limits = {"zip": ZIP_MAX, "init": INIT_MAX, "own": OWN_MAX, "peak": MEMORY_MAX}
        if row["function"] == "trainer-function":
            limits = {"zip": ZIP_MAX, "init": INIT_MAX}
        for key, limit in limits.items():
            if row[key] > limit:
                yield f"{row['function']}: {key} {row[key]:.1f} is over {limit:g}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/lambda-figures")
    parser.add_argument("--starts", type=int, default=11, help="cold starts of each function")
    parser.add_argument("--ticks", type=int, default=21, help="warm invocations of each function")
    parser.add_argument("--functions", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--headroom", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rie", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, emulated.Account() as account:
        folder = pathlib.Path(work)
        # Neither emulator's own file may be changed by making it executable.
        rie = folder / "rie"
        rie.write_bytes(args.rie.read_bytes())
        rie.chmod(0o755)
        end = step_start(time.time()) - STEP
        say("playing a week of ticks")
        objects = play(args.headroom.resolve(), folder, end)
        place = Place(account, objects, end)
        figures = []
        for name, event, starts, ticks in (
            ("collector", {}, args.starts, args.ticks),
            ("scaler", {}, args.starts, args.ticks),
            ("dashboard-api", PAGE, args.starts, args.ticks),
            ("trainer-function", {}, min(args.starts, 3), min(args.ticks, 3)),
        ):
            archive = args.functions / name / "bootstrap.zip"
            if not archive.exists():
                continue
            say(name)
            figures.append(measure(name, archive, rie, place, event, starts, ticks))
        print(f"at {time.strftime('%H:%M', time.gmtime())} UTC, after {place.ticks_today} ticks of the day, load {os.getloadavg()[0]:.1f}")
        table(figures)
        misses = list(over(figures))
        for miss in misses:
            say(miss)
        sys.exit(1 if misses else 0)


main()
