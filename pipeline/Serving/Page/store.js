// The conversation survives a reload: it is in this browser's database, images as they are, and
// nowhere else.

const mostBytes = 200_000_000;
const key = 'current';

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('visualchat', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('conversations');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function transact(mode, use) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction('conversations', mode);
      const request = use(transaction.objectStore('conversations'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** The stored conversation; null if there is none, or the browser stores nothing. */
export const load = () => transact('readonly', store => store.get(key)).catch(() => null);

/** Stores a conversation. False if it is too large, or the browser stores nothing. */
export async function save(kept) {
  const images = [...kept.rounds.flatMap(round => round.images), ...kept.draft.images];
  if (images.reduce((bytes, image) => bytes + image.blob.size, 0) > mostBytes) return false;
  return transact('readwrite', store => store.put(kept, key)).then(() => true, () => false);
}
