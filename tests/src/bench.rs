//! Benchmarks of the whole product: real programs, real displays, through the relay with
//! end-to-end encryption on.
//!
//! They print what they saw and judge nothing: machines are shared and noisy. Quote medians, and
//! compare only figures of one run.

pub mod cpu;
pub mod directory;
pub mod exact;
pub mod latency;
pub mod link;
pub mod pace;
pub mod peers;
pub mod picture;
pub mod road;
pub mod scene;
pub mod soak;
pub mod still;
pub mod text;

/// The value below which that share (0 to 1) of the sorted values lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let last = sorted.len() - 1;
    let at = (share * last as f64).round();
    sorted[(at as usize).min(last)]
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_of_a_known_list() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), 50.0);
        assert_eq!(quantile(&values, 0.95), 95.0);
        assert_eq!(quantile(&values[..1], 0.99), 0.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
