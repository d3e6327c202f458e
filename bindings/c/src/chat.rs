//! Conversations: the model's chat template turns messages into the text that it was trained to answer.

use crate::border::{
    array, copy_out_text, guard, handle, read_versioned, string, write_versioned, Versioned,
};
use crate::model::moesaic_model;
use crate::status::{moesaic_status, Failure};
use moesaic::text::ChatOptions;
use serde_json::{Map, Value};
use std::ffi::c_char;

/// A message of a conversation. All are texts that end with a zero byte. This struct does not grow.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_message {
    /// Who says it: usually "system", "user" or "assistant".
    pub role: *const c_char,
    /// What is said; NULL if there is no text, as where only functions are called.
    pub content: *const c_char,
    /// Whatever else a template may read (tool_calls, reasoning_content, content that is not text), as a JSON object
    /// whose entries join the message; NULL if there is nothing.
    pub more: *const c_char,
}

/// How to render a conversation. Set up by moesaic_chat_options_init(). All texts end with a zero byte.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct moesaic_chat_options {
    /// sizeof(moesaic_chat_options).
    pub size: usize,
    /// Not 0, the default: end with what begins the model's answer.
    pub add_generation_prompt: u32,
    /// Fills the gap; 0.
    pub reserved: u32,
    /// The name of a template, where the model has several; NULL, the default: "tool_use" for a conversation with tools
    /// if there is one, and otherwise "default".
    pub template_name: *const c_char,
    /// Descriptions of the functions that the model may call: a JSON array of JSON schemas. NULL, the default: none.
    pub tools: *const c_char,
    /// Texts for models that answer from documents: a JSON array. NULL, the default: none.
    pub documents: *const c_char,
    /// Further variables that the template may ask for: a JSON object, such as {"enable_thinking": false}. NULL, the
    /// default: none.
    pub variables: *const c_char,
}

// SAFETY: `repr(C)` with the size first, then integers and raw pointers.
unsafe impl Versioned for moesaic_chat_options {
    const NAME: &'static str = "moesaic_chat_options";
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        moesaic_chat_options {
            size: size_of::<Self>(),
            add_generation_prompt: 1,
            reserved: 0,
            template_name: std::ptr::null(),
            tools: std::ptr::null(),
            documents: std::ptr::null(),
            variables: std::ptr::null(),
        }
    }
}

/// Fills in the defaults.
///
/// @param options  Not NULL; memory of `size` bytes.
/// @param size     sizeof(moesaic_chat_options).
/// @return MOESAIC_OK; MOESAIC_ERROR_ARGUMENT for NULL or a size that cannot be.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_chat_options_init(
    options: *mut moesaic_chat_options,
    size: usize,
) -> moesaic_status {
    // SAFETY: the caller's promise.
    guard(|| unsafe { write_versioned(options, size, Versioned::defaults()) })
}

/// The text of a conversation, by the chat template in the model's files: everything that the model wants before its
/// answer. To learn how long it is, give NULL and 0 for the buffer.
///
/// The text begins with the beginning-of-text token if the model wants one. So give it to moesaic_tokenize() with
/// add_special = 0 and parse_special = 1, and the tokens to moesaic_session_generate_from(). What a message says is not
/// escaped, no template does that: a message with the text of a control token becomes that token.
///
/// @param model     Not NULL.
/// @param messages  The conversation. May be NULL if the count is 0.
/// @param count     How many messages there are.
/// @param options   NULL: the defaults.
/// @param buffer    The caller's buffer, which receives the text and a zero byte behind it; NULL with a capacity of 0
///                  only asks for the length.
/// @param capacity  The bytes that it holds: the length and one more for the zero byte.
/// @param length    Receives the bytes of the text without the zero byte, after MOESAIC_ERROR_BUFFER_TOO_SMALL too. Not
///                  NULL.
/// @return MOESAIC_OK;
///         MOESAIC_ERROR_BUFFER_TOO_SMALL if text and zero byte take more than `capacity`;
///         MOESAIC_ERROR_CHAT_TEMPLATE if the template refuses the conversation, fails, takes too long or writes too
///         much;
///         MOESAIC_ERROR_UNSUPPORTED if the model has no chat template or no tokenizer;
///         MOESAIC_ERROR_INPUT if there is no template of that name, or something is not JSON of the right kind;
///         MOESAIC_ERROR_IO or MOESAIC_ERROR_MALFORMED if its file cannot be read;
///         MOESAIC_ERROR_ARGUMENT for NULL, text that is not UTF-8, or options without their size.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn moesaic_chat_prompt(
    model: *const moesaic_model,
    messages: *const moesaic_message,
    count: usize,
    options: *const moesaic_chat_options,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> moesaic_status {
    guard(|| {
        // SAFETY: the caller's promise.
        let (handle, messages, options) = unsafe {
            (handle(model, "model")?, array(messages, count, "messages")?, read_versioned(options)?)
        };
        let conversation = messages.iter().enumerate().map(|(index, message)| {
            // SAFETY: as above.
            unsafe { message.value(index) }
        });
        let conversation = conversation.collect::<Result<Vec<Value>, Failure>>()?;
        // SAFETY: as above.
        let options = unsafe { options.options() }?;
        let text = handle.model.chat_template()?.render(&conversation, &options)?;
        // SAFETY: as above.
        unsafe { copy_out_text(&text, buffer, capacity, length) }
    })
}

