//! How every block format unpacks to vectors: the uniform form of `block`, 256 values at a time.

use crate::kernel::activations::OFFSET;
use crate::kernel::block::{
    Block, CHUNK, IQ4_NL, IQ4_VALUES, IQ4_XS, MXFP4, MXFP4_VALUES, Q2_K, Q3_K, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1,
    Q5_K, Q6_K, Q8_0,
};
use crate::quant::Format;
use std::arch::x86_64::*;

/// The scales of a chunk of 256 weights of one row.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Scales {
    /// One for each group, from the front; what lies behind is finite or zero.
    pub(in crate::kernel) scales: __m512,
    /// Likewise; unspecified in formats without minimums.
    pub(in crate::kernel) minimums: __m512,
}

impl Scales {
    /// What sums of activations are multiplied with and taken away: minimums, or scales, and those times the zero once
    /// all is added up.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    pub(super) fn of_sums<B: Block>(self) -> __m512 {
        if B::MINIMUMS {
            self.minimums
        } else {
            self.scales
        }
    }

    /// Those of some groups; zeros for the others, which may not be there.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    pub(super) fn only(self, groups: __mmask16) -> Scales {
        Scales {
            scales: _mm512_maskz_mov_ps(groups, self.scales),
            minimums: _mm512_maskz_mov_ps(groups, self.minimums),
        }
    }
}

/// A block format that unpacks to vectors.
pub(in crate::kernel) trait VectorBlock: Block {
    /// Whether scales are made ready for several chunks before the values are multiplied: where it takes a dozen steps
    /// that wait for each other, values that wait for it would fill the processor's queues. Groups have 32 values then.
    const SCALES_FIRST: bool = false;

    /// Whether panels have a group's scale and minimum as a pair of 16-bit integers, in units of the largest of a row's chunk:
    /// one product then takes both, where floats take two. The sum of a group's products, less `CENTRE` times that of its
    /// activations, fits in 16 bits too: 8 * 127 * 32. What is lost, 2^-16 of the largest, is less than a tenth of what
    /// rounding activations to 8 bits loses, which meets the same scales and minimums.
    const PAIRS: bool = matches!(Self::FORMAT, Format::Q4_K);

    /// What panels take away from values: the format's zero, or the middle of its values if it has minimums instead.
    const CENTRE: i32 = if Self::PAIRS { 8 } else { Self::ZERO };
    /// Whether they do.
    const HAS_CENTRE: bool = Self::PAIRS || !Self::MINIMUMS;

    /// The scales of 256 values.
    ///
    /// # Safety
    /// The CPU has the features of this folder; `chunk` points to the bytes of a whole chunk.
    unsafe fn unpack_scales(chunk: *const u8) -> Scales;

    /// The unsigned bytes of 256 values, in order.
    ///
    /// # Safety
    /// As of [`unpack_scales`](VectorBlock::unpack_scales).
    unsafe fn unpack_values(chunk: *const u8) -> [__m512i; 4];

    /// The same, but in the second half of each vector as many times larger as the scales of `unpack_four_scales` are
    /// smaller there: where that is less work.
    ///
    /// # Safety
    /// As of [`unpack_scales`](VectorBlock::unpack_scales).
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn unpack_multiples(chunk: *const u8) -> [__m512i; 4] {
        // SAFETY: the caller's promise.
        unsafe { Self::unpack_values(chunk) }
    }

    /// How many times larger.
    const MULTIPLE: f32 = 1.0;

    /// The scales of four chunks, those of every second group divided by `MULTIPLE`.
    ///
    /// # Safety
    /// The CPU has the features of this folder; `chunks` points to the bytes of four chunks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn unpack_four_scales(chunks: *const u8) -> [Scales; 4] {
        // SAFETY: the caller's promise.
        std::array::from_fn(|index| unsafe {
            Self::unpack_scales(chunks.add(index * (CHUNK / Self::LEN * Self::BYTES)))
        })
    }

    /// Unpacks the values of up to a chunk of 16 rows to the words of a panel: four values of every row in each, with
    /// their offset. `false` if there is no way that is better than row by row.
    ///
    /// # Safety
    /// The CPU has the features of this folder; `rows` holds the blocks, and `words` has room for 64 vectors.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn unpack_words(rows: ChunkRows, words: *mut __m512i) -> bool {
        let _ = (rows, words);
        false
    }
}

