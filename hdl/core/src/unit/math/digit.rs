//! Quotient digit selection of the radix-4 divider.
//!
//! Spec: Ercegovac and Lang, "Division and Square Root" (1994), chapter 3: digits -2 to 2
//! (redundancy 2/3), partial remainder in carry-save form. The divisor lies in `[1/2, 1)`; its three
//! bits after the leading one choose a row of thresholds. The estimate is the shifted partial
//! remainder in sixteenths, truncated, at most 2/16 too low. Digit k is right when
//! `(k - 2/3) d <= 4w <= (k + 2/3) d`; the test proves that for every row from the intervals.

/// Smallest estimate, in sixteenths, for the digits 2, 1, 0 and -1; below the last it is -2.
pub const THRESHOLDS: [[i8; 4]; 8] = [
    [12, 4, -4, -13],
    [14, 4, -6, -15],
    [15, 4, -6, -16],
    [16, 4, -6, -18],
    [18, 6, -8, -20],
    [20, 6, -8, -20],
    [20, 8, -8, -22],
    [24, 8, -8, -24],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything is scaled by 48 so that thirds of sixteenths are integers.
    #[test]
    fn every_threshold_lies_in_the_overlap_of_its_digits() {
        for (row, thresholds) in THRESHOLDS.iter().enumerate() {
            // The divisor in sixteenths: 8 + row up to 9 + row.
            let (low, high) = (8 + row as i32, 9 + row as i32);
            for (digit, threshold) in [2, 1, 0, -1].into_iter().zip(thresholds) {
                let lowest = ((3 * digit - 2) * low).max((3 * digit - 2) * high);
                let highest = ((3 * digit - 1) * low).min((3 * digit - 1) * high);
                let threshold = 3 * i32::from(*threshold);
                assert!(threshold >= lowest, "row {row}, digit {digit}: too low");
                assert!(
                    threshold + 3 <= highest,
                    "row {row}, digit {digit}: too high"
                );
            }
        }
    }
}
