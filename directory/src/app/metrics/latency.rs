//! How long pictures took in all sessions since this server started, as histograms. They are
//! counted in the viewers; nobody and nothing is named beside them but the part of the way.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use farpane_protocol::latency::{BOUNDS_US, SessionLatency, Times};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

/// Microseconds of a second.
const SECOND_US: f64 = 1_000_000.0;

/// What viewers told.
#[derive(Debug, Default)]
pub struct Pictures(Mutex<SessionLatency>);

impl Pictures {
    /// Adds what is new of one session.
    pub fn add(&self, new: &SessionLatency) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.join(new);
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let all = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut whole = |name: &str, help: &str, times| {
            registry.register_with_unit(name, help, Unit::Seconds, Whole(times));
        };
        whole(
            "session_input_to_picture",
            "From an input to the first picture with its effect",
            all.input,
        );
        whole(
            "session_screen_to_picture",
            "From the capture of a picture until it was presented",
            all.picture,
        );
        registry.register_with_unit(
            "session_stage",
            "Parts of the way of a picture",
            Unit::Seconds,
            Stages(all),
        );
    }
}

/// One histogram.
#[derive(Debug)]
struct Whole(Times);

/// One for each part of the way.
#[derive(Debug)]
struct Stages(SessionLatency);

fn write(times: &Times, mut encoder: MetricEncoder<'_>) -> fmt::Result {
    let bounds = BOUNDS_US.iter().map(|bound| *bound as f64 / SECOND_US);
    let classes = bounds.chain([f64::INFINITY]).zip(times.counts);
    let classes: Vec<_> = classes.collect();
    let sum = times.sum_us as f64 / SECOND_US;
    encoder.encode_histogram::<NoLabelSet>(sum, times.count(), &classes, None)
}

impl EncodeMetric for Whole {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        write(&self.0, encoder)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl EncodeMetric for Stages {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (name, times) in self.0.stages() {
            let label = [("stage", name)];
            write(times, encoder.encode_family(&label)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