/// A chunk of 16 rows of blocks.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct ChunkRows {
    /// The first row's chunk.
    pub(super) first: *const u8,
    /// Bytes from one row to the next.
    pub(super) stride: usize,
    /// Blocks of each row: at the end of a row there may be fewer than a chunk has.
    pub(super) blocks: usize,
}

/// The values of formats with a centre as panels have them: larger by `OFFSET` than signed ones, which sums of products
/// begin with (`QuantisedRow::starts`).
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn with_offset<B: VectorBlock>(values: __m512i) -> __m512i {
    if !B::HAS_CENTRE || B::CENTRE == OFFSET {
        return values;
    }
    _mm512_add_epi8(values, _mm512_set1_epi8((OFFSET - B::CENTRE) as i8))
}

impl ChunkRows {
    /// The four words from byte `offset` of each row on: a vector for each, row by row.
    ///
    /// # Safety
    /// The CPU has the features of this folder; the rows have the 16 bytes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    pub(super) unsafe fn columns(self, offset: usize) -> [__m512i; 4] {
        // The rows `row`, `row + 4`, `row + 8` and `row + 12`.
        // SAFETY: the caller's promise.
        let four = |row: usize| unsafe {
            let part = |row: usize| load_16(self.first.add(row * self.stride + offset));
            let low = _mm512_inserti32x4::<1>(_mm512_castsi128_si512(part(row)), part(row + 4));
            _mm512_inserti32x4::<3>(_mm512_inserti32x4::<2>(low, part(row + 8)), part(row + 12))
        };
        let (a, b, c, d) = (four(0), four(1), four(2), four(3));
        let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        [
            _mm512_unpacklo_epi64(ab_low, cd_low),
            _mm512_unpackhi_epi64(ab_low, cd_low),
            _mm512_unpacklo_epi64(ab_high, cd_high),
            _mm512_unpackhi_epi64(ab_high, cd_high),
        ]
    }

    /// Unpacks blocks of 32 nibbles, `STRIDE` bytes apart, in each of which the low nibbles come first; the first one's are
    /// at `offset`. `change` is given what `prepare` makes of the block's index, and the word of it.
    ///
    /// # Safety
    /// The CPU has the features of this folder; the rows have the nibbles, and `words` has room.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn nibble_blocks<B: VectorBlock, const STRIDE: usize, T: Copy>(
        self,
        offset: usize,
        words: *mut __m512i,
        prepare: impl Fn(usize) -> T,
        change: impl Fn(T, usize, __m512i) -> __m512i,
    ) -> bool {
        let blocks = if B::LEN == 32 { self.blocks } else { 8 * self.blocks };
        for block in 0..blocks {
            // SAFETY: the caller's promise.
            unsafe {
                let prepared = prepare(block);
                let change = |word, values| with_offset::<B>(change(prepared, word, values));
                for (word, both) in self.columns(offset + block * STRIDE).into_iter().enumerate() {
                    let [low, high] = nibbles(both);
                    _mm512_storeu_si512(words.add(8 * block + word), change(word, low));
                    _mm512_storeu_si512(words.add(8 * block + word + 4), change(word + 4, high));
                }
            }
        }
        true
    }

    /// A word of each row.
    ///
    /// # Safety
    /// The CPU has the features of this folder; the rows have the 16 bytes from `offset` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    unsafe fn column(self, offset: usize) -> __m512i {
        // SAFETY: the caller's promise.
        unsafe { self.columns(offset)[0] }
    }
}

/// The low nibbles and the high ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn nibbles(both: __m512i) -> [__m512i; 2] {
    let fifteen = _mm512_set1_epi8(15);
    [_mm512_and_si512(both, fifteen), _mm512_and_si512(_mm512_srli_epi16::<4>(both), fifteen)]
}

/// Adds 16 to the values of word `word` of a block whose bit of `bits` is set: 32 bits for each row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn add_fifth_bits_of_word(values: __m512i, bits: __m512i, word: usize) -> __m512i {
    // The byte that the four bits are in, in all four bytes of the row.
    let byte = (word / 2) as i32;
    let place = _mm512_set1_epi32(0x0101_0101 * byte);
    let row = _mm512_set4_epi32(0x0c0c_0c0c, 0x0808_0808, 0x0404_0404, 0);
    let bytes = _mm512_shuffle_epi8(bits, _mm512_add_epi8(row, place));
    let bit = if word.is_multiple_of(2) { 0x0804_0201 } else { 0x8040_2010_u32 as i32 };
    let mask = _mm512_test_epi8_mask(bytes, _mm512_set1_epi32(bit));
    _mm512_mask_add_epi8(values, mask, values, _mm512_set1_epi8(16))
}

