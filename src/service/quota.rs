//! How much one key may ask: so many requests a minute, and so many at a time.
//!
//! One spoke in a loop must not take the places of the others. Only known keys have a meter, so
//! that their number is bounded by the access file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one key may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests a minute; as many may come at once after a pause.
    pub per_minute: u32,
    /// Requests at work at a time.
    pub at_once: u32,
}

impl Default for Quota {
    /// Ten a second is more than a clinic writes; sixteen at once fill a quarter of the places.
    fn default() -> Self {
        Self { per_minute: 600, at_once: 16 }
    }
}

struct Meter {
    quota: Quota,
    /// Requests that may come now, and when that was counted.
    left: f64,
    counted: Instant,
    places: Arc<Semaphore>,
}

/// The meters of all keys that asked.
#[derive(Default)]
pub(super) struct Meters(Mutex<BTreeMap<String, Meter>>);

impl Meters {
    /// A place for one more request of that key; it is free again when the permit is dropped.
    ///
    /// # Errors
    /// How long to wait, when the key has asked too much.
    pub(super) fn enter(
        &self,
        key: &str,
        quota: Quota,
        now: Instant,
    ) -> Result<OwnedSemaphorePermit, Duration> {
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Meter {
            quota,
            left: f64::from(quota.per_minute),
            counted: now,
            places: Arc::new(Semaphore::new(quota.at_once as usize)),
        };
        let meter = meters.entry(key.to_owned()).or_insert_with(fresh);
        if meter.quota != quota {
            // The access file was read again. Requests at work keep the places they have.
            *meter = fresh();
        }
        let a_second = f64::from(quota.per_minute) / 60.0;
        let earned = now.saturating_duration_since(meter.counted).as_secs_f64() * a_second;
        meter.left = (meter.left + earned).min(f64::from(quota.per_minute));
        meter.counted = now;
        if meter.left < 1.0 {
            let wait = if a_second > 0.0 { (1.0 - meter.left) / a_second } else { 60.0 };
            return Err(Duration::from_secs_f64(wait.clamp(1.0, 60.0)));
        }
        let place = Arc::clone(&meter.places).try_acquire_owned();
        let place = place.map_err(|_| Duration::from_secs(1))?;
        meter.left -= 1.0;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_for_its_turn_and_no_other_does() {
        let (meters, start) = (Meters::default(), Instant::now());
        let quota = Quota { per_minute: 3, at_once: 2 };
        let at = |key: &str, seconds: u64| {
            meters.enter(key, quota, start + Duration::from_secs(seconds))
        };
        let first = at("a", 0).unwrap();
        let second = at("a", 0).unwrap();
        assert_eq!(at("a", 0).err(), Some(Duration::from_secs(1)), "two at once");
        assert!(at("b", 0).is_ok());
        drop((first, second));
        assert!(at("a", 0).is_ok());
        assert_eq!(at("a", 0).err(), Some(Duration::from_secs(20)), "three a minute");
        assert!(at("a", 19).is_err());
        assert!(at("a", 20).is_ok());
        assert!(at("a", 20).is_err());
        assert!(at("a", 500).is_ok());
    }
}
