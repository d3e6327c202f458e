//! Numbers and blocks for the comparison with ggml: random, but the same in every run.

#![allow(dead_code)] // Each test uses its part.

use half::f16;
use moesaic::quant::Format;
use std::ops::Range;

/// Where a block keeps its 16-bit scales.
pub fn scale_places(format: Format) -> &'static [usize] {
    match format {
        Format::F32 | Format::F16 | Format::BF16 | Format::MXFP4 => &[],
        Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::IQ4_NL | Format::IQ4_XS => &[0],
        Format::Q4_1 | Format::Q5_1 | Format::Q4_K | Format::Q5_K => &[0, 2],
        Format::Q2_K => &[80, 82],
        Format::Q3_K => &[108],
        Format::Q6_K => &[208],
        _ => panic!("say here where a block of {} keeps its scales", format.name()),
    }
}

/// Where a block keeps its quants, and the byte that makes all of them the lowest there is.
pub fn lowest_quants(format: Format) -> (Range<usize>, u8) {
    match format {
        Format::Q4_0 | Format::IQ4_NL => (2..18, 0),
        Format::Q4_1 => (4..20, 0),
        Format::Q5_0 => (2..22, 0),
        Format::Q5_1 => (4..24, 0),
        Format::Q8_0 => (2..34, 0x80),
        Format::Q2_K => (16..80, 0),
        Format::Q3_K => (0..96, 0),
        Format::Q4_K => (16..144, 0),
        Format::Q5_K => (16..176, 0),
        Format::Q6_K => (0..192, 0),
        Format::IQ4_XS => (8..136, 0),
        Format::MXFP4 => (1..17, 0xff),
        _ => panic!("say here where a block of {} keeps its quants", format.name()),
    }
}

/// Random numbers: SplitMix64 (Steele, Lea, Flood 2014), which any seed will do for.
pub struct Random(pub u64);

impl Random {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// An integer in `0..end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// A number in `0.0..1.0`.
    pub fn uniform(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number of the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.uniform()).cos()
    }

    /// `count` numbers of the standard normal distribution.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// Any bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.bits() >> 56) as u8).collect()
    }

    /// Gives each block scales that a model could have, of either sign.
    pub fn tame_scales(&mut self, format: Format, blocks: &mut [u8]) {
        for block in blocks.chunks_exact_mut(format.block_bytes()) {
            for &place in scale_places(format) {
                let scale = f16::from_f32(0.01 * self.normal());
                block[place..place + 2].copy_from_slice(&scale.to_le_bytes());
            }
            if format == Format::MXFP4 {
                block[0] = 118 + self.below(12) as u8;
            }
        }
    }
}