/// Implements [`VectorBlock`], naming the features once: the scales, the values, what panels are made of, and what else
/// there is where scales come first.
macro_rules! vector_block {
    (
        $block:ty,
        |$scales_chunk:ident| $scales:block,
        |$chunk:ident| $values:block
        $(, |$rows:ident, $words:ident| $unpack_words:block)?
        $(, scales first { $($item:item)* })?
    ) => {
        impl VectorBlock for $block {
            #[inline]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
            unsafe fn unpack_scales($scales_chunk: *const u8) -> Scales {
                // SAFETY: `chunk` holds a whole chunk, and the offsets below are the layout's.
                unsafe { $scales }
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
            unsafe fn unpack_values($chunk: *const u8) -> [__m512i; 4] {
                // SAFETY: `chunk` holds a whole chunk, and the offsets below are the layout's.
                unsafe { $values }
            }

            $(
                #[inline]
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
                unsafe fn unpack_words($rows: ChunkRows, $words: *mut __m512i) -> bool {
                    // SAFETY: the rows hold whole chunks, and the offsets below are the layout's.
                    unsafe { $unpack_words }
                }
            )?

            $(
                const SCALES_FIRST: bool = true;
                $($item)*
            )?
        }
    };
}

/// The 16 bytes at `at`.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load_16(at: *const u8) -> __m128i {
    // SAFETY: the caller's promise.
    unsafe { _mm_loadu_si128(at.cast()) }
}

/// The 32 bytes at `at`, twice.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load_32_twice(at: *const u8) -> __m512i {
    // SAFETY: the caller's promise.
    _mm512_broadcast_i64x4(unsafe { load_32(at) })
}

/// The 32 bytes at `at`.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load_32(at: *const u8) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_loadu_si256(at.cast()) }
}

/// The little-endian number at `at`.
///
/// # Safety
/// Its bytes must be readable.
#[inline]
unsafe fn u16_at(at: *const u8) -> u16 {
    // SAFETY: the caller's promise.
    u16::from_le(unsafe { at.cast::<u16>().read_unaligned() })
}

/// The little-endian number at `at`.
///
/// # Safety
/// Its bytes must be readable.
#[inline]
unsafe fn u32_at(at: *const u8) -> u32 {
    // SAFETY: the caller's promise.
    u32::from_le(unsafe { at.cast::<u32>().read_unaligned() })
}

/// A half-precision number in every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn splat_half(bits: u16) -> __m512 {
    _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(bits))))
}

/// Eight half-precision numbers `STRIDE` bytes apart.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn eight_halves<const STRIDE: usize>(first: *const u8) -> __m512 {
    // SAFETY: the caller's promise.
    let half = |index: usize| u64::from(unsafe { u16_at(first.add(index * STRIDE)) });
    // Joined outside of vectors: putting eight numbers into one would keep the port busy that it needs most.
    let four =
        |index: usize| half(index) | half(index + 1) << 16 | half(index + 2) << 32 | half(index + 3) << 48;
    let halves = _mm_set_epi64x(four(4) as i64, four(0) as i64);
    _mm512_zextps256_ps512(_mm256_cvtph_ps(halves))
}

/// The 64 bytes at `at`.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn load_64(at: *const u8) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe { _mm512_loadu_si512(at.cast()) }
}

/// Each of eight numbers in two lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
pub(super) fn twice(eight: __m256) -> __m512 {
    let index = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    _mm512_permutexvar_ps(index, _mm512_castps256_ps512(eight))
}

/// `low` in the lower 256 bits, `high` in the upper ones: how far the halves of a vector are shifted.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn halves(low: i64, high: i64) -> __m512i {
    _mm512_set_epi64(high, high, high, high, low, low, low, low)
}

/// Eight blocks of 32 nibbles, `STRIDE` bytes apart: in each the low nibbles come first.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn eight_nibble_blocks<const STRIDE: usize>(first: *const u8) -> [__m512i; 4] {
    std::array::from_fn(|index| {
        // SAFETY: the caller's promise.
        let (a, b) = unsafe {
            let block = first.add(2 * index * STRIDE);
            (load_16(block), load_16(block.add(STRIDE)))
        };
        let both = _mm512_mask_broadcast_i32x4(_mm512_broadcast_i32x4(a), 0xff00, b);
        let shifted = _mm512_srlv_epi64(both, _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0));
        _mm512_and_si512(shifted, _mm512_set1_epi8(15))
    })
}

