#![doc = include_str!("../../../docs/guide/built-in-middlewares.md")]
