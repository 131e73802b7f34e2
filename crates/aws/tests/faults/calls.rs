//! The calls that Headroom makes, each ready to be made once.

use aws_config::SdkConfig;
use headroom_aws::Aws;
use headroom_core::{
    Group,
    ports::{Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use headroom_store::{Expect, Store, StoreError};

use crate::scripted::{BUCKET, Operation, Scripted, Size, Stored};

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Get,
    PutNew,
    PutOver,
    List,
    ReadMetrics,
    Describe,
    SetDesired,
    SetMinimum,
}

/// The kind of an error, and its words.
pub(crate) type Failure = (String, String);

impl Call {
    pub(crate) const ALL: [Self; 8] = [
        Self::Get,
        Self::PutNew,
        Self::PutOver,
        Self::List,
        Self::ReadMetrics,
        Self::Describe,
        Self::SetDesired,
        Self::SetMinimum,
    ];

    /// What it asks AWS for, at last.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Get => Operation::GetObject,
            Self::PutNew | Self::PutOver => Operation::PutObject,
            Self::List => Operation::ListObjects,
            Self::ReadMetrics => Operation::GetMetricData,
            Self::Describe => Operation::DescribeGroups,
            Self::SetDesired => Operation::SetDesired,
            Self::SetMinimum => Operation::UpdateGroup,
        }
    }

    pub(crate) fn is_of_s3(self) -> bool {
        matches!(self, Self::Get | Self::PutNew | Self::PutOver | Self::List)
    }

    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::ReadMetrics | Self::Describe)
    }

    /// Makes it. The result in words.
    pub(crate) async fn make(self, config: SdkConfig) -> Result<String, Failure> {
        let aws = Aws::with_config(config);
        match self {
            Self::Get | Self::PutNew | Self::PutOver | Self::List => {
                let store = aws.open_store(&format!("s3://{BUCKET}")).expect("a URL");
                self.ask_store(&*store).await.map_err(of_store)
            }
            _ => self.ask_cloud(&aws).await.map_err(of_port),
        }
    }

    async fn ask_store(self, store: &dyn Store) -> Result<String, StoreError> {
        match self {
            Self::Get => {
                let object = store.get("days/1").await?.map(|object| String::from_utf8(object.bytes).expect("text"));
                Ok(format!("{object:?}"))
            }
            Self::PutNew => store.put("days/5", b"new", Expect::Absent).await.map(|_| "written".to_owned()),
            Self::PutOver => {
                let before = store.get("days/1").await?.expect("it is there");
                store.put("days/1", b"newer", Expect::Version(before.version)).await.map(|_| "written".to_owned())
            }
            _ => store.list("days/").await.map(|keys| format!("{keys:?}")),
        }
    }

    async fn ask_cloud(self, aws: &Aws) -> Result<String, PortError> {
        let group = web();
        match self {
            Self::ReadMetrics => {
                let [from, to] = [0, 900].map(|second| jiff::Timestamp::from_second(second).expect("a moment"));
                let rows = aws.metrics().observations_of(Window::of(&group, from, to)).await?;
                Ok(format!("{:?}", rows.iter().map(|row| row.cpu_utilization).collect::<Vec<_>>()))
            }
            Self::Describe => {
                let size = aws.capacity().describe(&group).await?;
                Ok(format!("{} of {} to {}, {} in service", size.desired, size.min, size.max, size.in_service))
            }
            Self::SetDesired => aws.capacity().set_desired(&group, 6).await.map(|()| "set".to_owned()),
            _ => aws.capacity().set_minimum(&group, 3).await.map(|()| "set".to_owned()),
        }
    }
}

fn of_store(error: StoreError) -> Failure {
    let kind = match &error {
        StoreError::Conflict { .. } => "Conflict",
        StoreError::Denied { .. } => "Denied",
        StoreError::Corrupt { .. } => "Corrupt",
        StoreError::Other { .. } => "Other",
    };
    (kind.to_owned(), error.to_string())
}

fn of_port(error: PortError) -> Failure {
    let kind = match &error {
        PortError::NotFound(_) => "NotFound",
        PortError::Throttled(_) => "Throttled",
        PortError::Denied(_) => "Denied",
        PortError::Conflict(_) => "Conflict",
        PortError::InsufficientCapacity(_) => "InsufficientCapacity",
        PortError::Other(_) => "Other",
    };
    (kind.to_owned(), error.to_string())
}

/// The one group.
pub(crate) fn web() -> Group {
    Group { provider: "aws".to_owned(), auto_scaling_group: Some("web-asg".to_owned()), ..Group::simulated("web") }
}

/// An AWS with something of everything in it.
pub(crate) async fn filled() -> Scripted {
    let aws = Scripted::start().await;
    aws.kept(|kept| {
        kept.objects = (1..=4).map(|day| (format!("days/{day}"), Stored::new(format!("day {day}").as_bytes()))).collect();
        kept.groups.insert("web-asg".to_owned(), Size { desired: 4, min: 2, max: 9 });
        let cpu = ("CPUUtilization".to_owned(), "web-asg".to_owned());
        kept.points.insert(cpu, [(0, 10.0), (300, 20.0), (600, 30.0)].into());
    });
    aws
}