/// Adds 16 to the values of eight blocks whose 32 bits each are `STRIDE` bytes apart.
///
/// # Safety
/// The bits must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn add_fifth_bits<const STRIDE: usize>(mut values: [__m512i; 4], first: *const u8) -> [__m512i; 4] {
    for (index, values) in values.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        let bits = |block: usize| u64::from(unsafe { u32_at(first.add(block * STRIDE)) });
        let mask = bits(2 * index) | bits(2 * index + 1) << 32;
        *values = _mm512_mask_add_epi8(*values, mask, *values, _mm512_set1_epi8(16));
    }
    values
}

/// A table for nibbles in every quarter of a vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn table(table: &[u8; 16]) -> __m512i {
    // SAFETY: the table has 16 bytes.
    _mm512_broadcast_i32x4(unsafe { load_16(table.as_ptr()) })
}

/// Replaces each nibble by its entry of the table.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn look_up(entries: &[u8; 16], values: [__m512i; 4]) -> [__m512i; 4] {
    let table = table(entries);
    values.map(|values| _mm512_shuffle_epi8(table, values))
}

vector_block!(
    Q4_0,
    |chunk| { Scales { scales: eight_halves::<18>(chunk), minimums: _mm512_setzero_ps() } },
    |chunk| { eight_nibble_blocks::<18>(chunk.add(2)) },
    |rows, words| { rows.nibble_blocks::<Q4_0, 18, _>(2, words, |_| (), |_, _, values| values) }
);

vector_block!(
    Q4_1,
    |chunk| {
        Scales { scales: eight_halves::<20>(chunk), minimums: negate(eight_halves::<20>(chunk.add(2))) }
    },
    |chunk| { eight_nibble_blocks::<20>(chunk.add(4)) },
    |rows, words| { rows.nibble_blocks::<Q4_1, 20, _>(4, words, |_| (), |_, _, values| values) }
);

vector_block!(
    Q5_0,
    |chunk| { Scales { scales: eight_halves::<22>(chunk), minimums: _mm512_setzero_ps() } },
    |chunk| { add_fifth_bits::<22>(eight_nibble_blocks::<22>(chunk.add(6)), chunk.add(2)) },
    |rows, words| {
        let bits = |block| rows.column(22 * block + 2);
        rows.nibble_blocks::<Q5_0, 22, _>(6, words, bits, |bits, word, values| {
            add_fifth_bits_of_word(values, bits, word)
        })
    }
);

vector_block!(
    Q5_1,
    |chunk| {
        Scales { scales: eight_halves::<24>(chunk), minimums: negate(eight_halves::<24>(chunk.add(2))) }
    },
    |chunk| { add_fifth_bits::<24>(eight_nibble_blocks::<24>(chunk.add(8)), chunk.add(4)) },
    |rows, words| {
        let bits = |block| rows.column(24 * block + 4);
        rows.nibble_blocks::<Q5_1, 24, _>(8, words, bits, |bits, word, values| {
            add_fifth_bits_of_word(values, bits, word)
        })
    }
);

/// `-x`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
fn negate(x: __m512) -> __m512 {
    _mm512_xor_ps(x, _mm512_set1_ps(-0.0))
}

vector_block!(
    Q8_0,
    |chunk| { Scales { scales: eight_halves::<34>(chunk), minimums: _mm512_setzero_ps() } },
    |chunk| {
        std::array::from_fn(|index| {
            let block = |block: usize| load_32(chunk.add(block * 34 + 2));
            let both = _mm512_castsi256_si512(block(2 * index));
            let both = _mm512_inserti64x4::<1>(both, block(2 * index + 1));
            _mm512_xor_si512(both, _mm512_set1_epi8(-128))
        })
    },
    |rows, words| {
        let sign = _mm512_set1_epi8(-128);
        for block in 0..rows.blocks {
            for half in 0..2 {
                let columns = rows.columns(34 * block + 2 + 16 * half);
                for (word, values) in columns.into_iter().enumerate() {
                    let target = words.add(8 * block + 4 * half + word);
                    _mm512_storeu_si512(target, _mm512_xor_si512(values, sign));
                }
            }
        }
        true
    }
);

