//! Looks whether the files that a server follows have changed, those of its certificates among them, once per tick.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::followed::Followed;
use crate::keep::ticking;
use crate::shared::Shared;
use crate::tls::TlsConfig;

/// Ends when nothing is to be looked at; else never. It looks in threads of its own, for a file may lie on a disk that
/// hangs.
pub(super) async fn look_after(shared: Arc<Shared>, pool: Handle, tick: Duration) {
    if shared.followed.is_empty() && !shared.tls.iter().any(TlsConfig::reloads_on_change) {
        return;
    }
    let mut ticks = ticking(tick);
    loop {
        ticks.tick().await;
        let shared = Arc::clone(&shared);
        let look = pool.spawn_blocking(move || {
            let now = shared.clock.real();
            for config in shared.tls.iter().filter(|config| config.reloads_on_change()) {
                config.certificates().look(now);
            }
            shared.followed.iter().for_each(Followed::look);
        });
        let _ = look.await;
    }
}
