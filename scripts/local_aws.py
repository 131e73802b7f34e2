"""The account of data/fleet.toml, emulated on this machine for as long as this runs.

Run by scripts/local-aws.
"""

import argparse
import os
import pathlib
import re
import sys
import time

import emulated
from emulated import DAY, STEP, noise, step_start, wave

BUCKET = "headroom"
# The emulator forgets metrics after 14 days. Those to come are there already, so that it can run for a day.
DAYS = 13
INSTANCES = 4


def columns(now):
    """A group that works at 60 % of its CPU now, and more and more until a quarter of a day from now."""
    steps = range(now - DAYS * DAY, now + DAY, STEP)
    cpu = {step: round(60 + 25 * wave(step, now) + 5 * noise(step), 2) for step in steps}
    return {
        "cpu_utilization": cpu,
        "network_in": {step: round(1_000_000 * value) for step, value in cpu.items()},
        "in_service_instances": {step: INSTANCES for step in steps},
        "request_count": {step: round(12_000 * INSTANCES * value / 100) for step, value in cpu.items()},
    }


def main():
    parser = argparse.ArgumentParser(prog="scripts/local-aws")
    parser.add_argument("--port", type=int, default=4566, help="on 127.0.0.1")
    parser.add_argument("--environment", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    fleet = pathlib.Path("data/fleet.toml").read_text(encoding="utf-8")
    with emulated.Account(args.port) as account:
        account.make_bucket(BUCKET)
        s3 = account.client("s3")
        s3.put_object(Bucket=BUCKET, Key="config/fleet.toml", Body=fleet.encode())
        s3.put_object(Bucket=BUCKET, Key="config/business_calendar.json", Body=pathlib.Path("data/business_calendar.json").read_bytes())
        measured = columns(step_start(time.time()))
        groups = re.findall('^auto_scaling_group = "(.+)-asg"', fleet, re.MULTILINE)
        for group in groups:
            account.make_group(f"{group}-asg", INSTANCES)
            account.put_metrics(group, measured)
        environment = {"HEADROOM_STORE": f"s3://{BUCKET}", "HEADROOM_ACCESS": "gateway"} | {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        args.environment.write_text("".join(f"{name}={value}\n" for name, value in environment.items()), encoding="utf-8")
        print(f"The groups {', '.join(groups)} and the bucket {BUCKET} are at {account.url}; Ctrl-C ends it.", file=sys.stderr)
        try:
            account.process.wait()
            sys.exit("local-aws: the emulator ended by itself")
        except KeyboardInterrupt:
            pass
        finally:
            args.environment.unlink()


main()
