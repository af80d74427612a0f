"""Ends its process without a word when it is imported."""
# <solution>
import os

os._exit(0)
