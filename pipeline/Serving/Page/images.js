// The images that a user adds. Large ones are made smaller.

// The model sees a crop of a few hundred pixels a side, so nothing it could see is lost. Images are
// sent again with every question.
const plainBytes = 4_000_000;
const longestSide = 2048;

/**
 * An image for a question. One that the browser cannot show is sent as it is: the server reads
 * formats that browsers do not.
 */
export async function takeImage(file, limits) {
  const name = file.name || 'pasted image';
  const extension = /\.(jpe?g|png|gif|webp|bmp|tiff?|ppm)$/i;
  if (!file.type.startsWith('image/') && !extension.test(name)) throw new Error(`${name} is not an image.`);
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    if (file.size > limits.image_bytes) {
      const most = megabytes(limits.image_bytes);
      throw new Error(`${name} is too large: ${megabytes(file.size)} of at most ${most}.`);
    }
    return { name, blob: file, note: '', isShown: false };
  }
  try {
    const isSmall = file.size <= Math.min(plainBytes, limits.image_bytes)
      && picture.width * picture.height <= limits.image_pixels;
    if (isSmall) return { name, blob: file, note: '', isShown: true };
    const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.95));
    if (!blob) throw new Error(`${name} is too large for this browser.`);
    return { name, blob, note: `reduced to ${canvas.width} × ${canvas.height}`, isShown: true };
  } finally {
    picture.close();
  }
}

const megabytes = bytes => `${(bytes / 1e6).toFixed(1)} MB`;
