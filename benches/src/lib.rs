//! What the criterion suites share: workloads and trees.
#![forbid(unsafe_code)]
