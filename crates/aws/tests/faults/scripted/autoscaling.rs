//! Sizes of groups.

use std::collections::BTreeMap;

use super::{
    Kept,
    http::{Reply, Request},
};

/// The size of a group. All instances are in service at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) desired: i64,
    pub(crate) min: i64,
    pub(crate) max: i64,
}

pub(crate) fn describe(groups: &BTreeMap<String, Size>, request: &Request) -> Reply {
    let names = (1..).map(|n| request.field(&format!("AutoScalingGroupNames.member.{n}"))).take_while(|name| !name.is_empty());
    let groups: String = names.filter_map(|name| Some(member(name, groups.get(name)?))).collect();
    result("DescribeAutoScalingGroups", &format!("<AutoScalingGroups>{groups}</AutoScalingGroups>"))
}

fn member(name: &str, size: &Size) -> String {
    let instance = |n: i64| {
        format!(
            "<member><InstanceId>i-{n:08x}</InstanceId><InstanceType>m7g.large</InstanceType>\
             <AvailabilityZone>eu-central-1a</AvailabilityZone><LifecycleState>InService</LifecycleState>\
             <HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"
        )
    };
    let instances: String = (0..size.desired).map(instance).collect();
    format!(
        "<member><AutoScalingGroupName>{name}</AutoScalingGroupName><MinSize>{}</MinSize><MaxSize>{}</MaxSize>\
         <DesiredCapacity>{}</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>\
         <AvailabilityZones><member>eu-central-1a</member></AvailabilityZones><HealthCheckType>EC2</HealthCheckType>\
         <Instances>{instances}</Instances><CreatedTime>2026-01-01T00:00:00Z</CreatedTime></member>",
        size.min, size.max, size.desired
    )
}

/// The answer, and whether anything was written.
pub(crate) fn set_desired(kept: &mut Kept, name: &str, request: &Request) -> (Reply, bool) {
    let desired: i64 = request.field("DesiredCapacity").parse().expect("a number");
    kept.asked.push(desired);
    let Some(size) = kept.groups.get_mut(name) else { return (invalid("AutoScalingGroup name not found - null"), false) };
    if desired > size.max {
        let problem = format!("New SetDesiredCapacity value {desired} is above max value {} for the AutoScalingGroup.", size.max);
        return (invalid(&problem), false);
    }
    if desired < size.min {
        let problem = format!("New SetDesiredCapacity value {desired} is below min value {} for the AutoScalingGroup.", size.min);
        return (invalid(&problem), false);
    }
    size.desired = desired;
    (result("SetDesiredCapacity", ""), true)
}

/// The answer, and whether anything was written.
pub(crate) fn update(groups: &mut BTreeMap<String, Size>, name: &str, request: &Request) -> (Reply, bool) {
    let min: i64 = request.field("MinSize").parse().expect("a number");
    let Some(size) = groups.get_mut(name) else { return (invalid("AutoScalingGroup name not found - null"), false) };
    size.min = min;
    size.desired = size.desired.max(min);
    (result("UpdateAutoScalingGroup", ""), true)
}

fn result(action: &str, inner: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>scripted</RequestId></ResponseMetadata></{action}Response>"
    );
    Reply::new(200, "text/xml", body)
}

fn invalid(message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>{message}</Message></Error>\
         <RequestId>scripted</RequestId></ErrorResponse>"
    );
    Reply::new(400, "text/xml", body)
}
