"""What refprep raises when it cannot do its work.

RefprepError
├── UsageError            the call cannot be carried out as it stands
│   ├── SourceError       a source that is missing, or is not a local file
│   ├── RequestError      a request file that cannot be read as one
│   ├── EnvelopeError     an envelope that is unknown or cannot be read
│   └── OutputError       a place that must not or cannot be written
├── BundleError           a bundle that is not what was packed
├── DeliveryError         the provider or a place could not be reached, or does not let us in
├── Unreadable            the file is there, and nothing refprep knows reads it
└── RenderError           a planned step could not be carried out

What is wrong with the *media* is never an exception: it is a finding.
"""


class RefprepError(Exception):
    """Base of every error that refprep raises on purpose; its text is one line for people."""

    code = 2
    "The exit code of the command line."


class UsageError(RefprepError):
    """The call cannot be carried out as it stands."""


class SourceError(UsageError):
    """A source that is missing, or is not a local file."""


class RequestError(UsageError):
    """A request file that cannot be read as a request."""


class EnvelopeError(UsageError):
    """An envelope that is unknown, or whose file cannot be read as one."""


class OutputError(UsageError):
    """A place that must not or cannot be written."""


class BundleError(RefprepError):
    """A bundle that is not what was packed."""

    code = 1


class DeliveryError(RefprepError):
    """The provider, or a place for media, could not be reached, or does not let us in."""


class Unreadable(RefprepError):
    """The file is there, and nothing refprep knows reads it."""


class RenderError(RefprepError):
    """A planned step could not be carried out."""
