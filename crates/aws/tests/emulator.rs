//! The adapters against an emulator of AWS on this machine. `MINISTACK` is the path of its executable, which
//! `scripts/emulator` prints; without it these tests say so and skip.
//!
//! What the emulator cannot prove (bounds, cooldowns, pages, lifecycle states) stands in the unit tests of each adapter.

mod ministack;

use async_trait::async_trait;
use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{ComparisonOperator, Dimension, MetricDatum, StateValue, Statistic},
};
use headroom_aws::{AutoScaling, Aws};
use headroom_core::{
    Column, Group, Observation,
    fleet::MetricSource,
    ports::{
        CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity,
        contract::{self, Measured},
    },
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
    named("web")
}

/// A group behind a target group, both of that name.
fn named(name: &str) -> Group {
    let requests = MetricSource {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: [("TargetGroup".to_owned(), format!("targetgroup/{name}/0123456789abcdef"))].into(),
        statistic: "Sum".to_owned(),
    };
    Group {
        provider: "aws".to_owned(),
        region: Some("us-east-1".to_owned()),
        auto_scaling_group: Some(format!("{name}-asg")),
        metrics: [(Column::RequestCount, requests)].into(),
        ..Group::simulated(name)
    }
}

/// Puts `minutes` as what CloudWatch has of `group`, which [`named`] has made.
async fn measure(emulator: &Ministack, group: &Group, minutes: &[Observation]) {
    let client = aws_sdk_cloudwatch::Client::new(&emulator.config());
    let asg = ("AutoScalingGroupName", group.auto_scaling_group.as_deref().unwrap());
    let requests = &group.metrics[&Column::RequestCount];
    let (dimension, balancer) = requests.dimensions.first_key_value().unwrap();
    for (column, namespace, metric, (name, value)) in [
        (Column::CpuUtilization, "AWS/EC2", "CPUUtilization", asg),
        (Column::NetworkIn, "AWS/EC2", "NetworkIn", asg),
        (Column::InServiceInstances, "AWS/AutoScaling", "GroupInServiceInstances", asg),
        (Column::RequestCount, &requests.namespace, &requests.metric, (dimension.as_str(), balancer.as_str())),
    ] {
        let dimension = Dimension::builder().name(name).value(value).build();
        let datum = |minute: &Observation| {
            let datum = MetricDatum::builder().metric_name(metric).dimensions(dimension.clone()).value(minute.get(column)?);
            Some(datum.timestamp(DateTime::from_secs(minute.timestamp.as_second())).build())
        };
        let data: Vec<_> = minutes.iter().filter_map(datum).collect();
        let request = client.put_metric_data().namespace(namespace).set_metric_data(Some(data));
        request.send().await.expect("the metric is put");
    }
}