/// The 256 two-bit values that Q2_K and Q3_K keep in 64 bytes.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn crumbs(bytes: *const u8) -> [__m512i; 4] {
    // SAFETY: the caller's promise.
    let (first, second) = unsafe { (load_32_twice(bytes), load_32_twice(bytes.add(32))) };
    let three = _mm512_set1_epi8(3);
    let planes = |bytes, shift| _mm512_and_si512(_mm512_srlv_epi64(bytes, shift), three);
    [
        planes(first, halves(0, 2)),
        planes(first, halves(4, 6)),
        planes(second, halves(0, 2)),
        planes(second, halves(4, 6)),
    ]
}

/// Adds 4 where a bit of the 32 bytes at `bits` is set; each of their eight planes belongs to 32
/// values.
///
/// # Safety
/// The bits must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn add_planes(mut values: [__m512i; 4], bits: *const u8) -> [__m512i; 4] {
    // SAFETY: the caller's promise.
    let bits = unsafe { load_32_twice(bits) };
    let mut plane = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(_mm256_set1_epi8(1)), _mm256_set1_epi8(2));
    for values in &mut values {
        let mask = _mm512_test_epi8_mask(bits, plane);
        *values = _mm512_mask_add_epi8(*values, mask, *values, _mm512_set1_epi8(4));
        plane = _mm512_slli_epi16::<2>(plane);
    }
    values
}

vector_block!(
    Q2_K,
    |chunk| {
        let packed = load_16(chunk);
        let low = _mm512_cvtepi8_epi32(_mm_and_si128(packed, _mm_set1_epi8(15)));
        let high = _mm512_cvtepi8_epi32(_mm_and_si128(_mm_srli_epi16::<4>(packed), _mm_set1_epi8(15)));
        Scales {
            scales: _mm512_mul_ps(splat_half(u16_at(chunk.add(80))), _mm512_cvtepi32_ps(low)),
            minimums: _mm512_mul_ps(splat_half(u16_at(chunk.add(82))), _mm512_cvtepi32_ps(high)),
        }
    },
    |chunk| { crumbs(chunk.add(16)) }
);

vector_block!(
    Q3_K,
    |chunk| {
        let (a, b, c) = (u32_at(chunk.add(96)), u32_at(chunk.add(100)), u32_at(chunk.add(104)));
        let packed = _mm_set_epi32(
            (b >> 4 & 0x0f0f_0f0f | (c >> 6 & 0x0303_0303) << 4) as i32,
            (a >> 4 & 0x0f0f_0f0f | (c >> 4 & 0x0303_0303) << 4) as i32,
            (b & 0x0f0f_0f0f | (c >> 2 & 0x0303_0303) << 4) as i32,
            (a & 0x0f0f_0f0f | (c & 0x0303_0303) << 4) as i32,
        );
        let scales = _mm512_cvtepi8_epi32(_mm_sub_epi8(packed, _mm_set1_epi8(32)));
        Scales {
            scales: _mm512_mul_ps(splat_half(u16_at(chunk.add(108))), _mm512_cvtepi32_ps(scales)),
            minimums: _mm512_setzero_ps(),
        }
    },
    |chunk| { add_planes(crumbs(chunk.add(32)), chunk) }
);

/// The scales and minimums of a Q4_K or Q5_K block.
///
/// # Safety
/// The block's first 16 bytes must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn scales_and_minimums(block: *const u8) -> Scales {
    // The two factors, then the words `a`, `b` and `c`: six bits of each of the first four scales and minimums are in
    // `a` and `b`, of the others four bits in `c` and two above those of the first.
    // SAFETY: the caller's promise.
    let packed = unsafe { load_16(block) };
    let word = |index: i32| 0x0302_0100 + 0x0404_0404 * index;
    let low = _mm_shuffle_epi8(packed, _mm_set_epi32(word(3), word(2), word(3), word(1)));
    let low = _mm_srlv_epi32(low, _mm_set_epi32(4, 0, 0, 0));
    let low = _mm_and_si128(low, _mm_set_epi32(0x0f0f_0f0f, 0x3f3f_3f3f, 0x0f0f_0f0f, 0x3f3f_3f3f));
    let high = _mm_srli_epi32::<2>(_mm_shuffle_epi8(packed, _mm_set_epi32(word(2), -1, word(1), -1)));
    // low | high & 0x30: the scales, then the minimums.
    let numbers = _mm_ternarylogic_epi32::<0xf8>(low, high, _mm_set1_epi8(0x30));
    let floats = |eight| _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(eight));
    let factors = _mm_cvtph_ps(packed);
    let scales = _mm256_mul_ps(floats(numbers), _mm256_broadcastss_ps(factors));
    let minimums = floats(_mm_unpackhi_epi64(numbers, numbers));
    let minimums = _mm256_mul_ps(minimums, _mm256_broadcastss_ps(_mm_movehdup_ps(factors)));
    Scales { scales: _mm512_zextps256_ps512(scales), minimums: _mm512_zextps256_ps512(minimums) }
}

