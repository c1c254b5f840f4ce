"""Tools of the project, beside the package: they write the parts of docs/ that code defines."""
