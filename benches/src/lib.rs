//! What the criterion suites share: workloads and trees.
