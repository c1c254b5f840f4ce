"""Planning an image: upright, inside, in standard colour, in a format that keeps what it shows."""

from collections.abc import Collection

from refprep.envelope import Envelope
from refprep.media import Image
from refprep.planning import frame
from refprep.planning.steps import Encode, Flatten, Recolour, Step, Still, predict

LOSSLESS = ("PNG", "GIF", "BMP", "TIFF")
"Formats whose pictures stay lossless where that is affordable: screenshots, drawings, logos."


def fit(image: Image, envelope: Envelope, allow: Collection[str]) -> list[Step]:
    """No step where the image lies inside already; else the steps and one encoding."""
    steps: list[Step] = frame.fit(image, frame.image_shape(envelope), allow)
    asked = frame.demanded(image, steps, envelope)
    if not envelope.one_of("image-colour").admits(image.colour):
        steps.append(Recolour(source=image.colour))
        asked = True
    heavy = not envelope.range("image-bytes").admits(image.bytes)
    animated = not envelope.range("image-animated").admits(image.frames)
    accepted = envelope.one_of("image-format").admits(image.format)
    if accepted and not (asked or heavy or animated):
        return []
    first = [Still(of=image.frames)] if image.frames > 1 else []
    encode = encoding(image, steps, envelope)
    opaque = [Flatten()] if image.alpha and encode.format == "JPEG" else []
    return [*first, *steps, *opaque, encode]


def encoding(image: Image, steps: list[Step], envelope: Envelope) -> Encode:
    """JPEG for photos; PNG for what was lossless or shows through; WebP where PNG may not fit."""
    sized = predict(image, steps)
    assert isinstance(sized, Image)
    most = int(envelope.range("image-bytes").nearest(1 << 62))
    raw = sized.pixels * (4 if image.alpha else 3)
    if (image.alpha or image.format in LOSSLESS) and raw < most:
        wanted = "PNG"
    else:
        wanted = "WebP" if image.alpha else "JPEG"
    return Encode(
        format=str(envelope.one_of("image-format").nearest(wanted)),
        shortest_side=int(envelope.range("image-side").min or 1),
        bytes=most,
    )
