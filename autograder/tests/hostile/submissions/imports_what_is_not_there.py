"""Imports modules that aren't installed, its own package and a sibling that isn't there."""
import tensorflow as tf
from . import helpers
from .helpers import sigmoid
import helpers2
# <solution>
