"""A plan: ordered steps per file, the facts that they will lead to, the findings left."""

from pydantic import model_serializer

from refprep.models.finding import Result
from refprep.models.limits import Frozen
from refprep.models.media import AnyMedia
from refprep.models.reference import Reference
from refprep.models.steps import Drop, Step, Trim


class PlannedFile(Frozen):
    """A FilePlan as JSON has it: the steps, and the facts before and after them."""

    slot: str | None
    source: str
    steps: tuple[Step, ...]
    before: AnyMedia
    after: AnyMedia


class FilePlan(Frozen):
    """The steps for one source; no steps: it is copied byte for byte."""

    reference: Reference
    steps: tuple[Step, ...]
    predicted: Reference
    remote: bool = False
    "True where it stays at its URL, so that no file is written."

    @property
    def dropped(self) -> bool:
        """True where the file is left out."""
        return any(isinstance(step, Drop) for step in self.steps)

    @property
    def writable(self) -> bool:
        """True where a file is to be written: the source is usable and not left out."""
        return self.predicted.usable and not self.dropped

    @property
    def trimmed(self) -> bool:
        """True where only a part of it is kept."""
        return any(isinstance(step, Trim) for step in self.steps)

    @model_serializer
    def _flat(self) -> PlannedFile:
        return PlannedFile(
            slot=self.reference.slot,
            source=str(self.reference.source),
            steps=self.steps,
            before=self.reference.media,
            after=self.predicted.media,
        )


class Plan(Result):
    """One FilePlan per source; the findings are those that will be left."""

    files: tuple[FilePlan, ...]

    @property
    def kept(self) -> list[FilePlan]:
        """The plans of all files that are not left out."""
        return [file for file in self.files if not file.dropped]

    @property
    def written(self) -> list[FilePlan]:
        """The plans that write a file."""
        return [file for file in self.files if file.writable and not file.remote]

    @property
    def remote(self) -> list[FilePlan]:
        """The plans of what stays at its URL."""
        return [file for file in self.files if file.remote]
