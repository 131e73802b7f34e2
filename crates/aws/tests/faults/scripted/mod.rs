//! AWS on a port of this machine, as far as Headroom calls it: it keeps objects, metrics and sizes of groups, answers as AWS
//! does on the wire, and fails as it is told to.

mod autoscaling;
mod cloudwatch;
mod fault;
mod http;
mod s3;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, StalledStreamProtectionConfig};
use tokio::net::{TcpListener, TcpStream};

pub(crate) use autoscaling::Size;
pub(crate) use fault::{Answer, Fault};
pub(crate) use s3::Stored;

use http::{Reply, Request};

/// The one bucket there is.
pub(crate) const BUCKET: &str = "headroom";

/// What AWS was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Operation {
    GetObject,
    HeadObject,
    PutObject,
    ListObjects,
    GetMetricData,
    DescribeGroups,
    SetDesired,
    UpdateGroup,
}

/// One attempt that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) operation: Operation,
    /// What it is about: a key, a prefix, the name of a group.
    pub(crate) about: String,
    /// Whether it changed anything.
    pub(crate) wrote: bool,
}

/// What is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) objects: BTreeMap<String, Stored>,
    /// Points of each metric, by its name and the value of its first dimension.
    pub(crate) points: BTreeMap<(String, String), BTreeMap<i64, f64>>,
    pub(crate) groups: BTreeMap<String, Size>,
    /// Every desired capacity that was asked for, refused ones too.
    pub(crate) asked: Vec<i64>,
}

#[derive(Debug, Default)]
struct State {
    kept: Kept,
    attempts: Vec<Attempt>,
    /// What the next attempts get, first to last.
    next: HashMap<Operation, VecDeque<Fault>>,
    /// What all others get.
    always: HashMap<Operation, Fault>,
    /// The calls that came, each once however often it was tried.
    calls: Vec<String>,
    /// The one of them that goes wrong.
    disturbed: Option<Disturbed>,
    /// Makes first attempts go wrong, as it likes.
    trouble: Option<fn(Operation, u64) -> Option<Fault>>,
}

/// A call that goes wrong.
#[derive(Debug, Clone)]
struct Disturbed {
    /// Its place among all calls.
    place: usize,
    fault: Fault,
    /// So many attempts.
    attempts_left: usize,
}

/// A running double of AWS, which ends with the test.
pub(crate) struct Scripted {
    state: Arc<Mutex<State>>,
    port: u16,
    accepting: tokio::task::JoinHandle<()>,
}

/// How long a client waits for an answer that comes: as good as for ever, since a busy machine is no fault.
const PATIENT: Duration = Duration::from_secs(60);

/// How long it waits for one that does not come: long enough for a busy machine to have taken in what was asked.
const IMPATIENT: Duration = Duration::from_secs(6);

