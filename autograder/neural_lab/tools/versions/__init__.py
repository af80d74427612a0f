"""Another year's version of a lab, written from its description."""
