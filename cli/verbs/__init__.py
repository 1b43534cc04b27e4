"""The verbs of the command, by what they need: a file is loaded when one of its verbs is typed.

Each verb is a function of its name that gives a parser its arguments, and what carries it out.
"""
