"""ann_pytorch: the same 2-4-1 network written with PyTorch (https://pytorch.org), which finds the gradients itself.

The second exercise of the ann lab, without marks: compare_ann.py tells whether it agrees with your own network.
Needs PyTorch, an optional extra: pip install torch==2.13.0. The shapes are those of ann.py; PyTorch's `nn.Linear`
stores its weights transposed, (n_out, n_in).
"""

import sys

try:
    import torch
    from torch import nn
except ImportError as missing:
    sys.exit(f"{missing}. PyTorch is an optional extra; to install it: {sys.executable} -m pip install torch==2.13.0")


class TorchANN(nn.Module):
    """Two inputs, four hidden neurons, one output; sigmoids; numbers of double precision, as in NumPy."""

    def __init__(self):
        """Make the layers `hidden` (2 -> 4) and `output` (4 -> 1); their initial parameters are PyTorch's own."""
        super().__init__()
        self.hidden = nn.Linear(2, 4, dtype=torch.float64)
        self.output = nn.Linear(4, 1, dtype=torch.float64)

    def start_from(self, W1, b1, W2, b2):
        """Copy the parameters of a network of ann.py, so that both start alike.

        :param W1: numpy array (2, 4)
        :param b1: numpy array (4,)
        :param W2: numpy array (4, 1)
        :param b2: numpy array (1,)
        """
        with torch.no_grad():
            self.hidden.weight.copy_(torch.tensor(W1.T))
            self.hidden.bias.copy_(torch.tensor(b1))
            self.output.weight.copy_(torch.tensor(W2.T))
            self.output.bias.copy_(torch.tensor(b2))

    def forward(self, X):
        """The outputs for all samples.

        :param X: tensor (N, 2)
        :return: tensor (N, 1)
        """
        # TODO: the two layers, each followed by torch.sigmoid
        raise NotImplementedError("forward")
        # END TODO

    def train_batch(self, X, y, learning_rate=0.0001, max_epochs=1000):
        """Train by batch gradient descent on the binary cross-entropy, summed over the samples.

        :param X: numpy array (N, 2)
        :param y: numpy array (N, 1)
        :param learning_rate: float
        :param max_epochs: number of updates
        :return: list of max_epochs floats, the summed loss before each update
        """
        X, y = torch.tensor(X), torch.tensor(y)
        # TODO: nn.BCELoss(reduction="sum") and torch.optim.SGD; in each epoch: zero_grad, forward, loss, backward, step
        raise NotImplementedError("train_batch")
        # END TODO

    def predict(self, X):
        """The predicted classes.

        :param X: numpy array (N, 2)
        :return: numpy array (N, 1): 1 where the output is at least 0.5, 0 elsewhere
        """
        with torch.no_grad():
            return (self(torch.tensor(X)) >= 0.5).int().numpy()
