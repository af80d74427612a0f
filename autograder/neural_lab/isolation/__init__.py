"""Where a submission runs: processes that are locked down, their limits, and whether the isolation holds."""
