//! Behaviour of judging and of agreement.
