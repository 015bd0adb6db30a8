//! The cache as its users see it.

mod single_flight;
