"""Turns warnings and rounding into errors, silences logging, changes locale, encoding, hooks and buffers."""
# <solution>
import decimal
import gc
import locale
import sys
import threading
import warnings

np.seterr(all="raise")
np.set_printoptions(threshold=1, precision=1)
warnings.simplefilter("error")
logging.disable(logging.CRITICAL)
decimal.getcontext().prec = 1
locale.setlocale(locale.LC_ALL, "C")
sys.setswitchinterval(10)
gc.disable()
sys.excepthook = threading.excepthook = lambda *args: None
sys.stdout = sys.stderr = sys.stdin = None
