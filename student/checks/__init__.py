"""What check.py and the warm-ups' own checks are made of. Given; nothing to write here.

    engine.py   runs the checks one after the other and says what was found, and what to do next
    errors.py   an error in plain words: the line, what stands in it, a question
    values.py   compares arrays and describes them; measures slopes
    q1.py       the checks of q1.py: worked examples and measured slopes
    files.py    finds the file to check, and loads it
    picture.py  the gradient microscope: python check.py --picture
    command.py  the options of check.py

It needs NumPy alone. It holds no solution and promises no marks: the grader asks for more.
"""

VERSION = "1.0.0"  # of the lab that this came with; check.py's last line names it