/// The start of the hour so many hours ago: the emulator, as CloudWatch, takes points of the last two weeks only.
fn hours_ago(hours: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - now.rem_euclid(3_600) - 3_600 * hours).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cloudwatch_keeps_the_contract_of_metrics() {
    let Some(emulator) = Ministack::start().await else { return };
    let start = hours_ago(3);
    let mut measured = Vec::new();
    for name in ["web", "api"] {
        let group = named(name);
        let minute = |minute: i64| Observation {
            cpu_utilization: Some((minute * 7 % 90) as f64),
            network_in: Some((minute * 11 + 1) as f64),
            request_count: (name == "web").then_some((minute % 5) as f64),
            in_service_instances: Some((1 + minute % 3) as f64),
            ..Observation::at(start + SignedDuration::from_mins(minute))
        };
        // Two hours and a half, with a gap of twelve minutes in the second.
        let minutes: Vec<_> = (0..150).filter(|minute| !(70..82).contains(minute)).map(minute).collect();
        measure(&emulator, &group, &minutes).await;
        measured.push(Measured { group, minutes });
    }
    let metrics = Aws::with_config(emulator.config()).metrics();
    contract::metrics(&metrics, &measured, &Group::simulated("nobody")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn absent_points_stay_absent_and_zero_is_a_value() {
    let Some(emulator) = Ministack::start().await else { return };
    let start = hours_ago(1);
    let minute = |minutes: i64| Observation::at(start + SignedDuration::from_mins(minutes));
    let minutes = [
        Observation { cpu_utilization: Some(40.0), network_in: Some(100.0), ..minute(0) },
        Observation { cpu_utilization: Some(60.0), ..minute(1) },
        Observation { network_in: Some(200.0), ..minute(4) },
        Observation { cpu_utilization: Some(0.0), in_service_instances: Some(2.0), request_count: Some(5.0), ..minute(10) },
        Observation { in_service_instances: Some(4.0), ..minute(11) },
        Observation { request_count: Some(6.0), ..minute(14) },
        Observation { cpu_utilization: Some(99.0), ..minute(15) },
    ];
    measure(&emulator, &web(), &minutes).await;
    measure(&emulator, &named("api"), &[Observation { cpu_utilization: Some(77.0), ..minute(5) }]).await;

    let metrics = Aws::with_config(emulator.config()).metrics();
    let rows = metrics.observations_of(Window::of(&web(), start, minute(15).timestamp)).await.unwrap();
    let first = Observation { cpu_utilization: Some(50.0), network_in: Some(300.0), ..minute(0) };
    let last =
        Observation { cpu_utilization: Some(0.0), in_service_instances: Some(3.0), request_count: Some(11.0), ..minute(10) };
    assert_eq!(rows, [first, last]);
}

/// The emulator, and what it leaves out: AWS raises a group to its new minimum by itself.
struct Raising {
    capacity: AutoScaling,
    client: aws_sdk_autoscaling::Client,
}

#[async_trait]
impl ReadCapacity for Raising {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.capacity.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for Raising {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        self.capacity.set_desired(group, desired).await
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        self.capacity.set_minimum(group, minimum).await?;
        if self.describe(group).await?.desired < minimum {
            let raise = self.client.set_desired_capacity().set_auto_scaling_group_name(group.auto_scaling_group.clone());
            raise.desired_capacity(minimum.try_into().unwrap()).send().await.expect("the emulator is set");
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_scaling_keeps_the_contract_of_capacity() {
    let Some(emulator) = Ministack::start().await else { return };
    let client = aws_sdk_autoscaling::Client::new(&emulator.config());
    let launch =
        client.create_launch_configuration().launch_configuration_name("web").image_id("ami-1").instance_type("m7g.large");
    launch.send().await.expect("the launch configuration is made");
    let group = client.create_auto_scaling_group().auto_scaling_group_name("web-asg").launch_configuration_name("web");
    let group = group.min_size(1).max_size(5).desired_capacity(2).availability_zones("us-east-1a");
    group.send().await.expect("the group is made");

    let capacity = Aws::with_config(emulator.config()).capacity();
    let raising = Raising { capacity, client };
    contract::capacity(&raising, &web(), &named("nobody-made-this")).await;
    let Raising { capacity, .. } = raising;
    let left = capacity.describe(&web()).await.unwrap();
    assert_eq!((left.desired, left.min, left.max), (2, 1, 5));
    assert!(matches!(capacity.describe(&Group::simulated("nobody")).await, Err(PortError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_are_found_by_their_names() {
    let Some(emulator) = Ministack::start().await else { return };
    let client = aws_sdk_cloudwatch::Client::new(&emulator.config());
    for name in ["headroom-held", "headroom-group", "another-held"] {
        let alarm = client.put_metric_alarm().alarm_name(name).alarm_description("Someone has to look.");
        let alarm = alarm.namespace("Headroom").metric_name("Blind").statistic(Statistic::Maximum).period(300);
        let alarm = alarm.evaluation_periods(3).threshold(1.0).alarm_actions("arn:aws:sns:us-east-1:000000000000:topic");
        let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold);
        alarm.send().await.expect("the alarm is made");
    }
    let raise = client.set_alarm_state().alarm_name("headroom-held").state_value(StateValue::Alarm).state_reason("for a test");
    raise.send().await.expect("the alarm is raised");

    let alarms = Aws::with_config(emulator.config()).alarms();
    let names = ["headroom-held", "headroom-group", "headroom-throttled"].map(str::to_owned);
    let found = alarms.named(&names).await.unwrap();
    let told: Vec<_> = found.iter().map(|alarm| (alarm.name.as_str(), alarm.is_raised, alarm.tells)).collect();
    assert_eq!(told, [("headroom-group", false, true), ("headroom-held", true, true)]);
    assert_eq!((found[1].description.as_str(), found[1].since.is_some()), ("Someone has to look.", true));
    assert_eq!(alarms.region(), Some("us-east-1"));
}