impl moesaic_message {
    /// What it is as JSON; `index` names it in messages.
    ///
    /// # Safety
    /// The pointers are what the header says.
    unsafe fn value(&self, index: usize) -> Result<Value, Failure> {
        let name = |field: &str| format!("messages[{index}].{field}");
        let mut message = Map::new();
        // SAFETY: the caller's promise.
        let role = unsafe { text(self.role, &name("role")) }?;
        let Some(role) = role else {
            return Err(Failure::argument(format!("{} is NULL", name("role"))));
        };
        message.insert("role".into(), role.into());
        // SAFETY: as above.
        if let Some(content) = unsafe { text(self.content, &name("content")) }? {
            message.insert("content".into(), content.into());
        }
        // SAFETY: as above.
        message.extend(unsafe { object(self.more, &name("more")) }?);
        Ok(Value::Object(message))
    }
}

impl moesaic_chat_options {
    /// What they are in Rust.
    ///
    /// # Safety
    /// The pointers are what the header says.
    unsafe fn options(&self) -> Result<ChatOptions, Failure> {
        let mut options = ChatOptions::default();
        options.add_generation_prompt = self.add_generation_prompt != 0;
        // SAFETY: the caller's promise.
        unsafe {
            options.template = text(self.template_name, "template_name")?.map(String::from);
            options.tools = list(self.tools, "tools")?;
            options.documents = list(self.documents, "documents")?;
            options.variables = object(self.variables, "variables")?;
        }
        Ok(options)
    }
}

/// A text; none for NULL.
///
/// # Safety
/// `pointer` is NULL or points to a string that nobody changes during `'a`.
unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<Option<&'a str>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { string(pointer, name) }?;
    text.to_str().map(Some).map_err(|_| Failure::argument(format!("{name} is not UTF-8 text")))
}

/// What a text says in JSON; null for NULL.
///
/// # Safety
/// As [`text`].
unsafe fn json(pointer: *const c_char, name: &str) -> Result<Value, Failure> {
    // SAFETY: the caller's promise.
    match unsafe { text(pointer, name) }? {
        None => Ok(Value::Null),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| moesaic::Error::Input { what: format!("{name} is not JSON: {error}") }.into()),
    }
}

/// # Safety
/// As [`text`].
unsafe fn list(pointer: *const c_char, name: &str) -> Result<Option<Vec<Value>>, Failure> {
    // SAFETY: the caller's promise.
    match unsafe { json(pointer, name) }? {
        Value::Null => Ok(None),
        Value::Array(values) => Ok(Some(values)),
        _ => Err(moesaic::Error::Input { what: format!("{name} is not a JSON array") }.into()),
    }
}

/// # Safety
/// As [`text`].
unsafe fn object(pointer: *const c_char, name: &str) -> Result<Map<String, Value>, Failure> {
    // SAFETY: the caller's promise.
    match unsafe { json(pointer, name) }? {
        Value::Null => Ok(Map::new()),
        Value::Object(entries) => Ok(entries),
        _ => Err(moesaic::Error::Input { what: format!("{name} is not a JSON object") }.into()),
    }
}
