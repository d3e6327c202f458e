//! Q5_K: blocks of 256 values in 8 groups of 32, `(d * scale) * quant - dmin * minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..16 | d, dmin, 6-bit scales and minima, see `affine` |
//! | 16..48 | the fifth bits: bit `k` of byte `l` belongs to value `l` of group `k` |
//! | 48..176 | the lower four bits: 32 bytes hold two groups, the first in the low nibbles |

use super::affine::{self, HEAD};
use super::bytes::{field, join_nibbles, set_field, split_nibbles};
use super::fit::AffineSearch;
use super::{Block, Encode, EncodeImportant};

const LOW: usize = HEAD + 32;

#[allow(non_camel_case_types)]
pub(super) struct Q5_K;

impl Block<256, 176> for Q5_K {
    const NAME: &'static str = "Q5_K";
    const GGUF_ID: u32 = 13;
    const ENCODE: Option<Encode<256, 176>> = Some(|values| pack(affine::encode(values, &SEARCH)?));
    const ENCODE_IMPORTANT: Option<EncodeImportant<256, 176>> =
        Some(|values, importance, _| pack(affine::encode_important(values, importance, SEARCH.levels)?));

    fn decode(block: &[u8; 176], values: &mut [f32; 256]) {
        let scales = affine::group_scales(block);
        let fifth: &[u8; 32] = field(block, HEAD);
        let groups = values.as_chunks_mut::<32>().0;
        for pair in 0..4 {
            let (low, high) = split_nibbles::<32>(field(block, LOW + 32 * pair));
            for (i, quants) in [(2 * pair, low), (2 * pair + 1, high)] {
                let (scale, minimum) = scales[i];
                for ((value, quant), fifth) in groups[i].iter_mut().zip(quants).zip(fifth) {
                    let quant = quant | (fifth >> i & 1) << 4;
                    *value = scale * f32::from(quant) - minimum;
                }
            }
        }
    }
}

const SEARCH: AffineSearch = AffineSearch { levels: 31, first: -0.5, step: 0.1, steps: 15 };

fn pack((head, quants): ([u8; HEAD], [u8; 256])) -> Option<[u8; 176]> {
    let mut block = [0; 176];
    set_field(&mut block, 0, &head);
    let low = quants.map(|quant| quant & 15);
    for pair in 0..4 {
        let bytes = join_nibbles::<32>(field(&low, 64 * pair), field(&low, 64 * pair + 32));
        set_field(&mut block, LOW + 32 * pair, &bytes);
    }
    let groups = quants.as_chunks::<32>().0;
    for (l, fifth) in block[HEAD..LOW].iter_mut().enumerate() {
        for (k, group) in groups.iter().enumerate() {
            *fifth |= group[l] >> 4 << k;
        }
    }
    Some(block)
}
