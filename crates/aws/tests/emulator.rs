//! The adapters against an emulator of AWS on this machine. `MINISTACK` is the path of its executable, which
//! `scripts/emulator` prints; without it these tests say so and skip.
//!
//! What the emulator cannot prove (bounds, cooldowns, pages, lifecycle states) stands in the unit tests of each adapter.

mod ministack;

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, MetricDatum},
};
use headroom_aws::Aws;
use headroom_core::{
    Column, Group, Observation,
    fleet::MetricSource,
    ports::{Metrics, PortError, ReadCapacity, WriteCapacity},
};
use headroom_store::{Expect, StoreError};
use jiff::{SignedDuration, Timestamp};
use ministack::Ministack;

async fn bucket(emulator: &Ministack, name: &str) {
    aws_sdk_s3::Client::new(&emulator.config()).create_bucket().bucket(name).send().await.expect("the bucket is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract_of_a_store() {
    let Some(emulator) = Ministack::start().await else { return };
    bucket(&emulator, "headroom").await;
    let aws = Aws::with_config(emulator.config());
    for url in ["s3://headroom", "s3://headroom/team/a"] {
        headroom_store::contract::check(&*aws.open_store(url).unwrap()).await;
    }

    let whole = aws.open_store("s3://headroom").unwrap();
    let below = aws.open_store("s3://headroom/team/b/").unwrap();
    below.put("config/fleet.toml", b"1", Expect::Absent).await.unwrap();
    assert_eq!(whole.get("team/b/config/fleet.toml").await.unwrap().unwrap().bytes, b"1");
    assert_eq!(below.list("").await.unwrap(), ["config/fleet.toml"], "a prefix sees nothing of its neighbours");
    assert!(aws.open_store("s3://headroom/team").unwrap().list("b").await.unwrap().len() == 1);

    let missing = aws.open_store("s3://nobody-made-this").unwrap();
    for error in [missing.get("k").await.unwrap_err(), missing.put("k", b"", Expect::Absent).await.unwrap_err()] {
        assert!(matches!(&error, StoreError::Other { message, .. } if message.contains("create the bucket")), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_keys_is_whole() {
    const KEYS: usize = 1_100;
    let Some(emulator) = Ministack::start().await else { return };
    bucket(&emulator, "headroom").await;
    let store = Aws::with_config(emulator.config()).open_store("s3://headroom").unwrap();
    for key in 0..KEYS {
        store.put(&format!("many/{key:05}"), b"", Expect::Anything).await.unwrap();
    }
    let listed = store.list("many/").await.unwrap();
    assert!(listed.iter().enumerate().all(|(index, key)| *key == format!("many/{index:05}")));
    assert_eq!(listed.len(), KEYS, "a page of S3 has at most 1,000 keys");
}

fn web() -> Group {
    let requests = MetricSource {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: [("TargetGroup".to_owned(), "targetgroup/web/0123456789abcdef".to_owned())].into(),
        statistic: "Sum".to_owned(),
    };
    Group {
        provider: "aws".to_owned(),
        region: Some("us-east-1".to_owned()),
        auto_scaling_group: Some("web-asg".to_owned()),
        metrics: [(Column::RequestCount, requests)].into(),
        ..Group::simulated("web")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_come_back_by_step_and_absent_stays_absent() {
    let Some(emulator) = Ministack::start().await else { return };
    let client = aws_sdk_cloudwatch::Client::new(&emulator.config());
    // The emulator, as CloudWatch, takes points of the last two weeks only.
    let now = Timestamp::now().as_second();
    let start = Timestamp::from_second(now - now.rem_euclid(300) - 3_600).unwrap();
    let minute = |minutes: i64| start + SignedDuration::from_mins(minutes);
    let put = async |namespace: &str, metric: &str, dimension: (&str, &str), points: &[(i64, f64)]| {
        let dimension = Dimension::builder().name(dimension.0).value(dimension.1).build();
        let datum = |(minutes, value): &(i64, f64)| {
            let datum = MetricDatum::builder().metric_name(metric).dimensions(dimension.clone()).value(*value);
            datum.timestamp(DateTime::from_secs(minute(*minutes).as_second())).build()
        };
        let request = client.put_metric_data().namespace(namespace).set_metric_data(Some(points.iter().map(datum).collect()));
        request.send().await.expect("the metric is put");
    };
    let asg = ("AutoScalingGroupName", "web-asg");
    put("AWS/EC2", "CPUUtilization", asg, &[(0, 40.0), (1, 60.0), (10, 0.0), (15, 99.0)]).await;
    put("AWS/EC2", "CPUUtilization", ("AutoScalingGroupName", "other-asg"), &[(5, 77.0)]).await;
    put("AWS/EC2", "NetworkIn", asg, &[(0, 100.0), (4, 200.0)]).await;
    put("AWS/AutoScaling", "GroupInServiceInstances", asg, &[(10, 2.0), (11, 4.0)]).await;
    put("AWS/ApplicationELB", "RequestCount", ("TargetGroup", "targetgroup/web/0123456789abcdef"), &[(10, 5.0), (14, 6.0)]).await;

    let rows = Aws::with_config(emulator.config()).metrics().observations(&web(), start, minute(15)).await.unwrap();
    let first = Observation { cpu_utilization: Some(50.0), network_in: Some(300.0), ..Observation::at(start) };
    let last = Observation {
        cpu_utilization: Some(0.0),
        in_service_instances: Some(3.0),
        request_count: Some(11.0),
        ..Observation::at(minute(10))
    };
    assert_eq!(rows, [first, last]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_described_and_set_within_its_bounds() {
    let Some(emulator) = Ministack::start().await else { return };
    let client = aws_sdk_autoscaling::Client::new(&emulator.config());
    let launch =
        client.create_launch_configuration().launch_configuration_name("web").image_id("ami-1").instance_type("m7g.large");
    launch.send().await.expect("the launch configuration is made");
    let group = client.create_auto_scaling_group().auto_scaling_group_name("web-asg").launch_configuration_name("web");
    let group = group.min_size(1).max_size(5).desired_capacity(2).availability_zones("us-east-1a");
    group.send().await.expect("the group is made");

    let capacity = Aws::with_config(emulator.config()).capacity();
    let before = capacity.describe(&web()).await.unwrap();
    assert_eq!((before.desired, before.min, before.max), (2, 1, 5));
    for _ in 0..2 {
        capacity.set_desired(&web(), 4).await.unwrap();
        assert_eq!(capacity.describe(&web()).await.unwrap().desired, 4);
    }
    for outside in [0, 6] {
        assert!(matches!(capacity.set_desired(&web(), outside).await, Err(PortError::Conflict(_))));
    }
    assert_eq!(capacity.describe(&web()).await.unwrap().desired, 4, "a refused capacity changes nothing");
    let other = Group { auto_scaling_group: Some("nobody-made-this".to_owned()), ..web() };
    assert!(matches!(capacity.describe(&other).await, Err(PortError::NotFound(_))));
    assert!(matches!(capacity.set_desired(&other, 2).await, Err(PortError::NotFound(_))));
}
