//! Which part of the bitrate each band of a picture gets.

/// Pictures after which the parts are looked at again: the library's rate control needs some to
/// follow a change, and plans by groups of eight.
const EVERY: u32 = 4;

/// Difference between the coarsest and the finest band, in steps of the quantiser, that nobody
/// sees.
const EVEN: f32 = 1.0;

/// Steps of the quantiser by which a stream's bytes halve: six by the standard's scale, and twice
/// as many here, so that the parts approach their balance instead of swinging around it.
const HALVING: f32 = 12.0;

/// Least part of an equal one that a band keeps: what stands still costs nothing, but may move
/// the next moment.
const LEAST: f32 = 0.125;

/// Part of itself that some part must move by to be told of: the library plans anew for each.
const STEP: f32 = 1.0 / 64.0;

/// Parts of one, one for each band.
#[derive(Debug)]
pub(super) struct Shares {
    parts: Vec<f32>,
    /// Sums of the quantisers of so many pictures. One picture alone would mislead where bands
    /// change in turns.
    sums: Vec<f32>,
    pictures: u32,
}

impl Shares {
    /// By the bands' extents.
    pub(super) fn new(extents: impl Iterator<Item = usize> + Clone) -> Self {
        let total = extents.clone().sum::<usize>() as f32;
        let parts: Vec<_> = extents.map(|extent| extent as f32 / total).collect();
        Self {
            sums: vec![0.0; parts.len()],
            parts,
            pictures: 0,
        }
    }

    /// What each band gets of a bitrate, in the same unit.
    pub(super) fn of(&self, bps: u32) -> impl Iterator<Item = u32> {
        let bps = f64::from(bps);
        self.parts
            .iter()
            .map(move |part| (bps * f64::from(*part)) as u32)
    }

    /// Moves the parts towards one quantiser for all bands, after a picture whose bands were coded
    /// with these. Whether they changed.
    pub(super) fn follow(&mut self, quantisers: &[f32]) -> bool {
        debug_assert_eq!(quantisers.len(), self.parts.len());
        for (sum, quantiser) in self.sums.iter_mut().zip(quantisers) {
            *sum += quantiser;
        }
        self.pictures += 1;
        if self.pictures < EVERY {
            return false;
        }
        let (count, pictures) = (self.parts.len() as f32, self.pictures as f32);
        let usual: Vec<f32> = self.sums.iter().map(|sum| sum / pictures).collect();
        self.sums.fill(0.0);
        self.pictures = 0;
        let finest = usual.iter().copied().fold(f32::INFINITY, f32::min);
        let coarsest = usual.iter().copied().fold(0.0, f32::max);
        if coarsest - finest <= EVEN {
            return false;
        }
        let (mean, before) = (usual.iter().sum::<f32>() / count, self.parts.clone());
        for (part, quantiser) in self.parts.iter_mut().zip(usual) {
            *part *= ((quantiser - mean) / HALVING).exp2();
        }
        self.normalise(|part| part);
        self.normalise(|part| part.max(LEAST / count));
        let mut moved = self.parts.iter().zip(&before);
        if moved.any(|(part, before)| (part - before).abs() > before * STEP) {
            return true;
        }
        self.parts = before;
        false
    }

    fn normalise(&mut self, of: impl Fn(f32) -> f32) {
        self.parts.iter_mut().for_each(|part| *part = of(*part));
        let total = self.parts.iter().sum::<f32>();
        self.parts.iter_mut().for_each(|part| *part /= total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(shares: &mut Shares, quantisers: impl Fn(&[f32]) -> Vec<f32>, pictures: u32) {
        for _ in 0..pictures {
            let quantisers = quantisers(&shares.parts);
            shares.follow(&quantisers);
        }
    }

    #[test]
    fn bands_begin_with_what_their_rows_are_worth() {
        let shares = Shares::new([544, 536].into_iter());
        let of = Vec::from_iter(shares.of(1_080_000));
        assert!(
            of[0].abs_diff(544_000) < 9 && of[1].abs_diff(536_000) < 9,
            "{of:?}"
        );
    }

    #[test]
    fn what_is_harder_to_code_gets_more_until_the_quantisers_are_even() {
        let mut shares = Shares::new([544, 536].into_iter());
        // By the standard's scale, with three times as much to code in the second band.
        let coded = |parts: &[f32]| {
            vec![
                30.0 - 6.0 * parts[0].log2(),
                30.0 - 6.0 * (parts[1] / 3.0).log2(),
            ]
        };
        follow(&mut shares, coded, 60);
        let quantisers = coded(&shares.parts);
        assert!(
            (quantisers[0] - quantisers[1]).abs() <= EVEN + 0.01,
            "{quantisers:?}"
        );
        assert!(shares.parts[1] > 0.6, "{:?}", shares.parts);
    }

    #[test]
    fn bands_that_change_in_turns_get_the_same() {
        let mut shares = Shares::new([544, 536].into_iter());
        for picture in 0..400 {
            let quantiser =
                |band: usize| (24.0 - 6.0 * shares.parts[band].log2()).clamp(12.0, 40.0);
            let quantisers = match picture % 2 {
                0 => [quantiser(0), 12.0],
                _ => [12.0, quantiser(1)],
            };
            shares.follow(&quantisers);
        }
        assert!(
            shares.parts.iter().all(|part| (0.4..0.6).contains(part)),
            "{:?}",
            shares.parts
        );
    }

    #[test]
    fn what_does_not_move_is_not_told() {
        let mut shares = Shares::new([1, 1].into_iter());
        let told = |shares: &mut Shares| (0..40).filter(|_| shares.follow(&[30.0, 12.0])).count();
        assert!(told(&mut shares) > 2);
        assert_eq!(told(&mut shares), 0, "{:?}", shares.parts);
    }

    #[test]
    fn a_band_that_stands_still_keeps_its_least_and_comes_back() {
        let mut shares = Shares::new([1, 1, 1].into_iter());
        follow(&mut shares, |_| vec![30.0, 12.0, 30.0], 100);
        let least = LEAST / 3.0;
        assert!(
            (shares.parts[1] - least).abs() < least / 4.0,
            "{:?}",
            shares.parts
        );
        follow(
            &mut shares,
            |parts| parts.iter().map(|part| 20.0 - 6.0 * part.log2()).collect(),
            60,
        );
        assert!(
            shares.parts.iter().all(|part| (0.28..0.40).contains(part)),
            "{:?}",
            shares.parts
        );
        assert!((shares.parts.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    }
}
