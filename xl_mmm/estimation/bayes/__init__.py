"""The full posterior by lock-step Hamiltonian Monte Carlo: NumPy and SciPy only.

`priors` and `parameters` say what is unknown, `likelihood` integrates the linear block out, `target` joins them;
`mode`, `hmc` and `convergence` know nothing but a log density with its gradient.
"""
