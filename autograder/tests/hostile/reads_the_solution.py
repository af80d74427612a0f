"""Reads the solution's file and runs it."""
# <wrong>
exec(open("{SOLUTION}").read())
