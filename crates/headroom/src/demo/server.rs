//! The dashboard on the loopback address, and what someone at it asks for.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Result;
use dashboard_api::{AppState, Sites, random_id};
use headroom_core::Fleet;
use headroom_store::Store;
use jiff::Timestamp;

use super::Clock;
use crate::{
    backtest,
    gate::Gate,
    interrupt::Interrupt,
    listening::Listening,
    serve::training::{Which, train},
    terminal::Lines,
};

/// A running dashboard.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// The page asks for news so often, in seconds: a tick of the demo takes one.
const REFRESH_SECONDS: u32 = 1;

/// Everybody who looks has the one token that is printed.
const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1_000).expect("a limit is not zero");

/// Requests for a training are looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Serves the dashboard until the program ends, to whoever reads the line that is printed here, and trains when asked to.
pub(crate) fn start(
    port: u16,
    fleet: &Arc<Fleet>,
    store: &Arc<dyn Store>,
    clock: &Clock,
    interrupt: &Interrupt,
    lines: Lines,
) -> Result<Server> {
    let cure = "choose another port with `--port`, or none with `--headless`";
    let listening = Listening::at((Ipv4Addr::LOCALHOST, port).into(), None, cure)?;
    let shown = Arc::clone(clock);
    let now = move || *shown.lock().unwrap_or_else(PoisonError::into_inner);
    let state = AppState {
        store: Arc::clone(store),
        fleet: Arc::new(Arc::clone(fleet)),
        clock: Arc::new(now.clone()),
        ids: Arc::new(random_id),
        refresh_seconds: REFRESH_SECONDS,
        keep_view_for: Duration::ZERO,
        sites: Sites::default(),
    };
    let gate = Gate::of_this_run()?.with_rate(REQUESTS_PER_SECOND);
    lines.print(&listening.line(gate.token.as_deref()));
    let address = listening.address;
    let router = gate.router(state, &[], true)?;
    let ended = interrupt.clone();
    tokio::spawn(async move { listening.answer(router, &ended).await });
    tokio::spawn(train_on_request(Arc::clone(fleet), Arc::clone(store), now, interrupt.clone(), lines));
    Ok(Server { address })
}

/// Replays the group's history through every policy beside the ticks, for the page to show.
pub(crate) fn backtest(fleet: &Arc<Fleet>, store: &Arc<dyn Store>, made_at: Timestamp) {
    let (fleet, store) = (Arc::clone(fleet), Arc::clone(store));
    tokio::spawn(async move {
        for group in &fleet.groups {
            if let Err(error) = backtest::of_group(&store, group, "headroom demo", made_at).await {
                tracing::warn!("the page shows no backtest of group `{}`: {error:#}", group.id);
            }
        }
    });
}

async fn train_on_request(
    fleet: Arc<Fleet>,
    store: Arc<dyn Store>,
    now: impl Fn() -> Timestamp + Sync,
    interrupt: Interrupt,
    lines: Lines,
) {
    while !interrupt.came() {
        match train(Which::Asked, &fleet, &store, "headroom demo", now()).await {
            Ok(said) => said.iter().for_each(|line| lines.print(line)),
            Err(error) => tracing::warn!("nothing was trained: {error:#}"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = interrupt.wait() => {}
        }
    }
}
