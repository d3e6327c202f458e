//! Promises of the interface that the compiler can check: what may go to other threads, what prints itself, and how
//! options are put together.

use moesaic::generate::{
    Batch, ChosenExperts, GenerationState, LayerRouting, Perplexity, Routing, Sampler, Statistics,
};
use moesaic::model::{Cache, Config, Cost, ExpertChoice, Logits, Step};
use moesaic::quant::Format;
use moesaic::quantize::{Mix, Quantized};
use moesaic::storage::{
    Archive, Description, GgufData, GgufWriter, Metadata, Source, Tensor, Undecoded, Value,
};
use moesaic::text::{ChatOptions, ChatTemplate, Message, StreamDecoder, Tokenizer};
use moesaic::{
    Access, Arithmetic, CacheFormat, CancelToken, Error, ExpertWatcher, FinishReason, GenerateOptions,
    Generation, InstructionSet, LogitsProcessor, Model, ModelOptions, SamplingOptions, Session,
    SessionOptions,
};
use std::fmt::Debug;

fn threads<T: Send + Sync + Debug>() {}
fn lasting<T: Send + Sync + Debug + 'static>() {}
fn plain<T: Copy + Send + Sync + Debug + PartialEq + 'static>() {}
fn shared<T: Clone + Send + Sync + Debug + 'static>() {}

#[test]
fn types_go_to_other_threads_and_print_themselves() {
    lasting::<Error>();
    lasting::<Session>();
    lasting::<GenerationState>();
    lasting::<Cache>();
    lasting::<Archive>();
    lasting::<Description>();
    lasting::<Source>();
    lasting::<GgufWriter>();
    lasting::<GgufData<Vec<u8>>>();

    threads::<Generation<'_>>();
    threads::<Batch<'_>>();
    threads::<Step<'_>>();
    threads::<StreamDecoder<'_>>();
    threads::<ChosenExperts<'_>>();

    shared::<Model>();
    shared::<ModelOptions>();
    shared::<SessionOptions>();
    shared::<GenerateOptions>();
    shared::<SamplingOptions>();
    shared::<ChatOptions>();
    shared::<CancelToken>();
    shared::<LogitsProcessor>();
    shared::<ExpertWatcher>();
    shared::<Sampler>();
    shared::<ChatTemplate>();
    shared::<Message>();
    shared::<Tensor>();
    shared::<Undecoded>();
    shared::<Metadata>();
    shared::<Value>();
    shared::<Config>();
    shared::<Routing>();
    shared::<LayerRouting>();
    threads::<Tokenizer>();

    plain::<FinishReason>();
    plain::<Statistics>();
    plain::<Perplexity>();
    plain::<Logits>();
    plain::<ExpertChoice>();
    plain::<Cost>();
    plain::<Format>();
    plain::<Mix>();
    plain::<Quantized>();
    plain::<Access>();
    plain::<Arithmetic>();
    plain::<InstructionSet>();

    fn is_an_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_an_error::<Error>();
}

#[test]
fn options_are_put_together_in_a_row() {
    let options = ModelOptions::default()
        .with_threads(3)
        .with_access(Access::Read)
        .with_arithmetic(Arithmetic::Float32)
        .with_instruction_set(InstructionSet::Scalar)
        .with_cache(CacheFormat::F16);
    let mut expected = ModelOptions::default();
    expected.threads = Some(3);
    expected.access = Access::Read;
    expected.arithmetic = Arithmetic::Float32;
    expected.instruction_set = Some(InstructionSet::Scalar);
    expected.cache = Some(CacheFormat::F16);
    assert_eq!(options, expected);
    assert_eq!(options.with_threads(None).threads, None);
    assert_eq!(SessionOptions::default().with_context(9).context, Some(9));

    let sampling = SamplingOptions::greedy().with_top_k(3usize).with_seed(7);
    let options = GenerateOptions::default()
        .with_sampling(sampling.clone())
        .with_max_tokens(5)
        .with_stop(["a".to_owned(), "b".to_owned()])
        .with_parse_special(true)
        .with_expert_watcher(ExpertWatcher::new(|_| Ok(())));
    assert_eq!(options.sampling, sampling);
    assert_eq!((sampling.temperature, sampling.top_k, sampling.seed), (0.0, 3, Some(7)));
    assert_eq!((options.max_tokens, options.stop.len(), options.parse_special), (Some(5), 2, true));
    assert!(options.expert_watcher.is_some());
    let options = ChatOptions::default().with_generation_prompt(false).with_template("rag".to_owned());
    assert_eq!((options.add_generation_prompt, options.template.as_deref()), (false, Some("rag")));
}
