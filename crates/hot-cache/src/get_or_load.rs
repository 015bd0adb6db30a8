//! The whole story in one call, for those who don't need to take part in it.

use std::future::Future;
use std::hash::{BuildHasher, Hash};

use crate::cache::HotCache;
use crate::entry::Held;
use crate::load::Begin;
use crate::wait::Waited;

impl<K, V, S> HotCache<K, V, S>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    /// The value of a key, loaded by `load` if it isn't there; of many who ask at once, one loads and the others block
    /// until it has.
    ///
    /// # Errors
    ///
    /// That of `load`. It goes to the one who called it alone; one of those who wait loads next.
    pub fn get_or_load<E>(
        &self,
        key: &K,
        load: impl FnOnce() -> Result<V, E>,
    ) -> Result<Held<V>, E> {
        if let Some(held) = self.get(key) {
            return Ok(held);
        }
        let ours = match self.begin(key.clone()) {
            Begin::Hit(held) => return Ok(held),
            Begin::Load(ours) => ours,
            Begin::Wait(wait) => match wait.wait_blocking() {
                Waited::Value(held) => return Ok(held),
                Waited::Load(ours) => ours,
                Waited::Declined => return Ok(self.alone(key, load()?)),
            },
        };
        Ok(ours.finish(load()?).held)
    }

    /// The same for futures.
    ///
    /// # Errors
    ///
    /// That of `load`. It goes to the one who called it alone; one of those who wait loads next.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, so is `load`, and one of those who wait loads next.
    pub async fn get_or_load_async<E, F>(
        &self,
        key: &K,
        load: impl FnOnce() -> F,
    ) -> Result<Held<V>, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        if let Some(held) = self.get(key) {
            return Ok(held);
        }
        let ours = match self.begin(key.clone()) {
            Begin::Hit(held) => return Ok(held),
            Begin::Load(ours) => ours,
            Begin::Wait(wait) => match wait.await {
                Waited::Value(held) => return Ok(held),
                Waited::Load(ours) => ours,
                Waited::Declined => return Ok(self.alone(key, load().await?)),
            },
        };
        Ok(ours.finish(load().await?).held)
    }

    /// A value for its loader alone.
    fn alone(&self, key: &K, value: V) -> Held<V> {
        let (weight, _) = self.inner.weigh(key, &value);
        self.inner.hold(key, value, weight, self.inner.time())
    }
}
