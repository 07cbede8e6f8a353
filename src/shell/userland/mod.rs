//! What a base image holds.
