"""Planning an image: upright, in range, in sRGB, in a format that keeps what it shows."""

from refprep.models.envelope import Envelope
from refprep.models.media import Image
from refprep.models.reference import Reference
from refprep.models.steps import ConvertColor, Encode, FirstFrame, Flatten, Step, predict
from refprep.options import Options
from refprep.planner import fit_frame

PREFERRED = {
    "lossless": ("PNG", "WebP", "JPEG"),
    "alpha": ("WebP", "PNG", "JPEG"),
    "photo": ("JPEG", "WebP", "PNG"),
}
"What an image is written as: the first of these that the envelope aims for."
LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
"Formats whose images stay lossless where that is affordable: screenshots, drawings, logos."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """No step where the image meets the limits; else the steps and one encoding."""
    image = reference.media
    assert isinstance(image, Image)
    steps: list[Step] = fit_frame.fit(image, fit_frame.image_shape(envelope), options)
    required = fit_frame.required(image, steps, envelope)
    if not envelope.one_of("image-color").admits(image.color_space):
        steps.append(ConvertColor(source=image.color_space))
        required = True
    too_large = not envelope.range("image-file-size").admits(image.size)
    animated = not envelope.range("image-animated").admits(image.frames)
    accepted = envelope.one_of("image-format").admits(image.format)
    if accepted and not (required or too_large or animated):
        return []
    first = [FirstFrame(of=image.frames)] if image.frames > 1 else []
    encode = encoding(image, steps, envelope)
    opaque = [Flatten()] if image.alpha and encode.format == "JPEG" else []
    return [*first, *steps, *opaque, encode]


def encoding(image: Image, steps: list[Step], envelope: Envelope) -> Encode:
    """JPEG for photos; PNG for what was lossless or is transparent; WebP where PNG may not fit."""
    scaled = predict(image, steps)
    assert isinstance(scaled, Image)
    max_size = int(envelope.range("image-file-size").nearest(1 << 62))
    raw_size = scaled.pixels * (4 if image.alpha else 3)
    lossless = (image.alpha or image.format in LOSSLESS) and raw_size < max_size
    order = PREFERRED["lossless" if lossless else "alpha" if image.alpha else "photo"]
    return Encode(
        format=next(name for name in order if name in envelope.targets_of("image")),
        shortest_side=int(envelope.range("image-dimensions").min or 1),
        max_size=max_size,
    )
