"""Compare your 2-4-1 network with its twin in PyTorch. Given; it uses what you write in ann.py and ann_pytorch.py.

    python compare_ann.py
    python compare_ann.py --data circles --num-epochs 5000

Both start from the same weights and see the same data, so their losses have to agree in every epoch, down to rounding.
The script prints both, saves a picture of both, and ends with status 1 where they differ.
"""

import sys

import numpy as np
from ann import ANN
from datasets import load
from plots import Pictures, draw_classes, draw_curves
from train_ann import DATA_SETS
from training import options, run

TOLERANCE = 1e-6  # relative; rounding in double precision grows to about 1e-11 in these runs


def main():
    """Train both networks, print and draw their losses side by side."""
    parser = options("Compare ann.py with ann_pytorch.py.", epochs=5000, learning_rate=0.002)
    parser.add_argument("--data", choices=DATA_SETS, default="moons", help="the data set")
    args = parser.parse_args()
    from ann_pytorch import TorchANN  # takes seconds, and --help shall not need it

    data = load(args.data, args.data_path)
    x, y = data.x_train, data.t_train.reshape(-1, 1)
    own, twin = ANN(args.seed), TorchANN()
    twin.start_from(own.W1, own.b1, own.W2, own.b2)
    print("training ann.py ...", flush=True)
    own_losses = np.array(own.train(x, y, args.learning_rate, args.num_epochs))
    print("training ann_pytorch.py ...", flush=True)
    twin_losses = np.array(twin.train_batch(x, y, args.learning_rate, args.num_epochs))

    print(f"{'epoch':>8} {'loss of ann.py':>18} {'of ann_pytorch.py':>18} {'difference':>11}")
    for epoch in sorted({1, args.num_epochs, *range(0, args.num_epochs + 1, max(1, args.num_epochs // 10))} - {0}):
        mine, other = own_losses[epoch - 1], twin_losses[epoch - 1]
        print(f"{epoch:>8} {mine:>18.9f} {other:>18.9f} {abs(mine - other):>11.1e}")
    apart = np.abs(own_losses - twin_losses) / twin_losses
    right = {
        name: np.mean(model.predict(data.x_test)[:, 0] == data.t_test) for name, model in (("own", own), ("twin", twin))
    }
    print(f"test accuracy: {right['own']:.1%} and {right['twin']:.1%}")

    pictures = Pictures(args.out, args.show)
    if pictures:
        figure, (left, middle, last) = pictures.panels(3)
        draw_classes(left, f"ann.py: {right['own']:.1%} right", data.x_test, data.t_test, own.predict)
        draw_classes(middle, f"ann_pytorch.py: {right['twin']:.1%} right", data.x_test, data.t_test, twin.predict)
        losses = {"ann.py": own_losses / len(y), "ann_pytorch.py": twin_losses / len(y)}
        draw_curves(last, "mean loss of a sample", losses)
        pictures.save(
            figure, f"ann_compared_{args.data}", "Why do two programs that share no line agree to nine digits?"
        )
    pictures.finish()
    if apart.max() > TOLERANCE:
        epoch = int(np.argmax(apart > TOLERANCE)) + 1
        sys.exit(f"The losses differ from epoch {epoch} on; look for the difference in the two networks.")
    print(f"The losses agree in every epoch; the largest relative difference is {apart.max():.0e}.")


if __name__ == "__main__":
    run(main)