/// The same of four blocks, `STRIDE` bytes apart, with the scales of every second group divided by `multiple`.
///
/// # Safety
/// The blocks' first 16 bytes must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn four_scales_and_minimums<const STRIDE: usize>(blocks: *const u8, multiple: f32) -> [Scales; 4] {
    // SAFETY: the caller's promise.
    let packed = |block: usize| unsafe { load_16(blocks.add(block * STRIDE)) };
    let low = _mm512_inserti32x4::<1>(_mm512_castsi128_si512(packed(0)), packed(1));
    let packed = _mm512_inserti32x4::<3>(_mm512_inserti32x4::<2>(low, packed(2)), packed(3));
    // As above, in every quarter.
    let word = |index: i32| 0x0302_0100 + 0x0404_0404 * index;
    let quarters = |a, b, c, d| _mm512_set4_epi32(d, c, b, a);
    let low = _mm512_shuffle_epi8(packed, quarters(word(1), word(3), word(2), word(3)));
    let low = _mm512_srlv_epi32(low, quarters(0, 0, 0, 4));
    let low = _mm512_and_si512(low, quarters(0x3f3f_3f3f, 0x0f0f_0f0f, 0x3f3f_3f3f, 0x0f0f_0f0f));
    let high = _mm512_srli_epi32::<2>(_mm512_shuffle_epi8(packed, quarters(-1, word(1), -1, word(2))));
    let numbers = _mm512_ternarylogic_epi32::<0xf8>(low, high, _mm512_set1_epi8(0x30));
    // Through memory, where each quarter is widened as it is loaded.
    let mut bytes = [[0_u8; 16]; 4];
    // SAFETY: as many bytes.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), numbers) };
    // The factors of all scales, of all minimums, and of the scales of every second group.
    let places = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 8, 4, 0);
    let factors = _mm512_castsi512_si128(_mm512_permutexvar_epi32(places, packed));
    let factors = _mm512_castps256_ps512(_mm256_cvtph_ps(factors));
    let factors = _mm512_insertf32x8::<1>(
        factors,
        _mm256_mul_ps(_mm512_castps512_ps256(factors), _mm256_set1_ps(1.0 / multiple)),
    );
    std::array::from_fn(|block| {
        // SAFETY: 16 bytes.
        let numbers = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(unsafe { load_16(bytes[block].as_ptr()) }));
        let (scale, odd, minimum) = (2 * block as i32, 2 * block as i32 + 8, 2 * block as i32 + 1);
        let minimums = _mm512_set1_epi64(i64::from(minimum) << 32 | i64::from(minimum));
        let places = _mm512_mask_set1_epi64(minimums, 0x0f, i64::from(odd) << 32 | i64::from(scale));
        let both = _mm512_mul_ps(numbers, _mm512_permutexvar_ps(places, factors));
        Scales { scales: both, minimums: _mm512_castps256_ps512(_mm512_extractf32x8_ps::<1>(both)) }
    })
}

/// The 256 nibbles that Q4_K and Q5_K keep in 128 bytes: the low ones of 32 bytes, then the high ones.
///
/// # Safety
/// They must be readable.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
unsafe fn nibble_planes(bytes: *const u8) -> [__m512i; 4] {
    std::array::from_fn(|index| {
        // SAFETY: the caller's promise.
        let both = unsafe { load_32_twice(bytes.add(32 * index)) };
        _mm512_and_si512(_mm512_srlv_epi64(both, halves(0, 4)), _mm512_set1_epi8(15))
    })
}