impl Scripted {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&shared)));
            }
        });
        Self { state, port, accepting }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Reads or changes what is kept.
    pub(crate) fn kept<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.state().kept)
    }

    /// The next attempt of `operation` that has no fault yet gets this one.
    pub(crate) fn next(&self, operation: Operation, fault: Fault) {
        self.state().next.entry(operation).or_default().push_back(fault);
    }

    /// Every attempt of `operation` gets this fault, but those that [`Self::next`] has another one for.
    pub(crate) fn always(&self, operation: Operation, fault: Fault) {
        self.state().always.insert(operation, fault);
    }

    /// Of the calls that come from now on, the one at `place` gets `fault` for so many of its attempts.
    pub(crate) fn disturb(&self, place: usize, fault: Fault, attempts: usize) {
        let mut state = self.state();
        state.calls.clear();
        state.disturbed = Some(Disturbed { place, fault, attempts_left: attempts });
    }

    /// The first attempt of every call gets what `trouble` says, which is told its place among all; second attempts go through.
    pub(crate) fn trouble(&self, trouble: fn(Operation, u64) -> Option<Fault>) {
        self.state().trouble = Some(trouble);
    }

    /// From now on nothing goes wrong.
    pub(crate) fn heal(&self) {
        let mut state = self.state();
        state.next.clear();
        state.always.clear();
        state.calls.clear();
        state.disturbed = None;
        state.trouble = None;
    }

    /// How many calls came since [`Self::disturb`] or [`Self::heal`].
    pub(crate) fn calls(&self) -> usize {
        self.state().calls.len()
    }

    /// What came since this was asked last.
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.state().attempts)
    }

    /// An account whose clients try again at once, and wait as long as it takes.
    pub(crate) fn config(&self) -> SdkConfig {
        self.config_waiting(PATIENT)
    }

    /// An account whose clients do not wait for long.
    pub(crate) fn impatient_config(&self) -> SdkConfig {
        self.config_waiting(IMPATIENT)
    }

    fn config_waiting(&self, wait: Duration) -> SdkConfig {
        // Clients of one region share a stock of retries, which a table of faults would use up.
        static REGIONS: AtomicUsize = AtomicUsize::new(0);
        let region = format!("eu-test-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
        let credentials = Credentials::new("testing", "testing", None, None, "test");
        aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(wait).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(wait).build())
            .endpoint_url(format!("http://127.0.0.1:{}", self.port))
            .build()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A test that failed on another thread leaves the state whole.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection until a fault or the client ends it.
async fn serve(mut connection: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(request) = http::read(&mut connection).await {
        let (reply, fault) = lock(&state).answer(&request);
        if !fault::send(&mut connection, &request, reply, fault).await {
            break;
        }
    }
}

impl State {
    /// Does what is asked, unless a fault comes first, and finds the answer.
    fn answer(&mut self, request: &Request) -> (Reply, Option<Answer>) {
        let (operation, about) = recognise(request);
        let scripted = self.next.get_mut(&operation).and_then(VecDeque::pop_front);
        let fault = scripted.or_else(|| self.disturbance(operation, request)).or_else(|| self.always.get(&operation).cloned());
        let done = fault.as_ref().is_none_or(|fault| fault.done);
        let (reply, wrote) = if done { self.kept.act(operation, &about, request) } else { (Reply::default(), false) };
        self.attempts.push(Attempt { operation, about, wrote });
        (reply, fault.map(|fault| fault.answer))
    }
}

impl State {
    /// What goes wrong because of the call that the attempt belongs to.
    fn disturbance(&mut self, operation: Operation, request: &Request) -> Option<Fault> {
        let call = request.header("amz-sdk-invocation-id").expect("the SDK names its calls");
        let known = self.calls.iter().position(|known| known == call);
        let place = known.unwrap_or(self.calls.len());
        if known.is_none() {
            self.calls.push(call.to_owned());
        }
        if let Some(disturbed) = self.disturbed.as_mut().filter(|disturbed| disturbed.place == place) {
            disturbed.attempts_left = disturbed.attempts_left.checked_sub(1)?;
            return Some(disturbed.fault.clone());
        }
        if known.is_some() { None } else { self.trouble?(operation, place as u64) }
    }
}

impl Kept {
    /// The right answer, and whether anything was written.
    fn act(&mut self, operation: Operation, about: &str, request: &Request) -> (Reply, bool) {
        match operation {
            Operation::GetObject => (s3::get(&self.objects, about), false),
            Operation::HeadObject => (s3::get(&self.objects, about).without_body(), false),
            Operation::PutObject => s3::put(&mut self.objects, about, request),
            Operation::ListObjects => (s3::list(&self.objects, about, request), false),
            Operation::GetMetricData => (cloudwatch::get(&self.points, request), false),
            Operation::DescribeGroups => (autoscaling::describe(&self.groups, request), false),
            Operation::SetDesired => autoscaling::set_desired(self, about, request),
            Operation::UpdateGroup => autoscaling::update(&mut self.groups, about, request),
        }
    }
}

/// What is asked, and about what.
fn recognise(request: &Request) -> (Operation, String) {
    if request.path.starts_with("/service/") {
        assert!(request.path.ends_with("/operation/GetMetricData"), "{}", request.path);
        return (Operation::GetMetricData, String::new());
    }
    if let Some(key) = request.path.strip_prefix(&format!("/{BUCKET}")) {
        let key = key.trim_start_matches('/').to_owned();
        return match request.method.as_str() {
            "GET" if key.is_empty() => (Operation::ListObjects, request.field("prefix").to_owned()),
            "GET" => (Operation::GetObject, key),
            "HEAD" => (Operation::HeadObject, key),
            "PUT" => (Operation::PutObject, key),
            other => panic!("nobody asks S3 for {other}"),
        };
    }
    let operation = match request.field("Action") {
        "DescribeAutoScalingGroups" => Operation::DescribeGroups,
        "SetDesiredCapacity" => Operation::SetDesired,
        "UpdateAutoScalingGroup" => Operation::UpdateGroup,
        other => panic!("nobody asks Auto Scaling for {other}: {} {}", request.method, request.path),
    };
    (operation, request.field("AutoScalingGroupName").to_owned())
}
