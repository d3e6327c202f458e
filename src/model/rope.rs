//! Rotary position embedding: the frequencies once, the turning for every query and key.

use super::config::{Pairing, Rope, RopeScaling};
use std::f32::consts::PI;

/// The frequencies of a model, ready to turn queries and keys.
#[derive(Debug)]
pub(crate) struct Rotation {
    pairing: Pairing,
    /// Radians a position, one a pair.
    frequencies: Vec<f32>,
    /// Multiplies sine and cosine.
    magnitude: f32,
}

/// Sines and cosines of some positions: `[positions, pairs]` of `(sine, cosine)`.
pub(crate) struct Angles {
    pairs: usize,
    values: Vec<(f32, f32)>,
}

impl Rotation {
    /// `factors`: divisors of the frequencies that a file brings along, one a pair.
    pub fn new(rope: &Rope, factors: Option<&[f32]>) -> Rotation {
        let pairs = rope.length / 2;
        let mut frequencies: Vec<f32> =
            (0..pairs).map(|pair| 1.0 / rope.base.powf((2 * pair) as f32 / rope.length as f32)).collect();
        let mut magnitude = 1.0;
        match &rope.scaling {
            RopeScaling::None => {}
            RopeScaling::Linear { factor } => {
                frequencies.iter_mut().for_each(|frequency| *frequency /= factor);
            }
            RopeScaling::Llama3 { factor, low_frequency_factor, high_frequency_factor, original_context } => {
                for frequency in &mut frequencies {
                    let wavelength = 2.0 * PI / *frequency;
                    if wavelength > original_context / low_frequency_factor {
                        *frequency /= factor;
                    } else if wavelength >= original_context / high_frequency_factor {
                        let blend = (original_context / wavelength - low_frequency_factor)
                            / (high_frequency_factor - low_frequency_factor);
                        *frequency = (1.0 - blend) * *frequency / factor + blend * *frequency;
                    }
                }
            }
            RopeScaling::Yarn(yarn) => {
                magnitude = yarn.magnitude;
                // The pair that turns `turns` times within the original context.
                let pair_of = |turns: f32| {
                    rope.length as f32 * (yarn.original_context / (turns * 2.0 * PI)).ln()
                        / (2.0 * rope.base.ln())
                };
                let (mut low, mut high) = (pair_of(yarn.beta_fast), pair_of(yarn.beta_slow));
                if yarn.truncate {
                    (low, high) = (low.floor(), high.ceil());
                }
                low = low.max(0.0);
                high = high.min((rope.length - 1) as f32);
                let width = if high == low { 0.001 } else { high - low };
                for (pair, frequency) in frequencies.iter_mut().enumerate() {
                    let ramp = ((pair as f32 - low) / width).clamp(0.0, 1.0);
                    *frequency = *frequency / yarn.factor * ramp + *frequency * (1.0 - ramp);
                }
            }
        }
        if let Some(factors) = factors {
            frequencies.iter_mut().zip(factors).for_each(|(frequency, factor)| *frequency /= factor);
        }
        Rotation { pairing: rope.pairing, frequencies, magnitude }
    }

    /// Radians a position, one a pair.
    pub fn frequencies(&self) -> &[f32] {
        &self.frequencies
    }

    /// Sines and cosines of these positions.
    pub fn angles(&self, positions: impl Iterator<Item = usize>) -> Angles {
        let values = positions
            .flat_map(|position| {
                self.frequencies.iter().map(move |frequency| {
                    let (sine, cosine) = (position as f32 * frequency).sin_cos();
                    (sine * self.magnitude, cosine * self.magnitude)
                })
            })
            .collect();
        Angles { pairs: self.frequencies.len(), values }
    }

    /// Turns the first values of one head by the angles of the position with this index.
    pub fn turn(&self, head: &mut [f32], angles: &Angles, index: usize) {
        let pairs = angles.pairs;
        let angles = &angles.values[index * pairs..(index + 1) * pairs];
        match self.pairing {
            Pairing::Interleaved => {
                for (pair, (sine, cosine)) in head.chunks_exact_mut(2).zip(angles) {
                    let (first, second) = (pair[0], pair[1]);
                    pair[0] = first * cosine - second * sine;
                    pair[1] = first * sine + second * cosine;
                }
            }
            Pairing::HalfSplit => {
                let (firsts, seconds) = head[..2 * pairs].split_at_mut(pairs);
                for ((first, second), (sine, cosine)) in firsts.iter_mut().zip(seconds).zip(angles) {
                    let (one, other) = (*first, *second);
                    *first = one * cosine - other * sine;
                    *second = one * sine + other * cosine;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::Yarn;
    use super::*;

    fn rope(length: usize, base: f32, scaling: RopeScaling) -> Rope {
        Rope { pairing: Pairing::HalfSplit, length, base, scaling }
    }

    /// The factors that llama.cpp's converter writes for Llama 3.1 (base 500000, 128 values a head).
    #[test]
    fn llama3_frequencies() {
        let plain = Rotation::new(&rope(128, 500_000.0, RopeScaling::None), None);
        let scaling = RopeScaling::Llama3 {
            factor: 8.0,
            low_frequency_factor: 1.0,
            high_frequency_factor: 4.0,
            original_context: 8192.0,
        };
        let scaled = Rotation::new(&rope(128, 500_000.0, scaling), None);
        let factor = |pair: usize| plain.frequencies[pair] / scaled.frequencies[pair];
        for (pair, expected) in
            [(0, 1.0), (28, 1.0), (29, 1.2075), (31, 2.0263), (34, 5.2573), (35, 8.0), (63, 8.0)]
        {
            assert!((factor(pair) - expected).abs() < 1e-3, "{pair}: {}", factor(pair));
        }
    }

    /// DeepSeek-V3: pairs below 10 keep their frequency, those from 23 on are divided by 40.
    #[test]
    fn yarn_range() {
        let yarn = Yarn {
            factor: 40.0,
            original_context: 4096.0,
            beta_fast: 32.0,
            beta_slow: 1.0,
            truncate: true,
            magnitude: 1.0,
        };
        let plain = Rotation::new(&rope(64, 10_000.0, RopeScaling::None), None);
        let scaled = Rotation::new(&rope(64, 10_000.0, RopeScaling::Yarn(yarn)), None);
        let factor = |pair: usize| plain.frequencies[pair] / scaled.frequencies[pair];
        assert!((factor(10) - 1.0).abs() < 1e-6);
        assert!(factor(11) > 1.01);
        assert!(factor(22) < 39.0);
        assert!((factor(23) - 40.0).abs() < 1e-3);
    }

    #[test]
    fn both_pairings_turn_the_same_pairs() {
        let half = Rotation::new(&rope(4, 100.0, RopeScaling::None), None);
        let interleaved = Rotation {
            pairing: Pairing::Interleaved,
            ..Rotation::new(&rope(4, 100.0, RopeScaling::None), None)
        };
        let angles = half.angles([3].into_iter());
        let mut split = [1.0, 2.0, 3.0, 4.0, 9.0];
        let mut mixed = [1.0, 3.0, 2.0, 4.0, 9.0];
        half.turn(&mut split, &angles, 0);
        interleaved.turn(&mut mixed[..4], &angles, 0);
        assert_eq!(split, [mixed[0], mixed[2], mixed[1], mixed[3], 9.0]);
    }
}
