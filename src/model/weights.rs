//! Names to tensors: finds every tensor that a description calls for, checks its shape, and hands out
//! matrices that still lie in the file. Only norms, biases, sinks and rope factors are copied.

use super::config::{
    Attention, Config, Experts, FeedForward, GroupedAttention, LatentAttention, Layer, QueryKeyNorm,
    SharedExpert,
};
use super::families::{Family, Role};
use crate::kernel::Matrix;
use crate::storage::{Archive, Description, Tensor};
use crate::{Error, Result};
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;

/// Every weight of a model.
#[derive(Debug)]
pub(crate) struct Weights {
    /// `[vocabulary, embedding]`.
    pub embedding: Matrix,
    /// `[embedding]`.
    pub output_norm: Vec<f32>,
    /// `[vocabulary, embedding]`; the embedding itself where they are tied.
    pub output: Matrix,
    /// Divisors of the rotary frequencies, one a pair (Llama 3.1 as GGUF).
    pub rope_factors: Option<Vec<f32>>,
    pub layers: Vec<LayerWeights>,
    /// What predicts the token after the next one, if it was asked for.
    pub prediction: Option<PredictionWeights>,
}

/// The block behind the last layer that predicts the token after the next one.
#[derive(Debug)]
pub(crate) struct PredictionWeights {
    /// `[vocabulary, embedding]`: the model's own, where the block has none.
    pub embedding: Matrix,
    /// `[embedding]`.
    pub embedding_norm: Vec<f32>,
    /// `[embedding]`.
    pub hidden_norm: Vec<f32>,
    /// `[embedding, 2 * embedding]`: first what the embedding gives, then the hidden state.
    pub projection: Linear,
    pub layer: LayerWeights,
    /// `[embedding]`.
    pub output_norm: Vec<f32>,
    /// `[vocabulary, embedding]`: the model's own, where the block has none.
    pub output: Matrix,
}

#[derive(Debug)]
pub(crate) struct LayerWeights {
    pub attention_norm: Vec<f32>,
    pub attention: AttentionWeights,
    pub feed_forward_norm: Vec<f32>,
    pub feed_forward: FeedForwardWeights,
}

/// A matrix and the bias that is added to its product.
#[derive(Debug)]
pub(crate) struct Linear {
    pub weights: Matrix,
    pub bias: Option<Vec<f32>>,
}

impl Linear {
    fn without_bias(weights: Matrix) -> Linear {
        Linear { weights, bias: None }
    }

    /// The part that gives the outputs `range`.
    fn slice_rows(&self, range: Range<usize>) -> Linear {
        Linear {
            weights: self.weights.slice_rows(range.clone()),
            bias: self.bias.as_ref().map(|bias| bias[range].to_vec()),
        }
    }

    /// The parts that give the even and the odd outputs.
    fn split_alternating(&self) -> (Linear, Linear) {
        let [even, odd] = self.weights.split_alternating();
        let half = |weights, first| Linear {
            weights,
            bias: self.bias.as_ref().map(|bias| bias.iter().skip(first).step_by(2).copied().collect()),
        };
        (half(even, 0), half(odd, 1))
    }
}

#[derive(Debug)]
pub(crate) enum AttentionWeights {
    Grouped {
        /// `[heads * head, embedding]`.
        query: Linear,
        /// `[kv heads * head, embedding]`.
        key: Linear,
        /// `[kv heads * head, embedding]`.
        value: Linear,
        /// `[embedding, heads * head]`.
        output: Linear,
        /// `[head]`, or `[heads * head]`.
        query_norm: Option<Vec<f32>>,
        /// `[head]`, or `[kv heads * head]`.
        key_norm: Option<Vec<f32>>,
        /// `[heads]`.
        sinks: Option<Vec<f32>>,
    },
    Latent {
        query: LatentQuery,
        /// `[latent + rope, embedding]`.
        latent: Linear,
        /// `[latent]`.
        latent_norm: Vec<f32>,
        /// A head each.
        keys: LatentKeys,
        /// A head each, `[value, latent]`.
        values: Vec<Matrix>,
        /// `[embedding, heads * value]`.
        output: Linear,
    },
}

