"""The kinds of source that the program asks by itself, a module a kind."""
