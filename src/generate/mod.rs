//! Text from a model: sampling and sessions.
