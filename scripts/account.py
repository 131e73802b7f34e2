"""What scripts/deploy asks of an account of AWS, and tells it.

Run by the Python that has boto3 and tomlkit, which come with sam.
"""

import argparse
import json
import pathlib
import sys

import boto3
import botocore.exceptions
import tomlkit
import tomlkit.exceptions

# CloudFormation takes no longer value of a parameter.
VALUE_BYTES_MAX = 4096


def fail(message):
    sys.exit(f"deploy: {message}")


def identity(session):
    """Who deploys; ends with the cure where nobody does."""
    if session.region_name is None:
        fail("no region is named: give --region, or set AWS_REGION")
    try:
        return session.client("sts").get_caller_identity()
    except botocore.exceptions.NoCredentialsError:
        fail("there are no credentials of AWS: run `aws configure` or `aws sso login`, set AWS_PROFILE, or run where a role is given")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        fail(f"the credentials of AWS are not taken: {error}: renew them, for example by `aws sso login`")


def partition(region):
    return boto3.Session().get_partition_for_region(region)


def read(path, parse):
    """The file as text, if it parses."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        parse(text)
    except OSError as error:
        fail(f"`{path}` cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"`{path}` is not UTF-8: save it as UTF-8")
    except (tomlkit.exceptions.ParseError, json.JSONDecodeError) as error:
        fail(f"`{path}`: {error}")
    return text


def groups(path):
    """The groups of a fleet with its defaults filled in."""
    fleet = tomlkit.parse(read(path, tomlkit.parse)).unwrap()
    return [{**fleet.get("defaults", {}), **group} for group in fleet.get("group", [])]


def arns(wanted, account, region):
    names = {(group.get("region", region), group["auto_scaling_group"]) for group in wanted if "auto_scaling_group" in group}
    found = []
    for where, name in sorted(names):
        found.append(f"arn:{partition(where)}:autoscaling:{where}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}")
    if len(",".join(found)) > VALUE_BYTES_MAX:
        fail("the ARNs of so many groups are too long for one parameter: give patterns of them by --set WritableGroups=... (and FloorGroups)")
    return ",".join(found)


def parameters(args):
    """Prints the parameters to deploy with; those that are left out stay as they are."""
    values = {"Architecture": args.arch}
    if args.email:
        values["AlarmEmail"] = args.email
    if args.calendar:
        read(args.calendar, json.loads)
    fleet = groups(args.config) if args.config else None
    if args.writes == "none":
        values |= {"WritableGroups": "", "FloorGroups": ""}
    elif args.writes == "fleet":
        if fleet is None:
            fail("`--writes fleet` needs `--config FILE`: the groups of that file are what may be set")
        session = boto3.Session()
        account, region = ("ACCOUNT", session.region_name or "REGION") if args.dry_run else (identity(session)["Account"], session.region_name)
        acting = [group for group in fleet if group.get("mode") in ("scale-out-only", "active")]
        is_floor = lambda group: group.get("apply") == "floor"
        values["WritableGroups"] = arns([group for group in acting if not is_floor(group)], account, region)
        values["FloorGroups"] = arns([group for group in acting if is_floor(group)], account, region)
        if not acting:
            print("deploy: no group of the fleet is in mode `scale-out-only` or `active`: the scaler may set none", file=sys.stderr)
    for setting in args.set:
        name, found, value = setting.partition("=")
        if not found:
            fail(f"`--set {setting}` has no value: write NAME=VALUE")
        values[name] = value
    json.dump(values, sys.stdout, indent=2)
    print()


def described(session, stack):
    """The stack as it is; none where there is none yet."""
    try:
        return session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except botocore.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        fail(f"stack `{stack}`: {error}")


def check(args):
    """Says where it goes."""
    session = boto3.Session()
    who = identity(session)
    if described(session, args.stack) is None and not args.config:
        fail(f"there is no stack `{args.stack}` in {session.region_name} yet: its first deploy needs a fleet, by `--config FILE`")
    print(f"deploy: account {who['Account']}, region {session.region_name}, as {who['Arn']}", file=sys.stderr)


def finish(args):
    """Stores the files, and says what to do next."""
    session = boto3.Session()
    stack = described(session, args.stack)
    if stack is None:
        fail(f"there is no stack `{args.stack}` in {session.region_name}: nothing was deployed")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    for path, key in ((args.config, "config/fleet.toml"), (args.calendar, "config/business_calendar.json")):
        if path:
            body = pathlib.Path(path).read_bytes()
            session.client("s3").put_object(Bucket=outputs["BucketName"], Key=key, Body=body)
            print(f"deploy: `{path}` is stored as {key}", file=sys.stderr)
    config = args.config or "fleet.toml"
    print(f"""
store       {outputs["StoreUrl"]}
dashboard   {outputs["ApiUrl"]}
alarms      {outputs["AlarmTopicArn"]}

Next:
  headroom doctor --config {config} --store {outputs["StoreUrl"]}
  trainer import  --config {config} --store {outputs["StoreUrl"]}
  headroom plan   --config {config} --store {outputs["StoreUrl"]}
docs/rollout.md leads from there to `active`.""")


def main():
    parser = argparse.ArgumentParser(prog="account.py")
    commands = parser.add_subparsers(required=True)
    for function in (check, parameters, finish):
        command = commands.add_parser(function.__name__)
        command.set_defaults(run=function)
        command.add_argument("--config")
        command.add_argument("--calendar")
        if function is not parameters:
            command.add_argument("--stack", required=True)
            continue
        command.add_argument("--arch", choices=("arm64", "x86_64"), required=True)
        command.add_argument("--writes", choices=("fleet", "none"))
        command.add_argument("--email")
        command.add_argument("--set", action="append", default=[])
        command.add_argument("--dry-run", action="store_true")
    args = parser.parse_args()
    args.run(args)


main()
