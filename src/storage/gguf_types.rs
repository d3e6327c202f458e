//! The numbers that GGUF files use: magic, types of metadata values, and the names of the tensor types
//! that [`Format`] does not have. It must hold no logic of reading or writing.

use crate::quant::Format;

/// The first four bytes of every GGUF file.
pub(super) const MAGIC: [u8; 4] = *b"GGUF";

/// The key that overrides [`DEFAULT_ALIGNMENT`].
pub(super) const ALIGNMENT_KEY: &str = "general.alignment";

/// The alignment of the data section, and of each tensor in it, where the key is absent.
pub(super) const DEFAULT_ALIGNMENT: u32 = 32;

/// The largest alignment that is believed: a large page. Real files use 32 to 65,536.
pub(super) const MAXIMUM_ALIGNMENT: u32 = 2 << 20;

/// The most dimensions of a tensor.
pub(super) const DIMENSION_LIMIT: usize = 4;

/// The types of metadata values, by their number in the file.
pub(super) mod value_type {
    pub const U8: u32 = 0;
    pub const I8: u32 = 1;
    pub const U16: u32 = 2;
    pub const I16: u32 = 3;
    pub const U32: u32 = 4;
    pub const I32: u32 = 5;
    pub const F32: u32 = 6;
    pub const BOOL: u32 = 7;
    pub const STRING: u32 = 8;
    pub const ARRAY: u32 = 9;
    pub const U64: u32 = 10;
    pub const I64: u32 = 11;
    pub const F64: u32 = 12;
}

/// Says that a tensor's type is not decoded, by its name where ggml or ik_llama.cpp gave it one.
pub(super) fn unknown_format(id: u32) -> String {
    let readable = Format::ALL.iter().filter(|format| format.gguf_id().is_some());
    let decoded: Vec<&str> = readable.map(|format| format.name()).collect();
    let decoded = decoded.join(", ");
    match format_name(id) {
        Some(name) => format!(
            "it is stored as {name} (type {id}), which this version does not decode; it decodes {decoded}"
        ),
        None => format!("its type {id} is unknown; this version decodes {decoded}"),
    }
}

/// The names of the types that `Format` does not have: ggml's own and those of ik_llama.cpp.
fn format_name(id: u32) -> Option<&'static str> {
    Some(match id {
        4 => "Q4_2",
        5 => "Q4_3",
        9 => "Q8_1",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        21 => "IQ3_S",
        22 => "IQ2_S",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        31 => "Q4_0_4_4",
        32 => "Q4_0_4_8",
        33 => "Q4_0_8_8",
        34 => "TQ1_0",
        35 => "TQ2_0",
        // ggml removed IQ4_NL_4_4 under this number; ik_llama.cpp uses it for BitNet.
        36 => "I2_S",
        37 => "IQ4_NL_4_8",
        38 => "IQ4_NL_8_8",
        40 => "NVFP4",
        41 => "Q1_0",
        42 => "Q2_0",
        97 => "Q8_0_X4",
        98 => "Q8_1_X4",
        99 => "Q8_2_X4",
        133 => "Q6_0",
        134 => "IQ1_BN",
        135 => "IQ2_BN",
        136 => "Q8_K64",
        137 => "IQ2_K",
        138 => "IQ3_K",
        139 => "IQ4_K",
        140 => "IQ5_K",
        141 => "IQ6_K",
        142 => "IQ2_TN",
        143 => "IQ1_TN",
        144 => "IQ4_KS",
        145 => "IQ2_KS",
        146 => "IQ4_KSS",
        147 => "Q8_K16",
        148 => "Q8_K32",
        149 => "Q8_KR8",
        150 => "Q8_K128",
        151 => "Q8_KV",
        152 => "IQ5_KS",
        153 => "IQ2_KT",
        154 => "IQ3_KT",
        155 => "IQ4_KT",
        156 => "IQ3_KS",
        157 => "IQ2_KL",
        158 => "IQ1_KT",
        202 => "Q4_0_R8",
        206 => "Q5_0_R4",
        208 => "Q8_0_R8",
        210 => "Q2_K_R4",
        211 => "Q3_K_R4",
        212 => "Q4_K_R4",
        213 => "Q5_K_R4",
        214 => "Q6_K_R4",
        216 => "IQ2_XXS_R4",
        217 => "IQ2_XS_R4",
        218 => "IQ3_XXS_R4",
        219 => "IQ1_S_R4",
        220 => "IQ4_NL_R4",
        221 => "IQ3_S_R4",
        222 => "IQ2_S_R4",
        223 => "IQ4_XS_R8",
        229 => "IQ1_M_R4",
        230 => "BF16_R16",
        233 => "Q6_0_R4",
        335 => "IQ2_BN_R4",
        337 => "IQ2_K_R4",
        338 => "IQ3_K_R4",
        339 => "IQ4_K_R4",
        340 => "IQ5_K_R4",
        344 => "IQ4_KS_R4",
        352 => "IQ5_KS_R4",
        397 => "Q8_K_R16",
        398 => "Q8_KV_R8",
        399 => "Q8_K_R8",
        _ => return None,
    })
}
