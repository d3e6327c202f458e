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

/// Rows of integers, each with its scale.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct PackedRows<'a> {
    /// Row after row.
    pub values: &'a [i16],
    /// One for each row.
    pub scales: &'a [f32],
    /// Integers from one row to the next.
    pub stride: usize,
}

/// The kernels for 16-bit integers.
pub(in crate::kernel) struct Int16Table {
    pub(in crate::kernel) pack_floats: unsafe fn(&[f32], &mut [i16]) -> f32,
    pub(in crate::kernel) pack_halves: unsafe fn(&[f16], &mut [i16]) -> f32,
    pub(in crate::kernel) pack_weights: unsafe fn(&[f32], &[f32], &mut [i16]) -> f32,
    pub(in crate::kernel) interleave: unsafe fn(&[i16], &[i16], &mut [i16]),
    pub(in crate::kernel) dots: unsafe fn(PackedRows<'_>, PackedRows<'_>, &mut [f32]),
    pub(in crate::kernel) mix: unsafe fn(PackedRows<'_>, &[i16], usize, usize, &mut [f32]),
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

    /// `output[i][r] = Σ_c rows[r][c] * inputs[i][c]` for packed rows, which follow each other: of `rows` a multiple of 16,
    /// of `inputs` one or a multiple of four; `output` has at least a row of `rows` values for each of them.
    pub fn dots(self, rows: PackedRows<'_>, inputs: PackedRows<'_>, output: &mut [f32]) {
        let width = rows.stride;
        if width == 0 {
            return output.fill(0.0);
        }
        assert!(width.is_multiple_of(INT16_VALUES) && inputs.stride == width);
        for PackedRows { values, scales, .. } in [rows, inputs] {
            assert_eq!(values.len(), width * scales.len(), "length of packed rows");
        }
        assert!(rows.scales.len().is_multiple_of(16));
        assert!(inputs.scales.len() == 1 || inputs.scales.len().is_multiple_of(4));
        assert!(rows.scales.len() * inputs.scales.len() <= output.len());
        // SAFETY: the instructions were detected; whole vectors, tiles and outputs, and as many scales.
        unsafe { (self.0.dots)(rows, inputs, output) }
    }

    /// `sums[i][c] += Σ_p weights[i][p] * values[p / 2][c][p % 2]` for `c` in `0..length`: `weights` are as
    /// [`pack_weights`](Self::pack_weights) makes them, an even number apart; `values` are pairs of rows of `width`, as
    /// [`interleave`](Self::interleave) makes them, as many as there are.
    pub fn mix(self, weights: PackedRows<'_>, values: &[i16], width: usize, length: usize, sums: &mut [f32]) {
        let rows = weights.scales.len();
        if rows == 0 || values.is_empty() {
            return;
        }
        assert!(width.is_multiple_of(INT16_VALUES) && length <= width && sums.len() == rows * length);
        assert!(values.len().is_multiple_of(2 * width) && weights.stride.is_multiple_of(2));
        assert!((rows - 1) * weights.stride + values.len() / width <= weights.values.len());
        // SAFETY: the instructions were detected; weights, values and sums are inside their slices.
        unsafe { (self.0.mix)(weights, values, width, length, sums) }
    }
}
