//! Q4_K: blocks of 256 values in 8 groups of 32, `(d * scale) * quant - dmin * minimum`.
//!
//! | bytes | |
//! | --- | --- |
//! | 0..16 | d, dmin, 6-bit scales and minima, see `affine` |
//! | 16..144 | quants: 32 bytes hold two groups, the first in the low nibbles |

use super::affine::{self, HEAD};
use super::bytes::{field, join_nibbles, set_field, split_nibbles};
use super::fit::AffineSearch;
use super::{Block, Encode, EncodeImportant};

#[allow(non_camel_case_types)]
pub(super) struct Q4_K;

impl Block<256, 144> for Q4_K {
    const NAME: &'static str = "Q4_K";
    const GGUF_ID: u32 = 12;
    const ENCODE: Option<Encode<256, 144>> = Some(|values| pack(affine::encode(values, &SEARCH)?));
    const ENCODE_IMPORTANT: Option<EncodeImportant<256, 144>> =
        Some(|values, importance, _| pack(affine::encode_important(values, importance, SEARCH.levels)?));

    fn decode(block: &[u8; 144], values: &mut [f32; 256]) {
        let scales = affine::group_scales(block);
        let groups = values.as_chunks_mut::<32>().0;
        for pair in 0..4 {
            let (low, high) = split_nibbles::<32>(field(block, HEAD + 32 * pair));
            for (i, quants) in [(2 * pair, low), (2 * pair + 1, high)] {
                let (scale, minimum) = scales[i];
                for (value, quant) in groups[i].iter_mut().zip(quants) {
                    *value = scale * f32::from(quant) - minimum;
                }
            }
        }
    }
}

const SEARCH: AffineSearch = AffineSearch { levels: 15, first: -1.0, step: 0.1, steps: 20 };

fn pack((head, quants): ([u8; HEAD], [u8; 256])) -> Option<[u8; 144]> {
    let mut block = [0; 144];
    set_field(&mut block, 0, &head);
    for pair in 0..4 {
        let low = field(&quants, 64 * pair);
        let high = field(&quants, 64 * pair + 32);
        set_field::<32>(&mut block, HEAD + 32 * pair, &join_nibbles(low, high));
    }
    Some(block)
}
