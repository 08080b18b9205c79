"""What the released system's data loader does for every reference to an image, as samples a second.

    python3 released_loader.py FOLDER [--workers N] [--seconds S] [--tokenizer tokenizer.model] [--pillow-only]

The released VQADataset opens the file anew for each reference, converts it to RGB, runs transformers' CLIPImageProcessor on it and
tokenises the instruction with the answer and then the instruction alone. Needs Pillow, numpy and, for the text, sentencepiece. Stand-ins:
  CLIPImageProcessor  the same steps in Pillow and numpy, in its order and dtypes: to array, resize (array to Pillow and back), centre
                      crop, rescale to float32, normalise, to channels first
  LlamaTokenizer      the SentencePiece model that it wraps; its own Python work on top is not counted
  DataLoader workers  processes, one a core; what it spends on sending tensors to the trainer is not counted
What is left out makes the figures better than the released loader's, if anything.
"""
import argparse
import glob
import multiprocessing
import os
import time

import numpy as np
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
INSTRUCTION = "### Image 1:\n<image>\n\n### Question:\nWhat is happening in the picture, and what may happen next?\n\n### Answer:\n"
ANSWER = ("In the picture several people stand beside a road and look at something that is out of view, while a man in a red coat "
          "points to it. One of them may cross the road soon, since the cars wait at a light that has turned red. ") * 3


def pixel_values(path, size=224):
    image = np.array(Image.open(path).convert("RGB"))
    height, width = image.shape[:2]
    short, long = min(height, width), max(height, width)
    resized_long = int(size * long / short)
    resized_size = (size, resized_long) if width <= height else (resized_long, size)
    image = np.array(Image.fromarray(image).resize(resized_size, resample=Image.BICUBIC))
    top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2
    image = image[top:top + size, left:left + size]
    image = (image.astype(np.float64) * (1 / 255)).astype(np.float32)
    image = (image - MEAN) / STD
    return image.transpose(2, 0, 1)


def pillow_crop(path, size=224):
    """Pillow's own decode, resize and crop, nothing else."""
    image = Image.open(path).convert("RGB")
    short = min(image.size)
    width, height = (int(size * side / short) for side in image.size)
    left, top = (width - size) // 2, (height - size) // 2
    return image.resize((width, height), resample=Image.BICUBIC).crop((left, top, left + size, top + size))


def work(paths, seconds, model, pillow_only, results):
    tokenizer = None
    if model:
        import sentencepiece
        tokenizer = sentencepiece.SentencePieceProcessor(model)
    done = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        (pillow_crop if pillow_only else pixel_values)(paths[done % len(paths)])
        if tokenizer:
            tokenizer.encode(INSTRUCTION + ANSWER)
            tokenizer.encode(INSTRUCTION)
        done += 1
    results.put((done, time.process_time()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--tokenizer")
    parser.add_argument("--pillow-only", action="store_true", help="only Pillow's decode and crop")
    options = parser.parse_args()
    paths = sorted(path for path in glob.glob(os.path.join(options.folder, "*")) if path.lower().endswith((".jpg", ".jpeg", ".png")))
    if not paths:
        parser.error(f"{options.folder} holds no JPEG or PNG")
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(paths[i:] + paths[:i], options.seconds, options.tokenizer, options.pillow_only, results))
               for i in range(options.workers)]
    for worker in workers:
        worker.start()
    counts = [results.get() for _ in workers]
    done = sum(count for count, _ in counts)
    processor_ms = 1000 * sum(seconds for _, seconds in counts) / done
    for worker in workers:
        worker.join()
    print(f"{len(paths)} images, {options.workers} workers: {done / options.seconds:.0f} samples/s, {processor_ms:.2f} ms of processor time a sample")


main()
