//! Products in 16-bit integers: of queries with cached keys and of softmax weights with cached values, and of other
//! floats that meet quantised numbers.
//!
//! A row of numbers becomes integers times one scale, its Euclidean norm over 32,767. By the inequality of Cauchy and
//! Schwarz no sum of products of two such rows leaves 32 bits, however long they are, and it is exact, so that the
//! order of additions does not matter. What is lost, a rounding by half of the scale, is about an eighth of what brain
//! floats lose of a row without outliers, and an instruction multiplies as many of both.

use half::f16;

/// Values that a row is filled up to a multiple of: those of a vector of 64 bytes.
pub(in crate::kernel) const INT16_VALUES: usize = 32;

/// See `Int16Kernels::dots`.
type Dots = unsafe fn(&[i16], &[f32], &[i16], &[f32], usize, &mut [f32]);
/// See `Int16Kernels::mix`.
type Mix = unsafe fn(&[i16], &[f32], usize, &[i16], usize, usize, &mut [f32]);

/// The kernels for 16-bit integers.
pub(in crate::kernel) struct Int16Table {
    pub(in crate::kernel) pack_floats: unsafe fn(&[f32], &mut [i16]) -> f32,
    pub(in crate::kernel) pack_halves: unsafe fn(&[f16], &mut [i16]) -> f32,
    pub(in crate::kernel) pack_weights: unsafe fn(&[f32], &[f32], &mut [i16]) -> f32,
    pub(in crate::kernel) interleave: unsafe fn(&[i16], &[i16], &mut [i16]),
    pub(in crate::kernel) dots: Dots,
    pub(in crate::kernel) mix: Mix,
}

/// The kernels of an [`Int16Table`] whose instructions this CPU has.
///
/// Numbers that are infinite or none make a scale that is none, and so every result that their row has a part in.
/// Rows whose norm, or weights whose sum, is below 1e-30 are taken for zeros.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Int16Kernels(pub(super) &'static Int16Table);

impl Int16Kernels {
    /// Makes integers of a row and returns their scale. They come in an order that is the instruction set's own; what
    /// they do not fill of `output` becomes zeros.
    pub fn pack_floats(self, input: &[f32], output: &mut [i16]) -> f32 {
        assert!(output.len().is_multiple_of(INT16_VALUES) && input.len() <= output.len());
        // SAFETY: the instructions were detected; whole vectors, and no more values than they hold.
        unsafe { (self.0.pack_floats)(input, output) }
    }

    /// The same for half-precision floats.
    pub fn pack_halves(self, input: &[f16], output: &mut [i16]) -> f32 {
        assert!(output.len().is_multiple_of(INT16_VALUES) && input.len() <= output.len());
        // SAFETY: as above.
        unsafe { (self.0.pack_halves)(input, output) }
    }

    /// Makes integers of `weights[p] * scales[p]` and returns their scale, which is such that the sum of their
    /// magnitudes is 32,767: in their order, zeros behind them.
    pub fn pack_weights(self, weights: &[f32], scales: &[f32], output: &mut [i16]) -> f32 {
        assert!(output.len().is_multiple_of(INT16_VALUES) && weights.len() <= output.len());
        assert_eq!(weights.len(), scales.len());
        // SAFETY: the instructions were detected; whole vectors, and no more values than they hold.
        unsafe { (self.0.pack_weights)(weights, scales, output) }
    }

    /// Puts the values of two packed rows side by side, `first[0], second[0], first[1], ...`, in the order in which
    /// they were before they were packed; without a second row, zeros.
    pub fn interleave(self, first: &[i16], second: &[i16], output: &mut [i16]) {
        assert!(first.len().is_multiple_of(INT16_VALUES) && 2 * first.len() == output.len());
        assert!(second.is_empty() || second.len() == first.len());
        // SAFETY: the instructions were detected; whole vectors, twice as many as in a row.
        unsafe { (self.0.interleave)(first, second, output) }
    }

    /// `output[i][r] = row_scales[r] * input_scales[i] * Σ_c rows[r][c] * inputs[i][c]` for packed rows of `width`
    /// values: `rows` is a multiple of 16 of them, `inputs` one or a multiple of four; `output` has at least a row of
    /// `rows` values for each of them.
    pub fn dots(
        self,
        rows: &[i16],
        row_scales: &[f32],
        inputs: &[i16],
        input_scales: &[f32],
        width: usize,
        output: &mut [f32],
    ) {
        if width == 0 {
            return output.fill(0.0);
        }
        assert!(width.is_multiple_of(INT16_VALUES));
        assert!(rows.len() == width * row_scales.len() && inputs.len() == width * input_scales.len());
        assert!(row_scales.len().is_multiple_of(16));
        assert!(input_scales.len() == 1 || input_scales.len().is_multiple_of(4));
        assert!(row_scales.len() * input_scales.len() <= output.len());
        // SAFETY: the instructions were detected; whole vectors, tiles and outputs, and as many scales.
        unsafe { (self.0.dots)(rows, row_scales, inputs, input_scales, width, output) }
    }

    /// `sums[i][c] += weight_scales[i] * Σ_p weights[i][p] * values[p / 2][c][p % 2]` for `c` in `0..length`: `weights`
    /// are rows of `stride`, as [`pack_weights`](Self::pack_weights) makes them, one for each scale; `values` are pairs
    /// of rows of `width`, as [`interleave`](Self::interleave) makes them, as many as there are.
    #[allow(clippy::too_many_arguments)] // A matrix product has three matrices and their sizes.
    pub fn mix(
        self,
        weights: &[i16],
        weight_scales: &[f32],
        stride: usize,
        values: &[i16],
        width: usize,
        length: usize,
        sums: &mut [f32],
    ) {
        let rows = weight_scales.len();
        if rows == 0 || values.is_empty() {
            return;
        }
        assert!(width.is_multiple_of(INT16_VALUES) && length <= width && sums.len() == rows * length);
        assert!(values.len().is_multiple_of(2 * width) && stride.is_multiple_of(2));
        assert!((rows - 1) * stride + values.len() / width <= weights.len());
        // SAFETY: the instructions were detected; weights, values and sums are inside their slices.
        unsafe { (self.0.mix)(weights, weight_scales, stride, values, width, length, sums) }
    }
}
