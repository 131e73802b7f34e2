"""Breaks a store in an emulated account, and mends it by the commands of docs/runbook.md as they stand there.

Run by scripts/test-drill.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import emulated
from emulated import DAY, STEP, noise, step_start, wave

RUNBOOK = pathlib.Path("docs/runbook.md")
BUCKET = "headroom-drill"
STORE = f"s3://{BUCKET}"
FLEET = "config/fleet.toml"
CALENDAR = "config/business_calendar.json"
WHOLE = {
    FLEET: f"""
[[group]]
id = "web"
region = "{emulated.REGION}"
auto_scaling_group = "web-asg"
requests_per_instance = 1000
[group.metrics.request_count]
namespace = "AWS/ApplicationELB"
metric = "RequestCount"
dimensions = {{ TargetGroup = "targetgroup/web/0123456789abcdef" }}
statistic = "Sum"
""",
    CALENDAR: '{"events": [{"name": "sale", "start": "2026-11-20T08:00:00Z", "duration_minutes": 60, "repeat": "FREQ=WEEKLY"}]}\n',
}
BROKEN = "[[group]\nid ="


def fail(message):
    sys.exit(f"test-drill: {message}")


def expect(condition, message):
    if not condition:
        fail(message)


def say(message):
    print(f"test-drill: {message}", file=sys.stderr)


def blocks(title):
    """The commands below a heading of the runbook, block by block."""
    _, found, text = RUNBOOK.read_text().partition(f"\n## {title}\n")
    expect(found, f"{RUNBOOK} has no `## {title}`")
    return re.findall(r"^```sh\n(.*?)^```$", text.split("\n## ")[0], re.MULTILINE | re.DOTALL)


def block(title, word):
    """The one block of those that has this word."""
    with_it = [text for text in blocks(title) if word in text]
    expect(len(with_it) == 1, f"{len(with_it)} blocks of `{title}` in {RUNBOOK} have `{word}`, and not one")
    return with_it[0]


def filled_in(text, pattern, value):
    """A block with what whoever runs it puts in."""
    text, count = re.subn(pattern, value, text)
    expect(count == 1, f"`{pattern}` stands {count} times in a block of {RUNBOOK}, and not once:\n{text}")
    return text


def shell(*commands):
    """What these say; they have to go well, each of them."""
    with tempfile.TemporaryDirectory() as folder:
        script = "\n".join(["set -euo pipefail", *commands])
        ran = subprocess.run(["bash", "-c", script], cwd=folder, env=os.environ | {"STORE": STORE}, capture_output=True, text=True)
    expect(ran.returncode == 0, f"ended with {ran.returncode}:\n{script}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def complaints(about):
    """What the doctor has to say of these words."""
    ran = subprocess.run(["headroom", "doctor", "--store", STORE, "--json", "-"], capture_output=True, text=True)
    expect(ran.returncode in (0, 1), f"the doctor ended with {ran.returncode}: {ran.stderr}")
    findings = json.loads(ran.stdout)["findings"]
    expect(about or all(found["severity"] != "error" for found in findings), f"the doctor complains: {ran.stdout}")
    return [found for found in findings if found["severity"] in ("warning", "error") and about in found["what"]]


class Bucket:
    """A bucket with versions, as that of the stack."""

    def __init__(self, account):
        account.make_bucket(BUCKET)
        self.s3 = account.client("s3")
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key, text):
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())["VersionId"]

    def text(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()

    def keys(self, prefix):
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def versions(self, key):
        return self.s3.list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"]


def furnish(account, bucket):
    """A group at work, and its store."""
    account.make_group("web-asg", 4)
    now = step_start(time.time())
    steps = range(now - DAY, now + DAY // 24, STEP)
    account.put_metrics("web", {"request_count": {step: 2500 + 1000 * wave(step, now) + noise(step) for step in steps}})
    for key, text in WHOLE.items():
        bucket.put(key, text)
    shell("trainer import --store $STORE --hourly-days 0")


def later():
    """S3 tells when something was written to the second: waits for another one, and says which is over."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(2.5 - moment.microsecond / 1e6)
    return (moment + datetime.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")


def one_object(bucket, begin):
    """One object as it was, by its version."""
    whole = bucket.versions(FLEET)[0]["VersionId"]
    bucket.put(FLEET, BROKEN)
    expect(complaints(FLEET), "the doctor does not name a fleet that is broken")
    copy = block("Disaster drill", "VERSION=...")
    shell(begin, filled_in(copy, r"VERSION=\.\.\.", f"VERSION={whole}"))
    expect(bucket.text(FLEET) == WHOLE[FLEET], "the fleet is not as it was")
    expect(len(bucket.versions(FLEET)) == 3, "the broken fleet is not kept as a version")
    complaints("")
    say("a fleet that was broken by an edit is as it was")


def whole_prefix(bucket, begin):
    """Everything below a prefix as it was at a moment."""
    edited = WHOLE | {FLEET: WHOLE[FLEET] + "# edit 9\n"}
    bucket.put(FLEET, edited[FLEET].replace("9", "8"))
    bucket.put(FLEET, edited[FLEET])
    bucket.put("config/old.toml", "gone since")
    later()
    bucket.s3.delete_object(Bucket=BUCKET, Key="config/old.toml")
    moment = later()
    bucket.put(FLEET, BROKEN)
    bucket.put(FLEET, BROKEN + "2")
    bucket.put(CALENDAR, "{")
    bucket.s3.delete_object(Bucket=BUCKET, Key=CALENDAR)
    bucket.put("config/notes.txt", "written since")
    expect(complaints(FLEET), "the doctor does not name a fleet that is broken")
    restore = block("Disaster drill", "MOMENT=")
    shell(begin, filled_in(restore, r"MOMENT=\S+", f"MOMENT={moment}"))
    for key, text in edited.items():
        expect(bucket.text(key) == text, f"{key} is not as it was at {moment}: {bucket.text(key)}")
    expect("config/old.toml" not in bucket.keys("config/"), "what was gone at that moment is there again")
    expect(bucket.text("config/notes.txt") == "written since", "what came after the moment is gone")
    complaints("")
    say("what stands below a prefix is as it was at a moment")


def away(bucket):
    """An object that nothing replaces, taken away."""
    key = f"decisions/group=web/date={datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}.jsonl"
    bucket.put(key, '{"tick":')
    expect(complaints(key), "the doctor does not name a journal that is broken")
    shell(filled_in(block("A broken object", "aws s3 rm"), r'KEY="[^"]*"', f'KEY="{key}"'))
    expect(not bucket.keys(key) and len(bucket.versions(key)) == 1, "the journal is still there, or its version is not")
    expect(not complaints(key), "the doctor names a journal that is not there")
    say("a journal that was broken is taken away")


def main():
    with emulated.Account() as account:
        bucket = Bucket(account)
        furnish(account, bucket)
        complaints("")
        begin = block("Disaster drill", "PREFIX=")
        one_object(bucket, begin)
        whole_prefix(bucket, begin)
        away(bucket)
        expect(complaints("stopped it: restoring the store"), "the drill begins without a stop")
        shell(block("Disaster drill", "headroom resume"))
        expect(not complaints("stopped it"), "the drill ends with a stop")
        say("all passed")


main()
