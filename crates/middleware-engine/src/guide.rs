#![doc = include_str!("../../../docs/guide/middleware.md")]
