"""An account of AWS on this machine, with groups of servers and their metrics in it: ministack on 127.0.0.1.

Used by deployed_test.py, lambda_figures.py and local_aws.py, with the Python of scripts/emulator.
"""

import datetime
import math
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3

# As in data/fleet.toml.
REGION = "eu-central-1"
ACCOUNT = "000000000000"
STEP = 300
MINUTE = 60
DAY = 86_400
# Where each column of a history is measured.
METRICS = {
    "cpu_utilization": ("AWS/EC2", "CPUUtilization"),
    "network_in": ("AWS/EC2", "NetworkIn"),
    "in_service_instances": ("AWS/AutoScaling", "GroupInServiceInstances"),
    "request_count": ("AWS/ApplicationELB", "RequestCount"),
}
# CloudWatch takes so many values in a call.
VALUES_MAX = 1000
# Far more than the two seconds that it takes: a busy machine is not a broken emulator.
START_SECONDS = 60
# What this process, and all that it starts, is given to call AWS with. Nothing of the account of whoever runs it is left.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= CREDENTIALS | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


# Whoever ends this process ends what it started: a `with` is left by an exception only.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def step_start(second):
    return int(second) // STEP * STEP


def wave(step, rising_at):
    """From -1 to 1 in the course of a day, and 0 at `rising_at`."""
    return math.sin(2 * math.pi * (step - rising_at) / DAY)


def noise(step):
    """From -0.5 to 0.5, the same in every run."""
    return random.Random(step).uniform(-0.5, 0.5)


class Account:
    """An account of its own, for as long as the `with` lasts. Without a port it takes any that is free.

    One that `enforces` checks signatures, and lets roles and users do what their policies say and nothing else. This process is its root.
    """

    def __init__(self, port=None, enforces=False):
        self.port, self.enforces = port or free_port(), enforces

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="headroom-")
        self.url = f"http://127.0.0.1:{self.port}"
        # Whatever looks for AWS from here on finds this.
        os.environ["AWS_ENDPOINT_URL"] = self.url
        environment = os.environ | {
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "TMPDIR": self.folder.name, "AUTH": str(self.enforces).lower(),
        }
        self.log = pathlib.Path(self.folder.name, "ministack.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [pathlib.Path(sys.executable).with_name("ministack")],
                cwd=self.folder.name, env=environment, stdout=log, stderr=log, start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                sys.exit(f"the emulator does not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        # Its functions are processes of the same session.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.folder.cleanup()

    def answers(self):
        try:
            return urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)

    def make_bucket(self, name):
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def make_group(self, name, desired):
        """An Auto Scaling group of so many instances, of 1 to 40."""
        scaling = self.client("autoscaling")
        scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.small")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName=name, MinSize=1, MaxSize=40, DesiredCapacity=desired,
            AvailabilityZones=[f"{REGION}a"],
        )

    def desired(self, name):
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return found["AutoScalingGroups"][0]["DesiredCapacity"]

    def put_metrics(self, group, columns):
        """What the Auto Scaling group `<group>-asg` and the target group of that name measured: for each column, a value a step."""
        cloudwatch = self.client("cloudwatch")
        for column, values in columns.items():
            namespace, metric = METRICS[column]
            dimension = ("AutoScalingGroupName", f"{group}-asg")
            if column == "request_count":
                dimension = ("TargetGroup", f"targetgroup/{group}/0123456789abcdef")
            data = [
                {
                    "MetricName": metric, "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}], "Value": value,
                    "Timestamp": datetime.datetime.fromtimestamp(second, datetime.timezone.utc),
                }
                for second, value in values.items()
            ]
            for start in range(0, len(data), VALUES_MAX):
                cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + VALUES_MAX])
