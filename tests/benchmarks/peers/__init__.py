"""One driver a system, each run in an environment of its own by `bench_peers`; they call public functions alone."""
