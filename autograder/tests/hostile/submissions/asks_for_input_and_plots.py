"""Asks for input, prints and plots when it is imported."""
name = input("your name? ")
print("hello", name)
import matplotlib.pyplot as plt

plt.plot([1, 2, 3])
plt.show()
# <solution>
