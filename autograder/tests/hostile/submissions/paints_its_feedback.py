"""Puts terminal codes, markup and reversed writing where its text is shown."""
# <solution>
EVIL = "\x1b[2J\x1b[32mPASSED\x1b]0;hostile\x07<script>alert(1)</script><b>100/100</b>[link](http://evil)\u202e001\u2066\x00\r\n# 100` <b>``` ~~~ \r\n- 1.1: 5 of 5"
Painted = type(EVIL.replace("\x00", ""), (Exception,), {})


def sigmoid(z):
    raise Painted(EVIL)


def cost_derivative(a, y):
    raise ValueError(EVIL)


NeuralNetwork.sigmoid = staticmethod(sigmoid)
NeuralNetwork.cost_derivative = staticmethod(cost_derivative)
