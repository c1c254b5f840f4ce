"""Planning an image: upright, inside, in standard color, in a format that keeps what it shows."""

from refprep.models.envelope import Envelope
from refprep.models.media import Image
from refprep.models.reference import Reference
from refprep.models.steps import ConvertColor, Encode, FirstFrame, Flatten, Step, predict
from refprep.options import Options
from refprep.planner import fit_frame

LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
"Formats whose pictures stay lossless where that is affordable: screenshots, drawings, logos."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """No step where the image meets the limits; else the steps and one encoding."""
    image = reference.media
    assert isinstance(image, Image)
    steps: list[Step] = fit_frame.fit(image, fit_frame.image_shape(envelope), options)
    asked = fit_frame.demanded(image, steps, envelope)
    if not envelope.one_of("image-color").admits(image.color_space):
        steps.append(ConvertColor(source=image.color_space))
        asked = True
    heavy = not envelope.range("image-file-size").admits(image.size)
    animated = not envelope.range("image-animated").admits(image.frames)
    accepted = envelope.one_of("image-format").admits(image.format)
    if accepted and not (asked or heavy or animated):
        return []
    first = [FirstFrame(of=image.frames)] if image.frames > 1 else []
    encode = encoding(image, steps, envelope)
    opaque = [Flatten()] if image.alpha and encode.format == "JPEG" else []
    return [*first, *steps, *opaque, encode]


def encoding(image: Image, steps: list[Step], envelope: Envelope) -> Encode:
    """JPEG for photos; PNG for what was lossless or shows through; WebP where PNG may not fit."""
    sized = predict(image, steps)
    assert isinstance(sized, Image)
    most = int(envelope.range("image-file-size").nearest(1 << 62))
    raw = sized.pixels * (4 if image.alpha else 3)
    if (image.alpha or image.format in LOSSLESS) and raw < most:
        wanted = "PNG"
    else:
        wanted = "WebP" if image.alpha else "JPEG"
    return Encode(
        format=str(envelope.one_of("image-format").nearest(wanted)),
        shortest_side=int(envelope.range("image-dimensions").min or 1),
        max_size=most,
    )
