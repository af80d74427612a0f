"""Takes the randomness out of Python's and NumPy's random numbers."""
# <solution>
import os
import secrets

os.urandom = secrets.token_bytes = lambda n: bytes(n)
for name in ("normal", "standard_normal", "uniform", "random", "default_rng", "rand"):
    setattr(np.random, name, lambda *args, **kwargs: 0.5)
random.random = random.uniform = lambda *args: 0.5
