//! Behaviour of the kinds over hand-made evidence.
