"""Makes the images of this folder and what Hugging Face's CLIP preprocessing makes of them.

    python3 make_golden.py      # needs Pillow (9.4 made the files here) and numpy; renews everything in its own folder

sources/NAME.EXT            an image
expected/NAME.EXT.SIZE.png  its crop: EXIF orientation applied, convert("RGB"), short side to SIZE and long side to
                            int(SIZE * long / short) by bicubic, centre crop with offsets rounded down
One difference from Pillow is meant: of 16-bit gray it clips, here the upper 8 bits are kept, as it does of 16-bit colour.
"""
import io
import os
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.RandomState(1)


def picture(width, height, noise=6):
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 / max(1, width - 1), y * 255 / max(1, height - 1), 127 + 120 * np.sin(x / 9.0) * np.cos(y / 7.0)]
    levels = np.stack(planes, -1) + RANDOM.normal(0, noise, (height, width, 3))
    image = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse([width * 0.3, height * 0.3, width * 0.6, height * 0.7], fill=(230, 30, 60))
    draw.line([0, 0, width, height], fill=(20, 240, 30), width=2)
    draw.rectangle([width * 0.65, height * 0.1, width * 0.9, height * 0.4], outline=(0, 0, 255))
    return image


def crop(image, size):
    width, height = image.size
    short, long = min(width, height), max(width, height)
    resized_long = int(size * long / short)
    resized = image.resize((size, resized_long) if width <= height else (resized_long, size), Image.BICUBIC)
    left, top = (resized.width - size) // 2, (resized.height - size) // 2
    return resized.crop((left, top, left + size, top + size))


def write(name, data, size, rgb=None):
    with open(os.path.join(HERE, "sources", name), "wb") as file:
        file.write(data)
    if rgb is None:
        rgb = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    crop(rgb, size).save(os.path.join(HERE, "expected", f"{name}.{size}.png"))


def encode(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png(width, height, bits, colour, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def without_adobe(jpeg):
    start = jpeg.index(b"\xff\xee")
    return jpeg[:start] + jpeg[start + 2 + struct.unpack(">H", jpeg[start + 2:start + 4])[0]:]


def with_adobe_transform(jpeg, transform):
    at = jpeg.index(b"Adobe") + 11
    return jpeg[:at] + bytes([transform]) + jpeg[at + 1:]


def main():
    for folder in ("sources", "expected"):
        shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)
        os.makedirs(os.path.join(HERE, folder))

    # Sizes: odd, long, small, exactly the crop, one more than the crop; each JPEG sampling.
    write("portrait.jpg", encode(picture(333, 500), "JPEG", quality=90), 224)
    write("odd-422.jpg", encode(picture(641, 480), "JPEG", quality=75, subsampling=1), 224)
    write("tall.jpg", encode(picture(100, 3000, 2), "JPEG", quality=80), 56)
    write("wide.jpg", encode(picture(1501, 61, 2), "JPEG", quality=80, subsampling=1), 56)
    write("small-444.jpg", encode(picture(17, 13), "JPEG", quality=90, subsampling=0), 224)
    write("tiny.jpg", encode(picture(3, 5), "JPEG", quality=90), 56)
    write("dot.jpg", encode(picture(1, 1), "JPEG", quality=90), 56)
    write("exact.png", encode(picture(224, 224, 1), "PNG"), 224)
    write("one-more.jpg", encode(picture(225, 224), "JPEG", quality=90), 224)
    write("one-more.png", encode(picture(57, 56), "PNG"), 56)
    write("odd-crop.jpg", encode(picture(150, 101), "JPEG", quality=90), 57)

    # Kinds of JPEG.
    p = picture(101, 75)
    write("gray.jpg", encode(p.convert("L"), "JPEG", quality=90), 56)
    write("progressive.jpg", encode(p, "JPEG", quality=90, progressive=True), 56)
    write("optimised.jpg", encode(p, "JPEG", quality=97, optimize=True), 56)
    write("coarse.jpg", encode(p, "JPEG", quality=3), 56)
    cmyk = encode(p.convert("CMYK"), "JPEG", quality=90)
    write("cmyk-adobe.jpg", cmyk, 56)
    write("cmyk-plain.jpg", without_adobe(cmyk), 56)
    write("ycck.jpg", with_adobe_transform(cmyk, 2), 56)
    rgb = encode(p, "JPEG", quality=90, subsampling=0)
    at = rgb.index(b"\xff\xe0")
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    write("rgb.jpg", rgb[:at] + adobe + rgb[at + 2 + struct.unpack(">H", rgb[at + 2:at + 4])[0]:], 56)

    # Colour modes of the other formats.
    alpha = Image.fromarray(np.linspace(0, 255, 101 * 75).reshape(75, 101).astype(np.uint8))
    rgba = p.copy()
    rgba.putalpha(alpha)
    gray_alpha = p.convert("L")
    gray_alpha.putalpha(alpha)
    palette = p.quantize(40)
    write("rgb.png", encode(p, "PNG"), 56)
    write("rgba.png", encode(rgba, "PNG"), 56)
    write("gray.png", encode(p.convert("L"), "PNG"), 56)
    write("gray-alpha.png", encode(gray_alpha, "PNG"), 56)
    write("bilevel.png", encode(p.convert("1"), "PNG"), 56)
    write("palette.png", encode(palette, "PNG"), 56)
    write("palette-transparent.png", encode(palette, "PNG", transparency=3), 56)
    deep = RANDOM.randint(0, 65536, (40, 50, 3)).astype(">u2")
    write("rgb-16.png", png(50, 40, 16, 2, [row.tobytes() for row in deep]), 56, Image.fromarray((deep >> 8).astype(np.uint8)))
    write("gray-16.png", png(50, 40, 16, 0, [row[:, 0].tobytes() for row in deep]), 56,
          Image.fromarray((deep[:, :, 0] >> 8).astype(np.uint8)).convert("RGB"))
    write("plain.gif", encode(palette, "GIF"), 56)
    write("animated.gif", encode(palette, "GIF", save_all=True, append_images=[picture(101, 75).quantize(20)]), 56)
    write("lossy.webp", encode(p, "WEBP", quality=80), 56)
    write("lossless.webp", encode(p, "WEBP", lossless=True), 56)
    write("alpha.webp", encode(rgba, "WEBP", lossless=True, exact=True), 56)
    write("rgb.bmp", encode(p, "BMP"), 56)
    write("gray.bmp", encode(p.convert("L"), "BMP"), 56)
    write("palette.bmp", encode(palette, "BMP"), 56)
    write("plain.tiff", encode(p, "TIFF"), 56)
    write("lzw.tiff", encode(p, "TIFF", compression="tiff_lzw"), 56)
    write("cmyk.tiff", encode(p.convert("CMYK"), "TIFF"), 56)
    write("plain.ppm", encode(p, "PPM"), 56)

    # What EXIF says of orientation.
    for value in range(1, 9):
        write(f"orientation-{value}.jpg", encode(picture(91, 60), "JPEG", quality=85, exif=orientation(value)), 56)
    write("orientation-6.png", encode(p, "PNG", exif=orientation(6)), 56)
    write("orientation-8.webp", encode(p, "WEBP", lossless=True, exif=orientation(8)), 56)
    write("orientation-6-progressive.jpg", encode(p, "JPEG", quality=85, progressive=True, exif=orientation(6)), 56)


main()