#[derive(Debug)]
pub(crate) enum LatentQuery {
    /// `[heads * (plain + rope), embedding]`.
    Full(Linear),
    LowRank {
        /// `[rank, embedding]`.
        down: Linear,
        /// `[rank]`.
        norm: Vec<f32>,
        /// `[heads * (plain + rope), rank]`.
        up: Linear,
    },
}

/// What turns a head's query into the space of the cached latent.
#[derive(Debug)]
pub(crate) enum LatentKeys {
    /// `[plain, latent]` a head: the key projection as it was trained, to be multiplied transposed.
    Projection(Vec<Matrix>),
    /// `[latent, plain]` a head: stored transposed, ready to multiply a query.
    Absorbed(Vec<Matrix>),
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // One a layer, which stays where it was made.
pub(crate) enum FeedForwardWeights {
    Dense(Swiglu),
    Experts {
        /// `[experts, embedding]`.
        router: Linear,
        /// `[experts]`.
        selection_bias: Option<Vec<f32>>,
        experts: Vec<Swiglu>,
        shared: Option<Swiglu>,
        /// `[1, embedding]`.
        shared_gate: Option<Matrix>,
    },
}

/// The three projections of one SwiGLU network.
#[derive(Debug)]
pub(crate) struct Swiglu {
    /// `[width, embedding]`.
    pub gate: Linear,
    /// `[width, embedding]`.
    pub up: Linear,
    /// `[embedding, width]`.
    pub down: Linear,
}

impl Weights {
    /// `prediction`: whether to load what predicts the token after the next one.
    pub fn load(archive: &Archive, family: &Family, config: &Config, prediction: bool) -> Result<Weights> {
        let embedding_length = config.embedding_length;
        let used = RefCell::new(HashSet::new());
        let top = Loader { archive, family, layer: 0, used: &used };
        let table = [config.vocabulary_size, embedding_length];
        let embedding = top.matrix(Role::TokenEmbedding, table)?;
        let output = match top.find(Role::Output) {
            Some(tensor) => top.shaped(tensor, &table)?.remove(0),
            None if config.may_tie_output => embedding.clone(),
            None => return Err(top.missing(top.name(Role::Output))),
        };
        let rope_factors = match top.find(Role::RopeFactors) {
            Some(_) => Some(top.vector(Role::RopeFactors, config.rope.length / 2)?),
            None => None,
        };
        let layers = config
            .layers
            .iter()
            .enumerate()
            .map(|(layer, description)| Loader { layer, ..top }.layer(description, embedding_length))
            .collect::<Result<Vec<LayerWeights>>>()?;
        let output_norm = top.vector(Role::OutputNorm, embedding_length)?;
        let mut weights = Weights { embedding, output_norm, output, rope_factors, layers, prediction: None };
        let mut known = weights.layers.len();
        if prediction {
            let loader = Loader { layer: known, ..top };
            weights.prediction = Some(loader.prediction(config, &weights)?);
            known += 1;
        }
        top.refuse_unused(known)?;
        Ok(weights)
    }
}

/// What the bias beside a tensor of this name is called.
pub(super) fn bias_name(name: &str) -> String {
    match name.strip_suffix("weight") {
        Some(stem) => format!("{stem}bias"),
        None => format!("{name}_bias"),
    }
}

fn wrong_shape(tensor: &Tensor, shape: &[usize]) -> Error {
    Error::Tensor {
        path: tensor.path().to_path_buf(),
        tensor: tensor.name().to_string(),
        what: format!("has the shape {:?}, but the model's description calls for {shape:?}", tensor.shape()),
    }
}

/// The layer that a tensor's name says it belongs to.
fn layer_of(name: &str) -> Option<usize> {
    let rest = name.strip_prefix("blk.").or_else(|| name.strip_prefix("model.layers."))?;
    rest.split('.').next()?.parse().ok()
}

/// Finds the tensors of one layer.
#[derive(Clone, Copy)]
struct Loader<'a> {
    archive: &'a Archive,
    family: &'a Family,
    layer: usize,
    /// The names of the tensors that were found so far, in all layers.
    used: &'a RefCell<HashSet<&'a str>>,
}

