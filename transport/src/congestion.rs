//! Which congestion controller an end-to-end connection runs, and our own one behind quinn's trait.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use quinn::congestion::{BbrConfig, Controller, ControllerFactory, CubicConfig, NewRenoConfig};

mod delay;

use delay::Delay;

/// A first picture of 100 kB leaves in one round trip instead of four.
pub(crate) const INITIAL_WINDOW: u64 = 128 * 1024;

/// How a connection finds out how much may be on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Congestion {
    /// By the delay that its packets meet: keeps queues short and takes lost packets for what
    /// they mostly are on a desktop's connection, chance.
    #[default]
    Delay,
    /// By lost packets, growing fast (RFC 9438).
    Cubic,
    /// By lost packets, growing slowly (RFC 9002).
    NewReno,
    /// By a model of rate and delay, as quinn has it: an early version that its authors do not
    /// keep up. For comparison.
    Bbr,
}

impl Congestion {
    pub(crate) fn factory(self) -> Arc<dyn ControllerFactory + Send + Sync> {
        match self {
            Self::Delay => Arc::new(DelayFactory),
            Self::Cubic => {
                let mut config = CubicConfig::default();
                config.initial_window(INITIAL_WINDOW);
                Arc::new(config)
            }
            Self::NewReno => {
                let mut config = NewRenoConfig::default();
                config.initial_window(INITIAL_WINDOW);
                Arc::new(config)
            }
            Self::Bbr => {
                let mut config = BbrConfig::default();
                config.initial_window(INITIAL_WINDOW);
                Arc::new(config)
            }
        }
    }
}

struct DelayFactory;

impl ControllerFactory for DelayFactory {
    fn build(self: Arc<Self>, now: Instant, mtu: u16) -> Box<dyn Controller> {
        Box::new(Delay::new(INITIAL_WINDOW, mtu, now))
    }
}

impl Controller for Delay {
    fn on_sent(&mut self, now: Instant, bytes: u64, last_packet_number: u64) {
        self.sent(now, bytes, last_packet_number);
    }

    fn on_end_acks(
        &mut self,
        now: Instant,
        in_flight: u64,
        _app_limited: bool,
        largest_packet_num_acked: Option<u64>,
    ) {
        if let Some(largest) = largest_packet_num_acked {
            self.acknowledged(now, in_flight, largest);
        }
    }

    fn on_congestion_event(
        &mut self,
        now: Instant,
        sent: Instant,
        is_persistent_congestion: bool,
        lost_bytes: u64,
    ) {
        if is_persistent_congestion {
            self.fell_silent(now);
        } else if lost_bytes == 0 {
            self.marked(now, sent);
        } else {
            self.lost(now, sent, lost_bytes);
        }
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.set_mtu(new_mtu);
    }

    fn window(&self) -> u64 {
        self.bytes()
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        INITIAL_WINDOW
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
