//! Products in 16-bit integers: of queries with cached keys and of softmax weights with cached values, and of other
//! floats that meet quantised numbers.
//!
//! A row of numbers becomes integers times one scale, its Euclidean norm over 32,767. By the inequality of Cauchy and
//! Schwarz no sum of products of two such rows leaves 32 bits, however long they are, and it is exact, so that the
//! order of additions does not matter. What is lost, a rounding by half of the scale, is about an eighth of what brain
//! floats lose of a row without outliers, and an instruction multiplies as many of both.

/// Values that a row is filled up to a multiple of: those of a vector of 64 bytes.
pub(in crate::kernel) const INT16_VALUES: usize = 32;

/// Rows of integers, each with its scale.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct PackedRows<'a> {
    /// The first row starts at the front; the last one may end where its values end.
    pub values: &'a [i16],
    /// One for each row.
    pub scales: &'a [f32],
    /// Integers from one row to the next.
    pub stride: usize,
}

impl PackedRows<'_> {
    /// Whether each row has `length` values.
    fn hold(&self, length: usize) -> bool {
        let last = self.scales.len().saturating_sub(1);
        last.checked_mul(self.stride)
            .and_then(|first| first.checked_add(length))
            .is_some_and(|end| end <= self.values.len())
    }
}

/// What numbers of this size are divided by and multiplied with to become integers. The size is at least that of each.
pub(in crate::kernel) fn int16_scales(size: f32) -> (f32, f32) {
    /// The largest integer.
    const LARGEST: f32 = i16::MAX as f32;
    // Its inverse would be infinite.
    const SMALLEST: f32 = 1e-30;
    if size < SMALLEST {
        (0.0, 0.0)
    } else if size.is_finite() {
        (size / LARGEST, LARGEST / size)
    } else {
        (f32::NAN, 0.0)
    }
}

/// The kernels for 16-bit integers.
pub(in crate::kernel) struct Int16Table {
    pub(in crate::kernel) pack_weights: unsafe fn(&[f32], &[f32], &mut [i16]) -> f32,
    pub(in crate::kernel) dots: unsafe fn(PackedRows<'_>, usize, PackedRows<'_>, &mut [f32], usize),
    pub(in crate::kernel) mix: unsafe fn(PackedRows<'_>, PackedRows<'_>, usize, &mut [f32]),
}

/// The kernels of an [`Int16Table`] whose instructions this CPU has.
///
/// Rows are what [`Kernels::pack_int16`](super::Kernels::pack_int16) makes. A scale that is none makes every result none
/// that its row has a part in. Weights whose sum is below 1e-30 are taken for zeros.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Int16Kernels(pub(super) &'static Int16Table);

impl Int16Kernels {
    /// Makes integers of `weights[p] * scales[p]` and returns their scale, which is such that the sum of their
    /// magnitudes is 32,767; zeros behind them.
    pub fn pack_weights(self, weights: &[f32], scales: &[f32], output: &mut [i16]) -> f32 {
        assert!(output.len().is_multiple_of(INT16_VALUES) && weights.len() <= output.len());
        assert_eq!(weights.len(), scales.len());
        // SAFETY: the instructions were detected; whole vectors, and no more values than they hold.
        unsafe { (self.0.pack_weights)(weights, scales, output) }
    }

    /// `output[i * output_stride + r] = Σ_c rows[r][c] * inputs[i][c]` for `c` in `0..length`. Of `inputs` there are one or
    /// a multiple of four, filled up with zeros to whole vectors; outputs behind those of the last row, up to a
    /// multiple of 16, are unspecified afterwards.
    pub fn dots(
        self,
        rows: PackedRows<'_>,
        length: usize,
        inputs: PackedRows<'_>,
        output: &mut [f32],
        output_stride: usize,
    ) {
        let (count, input_count) = (rows.scales.len(), inputs.scales.len());
        if count == 0 || input_count == 0 {
            return;
        }
        assert!(rows.hold(length) && inputs.hold(length.next_multiple_of(INT16_VALUES)));
        assert!(input_count == 1 || input_count.is_multiple_of(4));
        assert!((input_count - 1) * output_stride + count.next_multiple_of(16) <= output.len());
        // SAFETY: the instructions were detected; rows, whole vectors of inputs, and outputs are inside their slices.
        unsafe { (self.0.dots)(rows, length, inputs, output, output_stride) }
    }

    /// `sums[i][c] += Σ_p weights[i][p] * rows[p][c]` for `c` in `0..length`: `weights` are as
    /// [`pack_weights`](Self::pack_weights) makes them, of the scales of `rows`, which are not looked at.
    pub fn mix(self, weights: PackedRows<'_>, rows: PackedRows<'_>, length: usize, sums: &mut [f32]) {
        let count = rows.scales.len();
        if weights.scales.is_empty() || count == 0 {
            return;
        }
        assert!(rows.hold(length) && weights.hold(count.next_multiple_of(2)));
        assert!(weights.stride.is_multiple_of(2) && sums.len() == weights.scales.len() * length);
        // SAFETY: the instructions were detected; rows, pairs of weights, and sums are inside their slices.
        unsafe { (self.0.mix)(weights, rows, length, sums) }
    }
}
