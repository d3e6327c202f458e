//! Methods in a row for structs of options, which later versions may give more fields: `SessionOptions` has
//! `with_context`, and so on.

/// `with: field, Type;` makes a method of a field's name with `with_` in front; it takes whatever becomes the type.
macro_rules! setters {
    ($options:ident { $($setter:ident: $field:ident, $type:ty;)* }) => {
        impl $options {
            $(
                #[doc = concat!("These options with another [`", stringify!($field), "`](field@Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $setter(mut self, $field: impl Into<$type>) -> $options {
                    self.$field = $field.into();
                    self
                }
            )*
        }
    };
}

pub(crate) use setters;
