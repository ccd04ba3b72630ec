"""The sections of a report, a module each: facts in, a section out, None where there is nothing to say."""
