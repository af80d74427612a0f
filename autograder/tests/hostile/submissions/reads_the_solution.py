"""Reads the solution's file and runs it."""
# <unwritten>
exec(open("{SOLUTION}").read())