vector_block!(
    Q4_K,
    |chunk| { scales_and_minimums(chunk) },
    |chunk| { nibble_planes(chunk.add(16)) },
    |rows, words| {
        for part in 0..8 {
            for (index, both) in rows.columns(16 + 16 * part).into_iter().enumerate() {
                let target = words.add(16 * (part / 2) + 4 * (part % 2) + index);
                let [low, high] = nibbles(both).map(|values| with_offset::<Q4_K>(values));
                _mm512_storeu_si512(target, low);
                _mm512_storeu_si512(target.add(8), high);
            }
        }
        true
    },
    scales first {
        const MULTIPLE: f32 = 16.0;

        /// High nibbles stay where they are.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
        unsafe fn unpack_multiples(chunk: *const u8) -> [__m512i; 4] {
            let mask = halves(0x0f0f_0f0f_0f0f_0f0f, 0xf0f0_f0f0_f0f0_f0f0_u64 as i64);
            // SAFETY: the caller's promise; 128 bytes follow the scales.
            std::array::from_fn(|index| unsafe {
                _mm512_and_si512(load_32_twice(chunk.add(16 + 32 * index)), mask)
            })
        }

        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
        unsafe fn unpack_four_scales(chunks: *const u8) -> [Scales; 4] {
            // SAFETY: the caller's promise.
            unsafe { four_scales_and_minimums::<{ Q4_K::BYTES }>(chunks, Self::MULTIPLE) }
        }
    }
);

vector_block!(
    Q5_K,
    |chunk| { scales_and_minimums(chunk) },
    |chunk| {
        let bits = load_32_twice(chunk.add(16));
        let [a, b, c, d] = nibble_planes(chunk.add(48));
        // value | bits & 16, once the plane's bit is at 16.
        let join = |value, bits| _mm512_ternarylogic_epi32::<0xf8>(value, bits, _mm512_set1_epi8(16));
        [
            join(a, _mm512_sllv_epi64(bits, halves(4, 3))),
            join(b, _mm512_sllv_epi64(bits, halves(2, 1))),
            join(c, _mm512_srlv_epi64(bits, halves(0, 1))),
            join(d, _mm512_srlv_epi64(bits, halves(2, 3))),
        ]
    },
    |rows, words| {
        let sixteen = _mm512_set1_epi8(16);
        for half in 0..2 {
            let bits = rows.columns(16 + 16 * half);
            for pair in 0..4 {
                for (index, both) in rows.columns(48 + 32 * pair + 16 * half).into_iter().enumerate() {
                    let target = words.add(16 * pair + 4 * half + index);
                    let [low, high] = nibbles(both);
                    // value | bits & 16, once the plane's bit is at 16.
                    let plane = |plane: usize| {
                        let count = _mm_cvtsi32_si128((plane % 4) as i32);
                        match plane {
                            0..4 => _mm512_slli_epi16::<4>(_mm512_srl_epi16(bits[index], count)),
                            _ => _mm512_srl_epi16(bits[index], count),
                        }
                    };
                    let join = |value, bits| _mm512_ternarylogic_epi32::<0xf8>(value, bits, sixteen);
                    _mm512_storeu_si512(target, join(low, plane(2 * pair)));
                    _mm512_storeu_si512(target.add(8), join(high, plane(2 * pair + 1)));
                }
            }
        }
        true
    },
    scales first {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
        unsafe fn unpack_four_scales(chunks: *const u8) -> [Scales; 4] {
            // SAFETY: the caller's promise.
            unsafe { four_scales_and_minimums::<{ Q5_K::BYTES }>(chunks, 1.0) }
        }
    }
);

vector_block!(
    Q6_K,
    |chunk| {
        let scales = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_16(chunk.add(192))));
        Scales {
            scales: _mm512_mul_ps(splat_half(u16_at(chunk.add(208))), scales),
            minimums: _mm512_setzero_ps(),
        }
    },
    |chunk| {
        let half = |index: usize| {
            let low = load_64(chunk.add(64 * index));
            let high = load_32_twice(chunk.add(128 + 32 * index));
            let join = |low, high| {
                let low = _mm512_and_si512(low, _mm512_set1_epi8(15));
                // low | high & 0x30
                _mm512_ternarylogic_epi32::<0xf8>(low, high, _mm512_set1_epi8(0x30))
            };
            (
                join(low, _mm512_sllv_epi64(high, halves(4, 2))),
                join(_mm512_srli_epi16::<4>(low), _mm512_srlv_epi64(high, halves(0, 2))),
            )
        };
        let ((a, b), (c, d)) = (half(0), half(1));
        [a, b, c, d]
    },
    |rows, words| {
        // value | high & 0x30
        let join = |value, high| _mm512_ternarylogic_epi32::<0xf8>(value, high, _mm512_set1_epi8(0x30));
        for half in 0..2 {
            for part in 0..2 {
                let low = [0, 32].map(|offset| rows.columns(64 * half + offset + 16 * part));
                let high = rows.columns(128 + 32 * half + 16 * part);
                for (index, high) in high.into_iter().enumerate() {
                    let target = words.add(32 * half + 4 * part + index);
                    let ([a, c], [b, d]) = (nibbles(low[0][index]), nibbles(low[1][index]));
                    let join = |value, high| with_offset::<Q6_K>(join(value, high));
                    _mm512_storeu_si512(target, join(a, _mm512_slli_epi16::<4>(high)));
                    _mm512_storeu_si512(target.add(8), join(b, _mm512_slli_epi16::<2>(high)));
                    _mm512_storeu_si512(target.add(16), join(c, high));
                    _mm512_storeu_si512(target.add(24), join(d, _mm512_srli_epi16::<2>(high)));
                }
            }
        }
        true
    }
);

