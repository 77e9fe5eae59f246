//! How like the original a shown picture is: SSIM of the brightness, as Wang and others defined it
//! in 2004, over windows of 8×8 pixels.

/// Pixels of a window's sides, and between the corners of neighbouring windows.
const WINDOW: usize = 8;
const STEP: usize = 4;
/// The two constants that keep the quotient tame where a window is flat: (0.01·255)² and
/// (0.03·255)².
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;

/// Brightness of a pixel `0x00rrggbb`, 0 to 255, after BT.601.
pub fn brightness(pixel: u32) -> u8 {
    let level = |shift: u32| f64::from(pixel >> shift & 0xff);
    (0.299 * level(16) + 0.587 * level(8) + 0.114 * level(0)).round() as u8
}

/// The mean SSIM of two pictures of equal size, each row `width` long: 1 for equal ones. `None` if
/// they are smaller than a window or not of one size.
pub fn ssim(one: &[u8], other: &[u8], width: usize) -> Option<f64> {
    let height = one.len().checked_div(width)?;
    if one.len() != other.len() || width < WINDOW || height < WINDOW {
        return None;
    }
    let mut sum = 0.0;
    let mut windows = 0_u32;
    for top in (0..=height - WINDOW).step_by(STEP) {
        for left in (0..=width - WINDOW).step_by(STEP) {
            sum += window(one, other, width, top * width + left);
            windows += 1;
        }
    }
    Some(sum / f64::from(windows))
}

fn window(one: &[u8], other: &[u8], width: usize, corner: usize) -> f64 {
    let (mut a, mut b, mut aa, mut bb, mut ab) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for row in 0..WINDOW {
        let at = corner + row * width;
        let rows = one[at..at + WINDOW].iter().zip(&other[at..at + WINDOW]);
        for (&x, &y) in rows {
            let (x, y) = (u32::from(x), u32::from(y));
            a += x;
            b += y;
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
    }
    let count = (WINDOW * WINDOW) as f64;
    let (mean_a, mean_b) = (f64::from(a) / count, f64::from(b) / count);
    let var_a = f64::from(aa) / count - mean_a * mean_a;
    let var_b = f64::from(bb) / count - mean_b * mean_b;
    let both = f64::from(ab) / count - mean_a * mean_b;
    let likeness = (2.0 * mean_a * mean_b + C1) * (2.0 * both + C2);
    likeness / ((mean_a * mean_a + mean_b * mean_b + C1) * (var_a + var_b + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(of: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        let rows = (0..64).flat_map(|y| (0..64).map(move |x| (x, y)));
        rows.map(|(x, y)| of(x, y)).collect()
    }

    #[test]
    fn a_picture_is_like_itself_and_less_like_a_coarser_one() {
        let fine = picture(|x, y| ((x * 37 + y * 91) % 251) as u8);
        let coarse = |step: u8| -> Vec<u8> { fine.iter().map(|v| v / step * step).collect() };
        assert_eq!(ssim(&fine, &fine, 64), Some(1.0));
        let near = ssim(&fine, &coarse(8), 64).expect("of one size");
        let far = ssim(&fine, &coarse(64), 64).expect("of one size");
        assert!(near < 1.0 && far < near, "{near} {far}");
    }

    #[test]
    fn flat_pictures_of_different_brightness_are_compared_by_it() {
        // By hand: variances and covariance are nothing, so only the first quotient is left.
        let by_hand = (2.0 * 100.0 * 120.0 + C1) / (100.0 * 100.0 + 120.0 * 120.0 + C1);
        let seen = ssim(&[100; 4096], &[120; 4096], 64).expect("of one size");
        assert!((seen - by_hand).abs() < 1e-9, "{seen} {by_hand}");
    }

    #[test]
    fn what_cannot_be_compared_is_not() {
        assert_eq!(ssim(&[0; 64], &[0; 32], 8), None);
        assert_eq!(ssim(&[0; 16], &[0; 16], 4), None);
        assert_eq!(ssim(&[], &[], 0), None);
    }
}