impl<'a> Loader<'a> {
    /// The tensor's name in this file kind.
    fn name(&self, role: Role) -> String {
        self.fill_in(self.template(role))
    }

    /// The tensor's name in this file kind, with places for layer and expert.
    fn template(&self, role: Role) -> &'static str {
        self.family.template(role, self.is_gguf())
    }

    fn fill_in(&self, template: &str) -> String {
        template.replace("{l}", &self.layer.to_string())
    }

    fn find_name(&self, name: &str) -> Option<&'a Tensor> {
        let (name, tensor) = self.archive.tensors.get_key_value(name)?;
        self.used.borrow_mut().insert(name);
        Some(tensor)
    }

    /// Refuses a file with tensors that nothing asked for: a bias or norm that the description knows
    /// nothing of would make every result wrong in silence.
    fn refuse_unused(&self, layers: usize) -> Result<()> {
        let used = self.used.borrow();
        let unused = self.archive.tensors.values().find(|tensor| {
            !used.contains(tensor.name())
                // Blocks behind the last layer predict further tokens.
                && layer_of(tensor.name()).is_none_or(|layer| layer < layers)
                // Old files carry the rotary frequencies, which follow from the description.
                && !["rotary_emb.inv_freq", "attn_rot_embd.weight"].iter().any(|end| tensor.name().ends_with(end))
        });
        match unused {
            None => Ok(()),
            Some(tensor) => Err(Error::Tensor {
                path: tensor.path().to_path_buf(),
                tensor: tensor.name().to_string(),
                what: format!(
                    "is not part of a {} model as this version knows it, and without it every result would be wrong",
                    self.family_name()
                ),
            }),
        }
    }

    fn family_name(&self) -> &'static str {
        self.family.architectures.first().or(self.family.model_types.first()).unwrap_or(&"")
    }

    fn find(&self, role: Role) -> Option<&'a Tensor> {
        self.find_name(&self.name(role))
    }

    fn missing(&self, name: String) -> Error {
        Error::Tensor {
            path: self.archive.path.clone(),
            tensor: name,
            what: format!("is missing; a {} model cannot be run without it", self.family_name()),
        }
    }

    /// The tensor as matrices, if its shape is `shape` (ones at the front do not matter).
    fn shaped(&self, tensor: &Tensor, shape: &[usize]) -> Result<Vec<Matrix>> {
        let trimmed = |shape: &[usize]| -> Vec<usize> {
            shape.iter().copied().skip_while(|length| *length == 1).collect()
        };
        if trimmed(tensor.shape()) != trimmed(shape) {
            return Err(wrong_shape(tensor, shape));
        }
        Ok(Matrix::from_tensor(tensor))
    }

    /// The tensor as `[outputs, inputs]` matrices of all experts. Floats have a row for each input, so that
    /// their dimensions are swapped; blocks, which run along the inputs, one for each output.
    fn shaped_by_input(&self, tensor: &Tensor, [count, outputs, inputs]: [usize; 3]) -> Result<Vec<Matrix>> {
        if tensor.format().block_len() > 1 {
            return self.shaped(tensor, &[count, outputs, inputs]);
        }
        let shape = [count, inputs, outputs];
        let matrices = (tensor.shape() == shape).then(|| Matrix::from_tensor_by_input(tensor)).flatten();
        matrices.ok_or_else(|| wrong_shape(tensor, &shape))
    }

    /// A matrix of `[rows, columns]`.
    fn matrix(&self, role: Role, shape: [usize; 2]) -> Result<Matrix> {
        let name = self.name(role);
        let tensor = self.find_name(&name).ok_or_else(|| self.missing(name))?;
        Ok(self.shaped(tensor, &shape)?.remove(0))
    }

    fn vector(&self, role: Role, length: usize) -> Result<Vec<f32>> {
        let name = self.name(role);
        self.named_vector(&name, length)?.ok_or_else(|| self.missing(name))
    }

    fn named_vector(&self, name: &str, length: usize) -> Result<Option<Vec<f32>>> {
        let Some(tensor) = self.find_name(name) else { return Ok(None) };
        self.shaped(tensor, &[length])?;
        Ok(Some(tensor.to_f32()))
    }

    /// A matrix with its bias, if there is one beside it.
    fn linear(&self, role: Role, shape: [usize; 2]) -> Result<Linear> {
        Ok(Linear { weights: self.matrix(role, shape)?, bias: self.bias(role, shape[0])? })
    }

    fn bias(&self, role: Role, length: usize) -> Result<Option<Vec<f32>>> {
        self.named_vector(&bias_name(&self.name(role)), length)
    }

    /// The projections of all experts whose matrices are those of `role`, each with its row of the biases if
    /// the file has a tensor of them.
    fn with_biases(&self, role: Role, matrices: Vec<Matrix>) -> Result<Vec<Linear>> {
        let linear = |(weights, bias)| Linear { weights, bias };
        let biases = match self.find_name(&bias_name(&self.name(role))) {
            None => return Ok(matrices.into_iter().map(|weights| linear((weights, None))).collect()),
            Some(tensor) => {
                let length = matrices.first().map_or(0, Matrix::rows);
                self.shaped(tensor, &[matrices.len(), length])?;
                tensor.to_f32()
            }
        };
        let length = biases.len() / matrices.len().max(1);
        let biases = biases.chunks(length.max(1)).map(|bias| Some(bias.to_vec()));
        Ok(matrices.into_iter().zip(biases).map(linear).collect())
    }

    fn layer(&self, description: &Layer, embedding_length: usize) -> Result<LayerWeights> {
        Ok(LayerWeights {
            attention_norm: self.vector(Role::AttentionNorm, embedding_length)?,
            attention: match &description.attention {
                Attention::Grouped(attention) => self.grouped(attention, embedding_length)?,
                Attention::Latent(attention) => self.latent(attention, embedding_length)?,
            },
            feed_forward_norm: self.vector(Role::FeedForwardNorm, embedding_length)?,
            feed_forward: match &description.feed_forward {
                FeedForward::Dense { width } => FeedForwardWeights::Dense(self.swiglu(
                    [Role::Gate, Role::Up, Role::Down],
                    *width,
                    embedding_length,
                )?),
                FeedForward::Experts(experts) => self.experts(experts, embedding_length)?,
            },
        })
    }

    /// The block that predicts the token after the next one; `weights` are the others.
    fn prediction(&self, config: &Config, weights: &Weights) -> Result<PredictionWeights> {
        let Some(description) = &config.prediction else {
            return Err(Error::Unsupported {
                path: self.archive.path.clone(),
                what: "holds no layer that predicts further tokens; open it without".into(),
            });
        };
        let width = config.embedding_length;
        let table = |role, otherwise: &Matrix| match self.find(role) {
            Some(tensor) => Ok(self.shaped(tensor, &[config.vocabulary_size, width])?.remove(0)),
            None => Ok(otherwise.clone()),
        };
        Ok(PredictionWeights {
            embedding: table(Role::PredictionEmbedding, &weights.embedding)?,
            embedding_norm: self.vector(Role::PredictionEmbeddingNorm, width)?,
            hidden_norm: self.vector(Role::PredictionHiddenNorm, width)?,
            projection: self.linear(Role::PredictionProjection, [width, 2 * width])?,
            layer: self.layer(description, width)?,
            output_norm: match self.find(Role::PredictionOutputNorm) {
                Some(_) => self.vector(Role::PredictionOutputNorm, width)?,
                None => weights.output_norm.clone(),
            },
            output: table(Role::PredictionOutput, &weights.output)?,
        })
    }

    fn grouped(&self, attention: &GroupedAttention, embedding_length: usize) -> Result<AttentionWeights> {
        let query_length = attention.heads * attention.head_length;
        let key_length = attention.kv_heads * attention.head_length;
        let (query, key, value) = match self.find(Role::QueryKeyValue) {
            Some(tensor) => {
                let rows = query_length + 2 * key_length;
                let weights = self.shaped(tensor, &[rows, embedding_length])?.remove(0);
                let bias = self.bias(Role::QueryKeyValue, rows)?;
                let whole = Linear { weights, bias };
                let part = |range| whole.slice_rows(range);
                let key_end = query_length + key_length;
                (part(0..query_length), part(query_length..key_end), part(key_end..rows))
            }
            None => (
                self.linear(Role::Query, [query_length, embedding_length])?,
                self.linear(Role::Key, [key_length, embedding_length])?,
                self.linear(Role::Value, [key_length, embedding_length])?,
            ),
        };
        let norm = |role, all_heads| match attention.norm {
            QueryKeyNorm::None => Ok(None),
            QueryKeyNorm::EachHead => self.vector(role, attention.head_length).map(Some),
            QueryKeyNorm::AllHeads => self.vector(role, all_heads).map(Some),
        };
        Ok(AttentionWeights::Grouped {
            query,
            key,
            value,
            output: self.linear(Role::AttentionOutput, [embedding_length, query_length])?,
            query_norm: norm(Role::QueryNorm, query_length)?,
            key_norm: norm(Role::KeyNorm, key_length)?,
            sinks: match attention.sinks {
                true => Some(self.vector(Role::Sinks, attention.heads)?),
                false => None,
            },
        })
    }

    fn latent(&self, attention: &LatentAttention, embedding_length: usize) -> Result<AttentionWeights> {
        let LatentAttention { heads, latent_length, plain_length, rope_length, value_length, .. } =
            *attention;
        let query_length = heads * (plain_length + rope_length);
        let query = match attention.query_rank {
            None => LatentQuery::Full(self.linear(Role::Query, [query_length, embedding_length])?),
            Some(rank) => LatentQuery::LowRank {
                down: self.linear(Role::QueryDown, [rank, embedding_length])?,
                norm: self.vector(Role::QueryDownNorm, rank)?,
                up: self.linear(Role::QueryUp, [query_length, rank])?,
            },
        };
        let (keys, values) = match self.find(Role::KeyUp) {
            Some(tensor) => {
                let keys = self.shaped(tensor, &[heads, latent_length, plain_length])?;
                let name = self.name(Role::ValueUp);
                let tensor = self.find_name(&name).ok_or_else(|| self.missing(name))?;
                let values = self.shaped(tensor, &[heads, value_length, latent_length])?;
                // Some files carry both forms.
                self.find(Role::LatentUp);
                (LatentKeys::Absorbed(keys), values)
            }
            None => {
                let rows = plain_length + value_length;
                let both = self.matrix(Role::LatentUp, [heads * rows, latent_length])?;
                let part = |from: usize, to: usize| -> Vec<Matrix> {
                    (0..heads).map(|head| both.slice_rows(head * rows + from..head * rows + to)).collect()
                };
                (LatentKeys::Projection(part(0, plain_length)), part(plain_length, rows))
            }
        };
        Ok(AttentionWeights::Latent {
            query,
            latent: self.linear(Role::LatentDown, [latent_length + rope_length, embedding_length])?,
            latent_norm: self.vector(Role::LatentNorm, latent_length)?,
            keys,
            values,
            output: self.linear(Role::AttentionOutput, [embedding_length, heads * value_length])?,
        })
    }

    fn swiglu(&self, roles: [Role; 3], width: usize, embedding_length: usize) -> Result<Swiglu> {
        let [gate, up, down] = roles;
        let linear = |role, shape| Ok(Linear::without_bias(self.matrix(role, shape)?));
        Ok(Swiglu {
            gate: linear(gate, [width, embedding_length])?,
            up: linear(up, [width, embedding_length])?,
            down: linear(down, [embedding_length, width])?,
        })
    }

    fn experts(&self, experts: &Experts, embedding_length: usize) -> Result<FeedForwardWeights> {
        let Experts { count, width, .. } = *experts;
        let mut router = self.linear(Role::Router, [count, embedding_length])?;
        router.weights = router.weights.keeping_activations();
        let selection_bias = match experts.routing.selection_bias {
            true => Some(self.vector(Role::SelectionBias, count)?),
            false => None,
        };
        let networks = self.networks(count, width, embedding_length)?;
        let (shared, shared_gate) = match &experts.shared {
            None => (None, None),
            Some(SharedExpert { width, gated }) => {
                let roles = [Role::SharedGate, Role::SharedUp, Role::SharedDown];
                let gate = match gated {
                    true => Some(self.matrix(Role::SharedExpertGate, [1, embedding_length])?),
                    false => None,
                };
                let shared = match self.find(Role::SharedGateUp) {
                    None => self.swiglu(roles, *width, embedding_length)?,
                    Some(tensor) => {
                        let both = self.shaped(tensor, &[2 * width, embedding_length])?.remove(0);
                        Swiglu {
                            gate: Linear::without_bias(both.slice_rows(0..*width)),
                            up: Linear::without_bias(both.slice_rows(*width..2 * width)),
                            down: Linear::without_bias(
                                self.matrix(Role::SharedDown, [embedding_length, *width])?,
                            ),
                        }
                    }
                };
                (Some(shared), gate)
            }
        };
        Ok(FeedForwardWeights::Experts { router, selection_bias, experts: networks, shared, shared_gate })
    }

    /// The networks of all experts.
    fn networks(&self, count: usize, width: usize, embedding_length: usize) -> Result<Vec<Swiglu>> {
        let by_input = |role, outputs, inputs| {
            let name = self.name(role);
            let tensor = self.find_name(&name).ok_or_else(|| self.missing(name))?;
            self.with_biases(role, self.shaped_by_input(tensor, [count, outputs, inputs])?)
        };
        let stack =
            |role, outputs, inputs| self.with_biases(role, self.stack(role, count, [outputs, inputs])?);
        let (gates, ups, downs);
        if !self.name(Role::ExpertGateUpByInput).is_empty() {
            let both = by_input(Role::ExpertGateUpByInput, 2 * width, embedding_length)?;
            (gates, ups) = both.iter().map(Linear::split_alternating).unzip();
            downs = by_input(Role::ExpertDownByInput, embedding_length, width)?;
        } else {
            (gates, ups) = match self.find(Role::ExpertGateUp) {
                Some(tensor) => {
                    let both = self.shaped(tensor, &[count, 2 * width, embedding_length])?;
                    let both = self.with_biases(Role::ExpertGateUp, both)?;
                    let halves =
                        |both: &Linear| (both.slice_rows(0..width), both.slice_rows(width..2 * width));
                    both.iter().map(halves).unzip()
                }
                None => (
                    stack(Role::ExpertGate, width, embedding_length)?,
                    stack(Role::ExpertUp, width, embedding_length)?,
                ),
            };
            downs = stack(Role::ExpertDown, embedding_length, width)?;
        }
        let networks = gates.into_iter().zip::<Vec<Linear>>(ups).zip(downs);
        Ok(networks.map(|((gate, up), down)| Swiglu { gate, up, down }).collect())
    }

    /// One matrix an expert: from one stacked tensor, or from a tensor each.
    fn stack(&self, role: Role, count: usize, shape: [usize; 2]) -> Result<Vec<Matrix>> {
        let (stacked, each) = match (self.is_gguf(), self.template(role)) {
            (true, stacked) => (stacked, role.gguf_expert_name()),
            (false, each) if each.contains("{e}") => (role.hugging_face_stacked_name(), each),
            // A family's own name that leaves no place for the expert is that of all experts' tensor.
            (false, stacked) => (stacked, stacked),
        };
        let stacked_name = self.fill_in(stacked);
        if let Some(tensor) = self.find_name(&stacked_name) {
            let matrices = self.shaped(tensor, &[count, shape[0], shape[1]])?;
            debug_assert_eq!(matrices.len(), count);
            return Ok(matrices);
        }
        (0..count)
            .map(|expert| {
                let name = self.fill_in(each).replace("{e}", &expert.to_string());
                match self.find_name(&name) {
                    Some(tensor) => Ok(self.shaped(tensor, &shape)?.remove(0)),
                    // Name the tensor that current files have.
                    None if expert == 0 && self.is_gguf() => Err(self.missing(stacked_name.clone())),
                    None => Err(self.missing(name)),
                }
            })
            .collect()
    }

    fn is_gguf(&self) -> bool {
        matches!(self.archive.description, Description::Gguf(_))
    }
}