vector_block!(
    IQ4_NL,
    |chunk| { Scales { scales: eight_halves::<18>(chunk), minimums: _mm512_setzero_ps() } },
    |chunk| { look_up(&IQ4_VALUES, eight_nibble_blocks::<18>(chunk.add(2))) },
    |rows, words| {
        let table = table(&IQ4_VALUES);
        rows.nibble_blocks::<IQ4_NL, 18, _>(
            2,
            words,
            |_| (),
            |_, _, values| _mm512_shuffle_epi8(table, values),
        )
    }
);

vector_block!(
    IQ4_XS,
    |chunk| {
        let low = _mm256_set1_epi32(u32_at(chunk.add(4)) as i32);
        let high = _mm256_set1_epi32(u16_at(chunk.add(2)).into());
        let pair = _mm256_set_epi32(14, 12, 10, 8, 6, 4, 2, 0);
        let low =
            _mm256_and_si256(_mm256_srlv_epi32(low, _mm256_slli_epi32::<1>(pair)), _mm256_set1_epi32(15));
        let high = _mm256_and_si256(_mm256_srlv_epi32(high, pair), _mm256_set1_epi32(3));
        let scales = _mm256_or_si256(low, _mm256_slli_epi32::<4>(high));
        let scales = _mm256_cvtepi32_ps(_mm256_sub_epi32(scales, _mm256_set1_epi32(32)));
        let factor = _mm512_castps512_ps256(splat_half(u16_at(chunk)));
        let scales = _mm512_zextps256_ps512(_mm256_mul_ps(factor, scales));
        Scales { scales, minimums: _mm512_setzero_ps() }
    },
    |chunk| { look_up(&IQ4_VALUES, eight_nibble_blocks::<16>(chunk.add(8))) },
    |rows, words| {
        let table = table(&IQ4_VALUES);
        rows.nibble_blocks::<IQ4_XS, 16, _>(
            8,
            words,
            |_| (),
            |_, _, values| _mm512_shuffle_epi8(table, values),
        )
    },
    scales first {}
);

vector_block!(
    MXFP4,
    |chunk| {
        // The words that hold the exponents, of which every second one is an upper byte.
        let (a, b) = (load_64(chunk), load_64(chunk.add(4 * 17)));
        let places = _mm_set_epi16(32 + 25, 32 + 17, 32 + 8, 32, 25, 17, 8, 0);
        let words = _mm512_permutex2var_epi16(a, _mm512_castsi128_si512(places), b);
        let exponents = _mm256_cvtepu16_epi32(_mm512_castsi512_si128(words));
        let exponents = _mm256_srlv_epi32(exponents, _mm256_set_epi32(8, 0, 8, 0, 8, 0, 8, 0));
        let exponents = _mm256_and_si256(exponents, _mm256_set1_epi32(255));
        // Half the scale, because the table holds twice the values; subnormal where it has to be.
        let exponents = _mm256_cvtepi32_ps(_mm256_sub_epi32(exponents, _mm256_set1_epi32(128)));
        let scales = _mm512_zextps256_ps512(_mm256_scalef_ps(_mm256_set1_ps(1.0), exponents));
        Scales { scales, minimums: _mm512_setzero_ps() }
    },
    |chunk| { look_up(&MXFP4_VALUES, eight_nibble_blocks::<17>(chunk.add(1))) },
    |rows, words| {
        let table = table(&MXFP4_VALUES);
        rows.nibble_blocks::<MXFP4, 17, _>(
            1,
            words,
            |_| (),
            |_, _, values| _mm512_shuffle_epi8(table, values),
        )
    },
    scales first {}
);
