"""A class: graded, looked at, compared, asked, handed back."""
